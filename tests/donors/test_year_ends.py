"""Goal: at the end of a year everybody who gave has one statement, and nobody two."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from donors import statements, year_ends
from donors.models import Gift, Statement, StatementState, YearEnd, YearEndShare
from donors.models.year_ends import YearEndState
from donors.year_ends import NotOver
from funding.documents.models import Document
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail
from funding.parties.models import Entity
from funding.users.models import Role
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.stating import at, given
from tests.ledger.racing import together
from tests.people import make_person, sign_in

ClockAt = Callable[[dt.datetime], None]
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 12, 31)


@pytest.fixture(autouse=True)
def after_the_year(clock_at: ClockAt) -> None:
    cache.clear()
    clock_at(at("2026-01-05"))


def begun(entity: Entity, *, mails: bool = True) -> YearEnd:
    return year_ends.begin(
        entity=entity, begins_on=FIRST, ends_on=LAST, mails=mails, actor="user:1"
    )


def givers(fund: Fund, number: int) -> list[Gift]:
    """So many donors with a gift of the year each."""
    return [
        given(fund, 1000 + n, at("2025-05-05"), email=f"giver{n}@donor.example")
        for n in range(number)
    ]


def worked(row: YearEnd) -> None:
    """Everything is done that workers do, until nothing is left to do."""
    for _round in range(50):
        year_ends.sweep()
        statements.sweep()
        row.refresh_from_db()
        if row.state == YearEndState.DONE:
            return
        # What has nothing to do is looked at again a minute later.
        YearEnd.objects.update(due_at=row.asked_at)
    raise AssertionError("it is never done")


def numbers(row: YearEnd) -> tuple[int, int, int, int]:
    told = year_ends.progress(row)
    return told.asked, told.made, told.failed, told.mailed


@pytest.mark.parametrize(
    ("first", "last"), [(FIRST, dt.date(2024, 12, 31)), (FIRST, dt.date(2026, 1, 5))]
)
def test_days_that_are_not_over_are_refused(
    entity: Entity, general: Fund, first: dt.date, last: dt.date
) -> None:
    givers(general, 1)
    with pytest.raises(NotOver):
        year_ends.begin(entity=entity, begins_on=first, ends_on=last, mails=True, actor="user:1")
    assert not YearEnd.objects.exists()
    assert not Statement.objects.exists()


def test_everybody_who_gave_has_one_statement_and_one_mail(entity: Entity, general: Fund) -> None:
    gifts = givers(general, 3)
    given(general, 500, at("2025-06-06"), email=gifts[0].donor.email)
    # Nobody else has one: too early, never paid, to another body.
    given(general, 700, at("2024-12-30"), email="earlier@donor.example")
    make.gift(general, email="never@donor.example")
    given(make.fund(make.entity()), 700, at("2025-05-05"), email="elsewhere@donor.example")
    entries = Entry.objects.count()
    row = begun(entity)
    worked(row)
    assert numbers(row) == (3, 3, 0, 3)
    assert Document.objects.filter(template="statement").count() == 3
    mails = Mail.objects.filter(key__startswith=f"yearend:{row.pk}:")
    assert sorted(mail.to_address for mail in mails) == [
        f"giver{n}@donor.example" for n in range(3)
    ]
    for mail in mails:
        (file,) = mail.attachments.all()
        assert file.name.endswith(".pdf")
        assert bytes(file.content).startswith(b"%PDF-")
        assert "1 January 2025" in mail.text
    assert Entry.objects.count() == entries


def test_asked_again_nobody_has_a_second_one(entity: Entity, general: Fund) -> None:
    givers(general, 2)
    row = begun(entity)
    assert begun(entity).pk == row.pk
    worked(row)
    worked(begun(entity))
    assert numbers(row) == (2, 2, 0, 2)
    assert Document.objects.filter(template="statement").count() == 2
    assert Mail.objects.filter(key__startswith="yearend:").count() == 2
    # Who came to light meanwhile has one too.
    given(general, 900, at("2025-12-31"), email="late@donor.example")
    worked(begun(entity))
    assert numbers(row) == (3, 3, 0, 3)


def test_without_mails_nobody_is_mailed(entity: Entity, general: Fund) -> None:
    givers(general, 2)
    row = begun(entity, mails=False)
    worked(row)
    assert numbers(row) == (2, 2, 0, 0)
    assert not Mail.objects.filter(key__startswith="yearend:").exists()


def test_a_piece_that_died_is_done_again_and_what_was_done_stays(
    entity: Entity, general: Fund
) -> None:
    givers(general, 5)
    row = begun(entity)
    assert year_ends.go_on(row.pk, piece=2)
    row.refresh_from_db()
    reached = row.reached

    def dies() -> None:
        year_ends.go_on(row.pk, piece=2)
        assert YearEndShare.objects.count() == 4
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        dies()
    row.refresh_from_db()
    assert (row.reached, YearEndShare.objects.count()) == (reached, 2)
    worked(row)
    assert numbers(row) == (5, 5, 0, 5)


def test_many_workers_at_once_do_each_piece_once(entity: Entity, general: Fund) -> None:
    givers(general, 6)
    row = begun(entity)
    for _round in range(5):
        told = together(4, lambda _number: year_ends.go_on(row.pk, piece=2))
        assert not [each for each in told if isinstance(each, Exception)]
    worked(row)
    assert numbers(row) == (6, 6, 0, 6)
    assert Mail.objects.filter(key__startswith="yearend:").count() == 6


def test_a_statement_that_cannot_be_made_holds_nobody_up(entity: Entity, general: Fund) -> None:
    givers(general, 2)
    row = begun(entity)
    year_ends.sweep()
    Statement.objects.filter(donor__email="giver0@donor.example").update(
        state=StatementState.FAILED, error="no"
    )
    worked(row)
    assert numbers(row) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("yearend_period_runs_forward", {"ends_on": dt.date(2024, 1, 1)}),
        ("yearend_state_is_known", {"state": "lost"}),
        ("yearend_done_has_its_instant", {"state": YearEndState.DONE}),
    ],
)
def test_the_database_refuses_a_year_end_that_cannot_be(
    entity: Entity, name: str, spoilt: dict[str, object]
) -> None:
    begun(entity)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        YearEnd.objects.update(**spoilt)


def test_the_database_refuses_a_second_share(entity: Entity, general: Fund) -> None:
    givers(general, 1)
    row = begun(entity)
    year_ends.sweep()
    share = row.shares.get()
    with pytest.raises(IntegrityError, match="yearendshare_once_per_donor"), transaction.atomic():
        row.shares.create(donor=share.donor, statement=share.statement)


def test_the_treasurer_asks_for_a_year_and_sees_how_far_it_is(
    entity: Entity, general: Fund, settings: Settings
) -> None:
    givers(general, 1)
    # Sessions and their second step know real time only.
    settings.CLOCK_FILE = None
    client = Client()
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    assert client.get("/treasurer/statements/").status_code == 200
    form = {"entity": entity.pk, "period": "2025", "mails": "on"}
    answer = client.post("/treasurer/statements/begin/", form)
    row = YearEnd.objects.get()
    assert answer["Location"] == f"/treasurer/statements/{row.pk}/"
    assert 'http-equiv="refresh"' in client.get(answer["Location"]).content.decode()
    worked(row)
    text = client.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh"' not in text
    assert "done" in text
    assert client.post("/treasurer/statements/begin/", form | {"period": "1999"}).status_code == 422
