"""The arithmetic of Gift Aid. Pure: pence and days in, pence and days out."""

import datetime as dt
import re
from typing import Final

# The basic rate of 20 percent of what the giver earned: a quarter of what was given.
TAX: Final = (25, 100)
BACK_YEARS: Final = 4
_FIRST: Final = 100_00
_HIGHEST: Final = 2_500_00
_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
ABROAD: Final = "X"


def tax_on(donated_minor: int) -> int:
    """The tax of a sum of gifts in pence, a half penny rounded up."""
    return (donated_minor * TAX[0] + TAX[1] // 2) // TAX[1]


def most_benefit(donated_minor: int) -> int:
    """What a giver may get in return for one gift, in pence: a quarter of the first 100 pounds,
    a twentieth of what is above, 2,500 pounds at most.
    """
    first = min(donated_minor, _FIRST)
    return min(first // 4 + (donated_minor - first) // 20, _HIGHEST)


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day some years before; of a 29 February where there is none, the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def postcode(text: str) -> str | None:
    """A British postcode with its one space and in capitals, 'X' for abroad; else nothing."""
    bare = re.sub(r"\s+", "", text).upper()
    if bare == ABROAD:
        return ABROAD
    is_one = bare == "GIR0AA" or _POSTCODE.fullmatch(bare)
    return f"{bare[:-3]} {bare[-3:]}" if is_one else None
