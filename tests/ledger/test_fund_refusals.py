"""What the database itself refuses about funds, transfers and openings, by name.

Every refusal is provoked as the owner of the tables, to whom no missing privilege says no
before the trigger does, and with plain SQL.
"""

from typing import Any

import pytest

from tests.ledger import making
from tests.ledger.desk import Desk, refused
from tests.ledger.making import World


@pytest.fixture
def world(desk: Desk) -> World:
    return making.world()


@pytest.mark.parametrize("memo", ["held", "committed"])
def test_no_fund_promises_more_than_it_has(desk: Desk, world: World, memo: str) -> None:
    making.give(world, world.snow, 100)
    desk.post(
        world,
        "hold:1:place",
        (memo, world.snow.pk, "EUR", -100),
        (f"{memo}_contra", world.snow.pk, "EUR", 100),
    )
    desk.settle()
    desk.db.execute("SET CONSTRAINTS ALL DEFERRED")
    desk.post(
        world,
        "hold:2:place",
        (memo, world.snow.pk, "EUR", -1),
        (f"{memo}_contra", world.snow.pk, "EUR", 1),
    )
    with refused("fund_is_not_overdrawn"):
        desk.settle()


def test_no_fund_gives_away_more_than_it_has(desk: Desk, world: World) -> None:
    making.give(world, world.snow, 100)
    desk.post(
        world,
        "transfer:1:book",
        ("transfers", world.snow.pk, "EUR", 101),
        (world.clearing, world.snow.pk, "EUR", -101),
        ("transfers", world.general.pk, "EUR", -101),
        (world.clearing, world.general.pk, "EUR", 101),
    )
    with refused("fund_is_not_overdrawn"):
        desk.settle()


def test_a_reserve_is_not_raised_above_what_is_there(desk: Desk, world: World) -> None:
    making.give(world, world.snow, 100)
    raise_to = "UPDATE ledger_fund SET reserve_minor = %s WHERE id = %s"
    desk.db.execute(raise_to, [100, world.snow.pk])
    with refused("fund_is_not_overdrawn"):
        desk.db.execute(raise_to, [101, world.snow.pk])


def test_a_refund_may_push_a_fund_under_and_nothing_is_promised_then(
    desk: Desk, world: World
) -> None:
    making.give(world, world.snow, 100)
    making.pay_back(world, world.snow, 150)
    desk.post(
        world,
        "hold:1:place",
        ("held", world.snow.pk, "EUR", -1),
        ("held_contra", world.snow.pk, "EUR", 1),
    )
    with refused("fund_is_not_overdrawn"):
        desk.settle()


def test_a_closed_fund_promises_nothing_and_may_still_be_emptied(desk: Desk, world: World) -> None:
    making.give(world, world.general, 100)
    desk.db.execute(
        "UPDATE ledger_fund SET closed_on = '2026-03-31', is_open_to_gifts = false WHERE id = %s",
        [world.general.pk],
    )
    desk.post(
        world,
        "transfer:1:book",
        ("transfers", world.general.pk, "EUR", 40),
        (world.clearing, world.general.pk, "EUR", -40),
        ("transfers", world.snow.pk, "EUR", -40),
        (world.clearing, world.snow.pk, "EUR", 40),
    )
    desk.settle()
    desk.db.execute("SET CONSTRAINTS ALL DEFERRED")
    desk.post(
        world,
        "hold:1:place",
        ("held", world.general.pk, "EUR", -1),
        ("held_contra", world.general.pk, "EUR", 1),
    )
    with refused("fund_is_open"):
        desk.settle()


def test_a_fund_with_promises_is_not_closed(desk: Desk, world: World) -> None:
    making.give(world, world.general, 100)
    desk.post(
        world,
        "hold:1:place",
        ("held", world.general.pk, "EUR", -100),
        ("held_contra", world.general.pk, "EUR", 100),
    )
    with refused("fund_closes_without_promises"):
        desk.db.execute(
            "UPDATE ledger_fund SET closed_on = '2026-03-31', is_open_to_gifts = false"
            " WHERE id = %s",
            [world.general.pk],
        )


