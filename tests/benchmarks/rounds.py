"""Taking turns, and what may be said of the figures: median, smallest and largest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often: a real run, or a quick one that only shows that all works."""

    is_quick: bool
    rounds: int
    seconds: float
    legs: int
    # Gifts in the fund in which money is followed, in a file that is imported whole, and in each
    # of the smaller ones; donors of a year, and how many of their statements are laid out.
    gifts: int
    imported: int
    rows: int
    donors: int
    laid_out: int

    @classmethod
    def of(cls, *, quick: bool) -> "Pace":
        """The pace of a run."""
        if quick:
            return cls(
                is_quick=True,
                rounds=2,
                seconds=0.15,
                legs=20_000,
                gifts=4_800,
                imported=300,
                rows=50,
                donors=30,
                laid_out=4,
            )
        return cls(
            is_quick=False,
            rounds=15,
            seconds=0.4,
            legs=1_000_000,
            gifts=1_000_000,
            imported=100_000,
            rows=2_000,
            donors=10_000,
            laid_out=200,
        )


@dataclass(frozen=True, slots=True)
class Slice:
    """One turn: what was done, in what wall time, with what CPU time of the doers."""

    count: int
    seconds: float
    cpu: float
    peak_mb: float = 0

    @classmethod
    def of(cls, told: Mapping[str, float]) -> "Slice":
        """A slice from a worker's answer."""
        return cls(int(told["count"]), told["seconds"], told["cpu"], told.get("peak_mb", 0))

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.seconds

    @property
    def cpu_each(self) -> float:
        """Seconds of CPU for each."""
        return self.cpu / self.count


@dataclass(frozen=True, slots=True)
class Spread:
    """Several values of the same figure."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    def text(self, scale: float = 1, unit: str = "") -> str:
        """'3.1x [2.9-3.4]'."""
        low, high = min(self.values) * scale, max(self.values) * scale
        middle = self.median * scale
        if len(self.values) == 1:
            return f"{_figure(middle)}{unit}"
        return f"{_figure(middle)}{unit} [{_figure(low)}-{_figure(high)}]"


Turns = dict[str, list[Slice]]


def take_turns(sides: Mapping[str, Callable[[], Slice]], rounds: int) -> Turns:
    """Each side once a round, each round beginning with another side, after one to warm up."""
    names = list(sides)
    for name in names:
        sides[name]()
    turns: Turns = {name: [] for name in names}
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            turns[name].append(sides[name]())
    return turns


def ratios(one: Sequence[float], other: Sequence[float]) -> Spread:
    """One by the other, round by round."""
    return Spread(tuple(a / b for a, b in zip(one, other, strict=True)))


def rates(turns: Turns, name: str) -> list[float]:
    """How many a second, by round."""
    return [each.rate for each in turns[name]]


def cpus(turns: Turns, name: str) -> list[float]:
    """Seconds of CPU for each, by round."""
    return [each.cpu_each for each in turns[name]]


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
