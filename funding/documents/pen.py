"""How a paper writes sums, counts and days, in the language that it is in."""

import datetime as dt
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.documents import paper
from funding.money import Money

# English dates are written day first, as on pages.
_DATE_LOCALES: Final = {"en": "en_GB"}
_QUARTERS: Final = (
    gettext_lazy("the first quarter of %s"),
    gettext_lazy("the second quarter of %s"),
    gettext_lazy("the third quarter of %s"),
    gettext_lazy("the fourth quarter of %s"),
)


def period_name(first: dt.date, last: dt.date) -> str:
    """'2025', 'the third quarter of 2025', or the days themselves."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    is_whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
    if is_whole and first.month == 1 and months == 12:
        return str(first.year)
    if is_whole and first.month % 3 == 1 and months == 3:
        return str(_QUARTERS[first.month // 3]) % first.year
    begins = _day(first, "d MMMM" if first.year == last.year else "d MMMM y")
    return _("%(first)s to %(last)s") % {"first": begins, "last": _day(last, "d MMMM y")}


def _day(day: dt.date, form: str) -> str:
    locale = paper.locale()
    return str(format_date(day, form, locale=_DATE_LOCALES.get(locale, locale)))


class Pen:
    """Writes sums and days as the language of the paper wants them."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.locale = paper.locale()

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
        return _day(dt.date.fromisoformat(text), form)
