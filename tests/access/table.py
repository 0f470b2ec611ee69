"""The table of access: one row for each page, method and state of the thing it shows.

Each part of the product keeps its rows in `pages_<part>.py`, as a list called PAGES. The rows
say who gets through and what everybody else is told; `test_table.py` asks every page in the
name of everybody and holds the product to it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from tests.access.world import PEOPLE, STAFF, World

Answer = Literal["ok", "sign in", "factor", "404", "403"]

EVERYBODY: Final = frozenset({"visitor", *PEOPLE})
SIGNED_IN: Final = frozenset(PEOPLE)
COMMITTEE: Final = frozenset({"carol", "dan"})
WITHOUT: Final = " without factor"


def _nothing(world: World) -> dict[str, Any]:
    del world
    return {}


@dataclass(frozen=True)
class Page:
    """Who gets through to one address, and what the others are told.

    `may` names people of the cast. `where` gives the parts of the address and `sends` the form,
    both from the world. `state` tells rows of the same address apart, such as "recused".
    `stranger` is told to visitors, `others` to people who have signed in, and `factorless` to
    staff in `may` whose session has shown no second factor; `but` names single exceptions.
    A page of a thing is also asked for one that is not there, unless `is_guessed` says no.
    """

    name: str
    may: Collection[str]
    where: Callable[[World], dict[str, Any]] = _nothing
    state: str = ""
    method: Literal["GET", "POST"] = "GET"
    sends: Callable[[World], dict[str, Any]] = _nothing
    stranger: Answer = "sign in"
    others: Answer = "404"
    factorless: Answer | None = None
    but: Mapping[str, Answer] = field(default_factory=dict)
    is_guessed: bool = True

    @property
    def label(self) -> str:
        """What a complaint calls this row."""
        return " ".join(filter(None, (self.method, self.name, self.state)))

    def answer(self, session: str) -> Answer:
        """What this session is to be told: 'tara', or 'tara without factor'."""
        if session in self.but:
            return self.but[session]
        who = session.removesuffix(WITHOUT)
        if who not in self.may:
            return self.stranger if who == "visitor" else self.others
        if session == who:
            return "ok"
        # With a page that is for anybody who has signed in, a role has nothing to do.
        return self.factorless or ("ok" if set(self.may) >= SIGNED_IN else "factor")

    def told_of_nothing(self, session: str) -> Answer:
        """What this session is told of a thing that is not there: never more than of one
        that is."""
        answer = self.answer(session)
        return "404" if answer == "ok" else answer


def guesses(where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same address with one part after the other replaced by one that leads nowhere."""
    return [dict(where) | {key: _elsewhere(value)} for key, value in where.items()]


def _elsewhere(value: object) -> object:
    if isinstance(value, int):
        return 2_000_000_011
    return uuid4() if isinstance(value, UUID) else "nothing-is-called-so"


def sessions() -> list[str]:
    """Everybody who asks: the cast, and its staff again without the second step."""
    return ["visitor", *PEOPLE, *(f"{name}{WITHOUT}" for name in STAFF)]
