"""When refused cards are too many. Pure: figures in, a verdict out.

A giver mistypes a card or has one refused; a zoo's visitors share one network. So it is the
number of different refused cards that counts, beside what was paid: honest givers have few cards
each, and most of them pay. Whoever tries one card again and again is weighed as well: no giver
does that dozens of times.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from donors.models.brake import Reach


@dataclass(frozen=True, slots=True)
class Figures:
    """What was seen of one segment in its window."""

    refused: int
    cards: int
    paid: int

    @property
    def weight(self) -> int:
        """The different cards, or more where few of them were tried many times."""
        return weight(self.refused, self.cards)


class Verdict(StrEnum):
    """What follows from the figures."""

    OPEN = "open"
    LINK = "link"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Measure:
    """How a segment is measured: from so many different refused cards on, within a window,
    when refusals are so many times what was paid. It is quiet again after `quiet`.
    """

    cards: int
    times_paid: int
    window: dt.timedelta
    quiet: dt.timedelta
    # From so many on nothing is taken at all; only where one person stands behind it.
    stops_from: int | None = None


HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)
MEASURES: Final = {
    Reach.DEVICE: Measure(cards=4, times_paid=2, window=DAY, quiet=DAY, stops_from=10),
    Reach.EMAIL: Measure(cards=4, times_paid=2, window=DAY, quiet=DAY, stops_from=10),
    Reach.ADDRESS: Measure(cards=10, times_paid=2, window=HOUR, quiet=2 * HOUR),
    Reach.EVERYBODY: Measure(cards=20, times_paid=1, window=HOUR, quiet=HOUR / 2),
}
# Everybody is asked only when an hour has so many times the refusals of a usual one.
TIMES_USUAL: Final = 5
# So many different refused cards on one payment page close it.
CARDS_A_PAGE: Final = 6
# So many refusals of one card weigh as another card.
TRIES_A_CARD: Final = 5


def weight(refused: int, cards: int) -> int:
    """How many different cards it is, or as how many cards that many refusals weigh."""
    return max(cards, refused // TRIES_A_CARD)


def verdict(reach: Reach, seen: Figures, *, usual_a_day: float = 0) -> Verdict:
    """What to do about a segment. `usual_a_day` is how many refusals a usual day has."""
    measure = MEASURES[reach]
    enough: float = measure.cards
    if reach == Reach.EVERYBODY:
        enough = max(enough, TIMES_USUAL * usual_a_day / 24)
    if seen.weight < enough or seen.refused < measure.times_paid * seen.paid:
        return Verdict.OPEN
    if measure.stops_from is not None and seen.weight >= measure.stops_from:
        return Verdict.STOP
    return Verdict.LINK
