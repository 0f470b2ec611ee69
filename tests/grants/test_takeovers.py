"""Open awards of another system: refused where money lacks, promised once, paid as any other."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from funding.audit.models import Record
from funding.imports import running
from funding.imports.models import Import, State
from funding.ledger.models import Entry, Fund
from funding.ledger.verify import verify
from funding.mail.models import Mail
from funding.parties.models import Organisation
from funding.users.models import Role
from grants import disbursements, figures, papers
from grants.models import Application, Award, Project, TakeOver
from tests import make
from tests.donors.intake import desk as making
from tests.donors.intake import files
from tests.donors.intake.desk import Desk
from tests.grants.payments.cast import Stage, give
from tests.ledger.racing import together
from tests.people import make_person, sign_in

TARA, ADA = "user:1", "user:2"


def money(desk: Desk, minor: int, fund: Fund | None = None) -> None:
    """A fund has so much more."""
    give(fund or desk.general, minor)


def row(desk: Desk, number: int = 1, /, **facts: Any) -> dict[str, Any]:
    return {
        "Project title": f"Dens of Zone {number}",
        "Organisation": "Steppe Institute",
        "Country": "MN",
        "Contact": "Asel Example",
        "Contact e-mail": "asel@steppe.example",
        "Fund": desk.general.slug,
        "Currency": "EUR",
        "Amount awarded": "8000",
        "Amount paid": "3000",
        "Awarded on": "2025-04-01",
        "Remaining instalments": "2500 in May, 2500 in November",
        "Reference": f"G-{number}",
    } | facts


def taken(desk: Desk, *rows: dict[str, Any], by: str = ADA) -> Import:
    batch = files.bring(desk, "awards", files.table(rows))
    running.accept(import_id=batch.pk, actor=by)
    return files.worked(batch)


def nothing_moved(entries: int) -> None:
    assert [model.objects.count() for model in (Award, TakeOver, Application, Project)] == [0] * 4
    assert Entry.objects.count() == entries


def sound() -> None:
    assert [each for each in verify() if not each.is_notice] == []


@pytest.fixture
def rich(desk: Desk) -> Desk:
    money(desk, 1_200_000)
    return desk


@pytest.fixture
def desk(db: None) -> Desk:
    return making.desk()


@pytest.fixture
def open_desk(committed: None) -> Desk:
    made = making.desk()
    money(made, 1_200_000)
    return made


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"Project title": " "}, "has to be written"),
        ({"Project title": "x" * 161}, "at most 160"),
        ({"Organisation": ""}, "has to be written"),
        ({"Country": "Mongolia"}, "no country"),
        ({"Country": "XX"}, "no country"),
        ({"Contact e-mail": "nobody"}, "no e-mail address"),
        ({"Fund": "nobodys"}, "no open fund"),
        ({"Currency": "GBP"}, "kept in EUR"),
        ({"Amount awarded": "x"}, "x"),
        ({"Amount awarded": "3000"}, "Nothing of it is open"),
        ({"Amount paid": "-1"}, "Nothing of it is open"),
        ({"Amount paid": ""}, "Write the amount"),
        ({"Amount awarded": "10000000000000000"}, "than any award"),
        ({"Awarded on": "2999-01-01"}, "can have been awarded"),
        ({"Awarded on": "soon"}, "no day"),
        ({"Reference": "G-0"}, "same reference"),
    ],
)
def test_every_mistake_is_named_and_nothing_moves(
    rich: Desk, facts: dict[str, Any], why: str
) -> None:
    batch = files.bring(rich, "awards", files.table([row(rich, 0), row(rich, 1, **facts)]))
    assert (batch.state, batch.bad_count) == (State.FAULTY, 1)
    assert why in batch.rows.get(number=3).error
    nothing_moved(1)


def test_a_fund_without_the_free_money_says_which_line_and_how_much(desk: Desk) -> None:
    other = make.fund(desk.entity, "Dogs")
    money(desk, 700_000)
    money(desk, 500_000, other)
    listed = [row(desk), row(desk, 2), row(desk, 3, Fund=other.slug)]
    batch = files.bring(desk, "awards", files.table(listed))
    assert batch.state == State.FAULTY
    assert batch.said == [
        "Line 3: General fund has not the free money. It is €3,000.00 short for all of these."
    ]
    nothing_moved(2)


def test_money_that_went_meanwhile_stops_all_of_it(rich: Desk) -> None:
    batch = files.bring(rich, "awards", files.table([row(rich), row(rich, 2)]))
    running.accept(import_id=batch.pk, actor=ADA)
    Fund.objects.filter(pk=rich.general.pk).update(reserve_minor=300_000)
    batch = files.worked(batch)
    assert (batch.state, batch.accepted_by) == (State.FAULTY, "")
    assert "short" in batch.said[0]
    nothing_moved(1)


def test_whoever_brought_it_does_not_take_it_in(rich: Desk) -> None:
    batch = files.bring(rich, "awards", files.table([row(rich)]))
    with pytest.raises(running.NeedsAnotherPerson):
        running.accept(import_id=batch.pk, actor=TARA)
    nothing_moved(1)
    batch = taken(rich, row(rich, 2))
    had = TakeOver.objects.get()
    wrong: dict[str, dict[str, Any]] = {
        "takeover_is_accepted_by_another_person": {"accepted_by": TARA},
        "takeover_leaves_something_to_pay": {"paid_minor": 800_000},
    }
    for name, facts in wrong.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            TakeOver.objects.filter(pk=had.pk).update(**facts)
    with pytest.raises(IntegrityError, match="award_is_decided_on"), transaction.atomic():
        Award.objects.update(is_taken_over=False)


def test_what_is_unpaid_is_promised_once_and_no_letter_is_made(rich: Desk) -> None:
    for known in (0, 2):
        batch = taken(rich, row(rich), row(rich, 2))
        assert (batch.state, batch.known_count, batch.said) == (State.DONE, known, [])
        assert (Award.objects.count(), Organisation.objects.count()) == (2, 1)
        assert rich.free() == 200_000
    award = Award.objects.earliest("pk")
    sums = figures.of([award.pk])[award.pk]
    assert (sums.awarded.minor, sums.committed.minor, sums.paid.minor) == (500_000, 500_000, 0)
    row_ = award.take_over
    assert (row_.awarded_minor, row_.paid_minor, row_.awarded_on) == (
        800_000,
        300_000,
        dt.date(2025, 4, 1),
    )
    assert (row_.started_by, row_.accepted_by, row_.batch.name) == (TARA, ADA, "file")
    told = Record.objects.filter(action="award.taken_over", actor=ADA)
    assert told.filter(subject=f"award:{award.pk}", facts__started_by=TARA).count() == 1
    assert papers.sweep_letters() == 0
    assert not Mail.objects.exists()
    other = files.bring(rich, "awards", files.table([row(rich, 1, **{"Amount paid": "1"})]))
    assert "other sums" in other.rows.get().error
    sound()


def test_it_is_paid_by_three_people_as_any_other(rich: Desk) -> None:
    taken(rich, row(rich))
    award = Award.objects.get()
    set_ = Stage(
        entity=rich.entity,
        funds=[rich.general],
        award=award,
        asel=award.application.applicant,
        pat=make_person("pat@example.org", "Pat", Role.OFFICER),
        paul=make_person("paul@example.org", "Paul", Role.OFFICER, Role.TREASURER),
        dan=make_person("dan@example.org", "Dan", Role.CHAIR),
        tara=make_person("tara@example.org", "Tara", Role.TREASURER),
        eve=make_person("eve@example.org", "Eve"),
    )
    assert set_.asel.email == "asel@steppe.example"
    set_.paid(250_000)
    sums = figures.of([award.pk])[award.pk]
    assert (sums.paid.minor, sums.committed.minor) == (250_000, 250_000)
    with pytest.raises(disbursements.OverTheAward):
        set_.requested(250_001)
    set_.cancelled()
    assert figures.of([award.pk])[award.pk].committed.minor == 0
    sound()


def test_two_files_with_the_same_at_once_promise_once(open_desk: Desk) -> None:
    content = files.table([row(open_desk, number) for number in (1, 2)])
    batches = [files.bring(open_desk, "awards", content + b"\n" * number) for number in range(2)]
    for batch in batches:
        running.accept(import_id=batch.pk, actor=ADA)
    together(2, lambda number: running.work(batches[number].pk))
    Import.objects.update(due_at=batches[0].started_at)
    for batch in batches:
        files.worked(batch)
    assert (Award.objects.count(), open_desk.free()) == (2, 200_000)
    assert sorted(Import.objects.values_list("state", flat=True)) == [State.DONE, State.FAULTY]
    sound()


def test_two_files_at_once_never_promise_more_than_there_is(open_desk: Desk) -> None:
    batches = [
        files.bring(
            open_desk, "awards", files.table([row(open_desk, 10 * n + k) for k in range(2)])
        )
        for n in range(2)
    ]
    for batch in batches:
        running.accept(import_id=batch.pk, actor=ADA)
    together(2, lambda number: running.work(batches[number].pk))
    Import.objects.update(due_at=batches[0].started_at)
    for batch in batches:
        files.worked(batch)
    assert (Award.objects.count(), open_desk.free()) == (2, 200_000)
    sound()


def test_from_the_file_to_the_awards_page(committed: None) -> None:
    desk = making.desk()
    money(desk, 1_200_000)
    tara, ada = Client(), Client()
    sign_in(tara, make_person("tara@x.example", "Tara Example", Role.TREASURER))
    sign_in(ada, make_person("ada@x.example", "Ada Example", Role.ADMINISTRATOR, Role.TREASURER))
    told = {"kind": "awards", "place": desk.bank, "dates": "dmy"}
    file = SimpleUploadedFile("awards.csv", files.table([row(desk)]))
    assert tara.post(reverse("donors:intake_import_new"), told | {"file": file}).status_code == 302
    batch = Import.objects.get()
    at = {"uuid": batch.uuid}
    columns = reverse("donors:intake_import_columns", kwargs=at)
    assert tara.post(columns, batch.mapping).status_code == 302
    assert files.worked(batch).state == State.CHECKED
    page, accept = (
        reverse(f"donors:{name}", kwargs=at) for name in ("intake_import", "intake_import_accept")
    )
    assert "so another treasurer" in tara.get(page).text
    assert tara.post(accept).status_code == 409
    assert "Take the one new row in" in ada.get(page).text
    assert ada.post(accept).status_code == 302
    assert files.worked(batch).state == State.DONE
    award = Award.objects.get()
    text = tara.get(reverse("grants:award", kwargs={"pk": award.pk})).text
    for said in ("Promised before", "€8,000.00", "€3,000.00", "Tara Example", "awards.csv", "G-1"):
        assert said in text, said
    assert tara.get(reverse("grants:awards")).status_code == 200
    sound()
