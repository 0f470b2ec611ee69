"""G8: taking in a signed event: against only verifying it, and against dj-stripe."""

from tests.benchmarks import events
from tests.benchmarks.ground import APPLICATION, Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, Turns, cpus, rates, ratios, take_turns
from tests.benchmarks.serving import Served

OWN = {
    "STRIPE_WEBHOOK_SECRETS": events.SECRET,
    "STRIPE_SECRET_KEY": "sk_test_for_measuring_only",
}


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """Without a web server beside dj-stripe, then under the web server."""
    name, theirs = ground.migrated("bench_intake"), ground.empty("bench_djstripe")
    with (
        ground.own("intake", name, **OWN) as own,
        ground.peer("djstripe_intake", theirs) as djstripe,
    ):
        version = djstripe.ask("prepare")
        queries = own.ask("queries"), djstripe.ask("queries")
        beside = take_turns(
            {
                "ours": lambda: Slice.of(own.ask("take_in", seconds=pace.seconds)),
                "dj-stripe": lambda: Slice.of(djstripe.ask("take_in", seconds=pace.seconds)),
            },
            pace.rounds,
        )
        taken = own.ask("stored")
        env = ground.environment(APPLICATION, name) | OWN
        with Served(env | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}) as served:
            within = take_turns(
                {
                    "store": lambda: served.post_events("/stripe/webhook/", pace.seconds),
                    "verify": lambda: served.post_events("/bench/verify/", pace.seconds),
                },
                pace.rounds,
            )
        added = own.ask("stored") - taken
    if added < sum(each.count for each in within["store"]):
        raise RuntimeError("Events were answered with 200 and are not in the inbox.")
    return [*_beside(beside, version, queries), *_within(within)]


def _beside(turns: Turns, version: str, queries: tuple[int, int]) -> list[Finding]:
    said = ", ".join(
        f"{name} {Spread(tuple(rates(turns, name))).text()}/s,"
        f" {Spread(tuple(cpus(turns, name))).text(1e3)} ms CPU"
        for name in turns
    )
    return [
        Finding(
            "G8",
            f"Taking an event in: our view to dj-stripe {version}'s",
            ratios(rates(turns, "ours"), rates(turns, "dj-stripe")),
            at_least=16,
            detail=f"{said}; {queries[0]} and {queries[1]} queries",
        ),
        Finding("G8", "queries for an event", Spread((queries[0],)), unit="", at_most=1),
    ]


def _within(turns: Turns) -> list[Finding]:
    said = ", ".join(f"{name} {Spread(tuple(rates(turns, name))).text()}/s" for name in turns)
    return [
        Finding(
            "G8",
            "Over HTTP, 8 connections: verify, store and ring to verify only",
            ratios(rates(turns, "store"), rates(turns, "verify")),
            at_least=0.5,
            detail=said,
        ),
        Finding(
            "-",
            "the same by the web server's CPU for a call",
            ratios(cpus(turns, "verify"), cpus(turns, "store")),
        ),
    ]
