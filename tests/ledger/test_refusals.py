"""What the database itself refuses in the journal, by the name of the rule.

Every refusal is provoked as the owner of the tables, to whom no missing privilege says no
before the trigger does, and with plain SQL.
"""

import psycopg
import pytest
from django.db import connection

from funding.ledger.invariants import TRIGGERS
from tests.conftest import superuser_connection
from tests.ledger import making
from tests.ledger.desk import Desk, refused
from tests.ledger.making import World


@pytest.fixture
def world(desk: Desk) -> World:
    return making.world()


def test_legs_that_do_not_sum_to_zero_are_refused_in_their_own_statement(
    desk: Desk, world: World
) -> None:
    with refused("entry_balances"):
        desk.post(
            world,
            "gift:1:settle",
            (world.bank, world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "EUR", -99),
        )


def test_a_sum_of_zero_over_two_funds_or_two_currencies_is_not_enough(
    desk: Desk, world: World
) -> None:
    with refused("entry_balances"):
        desk.post(
            world,
            "gift:1:settle",
            (world.bank, world.snow.pk, "EUR", 100),
            ("gifts", world.general.pk, "EUR", -100),
        )
    desk.db.rollback()
    with refused("entry_balances"):
        desk.post(
            world,
            "gift:1:settle",
            (world.bank, world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "GBP", -100),
        )


def test_an_entry_without_legs_is_refused_at_the_end(desk: Desk, world: World) -> None:
    desk.entry(world, "gift:1:settle")
    with refused("entry_is_whole"):
        desk.settle()


def test_no_leg_is_slipped_in_later(desk: Desk, world: World) -> None:
    pair = (
        (world.bank, world.snow.pk, "EUR", 100),
        ("gifts", world.snow.pk, "EUR", -100),
    )
    entry = desk.post(world, "gift:1:settle", *pair)
    with refused("posting_comes_with_its_entry"):
        desk.legs(entry, *pair)


def test_a_leg_on_nothing_is_refused(desk: Desk, world: World) -> None:
    with refused("posting_names_what_exists"):
        desk.post(
            world,
            "gift:1:settle",
            ("nowhere", world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "EUR", -100),
        )


def test_a_fund_of_another_entity_is_refused(desk: Desk, world: World) -> None:
    other = making.world("OTHER")
    with refused("entry_stays_in_its_entity"):
        desk.post(
            world,
            "gift:1:settle",
            ("refunds", other.snow.pk, "EUR", 100),
            ("gifts", other.snow.pk, "EUR", -100),
        )


def test_a_place_of_money_of_another_entity_is_refused(desk: Desk, world: World) -> None:
    other = making.world("OTHER")
    with refused("entry_stays_in_its_entity"):
        desk.post(
            world,
            "gift:1:settle",
            (other.bank, world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "EUR", -100),
        )


@pytest.mark.parametrize("memo", ["held", "committed"])
def test_promises_are_in_the_funds_own_currency(desk: Desk, world: World, memo: str) -> None:
    with refused("posting_is_in_the_currency_of_its_fund"):
        desk.post(
            world,
            "hold:1:place",
            (memo, world.snow.pk, "GBP", -100),
            (f"{memo}_contra", world.snow.pk, "GBP", 100),
        )


def test_a_memo_account_moves_with_its_contra_only(desk: Desk, world: World) -> None:
    with refused("memo_has_its_contra"):
        desk.post(
            world,
            "hold:1:place",
            ("held", world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "EUR", -100),
        )


def test_transfers_cancel_out_over_the_funds(desk: Desk, world: World) -> None:
    with refused("transfers_cancel_out"):
        desk.post(
            world,
            "transfer:1:book",
            ("transfers", world.snow.pk, "EUR", -100),
            (world.bank, world.snow.pk, "EUR", 100),
        )


def test_transfers_in_two_currencies_do_not_cancel_out(desk: Desk, world: World) -> None:
    pounds = making.fund(world.entity, "Pounds", currency="GBP")
    with refused("transfers_cancel_out"):
        desk.post(
            world,
            "transfer:1:book",
            ("transfers", world.snow.pk, "EUR", 100),
            (world.bank, world.snow.pk, "EUR", -100),
            ("transfers", pounds.pk, "GBP", -100),
            (world.bank, pounds.pk, "GBP", 100),
        )


