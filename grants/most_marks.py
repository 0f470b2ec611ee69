"""Which set of applications has the most marks that the same money can buy: a comparison.

A sum of marks prefers many cheap works to one dear and better one, so it is shown beside the
ranking and never instead of it; only what a mark exceeds the bar by counts.
"""

from dataclasses import dataclass
from typing import Final

from grants.allocation import Gate, choose, cuts_of
from grants.fitting import Fit
from grants.wishes import Case, NotACase, Wish

# A round of thirty applications needs some thousands of steps.
MOST_STEPS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Best:
    """The applications, their marks over the bar, and whether it is proved that none has more."""

    taken: tuple[int, ...]
    marks: int
    is_proven: bool


def best(case: Case, *, steps: int = MOST_STEPS) -> Best:
    """The set with the most marks. Raises Contradiction, and NotACase for too many funds."""
    choose(case)
    search = _Search(case, steps)
    search.run()
    return Best(tuple(sorted(search.taken)), search.marks, search.steps > 0)


class _Search:
    """Depth first, the most marks for money first; what cannot beat the best is left alone."""

    def __init__(self, case: Case, steps: int) -> None:
        self._case, self._cuts = case, cuts_of(case)
        if not self._cuts.is_complete:
            raise NotACase("There are too many funds to compare all sets of applications.")
        self._fit, self._gate = Fit(self._cuts), Gate(case)
        self.steps, self.marks, self.taken = steps, -1, list[int]()
        self._order = sorted(case.wishes, key=self._worth)
        self._room = sum(purse.minor for purse in case.purses)

    def _worth(self, wish: Wish) -> tuple[bool, float, str, int]:
        # The order only decides how soon the best is found, not what it is.
        return (
            not wish.is_must,
            -self._marks(wish) / self._case.first(wish),
            wish.lottery,
            wish.id,
        )

    def _marks(self, wish: Wish) -> int:
        return max(0, wish.score - self._case.rules.bar)

    def run(self) -> None:
        """Search all of it, or as far as the steps go."""
        self._down(0, 0, self._room)

    def _down(self, place: int, marks: int, room: int) -> None:
        self.steps -= 1
        if self.steps <= 0:
            return
        if place == len(self._order):
            if marks > self.marks:
                self.marks, self.taken = marks, self._fit.taken.copy()
            return
        if self._most(place, room) + marks <= self.marks:
            return
        wish = self._order[place]
        if self._gate.refuses(wish) is None and self._fit.take(wish.id):
            self._gate.admit(wish)
            first = self._case.first(wish)
            self._down(place + 1, marks + self._marks(wish), room - first)
            self._gate.dismiss(wish)
            self._fit.drop(wish.id)
        if not wish.is_must:
            self._down(place + 1, marks, room)

    def _most(self, place: int, room: int) -> int:
        """At most so many marks are in the rest, were the money free and the works divisible."""
        marks = 0
        for wish in self._order[place:]:
            first = self._case.first(wish)
            if first >= room:
                return marks + -(-self._marks(wish) * max(room, 0) // first)
            marks, room = marks + self._marks(wish), room - first
        return marks
