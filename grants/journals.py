"""The legs of each entry that a payment makes. Pure: plain numbers in, legs out.

Debit is positive, credit negative. `parts` is how much each fund pays, by the fund's id.
"""

from collections.abc import Mapping

from funding.ledger.book import Leg
from funding.money import Money, split


def parts_of(amount_minor: int, left: Mapping[int, int]) -> dict[int, int]:
    """How a payment falls on the funds: in proportion to what each still has promised.

    The parts add up, no fund pays more than it promised, and the last payment empties every
    promise. Splitting the sum so far, as gifts do, could take a penny back from a fund.
    """
    funds = sorted(left)
    parts = split(amount_minor, [left[fund_id] for fund_id in funds])
    return {fund_id: part for fund_id, part in zip(funds, parts, strict=True) if part}


def due(parts: Mapping[int, int], currency: str) -> list[Leg]:
    """A payment falls due: the promise becomes a cost and a debt."""
    return [
        leg
        for fund_id, part in parts.items()
        for leg in (
            Leg("committed", fund_id, Money(part, currency)),
            Leg("committed_contra", fund_id, Money(-part, currency)),
            Leg("grants", fund_id, Money(part, currency)),
            Leg("payable", fund_id, Money(-part, currency)),
        )
    ]


def paid(
    parts: Mapping[int, int], *, currency: str, bank: str, fee_minor: int, fee_fund_id: int
) -> list[Leg]:
    """A payment has left the bank, which kept a fee of its own."""
    legs = [
        leg
        for fund_id, part in parts.items()
        for leg in (
            Leg("payable", fund_id, Money(part, currency)),
            Leg(bank, fund_id, Money(-part, currency)),
        )
    ]
    return [
        *legs,
        Leg("bank_fees", fee_fund_id, Money(fee_minor, currency)),
        Leg(bank, fee_fund_id, Money(-fee_minor, currency)),
    ]
