"""Goal: a payee is found in our copies of lists, whatever script, and what was found counts."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from funding import clock
from funding.audit.models import Record
from grants import likeness, sanctions, searches
from grants.models import Disbursement, ListedName, SanctionsList, Screening, ScreeningResult
from grants.sanctions import PUBLISHED, Columns, NotAList
from grants.screenings import NotForScreening, NotScreened
from tests.grants.payments.cast import OTHER_IBAN, Stage, stage

pytestmark = pytest.mark.django_db

PLAIN = PUBLISHED["plain"]
NOBODY = "reference,name\nEX-1,Nemo Nobody\n"
LIKE = "reference,name\nEX-1,Nemo Nobody\nEX-7,STEPPE Wildlife TEAM\n"


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def taken_in(content: str = NOBODY, day: int = 1, name: str = "Example list") -> SanctionsList:
    """An invented list."""
    return sanctions.take_in(
        name=name,
        published_on=dt.date(2026, 1, day),
        content=content.encode(),
        columns=PLAIN,
        actor="test",
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Бат-Эрдэнэ Дорж", "DORJ, Bat-Erdene"),
        ("Aleksandr Petrov", "Александр Иванович Петров"),
        ("Mohammed Karimi", "Muhammad KARIMI"),
        ("Łukasz Żółw", "Lukasz Zolw"),
        ("Lavrentij Ptichkin", "LAVRENTY Ptitchkin"),
        ("Steppe Team", "Steppe Wildlife Team LLC"),
    ],
)
def test_one_name_in_two_spellings_is_like_itself(one: str, other: str) -> None:
    assert likeness.percent(one, other) >= likeness.LIKE
    assert set(likeness.keys(one)) & set(likeness.keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Asel Example", "Boris Nobody"),
        ("Li", "Li Wei"),
        ("Bank", "Bank of Nowhere"),
        ("", ""),
        ("—", "—"),
    ],
)
def test_two_names_are_not_like_each_other(one: str, other: str) -> None:
    assert likeness.percent(one, other) < likeness.LIKE


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "are not in the first lines"),
        (b"reference,called\nEX-1,Nemo\n", "are not in the first lines"),
        (b"reference,name\n", "There is no name"),
        (b"reference,name\nEX-1,Nemo\nEX-2,\n", "Line 3 has no name"),
        (b"reference,name\n,Nemo\n", "Line 2 has no reference"),
        (b"made on 1 May\nreference,name\n\nEX-1,\n", "Line 4 has no name"),
    ],
)
def test_what_is_no_list_is_refused_whole_with_its_line(content: bytes, sentence: str) -> None:
    with pytest.raises(NotAList, match=sentence):
        sanctions.take_in(
            name="X", published_on=dt.date(2026, 1, 1), content=content, columns=PLAIN, actor="test"
        )
    assert not SanctionsList.objects.exists()
    assert not ListedName.objects.exists()


def test_the_same_file_again_is_the_list_that_stands(set_: Stage) -> None:
    first = taken_in()
    assert taken_in() == first
    assert ListedName.objects.count() == 1
    with pytest.raises(NotAList, match="Another file"):
        taken_in(LIKE)
    second = taken_in(LIKE, day=2)
    with pytest.raises(NotAList, match="A later state"):
        sanctions.take_in(
            name="Example list",
            published_on=dt.date(2025, 1, 1),
            content=NOBODY.encode(),
            columns=PLAIN,
            actor="test",
        )
    assert sanctions.current() == [second]
    with pytest.raises(IntegrityError, match="sanctionslist_of_a_day_once"), transaction.atomic():
        SanctionsList.objects.create(
            name="Example list",
            published_on=dt.date(2026, 1, 2),
            sha256="a" * 64,
            taken_in_at=clock.now(),
        )


def test_names_in_several_columns_below_a_first_line() -> None:
    table = "Report Date: 1-Jan-2026,,\nUnique ID,Name 1,Name 6\nX1,Nemo,NOBODY\nX2,,SOMEBODY\n"
    sanctions.take_in(
        name="Example list",
        published_on=dt.date(2026, 1, 1),
        content=table.encode(),
        columns=Columns("Unique ID", ("Name 1", "Name 6")),
        actor="test",
    )
    assert list(ListedName.objects.values_list("name", flat=True)) == ["Nemo NOBODY", "SOMEBODY"]


def test_a_search_says_what_was_found_in_which_list(set_: Stage) -> None:
    with pytest.raises(NotForScreening, match="no bank details"):
        searches.look_up(award_id=set_.award.pk, by=set_.pat)
    set_.banked()
    with pytest.raises(NotForScreening, match="No list"):
        searches.look_up(award_id=set_.award.pk, by=set_.pat)
    taken_in(LIKE)
    with pytest.raises(NotForScreening):
        searches.look_up(award_id=set_.award.pk, by=set_.dan)
    (row,) = searches.look_up(award_id=set_.award.pk, by=set_.pat)
    assert row.result == ScreeningResult.POSSIBLE
    assert [hit["reference"] for hit in row.found] == ["EX-7"]
    assert "STEPPE Wildlife TEAM (EX-7), 100 per cent" in row.note
    assert searches.look_up(award_id=set_.award.pk, by=set_.pat) == [row]
    assert Record.objects.filter(action="screening.recorded").count() == 1


def test_a_list_that_was_not_searched_stops_the_payment(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    set_.screened()
    taken_in()
    with pytest.raises(NotScreened, match="Example list of 2026-01-01"):
        set_.released(row)
    searches.look_up(award_id=set_.award.pk, by=set_.pat)
    set_.released(row)


def test_a_new_list_is_searched_for_every_payee_and_stops_whom_it_names(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    set_.screened()
    list_ = taken_in(LIKE)
    assert searches.search_payees(list_) == 1
    assert searches.search_payees(list_) == 0
    kept = Screening.objects.get(searched=list_)
    assert (kept.made_by, kept.result) == (None, ScreeningResult.POSSIBLE)
    with pytest.raises(NotScreened, match="found a match"):
        set_.released(row)
    set_.screened()
    set_.screened(by=set_.paul)
    # A later state of the list names them again, and two people have said who that is.
    later = taken_in(LIKE + "EX-8,Other Person\n", day=2)
    assert searches.search_payees(later) == 0
    assert "two people found it to be somebody else" in Screening.objects.get(searched=later).note
    set_.released(row)


def test_a_search_alone_is_no_look_by_a_person(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    searches.search_payees(taken_in())
    with pytest.raises(NotScreened, match="older than"):
        set_.released(row)
    set_.screened()
    set_.released(row)


def test_another_account_is_searched_for_again(set_: Stage) -> None:
    set_.requested()
    list_ = taken_in()
    searches.search_payees(list_)
    set_.banked(iban=OTHER_IBAN)
    searches.search_payees(list_)
    assert Screening.objects.filter(searched=list_).count() == 2


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"made_by": None}, "screening_is_a_persons_or_a_search"),
        ({"found": [{"name": "x"}]}, "screening_without_a_match_found_nobody"),
    ],
)
def test_the_database_refuses(set_: Stage, change: dict[str, object], constraint: str) -> None:
    set_.banked()
    set_.screened()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Screening.objects.update(**change)


def test_the_command_takes_a_list_in_and_says_how_many_are_like(
    set_: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_.banked()
    file = tmp_path / "list.csv"
    file.write_text(LIKE)
    told = ["--called", "Example list", "--of", "2026-01-02"]
    for _ in range(2):
        call_command("sanctions_list", str(file), *told)
    said = capsys.readouterr().out
    assert "Example list of 2026-01-02: 2 names." in said
    assert "Payees that are like one of them: 1." in said
    assert Screening.objects.count() == 1
    file.write_bytes(b"\x00\x01")
    with pytest.raises(CommandError, match="Nothing was taken in"):
        call_command("sanctions_list", str(file), "--called", "Other", "--of", "2026-01-02")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("sanctions_list", str(tmp_path / "no"), *told)
    assert not Disbursement.objects.exists()
