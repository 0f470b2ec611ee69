"""Goal: a statement says what was given in some days and what of it went back, to the penny."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client

from donors import receipts, statements
from donors.models import Donor, Gift, Statement, StatementState
from donors.statements import NothingToState, PeriodImpossible
from funding import clock
from funding.documents.models import Document, DocumentState
from funding.ledger.models import Fund
from funding.ledger.verify import verify
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.stating import at, could_not, disputed, given, given_back
from tests.ledger.racing import together
from tests.people import make_person, sign_in

ALICE = "alice@donor.example"
ClockAt = Callable[[dt.datetime], None]


def ordered(gift: Gift, begins_on: str, ends_on: str) -> Statement:
    return statements.order(
        donor=gift.donor,
        entity=gift.entity,
        begins_on=dt.date.fromisoformat(begins_on),
        ends_on=dt.date.fromisoformat(ends_on),
        actor="user:1",
    )


def made(gift: Gift, begins_on: str, ends_on: str) -> Statement:
    """A statement over these days, as the worker made it."""
    row = ordered(gift, begins_on, ends_on)
    assert statements.make(row.pk)
    row.refresh_from_db()
    assert row.state == StatementState.DONE
    assert_to_the_penny(row)
    return row


def snapshot(row: Statement) -> dict[str, Any]:
    assert row.document is not None
    told: dict[str, Any] = row.document.snapshot
    return told


def assert_to_the_penny(row: Statement) -> None:
    """Each sum is that of its lines, and what is left that of the later ones too."""
    for each in snapshot(row)["sums"]:
        assert each["total_minor"] == sum(line["minor"] for line in each["rows"])
        later = sum(line["minor"] for line in each["later"])
        assert each["remains_minor"] == each["total_minor"] + later
    assert [each for each in verify() if not each.is_notice] == []


def lines(row: Statement, which: str = "rows") -> list[tuple[str, str, int]]:
    return [
        (line["day"], line["what"], line["minor"])
        for each in snapshot(row)["sums"]
        for line in each[which]
    ]


@pytest.mark.parametrize(
    ("begins_on", "ends_on"),
    [("2025-02-01", "2025-01-31"), ("2025-01-01", "2999-01-01"), ("1980-01-01", "2025-01-01")],
)
def test_days_that_make_no_period_are_refused(general: Fund, begins_on: str, ends_on: str) -> None:
    gift = given(general, 1000, at("2025-03-01"))
    with pytest.raises(PeriodImpossible):
        ordered(gift, begins_on, ends_on)
    assert not Statement.objects.exists()


def test_days_in_which_nothing_moved_are_refused(general: Fund) -> None:
    gift = given(general, 1000, at("2025-03-01"))
    make.gift(general)
    with pytest.raises(NothingToState):
        ordered(gift, "2024-01-01", "2024-12-31")
    stranger = Donor.objects.create(name="Bob", email="bob@donor.example", created_at=clock.now())
    with pytest.raises(NothingToState):
        statements.order(
            donor=stranger,
            entity=gift.entity,
            begins_on=dt.date(2025, 1, 1),
            ends_on=dt.date(2025, 12, 31),
            actor="user:1",
        )
    assert not Statement.objects.exists()


def test_many_who_ask_and_make_at_once_get_one_document(general: Fund) -> None:
    gift = given(general, 1000, at("2025-03-01"))

    together(6, lambda _: statements.make(ordered(gift, "2025-01-01", "2025-12-31").pk))
    statements.sweep()
    row = Statement.objects.get()
    assert (row.version, row.state) == (1, StatementState.DONE)
    assert Document.objects.filter(template="statement").count() == 1


def test_a_year_ends_at_midnight_where_the_body_is(general: Fund) -> None:
    # Stockholm is an hour ahead of UTC in winter.
    gift = given(general, 1000, at("2024-12-31", 22))
    given(general, 2000, at("2024-12-31", 23))
    given(general, 4000, at("2025-12-31", 22))
    given(general, 8000, at("2025-12-31", 23))
    row = made(gift, "2025-01-01", "2025-12-31")
    assert lines(row) == [("2025-01-01", "gift", 2000), ("2025-12-31", "gift", 4000)]
    tax_year = made(gift, "2024-04-06", "2025-04-05")
    assert lines(tax_year) == [("2024-12-31", "gift", 1000), ("2025-01-01", "gift", 2000)]


def test_what_went_back_stands_on_its_day_whenever_that_was(
    general: Fund, clock_at: ClockAt
) -> None:
    clock_at(at("2025-01-10"))
    old = given(general, 5000, at("2024-12-20"))
    given_back(old, 500)
    gift = given(general, 3000, at("2025-01-09"))
    clock_at(at("2026-02-01"))
    given_back(gift, 1000)
    disputed(gift, -2000, at("2026-02-03"))
    row = made(gift, "2025-01-01", "2025-12-31")
    assert lines(row) == [("2025-01-09", "gift", 3000), ("2025-01-10", "refund", -500)]
    assert lines(row, "later") == [
        ("2026-02-01", "refund", -1000),
        ("2026-02-03", "dispute_taken", -2000),
    ]
    sums = snapshot(row)["sums"][0]
    assert (sums["total_minor"], sums["remains_minor"]) == (2500, -500)
    before = made(gift, "2024-01-01", "2024-12-31")
    assert lines(before, "later") == [("2025-01-10", "refund", -500)]
    clock_at(at("2026-02-05"))
    after = made(gift, "2026-01-01", "2026-02-05")
    assert [what for _day, what, _minor in lines(after)] == ["refund", "dispute_taken"]
    assert snapshot(after)["sums"][0]["total_minor"] == -3000


def test_what_came_again_stands_beside_what_had_gone(general: Fund, clock_at: ClockAt) -> None:
    clock_at(at("2025-03-02"))
    gift = given(general, 3000, at("2025-03-01"))
    refund = given_back(gift, 1000)
    clock_at(at("2025-03-05"))
    could_not(refund)
    disputed(gift, -3000, at("2025-03-06"))
    disputed(gift, 3000, at("2025-04-06"))
    clock_at(at("2025-05-01"))
    row = made(gift, "2025-01-01", "2025-05-01")
    assert lines(row) == [
        ("2025-03-01", "gift", 3000),
        ("2025-03-02", "refund", -1000),
        ("2025-03-05", "returned", 1000),
        ("2025-03-06", "dispute_taken", -3000),
        ("2025-04-06", "dispute_again", 3000),
    ]


def test_the_same_facts_are_the_same_document_and_others_a_further_one(
    general: Fund, clock_at: ClockAt
) -> None:
    clock_at(at("2026-01-10"))
    gift = given(general, 3000, at("2025-03-01"))
    receipts.sweep()
    first = made(gift, "2025-01-01", "2025-12-31").document
    assert made(gift, "2025-01-01", "2025-12-31").document == first
    clock_at(at("2026-01-11"))
    given_back(gift, 1000)
    receipts.sweep()
    row = made(gift, "2025-01-01", "2025-12-31")
    assert first is not None
    first.refresh_from_db()
    assert (first.state, first.replaced_by) == (DocumentState.REPLACED, row.document)
    assert snapshot(row)["replaces"] == first.name
    assert row.version == 2
    numbers = [paper.number for paper in statements.documents(row)]
    assert numbers == sorted(numbers, reverse=True)


def test_a_gift_that_was_a_mistake_leaves_no_statement_that_counts(general: Fund) -> None:
    gift = given(general, 3000, at("2025-03-01"))
    row = made(gift, "2025-01-01", "2025-12-31")
    Gift.objects.update(state="failed", settled_at=None, ended_at=clock.now())
    with pytest.raises(NothingToState):
        ordered(gift, "2025-01-01", "2025-12-31")
    assert row.document is not None
    row.document.refresh_from_db()
    assert row.document.state == DocumentState.VOID


def test_one_of_which_nothing_is_left_ends_and_is_no_failure(general: Fund) -> None:
    gift = given(general, 1_000, at("2025-03-01"))
    row = ordered(gift, "2025-01-01", "2025-12-31")
    Gift.objects.filter(pk=gift.pk).update(settled_at=at("2026-03-01"))
    for _time in range(3):
        assert statements.sweep() == 0
        row.refresh_from_db()
        assert (row.state, row.error, row.attempts) == (StatementState.EMPTY, "", 1)
    assert not statements.failed().exists()
    assert not Document.objects.filter(template="statement").exists()


def test_currencies_and_funds_and_receipts_have_their_own_places(
    general: Fund, clock_at: ClockAt
) -> None:
    dogs = make.fund(general.entity, "Dogs and herders")
    gift = given(general, 1000, at("2025-03-01"), (dogs.pk, 555), cover_minor=45)
    given(general, 2000, at("2025-03-02"), currency="GBP")
    receipts.sweep()
    row = made(gift, "2025-01-01", "2025-12-31")
    euro, pounds = snapshot(row)["sums"]
    assert (euro["currency"], euro["total_minor"]) == ("EUR", 1600)
    assert (pounds["currency"], pounds["total_minor"]) == ("GBP", 2000)
    (line,) = euro["rows"]
    assert [each["minor"] for each in line["funds"]] == [1000, 555]
    assert line["cover_minor"] == 45
    paper = gift.receipts.get().document
    assert paper is not None
    assert (line["receipt"], line["is_void"]) == (paper.name, False)


def test_the_database_refuses_a_second_row_and_one_that_is_done_without_its_paper(
    general: Fund,
) -> None:
    row = ordered(given(general, 1000, at("2025-03-01")), "2025-01-01", "2025-12-31")
    with pytest.raises(IntegrityError, match="statement_done_has_its_document"):
        Statement.objects.filter(pk=row.pk).update(state=StatementState.DONE)
    row.pk = None
    with pytest.raises(IntegrityError, match="statement_once_per_donor"), transaction.atomic():
        row.save()


def test_a_worker_that_dies_five_times_is_told_and_can_begin_again(
    general: Fund, clock_at: ClockAt
) -> None:
    row = ordered(given(general, 1000, at("2025-03-01")), "2025-01-01", "2025-12-31")
    Statement.objects.update(attempts=5, due_at=clock.now())
    assert statements.sweep() == 0
    assert list(statements.failed()) == [row]
    statements.retry(pk=row.pk, actor="user:2")
    statements.retry(pk=row.pk, actor="user:2")
    assert statements.sweep() == 1
    assert not statements.failed().exists()


def test_a_donor_asks_on_the_account_and_reads_the_file(general: Fund, client: Client) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    given(general, 1000, at("2025-03-01"))
    answer = client.post("/account/statements/ask/", {"period": "2025"})
    assert answer.status_code == 302
    assert "Being made" in client.get("/account/statements/").content.decode()
    statements.sweep()
    shown = client.get("/account/statements/").content.decode()
    row = Statement.objects.get()
    assert f"/account/statements/{row.pk}/1.pdf" in shown
    paper = client.get(f"/account/statements/{row.pk}/1.pdf")
    assert row.document is not None
    assert paper.content == bytes(row.document.content or b"")


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"period": "2024"}, 409, "We received nothing from you in these days."),
        ({"period": "days", "begins_on": "2025-01-01"}, 422, "Write both days."),
        ({"period": "days", "begins_on": "x", "ends_on": "y"}, 422, "Write the first day as a"),
        ({"period": "1066"}, 422, "Choose a year from the list"),
        (
            {"period": "days", "begins_on": "2025-05-01", "ends_on": "2025-04-01"},
            409,
            "The last day lies before the first.",
        ),
    ],
)
def test_what_cannot_be_stated_is_said_on_the_form(
    general: Fund, client: Client, sent: dict[str, str], status: int, said: str
) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    given(general, 1000, at("2025-03-01"))
    given(general, 1000, at("2023-03-01"))
    answer = client.post("/account/statements/ask/", sent)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert not Statement.objects.exists()


def test_two_addresses_of_one_person_have_a_statement_each(general: Fund, client: Client) -> None:
    user = make_person(ALICE, "Alice Example")
    EmailAddress.objects.create(user=user, email="alice@work.example", verified=True)
    given(general, 1000, at("2025-03-01"))
    other = given(general, 2000, at("2025-04-20"), email="alice@work.example")
    sign_in(client, user, factor=False)
    client.post("/account/statements/ask/", {"period": "tax-2025"})
    assert [row.donor_id for row in Statement.objects.all()] == [other.donor_id]
    client.post("/account/statements/ask/", {"period": "2025"})
    assert Statement.objects.count() == 3
