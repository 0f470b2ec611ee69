"""What goes into an auditor's pack: each part of granting says so itself.

A part is registered with one line, `pack_parts.register("agreement", files_of_award)`, when its
app starts. What it gives is put below the folder of the award, in the order of names.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, QuerySet

from grants.models import Award


@dataclass(frozen=True, slots=True)
class File:
    """One file of a pack: its place below the award's folder, its bytes, what it is."""

    path: str
    content: bytes
    about: str


Source = Callable[[Award], Iterable[File]]
SOURCES: Final[dict[str, Source]] = {}


def register(name: str, source: Source) -> None:
    """Add a part. The name must be unique; the same source twice is harmless."""
    if SOURCES.setdefault(name, source) is not source:
        raise ValueError(f"Two parts of the pack are called {name}.")


def of_award(award: Award) -> list[File]:
    """Everything of one award, by path. The same facts give the same bytes."""
    found = [file for _name, source in sorted(SOURCES.items()) for file in source(award)]
    return sorted(found, key=lambda file: file.path)


def as_json(path: str, told: object, about: str) -> File:
    """Facts as JSON that people can read too: keys in order, instants in UTC."""
    text = json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False, default=_plain)
    return File(path, text.encode() + b"\n", about)


def table(rows: QuerySet[Any], *names: str) -> list[dict[str, Any]]:
    """These columns of rows, in the order in which they were written."""
    found: Iterable[Model] = rows.order_by("pk")
    return [{name: _of(row, name) for name in names} for row in found]


def _of(row: object, name: str) -> object:
    for part in name.split("__"):
        row = None if row is None else getattr(row, part)
    return row


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
