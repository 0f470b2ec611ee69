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
    weights = [max(part, 0) for part in parts]
    values, fees = split(value.minor, weights), split(fee.minor, weights)
    legs: list[Leg] = []
    for share, part, value_minor, fee_minor in zip(shares, parts, values, fees, strict=True):
        legs.append(Leg("refunds", share.fund_id, Money(part, currency)))
        if currency == value.currency:
            legs.append(Leg(clearing, share.fund_id, Money(-part, currency)))
        else:
            legs += [
                Leg("fx", share.fund_id, Money(-part, currency)),
                Leg("fx", share.fund_id, Money(value_minor, value.currency)),
                Leg(clearing, share.fund_id, Money(-value_minor, value.currency)),
            ]
        legs += [
            Leg("payment_fees", share.fees_from, Money(fee_minor, value.currency)),
            Leg(clearing, share.fees_from, Money(-fee_minor, value.currency)),
        ]
    return legs


def parts_of_refund(
    shares: Sequence[Share], *, booked: Sequence[int], total_minor: int
) -> list[int]:
    """How a refund falls on the lines so that all refunds so far fall in proportion.

    `total_minor` is the sum of all refunds including this one; `booked` what earlier ones
    took from each line. One penny may go the other way where rounding asks for it; the sums
    are right at every step and a full refund empties every line.
    """
    target = split(total_minor, [share.gross_minor for share in shares])
    return [now - before for now, before in zip(target, booked, strict=True)]
