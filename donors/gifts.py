"""A gift from the form to the books: start it, open its payment page, follow what came of it.

Stripe is spoken to in three beats: the row is committed, the call is made with a key that
the row determines, the answer is committed. Whatever stops in between is found by `sweep`.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from donors import consents, debits, donors, public_names, returning, settlements, tributes
from donors.giftaid import declarations
from donors.giftaid.declarations import Taxpayer
from donors.models import Gift, GiftLine, GiftState, Pledge, Purpose, Scope
from donors.public_names import Shown
from donors.tributes import Dedication
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.gateway import payments
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.payments import Order, Page, Payment
from funding.ledger.models import Fund
from funding.money import Money, split

logger = logging.getLogger(__name__)

# How long the payment page stays open (Stripe allows 30 minutes to 24 hours), and how soon
# the sweep asks after a gift of which no webhook and no thank-you page has told.
PAGE_LIVES = dt.timedelta(hours=3)
FIRST_LOOK = dt.timedelta(minutes=10)
_LEASE = dt.timedelta(minutes=2)
# So many looks in a row that broke off, and somebody is told; the sweep goes on all the same,
# every two hours, because a gift is never given up.
STUCK_AFTER = 8
_SAME_AGAIN = dt.timedelta(minutes=10)
# A page must live half an hour when it is made, so one not made in this time never will be.
_GIVE_UP_AFTER = PAGE_LIVES - dt.timedelta(minutes=35)
# Which entries stand for the balance transaction of a gift, and which still wait for theirs.
BOOKINGS = """
SELECT balance_transaction, 'gift:' || id || verb
FROM donors_gift, (VALUES (':settle'), (':value')) v (verb) WHERE balance_transaction <> ''
"""
PENDING = """
SELECT 'gift:' || id || ':settle' FROM donors_gift
WHERE settled_at IS NOT NULL AND balance_transaction = '' AND means = 'stripe'
"""


class TokenReused(Refused):
    """The form was sent again with other content under the same token."""


class FundClosed(Refused):
    """The fund takes no gifts."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor asks for on the form. `lines` are fund ids with their minor units."""

    token: UUID
    entity_id: int
    lines: tuple[tuple[int, int], ...]
    currency: str
    cover_minor: int
    name: str
    email: str
    message: str
    news: bool
    language: str
    tribute: Dedication | None = None
    aid: tuple[Scope, Taxpayer] | None = None
    # The name that its giver wants to be shown with it. Silence shows none.
    shown: Shown | None = None

    @property
    def amount_minor(self) -> int:
        """The gift without the cover."""
        return sum(minor for _fund, minor in self.lines)


def start(wish: Wish) -> Gift:
    """Write the gift down as promised. The same token twice is the same gift.

    Refuses: TokenReused, FundClosed, NotForACard, NotDeclared, NotAName.
    """
    if found := _of_token(wish):
        return found
    try:
        with transaction.atomic():
            return _write(wish)
    except IntegrityError:
        # The same form was sent twice at once, and the other one was first.
        if found := _of_token(wish):
            return found
        raise


def _of_token(wish: Wish) -> Gift | None:
    gift = Gift.objects.filter(form_token=wish.token).first()
    if gift is None:
        return None
    lines = tuple(gift.lines.order_by("position").values_list("fund_id", "amount_minor"))
    same = (lines, gift.currency, gift.cover_minor, gift.donor.email) == (
        wish.lines,
        wish.currency,
        wish.cover_minor,
        wish.email.strip().lower(),
    )
    if not (same and tributes.is_same(gift, wish.tribute)):
        raise TokenReused(
            _(
                "This form was sent before with another amount, fund or address. Nothing was "
                "taken. Please open the form again."
            )
        )
    return gift


def _write(wish: Wish) -> Gift:
    funds = open_funds([fund_id for fund_id, _minor in wish.lines], wish.entity_id)
    now = clock.now()
    donor = donors.find_or_create(name=wish.name, email=wish.email, language=wish.language)
    gift = Gift.objects.create(
        form_token=wish.token,
        entity_id=wish.entity_id,
        donor=donor,
        donor_name=wish.name.strip(),
        currency=wish.currency,
        amount_minor=wish.amount_minor,
        cover_minor=wish.cover_minor,
        message=wish.message.strip(),
        language=wish.language,
        created_at=now,
        checkout_expires_at=now + PAGE_LIVES,
        due_at=now + FIRST_LOOK,
    )
    covers = split(wish.cover_minor, [minor for _fund, minor in wish.lines])
    GiftLine.objects.bulk_create(
        GiftLine(
            gift=gift, fund=funds[fund_id], amount_minor=minor, cover_minor=cover, position=index
        )
        for index, ((fund_id, minor), cover) in enumerate(zip(wish.lines, covers, strict=True))
    )
    if wish.news:
        consents.record_from_form(donor, Purpose.NEWS)
    if wish.tribute is not None:
        tributes.write_down(gift, wish.tribute)
    if wish.aid is not None:
        declarations.declare_with(gift, *wish.aid)
    public_names.write_down(gift, wish.shown)
    log.record(
        actor=f"donor:{donor.pk}",
        action="gift.started",
        subject=f"gift:{gift.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
    )
    return gift


