"""What an award comes to: one reading of the journal, the same on every page.

    adopted   = what the decision promised (`committed` of AWARD)
    cancelled = what of it was set free again (`committed` of AWARD_CANCELLED)
    returned  = unspent money that came back (`grants` of AWARD_RETURNED)
    payable   = fallen due and not yet paid (the balance of `payable`)
    paid      = sent less returned (the balances of `grants` and `payable` together)
    committed = promised and not yet due (the balance of `committed`)
    awarded   = adopted - cancelled - returned

and always awarded = paid + payable + committed, for an award, for each fund in it and for any
sum of them. The left side is added up by why money moved, the right side by where it lies, so
the two can differ and `invariants` asks whether they do. A reversal counts against the reason
of the entry that it puts right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from funding.ledger.models import Fund
from funding.money import Money
from grants.models import Award, Round

# Every leg that belongs to an award, with the reason that it was booked for in the first place.
LEGS: Final = """
WITH legs AS (
    SELECT a.id AS award_id, a.currency, r.round_id, p.fund_id, p.account_id, p.amount_minor,
           coalesce(o.reason, e.reason) AS reason
    FROM grants_award a
    JOIN grants_application r ON r.id = a.application_id
    JOIN ledger_entry e ON e.cause = 'award:' || a.id
    JOIN ledger_posting p ON p.entry_id = e.id
    LEFT JOIN ledger_entry o ON o.id = e.reverses_id
    WHERE p.account_id IN ('committed', 'grants', 'payable')
      AND (%(awards)s::bigint[] IS NULL OR a.id = ANY(%(awards)s::bigint[]))
      AND (%(rounds)s::bigint[] IS NULL OR r.round_id = ANY(%(rounds)s::bigint[]))
      AND (%(funds)s::bigint[] IS NULL OR p.fund_id = ANY(%(funds)s::bigint[]))
)
"""

SUMS: Final = """
    coalesce(-sum(amount_minor) FILTER (
        WHERE account_id = 'committed' AND reason = 'award'), 0)::bigint AS adopted,
    coalesce(sum(amount_minor) FILTER (
        WHERE account_id = 'committed' AND reason = 'award_cancelled'), 0)::bigint AS cancelled,
    coalesce(-sum(amount_minor) FILTER (
        WHERE account_id = 'grants' AND reason = 'award_returned'), 0)::bigint AS returned,
    coalesce(-sum(amount_minor) FILTER (WHERE account_id = 'payable'), 0)::bigint AS payable,
    coalesce(sum(amount_minor) FILTER (
        WHERE account_id IN ('grants', 'payable')), 0)::bigint AS paid,
    coalesce(-sum(amount_minor) FILTER (WHERE account_id = 'committed'), 0)::bigint AS committed
"""

_BY_AWARD: Final = LEGS + "SELECT award_id, currency," + SUMS + "FROM legs GROUP BY 1, 2"
_BY_ROUND: Final = LEGS + "SELECT round_id, currency," + SUMS + "FROM legs GROUP BY 1, 2"
_BY_FUND: Final = LEGS + "SELECT fund_id, currency," + SUMS + "FROM legs GROUP BY 1, 2"
_BY_CURRENCY: Final = LEGS + "SELECT currency, currency," + SUMS + "FROM legs GROUP BY 1, 2"


@dataclass(frozen=True, slots=True)
class Figures:
    """What awards come to, all in one currency; see above for what each means."""

    awarded: Money
    cancelled: Money
    returned: Money
    payable: Money
    paid: Money
    committed: Money

    @property
    def adopted(self) -> Money:
        """What the decision promised, whatever became of it."""
        return self.awarded + self.cancelled + self.returned

    @property
    def sent(self) -> Money:
        """What has left our bank, whatever came back."""
        return self.paid + self.returned

    @property
    def is_whole(self) -> bool:
        """Whether awarded is paid, payable and still committed together. Always so."""
        return self.awarded == self.paid + self.payable + self.committed


def nothing(currency: str) -> Figures:
    """The figures of no award at all."""
    none = Money(0, currency)
    return Figures(none, none, none, none, none, none)


def of(award_ids: Iterable[int]) -> dict[int, Figures]:
    """The figures of each of these awards, by id, in one statement."""
    wanted = list(award_ids)
    found = _read(_BY_AWARD, awards=wanted)
    if missing := [pk for pk in wanted if pk not in found]:
        rows = Award.objects.filter(pk__in=missing).values_list("pk", "currency")
        found |= {pk: nothing(currency) for pk, currency in rows}
    return found


def by_fund(award_id: int) -> dict[int, Figures]:
    """What each fund has of one award, by the fund's id."""
    return _read(_BY_FUND, awards=[award_id])


def in_fund(fund_id: int) -> dict[int, Figures]:
    """What each award has of one fund, by the award's id; only awards that draw on it."""
    return _read(_BY_AWARD, funds=[fund_id])


def of_funds(fund_ids: Iterable[int]) -> dict[int, Figures]:
    """What all awards together have of each of these funds, by the fund's id."""
    wanted = list(fund_ids)
    found = _read(_BY_FUND, funds=wanted)
    if missing := [pk for pk in wanted if pk not in found]:
        rows = Fund.objects.filter(pk__in=missing).values_list("pk", "currency")
        found |= {pk: nothing(currency) for pk, currency in rows}
    return found


def of_rounds(round_ids: Iterable[int]) -> dict[int, Figures]:
    """What the awards of each of these rounds come to, by the round's id."""
    wanted = list(round_ids)
    found = _read(_BY_ROUND, rounds=wanted)
    if missing := [pk for pk in wanted if pk not in found]:
        rows = Round.objects.filter(pk__in=missing).values_list("pk", "currency")
        found |= {pk: nothing(currency) for pk, currency in rows}
    return found


def totals(award_ids: Iterable[int] | None = None) -> dict[str, Figures]:
    """What these awards, or all of them, come to in each currency, by its code."""
    return _read(_BY_CURRENCY, awards=None if award_ids is None else list(award_ids))


def _read(question: str, **wanted: list[int] | None) -> dict[Any, Figures]:
    values = {"awards": None, "rounds": None, "funds": None} | wanted
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {row[0]: _figures(row[1], *row[2:]) for row in rows}


def _figures(
    currency: str,
    adopted: int,
    cancelled: int,
    returned: int,
    payable: int,
    paid: int,
    committed: int,
) -> Figures:
    return Figures(
        awarded=Money(adopted - cancelled - returned, currency),
        cancelled=Money(cancelled, currency),
        returned=Money(returned, currency),
        payable=Money(payable, currency),
        paid=Money(paid, currency),
        committed=Money(committed, currency),
    )
