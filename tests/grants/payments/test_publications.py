"""Goal: nothing of a report is shown that is not accepted, not agreed to, or not decided on."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from funding import clock
from funding.audit.models import Record
from funding.users.models import User
from grants import public_reports, publications, reports
from grants.disbursements import WrongPerson, WrongState
from grants.models import Project, Publication, ReportPhoto, ReportSending
from grants.reports import Incomplete
from tests.grants import publishing
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.reported import reported, sent
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_payment_races import together
from tests.refusing import refused

OPEN = {
    "is_public": "on",
    "summary": "Forty traps stood.",
    "shows_counts": "on",
    "shows_spending": "on",
}


def staged() -> Stage:
    """The award and its people, agreed on, with a project that everybody may read of."""
    made = stage()
    scheduled(made)
    agreed(made)
    Project.objects.update(published_at=clock.now())
    return made


@pytest.fixture
def set_(db: None) -> Stage:
    return staged()


def written(sending: ReportSending, kind: str, by: User, number: int = 1, words: str = "") -> None:
    Publication.objects.create(
        sending=sending, number=number, kind=kind, words=words, made_by=by, made_at=clock.now()
    )


def shown() -> list[int]:
    return [each.sending_id for each in public_reports.told(public_reports.shown())]


def test_the_database_shows_nothing_that_is_not_accepted_or_not_agreed_to(set_: Stage) -> None:
    waiting = sent(set_, **OPEN)
    with refused("publication_is_of_an_accepted_report"):
        written(waiting, "shown", set_.pat)
    reports.accept(sending_id=waiting.pk, by=set_.pat)
    with refused("publication_is_by_another"):
        written(waiting, "shown", set_.asel)
    with refused("publication_follows_the_last"):
        written(waiting, "shown", set_.pat, 2)
    with refused("publication_follows_the_last"):
        written(waiting, "agreed", set_.asel)
    with refused("publication_hidden_says_why"):
        written(waiting, "hidden", set_.pat)
    with refused("publication_kind_is_known"):
        written(waiting, "sold", set_.pat)
    written(waiting, "shown", set_.pat)
    with refused("publication_follows_the_last"):
        written(waiting, "shown", set_.pat, 2)
    written(waiting, "withdrawn", set_.asel, 2)
    with refused("publication_is_agreed_to"):
        written(waiting, "shown", set_.pat, 3)
    with refused("publication_follows_the_last"):
        written(waiting, "hidden", set_.pat, 3, "No.")
    with refused("publication_is_written_once"):
        Publication.objects.update(kind="shown")
    with refused("publication_is_written_once"):
        Publication.objects.all().delete()
    silent = reported(set_, "final", "1000")
    with refused("publication_is_agreed_to"):
        written(silent, "shown", set_.pat)
    assert shown() == []


def test_the_rule_refuses_the_same_with_a_sentence_and_writes_nothing(set_: Stage) -> None:
    waiting = sent(set_, **OPEN)
    with pytest.raises(WrongState, match="accepted"):
        publications.publish(sending_id=waiting.pk, by=set_.pat)
    reports.accept(sending_id=waiting.pk, by=set_.pat)
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            publications.publish(sending_id=waiting.pk, by=who)
        with pytest.raises(WrongPerson):
            publications.hide(sending_id=waiting.pk, words="No.", by=who)
    for who in (set_.pat, set_.eve):
        with pytest.raises(WrongPerson):
            publications.withdraw(sending_id=waiting.pk, by=who)
    with pytest.raises(WrongState, match="why"):
        publications.hide(sending_id=waiting.pk, words=" ", by=set_.pat)
    silent = reported(set_, "final", "1000")
    with pytest.raises(WrongState, match="not agreed"):
        publications.publish(sending_id=silent.pk, by=set_.pat)
    with pytest.raises(WrongState, match="was to be shown"):
        publications.withdraw(sending_id=silent.pk, by=set_.asel)
    assert not Publication.objects.exists()


def test_it_is_shown_hidden_taken_back_and_agreed_to_again_each_once(set_: Stage) -> None:
    sending = reported(set_, **OPEN)
    pk = sending.pk
    assert [row.pk for row in publications.undecided()] == [pk]
    steps: list[tuple[Callable[[], None], list[int]]] = [
        (lambda: publications.publish(sending_id=pk, by=set_.pat), [pk]),
        (lambda: publications.hide(sending_id=pk, words="A den.", by=set_.dan), []),
        (lambda: publications.publish(sending_id=pk, by=set_.pat), [pk]),
        (lambda: publications.withdraw(sending_id=pk, by=set_.asel), []),
        (lambda: publications.agree(sending_id=pk, by=set_.asel), []),
        (lambda: publications.publish(sending_id=pk, by=set_.pat), [pk]),
    ]
    for step, wanted in steps:
        step()
        step()
        assert shown() == wanted
    kinds = list(Publication.objects.values_list("kind", flat=True))
    assert kinds == ["shown", "hidden", "shown", "withdrawn", "agreed", "shown"]
    logged = Record.objects.filter(action__startswith="report.", subject=f"award:{set_.award.pk}")
    assert logged.filter(action="report.shown").count() == 3
    assert not publications.undecided().exists()
    (told,) = public_reports.told(public_reports.shown())
    assert (told.summary, told.counts[0]["achieved"]) == ("Forty traps stood.", 38)
    assert told.budget is not None
    assert told.spent is not None
    assert (told.budget.minor, told.spent.minor) == (100_000, 60_000)


def test_only_what_was_ticked_is_shown_and_only_of_published_projects(set_: Stage) -> None:
    sending = reported(set_, is_public="on", summary="Traps stood.")
    publications.publish(sending_id=sending.pk, by=set_.pat)
    (told,) = public_reports.told(public_reports.shown())
    assert (told.counts, told.budget, told.spent) == ((), None, None)
    Project.objects.update(published_at=None)
    assert shown() == []


@pytest.mark.parametrize(
    ("words", "is_exact"),
    [
        ("At 47.9184, 106.9177 they live.", True),
        ("47°55′N", True),
        ("48 ° 1", True),
        ("It was −30 °C, and 1,200, 1,500 and 2,000 sheep came.", False),
        ("In Dornod, on 3.5 km", False),
    ],
)
def test_no_place_is_finer_than_a_province(set_: Stage, words: str, is_exact: bool) -> None:
    if is_exact:
        with pytest.raises(Incomplete) as caught:
            sent(set_, is_public="on", summary=words)
        assert set(caught.value.gaps) == {"summary"}
    else:
        sent(set_, is_public="on", summary=words)


def test_a_photo_loses_its_place_and_is_shown_nowhere_once_somebody_says_so(set_: Stage) -> None:
    sending = publishing.published(set_.award)
    (told,) = public_reports.told(public_reports.shown())
    assert told.photo is not None
    row = ReportPhoto.objects.get()
    for content in (bytes(row.content), bytes(row.small)):
        assert b"Exif" not in content
        assert publishing.PLACE.encode() not in content
    assert len(row.small) <= 10_000
    with pytest.raises(WrongPerson):
        publications.hide_photo(award_id=set_.award.pk, photo_id=row.pk, by=set_.eve)
    for _again in range(2):
        publications.hide_photo(award_id=set_.award.pk, photo_id=row.pk, by=set_.asel)
    (told,) = public_reports.told(public_reports.shown())
    assert told.photos == ()
    assert public_reports.picture(told.project, told.kind, row.sha256) is None
    assert Record.objects.filter(action="report.photo_hidden").count() == 1
    assert sending.facts["photos"][0]["is_public"]


def test_a_photo_from_before_gets_its_small_one_as_it_is_shown(set_: Stage) -> None:
    sending = publishing.accepted(set_.award)
    ReportPhoto.objects.update(small=b"")
    publications.publish(sending_id=sending.pk, by=set_.pat)
    assert bytes(ReportPhoto.objects.get().small).startswith(b"\xff\xd8")


def test_showing_and_taking_back_at_once_never_shows_what_is_not_agreed_to(
    committed: None,
) -> None:
    set_ = staged()
    sending = reported(set_, **OPEN)
    together(
        lambda: publications.publish(sending_id=sending.pk, by=set_.pat),
        lambda: publications.withdraw(sending_id=sending.pk, by=set_.asel),
    )
    assert shown() == []
    assert publications.last(sending) == "withdrawn"


def test_without_the_lock_both_would_write_the_first_step(committed: None) -> None:
    set_ = staged()
    sending = reported(set_, **OPEN)
    stopped: list[str] = []

    def step(kind: str, by: User) -> None:
        try:
            written(sending, kind, by)
        except IntegrityError as error:
            stopped.append(str(error))

    together(lambda: step("shown", set_.pat), lambda: step("withdrawn", set_.asel))
    assert len(stopped) == 1
    assert "publication_" in stopped[0]
    assert Publication.objects.count() == 1
