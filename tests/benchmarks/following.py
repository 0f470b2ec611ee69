"""G10: one donor follows the money, in a fund of few gifts and in a fund of very many."""

from collections.abc import Callable

from tests.benchmarks.answering import Worker
from tests.benchmarks.filling import fill
from tests.benchmarks.ground import Ground, with_server
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, cpus, rates, ratios, take_turns

OWN = 24
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.plain", "LOG_LEVEL": "WARNING"}


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """The same donor with the same gifts in both; the time of the page, and its CPU."""
    few, many = ground.migrated("bench_follow_few"), ground.migrated("bench_follow_many")
    with (
        ground.own("following", few, **SETTINGS) as small,
        ground.own("following", many, **SETTINGS) as large,
    ):
        sides = {
            "few": opener(ground, small, few, pace.gifts // 100, pace.seconds),
            "many": opener(ground, large, many, pace.gifts, pace.seconds),
        }
        queries = {len({small.ask("look", gifts=OWN + 1), large.ask("look", gifts=OWN + 1)})}
        turns = take_turns(sides, pace.rounds)
    each = {name: [1 / rate for rate in rates(turns, name)] for name in turns}
    said = ", ".join(f"{name} {Spread(tuple(each[name])).text(1e3)} ms" for name in turns)
    return [
        Finding(
            "G10",
            f"A donor of {OWN + 1} gifts follows the money: time of the page in a fund of"
            f" {pace.gifts:,} gifts to one of {pace.gifts // 100:,}",
            ratios(each["many"], each["few"]),
            at_most=2,
            detail=f"{said}; {'the same' if queries == {1} else 'NOT the same'} queries",
        ),
        Finding(
            "-",
            "the same by the CPU time of client and server",
            ratios(cpus(turns, "many"), cpus(turns, "few")),
        ),
    ]


def opener(
    ground: Ground, worker: Worker, name: str, gifts: int, seconds: float
) -> Callable[[], Slice]:
    """What opens the page for so long, in a fund that was filled."""
    world = worker.ask("prepare")
    with ground.superuser(name) as root:
        fill(root, world, gifts=gifts, own=OWN)
    backend = world["backend"]
    return lambda: with_server(backend, lambda: worker.ask("open_page", seconds=seconds))
