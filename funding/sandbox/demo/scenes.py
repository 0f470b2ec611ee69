"""A scene of the story: an instant, and what is done then. Done twice, it is done once."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from funding import clock
from funding.sandbox.demo import hand


class NotHere(Exception):
    """This is no place for invented gifts."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens so many days before the end of the story."""

    days_ago: float
    play: Callable[[], object]


def wait_until(instant: dt.datetime) -> None:
    """Let the clock jump forward to an instant; it never goes back."""
    if instant > clock.now():
        hand.jump(int(instant.timestamp()) + 1)
