"""What awards came to at the end of a day, in the funds that are asked for.

`figures` tells how awards stand now; a report tells how they stood. Both add up the same legs
under the same names, so at the end of today they agree.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from funding.money import Money
from grants import figures
from grants.figures import Figures

_LEGS: Final = """
WITH legs AS (
    SELECT a.id AS award_id, a.currency, e.id AS entry_id, e.key, e.happened_on,
           coalesce(o.reason, e.reason) AS reason, p.account_id, p.amount_minor
    FROM ledger_posting p
    JOIN ledger_entry e ON e.id = p.entry_id
    JOIN grants_award a ON e.cause = 'award:' || a.id
    LEFT JOIN ledger_entry o ON o.id = e.reverses_id
    WHERE p.fund_id = ANY(%(funds)s) AND p.account_id IN ('committed', 'grants', 'payable')
      AND e.happened_on BETWEEN %(start)s AND %(end)s
)
"""

_STANDING: Final = (
    _LEGS
    + "SELECT award_id, currency, min(happened_on) FILTER (WHERE reason = 'award'),"
    + figures.SUMS
    + "FROM legs GROUP BY 1, 2 ORDER BY 3, 1"
)

_SENT: Final = (
    _LEGS
    + """
SELECT award_id, happened_on, key, sum(amount_minor)::bigint
FROM legs WHERE account_id IN ('grants', 'payable')
GROUP BY entry_id, 1, 2, 3 HAVING sum(amount_minor) <> 0
ORDER BY happened_on, entry_id
"""
)
_BEGINNING: Final = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """An award at the end of a day: when it was adopted, and what it came to by then."""

    award_id: int
    adopted_on: dt.date
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sent:
    """Money that left our bank for an award, or below zero came back; `number` of its payment.

    Where unspent money came back there is no payment, and the number is 0.
    """

    award_id: int
    day: dt.date
    number: int
    minor: int


def standings(fund_ids: Iterable[int], on: dt.date) -> list[Standing]:
    """Every award that has drawn on these funds by the end of a day, in order of adoption."""
    found = []
    for award_id, currency, adopted_on, *sums in _rows(_STANDING, fund_ids, _BEGINNING, on):
        adopted, cancelled, returned, payable, paid, committed = (
            Money(minor, currency) for minor in sums
        )
        awarded = adopted - cancelled - returned
        told = Figures(awarded, cancelled, returned, payable, paid, committed)
        found.append(Standing(award_id, adopted_on, told))
    return found


def sent(fund_ids: Iterable[int], start: dt.date, end: dt.date) -> list[Sent]:
    """Every payment of a span of days, both included; they add up to what `paid` grew by."""
    return [
        Sent(award_id, day, _number(key), minor)
        for award_id, day, key, minor in _rows(_SENT, fund_ids, start, end)
    ]


def _number(key: str) -> int:
    found = re.search(r":(?:un)?paid-(\d+)", key)
    return int(found.group(1)) if found else 0


def _rows(
    question: str, fund_ids: Iterable[int], start: dt.date, end: dt.date
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, {"funds": list(fund_ids), "start": start, "end": end})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
