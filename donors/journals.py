"""The legs of each entry that a gift makes. Pure: plain numbers in, legs out.

Debit is positive, credit negative. A gift is income in full; its fee is a cost of its own,
borne by the fund that the fund names. Money in another currency than the fund's waits in
the fx account until Stripe says what it was worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from funding.ledger.book import Leg
from funding.money import Money, split


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a gift as the journal needs it. `fees_from` is the fund that bears fees."""

    fund_id: int
    fund_currency: str
    fees_from: int
    amount_minor: int
    cover_minor: int

    @property
    def gross_minor(self) -> int:
        """Gift and cover of this line together."""
        return self.amount_minor + self.cover_minor


def received(shares: Sequence[Share], *, currency: str, clearing: str) -> list[Leg]:
    """The gift at the moment it is paid: in full, in the currency in which it was given."""
    return [
        leg
        for share in shares
        for leg in (
            Leg(clearing, share.fund_id, Money(share.gross_minor, currency)),
            Leg("gifts", share.fund_id, Money(-share.amount_minor, currency)),
            Leg("fee_cover", share.fund_id, Money(-share.cover_minor, currency)),
        )
    ]


def valued(
    shares: Sequence[Share], *, gross: Money, value: Money, fee: Money, clearing: str
) -> list[Leg]:
    """What Stripe made of the payment: its value in the fund's currency, and its fee.

    `gross` is what was charged, `value` the same money in the settlement currency, `fee` what
    Stripe kept of it. Without a change of currency only the fee is left to book.
    """
    weights = [share.gross_minor for share in shares]
    values, fees = split(value.minor, weights), split(fee.minor, weights)
    legs: list[Leg] = []
    for share, value_minor, fee_minor in zip(shares, values, fees, strict=True):
        if gross.currency != value.currency:
            legs += _exchanged(
                share.fund_id,
                Money(share.gross_minor, gross.currency),
                Money(value_minor, value.currency),
                clearing,
            )
        legs += [
            Leg("payment_fees", share.fees_from, Money(fee_minor, value.currency)),
            Leg(clearing, share.fees_from, Money(-fee_minor, value.currency)),
        ]
    return legs


def _exchanged(fund_id: int, given: Money, worth: Money, clearing: str) -> list[Leg]:
    return [
        Leg(clearing, fund_id, -given),
        Leg("fx", fund_id, given),
        Leg("fx", fund_id, -worth),
        Leg(clearing, fund_id, worth),
    ]


def given_back(
    shares: Sequence[Share],
    *,
    parts: Sequence[int],
    currency: str,
    value: Money,
    fee: Money,
    clearing: str,
) -> list[Leg]:
    """A refund: `parts` of it per line in the gift's currency, `value` as Stripe took it.

    `value` and `fee` are positive sums that left the clearing account.
    """
    gone = _Gone(parts, currency, value, fee, clearing)
    return _left(shares, gone, account="refunds", fees="payment_fees")


def taken_back(
    shares: Sequence[Share],
    *,
    parts: Sequence[int],
    currency: str,
    value: Money,
    fee: Money,
    clearing: str,
) -> list[Leg]:
    """What a bank took back in a dispute or of a debit: as a refund, on accounts of its own."""
    gone = _Gone(parts, currency, value, fee, clearing)
    return _left(shares, gone, account="disputes", fees="dispute_fees")


def came_again(
    shares: Sequence[Share],
    *,
    parts: Sequence[int],
    currency: str,
    value: Money,
    fee: Money,
    clearing: str,
) -> list[Leg]:
    """What a bank had taken and brought again, at what it was worth when it came.

    `parts` and `value` are positive sums that came; `fee` is what Stripe kept of them, below
    zero where it gave the fee of the dispute back.
    """
    gone = _Gone(parts, currency, value, -fee, clearing)
    legs = _left(shares, gone, account="disputes", fees="dispute_fees")
    return [Leg(leg.account, leg.fund_id, -leg.amount) for leg in legs]


@dataclass(frozen=True, slots=True)
class _Gone:
    """Money that left the clearing account, with the part of each line."""

    parts: Sequence[int]
    currency: str
    value: Money
    fee: Money
    clearing: str


def _left(shares: Sequence[Share], gone: _Gone, *, account: str, fees: str) -> list[Leg]:
    weights = [max(part, 0) for part in gone.parts]
    if not any(weights):
        # Only a fee was taken.
        weights = [share.gross_minor for share in shares]
    values, costs = split(gone.value.minor, weights), split(gone.fee.minor, weights)
    clearing, own = gone.clearing, gone.value.currency
    legs: list[Leg] = []
    for share, part, value, cost in zip(shares, gone.parts, values, costs, strict=True):
        legs.append(Leg(account, share.fund_id, Money(part, gone.currency)))
        if gone.currency == own:
            legs.append(Leg(clearing, share.fund_id, Money(-part, own)))
        else:
            legs += [
                Leg("fx", share.fund_id, Money(-part, gone.currency)),
                Leg("fx", share.fund_id, Money(value, own)),
                Leg(clearing, share.fund_id, Money(-value, own)),
            ]
        legs += [
            Leg(fees, share.fees_from, Money(cost, own)),
            Leg(clearing, share.fees_from, Money(-cost, own)),
        ]
    return legs


def parts_going(shares: Sequence[Share], *, booked: Sequence[int], total_minor: int) -> list[int]:
    """How what goes back falls on the lines so that all of it so far falls in proportion.

    `total_minor` is the sum of all refunds and withdrawals including this one; `booked` what
    earlier ones took from each line. One penny may go the other way where rounding asks for it;
    the sums are right at every step and a full return empties every line.
    """
    target = split(total_minor, [share.gross_minor for share in shares])
    return [now - before for now, before in zip(target, booked, strict=True)]
