"""Goal: it is known of every round when it last came to its end, and what waits for it."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donors.models import Gift
from funding import clock, jobs
from funding.alerts import rounds
from funding.alerts.models import Round
from tests import make
from tests.clocks import clock_at
from tests.ledger.racing import together

__all__ = ["clock_at"]

Clock = Callable[[dt.datetime], None]
NOON = dt.datetime(2027, 3, 4, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def nothing_registered() -> Iterator[None]:
    """No rounds but those of the test."""
    kept = [(table, dict(table)) for table in (jobs.SWEEPS, jobs.NIGHTLY, jobs.WAITING)]
    for table, _rows in kept:
        table.clear()
    yield
    for table, rows in kept:
        table.clear()
        table.update(rows)  # type: ignore[arg-type]


class Broken(RuntimeError):
    """What breaks a round; its words name somebody."""


def breaks() -> int:
    raise Broken("alice@donor.example")


@pytest.mark.usefixtures("nothing_registered")
@pytest.mark.django_db
class TestSweeps:
    def test_a_round_that_breaks_off_says_since_when_and_with_what_but_not_whose(self) -> None:
        jobs.register_sweep("breaks", breaks)
        jobs.sweep_once()
        first = Round.objects.get()
        jobs.sweep_once()
        row = Round.objects.get()
        assert row.succeeded_at is None
        assert (row.error, row.failing_since) == ("Broken", first.failing_since)

    def test_a_good_end_forgets_the_failures(self) -> None:
        rounds.failed("mail", Broken("x"))
        rounds.look({"mail"}, set())
        rounds.succeeded("mail")
        row = Round.objects.get()
        assert (row.failing_since, row.error, row.missed) == (None, "", 0)
        assert row.succeeded_at is not None

    def test_looks_are_counted_until_the_round_ends_well(self) -> None:
        for number in (1, 2, 3):
            assert rounds.look({"mail"}, {"mail"})["mail"].missed == number
        assert rounds.look({"mail"}, set())["mail"].late == 0
        rounds.succeeded("mail")
        assert rounds.look({"mail"}, set())["mail"].missed == 1


@pytest.mark.usefixtures("nothing_registered")
@pytest.mark.django_db
class TestNights:
    def test_once_in_a_night_and_again_in_the_next(self, clock_at: Clock) -> None:
        done: list[int] = []
        jobs.register_nightly("verify", lambda: done.append(1))
        clock_at(NOON)
        assert jobs.nightly_once() == 1, "on the first day at once"
        assert jobs.nightly_once() == 0
        clock_at(NOON.replace(day=5, hour=1))
        assert jobs.nightly_once() == 0, "the night has not begun"
        clock_at(NOON.replace(day=5, hour=2, minute=1))
        assert jobs.nightly_once() == 1
        assert len(done) == 2

    def test_what_breaks_off_is_tried_again_and_starves_no_other(self) -> None:
        done: list[int] = []
        jobs.register_nightly("breaks", breaks)
        jobs.register_nightly("works", lambda: done.append(1))
        assert jobs.nightly_once() == 1
        assert jobs.nightly_once() == 0
        assert done == [1]
        assert Round.objects.get(name="breaks").error == "Broken"

    def test_a_name_is_given_once(self) -> None:
        jobs.register_sweep("mail", lambda: 0)
        with pytest.raises(ValueError, match="mail"):
            jobs.register_nightly("mail", lambda: 0)


@pytest.mark.usefixtures("nothing_registered")
def test_two_workers_share_no_night(committed: None) -> None:
    import time

    done: list[int] = []

    def slow() -> None:
        done.append(1)
        time.sleep(0.5)

    jobs.register_nightly("verify", slow)
    assert sorted(together(3, lambda _number: jobs.nightly_once()), key=str) == [0, 0, 1]
    assert done == [1]


@pytest.mark.django_db
def test_the_oldest_due_row_of_each_sweep_takes_one_query() -> None:
    gift = make.gift(make.fund(make.entity()))
    old = clock.now() - dt.timedelta(hours=1)
    Gift.objects.filter(pk=gift.pk).update(due_at=old)
    make.gift(gift.lines.get().fund)
    with CaptureQueriesContext(connection) as asked:
        found = jobs.backlogs()
    assert len(asked) == 1
    assert found["gifts"].oldest == old
    assert found["gifts"].count == 1, "what is not due yet does not wait"
    assert (found["mail"].count, found["mail"].oldest) == (0, None)
    assert {"mail", "documents", "inbox", "gifts", "refunds", "receipts"} <= set(found)
