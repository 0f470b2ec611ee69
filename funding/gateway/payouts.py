"""Payouts: money on its way from Stripe to our bank, which may come back days later.

The movement that opens a payout books the money as on its way; here its arrival is booked,
and that it is gone again. Whether its movements add up to it is asked of Stripe, once.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Kind as Alarm
from funding.gateway import journals, transactions
from funding.gateway.client import Missing, Rejected, Unreachable, client, speaking
from funding.gateway.models import Movement, Payout, PayoutState
from funding.ledger import book, places
from funding.ledger.models import Reason
from funding.money import Money

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 12
_LEASE: Final = dt.timedelta(minutes=2)
_LOOK_AGAIN: Final = dt.timedelta(hours=6)
# A bank may send a payout back for some days after it has arrived.
_MAY_FAIL_FOR: Final = dt.timedelta(days=10)
_PAGE: Final = "/treasurer/payouts/"
_GONE: Final = frozenset({PayoutState.FAILED, PayoutState.CANCELED})
_RANK: Final = {
    PayoutState.PENDING: 0,
    PayoutState.IN_TRANSIT: 1,
    PayoutState.PAID: 2,
    PayoutState.FAILED: 3,
    PayoutState.CANCELED: 3,
}


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """A payout as Stripe tells it now."""

    id: str
    amount: Money
    state: PayoutState
    is_automatic: bool
    is_complete: bool
    created_at: dt.datetime
    arrives_on: dt.date
    failure: str


def fetch(stripe_id: str) -> PayoutFacts:
    """What became of a payout. Raises Unreachable or Missing."""
    with speaking():
        return _facts(client().v1.payouts.retrieve(stripe_id))


def _facts(told: Any) -> PayoutFacts:  # noqa: ANN401 -- the SDK's own class is partly untyped
    return PayoutFacts(
        id=told.id,
        amount=Money(told.amount, told.currency.upper()),
        state=PayoutState(told.status),
        is_automatic=told.automatic,
        is_complete=told.reconciliation_status == "completed",
        created_at=dt.datetime.fromtimestamp(told.created, dt.UTC),
        arrives_on=dt.datetime.fromtimestamp(told.arrival_date, dt.UTC).date(),
        failure=str(told.failure_message or told.failure_code or "")[:300],
    )


def note(stripe_id: str) -> None:
    """Look after a payout of which a movement tells. In the caller's transaction."""
    Payout.objects.filter(stripe_id=stripe_id).update(due_at=clock.now())


def follow(stripe_id: str) -> bool:
    """Ask Stripe how a payout stands, and book what it says. Raises Unreachable, Missing."""
    facts = fetch(stripe_id)
    payout = _take_down(facts)
    if facts.is_automatic and facts.is_complete and payout.told_minor is None:
        _tie(payout)
    return True


