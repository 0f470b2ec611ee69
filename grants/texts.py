"""Words as people type them: cleaned without losing any script, counted, and instants told."""

import datetime as dt
import re
import unicodedata
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from funding.errors import Refused

# Marks that turn the direction of writing could make one name look like another.
_TURNING: Final = frozenset(
    {*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
)
# Chinese and Japanese put no spaces between words, so each of their letters counts as one.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]*\w[^\s{_UNSPACED}]*")


def one_line(text: str) -> str:
    """The text composed and on one line, without characters that cannot be seen."""
    seen = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cs"} else char
        for char in unicodedata.normalize("NFC", text)
        if ord(char) not in _TURNING
    )
    return " ".join(seen.split())


def paragraphs(text: str) -> str:
    """The text with its lines, each of them cleaned."""
    return "\n".join(one_line(line) for line in text.splitlines()).strip()


def letter(text: str, longest: int, refusal: type[Refused]) -> str:
    """What somebody writes to others, as it is kept. Raises `refusal` where it cannot be sent."""
    if "\0" in text:
        raise refusal(_("There is a character in this text that cannot be sent."))
    said = paragraphs(text)
    if not said:
        raise refusal(_("Write what you want to say."))
    if len(said) > longest:
        sentence = _("A message has %(most)s letters at most; this one has %(number)s.")
        raise refusal(sentence % {"most": f"{longest:,}", "number": f"{len(said):,}"})
    return said


def words(text: str) -> int:
    """How many words a text has. In scripts without spaces every letter is one."""
    return len(_WORD.findall(text))


def instant(value: dt.datetime, zone: str = "UTC") -> str:
    """'31 January 2027, 23:59 UTC', for sentences: never an hour without its zone."""
    local, language = value.astimezone(ZoneInfo(zone)), (get_language() or "en").replace("-", "_")
    locale = "en_GB" if language == "en" else language
    day = format_date(local.date(), "long", locale=locale)
    hour = format_time(local, "HH:mm", locale=locale)
    return f"{day}, {hour} {get_timezone_name(local, 'short', locale=locale)}"


def day(value: dt.date) -> str:
    """'31 January 2027', for sentences."""
    language = (get_language() or "en").replace("-", "_")
    return format_date(value, "long", locale="en_GB" if language == "en" else language)


def there(value: dt.datetime, zone: str) -> str:
    """'15 January 2027, 23:56 in Ulaanbaatar': most zones have no name but their city's."""
    day_and_hour = instant(value, zone).rpartition(" ")[0]
    city = zone.rpartition("/")[2].replace("_", " ")
    return _("%(when)s in %(city)s") % {"when": day_and_hour, "city": city}
