"""The end of a year: a statement for every donor, by a worker that is killed on the way."""

from tests.benchmarks.answering import Worker
from tests.benchmarks.filling import fill
from tests.benchmarks.ground import Ground, with_server
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread

# Gifts of each donor in the year.
EACH = 10


class DoneTwice(Exception):
    """A donor has two statements, or none."""


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """All are asked for, and so many laid out; the worker that asks is killed half way."""
    name = ground.migrated("bench_year")
    pieces = max(1, pace.donors // 100 // 2)
    with ground.own("year_end", name) as first:
        world = first.ask("prepare")
        with ground.superuser(name) as root:
            fill(root, world, gifts=pace.donors * EACH, own=EACH)
        year = first.ask("begin", entity=world["entity"])
        early = _with_server(first, "gather", year_end=year, pieces=pieces)
        # In the middle of the next piece, whose transaction dies with it.
        first.send("gather", year_end=year, pieces=pieces)
        first.kill()
    with ground.own("year_end", name) as second:
        late = _with_server(second, "gather", year_end=year, pieces=10 * pieces + 2)
        some = [_with_server(second, "lay_out", count=max(1, pace.laid_out // 10))]
        some.append(_with_server(second, "lay_out", count=pace.laid_out))
        told = second.ask("counts", year_end=year)
    laid_out = sum(each.count for each in some)
    if {told["shares"], told["statements"], told["donors"]} != {told["givers"]}:
        raise DoneTwice(str(told))
    if {told["documents"], told["numbers"]} != {laid_out}:
        raise DoneTwice(str(told))
    return _told(pace, [early, late], some)


def _with_server(worker: Worker, do: str, **what: object) -> Slice:
    return with_server(worker.ask("backend"), lambda: worker.ask(do, **what))


def _told(pace: Pace, asked: list[Slice], made: list[Slice]) -> list[Finding]:
    return [
        Finding(
            "YEAR",
            f"{pace.donors:,} donors, the worker killed half way: every one has one statement;"
            " CPU of client and server to ask for one",
            Spread(tuple(each.cpu_each * 1e3 for each in asked if each.count)),
            unit=" ms",
        ),
        Finding(
            "YEAR",
            f"CPU to number, lay out and keep one, of {sum(each.count for each in made)}",
            Spread(tuple(each.cpu_each * 1e3 for each in made)),
            unit=" ms",
        ),
        Finding(
            "YEAR",
            f"memory of the worker after {sum(each.count for each in made)} to after a tenth",
            Spread((made[1].peak_mb / made[0].peak_mb,)),
            at_most=1.2,
            detail=f"{made[0].peak_mb:.0f} MB and {made[1].peak_mb:.0f} MB",
        ),
    ]
