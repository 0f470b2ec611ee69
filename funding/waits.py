"""What waits for a person. Each part of the product says so itself; one page shows it all."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from funding.users import roles
from funding.users.models import Role, User


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

# name -> function that lists what waits for one person, and the roles that it is asked for;
# with none it is asked for everybody. The page has made sure that roles count in this session.
SOURCES: Final[dict[str, tuple[Source, frozenset[Role]]]] = {}


def register(name: str, source: Source, *for_roles: Role) -> None:
    """Add a source. The name must be unique; the same source twice is harmless."""
    if SOURCES.setdefault(name, (source, frozenset(for_roles)))[0] is not source:
        raise ValueError(f"Two sources of waits are called {name}.")


def for_user(user: User) -> list[Wait]:
    """Everything that waits for this person, oldest first."""
    held = roles.current(user)
    asked = [source for source, wanted in SOURCES.values() if not wanted or wanted & held]
    return sorted((wait for source in asked for wait in source(user)), key=lambda wait: wait.since)
