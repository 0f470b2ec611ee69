"""Reading and writing the catalogues: from the sources to the .po file, from there to the .mo.

Both are kept in the repository, so that a bare clone and the image speak every language with
nothing to be compiled. Babel does all of it; no program of gettext's is needed.
"""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from tests.tidy import tree
from tests.words import givers

KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# The files are the same whenever they are made.
_NO_DAY: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def languages() -> list[str]:
    """All languages but the one of the sources."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def path(language: str, ending: str = "po") -> Path:
    """Where a language's words are kept."""
    return tree.ROOT / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def read(language: str) -> Catalog:
    """What has been translated; nothing yet where there is no file."""
    file = path(language)
    text = file.read_bytes() if file.exists() else b""
    return read_po(io.BytesIO(text), locale=language, charset="utf-8")


def wanted() -> Catalog:
    """Every text that a giver may read, with the files in which it stands."""
    made = Catalog()
    for name in givers.sources():
        for message, context in found(name, tree.read(name)):
            made.add(message, locations=[(name, 0)], context=context)
    return made


def found(name: str, source: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The texts marked for translation in one file, each with its context."""
    if not name.endswith(".py"):
        # As Python, with an X for each letter of the rest, whose indents mean nothing.
        code = templatize(source, origin=name)
        source = "\n".join(line.strip() for line in code.splitlines())
    lines = io.BytesIO(source.encode())
    for _line, message, _comments, context in extract("python", lines, keywords=KEYWORDS):
        yield message, context


def renewed(language: str) -> Catalog:
    """The texts wanted now, with the translations there are; what is no longer wanted goes."""
    old = read(language)
    new = Catalog(locale=language)
    for message in wanted():
        if message.id:
            known = old.get(message.id, message.context)
            if known is None or isinstance(known.id, tuple) != isinstance(message.id, tuple):
                known = Message(message.id)
            new.add(
                message.id, known.string, message.locations, known.flags - {"python-format"},
                context=message.context, user_comments=known.user_comments,
            )  # fmt: skip
    return new


def open_ones(catalogue: Catalog) -> list[Message]:
    """The texts that have no translation, or only some of their plural forms."""
    return [message for message in catalogue if message.id and not all(forms(message.string))]


def forms(words: object) -> list[str]:
    """One text, or the singular and the plural ones."""
    return [str(word) for word in words] if isinstance(words, list | tuple) else [str(words or "")]


def written(catalogue: Catalog) -> bytes:
    """The .po file: sorted by the English text, so that two branches seldom touch one line."""
    head = (
        "# Renewed from the sources by `python -m tests.words`; see CONTRIBUTING.md.\n"
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    body = io.BytesIO()
    write_po(body, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return head.encode() + body.getvalue().strip() + b"\n"


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file that Django reads."""
    catalogue.creation_date = catalogue.revision_date = _NO_DAY
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()