def open_funds(ids: list[int], entity_id: int) -> dict[int, Fund]:
    """These funds by their ids. Refuses: FundClosed, when one takes no gifts."""
    funds = Fund.objects.filter(entity_id=entity_id, is_open_to_gifts=True).in_bulk(ids)
    if len(funds) != len(ids):
        raise FundClosed(_("This fund takes no gifts at the moment. Please choose another."))
    return funds


def similar(*, email: str, currency: str, amount_minor: int, fund_id: int) -> Gift | None:
    """An equal gift of the last ten minutes that has not failed, so that we can ask 'again?'.

    One that is on its way by direct debit counts for as long as it is.
    """
    return (
        Gift.objects.filter(
            debits.ON_THEIR_WAY | Q(created_at__gte=clock.now() - _SAME_AGAIN),
            donor__email=email.strip().lower(),
            currency=currency,
            amount_minor=amount_minor,
            lines__fund_id=fund_id,
        )
        .exclude(state=GiftState.FAILED)
        .order_by("-created_at")
        .first()
    )


def checkout(gift_id: int) -> str:
    """The address of the gift's payment page, made on the first call.

    Refuses: Unreachable. A gift that is no longer pending leads to its thank-you page, and so
    does one that is on its way by direct debit.
    """
    gift = Gift.objects.select_related("donor").get(pk=gift_id)
    if gift.state != GiftState.PENDING or gift.is_processing:
        return returning.thanks_url(gift)
    if gift.checkout_url:
        return gift.checkout_url
    page = _open_page(gift)
    # The same key gives the same page, so whoever comes second writes the same words.
    Gift.objects.filter(pk=gift_id, checkout="").update(checkout=page.id, checkout_url=page.url)
    return page.url


def _open_page(gift: Gift) -> Page:
    try:
        return payments.open_page(_order(gift))
    except Unreachable as error:
        if not error.is_stored:
            raise
    # Perhaps a page was made after all; nobody has its address, so nobody can pay there.
    version = gift.key_version
    Gift.objects.filter(pk=gift.pk, key_version=version).update(key_version=version + 1)
    gift.refresh_from_db(fields=["key_version"])
    return payments.open_page(_order(gift))


def _order(gift: Gift) -> Order:
    lines = [
        (_("Gift to %(fund)s") % {"fund": line.fund.name}, Money(line.amount_minor, gift.currency))
        for line in gift.lines.select_related("fund").order_by("position")
    ]
    if gift.cover_minor:
        lines.append((_("To cover the payment fee"), Money(gift.cover_minor, gift.currency)))
    return Order(
        key=f"gift:{gift.uuid}:checkout:{gift.key_version}",
        reference=str(gift.uuid),
        lines=lines,
        email=gift.donor.address,
        expires_at=gift.checkout_expires_at,
        success_url=returning.thanks_url(gift),
        cancel_url=returning.left_url(gift),
        language=gift.language,
    )


def follow(gift_id: int) -> Gift:
    """Ask Stripe how a gift stands, and book what it says. Refuses: Unreachable."""
    gift = Gift.objects.get(pk=gift_id)
    if gift.final_at or gift.state == GiftState.FAILED:
        return gift
    if gift.state == GiftState.HELD and gift.held.valued_at is not None:
        return gift
    if not (gift.checkout or gift.payment_intent):
        return gift
    if not gift.payment_intent:
        page = payments.fetch_page(gift.checkout)
        if not page.payment_intent:
            return _not_paid(gift, page.status)
        gift.payment_intent = page.payment_intent
    payment = payments.fetch_payment(gift.payment_intent)
    if payment.is_paid:
        return settlements.settle(gift_id=gift.pk, payment=payment)
    if payment.debit is not None:
        return debits.follow(gift_id=gift.pk, payment=payment)
    # An instalment of a pledge has no page of its own.
    page_status = payments.fetch_page(gift.checkout).status if gift.checkout else ""
    return _not_paid(gift, page_status, payment)


