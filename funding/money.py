"""Money is an integer of the smallest unit with a currency. Pure: no Django, no ORM.

Exponents follow Stripe's table of currencies, which is what charges are made in; for the
other currencies of the sixteen range countries they follow ISO 4217. (Babel's own table is
not used: it gives 0 for AFN, IRR and ISK, where a payment has two decimals.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Self

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_symbol

_ZERO_DECIMALS: Final = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
_THREE_DECIMALS: Final = "BHD JOD KWD OMR TND".split()
_TWO_DECIMALS: Final = (
    "AED AFN AMD AUD AZN BTN CAD CHF CNY CZK DKK EUR GBP HKD HUF INR IRR ISK KGS KZT MNT NOK "
    "NPR NZD PKR PLN RON RUB SEK SGD TJS TMT TRY UGX USD UZS ZAR"
).split()

EXPONENTS: Final[dict[str, int]] = (
    dict.fromkeys(_TWO_DECIMALS, 2)
    | dict.fromkeys(_ZERO_DECIMALS, 0)
    | dict.fromkeys(_THREE_DECIMALS, 3)
)

_PLACES: Final = {
    0: "%(currency)s has no decimals.",
    2: "%(currency)s has two decimals.",
    3: "%(currency)s has three decimals.",
}


class MoneyError(ValueError):
    """The text or the currency cannot be read as money.

    `words` is the English sentence with names for its facts, so that a form can translate it.
    """

    def __init__(self, words: str, **facts: str) -> None:
        super().__init__(words % facts if facts else words)
        self.words, self.facts = words, facts


class CurrencyMismatch(MoneyError):
    """Two amounts of different currencies met in one sum."""


def exponent(currency: str) -> int:
    """Number of decimals of a currency. Raises MoneyError for one that is not in the table."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise MoneyError("%(currency)s is not a currency we handle.", currency=currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency (ISO code, upper case)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("Money is counted in whole minor units.")
        exponent(self.currency)

    def __add__(self, other: Self) -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up.")
        return other.minor

    @property
    def decimal(self) -> Decimal:
        """The exact value in major units, for display and export only."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def plain(self) -> str:
        """'1234.50': digits with a point, for files that machines read."""
        return f"{self.decimal:.{exponent(self.currency)}f}"

    def figure(self, locale: str = "en") -> str:
        """'1,234.50' without the currency, with a true minus: for columns of a table."""
        return _figure(self, locale)

    def text(self, locale: str = "en") -> str:
        """'€1,234.50' as the reader's locale writes it: for sentences."""
        return _text(self, locale)


# The same few sums stand on every page; Babel is slow to write them.
@lru_cache(maxsize=4096)
def _figure(money: Money, locale: str) -> str:
    shown = format_decimal(
        money.decimal,
        _digits("#,##0.00", money.currency),
        locale=locale,
        decimal_quantization=False,
    )
    return _true_minus(shown)


@lru_cache(maxsize=4096)
def _text(money: Money, locale: str) -> str:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    shown = format_currency(
        money.decimal,
        money.currency,
        _digits(pattern, money.currency),
        locale=locale,
        currency_digits=False,
        decimal_quantization=False,
    )
    # Babel leaves this space out when it is told the digits: "SEK 100.00", never broken.
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\u00a0", _true_minus(shown))


def symbol(currency: str, locale: str = "en") -> str:
    """'€', '£', 'SEK': what the locale writes for the currency."""
    return str(get_currency_symbol(currency, locale=locale))


def parse(text: str, currency: str) -> Money:
    """Read what a person typed: '25', '25.50', '25,50', '1 000', '1,000.50'.

    Raises MoneyError with a sentence for that person. A single separator before exactly three
    digits ('1,000') could mean a thousand or one, so it is refused rather than guessed, unless
    the currency has three decimals.
    """
    bare = re.sub(r"[\s\u00a0\u202f'’]", "", text.strip()).replace("−", "-")
    if not re.fullmatch(r"-?\d[\d.,]*", bare) or len(bare) > 18:
        raise MoneyError("Write the amount in digits, for example 25 or 25.50.")
    digits = exponent(currency)
    whole, fraction = _split_decimals(bare, digits)
    if len(fraction) > digits:
        raise MoneyError(_PLACES[digits], currency=currency)
    sign = -1 if whole.startswith("-") else 1
    return Money(sign * int(whole.lstrip("-") + fraction.ljust(digits, "0")), currency)


def _split_decimals(bare: str, digits: int) -> tuple[str, str]:
    marks = [char for char in bare if char in ".,"]
    if not marks:
        return bare, ""
    last = marks[-1]
    whole, _, fraction = bare.rpartition(last)
    if len(set(marks)) == 1 and (len(marks) > 1 or (len(fraction) == 3 and digits != 3)):
        if len(marks) > 1 and re.fullmatch(r"-?\d{1,3}([.,]\d{3})+", bare):
            return bare.replace(last, ""), ""
        plain = bare.replace(last, "")
        words = "Write the amount without a separator for thousands: %(plain)s."
        raise MoneyError(words, plain=plain)
    grouped = re.sub(r"[.,]", "", whole)
    if whole != grouped and not re.fullmatch(r"-?\d{1,3}([.,]\d{3})+", whole):
        raise MoneyError("Write the amount in digits, for example 25 or 25.50.")
    return grouped, fraction


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Parts of a sum in proportion to weights, by largest remainder; they always add up.

    Ties go to the earlier part. Weights are not negative and not all zero. A sum that comes
    in portions is split by taking the split of the sum so far less what was booked already,
    so that the parts add up at every step.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights must not be negative, and one must be above zero.")
    sign, size = (-1, -total_minor) if total_minor < 0 else (1, total_minor)
    parts = [size * weight // whole for weight in weights]
    remainders = [size * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def _digits(pattern: str, currency: str) -> str:
    places = exponent(currency)
    return re.sub(r"0\.0+", "0" + ("." + "0" * places if places else ""), pattern)


def _true_minus(text: str) -> str:
    return text.replace("-", "−")
