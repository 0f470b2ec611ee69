"""Statements: refused whole, checked against their balances, every line once."""

import datetime as dt
import uuid

import pytest

from donors.intake import camt, matching
from donors.models import BankLine, Gift
from funding.imports import running
from funding.imports.models import Import, Row, State
from funding.imports.reading import Unreadable
from funding.imports.running import NotNow, SentBefore
from funding.ledger import periods
from funding.ledger.models import Entry
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together

BO, EVA = "SE4550000000058398257466", "DE89370400440532013000"


def day(desk: Desk, ago: int = 1) -> str:
    return (desk.today - dt.timedelta(days=ago)).isoformat()


def two(desk: Desk, **facts: str) -> bytes:
    entries = [
        ("120.00", "R-1", "Bo Ek", BO, "For the manul"),
        ("-20.00", "R-2", "Bank", "", "Fee"),
    ]
    told = {"day": day(desk), "opening": "50.00", "closing": "150.00"} | facts
    return files.camt(entries, **told)


def nothing_moved() -> bool:
    return not (BankLine.objects.exists() or Entry.objects.exists() or Row.objects.exists())


def test_a_statement_that_does_not_add_up_or_is_none_is_refused(desk: Desk) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>'
    for content, why in (
        (two(desk, closing="150.01"), "does not add up: €50.00 and its lines come to €150.00"),
        (b"<Document/>", "no statement"),
        (b"<Document", "cannot be read"),
        (bomb, "cannot be read"),
        (b"", "empty"),
        (b"one column\n1\n", "at least two"),
        (b"a,a\n1,2\n", "same name"),
        (b"PK\x03\x04\x00\x00", "no text"),
    ):
        with pytest.raises(Unreadable, match=why):
            files.bring(desk, "statement", content)
    assert Import.objects.count() == 0
    assert nothing_moved()


def test_a_statement_is_checked_and_then_taken_in_whole(desk: Desk) -> None:
    batch = files.bring(desk, "statement", two(desk))
    assert (batch.state, batch.row_count, batch.new_count) == (State.CHECKED, 2, 2)
    assert not BankLine.objects.exists(), "nothing is taken in by looking"
    running.accept(import_id=batch.pk, actor=TARA)
    running.accept(import_id=batch.pk, actor=TARA)
    batch = files.worked(batch)
    assert (batch.state, batch.content, batch.rows.count()) == (State.DONE, None, 0)
    came, went = BankLine.objects.order_by("reference")
    assert (came.amount_minor, came.payer_name, came.payer_iban) == (12000, "Bo Ek", BO)
    assert (came.text, went.amount_minor) == ("For the manul", -2000)
    assert (desk.at_bank(), desk.in_suspense()) == (10000, 10000)
    with pytest.raises(NotNow):
        running.drop(import_id=batch.pk, actor=TARA)
    desk.assert_sound()


def test_the_same_and_an_overlapping_statement_add_only_what_is_new(desk: Desk) -> None:
    files.taken(desk, "statement", two(desk))
    again = files.bring(desk, "statement", two(desk))
    assert (again.state, again.new_count, again.known_count) == (State.CHECKED, 0, 2)
    longer = files.camt(
        [
            ("120.00", "R-1", "Bo Ek", BO, "For the manul"),
            ("-20.00", "R-2", "Bank", "", "Fee"),
            ("30.00", "R-3", "Eva", EVA, "Hej"),
        ],
        day=day(desk),
        opening="50.00",
        closing="180.00",
    )
    files.taken(desk, "statement", longer)
    assert BankLine.objects.count() == 3
    assert desk.at_bank() == 13000
    desk.assert_sound()


def test_what_is_not_booked_yet_and_another_account_are_left_out(desk: Desk) -> None:
    pending = two(desk, status="PDNG", closing="50.00")
    assert files.bring(desk, "statement", pending).state == State.FAULTY
    files.taken(desk, "statement", two(desk))
    with pytest.raises(Unreadable, match=EVA):
        files.bring(desk, "statement", two(desk, iban=EVA))


def test_a_line_in_a_closed_period_or_with_another_sum_holds_up_the_whole_file(desk: Desk) -> None:
    old = desk.today - dt.timedelta(days=40)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Past", starts_on=old, ends_on=old, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    late = files.camt(
        [("5.00", "X-1", "Bo", BO, "")], day=old.isoformat(), opening="0.00", closing="5.00"
    )
    batch = files.bring(desk, "statement", late)
    assert (batch.state, batch.bad_count) == (State.FAULTY, 1)
    assert "closed" in batch.rows.get().error
    with pytest.raises(NotNow):
        running.accept(import_id=batch.pk, actor=TARA)
    assert not BankLine.objects.exists()
    running.drop(import_id=batch.pk, actor=TARA)
    assert Row.objects.count() == 0
    desk.line(1, reference="R-1")
    batch = files.bring(desk, "statement", two(desk))
    assert (batch.bad_count, batch.rows.get(key="R-1").error) == (
        1,
        "The bank’s reference came before with another sum or day.",
    )


