"""What the lines of a budget come to. Pure: no tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from grants.models import LineSource

# Far above any budget here, and far below where the database would stop.
MOST_OF_A_KIND: Final = 1_000_000
DEAREST_MINOR: Final = 10**11
MOST_LINES: Final = 60


class Category(TextChoices):
    """What kind of thing a line pays for."""

    GOODS = "goods", gettext_lazy("Goods")
    PAY = "pay", gettext_lazy("Pay")
    TRAVEL = "travel", gettext_lazy("Travel")
    SERVICES = "services", gettext_lazy("Services, permits")
    OTHER = "other", gettext_lazy("Other")


@dataclass(frozen=True, slots=True)
class Line:
    """Some of a kind at a price each, and who is to pay for it. `unit_minor` is above zero."""

    category: str
    what: str
    quantity: int
    unit_minor: int
    source: str = LineSource.US

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
