"""What moved, added up."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funding.ledger import balances, book, holds, openings, statements, transfers
from funding.ledger.book import Leg
from funding.ledger.models import Posting
from funding.money import CurrencyMismatch, Money
from tests.ledger import making
from tests.ledger.making import World

pytestmark = pytest.mark.django_db

MARCH = {"start": dt.date(2026, 3, 1), "end": dt.date(2026, 3, 31)}


@pytest.fixture
def world() -> World:
    return making.world()


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


def entry(at: World, key: str, reason: str, on: dt.date, *legs: Leg) -> None:
    book.post(
        entity_id=at.entity.pk,
        key=key,
        reason=reason,
        cause="gift:900",
        actor="stripe",
        happened_on=on,
        legs=legs,
    )


def foreign(at: World) -> None:
    """GBP 100 in March, worth EUR 115.00 less 3.50; GBP 40 of it paid back for EUR 46.10."""
    snow, clearing = at.snow.pk, at.clearing
    entry(
        at,
        "gift:900:settle",
        "gift",
        day(3, 30),
        Leg(clearing, snow, Money(10_000, "GBP")),
        Leg("gifts", snow, Money(-10_000, "GBP")),
    )
    entry(
        at,
        "gift:900:value",
        "gift_value",
        day(3, 31),
        Leg(clearing, snow, Money(-10_000, "GBP")),
        Leg("fx", snow, Money(10_000, "GBP")),
        Leg("fx", snow, euro(-11_500)),
        Leg(clearing, snow, euro(11_150)),
        Leg("payment_fees", snow, euro(350)),
    )
    entry(
        at,
        "refund:900:book",
        "refund",
        day(4, 2),
        Leg("refunds", snow, Money(4_000, "GBP")),
        Leg("fx", snow, Money(-4_000, "GBP")),
        Leg("fx", snow, euro(4_610)),
        Leg(clearing, snow, euro(-4_610)),
    )


def adds_up(moved: statements.Movements) -> bool:
    """opening + what moved = closing."""
    parts = [
        moved.opening,
        moved.gifts,
        moved.refunds,
        moved.fees,
        moved.transfers,
        moved.awards,
        moved.other,
    ]
    return sum(part.minor for part in parts) == moved.closing.minor


def test_a_month_from_its_opening_to_its_closing(world: World) -> None:
    making.give(world, world.snow, 1_000, day=day(2, 10))
    making.give(world, world.snow, 2_000, day=day(3, 1))
    making.give(world, world.snow, 3_000, day=day(3, 31))
    making.pay_back(world, world.snow, 500, day=day(3, 20))
    making.give(world, world.snow, 9_000, day=day(4, 1))
    foreign(world)
    for _ in range(2):
        moved = statements.movements(fund_ids=[world.snow.pk], **MARCH)
        assert moved == statements.Movements(
            opening=euro(1_000),
            gifts=euro(2_000 + 3_000 + 11_500),
            refunds=euro(-500),
            fees=euro(-350),
            transfers=euro(0),
            awards=euro(0),
            other=euro(0),
            closing=euro(16_650),
            gift_count=3,
        )
        assert adds_up(moved)
        balances.fold()


def test_a_foreign_refund_is_shown_at_its_exchange_leg(world: World) -> None:
    foreign(world)
    april = statements.movements(fund_ids=[world.snow.pk], start=day(4, 1), end=day(4, 30))
    assert (april.opening, april.refunds) == (euro(11_150), euro(-4_610))
    assert adds_up(april)
    book.reverse(
        key_of="refund:900:book",
        key="refund:900:returned",
        reason="refund_returned",
        actor="stripe",
        happened_on=day(4, 9),
    )
    april = statements.movements(fund_ids=[world.snow.pk], start=day(4, 1), end=day(4, 30))
    assert april.refunds == euro(0)
    assert adds_up(april)


def test_transfers_cancel_out_over_the_funds_and_holds_move_nothing(world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    making.give(world, world.general, 1_000, day=day(1, 10))
    opening = openings.propose(
        fund_id=world.snow.pk,
        place=world.bank,
        amount=euro(700),
        as_of=day(1, 5),
        reason="Old books.",
        by=tara.pk,
    )
    openings.book(opening_id=opening.pk, by=dan.pk)
    transfer = transfers.propose(
        source_id=world.general.pk,
        target_id=world.snow.pk,
        place=world.clearing,
        amount=euro(300),
        reason="Snow.",
        by=tara.pk,
    )
    transfers.book(transfer_id=transfer.pk, by=dan.pk)
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(50), actor="user:1")
    span = {"start": day(1, 1), "end": dt.date(2099, 12, 31)}
    snow = statements.movements(fund_ids=[world.snow.pk], **span)
    assert (snow.transfers, snow.other, snow.closing) == (euro(300), euro(700), euro(1_000))
    both = statements.movements(fund_ids=[world.snow.pk, world.general.pk], **span)
    assert (both.transfers, both.closing) == (euro(0), euro(1_700))
    assert adds_up(snow)
    assert adds_up(both)


def test_a_reversed_gift_is_no_gift(world: World) -> None:
    making.give(world, world.snow, 1_000, key="gift:5:settle")
    book.reverse(
        key_of="gift:5:settle",
        key="gift:5:reverse",
        reason="reversal",
        actor="user:1",
        happened_on=making.DAY,
    )
    moved = statements.movements(fund_ids=[world.snow.pk], **MARCH)
    assert (moved.gifts, moved.gift_count, moved.closing) == (euro(0), 0, euro(0))


def test_gifts_by_month(world: World) -> None:
    making.give(world, world.snow, 1_000, day=day(2, 10))
    making.give(world, world.snow, 2_000, day=day(12, 31))
    making.give(world, world.snow, 5_000, day=dt.date(2027, 1, 1))
    foreign(world)
    months = statements.gifts_by_month([world.snow.pk], 2026)
    assert [money.minor for money in months] == [0, 1_000, 11_500] + [0] * 8 + [2_000]


def test_funds_of_two_currencies_do_not_add_up(world: World) -> None:
    pounds = making.fund(world.entity, "Pounds", currency="GBP")
    with pytest.raises(CurrencyMismatch):
        statements.movements(fund_ids=[world.snow.pk, pounds.pk], **MARCH)
    with pytest.raises(ValueError, match="at least one fund"):
        statements.gifts_by_month([], 2026)


def test_a_statement_takes_two_queries_whatever_the_number_of_gifts(world: World) -> None:
    for _ in range(5):
        making.give(world, world.snow, 100)
    with CaptureQueriesContext(connection) as captured:
        statements.movements(fund_ids=[world.snow.pk], **MARCH)
    assert len(captured) == 2


def test_years_hand_on_what_they_leave_and_none_is_left_out(world: World) -> None:
    making.give(world, world.snow, 10_000, day=dt.date(2023, 5, 1))
    making.give(world, world.snow, 2_500, day=dt.date(2026, 1, 1))
    making.pay_back(world, world.snow, 500, day=dt.date(2025, 12, 31))
    years = statements.by_year([world.snow.pk, world.general.pk])
    assert years.keys() == {world.snow.pk}
    snow = years[world.snow.pk]
    assert list(snow) == [2023, 2024, 2025, 2026]
    assert [lines.opening.minor for lines in snow.values()] == [0, 10_000, 10_000, 9_500]
    assert [lines.closing.minor for lines in snow.values()] == [10_000, 10_000, 9_500, 12_000]
    assert snow[2025].refunds == euro(-500)
    assert snow[2024].gifts == euro(0)


def test_a_year_is_the_movements_of_its_days_also_for_foreign_gifts_and_mistakes(
    world: World,
) -> None:
    foreign(world)
    making.give(world, world.snow, 4_000, day=day(4, 2), key="gift:77:settle")
    book.reverse(
        key_of="gift:77:settle",
        key="gift:77:undone",
        reason="reversal",
        actor="system",
        happened_on=day(4, 3),
    )
    year = statements.by_year([world.snow.pk])[world.snow.pk][2026]
    span = {"start": day(1, 1), "end": day(12, 31)}
    moved = statements.movements(fund_ids=[world.snow.pk], **span)
    assert year == statements.Lines(
        moved.opening,
        moved.gifts,
        moved.refunds,
        moved.fees,
        moved.transfers,
        moved.awards,
        moved.other,
        moved.closing,
    )
    assert year.gifts == euro(11_500)


def test_years_of_many_funds_take_as_many_statements_as_of_one(world: World) -> None:
    making.give(world, world.snow, 100)
    with CaptureQueriesContext(connection) as one:
        statements.by_year([world.snow.pk])
    for number in range(5):
        making.give(world, making.fund(world.entity, f"F{number}"), 100)
    funds = [posting.fund_id for posting in Posting.objects.all()]
    with CaptureQueriesContext(connection) as many:
        assert len(statements.by_year(funds)) == 6
    assert len(one) == len(many)
    assert statements.by_year([]) == {}
