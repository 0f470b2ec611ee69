"""The list of people who were removed: outside the database, so that a restore knows them.

A line is a day, marks of the rows that were the person's, and a seal. A mark is a keyed hash of
a row's id and of the instant at which it was made. It tells nothing of anybody, and only that
very row in a restored database answers to it: an id that was given anew to somebody else does
not. The list only grows; a copy of it lies beside the backups.
"""

import contextlib
import datetime as dt
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from funding.recovery.refusals import CannotBackUp, CannotRestore

COPY: Final = "manul.erased"
_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\d) ([0-9a-f]{64}(?:,[0-9a-f]{64})*) ([0-9a-f]{64})")


class StrangeList(CannotRestore):
    """A line of the list was not written by this installation, or was altered."""


class NoList(CannotRestore):
    """There is no list, so nobody knows who was removed since the backup."""


@dataclass(frozen=True, slots=True)
class Removed:
    """One removal as it is to be written down: its day, and the names of the person's rows."""

    day: dt.date
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One removal as it was written down. `key` says which of `keys()` its marks were made by."""

    day: dt.date
    marks: tuple[str, ...]
    key: int
    text: str


@dataclass(frozen=True, slots=True)
class Again:
    """Somebody who was removed again after a restore, and what it still waits for, if anything."""

    subject: str
    waits_for: str


# What the parts that remove people say, asked at each backup and at each restore.
REMOVED: Final[list[Callable[[], Iterable[Removed]]]] = []
REDO: Final[list[Callable[[Sequence[Line], str], list[Again]]]] = []


def register(
    removed: Callable[[], Iterable[Removed]], redo: Callable[[Sequence[Line], str], list[Again]]
) -> None:
    """Say who was removed, and how they are removed again after the restore of this cause."""
    if removed not in REMOVED:
        REMOVED.append(removed)
        REDO.append(redo)


def keys() -> list[str]:
    """The keys of marks and seals, the present one first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def mark(name: str, key: str) -> str:
    """What stands in the list for a row, such as 'donor:12:2026-03-01T10:00:00+00:00'."""
    return _hmac("mark", name, key)


def _hmac(what: str, text: str, key: str) -> str:
    salt = f"funding.recovery.erased.{what}"
    return salted_hmac(salt, text, secret=key, algorithm="sha256").hexdigest()


def note(removed: Iterable[Removed]) -> None:
    """Have these in the list, each once, on the disk when this returns. Raises OSError."""
    key = keys()[0]
    lines = []
    for each in removed:
        body = f"{each.day:%Y-%m-%d} {','.join(mark(name, key) for name in each.names)}"
        lines.append(f"{body} {_hmac('line', body, key)}")
    _add(Path(settings.ERASED_LIST), lines)


def _add(path: Path, lines: Sequence[str]) -> None:
    with _alone(path) as file:
        whole = _whole(file.read().decode(errors="replace"))
        known = {line.marks for line in map(_read, whole) if line is not None}
        new = []
        for line in map(_read, lines):
            if line is not None and line.marks not in known:
                known.add(line.marks)
                new.append(line.text + "\n")
        # A writer that was killed may have left half a line, which nobody relied on.
        file.truncate(sum(len(text.encode()) + 1 for text in whole))
        file.seek(0, os.SEEK_END)
        file.write("".join(new).encode())
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(number, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _whole(text: str) -> list[str]:
    """The lines that were written to their end."""
    return text.split("\n")[:-1]


def _read(text: str) -> Line | None:
    """A line of ours; nothing where it is not."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    day, marks, seal = found.groups()
    for number, key in enumerate(keys()):
        if constant_time_compare(_hmac("line", f"{day} {marks}", key), seal):
            return Line(dt.date.fromisoformat(day), tuple(marks.split(",")), number, text)
    return None


def read(path: Path) -> list[Line]:
    """The lines of a list. Refuses: StrangeList, NoList."""
    try:
        texts = _whole(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise NoList(f"The list of removed people {path} cannot be read: {error.strerror}.") from (
            error
        )
    lines = []
    for number, text in enumerate(texts, start=1):
        line = _read(text)
        if line is None:
            raise StrangeList(
                f"Line {number} of {path}, the list of removed people, was not written by this "
                "installation, or was altered, or by a SECRET_KEY that is not known here. Put "
                "back the list as it was copied and the keys of then, or leave the list out "
                "with --without-erased."
            )
        lines.append(line)
    return lines


def for_restore(backup: Path) -> list[Line]:
    """What the list and its copy beside a backup say, each once. Refuses: StrangeList, NoList."""
    places = [Path(settings.ERASED_LIST), backup.parent / COPY]
    there = [place for place in places if place.exists()]
    if not there:
        raise NoList(
            f"The list of removed people is neither at {places[0]} nor at {places[1]}, so those "
            "who were removed since the backup would be back. Put it beside the backup, or, "
            "where nobody was removed, say --without-erased."
        )
    return list({line.marks: line for place in there for line in read(place)}.values())


def copy(to: Path) -> None:
    """Bring list, database and the copy in a folder of backups together. Refuses: CannotBackUp."""
    beside = to / COPY
    try:
        if beside.exists():
            _add(Path(settings.ERASED_LIST), [line.text for line in read(beside)])
        note(each for removed in REMOVED for each in removed())
        _add(beside, [line.text for line in read(Path(settings.ERASED_LIST))])
    except OSError as error:
        raise CannotBackUp(
            f"The backup stands, but not the list of removed people beside it: {error.strerror}."
        ) from error
    except CannotRestore as refused:
        raise CannotBackUp(f"The backup stands. {refused.sentence}") from refused
