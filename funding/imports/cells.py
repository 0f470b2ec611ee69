"""What stands in the cells of a table: days, sums, yes and no. Pure."""

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from funding.money import EXPONENTS, Money, MoneyError, parse

# The order of day and month where a file does not write the year first.
DAY_FIRST: Final = "dmy"
MONTH_FIRST: Final = "mdy"
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "да"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "nein", "non", "nej", "нет"})


class WrongCell(ValueError):
    """What stands there cannot be read. The message is a sentence."""


def day(text: str, order: str = DAY_FIRST) -> dt.date:
    """A day: 2027-03-14, or 14.3.2027 and 14/03/2027 in the given order."""
    bare = text.strip()[:10]
    try:
        if len(bare) == 10 and bare[4] == "-":
            return dt.date.fromisoformat(bare)
        parts = [int(each) for each in bare.replace("/", ".").replace("-", ".").split(".")]
        first, second, year = parts
        year = year + 2000 if year < 100 else year
        return dt.date(year, *((second, first) if order == DAY_FIRST else (first, second)))
    except (ValueError, TypeError) as error:
        raise WrongCell(_("%s is no day. Write 2027-03-14.") % (text or "''")) from error


def money(text: str, currency: str) -> Money:
    """A sum; a plus before it is left out, and a minus may stand behind it."""
    bare = text.strip().lstrip("+").strip()
    if bare.endswith("-"):
        bare = f"-{bare[:-1]}"
    if currency not in EXPONENTS:
        raise WrongCell(_("%s is no currency that we know.") % (currency or "''"))
    try:
        return parse(bare, currency)
    except MoneyError as error:
        raise WrongCell(f"{text or chr(39) * 2}: {error}") from error


def yes(text: str) -> bool:
    """Yes or no, in a few languages; nothing is no."""
    bare = text.strip().lower()
    if bare in _YES:
        return True
    if bare in _NO:
        return False
    raise WrongCell(_("%s is neither yes nor no.") % text)
