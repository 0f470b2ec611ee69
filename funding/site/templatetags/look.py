"""Filters and tags that show money, instants and charts as the look wants them."""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone_name,
)
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from donors import means as paid_by
from funding import clock
from funding.ledger.models import Fund
from funding.money import Money

register = template.Library()

# English dates are written day first; the other languages bring their own order.
_DATE_LOCALES = {"en": "en_GB"}


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


def _date_locale() -> str:
    return _DATE_LOCALES.get(_locale(), _locale())


@register.filter
def money(value: Money) -> str:
    """'€40.00' for a sentence."""
    return value.text(_locale())


@register.filter
def figure(value: Money) -> str:
    """'40.00' for a column whose head names the currency."""
    return value.figure(_locale())


@register.filter
def in_fours(text: str) -> str:
    """'JBSW Y3DP EHPK 3PXP': a long secret as people copy it, four signs at a time."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@register.filter
def day(value: dt.date | dt.datetime, zone: str = "UTC") -> SafeString:
    """'14 March 2026'. An instant is first taken to the calendar of the zone."""
    date = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, dt.datetime) else value
    shown = format_date(date, "long", locale=_date_locale())
    return format_html('<time datetime="{}">{}</time>', date.isoformat(), shown)


@register.filter
def dated(value: dt.date | None) -> str:
    """'14 March 2026', for a sentence in a mail, a paper or a list of choices."""
    return "" if value is None else str(format_date(value, "long", locale=_date_locale()))


@register.filter
def awaited(value: dt.date | None) -> str:
    """'Monday, 30 November 2026' for a sentence in a mail."""
    return "" if value is None else str(format_date(value, "full", locale=_date_locale()))


@register.filter
def month_of(value: dt.date | None) -> str:
    """'November 2026': until when a card is good."""
    return "" if value is None else str(format_skeleton("yMMMM", value, locale=_date_locale()))


@register.filter
def clocked(value: dt.datetime) -> str:
    """'30 November 2026, 13:05' of an instant, in UTC."""
    local = value.astimezone(ZoneInfo("UTC"))
    return f"{dated(local.date())}, {local:%H:%M}"


@register.filter
def means(method: str) -> str:
    """'Card ending 4242' in the reader's language."""
    return paid_by.said(str(method))


@register.filter
def weekday(value: dt.date) -> SafeString:
    """'Monday, 30 November 2026': a day that somebody waits for."""
    shown = format_date(value, "full", locale=_date_locale())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


@register.filter
def instant(value: dt.datetime, zone: str = "UTC") -> SafeString:
    """'14 March 2026, 13:05 CET': never an hour without its zone."""
    local = value.astimezone(ZoneInfo(zone))
    locale = _date_locale()
    shown = f"{format_date(local.date(), 'long', locale=locale)}, {hour(value, zone)}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), shown)


@register.filter
def hour(value: dt.datetime, zone: str = "UTC") -> str:
    """'13:05 UTC', beside a date."""
    local = value.astimezone(ZoneInfo(zone))
    locale = _date_locale()
    named = get_timezone_name(local, "short", locale=locale)
    return f"{format_time(local, 'HH:mm', locale=locale)} {named}"


@register.filter
def relative(value: dt.datetime) -> str:
    """'in 3 months', '2 days ago': an instant beside its date, never instead of it."""
    shown = format_timedelta(value - clock.now(), add_direction=True, locale=_date_locale())
    return str(shown)


@register.filter
def masked(email: str) -> str:
    """'z…@example.org': enough to recognise one's own address, too little to learn another's."""
    local, _at, host = email.rpartition("@")
    return f"{local[:1]}…@{host}"


@register.filter
def short(value: Money) -> str:
    """'€25' where the cents are nought, else '€25.50': for tiles and round examples."""
    return _short(value, _locale())


@lru_cache(maxsize=1024)
def _short(value: Money, locale: str) -> str:
    if value.decimal % 1:
        return value.text(locale)
    pattern = re.sub(r"\.0+", "", Locale.parse(locale).currency_formats["standard"].pattern)
    shown = format_currency(
        value.decimal, value.currency, pattern, locale=locale, currency_digits=False
    )
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\u00a0", str(shown))


@register.filter
def count(value: int) -> str:
    """'1,386'."""
    return str(format_decimal(value, locale=_locale()))


@register.filter
def receivers(funds: Iterable[Fund]) -> str:
    """The legal names of those who receive what is given to these funds."""
    names = list(dict.fromkeys(fund.entity.legal_name for fund in funds))
    return format_list(names, style="or", locale=_locale())


@register.filter
def month_short(number: int) -> str:
    """'Jan'."""
    return str(format_date(dt.date(2000, number, 1), "LLL", locale=_locale()))


@register.filter
def month_letter(number: int) -> str:
    """'J', where twelve names would not fit."""
    return str(format_date(dt.date(2000, number, 1), "LLLLL", locale=_locale()))
