"""What gifts brought into funds, and what of it never got as far as to be spent.

Read from the journal and in each fund's own currency, so that foreign money is here once its
value is known and not before. `lineage` tells what became of the rest.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from funding.ledger.models import Kind, Posting, Reason, Traced

_BROUGHT: Final = frozenset({Reason.GIFT, Reason.GIFT_VALUE, Reason.FEE})
_IS_MONEY: Final = Q(account__is_spendable=True) & ~Q(account__kind=Kind.HELD)
_IS_FEE: Final = Q(account__kind=Kind.PAYMENT_FEES)


@dataclass(slots=True)
class Arrival:
    """What one cause brought into one fund, in whole minor units of the fund's currency.

    `fee_minor` and `back_minor` are never more than what was given: what a fee or a bank took
    beyond that is a cost of the fund and of nobody's gift. Given back is only what tracing has
    seen, so that it never counts beside pennies that still seem to lie in the fund.
    """

    cause: str
    fund_id: int
    given_minor: int = 0
    fees_minor: int = 0
    gone_minor: int = 0
    given_on: set[dt.date] = field(default_factory=set)
    gone_on: set[dt.date] = field(default_factory=set)

    @property
    def fee_minor(self) -> int:
        """What of the gift the payment fee took."""
        return min(self.fees_minor, self.given_minor)

    @property
    def back_minor(self) -> int:
        """What of the gift went back to its giver, or to the giver's bank."""
        return min(self.gone_minor, self.given_minor - self.fee_minor)

    @property
    def left_minor(self) -> int:
        """What of the gift is there to be spent, or was."""
        return self.given_minor - self.fee_minor - self.back_minor


def of_gifts(causes: Iterable[str]) -> list[Arrival]:
    """What these causes brought, by cause and fund, in the order of funds; in one statement."""
    found: dict[tuple[str, int], Arrival] = {}
    for row in _entries(list(causes)):
        key = row["entry__cause"], row["fund_id"]
        _add(found.setdefault(key, Arrival(*key)), row)
    arrived = [arrival for arrival in found.values() if arrival.given_minor > 0]
    return sorted(arrived, key=lambda arrival: (arrival.fund_id, arrival.cause))


def _add(arrival: Arrival, row: Mapping[str, Any]) -> None:
    moved, fee = row["moved"] or 0, row["fee"] or 0
    if row["why"] in _BROUGHT:
        arrival.given_minor += moved + fee
        arrival.fees_minor += fee
        if moved + fee:
            arrival.given_on.add(row["entry__happened_on"])
    elif not row["waits"]:
        arrival.gone_minor -= moved
        arrival.gone_on.add(row["entry__happened_on"])


def _entries(causes: list[str]) -> Iterable[Mapping[str, Any]]:
    """One row for each entry and fund. A reversal counts for what it reverses."""
    waits = Traced.objects.filter(entry=OuterRef("entry_id"), place=None)
    rows = Posting.objects.filter(
        _IS_MONEY | _IS_FEE,
        entry__cause__in=causes,
        currency=F("fund__currency"),
        fund__is_treasury=False,
    )
    named = rows.annotate(
        why=Coalesce("entry__reverses__reason", "entry__reason"), waits=Exists(waits)
    ).values("entry_id", "entry__cause", "entry__happened_on", "fund_id", "why", "waits")
    return named.annotate(
        moved=Sum("amount_minor", filter=_IS_MONEY), fee=Sum("amount_minor", filter=_IS_FEE)
    ).order_by("entry_id")