@transaction.atomic
def _take_down(facts: PayoutFacts) -> Payout:
    """Project what Stripe says onto our row, never backwards, and book what it means."""
    now = clock.now()
    Payout.objects.bulk_create(
        [
            Payout(
                stripe_id=facts.id,
                currency=facts.amount.currency,
                amount_minor=facts.amount.minor,
                state=PayoutState.PENDING,
                is_automatic=facts.is_automatic,
                created_at=facts.created_at,
                arrives_on=facts.arrives_on,
                due_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    payout = Payout.objects.select_for_update().get(stripe_id=facts.id)
    if _RANK[facts.state] >= _RANK[PayoutState(payout.state)]:
        payout.state = facts.state
    payout.failure, payout.arrives_on = facts.failure or payout.failure, facts.arrives_on
    if payout.state == PayoutState.PAID and payout.arrived_at is None:
        _book_arrival(payout)
    if payout.state in _GONE:
        _come_back(payout)
    payout.error, payout.attempts = "", 0
    payout.save()
    book.settle_constraints()
    return payout


def _book_arrival(payout: Payout) -> None:
    where = places.of_stripe()
    bank = places.bank_of(where.entity)
    book.post(
        entity_id=where.entity.pk,
        key=f"payout:{payout.pk}:arrived",
        reason=Reason.PAYOUT_ARRIVED,
        cause=f"payout:{payout.pk}",
        actor="stripe",
        happened_on=places.day(where.entity, clock.now()),
        legs=journals.arrived(
            where.treasury, bank.code, Money(payout.amount_minor, payout.currency)
        ),
    )
    payout.place, payout.arrived_at = bank, clock.now()


def _come_back(payout: Payout) -> None:
    """The bank sent it back: what had arrived is on its way again, back to Stripe."""
    if payout.arrived_at is not None and payout.returned_at is None:
        where = places.of_stripe()
        book.reverse(
            key_of=f"payout:{payout.pk}:arrived",
            key=f"payout:{payout.pk}:gone",
            reason=Reason.PAYOUT_FAILED,
            actor="stripe",
            happened_on=places.day(where.entity, clock.now()),
        )
        payout.returned_at = clock.now()
    if payout.state == PayoutState.FAILED:
        alarms.sound(
            kind=Alarm.PAYOUT_FAILED,
            subject=f"payout:{payout.pk}",
            sentence=_("A payout of %(sum)s did not reach the bank: %(why)s")
            % {
                "sum": Money(payout.amount_minor, payout.currency).text(),
                "why": payout.failure or _("Stripe gives no reason."),
            },
            page=_PAGE,
        )


def _tie(payout: Payout) -> None:
    """Write down which movements the payout took along, and whether they add up to it."""
    try:
        lines = transactions.of_payout(payout.stripe_id)
    except Rejected:
        # Only automatic payouts tell; this one says it is and is not.
        logger.warning("payout %s does not tell its movements", payout.stripe_id)
        return
    transactions.take_in(lines)
    taken = [line for line in lines if line.source != payout.stripe_id]
    with transaction.atomic():
        Movement.objects.filter(stripe_id__in=[line.stripe_id for line in taken]).update(
            payout=payout.stripe_id
        )
        Payout.objects.filter(pk=payout.pk, told_minor__isnull=True).update(
            told_minor=sum(line.net_minor for line in taken), told_at=clock.now()
        )


def open_ones() -> QuerySet[Payout]:
    """Payouts that may still change, and have attempts left."""
    recent = clock.now() - _MAY_FAIL_FOR
    still = Q(state__in=[PayoutState.PENDING, PayoutState.IN_TRANSIT]) | Q(
        state=PayoutState.PAID, created_at__gte=recent
    )
    untold = Q(is_automatic=True, told_minor__isnull=True) & ~Q(state__in=_GONE)
    return Payout.objects.filter(still | untold, attempts__lt=ATTEMPTS)


def sweep(*, limit: int = 200) -> int:
    """Find payouts of which movements tell, and look after those that may still change."""
    missing = (
        Movement.objects.filter(category__in=["payout", "payout_reversal"])
        .filter(source__startswith="po_")
        .exclude(source__in=Payout.objects.values("stripe_id"))
        .values_list("source", flat=True)
        .distinct()
    )
    found = sum(_first_look(stripe_id) for stripe_id in list(missing[:limit]))
    due = open_ones().filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return found + sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _first_look(stripe_id: str) -> int:
    try:
        return int(follow(stripe_id))
    except (Missing, Unreachable):
        return 0


def _sweep_one(payout_id: int) -> int:
    now = clock.now()
    rows = Payout.objects.filter(pk=payout_id)
    claimed = rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE)
    if not claimed:
        return 0
    before = rows.get()
    try:
        follow(before.stripe_id)
    except Exception as error:
        if not isinstance(error, (Missing, Unreachable)):
            logger.exception("payout %s cannot be followed", before.stripe_id)
        rows.update(error=f"{type(error).__name__}: {error}"[:2000])
        wait = min(_LOOK_AGAIN, dt.timedelta(seconds=30 * 2**before.attempts))
        rows.update(due_at=clock.now() + wait)
        return 0
    rows.update(due_at=clock.now() + _LOOK_AGAIN)
    after = rows.get()
    return int((after.state, after.told_minor) != (before.state, before.told_minor))
