"""What a card payment will cost, and how much covers it. Pure arithmetic on integers.

Stripe tells the true fee only after the payment; this is the estimate that the form shows
and that a donor may add. It is booked as given, and the true fee is booked as it comes.
"""

from dataclasses import dataclass
from typing import Final

from funding.money import Money


@dataclass(frozen=True, slots=True)
class Limit:
    """What the form offers and accepts in a currency."""

    minimum: Money
    maximum: Money
    suggested: tuple[Money, ...]


def _limit(currency: str, minimum: int, maximum: int, *suggested: int) -> Limit:
    return Limit(
        Money(minimum, currency),
        Money(maximum, currency),
        tuple(Money(each, currency) for each in suggested),
    )


# The floor stands well above Stripe's own: tiny gifts are what stolen cards are tried with,
# and most of one would be fee. The ceiling is what a card form should take unasked.
LIMITS: Final[dict[str, Limit]] = {
    limit.minimum.currency: limit
    for limit in (
        _limit("EUR", 300, 1_000_000, 1000, 2500, 5000, 10000),
        _limit("GBP", 300, 1_000_000, 1000, 2000, 5000, 10000),
        _limit("USD", 300, 1_000_000, 1000, 2500, 5000, 10000),
        _limit("SEK", 3000, 10_000_000, 10000, 25000, 50000, 100000),
        _limit("NOK", 3000, 10_000_000, 10000, 25000, 50000, 100000),
        _limit("DKK", 2000, 7_000_000, 5000, 10000, 25000, 50000),
        _limit("CHF", 300, 1_000_000, 1000, 2500, 5000, 10000),
        _limit("JPY", 500, 1_500_000, 1500, 3000, 5000, 10000),
    )
}

# Share in basis points and fixed part in minor units, by currency. A card in another currency
# than the fund's pays for its conversion, so its share is higher.
_RATES: Final[dict[str, tuple[int, int]]] = {
    "EUR": (150, 25),
    "GBP": (350, 22),
    "USD": (350, 30),
    "SEK": (350, 300),
    "NOK": (350, 300),
    "DKK": (350, 190),
    "CHF": (350, 25),
    "JPY": (350, 45),
}


def cover_for(amount: Money) -> Money:
    """How much to add so that the fee on the whole is paid by the addition, rounded up."""
    share, fixed = _RATES[amount.currency]
    # gross = amount + share * gross + fixed, solved for the gross in whole minor units.
    gross = -(-(amount.minor + fixed) * 10_000 // (10_000 - share))
    return Money(gross - amount.minor, amount.currency)
