"""A pledge from the form to the page on which it begins.

As with gifts: the row is committed, the call is made with a key that the row determines, the
answer is committed. What becomes of it after that is told by `donors.subscriptions`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import consents, donors, public_names, rhythms, splits, tributes
from donors.giftaid import declarations
from donors.giftaid.declarations import Taxpayer
from donors.gifts import PAGE_LIVES, TokenReused, open_funds
from donors.models import Pledge, PledgeState, Purpose, Rhythm
from donors.models.pledges import RUNNING
from donors.public_names import Shown
from donors.tributes import Dedication
from funding import clock
from funding.audit import log
from funding.gateway import subscriptions
from funding.gateway.client import Unreachable
from funding.gateway.subscriptions import RegularOrder, RegularPage
from funding.ledger.models import Fund
from funding.money import Money

FIRST_LOOK = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a visitor promises on the form, in minor units of the currency."""

    token: UUID
    entity_id: int
    fund_id: int
    rhythm: Rhythm
    currency: str
    amount_minor: int
    cover_minor: int
    name: str
    email: str
    message: str
    news: bool
    language: str
    # Fund ids with their minor units, where it goes to several; they add up to the amount.
    lines: tuple[tuple[int, int], ...] = ()
    tribute: Dedication | None = None
    aid: Taxpayer | None = None
    # The name that its giver wants to be shown with each gift. Silence shows none.
    shown: Shown | None = None
    # The regular gift of the system before that it goes on with.
    continues_id: int | None = None

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """What goes to which fund each time."""
        return self.lines or ((self.fund_id, self.amount_minor),)


def start(promise: Promise) -> Pledge:
    """Write the pledge down. The same token twice is the same pledge.

    Refuses: TokenReused, FundClosed, NotForACard, NotDeclared, NotAName.
    """
    if found := _of_token(promise):
        return found
    try:
        with transaction.atomic():
            return _write(promise)
    except IntegrityError:
        # The same form was sent twice at once, and the other one was first.
        if found := _of_token(promise):
            return found
        raise


def _of_token(promise: Promise) -> Pledge | None:
    pledge = Pledge.objects.filter(form_token=promise.token).first()
    if pledge is None:
        return None
    there = (pledge.fund_id, pledge.rhythm, pledge.currency, pledge.gross.minor, pledge.donor.email)
    gross = promise.amount_minor + promise.cover_minor
    email = promise.email.strip().lower()
    same = there == (promise.fund_id, promise.rhythm, promise.currency, gross, email)
    same = same and splits.of(pledge) == list(promise.parts)
    if not (same and tributes.is_same_of_pledge(pledge, promise.tribute)):
        raise TokenReused(
            _(
                "This form was sent before with another amount, fund or address. Nothing was "
                "taken. Please open the form again."
            )
        )
    return pledge


def _write(promise: Promise) -> Pledge:
    funds = open_funds([fund for fund, _minor in promise.parts], promise.entity_id)
    now = clock.now()
    donor = donors.find_or_create(name=promise.name, email=promise.email, language=promise.language)
    pledge = Pledge.objects.create(
        form_token=promise.token,
        entity_id=promise.entity_id,
        donor=donor,
        donor_name=promise.name.strip(),
        fund=funds[promise.fund_id],
        currency=promise.currency,
        amount_minor=promise.amount_minor,
        cover_minor=promise.cover_minor,
        rhythm=promise.rhythm,
        message=promise.message.strip(),
        language=promise.language,
        continues_id=promise.continues_id,
        created_at=now,
        checkout_expires_at=now + PAGE_LIVES,
        due_at=now + FIRST_LOOK,
    )
    if promise.lines:
        splits.write(pledge, promise.lines)
    if promise.tribute is not None:
        tributes.write_down_for_all(pledge, promise.tribute)
    if promise.aid is not None:
        declarations.declare_with_pledge(pledge, promise.aid)
    public_names.write_down(pledge, promise.shown)
    if promise.news:
        consents.record_from_form(donor, Purpose.NEWS)
    log.record(
        actor=f"donor:{donor.pk}",
        action="pledge.started",
        subject=f"pledge:{pledge.pk}",
        minor=pledge.gross.minor,
        currency=pledge.currency,
        rhythm=pledge.rhythm,
    )
    return pledge


