"""Work that does not go on by itself. Each part of the product says what of its is stuck.

Rows are the queue, and a row whose attempts are used up is in nobody's way and in nobody's
sight. Its owner registers here how to find such rows and how to begin again; one page shows
them all, and an alert says that there are some.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.db.models import Count, QuerySet, Value
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Stuck:
    """One row that does not go on: what it is, since when, how often it was tried, and why.

    `page` is a path of ours that shows the thing. No personal data beside what the error says.
    """

    pk: int
    what: str
    since: dt.datetime
    attempts: int
    error: str
    page: str = ""


class Retry(Protocol):
    """Puts a row back into its queue: due now, with all its attempts, and audited.

    Harmless for a row that is not stuck any more.
    """

    def __call__(self, *, pk: int, actor: str) -> None:
        """Let the sweep take it up again."""


class Leave(Protocol):
    """Takes a row off the list for good, for a reason, and audited. Harmless when repeated."""

    def __call__(self, *, pk: int, actor: str, why: str) -> None:
        """Nothing more is to be done about it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The stuck rows of one kind: which they are, how they read, how they begin again.

    Where nothing may be left undone, as with a receipt, there is no way to leave it.
    """

    name: str
    label: str | Promise
    rows: Callable[[], QuerySet[Any]]
    show: Callable[[Any], Stuck]
    retry: Retry
    leave: Leave | None = None


# name -> source. The name stands in addresses: lower-case letters and hyphens.
SOURCES: Final[dict[str, Source]] = {}


# 'gift' -> the page of 'gift:12', by its number. Mails and alerts know their causes only so.
PAGES: Final[dict[str, Callable[[int], str]]] = {}


def register_page(noun: str, page: Callable[[int], str]) -> None:
    """Say where the things of this noun are shown. The same twice is harmless."""
    if PAGES.setdefault(noun, page) is not page:
        raise ValueError(f"Two pages show what is called {noun}.")


def page_of(cause: str) -> str:
    """Where 'gift:12' is shown, or nothing where nobody has said so."""
    noun, _colon, number = cause.partition(":")
    page = PAGES.get(noun)
    return page(int(number)) if page and number.isdecimal() else ""


def register(
    name: str,
    source: Callable[[], QuerySet[Any]],
    retry: Retry,
    *,
    show: Callable[[Any], Stuck],
    label: str | Promise,
    leave: Leave | None = None,
) -> None:
    """Add a source. `source` gives a queryset, oldest first. The same twice is harmless."""
    new = Source(name, label, source, show, retry, leave)
    if SOURCES.setdefault(name, new) != new:
        raise ValueError(f"Two sources of stuck work are called {name}.")


def counts() -> dict[str, int]:
    """How many rows of each kind are stuck, in one query."""
    asked = [
        # A constant to group by makes one row of each, and one query of all.
        source.rows()
        .order_by()
        .annotate(heap=Value(name))
        .values("heap")
        .annotate(count=Count("pk"))
        .values_list("heap", "count")
        for name, source in SOURCES.items()
    ]
    if not asked:
        return {}
    first, *others = asked
    found = dict(first.union(*others, all=True))
    return {name: found.get(name, 0) for name in SOURCES}
