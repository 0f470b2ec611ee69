"""What happens at once: each race with a control experiment that shows it without the guard."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from funding import clock
from funding.ledger import balances, book, holds, periods, transfers
from funding.ledger.book import Leg
from funding.ledger.models import Entry, Fund, Period, Posting, Transfer
from funding.ledger.refusals import FundKeepsItsTerms, FundOverdrawn, PeriodClosed, refusing
from funding.ledger.verify import verify
from funding.money import Money
from tests.conftest import superuser_connection
from tests.ledger import making
from tests.ledger.making import World
from tests.ledger.racing import together

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def world(committed: None) -> World:
    return making.world()


@contextmanager
def disarmed(table: str, trigger: str) -> Iterator[None]:
    """For control experiments: a trigger that sleeps."""
    with superuser_connection() as root:
        root.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        try:
            yield
        finally:
            root.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def promise(at: World, fund: Fund, minor: int, key: str, *, pause: float = 0.0) -> None:
    """Hold money without a lock in Python: read, write, be judged, and only then commit."""
    with refusing(), transaction.atomic():
        if balances.available(fund.pk).minor < minor:
            raise FundOverdrawn("Nothing left.", short=Money(1, "EUR"))
        book.post(
            entity_id=at.entity.pk,
            key=f"hold:{key}:place",
            reason="hold",
            cause=f"hold:{key}",
            actor="system",
            happened_on=making.DAY,
            legs=[
                Leg("held", fund.pk, Money(-minor, "EUR")),
                Leg("held_contra", fund.pk, Money(minor, "EUR")),
            ],
        )
        book.settle_constraints()
        time.sleep(pause)


def test_sixteen_holds_of_a_hundred_on_a_thousand(world: World) -> None:
    making.give(world, world.snow, 1000)

    def hold(number: int) -> object:
        return holds.place(
            fund_id=world.snow.pk,
            cause=f"motion:{number}",
            amount=Money(100, "EUR"),
            actor="system",
        )

    outcomes = together(16, hold)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(outcome) for outcome in refused] == [FundOverdrawn] * 6
    assert balances.available(world.snow.pk) == Money(0, "EUR")
    assert verify() == []


def test_the_trigger_alone_grants_no_more_than_there_is(world: World) -> None:
    making.give(world, world.snow, 1000)
    outcomes = together(16, lambda n: promise(world, world.snow, 100, str(n), pause=0.03))
    assert [type(outcome) for outcome in outcomes].count(FundOverdrawn) == 6
    assert balances.available(world.snow.pk) == Money(0, "EUR")


def test_control_without_lock_and_trigger_all_sixteen_pass(world: World) -> None:
    making.give(world, world.snow, 1000)
    with disarmed("ledger_posting", "fund_is_not_overdrawn"):
        outcomes = together(16, lambda n: promise(world, world.snow, 100, str(n), pause=0.2))
    assert outcomes == [None] * 16
    assert balances.available(world.snow.pk) == Money(-600, "EUR")
    assert ("fund_is_not_overdrawn", False) in [(d.invariant, d.is_notice) for d in verify()]


def two_transfers(world: World) -> list[Transfer]:
    """Two proposals, each for all that General has."""
    making.give(world, world.general, 100_000)
    tara = making.person("Tara")
    return [
        transfers.propose(
            source_id=world.general.pk,
            target_id=world.snow.pk,
            place=world.clearing,
            amount=Money(100_000, "EUR"),
            reason="Both want the last thousand.",
            by=tara.pk,
        )
        for _ in range(2)
    ]


def test_two_transfers_of_the_last_thousand(world: World) -> None:
    pair, dan = two_transfers(world), making.person("Dan")
    outcomes = together(2, lambda n: transfers.book(transfer_id=pair[n].pk, by=dan.pk))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [str(error) for error in refused] == [
        "General has €0.00 available, and €1,000.00 is needed."
    ]
    assert balances.available(world.general.pk) == Money(0, "EUR")
    assert balances.available(world.snow.pk) == Money(100_000, "EUR")
    assert verify() == []


def test_control_without_lock_and_trigger_both_transfers_pass(world: World) -> None:
    making.give(world, world.general, 100_000)

    def move(number: int) -> None:
        with transaction.atomic():
            left = balances.available(world.general.pk)
            time.sleep(0.2)
            assert left == Money(100_000, "EUR")
            book.post(
                entity_id=world.entity.pk,
                key=f"transfer:{number}:book",
                reason="transfer",
                cause=f"transfer:{number}",
                actor="system",
                happened_on=making.DAY,
                legs=[
                    Leg("transfers", world.general.pk, left),
                    Leg(world.clearing, world.general.pk, -left),
                    Leg(world.clearing, world.snow.pk, left),
                    Leg("transfers", world.snow.pk, -left),
                ],
            )

    with disarmed("ledger_posting", "fund_is_not_overdrawn"):
        assert together(2, move) == [None, None]
    assert balances.available(world.general.pk) == Money(-100_000, "EUR")


def test_raising_a_reserve_against_a_hold(world: World) -> None:
    making.give(world, world.snow, 1000)

    def lower(number: int) -> None:
        if number % 2:
            promise(world, world.snow, 700, str(number), pause=0.05)
        else:
            with refusing(), transaction.atomic():
                Fund.objects.filter(pk=world.snow.pk).update(reserve_minor=700)

    outcomes = together(2, lower)
    assert [type(outcome) for outcome in outcomes].count(FundOverdrawn) == 1
    assert balances.available(world.snow.pk) == Money(300, "EUR")


def test_the_same_key_from_eight_threads_is_one_entry(world: World) -> None:
    outcomes = together(8, lambda _: making.give(world, world.snow, 500, key="gift:77:settle"))
    # Each thread named a cause of its own, so that seven of them found other content.
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert (kinds.count("int"), kinds.count("EntryConflict")) == (1, 7)
    assert Entry.objects.count() == 1


def test_the_same_news_from_eight_threads_is_one_entry_and_one_answer(world: World) -> None:
    def settle(_: int) -> int:
        with transaction.atomic():
            written = book.post(
                entity_id=world.entity.pk,
                key="gift:77:settle",
                reason="gift",
                cause="gift:77",
                actor="stripe",
                happened_on=making.DAY,
                legs=[
                    Leg(world.clearing, world.snow.pk, Money(500, "EUR")),
                    Leg("gifts", world.snow.pk, Money(-500, "EUR")),
                ],
            )
            time.sleep(0.02)
        return written

    outcomes = together(8, settle)
    assert len(set(outcomes)) == 1
    assert [Entry.objects.count(), Posting.objects.count()] == [1, 2]
    assert balances.available(world.snow.pk) == Money(500, "EUR")


def march_of(world: World) -> Period:
    """A period that is still open, around the day of all gifts here."""
    return periods.open_period(
        entity_id=world.entity.pk,
        name="March",
        starts_on=dt.date(2026, 3, 1),
        ends_on=dt.date(2026, 3, 31),
        actor="user:1",
    )


def test_closing_a_period_waits_for_a_posting_in_hand(world: World) -> None:
    march, posted = march_of(world), threading.Event()

    def take_part(number: int) -> float:
        if number == 0:
            with transaction.atomic():
                making.give(world, world.snow, 100)
                posted.set()
                time.sleep(0.3)
            return 0.0
        posted.wait(5)
        begun = time.monotonic()
        periods.close(period_id=march.pk, actor="user:1")
        return time.monotonic() - begun

    _, waited = together(2, take_part)
    assert isinstance(waited, float)
    assert waited > 0.15
    assert balances.available(world.snow.pk) == Money(100, "EUR")
    assert verify() == []


def test_a_posting_waits_for_a_closing_in_hand_and_is_refused(world: World) -> None:
    march, closing = march_of(world), threading.Event()

    def take_part(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                periods.close(period_id=march.pk, actor="user:1")
                closing.set()
                time.sleep(0.2)
            return None
        closing.wait(5)
        return making.give(world, world.snow, 100)

    done, late = together(2, take_part)
    assert done is None
    assert isinstance(late, PeriodClosed)
    assert Entry.objects.count() == 0


def close_with_bare_sql(world: World) -> list[object]:
    """A closing that takes no lock of its own, still open while a gift is booked."""
    march, closing = march_of(world), threading.Event()

    def take_part(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                Period.objects.filter(pk=march.pk).update(closed_at=clock.now(), closed_by="user:1")
                closing.set()
                time.sleep(0.2)
            return None
        closing.wait(5)
        return making.give(world, world.snow, 100)

    return together(2, take_part)


def test_the_trigger_alone_keeps_a_posting_out_of_the_closed_period(world: World) -> None:
    done, late = close_with_bare_sql(world)
    assert done is None
    assert isinstance(late, PeriodClosed)
    assert verify() == []


def test_control_without_the_lock_a_posting_slips_into_the_closed_period(world: World) -> None:
    with disarmed("ledger_period", "period_waits_for_postings"):
        done, late = close_with_bare_sql(world)
    assert done is None
    assert isinstance(late, int)
    assert [difference.invariant for difference in verify()] == ["period_is_open"]


def test_the_journal_is_written_inside_a_transaction_only(world: World) -> None:
    with pytest.raises(TransactionManagementError):
        book.post(
            entity_id=world.entity.pk,
            key="gift:1:settle",
            reason="gift",
            cause="gift:1",
            actor="stripe",
            happened_on=making.DAY,
            legs=[
                Leg(world.clearing, world.snow.pk, Money(500, "EUR")),
                Leg("gifts", world.snow.pk, Money(-500, "EUR")),
            ],
        )


def test_transfers_in_opposite_directions_do_not_deadlock(world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    making.give(world, world.general, 10_000)
    making.give(world, world.snow, 10_000)
    pairs = [(world.general, world.snow), (world.snow, world.general)]
    proposed = [
        transfers.propose(
            source_id=pairs[number % 2][0].pk,
            target_id=pairs[number % 2][1].pk,
            place=world.clearing,
            amount=Money(10, "EUR"),
            reason="To and fro.",
            ground="The donors agreed.",
            by=tara.pk,
        )
        for number in range(24)
    ]

    def move(number: int) -> None:
        for transfer in proposed[number * 6 : number * 6 + 6]:
            transfers.book(transfer_id=transfer.pk, by=dan.pk)

    assert together(4, move) == [None] * 4
    assert verify() == []


def test_postings_to_two_funds_in_opposite_order_do_not_deadlock(world: World) -> None:
    def give_both(number: int) -> None:
        pair = [world.general, world.snow]
        for _ in range(20):
            with transaction.atomic():
                for fund in pair if number % 2 else reversed(pair):
                    making.give(world, fund, 10)

    assert together(4, give_both) == [None] * 4
    assert balances.available(world.snow.pk) == Money(800, "EUR")


def test_a_fund_does_not_change_its_currency_under_an_entry_in_hand(world: World) -> None:
    posted = threading.Event()

    def take_part(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                making.give(world, world.snow, 100)
                posted.set()
                time.sleep(0.2)
            return None
        posted.wait(5)
        with refusing(), transaction.atomic():
            return Fund.objects.filter(pk=world.snow.pk).update(currency="GBP")

    done, late = together(2, take_part)
    assert done is None
    assert isinstance(late, FundKeepsItsTerms)


def test_gifts_do_not_wait_for_whoever_has_locked_the_fund(world: World) -> None:
    locked, done = threading.Event(), threading.Event()

    def take_part(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                balances.lock_funds([world.snow.pk])
                locked.set()
                return done.wait(5)
        locked.wait(5)
        making.give(world, world.snow, 100)
        done.set()
        return True

    assert together(2, take_part) == [True, True]
