"""Holds, transfers, opening balances and periods: what people do in the ledger."""

import datetime as dt

import pytest

from funding.audit.models import Record
from funding.ledger import accounts, balances, book, holds, openings, periods, transfers
from funding.ledger.book import Leg
from funding.ledger.models import Entry, Fund, Hold, Step
from funding.ledger.refusals import (
    AlreadyDecided,
    EntryConflict,
    FundOverdrawn,
    GroundMissing,
    Misfit,
    NeedsAnotherPerson,
    PeriodClosed,
    PeriodOverlaps,
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


def test_a_hold_lowers_what_is_available_until_it_is_released(world: World) -> None:
    making.give(world, world.snow, 1000)
    hold = holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(400), actor="user:1")
    figures = balances.figures([world.snow.pk])[world.snow.pk]
    assert (figures.balance, figures.held, figures.available) == (euro(1000), euro(400), euro(600))
    assert (
        holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(400), actor="user:1").pk
        == hold.pk
    )
    with pytest.raises(EntryConflict):
        holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(401), actor="user:1")
    for _ in range(2):
        holds.release(hold_id=hold.pk, actor="user:1")
    assert balances.available(world.snow.pk) == euro(1000)
    assert Entry.objects.filter(cause="motion:1").count() == 2
    assert Record.objects.filter(action__startswith="hold.").count() == 2
    assert verify() == []


def test_a_hold_that_the_fund_cannot_afford_says_what_is_left_and_moves_nothing(
    world: World,
) -> None:
    making.give(world, world.snow, 1000)
    with pytest.raises(FundOverdrawn) as refusal:
        holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(1250), actor="user:1")
    assert refusal.value.sentence == "Snow has €10.00 available, and €12.50 is needed."
    assert refusal.value.short == euro(250)
    assert Hold.objects.count() == 0
    assert balances.available(world.snow.pk) == euro(1000)


def test_a_hold_is_in_the_funds_own_currency(world: World) -> None:
    with pytest.raises(ValueError, match="own currency"):
        holds.place(fund_id=world.snow.pk, cause="motion:1", amount=Money(1, "GBP"), actor="user:1")


def test_the_reserve_is_kept_back(world: World) -> None:
    making.give(world, world.snow, 1000)
    Fund.objects.filter(pk=world.snow.pk).update(reserve_minor=900)
    with pytest.raises(FundOverdrawn):
        holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(101), actor="user:1")
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(100), actor="user:1")


