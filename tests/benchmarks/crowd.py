"""G3: eight connections at once, on one fund and on a thousand."""

from contextlib import ExitStack
from typing import Any

from tests.benchmarks.answering import Worker
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, rates, ratios, take_turns

CONNECTIONS = 8
FUNDS = 1000
# The product folds every ten seconds; here it is done much more often, so that each slice
# meets it several times.
FOLD_PAUSE_SECONDS = 0.2


def together(workers: list[Worker], seconds: float, **what: object) -> Slice:
    """All of them at once; what they did together."""
    for worker in workers:
        worker.send("post", seconds=seconds, **what)
    told = [Slice.of(worker.receive()) for worker in workers]
    longest = max(each.seconds for each in told)
    return Slice(sum(each.count for each in told), longest, sum(each.cpu for each in told))


def beside_fold(
    workers: list[Worker], folder: Worker, seconds: float, world: dict[str, Any]
) -> Slice:
    """The same while another connection folds."""
    folder.send("fold_for", seconds=seconds, pause=FOLD_PAUSE_SECONDS)
    found = together(workers, seconds, **world)
    folder.receive()
    return found


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """Ours hot, ours cold, and hordak on one pair of accounts. A deadlock would end the run."""
    ours, theirs = ground.migrated("bench_crowd"), ground.empty("bench_hordak_crowd")
    seconds = 3 * pace.seconds
    with ExitStack() as stack:
        own = [stack.enter_context(ground.own("ledger", ours)) for _ in range(CONNECTIONS)]
        folder = stack.enter_context(ground.own("ledger", ours))
        hordak = [
            stack.enter_context(ground.peer("hordak_ledger", theirs)) for _ in range(CONNECTIONS)
        ]
        world = folder.ask("prepare", funds=FUNDS)
        hordak[0].ask("prepare")
        one = world | {"funds": world["funds"][:1]}
        turns = take_turns(
            {
                "hot": lambda: beside_fold(own, folder, seconds, one),
                "cold": lambda: beside_fold(own, folder, seconds, world),
                "hordak": lambda: together(hordak, seconds),
            },
            max(2, pace.rounds // 2),
        )
        folder.ask("fold")
        agree(ground, ours)
    said = ", ".join(f"{name} {Spread(tuple(rates(turns, name))).text()}/s" for name in turns)
    hot = rates(turns, "hot")
    return [
        Finding(
            "G3",
            f"{CONNECTIONS} connections on one fund while it is folded: ours to hordak",
            ratios(hot, rates(turns, "hordak")),
            at_least=4,
            detail=f"{said}; no error, no deadlock, balances agree",
        ),
        Finding(
            "G3",
            f"{CONNECTIONS} connections: one fund to {FUNDS} funds",
            ratios(hot, rates(turns, "cold")),
            at_least=0.7,
        ),
    ]


def agree(ground: Ground, name: str) -> None:
    """Nothing was lost: balances are the sums of the postings, fund by fund."""
    with ground.superuser(name) as root:
        wrong = root.execute("""
            SELECT count(*) FROM (
                SELECT fund_id, account_id, currency, sum(amount_minor) FROM ledger_posting
                GROUP BY 1, 2, 3
                EXCEPT
                SELECT fund_id, account_id, currency, amount_minor FROM ledger_balance
            ) x
        """).fetchone()
    if wrong is None or wrong[0]:
        raise RuntimeError(f"Balances are not the sums of their postings: {wrong}")
