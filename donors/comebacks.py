"""A regular gift that ended is begun again, with the card or mandate that is still saved.

A new pledge follows the old one: the old one stays as it ended. One is followed by one at most,
which the database holds, so that however often somebody says yes, one runs. It is begun at once
with what the old subscription was charged to; where that cannot be charged any more, the donor
gets to a payment page as at the first time. A bank that wants to hear the donor writes to them
by the same mail as for any instalment.
"""

from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from donors import instalments, pledges, public_names, rhythms, splits, subscriptions, tributes
from donors.fees import LIMITS
from donors.gifts import PAGE_LIVES, open_funds
from donors.models import Pledge, PledgeState, Rhythm
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.gateway import invoices
from funding.gateway import subscriptions as gateway
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.subscriptions import Plan, SavedOrder
from funding.money import Money


class NotOver(Refused):
    """It runs, or it is not one that is begun again like this."""


def can(pledge: Pledge) -> bool:
    """Whether this pledge may be begun again here, and not only by the giving form."""
    return (
        pledge.comes_back
        and bool(pledge.subscription)
        and pledge.fund.is_open_to_gifts
        and LIMITS[pledge.currency].minimum <= pledge.amount <= LIMITS[pledge.currency].maximum
    )


def newest(pledge: Pledge) -> Pledge:
    """The last one of those that followed this one; itself, where none did."""
    rows = Pledge.objects.exclude(state=PledgeState.LEFT).select_related("fund", "entity", "donor")
    while follower := rows.filter(again_of=pledge.pk).first():
        pledge = follower
    return pledge


def is_saved(pledge: Pledge) -> bool:
    """Whether what it was charged to looks good still; Stripe has the last word."""
    today = clock.today(pledge.entity.zone)
    return bool(pledge.method) and (pledge.card_ends_on is None or today <= pledge.card_ends_on)


def begin(*, pledge_id: int, actor: str) -> Pledge:
    """Begin it again. Twice is once: what was begun is answered as it stands.

    One with a `checkout_url` waits for its donor on that page. Refuses: NotOver, FundClosed,
    Unreachable; after the last it is tried again by the sweep.
    """
    try:
        follower = _write(pledge_id, actor)
    except IntegrityError:
        # Two said yes at once where none could wait for the other.
        follower = Pledge.objects.exclude(state=PledgeState.LEFT).get(again_of=pledge_id)
    return go_on(follower.pk)


@transaction.atomic
def _write(pledge_id: int, actor: str) -> Pledge:
    old = pledges.lock(pledge_id)
    if found := old.followers.exclude(state=PledgeState.LEFT).first():
        return found
    lines = splits.of(old)
    open_funds([fund for fund, _minor in lines], old.entity_id)
    if not can(old):
        raise NotOver(_("This regular gift cannot be begun again here. Please use the form."))
    now = clock.now()
    kept = (
        "entity_id", "donor_id", "donor_name", "fund_id", "currency", "amount_minor",
        "cover_minor", "rhythm", "language", "customer", "product",
    )  # fmt: skip
    follower = Pledge.objects.create(
        again_of=old,
        form_token=uuid4(),
        created_at=now,
        checkout_expires_at=now + PAGE_LIVES,
        due_at=now + pledges.FIRST_LOOK,
        **{name: getattr(old, name) for name in kept},
    )
    splits.write(follower, lines)
    tributes.carry_on(old, follower)
    public_names.write_down(follower, public_names.shown_of(old))
    log.record(
        actor=actor,
        action="pledge.begun_again",
        subject=f"pledge:{old.pk}",
        follower=follower.pk,
        minor=follower.gross.minor,
        currency=follower.currency,
    )
    return follower


def go_on(pledge_id: int) -> Pledge:
    """Bring one that was asked for further, at Stripe. Harmless when repeated.

    Refuses: Unreachable.
    """
    pledge = Pledge.objects.select_related("again_of", "fund").get(pk=pledge_id)
    if pledge.state != PledgeState.STARTED or pledge.checkout:
        return pledge
    asked_at = clock.now()
    plan = _charged(pledge)
    if plan is None:
        pledges.checkout(pledge_id)
        return Pledge.objects.get(pk=pledge_id)
    subscriptions.project(pledge_id=pledge_id, plan=plan, asked_at=asked_at)
    for invoice in invoices.latest(plan.id):
        instalments.follow_if_open(pledge_id, invoice)
    return Pledge.objects.get(pk=pledge_id)


def _charged(pledge: Pledge) -> Plan | None:
    """The subscription, begun with what is saved; None where nothing can be charged."""
    assert pledge.again_of is not None
    try:
        if found := gateway.find(pledge.customer, str(pledge.uuid)):
            return found  # An earlier try, whose answer did not come through.
        method = gateway.saved_method(pledge.again_of.subscription)
        return _begun(pledge, method) if method else None
    except (Missing, Rejected):
        # What was saved is gone, or may not be charged without its owner.
        return None


def _begun(pledge: Pledge, method: str) -> Plan:
    try:
        return gateway.begin_saved(_order(pledge, method))
    except Unreachable as error:
        if not error.is_stored:
            raise
    # The answer that Stripe keeps is a failure, and money may have been taken all the same:
    # another key is used only once it is seen that nothing was begun.
    rows = Pledge.objects.filter(pk=pledge.pk, key_version=pledge.key_version)
    rows.update(key_version=F("key_version") + 1)
    if found := gateway.find(pledge.customer, str(pledge.uuid)):
        return found
    pledge.refresh_from_db(fields=["key_version"])
    return gateway.begin_saved(_order(pledge, method))


def _order(pledge: Pledge, method: str) -> SavedOrder:
    # The same key wants the same words, whoever tries again, and in whatever language.
    with override(pledge.language):
        name = _("Gift to %(fund)s") % {"fund": pledge.purpose}
    return SavedOrder(
        key=f"pledge:{pledge.uuid}:again:{pledge.key_version}",
        reference=str(pledge.uuid),
        name=name,
        amount=pledge.amount,
        cover=Money(pledge.cover_minor, pledge.currency),
        recurring=rhythms.RECURRING[Rhythm(pledge.rhythm)],
        customer=pledge.customer,
        product=pledge.product,
        method=method,
    )


def sweep(*, limit: int = 50) -> int:
    """Go on with those that Stripe did not answer for. Returns how many have moved."""
    now = clock.now()
    due = Pledge.objects.filter(subscriptions.COMING_BACK, due_at__lte=now).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(pledge_id: int) -> int:
    now = clock.now()
    rows = Pledge.objects.filter(pk=pledge_id, due_at__lte=now)
    if not rows.update(due_at=now + subscriptions.LEASE):
        return 0
    return subscriptions.look(pledge_id, _look_after)


def _look_after(pledge_id: int) -> None:
    pledge = Pledge.objects.get(pk=pledge_id)
    if clock.now() - pledge.created_at <= subscriptions.GIVE_UP_AFTER:
        go_on(pledge_id)
    elif found := gateway.find(pledge.customer, str(pledge.uuid)):
        subscriptions.project(pledge_id=pledge_id, plan=found, asked_at=clock.now())
    else:
        subscriptions.leave(pledge_id=pledge_id)
