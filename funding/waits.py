"""What waits for a person. Each part of the product says so itself; one page shows it all."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from funding.users.models import User


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits: a title that leads there, one sentence, and its state in words.

    `since` is the instant from which it waits; the oldest stands first. Something that is
    wrong, and not merely waiting, looks like it: `look` is "stop".
    """

    title: str
    url: str
    sentence: str
    since: dt.datetime
    state: str
    look: Literal["wait", "stop"] = "wait"


Source = Callable[[User], list[Wait]]

# name -> function that lists what waits for one person. It asks for that person's roles
# itself; the page has made sure that they count in this session.
SOURCES: Final[dict[str, Source]] = {}


def register(name: str, source: Source) -> None:
    """Add a source. The name must be unique; the same source twice is harmless."""
    if SOURCES.setdefault(name, source) is not source:
        raise ValueError(f"Two sources of waits are called {name}.")


def for_user(user: User) -> list[Wait]:
    """Everything that waits for this person, oldest first."""
    found = [wait for source in SOURCES.values() for wait in source(user)]
    return sorted(found, key=lambda wait: wait.since)
