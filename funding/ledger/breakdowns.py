"""What stands behind the lines of a statement, in the funds' own currency.

A statement says that so much came as gifts; this says in which months, of which sizes and from
which currencies, what each kind of fee came to, and where the money lay at the end of a day.
The parts follow the lines of `statements` leg by leg, so they add up to them.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

# Every leg of a span with the reason that it was booked for in the first place: a reversal
# counts against the line that it puts right.
_LEGS: Final = """
WITH wanted AS (
    SELECT id, entity_id, currency FROM ledger_fund WHERE id = ANY(%(funds)s)
), legs AS MATERIALIZED (
    SELECT e.id AS entry_id, e.cause, e.happened_on, e.reverses_id IS NOT NULL AS is_reversal,
           coalesce(o.reason, e.reason) AS reason, a.kind, p.fund_id, p.currency,
           p.currency = w.currency AS is_own, p.amount_minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN wanted w ON w.id = p.fund_id
    JOIN ledger_account a ON a.code = p.account_id
    LEFT JOIN ledger_entry o ON o.id = e.reverses_id
    WHERE e.entity_id IN (SELECT entity_id FROM wanted)
      AND e.happened_on BETWEEN %(start)s AND %(end)s
)
"""

# One gift is one entry, however many of the funds it fills. Foreign money is counted in the
# entry that says what it was worth, and that entry also has the sum that was given.
_GIFTS: Final = """
, told AS (
    SELECT *, kind = 'fx' AND reason = 'gift_value' AS is_value FROM legs
), entries AS (
    SELECT entry_id, date_trunc('month', happened_on::timestamp)::date AS month,
           CASE WHEN is_reversal THEN -1 ELSE 1 END AS one,
           bool_or(is_own AND (kind = 'gifts' OR is_value)) AS is_gift,
           -sum(amount_minor) FILTER (
               WHERE is_own AND (kind IN ('gifts', 'fee_cover') OR is_value)) AS minor,
           max(currency) FILTER (WHERE is_value AND NOT is_own) AS abroad,
           sum(amount_minor) FILTER (WHERE is_value AND NOT is_own) AS given
    FROM told GROUP BY entry_id, happened_on, is_reversal
)
SELECT month, abroad, width_bucket(abs(minor)::bigint, %(steps)s::bigint[]),
       coalesce(sum(one) FILTER (WHERE is_gift), 0)::bigint, sum(minor)::bigint,
       sum(coalesce(given, minor))::bigint
FROM entries WHERE minor IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3
"""

_PARTS: Final = """
SELECT kind, reason, -sum(amount_minor)::bigint,
       count(DISTINCT entry_id) FILTER (WHERE amount_minor > 0)
           - count(DISTINCT entry_id) FILTER (WHERE amount_minor < 0)
