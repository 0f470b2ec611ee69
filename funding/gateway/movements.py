"""Every line of Stripe's account book becomes an entry of ours, whoever brings the news.

A movement is stored once, as a fact, and is booked by the part that knows its source: gifts,
refunds and what banks take back by those who give, everything else here. What nobody
understands goes into suspense, so that the books agree with Stripe's while people look.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Final

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Kind as Alarm
from funding.gateway import journals, payouts, transactions
from funding.gateway.client import Missing, Unreachable
from funding.gateway.models import Movement, MovementState
from funding.ledger import book, places
from funding.ledger.book import Leg
from funding.ledger.models import Reason
from funding.ledger.places import StripePlaces
from funding.money import Money

logger = logging.getLogger(__name__)

Follow = Callable[[str], bool]

ATTEMPTS: Final = 12
_LEASE: Final = dt.timedelta(minutes=2)
_PAGE: Final = "/treasurer/reconcile/"
# Reporting categories that are moves of our own balance and of nothing else.
PAYOUTS: Final = frozenset({"payout", "payout_reversal"})
FEES: Final = frozenset({"fee", "network_cost", "tax"})
RESERVES: Final = frozenset({"risk_reserved_funds"})

# name -> statement that gives (balance transaction, key of an entry booked for it). Several
# entries may stand for one movement, as for a gift and its fee.
BOOKINGS: Final[dict[str, str]] = {
    "movements": (
        "SELECT m.stripe_id, e.key FROM gateway_movement m"
        " JOIN ledger_entry e ON e.key = 'movement:' || m.id || ':book' AND e.reverses_id IS NULL"
    )
}


def register_bookings(name: str, statement: str) -> None:
    """Say which entries a part has booked for which movements. The same twice is harmless."""
    if BOOKINGS.setdefault(name, statement) != statement:
        raise ValueError(f"Two kinds of bookings are called {name}.")


def bookings() -> str:
    """All of them as one statement: (transaction, key)."""
    return " UNION ALL ".join(f"({each})" for each in BOOKINGS.values())


def walk() -> int:
    """Take in what Stripe's account book has since the last time. Raises Unreachable."""
    walked = transactions.walk()
    new = transactions.take_in(walked.lines)
    walked.finish()
    return new


def waiting() -> QuerySet[Movement]:
    """Movements that are still to be booked and have attempts left."""
    return Movement.objects.filter(state=MovementState.WAITING, attempts__lt=ATTEMPTS)


def follow_due(table: Mapping[str, Follow], *, limit: int = 500) -> int:
    """Have what is due booked by whoever knows it. Returns how many were.

    `table` says by reporting category who asks after the source.
    """
    due = waiting().filter(due_at__lte=clock.now()).order_by("happened_at", "id")
    return sum(_follow_one(pk, table) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _follow_one(movement_id: int, table: Mapping[str, Follow]) -> int:
    now = clock.now()
    rows = Movement.objects.filter(pk=movement_id)
    claimed = rows.filter(due_at__lte=now, state=MovementState.WAITING).update(
        attempts=F("attempts") + 1, due_at=now + _LEASE
    )
    if not claimed:
        return 0
    movement = rows.get()
    try:
        _follow(movement, table)
    except Exception as error:
        if not isinstance(error, Unreachable):
            logger.exception("movement %s cannot be followed", movement.stripe_id)
        rows.update(error=f"{type(error).__name__}: {error}"[:2000])
    after = rows.get()
    if after.state != MovementState.WAITING:
        return 1
    wait = min(dt.timedelta(hours=6), dt.timedelta(seconds=30 * 2**movement.attempts))
    rows.update(due_at=clock.now() + wait)
    return 0


def _follow(movement: Movement, table: Mapping[str, Follow]) -> None:
    if settle(movement.pk):
        return
    follow = table.get(movement.category)
    if follow is None:
        book_own(movement.pk)
        return
    if movement.source and _asks(follow, movement.source):
        if not settle(movement.pk):
            Movement.objects.filter(pk=movement.pk).update(error="Its owner has not booked it yet.")
        return
    book_own(movement.pk)


def _asks(follow: Follow, source: str) -> bool:
    try:
        return follow(source)
    except Missing:
        return False


def is_booked(stripe_id: str) -> bool:
    """Whether an entry stands for this movement."""
    # Every word of the statement is ours.
    asked = f"SELECT EXISTS (SELECT FROM ({bookings()}) b (told) WHERE b.told = %s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(asked, [stripe_id])
        found: bool = cursor.fetchone()[0]
    return found


@transaction.atomic
def settle(movement_id: int) -> bool:
    """Mark a movement as booked when an entry stands for it. Whether one does."""
    movement = Movement.objects.select_for_update().get(pk=movement_id)
    if movement.state != MovementState.WAITING:
        return True
    if not is_booked(movement.stripe_id):
        return False
    _set_state(movement, MovementState.BOOKED)
    return True


@transaction.atomic
def book_own(movement_id: int) -> None:
    """Book a movement that is nobody's gift: a payout, a fee, a reserve, or not understood.

    Again: nothing. Raises places.NoPlace, PeriodClosed.
    """
    movement = Movement.objects.select_for_update().get(pk=movement_id)
    if movement.state != MovementState.WAITING:
        return
    where = places.of_stripe()
    reason, legs = _own(movement, where)
    if legs:
        book.post(
            entity_id=where.entity.pk,
            key=f"movement:{movement.pk}:book",
            reason=reason,
            cause=f"movement:{movement.pk}",
            actor="stripe",
            happened_on=places.day(where.entity, movement.happened_at),
            legs=legs,
        )
    is_known = reason != Reason.SUSPENSE
    _set_state(movement, MovementState.BOOKED if is_known else MovementState.SUSPENSE)
    if not is_known:
        alarms.sound(
            kind=Alarm.MOVEMENT_UNKNOWN,
            subject=f"movement:{movement.pk}",
            sentence=_("Stripe moved %(sum)s (%(category)s), and nobody knows what for.")
            % {
                "sum": Money(movement.net_minor, movement.currency).text(),
                "category": movement.category,
            },
            page=_PAGE,
        )
    if movement.category in PAYOUTS and movement.source.startswith("po_"):
        payouts.note(movement.source)
    book.settle_constraints()


def _own(movement: Movement, where: StripePlaces) -> tuple[Reason, list[Leg]]:
    currency = movement.currency
    amount, fee = Money(movement.amount_minor, currency), Money(movement.fee_minor, currency)
    extra = journals.charged(where, fee) if fee else []
    if movement.category in PAYOUTS:
        reason = Reason.PAYOUT if amount.minor < 0 else Reason.PAYOUT_FAILED
        return reason, [*journals.moved(where, "in_transit", amount), *extra]
    if movement.category in FEES:
        return Reason.STRIPE_FEE, journals.charged(where, fee - amount)
    if movement.category in RESERVES:
        return Reason.RESERVE, [*journals.moved(where, "in_transit", amount), *extra]
    net = Money(movement.net_minor, currency)
    return Reason.SUSPENSE, journals.moved(where, "suspense", net) if net else []


def _set_state(movement: Movement, state: MovementState) -> None:
    movement.state, movement.booked_at, movement.error = state, clock.now(), ""
    movement.save(update_fields=["state", "booked_at", "error"])
