"""The proposal of a round: of the size that occurs with all its explanations, and a large one."""

import time
from collections.abc import Callable
from statistics import median

from grants import allocation, shortfalls
from grants.wishes import Case
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Spread
from tests.grants.allocation_cases import drawn


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """Medians by CPU over random rounds; no database is asked."""
    return [
        Finding(
            "ALLOC",
            "30 applications on 6 funds, with the sum that would fund each refused one",
            _spread(30, 6, lambda case: (allocation.propose(case), shortfalls.shortfalls(case))),
            unit=" ms",
            at_most=50,
        ),
        Finding(
            "ALLOC",
            "200 applications on 20 funds",
            _spread(200, 20, allocation.propose),
            unit=" ms",
            at_most=2_000,
        ),
    ]


def _spread(wishes: int, purses: int, do: Callable[[Case], object]) -> Spread:
    """The median of each five of fifteen rounds, in milliseconds."""
    taken = []
    for seed in range(15):
        case = drawn(seed, wishes=wishes, purses=purses, has_must=False)
        start = time.process_time()
        do(case)
        taken.append((time.process_time() - start) * 1e3)
    return Spread(tuple(median(taken[at::3]) for at in range(3)))
