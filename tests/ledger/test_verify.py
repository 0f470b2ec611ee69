"""Every invariant is recomputed, and a broken one is found.

The books are broken as only a superuser can, with the triggers asleep, in a transaction that
is rolled back.
"""

import json
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from funding.ledger import balances, book
from funding.ledger.invariants import QUESTIONS
from funding.ledger.verify import verify
from tests.conftest import superuser_connection
from tests.ledger import making
from tests.ledger.making import World

E1, E2 = "gift:1:settle", "gift:2:settle"

# What is broken, and the invariant that must say so. {e}: the entry of the first gift, {f}: its
# fund, {g}: the general fund, {t}: the treasury, {o}: a fund of another entity, {n}: the entity.
BREAKS = {
    "entry_balances": "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE entry_id ="
    " {e} AND amount_minor > 0",
    "entry_is_whole": "DELETE FROM ledger_posting WHERE entry_id = {e} AND amount_minor > 0",
    "balances_agree_with_postings": "UPDATE ledger_balance SET amount_minor = amount_minor + 1",
    "entry_stays_in_its_entity": "UPDATE ledger_posting SET fund_id = {o} WHERE entry_id = {e}",
    "posting_is_in_the_currency_of_its_fund": "UPDATE ledger_posting SET account_id = 'grants',"
    " currency = 'GBP' WHERE entry_id = {e} AND account_id = 'gifts'",
    "treasury_only_moves_money": "UPDATE ledger_posting SET fund_id = {t} WHERE entry_id = {e}",
    "memo_has_its_contra": "UPDATE ledger_posting SET account_id = 'held' WHERE entry_id = {e}"
    " AND account_id = 'gifts'",
    "transfers_cancel_out": "UPDATE ledger_posting SET account_id = 'transfers' WHERE"
    " entry_id = {e} AND account_id = 'gifts'",
    "period_is_open": "INSERT INTO ledger_period (entity_id, name, starts_on, ends_on, closed_at,"
    " closed_by) VALUES ({n}, 'March', '2026-03-01', '2026-03-31', '2026-03-31', 'user:1')",
    "reversal_mirrors_its_entry": "UPDATE ledger_entry SET reverses_id = {e} WHERE id <> {e}",
    "held_is_what_holds_say": "INSERT INTO ledger_hold (fund_id, cause, amount_minor, placed_at)"
    " VALUES ({f}, 'motion:1', 1, now())",
    "decided_is_what_was_booked": "INSERT INTO ledger_opening (fund_id, place_id, amount_minor,"
    " reason, state, as_of, proposed_by_id, proposed_at, decided_by_id, decided_at)"
    " VALUES ({f}, 'bank:mf-main', 1, 'x', 'booked', '2026-01-01', 1, now(), 2, now())",
    "fund_fees_stay_in_the_entity": "UPDATE ledger_fund SET fees_from_id = {t} WHERE id = {f}",
    "gift_is_final_once": "WITH e AS (UPDATE ledger_entry SET final_at = now() WHERE id = {e})"
    " INSERT INTO ledger_finality (entry_id, final_at) VALUES ({e}, now())",
    "entry_is_traced_or_waits": "DELETE FROM ledger_traced WHERE entry_id = {e}",
    "traced_money_is_what_was_booked": "INSERT INTO ledger_lot (fund_id, start, stop, cause,"
    " entry_id) VALUES ({f}, 0, 1, 'gift:1', {e})",
    "demand_counts_its_segments": "INSERT INTO ledger_demand (fund_id, kind, cause, entry_id,"
    " amount_minor, filled_minor, waiting_minor, returned_minor)"
    " VALUES ({f}, 'cost', 'gift:1', {e}, 1, 1, 0, 0)",
}


@pytest.fixture
def world(committed: None) -> World:
    at = making.world()
    making.give(at, at.snow, 1000, key=E1)
    balances.fold()
    making.give(at, at.snow, 300, key=E2)
    return at


@pytest.fixture
def broken(world: World, request: pytest.FixtureRequest) -> Iterator[str]:
    other = making.world("OTHER")
    first = book.find(E1)
    assert first is not None
    names = {
        "e": first.pk,
        "f": world.snow.pk,
        "g": world.general.pk,
        "t": world.treasury.pk,
        "o": other.snow.pk,
        "n": world.entity.pk,
    }
    with superuser_connection() as root:
        root.execute("SET session_replication_role = replica")
        root.execute(BREAKS[request.param].format(**names))
    return request.param


def test_sound_books_have_no_difference(world: World) -> None:
    assert verify() == []


def test_every_invariant_has_a_way_to_be_broken_here() -> None:
    assert set(BREAKS) == set(QUESTIONS)


@pytest.mark.parametrize("broken", BREAKS, indirect=True)
def test_a_broken_invariant_is_found(broken: str) -> None:
    assert broken in {difference.invariant for difference in verify() if not difference.is_notice}


def test_a_sleeping_trigger_is_found(world: World) -> None:
    with superuser_connection() as root:
        root.execute("ALTER TABLE ledger_posting DISABLE TRIGGER entry_balances")
        try:
            found = verify()
        finally:
            root.execute("ALTER TABLE ledger_posting ENABLE TRIGGER entry_balances")
    assert [(d.invariant, d.subject) for d in found] == [
        ("trigger_is_enabled", "entry_balances on ledger_posting")
    ]


def test_a_privilege_too_many_is_found(world: World) -> None:
    with superuser_connection() as root:
        root.execute("GRANT UPDATE ON ledger_posting TO manul_app")
        try:
            found = verify()
        finally:
            root.execute("REVOKE UPDATE ON ledger_posting FROM manul_app")
    assert [(d.invariant, d.found) for d in found] == [
        ("journal_is_append_only", "manul_app may UPDATE")
    ]


def test_one_role_for_everything_is_found(world: World) -> None:
    with override_settings(APP_ROLE=_owner()):
        assert [d.found for d in verify()] == ["it owns the journal"]
    with override_settings(APP_ROLE="nobody_here"):
        assert [(d.found, d.is_notice) for d in verify()] == [("no such role", True)]
    assert settings.APP_ROLE == "manul_app"


def _owner() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'ledger_entry'"
        )
        return str(cursor.fetchone()[0])


def test_the_command_is_silent_about_nothing(world: World) -> None:
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    assert out.getvalue() == "Every invariant holds.\n"


@pytest.mark.parametrize("broken", ["entry_balances"], indirect=True)
def test_the_command_exits_1_with_the_differences(broken: str) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("ledger", "verify", "--json", stdout=out)
    assert end.value.code == 1
    found = json.loads(out.getvalue())
    assert {"invariant": "entry_balances", "subject": E1}.items() <= found[0].items()
