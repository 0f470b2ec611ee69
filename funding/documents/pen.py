"""How a paper writes sums, counts and days, in the language that it is in."""

import datetime as dt
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from funding.documents import paper
from funding.money import Money

# English dates are written day first, as on pages.
_DATE_LOCALES: Final = {"en": "en_GB"}


class Pen:
    """Writes sums and days as the language of the paper wants them."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.locale = paper.locale()
        self.dates = _DATE_LOCALES.get(self.locale, self.locale)

    def figure(self, minor: int, currency: str = "") -> str:
        """'1,234.50', for a column."""
        return Money(minor, currency or self.currency).figure(self.locale)

    def text(self, minor: int) -> str:
        """'€1,234.50', for a sentence."""
        return Money(minor, self.currency).text(self.locale)

    def foreign(self, minor: int, currency: str) -> str:
        """'GBP 100.00': in a table the code is clearer than a sign."""
        return f"{currency}\u00a0{self.figure(minor, currency)}"

    def count(self, number: int) -> str:
        """'1,204'."""
        return str(format_decimal(number, locale=self.locale))

    def day(self, text: str, form: str = "d MMMM y") -> str:
        """'31 December 2025'."""
        return str(format_date(dt.date.fromisoformat(text), form, locale=self.dates))
