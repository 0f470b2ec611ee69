"""What moved in funds over a span of days, in the funds' own currency.

A foreign gift or refund is shown at its exchange leg, on the day on which its value was
known. The sums reach back from today's balances, so they cost what was posted since the
first day of the span, not what was posted before it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from funding.ledger.models import Fund
from funding.money import CurrencyMismatch, Money

# Every leg in the funds' currency since the first day, added up by account and by the reason
# that it was booked for in the first place (a reversal counts against the line that it puts
# right). Only the few sums are then sorted into lines.
_SUMS: Final = """
WITH wanted AS (
    SELECT id, entity_id, currency FROM ledger_fund WHERE id = ANY(%(funds)s)
), legs AS MATERIALIZED (
    SELECT e.id AS entry_id, e.happened_on, e.reverses_id, e.reason, p.account_id, p.amount_minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN wanted w ON w.id = p.fund_id AND w.currency = p.currency
    WHERE e.entity_id IN (SELECT entity_id FROM wanted) AND e.happened_on >= %(start)s
), summed AS (
    SELECT date_trunc('month', l.happened_on::timestamp)::date AS month,
           l.happened_on <= %(end)s AS is_inside, l.account_id,
           CASE WHEN l.reverses_id IS NULL THEN l.reason
                ELSE (SELECT o.reason FROM ledger_entry o WHERE o.id = l.reverses_id)
           END AS reason,
           sum(l.amount_minor) AS minor
    FROM legs l GROUP BY 1, 2, 3, 4
)
"""

# The same without a span, by fund and calendar year: what the pages of open books show.
_YEARLY: Final = """
WITH wanted AS (
    SELECT id, currency FROM ledger_fund WHERE id = ANY(%(funds)s)
), legs AS (
    SELECT p.fund_id, extract(year FROM e.happened_on)::int AS year, e.reverses_id, e.reason,
           p.account_id, p.amount_minor
    FROM wanted w
    JOIN ledger_posting p ON p.fund_id = w.id AND p.currency = w.currency
    JOIN ledger_entry e ON e.id = p.entry_id
), summed AS (
    SELECT l.fund_id, l.year, l.account_id,
           CASE WHEN l.reverses_id IS NULL THEN l.reason
                ELSE (SELECT o.reason FROM ledger_entry o WHERE o.id = l.reverses_id)
           END AS reason,
           sum(l.amount_minor) AS minor
    FROM legs l GROUP BY 1, 2, 3, 4
)
"""

_LINES: Final = """
, lines AS (
    SELECT s.*,
           CASE
               WHEN a.kind IN ('gifts', 'fee_cover') THEN 'gifts'
               WHEN a.kind IN ('refunds', 'disputes') THEN 'refunds'
               WHEN a.kind IN ('payment_fees', 'dispute_fees', 'bank_fees') THEN 'fees'
               WHEN a.kind = 'transfers' THEN 'transfers'
               WHEN a.kind = 'grants' THEN 'awards'
               WHEN a.kind = 'fx' AND s.reason = 'gift_value' THEN 'gifts'
               WHEN a.kind = 'fx' AND s.reason IN ('refund', 'refund_returned', 'dispute',
                                                   'dispute_reversed', 'late_failure')
                    THEN 'refunds'
               WHEN a.kind IN ('held', 'held_contra', 'committed', 'committed_contra')
                    THEN 'memo'
               WHEN a.is_spendable THEN 'money'
               ELSE 'other'
           END AS line
    FROM summed s JOIN ledger_account a ON a.code = s.account_id
)
"""

# A gift is counted where its value is: in its own entry, or for foreign money in the one that
# says what it was worth. One entry may fill several of the funds and is counted once.
_MOVED: Final = """
, counted AS (
    SELECT l.reverses_id IS NOT NULL AS is_reversal
    FROM legs l
    WHERE l.happened_on <= %(end)s AND (l.account_id = 'gifts' OR (l.account_id = 'fx' AND (
        l.reason = 'gift_value' OR EXISTS (
            SELECT FROM ledger_entry o WHERE o.id = l.reverses_id AND o.reason = 'gift_value'))))
    GROUP BY l.entry_id, l.reverses_id
)
SELECT
    (SELECT coalesce(sum(g.balance_minor), 0)::bigint FROM ledger_figures(%(funds)s) g),
    coalesce(sum(minor) FILTER (WHERE line = 'money'), 0)::bigint,
    coalesce(sum(minor) FILTER (WHERE line = 'money' AND NOT is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'gifts' AND is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'refunds' AND is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'fees' AND is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'transfers' AND is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'awards' AND is_inside), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'other' AND is_inside), 0)::bigint,
    (SELECT count(*) FILTER (WHERE NOT is_reversal) - count(*) FILTER (WHERE is_reversal)
     FROM counted)
