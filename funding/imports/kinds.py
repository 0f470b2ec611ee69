"""What can be imported: each part registers its kinds, with their fields and two rules."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise

from funding.imports.models import Import, Row

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a row says. `guesses` are names of columns that mean it, in small letters."""

    name: str
    words: Text
    is_needed: bool = False
    guesses: tuple[str, ...] = ()
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule finds of a row: a sentence when it is wrong, or that it was taken in before."""

    error: str = ""
    is_known: bool = False


Reader = Callable[[Import, bytes], Iterator[tuple[int, dict[str, str]]] | None]


def _nothing(_batch: Import) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file.

    `check` judges a handful of rows, without booking anything; `take` books them, inside the
    one transaction of the whole file. `reader` reads files that are no CSV and need no names of
    columns. `whole` says what is wrong with the file as a whole once all rows are checked.
    """

    words: Text
    fields: tuple[Field, ...]
    check: Callable[[Import, Sequence[Row]], list[Verdict]]
    take: Callable[[Import, Sequence[Row], str], None]
    reader: Reader | None = None
    whole: Callable[[Import], list[str]] = _nothing
    finish: Callable[[Import, str], None] | None = None
    # Whether another person than the one who brought the file has to have it taken in.
    needs_two: bool = False
    # Questions about the file as a whole that its form asks: 'place', 'receipts', ...
    asks: frozenset[str] = field(default_factory=frozenset)


KINDS: Final[dict[str, Kind]] = {}


def register(name: str, kind: Kind) -> None:
    """Add a kind of file. The same twice is harmless."""
    if KINDS.setdefault(name, kind) != kind:
        raise ValueError(f"Two kinds of import are called {name}.")
