"""Tracing at once, tracing killed and tracing again: every entry is traced once, and the same.

Each race has its control, which shows what the guard keeps away.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from funding.ledger import trace
from funding.ledger.models import Demand, Entry, Fund, Gap, Lot, Segment, Traced
from funding.ledger.verify import verify
from tests.conftest import as_root, superuser_connection
from tests.ledger import making
from tests.ledger.racing import together
from tests.ledger.test_trace_histories import History
from tests.ledger.tracing import Books

pytestmark = pytest.mark.usefixtures("committed")

# Whoever waits longer than this for one step has failed.
PATIENCE_SECONDS = 60


@pytest.fixture
def books(committed: None) -> Books:
    return Books(making.world())


@pytest.fixture
def snow(books: Books) -> Fund:
    return books.world.snow


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run these together; each result, or what it raised."""
    return together(len(deeds), lambda number: deeds[number]())


def passed(event: threading.Event) -> None:
    """Go on when the other one is so far."""
    assert event.wait(PATIENCE_SECONDS)


def pid() -> int:
    """The server's process behind this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def until(root: "psycopg.Connection[Any]", question: str, *values: object) -> None:
    """Ask until the answer is yes."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        root.execute("SELECT pg_stat_clear_snapshot()")  # It is a transaction's for its whole life.
        if (root.execute(question, values).fetchone() or [False])[0]:
            return
    raise AssertionError(question)


WAITS = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
GONE = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"


def kill(root: "psycopg.Connection[Any]", victim: int) -> None:
    """The server drops a connection in the middle of what it does."""
    root.execute("SELECT pg_terminate_backend(%s)", [victim])
    until(root, GONE, victim)


def waiting() -> int:
    """How many entries wait to be traced."""
    return Traced.objects.filter(place=None).count()


def order() -> list[int]:
    """The entries in the order in which they were traced."""
    rows = Traced.objects.exclude(place=None).order_by("place")
    return list(rows.values_list("entry_id", flat=True))


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """All that tracing has written, without the numbers of the rows."""
    demand = ("fund", "kind", "cause", "entry", "amount_minor", "filled_minor", "waiting_minor")
    found = {
        "lots": Lot.objects.values_list(
            "fund", "start", "stop", "cause", "entry", "origin_fund", "origin_start"
        ),
        "demands": Demand.objects.values_list(*demand, "returned_minor", "target", "instead_of"),
        "segments": Segment.objects.values_list(
            "fund", "start", "stop", "offset", "entry", "demand__entry", "demand__cause"
        ),
        "gaps": Gap.objects.values_list("fund", "start", "stop", "is_spent", "entry"),
        "places": Traced.objects.values_list("entry", "place"),
    }
    return {name: sorted(each, key=repr) for name, each in found.items()}


def is_true() -> bool:
    """Whether every invariant holds, those of tracing among them."""
    return [each for each in verify() if not each.is_notice] == []


def forget() -> None:
    """Nothing was ever traced, and nothing waits for it."""
    for table in ("segment", "demand", "lot", "gap", "traced"):
        as_root(f"DELETE FROM ledger_{table}")


@contextmanager
def unlocked() -> Iterator[str]:
    """For control experiments: a search path on which the lock of tracing is always free."""
    with superuser_connection() as root:
        root.execute(
            "CREATE SCHEMA unlocked; GRANT USAGE ON SCHEMA unlocked TO PUBLIC;"
            "CREATE FUNCTION unlocked.pg_try_advisory_xact_lock(bigint) RETURNS boolean"
            " LANGUAGE sql AS 'SELECT true'"
        )
        try:
            yield "SET search_path = unlocked, pg_catalog, public"
        finally:
            root.execute("DROP SCHEMA unlocked CASCADE")


