"""What the lines of a budget come to. Pure: no tables."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from funding.money import exponent
from grants.models import LineSource

# Far above any budget here, and far below where the database would stop.
MOST_OF_A_KIND: Final = 1_000_000
DEAREST_MINOR: Final = 10**11
MOST_LINES: Final = 60
# A rate is kept in ten-thousandths; one of ten million is of no currency that is in use.
RATE_DECIMALS: Final = 4
HIGHEST_RATE_E4: Final = 10**11
DEAREST_LOCAL_MINOR: Final = 10**15


class Category(TextChoices):
    """What kind of thing a line pays for."""

    GOODS = "goods", gettext_lazy("Goods")
    PAY = "pay", gettext_lazy("Pay")
    TRAVEL = "travel", gettext_lazy("Travel")
    SERVICES = "services", gettext_lazy("Services, permits")
    OTHER = "other", gettext_lazy("Other")


@dataclass(frozen=True, slots=True)
class Rate:
    """What an applicant says of a currency of the place on a day.

    `e4` is how many ten-thousandths of its units one unit of the round's currency was worth.
    """

    currency: str
    e4: int
    on: dt.date


@dataclass(frozen=True, slots=True)
class Local:
    """What one of a line costs where it is bought, and the rate by which that was converted."""

    unit_minor: int
    rate: Rate


def power(currency: str, local: str) -> int:
    """By which power of ten a local sum is multiplied before it is divided by `Rate.e4`."""
    return RATE_DECIMALS + exponent(currency) - exponent(local)


def converted(minor: int, rate: Rate, currency: str) -> int:
    """A local sum in minor units of the round's currency, a half rounded up."""
    return (2 * minor * 10 ** power(currency, rate.currency) + rate.e4) // (2 * rate.e4)


@dataclass(frozen=True, slots=True)
class Line:
    """Some of a kind at a price each, and who is to pay for it. `unit_minor` is above zero."""

    category: str
    what: str
    quantity: int
    unit_minor: int
    source: str = LineSource.US
    local: Local | None = None

    @property
    def amount_minor(self) -> int:
        """Quantity times unit cost."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Sums:
    """A budget by who is to pay: this fund, other funders, and what comes in kind."""

    us_minor: int
    other_minor: int
    in_kind_minor: int

    @property
    def whole_minor(self) -> int:
        """What the whole work costs."""
        return self.us_minor + self.other_minor + self.in_kind_minor


def sums(lines: Iterable[Line]) -> Sums:
    """The budget by who is to pay. Parts always add up to the whole."""
    found = dict.fromkeys(LineSource.values, 0)
    for line in lines:
        found[line.source] += line.amount_minor
    return Sums(
        us_minor=found[LineSource.US],
        other_minor=found[LineSource.OTHER],
        in_kind_minor=found[LineSource.IN_KIND],
    )
