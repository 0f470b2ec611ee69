"""The legs of each entry of an award after its adoption. Pure: plain numbers in, legs out.

Debit is positive, credit negative. `parts` is how much each fund pays, by the fund's id.
"""

from collections.abc import Mapping

from funding.ledger.book import Leg
from funding.money import Money, split


def parts_of(amount_minor: int, left: Mapping[int, int]) -> dict[int, int]:
    """How a sum falls on the funds: in proportion to what each has left of it.

    For a payment and a cancelled rest that is what each fund still has promised, for money that
    comes back what it has paid. The parts add up, no fund's part is more than it has left, and
    the last sum empties every fund. Splitting the sum so far, as gifts do, could take a penny
    back from a fund.
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


def freed(parts: Mapping[int, int], currency: str) -> list[Leg]:
    """A promise is taken back, so that the money is free for others."""
    return [
        leg
        for fund_id, part in parts.items()
        for leg in (
            Leg("committed", fund_id, Money(part, currency)),
            Leg("committed_contra", fund_id, Money(-part, currency)),
        )
    ]


def returned(parts: Mapping[int, int], *, currency: str, bank: str) -> list[Leg]:
    """Money that was paid and not spent has come back to the bank, and is a cost no more."""
    return [
        leg
        for fund_id, part in parts.items()
        for leg in (
            Leg(bank, fund_id, Money(part, currency)),
            Leg("grants", fund_id, Money(-part, currency)),
        )
    ]


def adopted(parts: Mapping[int, int], currency: str) -> list[Leg]:
    """An award is adopted: each fund promises its part."""
    return [
        leg
        for fund_id, part in parts.items()
        for leg in (
            Leg("committed", fund_id, Money(-part, currency)),
            Leg("committed_contra", fund_id, Money(part, currency)),
        )
    ]
