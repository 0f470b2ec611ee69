"""Goal: a fund keeps what its donors read, and keeps back no more than it has."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from funding.audit.models import Record
from funding.ledger import balances, funds, holds
from funding.ledger.funds import FundNameTaken, SurplusMissing, Terms
from funding.ledger.models import Entry, Fund, Restriction
from funding.ledger.refusals import (
    FundHasPromises,
    FundIsClosed,
    FundKeepsItsTerms,
    FundOverdrawn,
    Misfit,
)
from funding.ledger.verify import verify
from funding.money import Money
from tests.ledger import making
from tests.ledger.making import World
from tests.ledger.racing import together
from tests.ledger.test_races import disarmed

ACTOR = "user:7"


@pytest.fixture
def world(db: None) -> World:
    return making.world()


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def terms_of(fund: Fund) -> Terms:
    return Terms(
        name=fund.name,
        purpose=fund.purpose,
        restriction=Restriction(fund.restriction),
        surplus=fund.surplus,
        fees_from_id=fund.fees_from_id,
        is_open_to_gifts=fund.is_open_to_gifts,
        position=fund.position,
    )


def state() -> list[Any]:
    """Everything that a refusal must leave alone."""
    return [*Fund.objects.order_by("pk").values(), Entry.objects.count(), Record.objects.count()]


NEW = Terms(name="Ice", purpose="For the cats of the ice.", restriction=Restriction.UNRESTRICTED)


def opened(at: World, slug: str = "ice", terms: Terms = NEW, reserve: int = 0) -> Fund:
    return funds.create(
        entity_id=at.entity.pk, slug=slug, terms=terms, reserve=euro(reserve), actor=ACTOR
    )


def test_a_fund_is_not_opened_badly(world: World) -> None:
    other = making.world("OT")
    restricted = replace(NEW, restriction=Restriction.RESTRICTED)
    before = state()
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (FundNameTaken, {"slug": world.snow.slug}),
        (FundNameTaken, {"slug": "all"}),
        (SurplusMissing, {"terms": restricted}),
        (Misfit, {"terms": replace(NEW, fees_from_id=other.general.pk)}),
        (Misfit, {"terms": replace(NEW, fees_from_id=world.treasury.pk)}),
        (ValueError, {"reserve": -1}),
    ]
    for kind, facts in refused:
        with pytest.raises(kind):
            opened(world, **facts)
        assert state() == before, kind


def test_a_fund_is_opened_in_the_currency_of_its_entity(world: World) -> None:
    fund = opened(world, terms=replace(NEW, fees_from_id=world.general.pk), reserve=500)
    assert (fund.currency, fund.reserve_minor, fund.fees_from) == ("EUR", 500, world.general)
    assert balances.available(fund.pk) == euro(-500)
    assert Record.objects.get(subject=f"fund:{fund.pk}").action == "fund.opened"


@pytest.mark.parametrize(
    "words",
    [
        {"purpose": "For something else."},
        {"surplus": "Goes to the staff."},
        {"restriction": Restriction.UNRESTRICTED},
        {"restriction": Restriction.ENDOWMENT},
    ],
)
def test_what_donors_read_stays_once_money_was_given(world: World, words: dict[str, Any]) -> None:
    wanted = replace(terms_of(world.snow), **words)
    funds.change(fund_id=world.snow.pk, terms=wanted, actor=ACTOR)
    world.snow.refresh_from_db()
    making.give(world, world.snow, 100)
    Fund.objects.filter(pk=world.snow.pk).update(
        restriction=Restriction.RESTRICTED, purpose="For the manul.", surplus="Goes on."
    )
    before = state()
    with pytest.raises(FundKeepsItsTerms):
        funds.change(fund_id=world.snow.pk, terms=wanted, actor=ACTOR)
    assert state() == before


def test_a_free_fund_is_not_tied_afterwards_but_may_be_set_aside(world: World) -> None:
    making.give(world, world.general, 100)
    wanted = replace(terms_of(world.general), restriction=Restriction.RESTRICTED, surplus="On.")
    with pytest.raises(FundKeepsItsTerms):
        funds.change(fund_id=world.general.pk, terms=wanted, actor=ACTOR)
    wanted = replace(wanted, restriction=Restriction.DESIGNATED, purpose="For the steppe.")
    assert funds.change(fund_id=world.general.pk, terms=wanted, actor=ACTOR).purpose == (
        "For the steppe."
    )


def test_a_change_names_its_fields_and_again_is_nothing(world: World) -> None:
    making.give(world, world.snow, 100)
    wanted = replace(terms_of(world.snow), name="Snow leopards' cousin", is_open_to_gifts=False)
    for _time in range(2):
        funds.change(fund_id=world.snow.pk, terms=wanted, actor=ACTOR)
    record = Record.objects.get(subject=f"fund:{world.snow.pk}")
    assert record.facts == {"fields": "is_open_to_gifts, name"}


def test_fees_are_not_borne_by_the_fund_itself(world: World) -> None:
    wanted = replace(terms_of(world.snow), fees_from_id=world.snow.pk)
    with pytest.raises(Misfit):
        funds.change(fund_id=world.snow.pk, terms=wanted, actor=ACTOR)


def test_no_more_is_kept_back_than_is_free(world: World) -> None:
    making.give(world, world.snow, 1000)
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(400), actor="system")
    before = state()
    with pytest.raises(FundOverdrawn) as refusal:
        funds.set_reserve(fund_id=world.snow.pk, reserve=euro(601), actor=ACTOR)
    assert refusal.value.short == euro(1)
    assert state() == before
    with pytest.raises(ValueError, match="nought or more"):
        funds.set_reserve(fund_id=world.snow.pk, reserve=Money(1, "GBP"), actor=ACTOR)
    with pytest.raises(Misfit):
        funds.set_reserve(fund_id=world.treasury.pk, reserve=euro(1), actor=ACTOR)
    assert state() == before


def test_a_reserve_is_raised_lowered_and_logged_once_each(world: World) -> None:
    making.give(world, world.snow, 1000)
    for minor in (1000, 1000, 200):
        funds.set_reserve(fund_id=world.snow.pk, reserve=euro(minor), actor=ACTOR)
    assert balances.available(world.snow.pk) == euro(800)
    facts = [row.facts for row in Record.objects.filter(action="fund.reserve").order_by("pk")]
    assert [(row["before"], row["after"]) for row in facts] == [(0, 1000), (1000, 200)]


def test_an_overdrawn_fund_may_still_lower_its_reserve(world: World) -> None:
    making.give(world, world.snow, 1000)
    funds.set_reserve(fund_id=world.snow.pk, reserve=euro(1000), actor=ACTOR)
    making.pay_back(world, world.snow, 600)
    funds.set_reserve(fund_id=world.snow.pk, reserve=euro(500), actor=ACTOR)
    assert balances.available(world.snow.pk) == euro(-100)


def test_a_fund_that_owes_is_not_closed(world: World) -> None:
    making.give(world, world.snow, 1000)
    hold = holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(1), actor="system")
    Fund.objects.filter(pk=world.snow.pk).update(fees_from=world.general)
    before = state()
    refused = ((FundHasPromises, world.snow), (Misfit, world.general), (Misfit, world.treasury))
    for kind, fund in refused:
        with pytest.raises(kind):
            funds.close(fund_id=fund.pk, actor=ACTOR)
    assert state() == before
    holds.release(hold_id=hold.pk, actor="system")
    for _time in range(2):
        fund = funds.close(fund_id=world.snow.pk, actor=ACTOR)
    assert fund.closed_on is not None
    assert not fund.is_open_to_gifts
    assert Record.objects.filter(action="fund.closed").count() == 1
    with pytest.raises(FundIsClosed):
        funds.set_reserve(fund_id=fund.pk, reserve=euro(1), actor=ACTOR)
    wanted = replace(terms_of(fund), is_open_to_gifts=True)
    with pytest.raises(FundIsClosed):
        funds.change(fund_id=fund.pk, terms=wanted, actor=ACTOR)


@pytest.mark.usefixtures("committed")
def test_a_reserve_and_holds_do_not_take_the_same_money() -> None:
    world = making.world()
    making.give(world, world.snow, 1000)

    def deed(number: int) -> object:
        if number % 2:
            cause = f"motion:{number}"
            return holds.place(fund_id=world.snow.pk, cause=cause, amount=euro(300), actor="system")
        return funds.set_reserve(fund_id=world.snow.pk, reserve=euro(1000), actor=ACTOR)

    outcomes = together(8, deed)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(outcome) for outcome in refused} == {FundOverdrawn}
    assert balances.available(world.snow.pk).minor >= 0
    assert verify() == []


@pytest.mark.usefixtures("committed")
def test_without_the_lock_both_would_take_it() -> None:
    world = making.world()
    making.give(world, world.snow, 1000)

    def deed(number: int) -> object:
        with transaction.atomic():
            if balances.available(world.snow.pk).minor < 1000:
                raise FundOverdrawn("Nothing left.", short=euro(1))
            time.sleep(0.3)
            Fund.objects.filter(pk=world.snow.pk).update(reserve_minor=1000 + number)
        return number

    with disarmed("ledger_fund", "fund_has_its_reserve"):
        outcomes = together(2, deed)
    assert sorted(outcomes, key=str) == [0, 1]
