"""Goal: what stands still and what went wrong says so by itself, and says when it is over."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from donors.models import Gift
from funding import clock, jobs
from funding.alerts import alarms, rounds
from funding.alerts.models import Alert
from funding.gateway.models import Event, EventState
from funding.ledger import balances
from funding.ledger.models import BalanceDelta
from funding.money import Money
from funding.site import health, tasks, watching
from funding.users.models import Role
from tests import make
from tests.conftest import superuser_connection
from tests.ledger import making
from tests.people import make_person, sign_in


def opened(kind: str) -> dict[str, str]:
    rows = alarms.opened().filter(kind=kind)
    return dict(rows.values_list("subject", "sentence"))


def looks(times: int) -> None:
    for _ in range(times):
        watching.look()


def all_rounds_end_well() -> None:
    for name in [*jobs.SWEEPS, *jobs.NIGHTLY]:
        rounds.succeeded(name)


@pytest.mark.django_db
class TestStandingStill:
    def test_a_round_that_no_longer_ends_well_is_said_and_the_end_of_it(self) -> None:
        for _ in range(watching.SWEEP_MISSES - 1):
            watching.look()
        assert opened("sweep_stands") == {}
        for name in set(jobs.SWEEPS) - {"mail"}:
            rounds.succeeded(name)
        watching.look()
        found = opened("sweep_stands")
        assert set(found) == {"sweep:mail"}
        assert found["sweep:mail"] == "The round “mail” has never come to its end."
        rounds.failed("mail", OSError("no route to alice@donor.example"))
        watching.look()
        assert opened("sweep_stands")["sweep:mail"].endswith("breaks off each time: OSError.")
        rounds.succeeded("mail")
        watching.look()
        assert opened("sweep_stands") == {}
        assert Alert.objects.get().closed_why == "The round has come to its end again."

    def test_the_night_may_take_a_day_and_a_half(self) -> None:
        all_rounds_end_well()
        rounds.look({"verify"}, set())
        assert opened("sweep_stands") == {}

    def test_old_work_is_said_only_when_it_stays_old(self) -> None:
        gift = make.gift(make.fund(make.entity()))
        old = clock.now() - watching.OLD - dt.timedelta(minutes=1)
        Gift.objects.filter(pk=gift.pk).update(due_at=old)
        looks(watching.LATE_LOOKS - 1)
        assert opened("queue_stands") == {}
        looks(1)
        assert set(opened("queue_stands")) == {"queue:gifts"}
        Gift.objects.filter(pk=gift.pk).update(due_at=clock.now())
        looks(1)
        assert opened("queue_stands") == {}

    def test_one_moment_of_old_work_as_after_a_jump_of_the_clock_is_nothing(self) -> None:
        gift = make.gift(make.fund(make.entity()))
        old = clock.now() - dt.timedelta(days=1)
        for _ in range(5):
            Gift.objects.filter(pk=gift.pk).update(due_at=old)
            looks(2)
            Gift.objects.filter(pk=gift.pk).update(due_at=clock.now())
            looks(1)
        assert not Alert.objects.filter(kind="queue_stands").exists()

    def test_a_queue_out_of_reach_is_said(self, settings: Settings) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        looks(watching.LATE_LOOKS)
        assert set(opened("queue_stands")) == {"queue:bells"}

    def test_a_long_tail_is_said(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_balancedelta (fund_id, account_id, currency, amount_minor)"
                " SELECT 1, 'gifts', 'EUR', 0 FROM generate_series(0, %s)",
                [health.LONGEST_TAIL],
            )
        looks(watching.LATE_LOOKS)
        assert "queue:tail" in opened("queue_stands")
        BalanceDelta.objects.all().delete()
        looks(1)
        assert opened("queue_stands") == {}


@pytest.mark.django_db
def test_a_fund_under_zero_is_said_until_it_is_filled() -> None:
    at = making.world()
    making.give(at, at.snow, 1000, key="gift:1:settle")
    assert watching.sweep() == 0
    making.give(at, at.snow, -1500, key="gift:1:refund")
    assert watching.sweep() == 1
    assert opened("fund_under_zero") == {
        f"fund:{at.snow.pk}": f"{at.snow.name} is overdrawn by {Money(500, 'EUR').text()}."
        " It promises nothing more until it is filled."
    }
    assert watching.sweep() == 0, "the same is nothing new"
    making.give(at, at.snow, 600, key="gift:2:settle")
    assert watching.sweep() == 1
    assert Alert.objects.get().closed_why == "The fund is no longer under zero."


@pytest.mark.django_db
def test_work_that_is_stuck_is_said_once_for_its_kind() -> None:
    now = clock.now()
    for number in (1, 2):
        Event.objects.create(
            stripe_id=f"evt_{number}",
            kind="charge.updated",
            payload={},
            received_at=now,
            due_at=now,
            handled_at=now,
            state=EventState.GIVEN_UP,
        )
    assert watching.sweep() == 1
    found = opened("work_stuck")
    assert found == {"stuck:events": "Messages from Stripe that cannot be followed: 2."}
    Event.objects.update(state=EventState.LET_GO)
    assert watching.sweep() == 1
    assert opened("work_stuck") == {}


def test_books_that_differ_are_said_by_invariant_until_they_agree(committed: None) -> None:
    at = making.world()
    making.give(at, at.snow, 1000, key="gift:1:settle")
    balances.fold()
    watching.verify_books()
    assert opened("books_differ") == {}
    with superuser_connection() as root:
        root.execute("UPDATE ledger_balance SET amount_minor = amount_minor + 1")
    tasks.nightly()
    found = opened("books_differ")
    assert "verify:balances_agree_with_postings" in found
    assert "ledger verify" in found["verify:balances_agree_with_postings"]
    with superuser_connection() as root:
        root.execute("UPDATE ledger_balance SET amount_minor = amount_minor - 1")
    watching.verify_books()
    assert opened("books_differ") == {}


@pytest.mark.django_db
class TestTheHealthPage:
    @pytest.fixture
    def keeper(self) -> Client:
        client = Client()
        sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
        cache.clear()
        return client

    def test_it_shows_every_round_and_what_is_due(self, keeper: Client) -> None:
        gift = make.gift(make.fund(make.entity()))
        Gift.objects.filter(pk=gift.pk).update(due_at=clock.now() - dt.timedelta(hours=2))
        all_rounds_end_well()
        rounds.failed("mail", OSError("x"))
        page = keeper.get("/treasurer/health/").content.decode()
        for name in [*jobs.SWEEPS, *jobs.NIGHTLY]:
            assert name in page
        assert "breaks off: OSError" in page
        assert "old work waits" in page
        assert "none yet" in page
        assert "not well" in page, "no worker has shown itself"

    def test_it_tells_when_stripe_last_spoke(self, keeper: Client) -> None:
        now = clock.now()
        Event.objects.create(
            stripe_id="evt_1", kind="ping", payload={}, received_at=now, due_at=now
        )
        page = keeper.get("/treasurer/health/").content.decode()
        assert "none yet" not in page