FROM lines
"""

_BY_YEAR: Final = """
SELECT fund_id, year,
    coalesce(sum(minor) FILTER (WHERE line = 'money'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'gifts'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'refunds'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'fees'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'transfers'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'awards'), 0)::bigint,
    -coalesce(sum(minor) FILTER (WHERE line = 'other'), 0)::bigint
FROM lines GROUP BY fund_id, year ORDER BY year, fund_id
"""

_BY_MONTH: Final = """
SELECT extract(month FROM month)::int, -sum(minor)::bigint
FROM lines WHERE line = 'gifts' AND is_inside
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """What moved, all in one currency. What comes is above zero, what goes below.

    opening + gifts + refunds + fees + transfers + awards + other = closing, always. `gifts`
    holds the fees that donors covered; `refunds` holds disputes; `other` is what was brought
    forward, tax reclaimed and whatever has no line of its own.
    """

    opening: Money
    gifts: Money
    refunds: Money
    fees: Money
    transfers: Money
    awards: Money
    other: Money
    closing: Money


@dataclass(frozen=True, slots=True)
class Movements(Lines):
    """The lines of a span of days, with the number of its gifts.

    `gift_count` counts entries of gifts whose value in the funds' currency is known.
    """

    gift_count: int


def movements(*, fund_ids: Iterable[int], start: dt.date, end: dt.date) -> Movements:
    """What moved in these funds from `start` to `end`, both included.

    Raises CurrencyMismatch unless the funds share one currency, ValueError without a fund.
    """
    funds = list(fund_ids)
    currency = _currency(funds)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS + _LINES + _MOVED, {"funds": funds, "start": start, "end": end})
        row: tuple[Any, ...] = cursor.fetchone()
    today, since_start, since_end, gifts, refunds, fees, transfers, awards, other, count = row
    return Movements(
        opening=Money(today - since_start, currency),
        gifts=Money(gifts, currency),
        refunds=Money(refunds, currency),
        fees=Money(fees, currency),
        transfers=Money(transfers, currency),
        awards=Money(awards, currency),
        other=Money(other, currency),
        closing=Money(today - since_end, currency),
        gift_count=count,
    )


def by_year(fund_ids: Iterable[int]) -> dict[int, dict[int, Lines]]:
    """The lines of each fund, in its own currency, in each year from its first entry to its last.

    By fund, then by year, with no year left out. Reads all postings of these funds once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_YEARLY + _LINES + _BY_YEAR, {"funds": list(fund_ids)})
        rows: list[tuple[int, ...]] = cursor.fetchall()
    currencies = dict(
        Fund.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "currency")
    )
    moved: dict[int, dict[int, tuple[int, ...]]] = {}
    for fund_id, year, *sums in rows:
        moved.setdefault(fund_id, {})[year] = tuple(sums)
    return {fund_id: dict(_chained(years, currencies[fund_id])) for fund_id, years in moved.items()}


def _chained(years: dict[int, tuple[int, ...]], currency: str) -> Iterator[tuple[int, Lines]]:
    """Each year opens with what the one before left."""
    opening = 0
    for year in range(min(years), max(years) + 1):
        money, *parts = years.get(year, (0,) * 7)
        sums = [opening, *parts, opening + money]
        yield year, Lines(*(Money(minor, currency) for minor in sums))
        opening += money


def gifts_by_month(fund_ids: Iterable[int], year: int) -> list[Money]:
    """Gifts of each month of a year, January first, as `Movements.gifts` counts them.

    Raises CurrencyMismatch unless the funds share one currency, ValueError without a fund.
    """
    funds = list(fund_ids)
    currency = _currency(funds)
    span: dict[str, Any] = {
        "funds": funds,
        "start": dt.date(year, 1, 1),
        "end": dt.date(year, 12, 31),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS + _LINES + _BY_MONTH, span)
        by_month: dict[int, int] = dict(cursor.fetchall())
    return [Money(by_month.get(month, 0), currency) for month in range(1, 13)]


def _currency(funds: list[int]) -> str:
    currencies = set(Fund.objects.filter(pk__in=funds).values_list("currency", flat=True))
    if not currencies:
        raise ValueError("Movements are those of at least one fund.")
    if len(currencies) > 1:
        raise CurrencyMismatch("Funds of several currencies do not add up.")
    return currencies.pop()
