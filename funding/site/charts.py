"""Where the pieces of a chart stand. Pure, and in whole units of the drawing: no floats.

Colours and words belong to the templates; what is computed here is only place and size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from funding.money import exponent

TAIL_WIDTH: Final = 1000
_RING: Final = 10
# Thinner than this a band would vanish beside its neighbours.
_THIN: Final = 6

_TOP, _FLOOR, _LEFT, _CAP = 25, 190, 46, 4
WIDE, TALL = 500, 350


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the tail, left to right, with the class that colours it."""

    look: str
    x: int
    width: int


def tail(parts: Sequence[tuple[str, int]]) -> list[Band]:
    """Bands in proportion to their amounts, in order; nothing for what is not above zero.

    A fur band ends in a ring, as on the cat.
    """
    shown = [(look, minor) for look, minor in parts if minor > 0]
    whole = sum(minor for _look, minor in shown)
    bands: list[Band] = []
    left, so_far = 0, 0
    for still_to_come, (look, minor) in zip(range(len(shown) - 1, -1, -1), shown, strict=True):
        so_far += minor
        most = TAIL_WIDTH - _THIN * still_to_come
        right = min(max(TAIL_WIDTH * so_far // whole, left + _THIN), most)
        bands.append(Band(look, left, right - left))
        if look == "c-fur":
            bands.append(Band("c-stripe", max(left, right - _RING // 2), _RING))
        left = right
    return bands


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: a bar with a cap, the middle of its foot, and its figure if it stands out."""

    x: int
    y: int
    width: int
    height: int
    cap: int
    middle: int
    month: int
    stands_out: bool

    @property
    def above(self) -> int:
        """Where the figure over the bar stands."""
        return self.y - 8


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the axis and what it says, in whole major units."""

    y: int
    major: int

    @property
    def under(self) -> int:
        """The base line of its words."""
        return self.y + 4

    @property
    def words(self) -> str:
        """'800' or '2k'."""
        thousands, rest = divmod(self.major, 1000)
        return f"{thousands}k" if thousands and not rest else str(self.major)


@dataclass(frozen=True, slots=True)
class Months:
    """A chart of months in one width."""

    width: int
    bars: list[Bar]
    ticks: list[Tick]


def months(minors: Sequence[int], currency: str, width: int) -> Months:
    """Bars from zero up, January first. A month above twice the middle one stands out."""
    scale = 10 ** exponent(currency)
    step = _step(-(-max([*minors, 0]) // scale))
    steps = max(1, -(-max([*minors, 0]) // (step * scale)))
    top = step * steps
    ticks = [Tick(_FLOOR - (_FLOOR - _TOP) * i // steps, step * i) for i in range(steps + 1)]
    slot = (width - _LEFT) // max(len(minors), 1)
    ordered = sorted(minors)
    middle = ordered[len(ordered) // 2] if ordered else 0
    bars = []
    for index, minor in enumerate(minors):
        height = max(0, minor) * (_FLOOR - _TOP) // (top * scale)
        x, wide = _LEFT + slot * index + slot // 6, slot * 2 // 3
        stands_out = minor > 2 * max(middle, 0) and minor == ordered[-1]
        cap, middle_x = min(_CAP, height), x + wide // 2
        y = _FLOOR - height
        bars.append(Bar(x, y, wide, height, cap, middle_x, index + 1, stands_out))
    return Months(width, bars, ticks)


def _step(most: int) -> int:
    """A round step (1, 2 or 5 with noughts) that divides the axis into at most five."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size * 5 >= most:
                return factor * size
        size *= 10