def test_a_transfer_takes_two_people(world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    making.give(world, world.general, 1000)
    transfer = transfers.propose(
        source_id=world.general.pk,
        target_id=world.snow.pk,
        place=world.clearing,
        amount=euro(300),
        reason="The snow is deep.",
        by=tara.pk,
    )
    assert Entry.objects.filter(reason="transfer").count() == 0
    for refused in (transfers.book, transfers.decline):
        with pytest.raises(NeedsAnotherPerson):
            refused(transfer_id=transfer.pk, by=tara.pk)
    booked = transfers.book(transfer_id=transfer.pk, by=dan.pk)
    assert booked.state == Step.BOOKED
    assert balances.available(world.general.pk) == euro(700)
    assert balances.available(world.snow.pk) == euro(300)
    for refused in (transfers.book, transfers.decline):
        with pytest.raises(AlreadyDecided):
            refused(transfer_id=transfer.pk, by=dan.pk)
    assert [record.action for record in Record.objects.order_by("pk")] == [
        "transfer.proposed",
        "transfer.booked",
    ]
    assert verify() == []


def test_a_declined_transfer_moves_nothing(world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    making.give(world, world.general, 1000)
    transfer = transfers.propose(
        source_id=world.general.pk,
        target_id=world.snow.pk,
        place=world.clearing,
        amount=euro(300),
        reason="The snow is deep.",
        by=tara.pk,
    )
    transfers.decline(transfer_id=transfer.pk, by=dan.pk)
    assert balances.available(world.general.pk) == euro(1000)
    assert verify() == []


def test_a_restricted_fund_is_left_with_a_ground_only(world: World) -> None:
    tara = making.person("Tara")
    for ground in ("", "  "):
        with pytest.raises(GroundMissing, match="Money leaves Snow only with a lawful ground"):
            transfers.propose(
                source_id=world.snow.pk,
                target_id=world.general.pk,
                place=world.bank,
                amount=euro(1),
                reason="Tidy up.",
                ground=ground,
                by=tara.pk,
            )


def test_a_transfer_stays_in_its_entity(world: World) -> None:
    other, tara = making.world("OTHER"), making.person("Tara")
    with pytest.raises(Misfit):
        transfers.propose(
            source_id=world.general.pk,
            target_id=other.general.pk,
            place=world.bank,
            amount=euro(1),
            reason="No.",
            by=tara.pk,
        )


def test_a_transfer_lies_in_a_place_of_its_entity(world: World) -> None:
    other, tara = making.world("OTHER"), making.person("Tara")
    with pytest.raises(Misfit):
        transfers.propose(
            source_id=world.general.pk,
            target_id=world.snow.pk,
            place=other.bank,
            amount=euro(1),
            reason="No.",
            by=tara.pk,
        )


def test_an_opening_balance_keeps_its_own_day(world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    opening = openings.propose(
        fund_id=world.snow.pk,
        place=world.bank,
        amount=euro(123_456),
        as_of=dt.date(2025, 12, 31),
        reason="From the old books.",
        by=tara.pk,
    )
    with pytest.raises(NeedsAnotherPerson):
        openings.book(opening_id=opening.pk, by=tara.pk)
    openings.book(opening_id=opening.pk, by=dan.pk)
    with pytest.raises(AlreadyDecided):
        openings.decline(opening_id=opening.pk, by=dan.pk)
    entry = book.find(f"opening:{opening.pk}:book")
    assert entry is not None
    assert entry.happened_on == dt.date(2025, 12, 31)
    assert balances.available(world.snow.pk) == euro(123_456)
    assert balances.balance(world.snow.pk, "brought_forward") == -123_456
    assert verify() == []


def test_a_refund_may_push_a_fund_under_and_verify_gives_notice(world: World) -> None:
    making.give(world, world.snow, 1000)
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(800), actor="user:1")
    making.pay_back(world, world.snow, 500)
    book.settle_constraints()
    assert balances.available(world.snow.pk) == euro(-300)
    assert [(d.invariant, d.is_notice) for d in verify()] == [("fund_is_not_overdrawn", True)]


def test_the_databases_own_no_is_translated(world: World) -> None:
    making.give(world, world.snow, 1000)
    book.post(
        entity_id=world.entity.pk,
        key="hold:1:place",
        reason="hold",
        cause="motion:1",
        actor="user:1",
        happened_on=making.DAY,
        legs=[
            Leg("held", world.snow.pk, euro(-1500)),
            Leg("held_contra", world.snow.pk, euro(1500)),
        ],
    )
    with pytest.raises(FundOverdrawn, match=r"Snow is €5\.00 short for this") as refusal:
        book.settle_constraints()
    assert refusal.value.short == euro(500)


def test_periods_do_not_overlap_and_close_once(world: World) -> None:
    span = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 12, 31)}
    year = periods.open_period(entity_id=world.entity.pk, name="2026", actor="user:1", **span)
    with pytest.raises(PeriodOverlaps):
        periods.open_period(entity_id=world.entity.pk, name="2026 again", actor="user:1", **span)
    periods.close(period_id=year.pk, actor="user:1")
    with pytest.raises(PeriodClosed):
        periods.close(period_id=year.pk, actor="user:1")


def test_a_place_is_opened_once_and_stays_its_entitys(world: World) -> None:
    open_it = {"kind": "bank", "slug": "mf-main", "name": "Bank"}
    assert accounts.open_place(entity_id=world.entity.pk, **open_it).code == world.bank
    other = making.entity("OTHER")
    with pytest.raises(accounts.PlaceTaken):
        accounts.open_place(entity_id=other.pk, **open_it)
    with pytest.raises(ValueError, match="not a place of money"):
        accounts.open_place(entity_id=other.pk, kind="gifts", slug="x", name="X")
    assert accounts.clearing_of(world.entity.pk) == world.clearing