class Relay:
    """What threads tell each other: that they are so far, and which connection is theirs."""

    def __init__(self) -> None:
        self.traced = threading.Event()
        self.done = threading.Event()
        self.pids: queue.Queue[int] = queue.Queue()

    def sweep_and_hold(self) -> int:
        """Trace, and commit only when the others are done."""
        with transaction.atomic():
            count = trace.sweep()
            self.traced.set()
            passed(self.done)
        return count

    def sweep(self) -> int:
        """Trace, once it is known whose connection it is."""
        self.pids.put(pid())
        return trace.sweep()

    def pid(self) -> int:
        """The connection of the one that sweeps."""
        return self.pids.get(timeout=PATIENCE_SECONDS)


def test_a_second_sweep_leaves_the_first_what_it_traces(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    books.award("award:1", (snow, 60))
    relay = Relay()

    def second() -> int:
        passed(relay.traced)
        try:
            return trace.sweep()
        finally:
            relay.done.set()

    assert at_once(relay.sweep_and_hold, second) == [3, 0]
    assert order() == sorted(Entry.objects.values_list("pk", flat=True))
    assert trace.sweep() == 0
    assert is_true()


def test_control_without_the_lock_both_trace_it_and_the_database_refuses_one(
    books: Books, snow: Fund
) -> None:
    books.gift("gift:1", (snow, 100))
    relay = Relay()

    def second() -> int:
        passed(relay.traced)
        with connection.cursor() as cursor:
            cursor.execute(path)
        return relay.sweep()

    def referee() -> None:
        with superuser_connection() as root:
            until(root, WAITS, relay.pid())
        relay.done.set()

    with unlocked() as path:
        count, refusal, _ = at_once(relay.sweep_and_hold, second, referee)
    assert count == 2
    assert isinstance(refusal, IntegrityError)
    assert "lot_begins_once" in str(refusal)
    assert is_true()


def test_what_is_posted_while_tracing_waits_for_nobody_and_is_traced_next(
    books: Books, snow: Fund
) -> None:
    books.gift("gift:1", (snow, 100))
    books.award("award:1", (snow, 60))
    relay = Relay()

    def post() -> None:
        passed(relay.traced)
        books.gift("gift:2", (snow, 50))
        books.award("award:2", (snow, 70))
        relay.done.set()

    assert at_once(relay.sweep_and_hold, post) == [3, None]
    assert waiting() == 3
    assert trace.sweep() == 3
    assert is_true()


def test_control_a_post_would_wait_if_tracing_locked_its_funds(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    relay = Relay()

    def trace_with_locks() -> int:
        with transaction.atomic():
            Fund.objects.select_for_update().get(pk=snow.pk)
            return relay.sweep_and_hold()

    def post() -> None:
        passed(relay.traced)
        relay.pids.put(pid())
        books.award("award:1", (snow, 60))

    def referee() -> None:
        with superuser_connection() as root:
            until(root, WAITS, relay.pid())
        relay.done.set()

    assert at_once(trace_with_locks, post, referee) == [2, None, None]


def test_what_is_committed_late_under_a_low_number_is_not_passed_over(
    books: Books, snow: Fund
) -> None:
    written, traced = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            books.gift("gift:1", (snow, 100))
            written.set()
            passed(traced)

    def early() -> int:
        passed(written)
        books.gift("gift:2", (snow, 100))
        count = trace.sweep()
        traced.set()
        return count

    assert at_once(late, early) == [None, 2]
    # The control: whoever looks for what comes after the last one traced finds nothing.
    assert not Entry.objects.filter(pk__gt=max(order())).exists()
    assert waiting() == 2
    assert trace.sweep() == 2
    causes = Lot.objects.order_by("start").values_list("cause", flat=True)
    assert list(causes) == ["gift:2", "gift:1"]
    before, places = rows(), order()
    assert places != sorted(places)
    forget()
    for entry_id in places:
        Traced.objects.create(entry_id=entry_id)
        assert trace.sweep() == 1
    assert rows() == before, "in the order of places it comes out the same"


SWEEPERS, WRITERS, ROUNDS = 3, 3, 12


def test_sweeps_and_posts_all_at_once_trace_each_entry_once(books: Books) -> None:
    funds = [books.world.general, books.world.snow]
    finished: list[int] = []

    def write(number: int) -> int:
        try:
            for count in range(ROUNDS):
                fund = funds[count % 2]
                books.gift(f"gift:{number}-{count}", (fund, 100))
                books.award(f"award:{number}-{count}", (fund, 60))
        finally:
            finished.append(number)
        return 0

    def sweep(number: int) -> int:
        done = 0
        while len(finished) < WRITERS or waiting():
            done += trace.sweep(limit=number)
        return done

    def take_part(number: int) -> int:
        return write(number) if number < WRITERS else sweep(number)

    outcomes = together(WRITERS + SWEEPERS, take_part)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert (
        sum(each for each in outcomes if isinstance(each, int))
        == Entry.objects.count()
        == WRITERS * ROUNDS * 3
    )
    assert len(order()) == len(set(order())) == WRITERS * ROUNDS * 3
    assert is_true()


def two_funds(books: Books) -> None:
    """A gift to two funds, and an award that draws on both."""
    books.gift("gift:1", (books.world.general, 100), (books.world.snow, 100))
    books.award("award:1", (books.world.general, 60), (books.world.snow, 60))


def assert_nothing_happened_and_it_is_taken_up_again() -> None:
    written = rows()
    assert {name for name, each in written.items() if each} == {"places"}
    assert waiting() == 3
    assert trace.sweep() == 3
    assert Segment.objects.count() == 2
    assert is_true()


def test_killed_between_two_funds_it_has_done_nothing(books: Books) -> None:
    two_funds(books)
    relay = Relay()

    def killer() -> int:
        counted = "SELECT last_value - (NOT is_called)::int FROM ledger_demand_id_seq"
        with superuser_connection() as root, root.transaction(force_rollback=True):
            root.execute("SET LOCAL session_replication_role = replica")
            before = root.execute(counted).fetchone()
            # Somebody is about to take the second fund's first penny: there the sweep stops.
            root.execute(
                'INSERT INTO ledger_segment (fund_id, start, stop, demand_id, "offset", entry_id)'
                " VALUES (%s, 0, 1, 0, 0, 0)",
                [books.world.snow.pk],
            )
            ready.set()
            victim = relay.pid()
            until(root, WAITS, victim)
            after = root.execute(counted).fetchone()
            kill(root, victim)
        assert before
        assert after
        return int(after[0] - before[0])

    ready = threading.Event()

    def sweep() -> int:
        passed(ready)
        return relay.sweep()

    refusal, demands = at_once(sweep, killer)
    assert isinstance(refusal, OperationalError)
    assert demands == 2, "it was at the second fund"
    assert_nothing_happened_and_it_is_taken_up_again()


def test_killed_before_its_commit_it_has_done_nothing(books: Books) -> None:
    two_funds(books)
    relay = Relay()

    def sweep() -> int:
        relay.pids.put(pid())
        return relay.sweep_and_hold()

    def killer() -> None:
        passed(relay.traced)
        with superuser_connection() as root:
            kill(root, relay.pid())
        relay.done.set()

    refusal, killed = at_once(sweep, killer)
    assert isinstance(refusal, OperationalError)
    assert killed is None
    assert_nothing_happened_and_it_is_taken_up_again()


@pytest.mark.parametrize("seed", [200, 201, 202])
def test_traced_again_from_nothing_it_comes_out_the_same(committed: None, seed: int) -> None:
    history = History(seed)
    for _step in range(45):
        history.step()
        trace.sweep(limit=history.dice.choice([1, 2, 3]))
    while trace.sweep(limit=history.dice.choice([1, 5])):
        pass
    before = rows()
    assert all(before.values())
    forget()
    entries = Entry.objects.order_by("pk").values_list("pk", flat=True)
    Traced.objects.bulk_create(Traced(entry_id=entry_id) for entry_id in entries)
    assert trace.sweep() == len(entries)
    assert rows() == before
    assert is_true()
