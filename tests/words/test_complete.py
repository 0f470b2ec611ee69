"""What givers read is there in every language, with all that stands in the English."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message

from tests.words import catalogues

PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd]|%%|\{[a-z_]*\}")
TAG = re.compile(r"</?[a-z]+|href=\"[^\"]*\"")
REMEDY = """
To put this right: run `.venv/bin/python -m tests.words`, which brings the new words into
locale/{language}/LC_MESSAGES/django.po; write the empty msgstr there ({language}, in the words of
docs/languages.md); run it again, which makes the .mo; commit both. If only staff see these words,
name their file in tests/words/givers.py instead.
"""


def wrong(message: Message) -> list[str]:
    """What is the matter with one translation."""
    said = []
    if message.fuzzy:
        said.append("is marked as fuzzy")
    originals, translations = catalogues.forms(message.id), catalogues.forms(message.string)
    for number, words in enumerate(translations):
        if not words.strip():
            return ["is not translated"]
        original = originals[min(number, len(originals) - 1)]
        for kind in (PLACEHOLDER, TAG):
            if Counter(kind.findall(original)) != Counter(kind.findall(words)):
                said.append(f"has {kind.findall(words)} instead of {kind.findall(original)}")
        if (words[:1].isspace(), words[-1:].isspace()) != (
            original[:1].isspace(),
            original[-1:].isspace(),
        ):
            said.append("begins or ends with another space")
    return said


def complaints(wanted: Catalog, known: Catalog) -> list[str]:
    """Every text that is wanted and is not there as it should be."""
    found = []
    for message in wanted:
        if not message.id:
            continue
        where = ", ".join(sorted({name for name, _line in message.locations}))
        translated = known.get(message.id, message.context)
        said = wrong(translated) if translated else ["is not in the catalogue"]
        found += [f"{where}: {catalogues.forms(message.id)[0]!r} {each}" for each in said]
    return found


@pytest.mark.parametrize("language", catalogues.languages())
def test_every_text_of_givers_is_translated(language: str) -> None:
    found = complaints(catalogues.wanted(), catalogues.read(language))
    assert not found, "\n".join(found) + REMEDY.format(language=language)


def test_what_is_wrong_with_a_translation_is_noticed() -> None:
    def said(original: str | tuple[str, str], words: str | tuple[str, ...]) -> list[str]:
        return wrong(Message(original, words))

    assert not said("%(sum)s to %(fund)s", "%(fund)s: %(sum)s")
    assert not said(("one gift", "%(n)s gifts"), ("en gåva", "%(n)s gåvor"))
    assert said("Give", "") == ["is not translated"]
    assert said(("one", "two"), ("en", "")) == ["is not translated"]
    assert said("%(sum)s to %(fund)s", "%(sum)s")
    assert said("60 %%", "60 %")
    assert said('<a href="%(url)s">Books</a>', "Böcker")
    assert said("Give ", "Ge")
    assert wrong(Message("Give", "Ge", flags=["fuzzy"]))
    new = Catalog()
    new.add("Give")
    assert complaints(new, Catalog())
