"""G6: gifts from a file, with every guarantee, against a COPY of the same rows without any."""

import time
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.benchmarks.answering import Worker
from tests.benchmarks.ground import Ground, with_server
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, cpus, rates, ratios

# All that an import writes, with what numbers its rows; parents before children.
TABLES: Final = {
    "users_user": "id",
    "account_emailaddress": "id",
    "donors_donor": "id",
    "donors_gift": "id",
    "donors_giftline": "id",
    "ledger_entry": "id",
    "ledger_posting": "id",
    "ledger_balancedelta": "id",
    "ledger_traced": "entry_id",
    "audit_record": "id",
}
Rows = dict[str, bytes]


class Source:
    """Reads what was written since it last looked."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._seen = dict.fromkeys(TABLES, 0)
        self.read()

    def read(self) -> Rows:
        """The new rows of every table, as COPY writes them."""
        found = {}
        for table, key in TABLES.items():
            names = sql.Identifier(key), sql.Identifier(table), sql.Identifier(key)
            new = sql.SQL("SELECT * FROM {1} WHERE {0} > {2} ORDER BY {0}").format(
                names[0], names[1], sql.Literal(self._seen[table])
            )
            with self._connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(new)) as copy:
                found[table] = b"".join(copy)
            last = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(*names[:2])
            row = self._connection.execute(last).fetchone()
            assert row is not None
            self._seen[table] = row[0]
        return found


def copy_in(connection: "psycopg.Connection[Any]", rows: Rows) -> dict[str, float]:
    """Write the rows with COPY, in one transaction."""
    cpu, start = time.process_time(), time.perf_counter()
    with connection.transaction():
        for table, text in rows.items():
            into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
            with connection.cursor().copy(into) as copy:
                copy.write(text)
    return {
        "count": rows["donors_gift"].count(b"\n"),
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
    }


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """The import, then its rows by COPY with and without guards, in turns; and one large file."""
    name = ground.migrated("bench_import")
    with ground.own("importing", name) as own:
        world = own.ask("prepare")
        own.ask("let_go")
        bare, guarded = (
            ground.copied(f"bench_import_{kind}", name) for kind in ("bare", "guarded")
        )
        turns = _turns(ground, own, world, (name, bare, guarded), pace)
        peaks = [
            _peak(ground, own, name, _file(world), gifts)
            for gifts in (pace.imported // 10, pace.imported)
        ]
    return [*_told(turns, pace), _on_memory(peaks, pace)]


def _file(world: dict[str, Any]) -> dict[str, Any]:
    return {key: world[key] for key in ("entity", "place", "fund")}


def _turns(
    ground: Ground, own: Worker, world: dict[str, Any], names: tuple[str, str, str], pace: Pace
) -> dict[str, list[Slice]]:
    given: dict[str, Any] = {}
    with (
        ground.superuser(names[0]) as reader,
        ground.superuser(names[1]) as bare,
        ground.superuser(names[2]) as guarded,
    ):
        bare.execute("SET session_replication_role = replica")
        source = Source(reader)
        backend = own.ask("backend")

        def stage() -> Slice:
            given["batch"] = own.ask("bring", gifts=pace.rows, word="r", **_file(world))
            return with_server(backend, lambda: own.ask("stage", batch=given["batch"]))

        def take_in() -> Slice:
            found = with_server(backend, lambda: own.ask("take_in", batch=given["batch"]))
            given["rows"] = source.read()
            return found

        def copied(into: "psycopg.Connection[Any]") -> Slice:
            return with_server(into.info.backend_pid, lambda: copy_in(into, given["rows"]))

        rounds = max(2, pace.rounds // 3)
        turns: dict[str, list[Slice]] = {"stage": [], "take": [], "guarded": [], "bare": []}
        sides = {
            "stage": stage,
            "take": take_in,
            "guarded": lambda: copied(guarded),
            "bare": lambda: copied(bare),
        }
        # Each needs what the one before it made, so the order stays; the first round warms up.
        for number in range(rounds + 1):
            for side, deed in sides.items():
                found = deed()
                if number:
                    turns[side].append(found)
    return turns


def _peak(ground: Ground, own: Worker, name: str, file: dict[str, Any], gifts: int) -> float:
    """The largest memory of a fresh worker that takes in a file of so many gifts."""
    batch = own.ask("bring", gifts=gifts, word="m", **file)
    with ground.own("importing", name) as fresh:
        fresh.ask("stage", batch=batch)
        told: dict[str, float] = fresh.ask("take_in", batch=batch)
    return told["peak_mb"]


def _told(turns: dict[str, list[Slice]], pace: Pace) -> list[Finding]:
    each = {name: cpus(turns, name) for name in turns}
    whole = [stage + take for stage, take in zip(each["stage"], each["take"], strict=True)]
    said = ", ".join(f"{name} {Spread(tuple(each[name])).text(1e6)} us" for name in each)
    return [
        Finding(
            "G6",
            f"CPU of client and server for a gift from a file, {pace.rows:,} at a time: COPY of the"
            " rows without a guard to our taking-in",
            ratios(each["bare"], each["take"]),
            at_least=0.7,
            detail=said,
        ),
        Finding("-", "the same to staging, checking and taking in", ratios(each["bare"], whole)),
        Finding(
            "G6",
            "the same COPY with every guard of the database to it without",
            ratios(each["bare"], each["guarded"]),
            at_least=0.7,
        ),
        Finding("-", "the same by time", ratios(rates(turns, "guarded"), rates(turns, "bare"))),
    ]


def _on_memory(peaks: list[float], pace: Pace) -> Finding:
    return Finding(
        "G6",
        f"largest memory of a worker that takes in {pace.imported:,} gifts to"
        f" {pace.imported // 10:,}",
        ratios(peaks[1:], peaks[:1]),
        at_most=1.2,
        detail=", ".join(f"{peak:.0f} MB" for peak in peaks),
    )