def _not_paid(gift: Gift, page_status: str, payment: Payment | None = None) -> Gift:
    trouble = payment.trouble if payment else ""
    if page_status == "expired" or (payment and payment.status == "canceled"):
        return settlements.fail(gift_id=gift.pk, why=trouble or "The payment page was left.")
    if trouble != gift.error:
        Gift.objects.filter(pk=gift.pk, state=GiftState.PENDING).update(error=trouble)
        gift.error = trouble
    return gift


def follow_page(session_id: str) -> bool:
    """Follow the gift behind a payment page. False when it is not one of ours."""
    gift = Gift.objects.filter(checkout=session_id).first()
    if gift is None:
        gift = settlements.by_reference(payments.fetch_page(session_id).reference)
        if gift is None:
            return False
        # We stopped between Stripe's answer and writing it down: pick the page up now.
        Gift.objects.filter(pk=gift.pk, checkout="").update(checkout=session_id)
    return _follow_one(gift.pk)


def follow_payment(payment_intent: str) -> bool:
    """Follow the gift behind a payment. False when it is not one of ours."""
    gift = Gift.objects.filter(payment_intent=payment_intent).first()
    if gift is not None and gift.state != GiftState.FAILED:
        return _follow_one(gift.pk)
    payment = payments.fetch_payment(payment_intent)
    gift = gift or settlements.by_reference(payment.reference)
    if gift is None:
        return False
    if payment.is_paid:
        settlements.settle(gift_id=gift.pk, payment=payment)
        return True
    return _follow_one(gift.pk)


def _follow_one(gift_id: int) -> bool:
    follow(gift_id)
    return True


def waiting() -> QuerySet[Gift]:
    """The gifts that are promised, or received and not yet valued."""
    return Gift.objects.filter(
        Q(state=GiftState.PENDING) | Q(settled_at__isnull=False, final_at__isnull=True)
    )


def stuck() -> QuerySet[Gift]:
    """The gifts that could not be followed for some time, the oldest first."""
    return waiting().filter(failures__gte=STUCK_AFTER).order_by("created_at", "pk")


def sweep(*, limit: int = 200) -> int:
    """Ask after every gift that is due: promised, or received and not yet valued."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return sum(_sweep_one(gift_id) for gift_id in _ids(due[:limit]))


def _ids(rows: QuerySet[Gift]) -> Iterable[int]:
    return list(rows.values_list("pk", flat=True))


def _sweep_one(gift_id: int) -> int:
    now = clock.now()
    claimed = Gift.objects.filter(pk=gift_id, due_at__lte=now).update(
        attempts=F("attempts") + 1, due_at=now + _LEASE
    )
    if not claimed:
        return 0
    before = _standing(gift_id)
    _attempt(gift_id, lambda: _look_after(gift_id))
    return int(_standing(gift_id) != before)


def _standing(gift_id: int) -> tuple[object, ...]:
    return Gift.objects.values_list("state", "final_at", "checkout").get(pk=gift_id)


def _look_after(gift_id: int) -> None:
    gift = Gift.objects.get(pk=gift_id)
    if gift.state == GiftState.PENDING and not (gift.checkout or gift.payment_intent):
        if clock.now() - gift.created_at > _GIVE_UP_AFTER:
            settlements.fail(gift_id=gift_id, why="The payment page was never opened.")
            return
        if waits_for_link(gift):
            return
        # Whether Stripe made the page is unknown; the same key tells without making another.
        checkout(gift_id)
    follow(gift_id)


def waits_for_link(gift: Gift | Pledge) -> bool:
    """Whether its giver was asked to open a mailed link before there is a payment page."""
    rows = type(gift).objects.filter(origin__needs_link=True, origin__confirmed_at__isnull=True)
    return rows.filter(pk=gift.pk).exists()


def _attempt(gift_id: int, step: Callable[[], None]) -> None:
    rows = Gift.objects.filter(pk=gift_id)
    try:
        step()
    except (Missing, Rejected) as error:
        logger.exception("gift %s: Stripe says no", gift_id)
        settlements.fail(gift_id=gift_id, why="The payment page could not be made.")
        rows.update(error=str(error)[:2000])
        rows.filter(debits.ON_THEIR_WAY).update(failures=F("failures") + 1)
    except Exception as error:
        if not isinstance(error, Unreachable):
            logger.exception("gift %s cannot be followed", gift_id)
        told = f"{type(error).__name__}: {error}"[:2000]
        rows.update(error=told, failures=F("failures") + 1)
    else:
        rows.exclude(failures=0).update(failures=0)
    gift = rows.get()
    wait = min(dt.timedelta(hours=2), dt.timedelta(seconds=20 * 2 ** min(gift.attempts, 10)))
    if gift.is_processing and not gift.failures:
        wait = debits.LOOK_AGAIN
    rows.update(due_at=clock.now() + wait)
