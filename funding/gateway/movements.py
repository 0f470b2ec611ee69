"""Movements from Stripe's account book to ours. The row is the queue.

Each part of the product books what is its own, and says here by which entries, so that one
question compares everything. What nobody knows is booked in suspense, where it is seen.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy

from funding import clock, stuck
from funding.audit import log
from funding.gateway import entries
from funding.gateway.client import Missing, Unreachable
from funding.gateway.models import Movement, MovementState
from funding.ledger import verify
from funding.stuck import Stuck

logger = logging.getLogger(__name__)

Follow = Callable[[str], bool]

MAX_ATTEMPTS: Final = 12
_LEASE: Final = dt.timedelta(seconds=90)
_LONGEST_WAIT: Final = dt.timedelta(hours=1)

# name -> a question whose rows are (balance transaction, key of an entry booked for it).
BOOKINGS: Final[dict[str, str]] = {}
# name -> a question whose rows are keys of entries that wait for their balance transaction.
PENDING: Final[dict[str, str]] = {}
# Not made distinct: so one movement is looked up by the indexes of those who book.
_BOOKED = "(SELECT * FROM ({parts}) x (balance_transaction, entry_key))"
_AWAITED = "(SELECT DISTINCT * FROM ({parts}) x (entry_key))"
_NONE = "SELECT ''::text WHERE false"
_NOTE_ALL = """
UPDATE gateway_movement m SET state = 'booked', error = ''
FROM ledger_entry e, {bookings} b
WHERE m.state IN ('waiting', 'stuck') AND b.balance_transaction = m.stripe_id
  AND e.key = b.entry_key
"""
_NOTE_ONE = """
UPDATE gateway_movement m SET state = 'booked', error = ''
WHERE m.id = %s AND m.state IN ('waiting', 'stuck', 'booked') AND EXISTS (
    SELECT FROM {bookings} b JOIN ledger_entry e ON e.key = b.entry_key
    WHERE b.balance_transaction = m.stripe_id
)
"""
_EXPLAINED = """
SELECT DISTINCT m.id FROM gateway_movement m
JOIN {bookings} b ON b.balance_transaction = m.stripe_id AND b.entry_key <> m.entry_key
JOIN ledger_entry e ON e.key = b.entry_key
WHERE m.state = 'suspense'
"""

# What `ledger verify` asks beside its own questions.
_INVARIANTS: Final = {
    "movement_has_its_entry": """
SELECT 'movement ' || m.id, 'no entry ' || m.entry_key FROM gateway_movement m
LEFT JOIN ledger_entry e ON e.key = m.entry_key WHERE m.entry_key <> '' AND e.id IS NULL
""",
    "movement_is_booked_for_its_net": """
SELECT e.key, 'clearing ' || coalesce(sum(p.amount_minor), 0) || ', net ' || m.net_minor
FROM gateway_movement m JOIN ledger_entry e ON e.key = m.entry_key
LEFT JOIN (ledger_posting p JOIN ledger_account a ON a.code = p.account_id AND a.kind = 'clearing')
     ON p.entry_id = e.id AND p.currency = m.currency
GROUP BY e.key, m.id HAVING coalesce(sum(p.amount_minor), 0) <> m.net_minor
""",
    "payout_arrives_once_it_is_said": """
SELECT 'payout ' || y.id, v.verb || ' and not booked'
FROM gateway_payout y, (VALUES ('arrived'), ('returned')) v (verb)
WHERE (CASE v.verb WHEN 'arrived' THEN y.arrived_at ELSE y.returned_at END) IS NOT NULL
  AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'payout:' || y.id || ':' || v.verb)
""",
    "suspense_is_what_movements_say": """