@pytest.mark.parametrize(
    "change", ["currency = 'GBP'", "is_treasury = true, is_open_to_gifts = false", "entity_id = -1"]
)
def test_a_fund_with_entries_keeps_its_terms(desk: Desk, world: World, change: str) -> None:
    if "treasury" in change:
        desk.db.execute("DELETE FROM ledger_fund WHERE is_treasury")
    desk.db.execute(f"UPDATE ledger_fund SET {change} WHERE id = %s", [world.snow.pk])
    desk.db.rollback()
    making.give(world, world.snow, 100)
    with refused("fund_keeps_its_terms"):
        desk.db.execute(f"UPDATE ledger_fund SET {change} WHERE id = %s", [world.snow.pk])


def test_fees_are_borne_in_the_same_entity_and_currency(desk: Desk, world: World) -> None:
    bear = "UPDATE ledger_fund SET fees_from_id = %s WHERE id = %s"
    desk.db.execute(bear, [world.general.pk, world.snow.pk])
    strangers = (
        making.fund(world.entity, "Pounds", currency="GBP"),
        making.world("OTHER").general,
        world.treasury,
    )
    for stranger in strangers:
        with refused("fund_fees_stay_in_the_entity"):
            desk.db.execute(bear, [stranger.pk, world.snow.pk])
        desk.db.rollback()


def test_an_opening_lies_in_a_place_of_its_own_entity(desk: Desk, world: World) -> None:
    other = making.world("OTHER")
    tara = making.person("Tara")
    with refused("opening_fits"):
        desk.db.execute(
            "INSERT INTO ledger_opening (fund_id, place_id, amount_minor, as_of, reason, state,"
            " proposed_by_id, proposed_at)"
            " VALUES (%s, %s, 100, '2026-01-01', 'old books', 'proposed', %s, now())",
            [world.snow.pk, other.bank, tara.pk],
        )


TRANSFER = (
    "INSERT INTO ledger_transfer (source_id, target_id, place_id, amount_minor, reason, ground,"
    " state, proposed_by_id, proposed_at, decided_by_id, decided_at)"
    " VALUES (%(source)s, %(target)s, %(place)s, 100, 'because', %(ground)s, %(state)s,"
    " %(tara)s, now(), %(by)s, CASE WHEN %(by)s::bigint IS NULL THEN NULL ELSE now() END)"
)


def test_a_transfer_is_lawful_and_two_peoples(desk: Desk, world: World) -> None:
    tara, dan = making.person("Tara"), making.person("Dan")
    other = making.world("OTHER")
    right: dict[str, Any] = {
        "source": world.general.pk,
        "target": world.snow.pk,
        "place": world.bank,
        "ground": "",
        "state": "proposed",
        "tara": tara.pk,
        "by": None,
    }
    desk.db.execute(TRANSFER, right)
    desk.db.rollback()
    wrongs: list[tuple[str, dict[str, Any]]] = [
        ("transfer_fits", {"target": other.snow.pk}),
        ("transfer_fits", {"place": other.bank}),
        ("transfer_fits", {"place": "gifts"}),
        ("transfer_fits", {"target": world.treasury.pk}),
        ("transfer_has_a_ground", {"source": world.snow.pk, "target": world.general.pk}),
        ("transfer_is_decided_by_another_person", {"state": "booked", "by": tara.pk}),
        ("transfer_state_fits_its_decision", {"state": "booked"}),
        ("transfer_goes_to_another_fund", {"target": world.general.pk}),
    ]
    for name, change in wrongs:
        with refused(name):
            desk.db.execute(TRANSFER, right | change)
        desk.db.rollback()
    desk.db.execute(TRANSFER, right | {"state": "declined", "by": dan.pk})
    with refused("transfer_stays_decided"):
        desk.db.execute("UPDATE ledger_transfer SET state = 'booked'")
