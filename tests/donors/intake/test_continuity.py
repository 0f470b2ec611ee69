"""Goal: a statement that is missing is told with dates and sums, and no line is taken twice."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from donors.intake import continuity
from donors.models import BankLine, StatementSpan
from funding.alerts.models import Alert, Kind
from funding.imports import running
from funding.imports.models import Import, State
from funding.users.models import Role
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.people import make_person, sign_in

BO = "SE4550000000058398257466"


def day(desk: Desk, ago: int) -> str:
    return (desk.today - dt.timedelta(days=ago)).isoformat()


def statement(desk: Desk, ago: int, opening: str, closing: str, *lines: tuple[str, str]) -> bytes:
    """One day's statement of (amount, reference)."""
    entries = [(amount, ref, "Bo Ek", BO, "For the manul") for amount, ref in lines]
    return files.camt(entries, day=day(desk, ago), opening=opening, closing=closing)


def open_alerts() -> list[str]:
    rows = Alert.objects.filter(kind=Kind.STATEMENT_MISSING, closed_at=None)
    return list(rows.values_list("sentence", flat=True))


def test_statements_that_follow_say_nothing(desk: Desk) -> None:
    files.taken(desk, "statement", statement(desk, 5, "0.00", "10.00", ("10.00", "A")))
    batch = files.taken(desk, "statement", statement(desk, 4, "10.00", "15.00", ("5.00", "B")))
    assert (batch.state, batch.options["notes"]) == (State.DONE, [])
    files.taken(desk, "statement", statement(desk, 4, "10.00", "15.00", ("5.00", "B")))
    assert StatementSpan.objects.count() == 2
    assert (continuity.missing(), open_alerts()) == ([], [])


def test_a_missing_statement_is_told_until_it_comes(desk: Desk) -> None:
    files.taken(desk, "statement", statement(desk, 5, "0.00", "10.00", ("10.00", "A")))
    batch = files.bring(desk, "statement", statement(desk, 3, "30.00", "31.00", ("1.00", "C")))
    [said] = batch.options["notes"]
    for word in (day(desk, 5), day(desk, 3), "€10.00", "€30.00", "€20.00"):
        assert word in said
    assert batch.state == State.CHECKED, "a warning keeps nobody from taking it in"
    assert open_alerts() == []
    running.accept(import_id=batch.pk, actor=TARA)
    files.worked(batch)
    assert open_alerts() == [said]
    tara = Client()
    sign_in(tara, make_person("tara@x.example", "Tara", Role.TREASURER))
    page = tara.get(reverse("reconcile")).content.decode()
    assert "Statements that are missing" in page
    assert "€20.00" in page
    files.taken(desk, "statement", statement(desk, 4, "10.00", "30.00", ("20.00", "B")))
    assert (open_alerts(), continuity.missing()) == ([], [])
    assert "Statements that are missing" not in tara.get(reverse("reconcile")).content.decode()
    desk.assert_sound()


def test_a_statement_of_several_days_tells_what_overlaps(desk: Desk) -> None:
    files.taken(desk, "statement", statement(desk, 3, "0.00", "10.00", ("10.00", "A")))
    rows = [
        {"date": day(desk, 3), "amount": "10.00", "id": "A", "payer": "Bo"},
        {"date": day(desk, 2), "amount": "7.00", "id": "B", "payer": "Bo"},
    ]
    content = files.table(rows)
    batch = files.bring(desk, "statement", content, opening="0.00", closing="17.00")
    assert (batch.state, batch.known_count, batch.new_count) == (State.CHECKED, 1, 1)
    assert "1 lines are known" in batch.options["notes"][0]


def test_another_form_of_the_same_statement_adds_nothing(desk: Desk) -> None:
    """A CSV calls the lines by other names than the CAMT of the same days did."""
    lines = (("10.00", "A"), ("10.00", "B"), ("-3.00", "C"))
    files.taken(desk, "statement", statement(desk, 3, "0.00", "17.00", *lines))
    rows = [
        {"date": day(desk, 3), "amount": amount, "payer": f"Bo {n}"}
        for n, (amount, _ref) in enumerate(lines)
    ]
    told = {"opening": "0.00", "closing": "17.00"}
    batch = files.taken(desk, "statement", files.table(rows), **told)
    assert (batch.state, BankLine.objects.count()) == (State.DONE, 3)
    assert desk.at_bank() == 1700
    # Of days that were told before, a third equal line is a line of its own.
    more = [*rows, {"date": day(desk, 3), "amount": "10.00", "payer": "Bo 9"}]
    batch = files.bring(desk, "statement", files.table(more), opening="0.00", closing="27.00")
    assert (batch.known_count, batch.new_count) == (3, 1)


def test_without_balances_equal_lines_stay_two(desk: Desk) -> None:
    files.taken(desk, "statement", statement(desk, 3, "0.00", "10.00", ("10.00", "A")))
    rows = [{"date": day(desk, 3), "amount": "10.00", "payer": "Bo"}]
    batch = files.bring(desk, "statement", files.table(rows))
    assert (batch.known_count, batch.new_count) == (0, 1)


@pytest.mark.parametrize("opening", ["10.00", "4.00"])
def test_overlapping_days_begin_with_a_balance_that_was(desk: Desk, opening: str) -> None:
    """The next may open where the last closed, or with its balance of an earlier day."""
    rows = [
        {"date": day(desk, 4), "amount": "4.00", "id": "A"},
        {"date": day(desk, 3), "amount": "6.00", "id": "B"},
    ]
    files.taken(desk, "statement", files.table(rows), opening="0.00", closing="10.00")
    lines = [("6.00", "B")] if opening == "4.00" else []
    total = f"{float(opening) + 6 * len(lines) + 1:.2f}"
    files.taken(desk, "statement", statement(desk, 3, opening, total, *lines, ("1.00", "C")))
    assert continuity.missing() == []
    assert Import.objects.count() == 2
    assert desk.at_bank() == 1100
