"""The legs of what moves between Stripe and the bank. Pure: plain numbers in, legs out.

Debit is positive, credit negative. Moves between places of money are the Treasury's; a cost
or an income is a fund's own.
"""

from funding.ledger.book import Leg
from funding.ledger.places import StripePlaces
from funding.money import Money


def moved(places: StripePlaces, account: str, net: Money) -> list[Leg]:
    """The balance at Stripe changed by `net`, against an account of the Treasury."""
    return [
        Leg(places.clearing, places.treasury, net),
        Leg(account, places.treasury, -net),
    ]


def charged(places: StripePlaces, cost: Money) -> list[Leg]:
    """Stripe took a fee of its own, or below zero gave one back."""
    return [
        Leg("payment_fees", places.bearer, cost),
        Leg(places.clearing, places.bearer, -cost),
    ]


def arrived(treasury: int, bank: str, amount: Money) -> list[Leg]:
    """A payout is at the bank."""
    return [Leg(bank, treasury, amount), Leg("in_transit", treasury, -amount)]


def resolved(places: StripePlaces, fund_id: int, account: str, net: Money) -> list[Leg]:
    """What lay in suspense is a fund's: `account` is its income or its cost.

    The money itself goes from the Treasury's part of the clearing account to the fund's.
    """
    return [
        Leg("suspense", places.treasury, net),
        Leg(places.clearing, places.treasury, -net),
        Leg(places.clearing, fund_id, net),
        Leg(account, fund_id, -net),
    ]
