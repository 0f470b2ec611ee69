"""Where the pieces of a chart stand. Pure, and in whole units of the drawing: no floats.

Colours and words belong to the templates; what is computed here is only place and size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from funding.money import Money, exponent

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
class FlowSize:
    """How wide a flow is drawn: where its three columns of stripes stand, and where it ends.

    A narrow one has no first column: all money enters in one band.
    """

    came: int
    through: int
    went: int
    width: int


FLOW_WIDE: Final = FlowSize(0, 380, 740, 1040)
FLOW_TALL: Final = FlowSize(0, 0, 150, 350)
# Two stripes with their gap; the height of all money together; room for a label of two lines.
_NODE, _ALL, _LABEL, _SLOT = 12, 150, 44, 46


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A band of money between two columns, as a path."""

    look: str
    path: str


@dataclass(frozen=True, slots=True)
class Node:
    """Two stripes where money arrives or leaves, with the words and the sum beside them."""

    x: int
    y: int
    height: int
    words: str
    sum: Money
    text_x: int
    text_y: int

    @property
    def path(self) -> str:
        """The two stripes."""
        return "".join(f"M{self.x + at} {self.y}h4v{self.height}h-4z" for at in (0, 8))

    @property
    def sum_y(self) -> int:
        """The line of the sum, under the words."""
        return self.text_y + 18


@dataclass(frozen=True, slots=True)
class Flow:
    """Where money came from and where it went. What goes in is what comes out."""

    width: int
    height: int
    ribbons: list[Ribbon]
    nodes: list[Node]


def flow(
    came: Sequence[tuple[str, Money]], went: Sequence[tuple[str, Money, str]], size: FlowSize
) -> Flow | None:
    """Bands in proportion to their sums; None where a sum is below zero or nothing moved.

    `went` names the class that colours each band. Raises ValueError if the sides differ.
    """
    ins = [(words, money) for words, money in came if money]
    outs = [(words, money, look) for words, money, look in went if money]
    sums = [money for _words, money in ins] + [money for _words, money, _look in outs]
    whole = sum(money.minor for _words, money in ins)
    if whole != sum(money.minor for _words, money, _look in outs):
        raise ValueError("What came is not what went.")
    if not sums or any(money.minor < 0 for money in sums):
        return None
    right = _heights([money.minor for _words, money, _look in outs], whole)
    left = _heights([money.minor for _words, money in ins], whole, sum(right))
    ribbons: list[Ribbon] = []
    nodes: list[Node] = []
    top = _LABEL
    if size.through > size.came:
        at, y = top, top
        for (words, money), height in zip(ins, left, strict=True):
            nodes.append(Node(size.came, y, height, words, money, size.came, y - 26))
            ribbons.append(_ribbon("c-fur", size.came, size.through, y, at, height))
            at, y = at + height, y + height + _LABEL
        lowest = y
    else:
        lowest = top + sum(right)
    through = Node(size.through, top, sum(right), "", Money(whole, sums[0].currency), 0, 0)
    nodes.append(through)
    at, y = top, 0
    for (words, money, look), height in zip(outs, right, strict=True):
        slot = max(height, _SLOT)
        here = y + (slot - height) // 2
        text = y + slot // 2 - 4
        nodes.append(Node(size.went, here, height, words, money, size.went + 26, text))
        ribbons.append(_ribbon(look, size.through, size.went, at, here, height))
        at, y = at + height, y + slot + 8
    return Flow(size.width, max(lowest, y), ribbons, nodes)


def _heights(minors: Sequence[int], whole: int, exactly: int = 0) -> list[int]:
    """Heights in proportion, none too thin to be seen; the thickest gives what the others took."""
    heights = [max(3, _ALL * minor // whole) for minor in minors]
    if exactly:
        heights[heights.index(max(heights))] += exactly - sum(heights)
    return heights


def _ribbon(look: str, x: int, to_x: int, y: int, to_y: int, height: int) -> Ribbon:
    start, bend = x + _NODE, (x + _NODE + to_x) // 2
    path = (
        f"M{start} {y}C{bend} {y} {bend} {to_y} {to_x} {to_y}v{height}"
        f"C{bend} {to_y + height} {bend} {y + height} {start} {y + height}Z"
    )
    return Ribbon(look, path)


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
