"""A scene of the story: an instant, and what is done then. Done twice, it is done once."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from funding import clock
from funding.sandbox.demo import hand


class NotHere(Exception):
    """This is no place for invented gifts, or not any more."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens so many days before the end of the story."""

    days_ago: float
    play: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar of a story that ends at an instant."""

    ends: dt.datetime

    def at(self, days_ago: float, *, hour: int | None = None) -> dt.datetime:
        """The instant so many days before the end, or that day at a full hour of UTC."""
        found = self.ends - dt.timedelta(days=days_ago)
        if hour is None:
            return found.replace(microsecond=0)
        return found.replace(hour=hour, minute=0, second=0, microsecond=0)


def wait_until(instant: dt.datetime) -> None:
    """Let the clock jump forward to an instant; it never goes back."""
    if instant > clock.now():
        hand.jump(int(instant.timestamp()) + 1)