def test_the_treasury_takes_no_income(desk: Desk, world: World) -> None:
    with refused("treasury_only_moves_money"):
        desk.post(
            world,
            "gift:1:settle",
            (world.bank, world.treasury.pk, "EUR", 100),
            ("gifts", world.treasury.pk, "EUR", -100),
        )


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("ledger_entry", "entry_is_written_once"),
        ("ledger_posting", "posting_is_written_once"),
        ("audit_record", "record_is_written_once"),
    ],
)
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_written_stays_written(desk: Desk, table: str, rule: str, deed: str) -> None:
    # Truncating entries reaches their postings as well; whichever table answers first says no.
    names = {rule, "posting_is_written_once"} if "TRUNCATE" in deed else {rule}
    with pytest.raises(psycopg.errors.CheckViolation) as refusal:
        desk.db.execute(deed.format(table))
    assert refusal.value.diag.constraint_name in names


def test_a_closed_period_takes_no_entry(desk: Desk, world: World) -> None:
    desk.db.execute(
        "INSERT INTO ledger_period (entity_id, name, starts_on, ends_on, closed_at, closed_by)"
        " VALUES (%s, 'March', '2026-03-01', '2026-03-31', now(), 'user:1')",
        [world.entity.pk],
    )
    pair = (
        (world.bank, world.snow.pk, "EUR", 100),
        ("gifts", world.snow.pk, "EUR", -100),
    )
    desk.post(world, "gift:1:settle", *pair, day="2026-04-01")
    with refused("period_is_open"):
        desk.post(world, "gift:2:settle", *pair, day="2026-03-31")


def test_a_closed_period_stays_closed_and_periods_do_not_overlap(desk: Desk, world: World) -> None:
    insert = (
        "INSERT INTO ledger_period (entity_id, name, starts_on, ends_on, closed_at, closed_by)"
        " VALUES (%s, 'P', %s, %s, now(), 'user:1')"
    )
    desk.db.execute(insert, [world.entity.pk, "2026-03-01", "2026-03-31"])
    desk.db.commit()
    for deed in (
        "UPDATE ledger_period SET closed_at = NULL, closed_by = ''",
        "DELETE FROM ledger_period",
    ):
        with refused("period_stays_closed"):
            desk.db.execute(deed)
        desk.db.rollback()
    with pytest.raises(psycopg.errors.ExclusionViolation) as refusal:
        desk.db.execute(insert, [world.entity.pk, "2026-03-31", "2026-04-30"])
    assert refusal.value.diag.constraint_name == "period_does_not_overlap"
    desk.db.rollback()
    other = making.entity("OTHER")
    desk.db.execute(insert, [other.pk, "2026-03-31", "2026-04-30"])


def test_a_reversal_mirrors_an_entry_that_is_no_reversal(desk: Desk, world: World) -> None:
    first = making.give(world, world.snow, 100)
    wrong = desk.entry(world, "gift:9:reverse", reverses=first)
    desk.legs(
        wrong,
        (world.clearing, world.snow.pk, "EUR", -99),
        ("gifts", world.snow.pk, "EUR", 99),
    )
    with refused("reversal_mirrors_its_entry"):
        desk.settle()


def test_a_line_of_the_chart_keeps_its_meaning(desk: Desk, world: World) -> None:
    desk.db.execute("UPDATE ledger_account SET name = 'Other name' WHERE code = 'gifts'")
    other = making.entity("OTHER")
    with refused("account_keeps_its_meaning"):
        desk.db.execute(
            "UPDATE ledger_account SET entity_id = %s WHERE code = %s", [other.pk, world.bank]
        )


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_only_read_committed_writes(desk: Desk, world: World, level: str) -> None:
    desk.db.rollback()
    desk.db.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    with refused("isolation_is_read_committed"):
        desk.post(
            world,
            "gift:1:settle",
            (world.bank, world.snow.pk, "EUR", 100),
            ("gifts", world.snow.pk, "EUR", -100),
        )


def test_every_trigger_is_there_and_enabled(desk: Desk) -> None:
    rows = desk.db.execute(
        "SELECT t.tgname, c.relname, t.tgenabled FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal"
        " AND (c.relname ~ '^(ledger|audit)_' OR c.relname = 'gateway_movement')"
    ).fetchall()
    assert {(row[0], row[1]) for row in rows} == set(TRIGGERS.items())
    assert {row[2] for row in rows} == {"O"}


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting", "audit_record"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_may_not_even_try(committed: None, table: str, deed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "manul_app"
    with superuser_connection() as root:
        root.execute("SET ROLE manul_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            root.execute(deed.format(table))
