"""The journal for other programs, without personal data: CSV and Beancount.

Both are streamed line by line from one snapshot, whatever the length of the journal. They
hold ids, codes and amounts; the actor of an entry is left out, because it may be a person.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction

from funding.ledger import beancount
from funding.ledger.beancount import Item
from funding.money import Money

_POSTINGS: Final = """
SELECT e.id, e.key, e.reason, e.cause, e.happened_on, e.booked_at,
       coalesce(e.final_at, l.final_at), o.key, f.slug, p.account_id, p.currency, p.amount_minor
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
LEFT JOIN ledger_entry o ON o.id = e.reverses_id
LEFT JOIN ledger_finality l ON l.entry_id = e.id
JOIN ledger_fund f ON f.id = p.fund_id
WHERE (%(entity)s::bigint IS NULL OR e.entity_id = %(entity)s)
  AND (%(fund)s::bigint IS NULL OR p.fund_id = %(fund)s)
  AND (%(cause)s::text IS NULL OR e.cause = %(cause)s)
ORDER BY e.happened_on, e.id, p.id
"""

# What the sums should be comes from the balances, not from the postings that are exported, so
# that the file proves one against the other.
_SUMS: Final = """
SELECT f.slug, x.account_id, x.currency, sum(x.amount_minor)::bigint
FROM (
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balance
    UNION ALL
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balancedelta
) x
JOIN ledger_fund f ON f.id = x.fund_id
WHERE (%(entity)s::bigint IS NULL OR f.entity_id = %(entity)s)
  AND (%(fund)s::bigint IS NULL OR f.id = %(fund)s)
GROUP BY f.slug, x.account_id, x.currency
ORDER BY f.slug, x.account_id, x.currency
"""

_DAYS: Final = """
SELECT min(e.happened_on), max(e.happened_on) FROM ledger_entry e
WHERE (%(entity)s::bigint IS NULL OR e.entity_id = %(entity)s)
  AND (%(fund)s::bigint IS NULL OR EXISTS (
      SELECT FROM ledger_posting p WHERE p.entry_id = e.id AND p.fund_id = %(fund)s))
"""

COLUMNS: Final = (
    "entry",
    "key",
    "reason",
    "cause",
    "happened_on",
    "booked_at",
    "final_at",
    "reverses",
    "fund",
    "account",
    "currency",
    "amount",
    "amount_minor",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose journal: one entity's, one fund's, or without either everybody's.

    `cause` takes of it only what one thing has caused, such as 'award:7'. That is a part of the
    accounts and does not come to their balances, so Beancount is not asked for it.
    """

    entity_id: int | None = None
    fund_id: int | None = None
    cause: str | None = None

    @property
    def values(self) -> dict[str, int | str | None]:
        """For the statements above."""
        return {"entity": self.entity_id, "fund": self.fund_id, "cause": self.cause}


def csv_lines(scope: Scope) -> Iterator[str]:
    """One line per posting, with a heading; ends of line as RFC 4180 has them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    with _snapshot():
        for row in _stream(scope):
            *texts, currency, minor = row
            cells = [_cell(value) for value in texts]
            writer.writerow([*cells, currency, Money(minor, currency).plain(), minor])
            yield _emptied(buffer)
    yield _emptied(buffer)


def beancount_lines(scope: Scope) -> Iterator[str]:
    """A Beancount file: accounts, every entry, and at the end what each account must hold."""
    with _snapshot():
        sums = _ask(_SUMS, scope)
        first, last = _ask(_DAYS, scope)[0]
        names = sorted({beancount.account(fund, code) for fund, code, _, _ in sums})
        yield from beancount.heading(sorted({currency for _, _, currency, _ in sums}))
        yield from beancount.openings(names, first)
        for _, rows in groupby(_stream(scope), key=lambda row: row[0]):
            yield beancount.entry(_items(list(rows)))
        if last is not None:
            yield from beancount.closings(_summed(sums), last + dt.timedelta(days=1))


FORMATS: Final[dict[str, Callable[[Scope], Iterator[str]]]] = {
    "csv": csv_lines,
    "beancount": beancount_lines,
}


@contextmanager
def _snapshot() -> Iterator[None]:
    # Inside an open transaction the snapshot is the caller's business.
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _stream(scope: Scope) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_POSTINGS, scope.values)
        while rows := cursor.fetchmany(2000):
            yield from rows


def _ask(sql: str, scope: Scope) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _items(rows: Sequence[tuple[Any, ...]]) -> list[Item]:
    return [
        Item(
            key=row[1],
            reason=row[2],
            cause=row[3],
            happened_on=row[4],
            final_at=row[6],
            reverses=row[7],
            account=beancount.account(row[8], row[9]),
            amount=Money(row[11], row[10]),
        )
        for row in rows
    ]


def _summed(sums: Sequence[tuple[Any, ...]]) -> dict[tuple[str, str], Money]:
    found: dict[tuple[str, str], Money] = {}
    for fund, code, currency, minor in sums:
        place = (beancount.account(fund, code), currency)
        found[place] = found.get(place, Money(0, currency)) + Money(minor, currency)
    return found


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    # A spreadsheet takes a cell that begins like this for a formula and runs it.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
