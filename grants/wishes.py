"""What an allocation is asked: funds with their room, applications with their sums, and rules.

Plain values without the database, all money in the smallest unit of one currency, all marks
whole numbers (a mean times one hundred). In a `Case` they stand in the order of their numbers,
so that nothing depends on the order in which somebody listed them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from funding.errors import Refused


class NotACase(Refused):
    """The figures contradict themselves, whatever is decided."""


@dataclass(frozen=True, slots=True)
class Purse:
    """What may be drawn on one fund, its holds, reserve and envelope taken off.

    `most_minor` is the most that one application may draw on it; None is no limit.
    """

    id: int
    name: str
    minor: int
    is_restricted: bool = False
    expires_on: dt.date | None = None
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What one application asks, the least that is of use to it, and where it may draw.

    `lottery` decides between equal marks; it comes from a seed that was fixed beforehand.
    """

    id: int
    name: str
    asked_minor: int
    least_minor: int
    score: int
    lottery: str
    country: str
    applicant: str
    purses: frozenset[int]
    is_must: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the committee has laid down for a round.

    `is_deep` gives each its whole sum down the ranking; otherwise each first gets the least that
    is of use to it, and what is left tops up by marks. Nothing below `bar` is funded, unless it
    must be. Of two that exclude each other one is. `granted` counts the awards that an applicant
    has in this round already.
    """

    is_deep: bool = False
    bar: int = 0
    most_minor: int | None = None
    by_country: Mapping[str, int] = field(default_factory=dict)
    per_applicant: int | None = None
    granted: Mapping[str, int] = field(default_factory=dict)
    exclusive: frozenset[frozenset[int]] = frozenset()
    sliver_minor: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One whole question. Raises NotACase."""

    currency: str
    purses: tuple[Purse, ...]
    wishes: tuple[Wish, ...]
    rules: Rules

    @classmethod
    def of(
        cls,
        *,
        currency: str,
        purses: Iterable[Purse],
        wishes: Iterable[Wish],
        rules: Rules | None = None,
    ) -> "Case":
        """The same case, in whichever order its parts come."""
        made = cls(
            currency,
            tuple(sorted(purses, key=lambda each: each.id)),
            tuple(sorted(wishes, key=lambda each: each.id)),
            rules or Rules(),
        )
        made._must_make_sense()
        return made

    def _must_make_sense(self) -> None:
        purses, wishes = {each.id for each in self.purses}, {each.id for each in self.wishes}
        if len(purses) < len(self.purses) or len(wishes) < len(self.wishes):
            raise NotACase("A fund or an application is named twice.")
        for purse in self.purses:
            if purse.minor < 0 or (purse.most_minor is not None and purse.most_minor < 0):
                raise NotACase(f"{purse.name} has less than nothing to give.")
        for wish in self.wishes:
            if not 0 < wish.least_minor <= wish.asked_minor:
                raise NotACase(f"{wish.name} needs at least something, and at most what it asks.")
            if wish.score < 0 or not wish.purses <= purses:
                raise NotACase(f"{wish.name} has a mark below zero, or a fund that is not here.")
        if any(len(pair) != 2 or not pair <= wishes for pair in self.rules.exclusive):
            raise NotACase("Two applications exclude each other, no more and no fewer.")

    def most(self, wish: Wish) -> int:
        """The most that it can get: what it asks, within the round's limit."""
        limit = self.rules.most_minor
        return wish.asked_minor if limit is None else min(wish.asked_minor, limit)

    def first(self, wish: Wish) -> int:
        """What it gets when it is taken, before anything is topped up."""
        return self.most(wish) if self.rules.is_deep else wish.least_minor

    def ranking(self) -> list[Wish]:
        """What must be funded, then by marks, then by lot."""
        return sorted(
            self.wishes, key=lambda each: (not each.is_must, -each.score, each.lottery, each.id)
        )