FROM legs WHERE is_own GROUP BY 1, 2 ORDER BY 1, 2
"""

# The other side of a transfer, where it is not one of the funds themselves.
_COUNTERPARTS: Final = """
SELECT f.name, sum(t.amount_minor)::bigint
FROM (SELECT DISTINCT entry_id FROM legs WHERE kind = 'transfers' AND is_own) e
JOIN ledger_posting t ON t.entry_id = e.entry_id AND t.account_id = 'transfers'
JOIN ledger_fund f ON f.id = t.fund_id
WHERE f.id <> ALL(%(funds)s)
GROUP BY f.position, f.name, f.id HAVING sum(t.amount_minor) <> 0
ORDER BY f.position, f.name, f.id
"""

# What came back out of foreign gifts cost as much as the bank's rate of that day said; it had
# come in at the rate of its own day. Parts are taken of the sum so far, so that the differences
# of several refunds add up to that of all.
_EXCHANGED: Final = """
, given_back AS (
    SELECT DISTINCT cause, fund_id FROM legs
    WHERE kind = 'fx' AND NOT is_own AND reason IN ('refund', 'refund_returned', 'dispute',
                                                    'dispute_reversed', 'late_failure')
), history AS (
    SELECT g.cause, g.fund_id, e.happened_on, coalesce(o.reason, e.reason) AS reason,
           p.currency = w.currency AS is_own, p.amount_minor
    FROM given_back g
    JOIN wanted w ON w.id = g.fund_id
    JOIN ledger_entry e ON e.cause = g.cause AND e.happened_on <= %(end)s
    JOIN ledger_posting p ON p.entry_id = e.id AND p.fund_id = g.fund_id AND p.account_id = 'fx'
    LEFT JOIN ledger_entry o ON o.id = e.reverses_id
), gifts AS (
    SELECT cause, fund_id,
           sum(amount_minor) FILTER (WHERE reason = 'gift_value' AND NOT is_own) AS given,
           -sum(amount_minor) FILTER (WHERE reason = 'gift_value' AND is_own) AS worth,
           -coalesce(sum(amount_minor) FILTER (WHERE reason <> 'gift_value' AND NOT is_own
                                               AND happened_on < %(start)s), 0) AS before,
           -sum(amount_minor) FILTER (WHERE reason <> 'gift_value' AND NOT is_own) AS back,
           coalesce(sum(amount_minor) FILTER (WHERE reason <> 'gift_value' AND is_own
                                              AND happened_on >= %(start)s), 0) AS cost
    FROM history WHERE reason IN ('gift_value', 'refund', 'refund_returned', 'dispute',
                                  'dispute_reversed', 'late_failure')
    GROUP BY cause, fund_id
)
SELECT coalesce(sum(round(back * worth / given) - round(before * worth / given) - cost), 0)::bigint
FROM gifts WHERE given <> 0
"""

# From today's balances back: what was posted after the day is taken off again.
_PLACES: Final = """
SELECT a.kind, x.currency, sum(x.amount_minor)::bigint
FROM (
    SELECT account_id, currency, amount_minor FROM ledger_balance WHERE fund_id = ANY(%(funds)s)
    UNION ALL
    SELECT account_id, currency, amount_minor FROM ledger_balancedelta
    WHERE fund_id = ANY(%(funds)s)
    UNION ALL
    SELECT p.account_id, p.currency, -p.amount_minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id AND p.fund_id = ANY(%(funds)s)
    WHERE e.happened_on > %(on)s
      AND e.entity_id IN (SELECT entity_id FROM ledger_fund WHERE id = ANY(%(funds)s))
) x
JOIN ledger_account a ON a.code = x.account_id AND a.is_spendable
GROUP BY 1, 2 HAVING sum(x.amount_minor) <> 0 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Funds of one currency, and the first and last of the days that are asked for."""

    fund_ids: tuple[int, ...]
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Gifts:
    """Gifts of one month, of one size, given in one currency.

    `size` is the number of steps that the gifts reach. `abroad` is the currency in which they
    were given, where it is not the funds' own; `given_minor` is what they were in it.
    """

    month: dt.date
    abroad: str | None
    size: int
    count: int
    minor: int
    given_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of account did for one reason: in is above zero. `count` counts entries."""

    kind: str
    reason: str
    minor: int
    count: int


def gifts(span: Span, steps: Sequence[int]) -> list[Gifts]:
    """Gifts as `Movements.gifts` counts them, by month, size and currency.

    `steps` are sums in minor units, smallest first. The rows are as many as months, sizes and
    currencies, however many gifts there were.
    """
    return [Gifts(*row) for row in _rows(_LEGS + _GIFTS, span, steps=list(steps))]


def parts(span: Span) -> list[Part]:
    """What moved on every kind of account, in the funds' own currency."""
    return [Part(*row) for row in _rows(_LEGS + _PARTS, span)]


def counterparts(span: Span) -> list[tuple[str, int]]:
    """The funds from which money came (above zero) or to which it went, with the sums."""
    return [(name, minor) for name, minor in _rows(_LEGS + _COUNTERPARTS, span)]


def exchange_difference(span: Span) -> int:
    """What was given back or taken back of foreign gifts cost less (above zero) than it brought."""
    ((minor,),) = _rows(_LEGS + _EXCHANGED, span)
    return int(minor)


def places(fund_ids: Iterable[int], on: dt.date) -> list[tuple[str, str, int]]:
    """Kind, currency and sum of every spendable account at the end of a day, debit positive.

    Held and committed are among them, below zero. Where money lies is true of all funds of an
    entity together with its Treasury, not of one fund alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"funds": list(fund_ids), "on": on})
        rows: list[tuple[str, str, int]] = cursor.fetchall()
    return rows


def _rows(question: str, span: Span, **more: list[int]) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"funds": list(span.fund_ids), "start": span.start, "end": span.end}
    with connection.cursor() as cursor:
        cursor.execute(question, values | more)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
