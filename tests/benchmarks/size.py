"""G4, G5: the same balance and the same posting at a thousand and at a million legs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.answering import Worker
from tests.benchmarks.crowd import agree
from tests.benchmarks.ground import Ground, with_server
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, cpus, rates, ratios, take_turns

FEW = 1000
FILL = """
SET session_replication_role = replica;
INSERT INTO ledger_entry (entity_id, key, reason, cause, actor, happened_on, booked_at)
SELECT {entity}, 'gift:old-' || n || ':settle', 'gift', 'gift:old-' || n, 'stripe',
       date '2020-01-01' + n % 2000, timestamptz '2020-01-01T12:00Z' + n * interval '1 minute'
FROM generate_series(1, {entries}) n;
INSERT INTO ledger_posting (entry_id, account_id, fund_id, currency, amount_minor)
SELECT e.id, v.account, {fund}, 'EUR', v.sign * (100 + e.id % 9000)
FROM ledger_entry e, (VALUES ('{clearing}', 1), ('gifts', -1)) v (account, sign) ORDER BY e.id;
INSERT INTO ledger_balancedelta (account_id, fund_id, currency, amount_minor)
SELECT account_id, fund_id, currency, amount_minor FROM ledger_posting;
"""
# Hordak's account gets as many legs as the fund, each in a transfer of its own, as in life.
FILL_HORDAK = """
SET session_replication_role = replica;
INSERT INTO hordak_transaction (uuid, timestamp, date, description)
SELECT gen_random_uuid(), timestamptz '2020-01-01T12:00Z' + n * interval '1 minute',
       date '2020-01-01' + n % 2000, ''
FROM generate_series(1, {legs}) n;
INSERT INTO hordak_leg (uuid, transaction_id, account_id, debit, credit, currency, description)
SELECT gen_random_uuid(), t.id, a.id, CASE a.code WHEN '1' THEN 25 END,
       CASE a.code WHEN '2' THEN 25 END, 'EUR', ''
FROM hordak_transaction t, hordak_account a ORDER BY t.id;
"""


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger of some size, its worker, and the numbers of the processes that serve it."""

    worker: Worker
    world: dict[str, Any]
    backend: int

    def available(self, seconds: float) -> Slice:
        """Read what the fund can promise."""
        fund = self.world["funds"][0]
        return Slice.of(self.worker.ask("available", seconds=seconds, fund=fund))

    def post(self, seconds: float) -> Slice:
        """Post, with the server's CPU time added to the client's."""
        self.worker.ask("fold")
        return with_server(
            self.backend, lambda: self.worker.ask("post", seconds=seconds, **self.world)
        )


def filled(ground: Ground, worker: Worker, name: str, legs: int) -> Book:
    """A ledger whose one fund has so many legs, folded, as the years would have left it."""
    world = worker.ask("prepare", funds=1)
    facts = {"entity": world["entity"], "clearing": world["clearing"], "fund": world["funds"][0]}
    with ground.superuser(name) as root:
        root.execute(FILL.format(entries=legs // 2, **facts))
        worker.ask("fold", limit=legs)
        root.execute("VACUUM ANALYZE")
    agree(ground, name)
    return Book(worker, world, worker.ask("backend"))


def fill_hordak(ground: Ground, name: str, legs: int) -> None:
    """As many legs on hordak's account."""
    with ground.superuser(name) as root:
        root.execute(FILL_HORDAK.format(legs=legs))
        root.execute("VACUUM ANALYZE")


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """A small and a large ledger of ours in turns, and hordak's account of the same size."""
    small, large = ground.migrated("bench_few"), ground.migrated("bench_many")
    theirs = ground.empty("bench_hordak_many")
    with (
        ground.own("ledger", small) as few,
        ground.own("ledger", large) as many,
        ground.peer("hordak_ledger", theirs) as hordak,
    ):
        hordak.ask("prepare")
        books = {
            "few": filled(ground, few, small, FEW),
            "many": filled(ground, many, large, pace.legs),
        }
        fill_hordak(ground, theirs, pace.legs)

        def side(deed: Callable[[Book, float], Slice], name: str) -> Callable[[], Slice]:
            return lambda: deed(books[name], pace.seconds)

        reading = take_turns(
            {name: side(Book.available, name) for name in books}
            | {"hordak": lambda: Slice.of(hordak.ask("balance", seconds=pace.seconds))},
            pace.rounds,
        )
        writing = take_turns({name: side(Book.post, name) for name in books}, pace.rounds)
    return [*_on_reading(reading, pace), *_on_writing(writing, pace)]


def _on_reading(turns: dict[str, list[Slice]], pace: Pace) -> list[Finding]:
    each = {name: [1 / rate for rate in rates(turns, name)] for name in turns}
    said = ", ".join(f"{name} {Spread(tuple(each[name])).text(1e3)} ms" for name in turns)
    return [
        Finding(
            "G4",
            f"What a fund can promise, at {pace.legs:,} legs to {FEW:,}: time",
            ratios(each["many"], each["few"]),
            at_most=1.2,
            detail=said,
        ),
        Finding(
            "G4",
            f"the same at {pace.legs:,} legs: hordak's get_balance to ours",
            ratios(each["hordak"], each["many"]),
            at_least=500,
        ),
    ]


def _on_writing(turns: dict[str, list[Slice]], pace: Pace) -> list[Finding]:
    many, few = cpus(turns, "many"), cpus(turns, "few")
    said = ", ".join(f"{name} {Spread(tuple(cpus(turns, name))).text(1e6)} us" for name in turns)
    return [
        Finding(
            "G5",
            f"CPU of client and server for a posting, at {pace.legs:,} legs to {FEW:,}",
            ratios(many, few),
            at_most=1.2,
            detail=said,
        )
    ]