def already_to(*, email: str, fund_ids: Sequence[int]) -> Fund | None:
    """The first of these funds that this address gives to regularly, alone or as a part."""
    running = Pledge.objects.filter(state__in=RUNNING, donor__email=email.strip().lower())
    given = running.filter(Q(fund_id__in=fund_ids) | Q(shares__fund_id__in=fund_ids))
    stands = set(given.values_list("fund_id", flat=True))
    stands |= set(given.values_list("shares__fund_id", flat=True))
    which = next((fund_id for fund_id in fund_ids if fund_id in stands), None)
    return Fund.objects.get(pk=which) if which else None


def checkout(pledge_id: int) -> str:
    """The address of the page on which a pledge begins, made on the first call.

    Refuses: Unreachable. One that has begun or ended leads to its thank-you page.
    """
    pledge = Pledge.objects.select_related("donor", "fund").get(pk=pledge_id)
    if pledge.state != PledgeState.STARTED:
        return thanks_url(pledge)
    if pledge.checkout_url:
        return pledge.checkout_url
    page = _open_page(pledge)
    # The same key gives the same page, so whoever comes second writes the same words.
    rows = Pledge.objects.filter(pk=pledge_id, checkout="")
    rows.update(checkout=page.id, checkout_url=page.url)
    return page.url


def _open_page(pledge: Pledge) -> RegularPage:
    try:
        return subscriptions.open_page(_order(pledge))
    except Unreachable as error:
        if not error.is_stored:
            raise
    # Perhaps a page was made after all; nobody has its address, so nothing can begin there.
    version = pledge.key_version
    Pledge.objects.filter(pk=pledge.pk, key_version=version).update(key_version=version + 1)
    pledge.refresh_from_db(fields=["key_version"])
    return subscriptions.open_page(_order(pledge))


def _order(pledge: Pledge) -> RegularOrder:
    return RegularOrder(
        key=f"pledge:{pledge.uuid}:checkout:{pledge.key_version}",
        reference=str(pledge.uuid),
        name=_("Gift to %(fund)s") % {"fund": pledge.purpose},
        amount=pledge.amount,
        cover=Money(pledge.cover_minor, pledge.currency),
        recurring=rhythms.RECURRING[Rhythm(pledge.rhythm)],
        email=pledge.donor.email,
        expires_at=pledge.checkout_expires_at,
        success_url=thanks_url(pledge),
        cancel_url=f"{settings.SITE_URL}{reverse('donors:give')}?again={pledge.uuid}",
        language=pledge.language,
    )


def thanks_url(pledge: Pledge) -> str:
    """Where the donor comes back to."""
    return f"{settings.SITE_URL}{reverse('donors:thanks')}?pledge={pledge.uuid}"


def lock(pledge_id: int) -> Pledge:
    """The pledge, locked for the rest of the transaction."""
    return Pledge.objects.select_for_update(no_key=True).get(pk=pledge_id)


def by_reference(reference: str) -> Pledge | None:
    """The pledge whose id stands in the metadata of something at Stripe."""
    try:
        return Pledge.objects.filter(uuid=UUID(reference)).first()
    except ValueError:
        return None


def of_addresses(addresses: list[str]) -> QuerySet[Pledge]:
    """The pledges of somebody who reads these addresses, those that run first."""
    begun = Q(state=PledgeState.ENDED) | Q(state__in=RUNNING)
    return (
        Pledge.objects.filter(begun, donor__email__in=addresses)
        .select_related("fund", "entity", "donor")
        .prefetch_related("shares__fund")
        .order_by(F("ended_at").desc(nulls_first=True), "-created_at")
    )
