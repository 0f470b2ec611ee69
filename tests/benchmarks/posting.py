"""G1, G2: posting an entry of two legs, each committed, over one durable connection."""

from tests.benchmarks import pgbench
from tests.benchmarks.ground import Ground, with_server
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, cpus, rates, ratios, take_turns


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """Ours against hordak's `transfer_to` and against plain tables."""
    ours, theirs = ground.migrated("bench_posting"), ground.empty("bench_hordak")
    plain = pgbench.Pgbench(ground, "bench_plain")
    with ground.own("ledger", ours) as own, ground.peer("hordak_ledger", theirs) as hordak:
        world = own.ask("prepare", funds=1)
        hordak.ask("prepare")
        ours_pid, theirs_pid = own.ask("backend"), hordak.ask("backend")

        def post() -> Slice:
            own.ask("fold")
            return with_server(ours_pid, lambda: own.ask("post", seconds=pace.seconds, **world))

        def transfer() -> Slice:
            return with_server(theirs_pid, lambda: hordak.ask("post", seconds=pace.seconds))

        turns = take_turns(
            {
                "ours": post,
                "hordak": transfer,
                "four": lambda: plain.slice(pgbench.FOUR_STEPS, pace.seconds),
                "one": lambda: plain.slice(pgbench.ONE_STEP, pace.seconds),
            },
            pace.rounds,
        )
    return _told(turns)


def _told(turns: dict[str, list[Slice]]) -> list[Finding]:
    own_rate = rates(turns, "ours")
    said = ", ".join(f"{name} {Spread(tuple(rates(turns, name))).text()}/s" for name in turns)
    burnt = {name: cpus(turns, name) for name in ("ours", "hordak")}
    cpu = ", ".join(f"{name} {Spread(tuple(burnt[name])).text(1e6)} us" for name in burnt)
    return [
        Finding(
            "G1",
            "Posting a gift: ours to hordak's transfer_to",
            ratios(own_rate, rates(turns, "hordak")),
            at_least=3,
            detail=said,
        ),
        Finding(
            "-",
            "the same by the CPU time of client and server",
            ratios(burnt["hordak"], burnt["ours"]),
            detail=cpu,
        ),
        Finding(
            "G2",
            "Posting a gift: ours to pgbench's plain begin, entry, 2 postings, commit",
            ratios(own_rate, rates(turns, "four")),
            at_least=0.5,
        ),
        Finding(
            "-",
            "the same in one plain statement without a transaction around it",
            ratios(own_rate, rates(turns, "one")),
        ),
    ]
