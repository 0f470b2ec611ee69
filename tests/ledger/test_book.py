"""Posting, repeating, reversing."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funding import clock
from funding.ledger import balances, book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Entry, Posting
from funding.ledger.refusals import (
    AlreadyReversed,
    EntryConflict,
    NotReversible,
    PeriodClosed,
    Unbalanced,
)
from funding.ledger.verify import verify
from funding.money import Money
from tests.ledger import making
from tests.ledger.making import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return making.world()


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def write(at: World, *legs: Leg, **changes: Any) -> int:
    content: dict[str, Any] = {
        "entity_id": at.entity.pk,
        "key": "gift:1:settle",
        "reason": "gift",
        "cause": "gift:1",
        "actor": "stripe",
        "happened_on": making.DAY,
        "legs": legs,
    }
    return book.post(**content | changes)


def test_a_gift_with_its_cover_and_its_fee(world: World) -> None:
    snow = world.snow.pk
    write(
        world,
        Leg(world.clearing, snow, euro(5120)),
        Leg("gifts", snow, euro(-5000)),
        Leg("fee_cover", snow, euro(-120)),
    )
    write(
        world,
        Leg("payment_fees", snow, euro(103)),
        Leg(world.clearing, snow, euro(-103)),
        key="gift:1:value",
        reason="fee",
        final_at=clock.now(),
    )
    book.settle_constraints()
    assert balances.available(snow) == euro(5017)
    assert balances.balance(snow, "gifts") == -5000
    entry = book.find("gift:1:value")
    assert entry is not None
    assert entry.final_at is not None
    assert book.find("gift:2:settle") is None
    assert verify() == []


def test_foreign_money_is_on_its_way_until_its_value_is_known(world: World) -> None:
    snow = world.snow.pk
    making.give(world, world.snow, 10_000, currency="GBP")
    figures = balances.figures([snow])[snow]
    assert figures.available == euro(0)
    assert figures.on_its_way == (Money(10_000, "GBP"),)
    write(
        world,
        Leg(world.clearing, snow, Money(-10_000, "GBP")),
        Leg("fx", snow, Money(10_000, "GBP")),
        Leg("fx", snow, euro(-11_500)),
        Leg(world.clearing, snow, euro(11_150)),
        Leg("payment_fees", snow, euro(350)),
        key="gift:1:value",
        reason="gift_value",
    )
    for _ in range(2):
        figures = balances.figures([snow])[snow]
        assert figures.available == euro(11_150)
        assert figures.on_its_way == ()
        balances.fold()
    assert balances.balance(snow, "gifts", "GBP") == -10_000
    assert balances.balance(snow, "gifts") == 0


def test_equal_legs_are_merged_and_empty_ones_left_out(world: World) -> None:
    snow = world.snow.pk
    write(
        world,
        Leg(world.clearing, snow, euro(60)),
        Leg(world.clearing, snow, euro(40)),
        Leg("gifts", snow, euro(-100)),
        Leg("fee_cover", snow, euro(0)),
    )
    assert sorted(Posting.objects.values_list("account_id", "amount_minor")) == sorted(
        [(world.clearing, 100), ("gifts", -100)]
    )


def test_legs_out_of_balance_are_a_programmers_error(world: World) -> None:
    with pytest.raises(Unbalanced):
        write(
            world,
            Leg(world.clearing, world.snow.pk, euro(100)),
            Leg("gifts", world.general.pk, euro(-100)),
        )
    with pytest.raises(Unbalanced):
        write(world, Leg(world.clearing, world.snow.pk, euro(0)))
    with pytest.raises(Unbalanced):
        write(world)
    assert Entry.objects.count() == 0


def test_a_repeat_books_nothing_and_answers_the_same(world: World) -> None:
    legs = [Leg(world.clearing, world.snow.pk, euro(100)), Leg("gifts", world.snow.pk, euro(-100))]
    first = write(world, *legs)
    assert write(world, *reversed(legs), actor="system") == first
    assert Posting.objects.count() == 2
    assert balances.available(world.snow.pk) == euro(100)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "opening"},
        {"cause": "gift:2"},
        {"happened_on": dt.date(2026, 3, 15)},
    ],
)
def test_the_same_key_with_other_content_is_a_conflict(
    world: World, change: dict[str, Any]
) -> None:
    legs = [Leg(world.clearing, world.snow.pk, euro(100)), Leg("gifts", world.snow.pk, euro(-100))]
    write(world, *legs)
    with pytest.raises(EntryConflict):
        write(world, *legs, **change)


@pytest.mark.parametrize(
    "second",
    [
        [("gifts", 101)],
        [("gifts", 60), ("fee_cover", 40)],
        [("other_income", 100)],
    ],
)
def test_the_same_key_with_other_legs_is_a_conflict(
    world: World, second: list[tuple[str, int]]
) -> None:
    snow = world.snow.pk
    write(world, Leg(world.clearing, snow, euro(100)), Leg("gifts", snow, euro(-100)))
    legs = [Leg(code, snow, euro(-minor)) for code, minor in second]
    total = sum(minor for _, minor in second)
    with pytest.raises(EntryConflict):
        write(world, Leg(world.clearing, snow, euro(total)), *legs)
    assert balances.available(snow) == euro(100)


def test_large_sums_are_exact(world: World) -> None:
    huge = 2**62
    write(
        world,
        Leg(world.clearing, world.snow.pk, euro(huge)),
        Leg("gifts", world.snow.pk, euro(-huge)),
    )
    assert balances.balance(world.snow.pk, world.clearing) == huge


def test_a_key_must_name_its_cause(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        making.give(world, world.snow, 100, key="whatever")


def test_a_reversal_puts_everything_back_and_keeps_the_cause(world: World) -> None:
    making.give(world, world.snow, 100, key="gift:1:settle")
    turn = {
        "key_of": "gift:1:settle",
        "key": "gift:1:reverse",
        "reason": "reversal",
        "actor": "user:1",
    }
    mirror = book.reverse(**turn, happened_on=making.DAY)
    assert book.reverse(**turn, happened_on=making.DAY) == mirror
    book.settle_constraints()
    assert balances.available(world.snow.pk) == euro(0)
    assert Entry.objects.get(pk=mirror).cause == Entry.objects.get(key="gift:1:settle").cause
    with pytest.raises(AlreadyReversed):
        book.reverse(**{**turn, "key": "gift:1:again"}, happened_on=making.DAY)
    with pytest.raises(NotReversible):
        book.reverse(
            **{**turn, "key_of": "gift:1:reverse", "key": "gift:1:back"}, happened_on=making.DAY
        )
    assert verify() == []


def test_a_closed_period_refuses_in_words(world: World) -> None:
    march = periods.open_period(
        entity_id=world.entity.pk,
        name="March",
        starts_on=dt.date(2026, 3, 1),
        ends_on=dt.date(2026, 3, 31),
        actor="user:1",
    )
    periods.close(period_id=march.pk, actor="user:1")
    with pytest.raises(PeriodClosed, match="The books for 2026-03-14 are closed"):
        making.give(world, world.snow, 100)
    assert Entry.objects.count() == 0
    assert periods.open_day(entity_id=world.entity.pk, day=making.DAY) == dt.date(2026, 4, 1)
    assert periods.open_day(entity_id=world.entity.pk, day=dt.date(2026, 2, 28)) == dt.date(
        2026, 2, 28
    )
