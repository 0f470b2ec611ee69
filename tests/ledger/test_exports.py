"""The journal for other programs."""

import csv
import datetime as dt
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from funding.ledger import book, exports, holds, openings, transfers
from funding.ledger.book import Leg
from funding.ledger.exports import Scope
from funding.money import Money
from tests.ledger import making
from tests.ledger.making import World

pytestmark = pytest.mark.django_db


def two_people_do(at: World) -> None:
    """An opening balance and a transfer."""
    tara, dan = making.person("Tara"), making.person("Dan")
    opening = openings.propose(
        fund_id=at.snow.pk,
        place=at.bank,
        amount=Money(700, "EUR"),
        as_of=dt.date(2025, 12, 31),
        reason="Old books.",
        by=tara.pk,
    )
    openings.book(opening_id=opening.pk, by=dan.pk)
    transfer = transfers.propose(
        source_id=at.general.pk,
        target_id=at.snow.pk,
        place=at.clearing,
        amount=Money(300, "EUR"),
        reason="Snow.",
        by=tara.pk,
    )
    transfers.book(transfer_id=transfer.pk, by=dan.pk)


@pytest.fixture
def world() -> World:
    """An entity in whose books there is something of everything."""
    at = making.world()
    making.give(at, at.snow, 5_000)
    making.give(at, at.general, 9_000, key="gift:70:settle")
    making.give(at, at.general, 1_000, key="gift:71:settle")
    making.give(at, at.snow, 1_500, currency="JPY")
    making.pay_back(at, at.snow, 2_000, day=dt.date(2026, 5, 1))
    making.fund(at.entity, "9 lives_of a cat", slug="9-lives_of-a-cat")
    book.reverse(
        key_of="gift:71:settle",
        key="gift:71:reverse",
        reason="reversal",
        actor="user:1",
        happened_on=making.DAY,
    )
    book.post(
        entity_id=at.entity.pk,
        key="gift:72:value",
        reason="gift_value",
        cause="gift:72",
        actor="stripe",
        happened_on=making.DAY,
        final_at=dt.datetime(2026, 3, 14, 9, tzinfo=dt.UTC),
        legs=[
            Leg(at.clearing, at.snow.pk, Money(-1_500, "JPY")),
            Leg("fx", at.snow.pk, Money(1_500, "JPY")),
            Leg("fx", at.snow.pk, Money(-920, "EUR")),
            Leg(at.clearing, at.snow.pk, Money(920, "EUR")),
        ],
    )
    two_people_do(at)
    holds.place(fund_id=at.snow.pk, cause="motion:1", amount=Money(400, "EUR"), actor="user:1")
    book.settle_constraints()
    return at


def bean_check(path: Path) -> "subprocess.CompletedProcess[str]":
    """What Beancount itself says of a file."""
    program = Path(sys.executable).parent / "bean-check"
    return subprocess.run([program, path], capture_output=True, text=True, check=False)


def test_beancount_accepts_the_file(world: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.beancount"
    call_command("ledger", "export", format="beancount", entity="mf", to=path)
    text = path.read_text()
    assert "open Assets:Clearing:Mf-stripe:Mf-snow" in text
    assert "Assets:Bank:Mf-main:Mf-snow  7.00 EUR" in text
    assert "Income:Gifts:Mf-snow  -1500 JPY" in text
    assert 'final-at: "2026-03-14T09:00:00+00:00"' in text
    found = bean_check(path)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_beancount_refuses_the_file_when_a_figure_is_touched(world: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.beancount"
    text = "".join(exports.beancount_lines(Scope()))
    path.write_text(text.replace("Mf-snow  50.00 EUR", "Mf-snow  50.01 EUR", 1))
    assert bean_check(path).returncode == 1


def test_an_empty_journal_is_a_file_too(tmp_path: Path) -> None:
    making.world("EMPTY")
    path = tmp_path / "journal.beancount"
    path.write_text("".join(exports.beancount_lines(Scope())))
    assert bean_check(path).returncode == 0
    assert "".join(exports.csv_lines(Scope())).strip() == ",".join(exports.COLUMNS)


def test_the_csv_has_every_posting_and_sums_to_zero(world: World) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(exports.csv_lines(Scope())))))
    assert len(rows) > 20
    sums: dict[tuple[str, str, str], int] = {}
    for row in rows:
        place = (row["entry"], row["fund"], row["currency"])
        sums[place] = sums.get(place, 0) + int(row["amount_minor"])
    assert set(sums.values()) == {0}
    opening = next(row for row in rows if row["reason"] == "opening")
    assert (opening["happened_on"], opening["amount"]) == ("2025-12-31", "7.00")
    assert next(row for row in rows if row["key"] == "gift:71:reverse")["reverses"] == (
        "gift:71:settle"
    )


def test_nobody_is_named(world: World) -> None:
    for write in exports.FORMATS.values():
        text = "".join(write(Scope()))
        assert "user:" not in text
        assert "stripe\n" not in text
        assert "@" not in text


def test_one_fund_is_exported_alone_and_still_balances(world: World, tmp_path: Path) -> None:
    scope = Scope(fund_id=world.snow.pk)
    rows = list(csv.DictReader(io.StringIO("".join(exports.csv_lines(scope)))))
    assert {row["fund"] for row in rows} == {"mf-snow"}
    path = tmp_path / "snow.beancount"
    path.write_text("".join(exports.beancount_lines(scope)))
    assert bean_check(path).returncode == 0


def test_entities_are_kept_apart(world: World) -> None:
    other = making.world("OTHER")
    making.give(other, other.snow, 1)
    text = "".join(exports.csv_lines(Scope(entity_id=other.entity.pk)))
    assert "other-snow" in text
    assert "mf-snow" not in text


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(world: World) -> None:
    book.post(
        entity_id=world.entity.pk,
        key="gift:99:settle",
        reason="gift",
        cause="=HYPERLINK(1)",
        actor="stripe",
        happened_on=making.DAY,
        legs=[
            Leg(world.clearing, world.snow.pk, Money(1, "EUR")),
            Leg("gifts", world.snow.pk, Money(-1, "EUR")),
        ],
    )
    rows = list(csv.DictReader(io.StringIO("".join(exports.csv_lines(Scope())))))
    (cell,) = {row["cause"] for row in rows if row["key"] == "gift:99:settle"}
    assert cell == "'=HYPERLINK(1)"


def test_an_unknown_entity_is_said(world: World) -> None:
    with pytest.raises(CommandError, match="no entity 'nobody'"):
        call_command("ledger", "export", format="csv", entity="nobody")


def test_outside_a_transaction_the_export_reads_one_snapshot(committed: None) -> None:
    at = making.world()
    making.give(at, at.snow, 100)
    lines = exports.csv_lines(Scope())
    first = next(lines)
    making.give(at, at.snow, 200)
    rest = [first, *lines]
    assert "".join(rest).count("gift:") == 2 * 2