SELECT currency, 'postings ' || sum(ours) || ', movements ' || sum(theirs) FROM (
    SELECT p.currency, -p.amount_minor AS ours, 0 AS theirs FROM ledger_posting p
    JOIN ledger_entry e ON e.id = p.entry_id AND e.cause LIKE 'movement:%'
    WHERE p.account_id = 'suspense'
    UNION ALL
    SELECT currency, 0, net_minor FROM gateway_movement WHERE state = 'suspense'
) x GROUP BY currency HAVING sum(ours) <> sum(theirs)
""",
}


def register_bookings(name: str, question: str) -> None:
    """Say by which entries a part books its movements. The same twice is harmless."""
    if BOOKINGS.setdefault(name, question) != question:
        raise ValueError(f"Two parts book movements as {name}.")


def register_pending(name: str, question: str) -> None:
    """Say which entries of a part still wait for their balance transaction."""
    if PENDING.setdefault(name, question) != question:
        raise ValueError(f"Two parts await movements as {name}.")


def with_bookings(question: str) -> str:
    """A question with its {bookings} filled in: rows of (balance_transaction, entry_key)."""
    parts = " UNION ALL ".join(f"({each})" for each in BOOKINGS.values())
    return question.replace("{bookings}", _BOOKED.replace("{parts}", parts))


def with_pending(question: str) -> str:
    """A question with its {pending} filled in: rows of (entry_key)."""
    parts = " UNION ALL ".join(f"({each})" for each in PENDING.values())
    return question.replace("{pending}", _AWAITED.replace("{parts}", parts or _NONE))


def waiting() -> QuerySet[Movement]:
    """The movements that no entry stands for yet."""
    return Movement.objects.filter(state=MovementState.WAITING)


def given_up() -> QuerySet[Movement]:
    """The movements whose attempts are used up, the oldest first."""
    return Movement.objects.filter(state=MovementState.STUCK).order_by("created_at", "pk")


def suspended() -> QuerySet[Movement]:
    """The movements that nobody has explained yet, the oldest first."""
    return Movement.objects.filter(state=MovementState.SUSPENSE).order_by("created_at", "pk")


def note_booked() -> int:
    """Mark every movement for which somebody has booked an entry. Returns how many."""
    if not Movement.objects.filter(state__in=[MovementState.WAITING, MovementState.STUCK]).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(with_bookings(_NOTE_ALL))
        return int(cursor.rowcount)


def sweep(table: Mapping[str, Follow], *, limit: int = 500) -> int:
    """Follow what is due, oldest first. Returns how many were booked."""
    done = note_booked() + sum(map(entries.understand, _explained()))
    due = waiting().filter(due_at__lte=clock.now()).order_by("created_at", "-pk")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        done += follow(pk, table)
    return done


def follow(pk: int, table: Mapping[str, Follow]) -> int:
    """Follow one movement now, if nobody else does. 1 when an entry stands for it then."""
    now = clock.now()
    rows = Movement.objects.filter(pk=pk)
    claimed = rows.filter(state=MovementState.WAITING, due_at__lte=now).update(
        attempts=F("attempts") + 1, due_at=now + _LEASE
    )
    if not claimed:
        return 0
    movement = rows.get()
    try:
        _book(movement, table)
    except Exception as error:  # noqa: BLE001 -- kept on the row, tried again, shown to people
        _postpone(movement, error)
        return 0
    return 1


class NotYet(Exception):
    """Whoever it belongs to cannot book it yet."""


def _book(movement: Movement, table: Mapping[str, Follow]) -> None:
    if movement.category in entries.RULES:
        entries.book_movement(movement.pk)
        return
    if _is_followed(movement, table.get(movement.category)):
        if not note_one(movement.pk):
            raise NotYet("It is known, and its value is not booked yet.")
        return
    # A refund is nobody's as long as its gift has not been heard of.
    if waiting().filter(created_at__lt=movement.created_at).exists() and (
        movement.category in table
    ):
        raise NotYet("Nobody knows it, and older movements still wait.")
    entries.suspend(movement.pk)


def _is_followed(movement: Movement, look: Follow | None) -> bool:
    if note_one(movement.pk):
        return True
    if look is None or not movement.source:
        return False
    try:
        return look(movement.source)
    except Missing:
        return False


def note_one(pk: int) -> bool:
    """Mark a movement when somebody has booked an entry for it, and say whether."""
    with connection.cursor() as cursor:
        cursor.execute(with_bookings(_NOTE_ONE), [pk])
        return bool(cursor.rowcount)


def _explained() -> list[int]:
    """Movements in suspense that their owner has booked after all."""
    if not suspended().exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(with_bookings(_EXPLAINED))
        return [row[0] for row in cursor.fetchall()]


def _postpone(movement: Movement, error: Exception) -> None:
    if not isinstance(error, (Unreachable, NotYet)):
        logger.error("movement cannot be followed id=%s", movement.stripe_id, exc_info=error)
    text = f"{type(error).__name__}: {error}"[:2000]
    rows = waiting().filter(pk=movement.pk)
    if movement.attempts >= MAX_ATTEMPTS:
        rows.update(state=MovementState.STUCK, error=text)
        return
    wait = min(_LONGEST_WAIT, dt.timedelta(seconds=5 * 2**movement.attempts))
    rows.update(due_at=clock.now() + wait, error=text)


def again(movement: Movement) -> None:
    """Put a movement back into its queue, due now, with all its attempts."""
    Movement.objects.filter(
        pk=movement.pk, state__in=[MovementState.WAITING, MovementState.STUCK]
    ).update(state=MovementState.WAITING, attempts=0, due_at=clock.now())


def register() -> None:
    """Add stuck movements to the list of stuck work, and say what this part books."""
    register_bookings(
        "treasury", "SELECT stripe_id, entry_key FROM gateway_movement WHERE entry_key <> ''"
    )
    for name, question in _INVARIANTS.items():
        verify.register(name, question)
    stuck.register(
        "movements",
        given_up,
        retry,
        show=show,
        label=gettext_lazy("Lines of Stripe’s account book that cannot be booked"),
    )


def show(movement: Movement) -> Stuck:
    """A movement as the list shows it."""
    what = f"{movement.category} {movement.stripe_id}, {movement.net.text()}"
    return Stuck(movement.pk, what, movement.created_at, movement.attempts, movement.error)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Follow it once more, with all its attempts."""
    movement: Any = given_up().select_for_update().filter(pk=pk).first()
    if movement is None:
        return
    again(movement)
    log.record(actor=actor, action="movement.retried", subject=f"movement:{pk}")