def test_a_period_that_closes_between_looking_and_accepting_stops_all_of_it(desk: Desk) -> None:
    batch = files.bring(desk, "statement", two(desk))
    before = desk.today - dt.timedelta(days=1)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Now", starts_on=before, ends_on=before, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    running.accept(import_id=batch.pk, actor=TARA)
    batch = files.worked(batch)
    assert batch.state == State.FAULTY
    assert batch.said[0].startswith("Line 1: ")
    assert not BankLine.objects.exists()


def test_an_entry_of_several_payments_is_a_line_for_each(desk: Desk) -> None:
    content = two(desk).replace(
        b"<NtryDtls><TxDtls>",
        b'<NtryDtls><TxDtls><Amt Ccy="EUR">100.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">20.00</Amt>',
        1,
    )
    (statement,) = camt.read(content)
    assert [(row["amount"], row["reference"]) for row in statement.rows] == [
        ("100.00", "R-1/1"),
        ("20.00", "R-1/2"),
        ("-20.00", "R-2"),
    ]
    without = content.replace(b'<Amt Ccy="EUR">100.00</Amt></TxDtls>', b"</TxDtls>")
    assert [row["amount"] for row in camt.read(without)[0].rows] == ["120.00", "-20.00"]


CSV = (
    "Buchungstag;Haben;Soll;Auftraggeber;Verwendungszweck\n"
    "14.3.2026;1.234,56;;Bo Ek;Für den Manul\n"
    "14.3.2026;5,00;;Bo Ek;Noch einer\n"
    "14.3.2026;5,00;;Bo Ek;Noch einer\n"
    "15.3.2026;;7,00;Bank;Gebühr\n"
)


def test_a_csv_is_read_by_the_names_of_its_columns(desk: Desk) -> None:
    content = CSV.encode("cp1252")
    batch = files.bring(desk, "statement", content, opening="100.00", closing="1337.55")
    assert (batch.state, batch.said) == (
        State.FAULTY,
        ["€100.00 and the lines come to €1,337.56, and not to €1,337.55."],
    )
    running.drop(import_id=batch.pk, actor=TARA)
    files.taken(desk, "statement", content, opening="100.00", closing="1337.56")
    assert sorted(BankLine.objects.values_list("amount_minor", flat=True)) == [
        -700,
        500,
        500,
        123456,
    ], "two equal lines are two"
    assert BankLine.objects.filter(text="Für den Manul").count() == 1
    again = files.bring(desk, "statement", content)
    assert (again.known_count, again.new_count) == (4, 0)
    desk.assert_sound()


def test_mistakes_of_a_csv_are_named_by_line(desk: Desk) -> None:
    content = CSV.replace("14.3.2026;5,00", "31.2.2026;5,00", 1).replace("7,00", "x")
    batch = files.bring(desk, "statement", content.encode())
    assert batch.bad_count == 2
    said = dict(batch.rows.exclude(error="").values_list("number", "error"))
    assert said[3] == "31.2.2026 is no day. Write 2027-03-14."
    assert said[5].startswith("x: ")


def test_the_same_file_is_not_in_hand_twice(desk: Desk) -> None:
    files.bring(desk, "statement", two(desk))
    with pytest.raises(SentBefore):
        files.bring(desk, "statement", two(desk))


def test_lines_that_a_statement_brings_find_their_givers(desk: Desk) -> None:
    line = desk.line(12000, payer_iban=BO, reference="R-0")
    matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=12000,
        what=desk.giver(),
        actor=TARA,
        token=uuid.uuid4(),
    )
    files.taken(desk, "statement", two(desk))
    sure = matching.certain(BankLine.objects.get(reference="R-1"))
    assert sure is not None
    matching.accept(
        line_id=BankLine.objects.get(reference="R-1").pk, kind="gift", key=sure.key, actor=TARA
    )
    assert Gift.objects.count() == 2
    desk.assert_sound()


def test_two_workers_take_one_statement_in_once(open_desk: Desk) -> None:
    batch = files.bring(open_desk, "statement", two(open_desk))
    running.accept(import_id=batch.pk, actor=TARA)
    outcomes = together(4, lambda _number: running.take_in(batch.pk))
    assert outcomes == [None] * 4
    assert Import.objects.get(pk=batch.pk).state == State.DONE
    assert open_desk.at_bank() == 10000
    open_desk.assert_sound()
