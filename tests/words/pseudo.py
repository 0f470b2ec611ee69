"""A language in which every marked text stands in brackets, so that the others are seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Final

from django.utils import translation
from django.utils.translation import trans_real
from django_countries import countries

LANGUAGE: Final = "sv"
OPEN, CLOSED = "⟦", "⟧"
_SHOWN: Final = {"alt", "aria-label", "placeholder", "title", "content"}
_SILENT: Final = {"bdi", "script", "style", "time"}
_VOID: Final = {"img", "input", "meta", "link", "br", "hr", "col", "wbr"}
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


class _Bracketed(trans_real.DjangoTranslation):
    """Answers every question with the question, in brackets."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}{CLOSED}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def spoken() -> Iterator[None]:
    """Let Swedish be that language; its dates and amounts stay Swedish."""
    made = _Bracketed(LANGUAGE)
    # Django's own store of what it has loaded; its stubs do not know it.
    loaded: dict[str, object] = vars(trans_real)["_translations"]
    kept = dict(loaded)
    loaded[LANGUAGE] = made
    # It keeps the names of countries for each language in which it was asked for them.
    del countries.countries
    try:
        with translation.override(LANGUAGE):
            yield
    finally:
        loaded.clear()
        loaded.update(kept)
        del countries.countries


class _Texts(HTMLParser):
    """What a page says: its texts in order, and what its attributes say."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.said = "", list[str]()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in _VOID and (tag in _SILENT or self._silent or told.get("lang")):
            self._silent += tag != "html"
        if tag == "meta" and told.get("name") != "description":
            return
        self.said += [value for name, value in attrs if name in _SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= bool(self._silent)
        self.text += "" if tag in {"b", "a", "span", "em", "strong"} else "\n"

    def handle_data(self, data: str) -> None:
        self.text += "" if self._silent else data


def unmarked(page: str, known: list[str]) -> list[str]:
    """Words of a page that no catalogue could translate, but for known data."""
    reader = _Texts()
    reader.feed(page)
    return [word for text in (reader.text, *reader.said) for word in bare(text, known)]


def bare(text: str, known: list[str]) -> list[str]:
    """The stretches of a text outside all brackets that hold a word and are no data."""
    for each in sorted(known, key=len, reverse=True):
        text = text.replace(each, "")
    depth, outside = 0, ""
    for char in text:
        depth += (char == OPEN) - (char == CLOSED)
        outside += char if depth == 0 else ""
    lines = (line.strip(f" {CLOSED}") for line in outside.splitlines())
    return [line for line in lines if _WORD.search(line)]
