"""Writing the journal: post, reverse, find.

An entry is written in one call of one SQL function, inside the caller's transaction. Its key
makes it happen once, whoever brings the news and however often.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.transaction import TransactionManagementError
from psycopg.types.numeric import Int8

from funding import clock
from funding.ledger import prepared
from funding.ledger.models import Entry, Finality, Posting
from funding.ledger.refusals import (
    AlreadyReversed,
    EntryConflict,
    NotReversible,
    Unbalanced,
    refusing,
)
from funding.money import Money

_POST: Final = (
    "SELECT ledger_post(%s::bigint, %s::text, %s::text, %s::text, %s::text, %s::date,"
    " %s::timestamptz, %s::timestamptz, %s::bigint,"
    " %s::text[], %s::bigint[], %s::text[], %s::bigint[])"
)

# Fund, account, currency, amount in minor units: the order in which legs are written, so that
# the deferred checks of one entry take their locks in the order of funds.
_Row = tuple[int, str, str, int]


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry: an account's code, a fund, and an amount (debit positive)."""

    account: str
    fund_id: int
    amount: Money


def post(
    *,
    entity_id: int,
    key: str,
    reason: str,
    cause: str,
    actor: str,
    happened_on: dt.date,
    legs: Sequence[Leg],
    final_at: dt.datetime | None = None,
) -> int:
    """Write an entry in the open transaction and return its id.

    Equal legs are merged and empty ones left out. A key that stands already with the same
    content (entity, reason, cause, day, legs) books nothing and returns the entry that stands;
    with other content it raises EntryConflict. Raises Unbalanced for legs that do not sum to
    zero per fund and currency, and PeriodClosed. Whether a fund can afford it is judged at the
    end of the transaction, or by `settle_constraints` before.
    """
    return _post(entity_id, key, reason, cause, actor, happened_on, rows_of(legs), final_at, None)


def reverse(*, key_of: str, key: str, reason: str, actor: str, happened_on: dt.date) -> int:
    """Put an entry right by its mirror, in the open transaction. Returns the mirror's id.

    The mirror keeps the cause. An entry is reversed once; a reversal is not reversed. Raises
    AlreadyReversed, NotReversible, PeriodClosed; Entry.DoesNotExist for an unknown `key_of`.
    """
    wrong = Entry.objects.get(key=key_of)
    if wrong.reverses_id is not None:
        raise NotReversible("A reversal is not reversed. Book the entry again instead.")
    standing = Entry.objects.filter(reverses=wrong).first()
    if standing is not None and standing.key != key:
        raise AlreadyReversed("This entry was reversed before.")
    rows = [(fund, account, currency, -minor) for fund, account, currency, minor in _legs_of(wrong)]
    return _post(
        wrong.entity_id, key, reason, wrong.cause, actor, happened_on, rows, None, wrong.pk
    )


def finalise(*, key: str, final_at: dt.datetime) -> None:
    """Say, in the open transaction, that what an entry brought is worth just that for good.

    For a gift whose value turns out to be what was booked, less no fee: there is nothing to
    book, and tracing must hear of it all the same. Harmless when repeated.
    """
    entry = Entry.objects.get(key=key)
    Finality.objects.get_or_create(entry=entry, defaults={"final_at": final_at})


def find(key: str) -> Entry | None:
    """The entry with this key, if it was booked."""
    return Entry.objects.filter(key=key).first()


def settle_constraints() -> None:
    """Have the open transaction judged now, so that a rule can say no in its own words.

    Raises what `refusals` has for the broken constraint, such as FundOverdrawn.
    """
    with refusing(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _post(
    entity_id: int,
    key: str,
    reason: str,
    cause: str,
    actor: str,
    happened_on: dt.date,
    rows: list[_Row],
    final_at: dt.datetime | None,
    reverses_id: int | None,
) -> int:
    if not connection.in_atomic_block:
        raise TransactionManagementError("The journal is written inside a transaction.")
    content = (entity_id, str(reason), cause, happened_on, reverses_id)
    head = (entity_id, key, str(reason), cause, actor, happened_on, clock.now())
    written = _write((*head, final_at, reverses_id, *_columns(rows)))
    return _standing(key, content, rows) if written is None else written


def _write(values: tuple[Any, ...]) -> int | None:
    with refusing():
        rows = prepared.rows(_POST, values)
    written: int | None = rows[0][0]
    return written


def _standing(key: str, content: tuple[Any, ...], rows: list[_Row]) -> int:
    entry = Entry.objects.get(key=key)
    stands = (
        entry.entity_id,
        entry.reason,
        entry.cause,
        entry.happened_on,
        entry.reverses_id,
    )
    if stands != content or _legs_of(entry) != rows:
        raise EntryConflict(f"{key} was booked before with other content.")
    return entry.pk


def _legs_of(entry: Entry) -> list[_Row]:
    columns = Posting.objects.filter(entry=entry).values_list(
        "fund_id", "account_id", "currency", "amount_minor"
    )
    return sorted(columns)


def rows_of(legs: Sequence[Leg]) -> list[_Row]:
    """Fund, account, currency and minor units of each leg; equal ones merged, empty ones left out.

    Raises Unbalanced.
    """
    merged: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    for leg in legs:
        amount = leg.amount
        merged[leg.fund_id, leg.account, amount.currency] += amount.minor
        sums[leg.fund_id, amount.currency] += amount.minor
    if any(sums.values()):
        raise Unbalanced(f"These legs do not sum to zero per fund and currency: {dict(sums)}")
    rows = sorted((*where, minor) for where, minor in merged.items() if minor)
    if len(rows) < 2:
        raise Unbalanced("An entry moves money between at least two accounts.")
    return rows


def _columns(rows: list[_Row]) -> tuple[list[str], list[Int8], list[str], list[Int8]]:
    # The wrapper keeps the type the same for small and large numbers: one statement, one plan.
    return (
        [row[1] for row in rows],
        [Int8(row[0]) for row in rows],
        [row[2] for row in rows],
        [Int8(row[3]) for row in rows],
    )
