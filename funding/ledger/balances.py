"""What a fund has: folded balances and the deltas not yet folded, read in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from psycopg.types.numeric import Int8

from funding.ledger import prepared
from funding.ledger.models import BalanceDelta, Fund, Kind
from funding.money import Money

_BALANCE: Final = """
SELECT coalesce(sum(x.amount_minor), 0)::bigint
FROM (
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balance
    UNION ALL
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balancedelta
) x
JOIN ledger_fund f ON f.id = x.fund_id
WHERE x.fund_id = %s AND x.account_id = %s AND x.currency = coalesce(%s::text, f.currency)
"""

_FIGURES: Final = """
SELECT g.fund_id, g.currency, g.balance_minor, g.held_minor, g.committed_minor,
       g.reserve_minor, g.available_minor, w.currencies, w.amounts
FROM ledger_figures(%s) g
LEFT JOIN LATERAL (
    SELECT array_agg(s.currency ORDER BY s.currency) AS currencies,
           array_agg(s.minor ORDER BY s.currency) AS amounts
    FROM (
        SELECT x.currency::text, sum(x.amount_minor)::bigint AS minor
        FROM (
            SELECT b.account_id, b.currency, b.amount_minor FROM ledger_balance b
            WHERE b.fund_id = g.fund_id AND b.currency <> g.currency
            UNION ALL
            SELECT d.account_id, d.currency, d.amount_minor FROM ledger_balancedelta d
            WHERE d.fund_id = g.fund_id AND d.currency <> g.currency
        ) x
        JOIN ledger_account a ON a.code = x.account_id AND a.is_spendable
        GROUP BY x.currency HAVING sum(x.amount_minor) <> 0
    ) s
) w ON true
"""

_BY_KIND: Final = """
SELECT x.fund_id, a.kind, sum(x.amount_minor)::bigint
FROM (
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balance
    UNION ALL
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balancedelta
) x
JOIN ledger_fund f ON f.id = x.fund_id AND f.currency = x.currency
JOIN ledger_account a ON a.code = x.account_id AND a.is_spendable
WHERE x.fund_id = ANY(%s)
GROUP BY x.fund_id, a.kind
"""

_OF_ENTITIES: Final = """
SELECT f.entity_id, a.kind, x.currency, sum(x.amount_minor)::bigint
FROM (
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balance
    UNION ALL
    SELECT fund_id, account_id, currency, amount_minor FROM ledger_balancedelta
) x
JOIN ledger_fund f ON f.id = x.fund_id
JOIN ledger_account a ON a.code = x.account_id
WHERE a.kind = ANY(%s)
GROUP BY f.entity_id, a.kind, x.currency
HAVING sum(x.amount_minor) <> 0
ORDER BY f.entity_id, a.kind, x.currency
"""

# Deleting the deltas and adding their sums is one statement, so every reader sees a delta
# either here or there. What is folded is what this statement deleted, never "all up to an id":
# ids are not committed in their order. Rows that another fold has in hand are left to it, and
# balances are taken in one order, so that several folds work side by side.
_FOLD: Final = """
WITH batch AS (
    SELECT d.id FROM ledger_balancedelta d LIMIT %s FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM ledger_balancedelta d USING batch WHERE d.id = batch.id
    RETURNING d.fund_id, d.account_id, d.currency, d.amount_minor
), folded AS (
    INSERT INTO ledger_balance AS b (fund_id, account_id, currency, amount_minor)
    SELECT t.fund_id, t.account_id, t.currency, sum(t.amount_minor)
    FROM taken t
    GROUP BY t.fund_id, t.account_id, t.currency
    ORDER BY t.fund_id, t.account_id, t.currency
    ON CONFLICT (fund_id, account_id, currency)
    DO UPDATE SET amount_minor = b.amount_minor + excluded.amount_minor
)
SELECT count(*) FROM taken
"""


@dataclass(frozen=True, slots=True)
class FundFigures:
    """What a fund has, in its own currency.

    `balance` is its money after its debts; `held` is kept back for open decisions, `committed`
    is promised, `reserve` is kept back for good; `available` is what is left of it, and below
    zero after a refund of money already promised. `on_its_way` is foreign money whose value
    is not known yet.
    """

    balance: Money
    held: Money
    committed: Money
    reserve: Money
    available: Money
    on_its_way: tuple[Money, ...]


def balance(fund_id: int, account: str, currency: str | None = None) -> int:
    """Minor units on one account of a fund, debit positive; by default in its own currency."""
    return int(_row(_BALANCE, [fund_id, account, currency])[0])


def available(fund_id: int) -> Money:
    """What the fund could promise now. Raises Fund.DoesNotExist."""
    figure = figures([fund_id]).get(fund_id)
    if figure is None:
        raise Fund.DoesNotExist(f"There is no fund {fund_id}.")
    return figure.available


def figures(fund_ids: Iterable[int]) -> dict[int, FundFigures]:
    """The figures of several funds, by id, in one statement."""
    rows = prepared.rows(_FIGURES, [[Int8(pk) for pk in fund_ids]])
    return {row[0]: _figures(row) for row in rows}


def by_kind(fund_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """What stands behind the figures: minor units by fund and kind of spendable account.

    In each fund's own currency, debit positive. Where money lies is true of all funds of an
    entity together with its Treasury, not of one fund alone.
    """
    sums: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_KIND, [list(fund_ids)])
        for fund_id, kind, minor in cursor.fetchall():
            sums.setdefault(fund_id, {})[kind] = minor
    return sums


def of_entities(kinds: Iterable[Kind]) -> dict[tuple[int, Kind], list[Money]]:
    """What lies on all accounts of a kind over all funds of an entity, in each currency.

    Keys are (entity's id, kind); debit positive. Banks, clearing and suspense of one fund are
    tags: only these sums are figures.
    """
    found: dict[tuple[int, Kind], list[Money]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OF_ENTITIES, [[kind.value for kind in kinds]])
        for entity_id, kind, currency, minor in cursor.fetchall():
            found.setdefault((entity_id, Kind(kind)), []).append(Money(minor, currency))
    return found


def lock_funds(fund_ids: Iterable[int]) -> list[Fund]:
    """Lock funds in the order of their ids, for whoever lowers what is available.

    Read in a later statement, never in this one. Gifts do not wait for this lock.
    """
    wanted = sorted(set(fund_ids))
    return list(Fund.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True))


def fold(limit: int = 10_000) -> int:
    """Fold up to `limit` deltas into balances and return how many it took."""
    return int(_row(_FOLD, [limit])[0])


def tail() -> int:
    """How many deltas wait to be folded."""
    return BalanceDelta.objects.count()


def _figures(row: tuple[Any, ...]) -> FundFigures:
    currency = row[1]
    abroad = zip(row[7] or [], row[8] or [], strict=True)
    return FundFigures(
        balance=Money(row[2], currency),
        held=Money(row[3], currency),
        committed=Money(row[4], currency),
        reserve=Money(row[5], currency),
        available=Money(row[6], currency),
        on_its_way=tuple(Money(minor, code) for code, minor in abroad),
    )


def _row(sql: str, values: list[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
