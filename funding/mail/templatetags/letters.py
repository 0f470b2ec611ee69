"""What a mail's text and page share: money by the reader's locale, and columns of text."""

import unicodedata
from typing import Final

from django import template
from django.utils.translation import get_language, to_locale

from funding.money import Money

WIDTH: Final = 62

register = template.Library()


def _locale() -> str:
    return to_locale(get_language() or "en")


@register.filter
def text(value: Money) -> str:
    """'€40.00' for a sentence."""
    return value.text(_locale())


@register.filter
def column(value: Money) -> str:
    """'40.00' for a column whose head names the currency."""
    return value.figure(_locale())


@register.filter
def minus(value: Money) -> Money:
    """The amount taken away."""
    return -value


@register.filter
def row(label: object, figure: object) -> str:
    """A row of a text table: the label at the left, the figure at the right edge."""
    left, right = str(label), str(figure)
    room = WIDTH - _columns(right) - 2
    while _columns(left) > room:
        left = left[:-2].rstrip() + "…"
    return left + " " * (WIDTH - _columns(left) - _columns(right)) + right


@register.simple_tag
def figure_row(label: object, value: Money) -> str:
    """A row of a text table with its amount."""
    return row(label, column(value))


@register.filter
def underlined(title: str) -> str:
    """A heading of a text: the title and a line as long."""
    bare = title.strip()
    return f"{bare}\n{'-' * _columns(bare)}"


@register.simple_tag
def rule() -> str:
    """A single rule across a text table."""
    return "-" * WIDTH


@register.simple_tag
def double_rule() -> str:
    """The double rule that closes a sum, under the figures."""
    return " " * (WIDTH - 14) + "=" * 14


def _columns(shown: str) -> int:
    """How many columns a text takes where every letter is as wide as the next."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    marks = sum(unicodedata.category(char) in {"Mn", "Me", "Cf"} for char in shown)
    return len(shown) + wide - marks
