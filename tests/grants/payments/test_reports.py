"""Goal: a report is whole, stays as it was sent, unlocks its part once, and its lateness shows."""

import datetime as dt
import io
from typing import Any

import pytest
from PIL import Image

from funding import clock
from funding.mail.models import Mail
from funding.parties.models import Organisation
from funding.pictures import NotAPicture
from grants import desk_facts, report_reminders, reports, tranches
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    AwardState,
    Fulfilment,
    Report,
    ReportKind,
    ReportLine,
    ReportPhoto,
    ReportSending,
)
from grants.reports import Incomplete, Stale
from tests.clocks import clock_at
from tests.grants.payments.cast import HASH, Stage, stage
from tests.grants.payments.reported import reported, sent, typed
from tests.grants.payments.scheduled import agreed, scheduled
from tests.refusing import refused

pytestmark = pytest.mark.django_db
__all__ = ["clock_at"]
INTERIM = ReportKind.INTERIM


@pytest.fixture
def set_() -> Stage:
    """The award and its people, agreed on."""
    made = stage()
    scheduled(made)
    agreed(made)
    return made


def saved(set_: Stage, form: dict[str, str], version: int = 0, **facts: Any) -> Report:
    """Asel saves a draft of the interim report."""
    wanted: dict[str, Any] = {"kind": INTERIM, "typed": form, "version": version, "by": set_.asel}
    return reports.save(award_id=set_.award.pk, **wanted | facts)


def picture() -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    return out.getvalue()


def photographed(set_: Stage, **facts: Any) -> ReportPhoto:
    """Asel adds a photo to the interim report."""
    wanted: dict[str, Any] = {
        "kind": INTERIM,
        "content": picture(),
        "shows": "A trap",
        "taken_by": "Asel",
        "has_consent": True,
        "is_public": True,
        "by": set_.asel,
    }
    return reports.add_photo(award_id=set_.award.pk, **wanted | facts)


def test_the_database_keeps_what_was_sent_and_answered(set_: Stage) -> None:
    sending = sent(set_)
    mine = ReportSending.objects.filter(pk=sending.pk)
    with refused("reportsending_stays_as_it_was"):
        mine.update(spent_minor=1)
    with refused("reportline_is_written_once"):
        ReportLine.objects.update(spent_minor=1)
    with refused("reportsending_is_answered_by_another"):
        mine.update(answer="accepted", answered_by=set_.asel, answered_at=clock.now())
    with refused("reportsending_sent_back_says_why"):
        mine.update(answer="returned", answered_by=set_.pat, answered_at=clock.now())
    with refused("reportsending_is_answered_whole"):
        mine.update(answer="accepted")
    with refused("fulfilment_of_a_report_is_accepted"):
        Fulfilment.objects.create(
            award=set_.award, tranche_number=2, words="x", met_by=set_.pat, met_at=clock.now()
        )

    def again(**facts: Any) -> ReportSending:
        wanted: dict[str, Any] = {
            "report": sending.report,
            "number": 2,
            "facts": {},
            "sha256": HASH,
            "spent_minor": 0,
            "sent_by": set_.asel,
            "sent_at": clock.now(),
        }
        return ReportSending.objects.create(**wanted | facts)

    with refused("reportsending_waits_once"):
        again()
    reports.accept(sending_id=sending.pk, by=set_.pat)
    with refused("reportsending_stays_as_it_was"):
        mine.update(answer="", answered_by=None, answered_at=None)
    with refused("reportsending_accepted_is_the_last"):
        again()


def test_the_database_refuses_lines_that_do_not_fit(set_: Stage) -> None:
    report = saved(set_, typed())

    def written(spent: int, **facts: Any) -> None:
        sending = ReportSending.objects.create(
            report=report, number=1, facts={}, sha256=HASH, spent_minor=spent,
            sent_by=set_.asel, sent_at=clock.now(),
        )  # fmt: skip
        wanted: dict[str, Any] = {"position": 0, "what": "x", "budget_minor": 100}
        ReportLine.objects.create(sending=sending, **wanted | facts)

    with refused("reportsending_adds_up"):
        written(100, spent_minor=99)
    with refused("reportline_far_over_says_why"):
        written(111, spent_minor=111)
    with refused("reportline_is_not_below_nought"):
        written(-1 + 1, spent_minor=-1)
    written(110, spent_minor=110)


def test_a_draft_is_kept_as_it_was_typed_and_no_tab_overwrites_another(set_: Stage) -> None:
    first = saved(set_, {"narrative": "half a\x00 sen", "spent-0": "about 600"})
    assert first.typed == {"narrative": "half a sen", "spent-0": "about 600"}
    assert saved(set_, dict(first.typed)).version == 1
    second = saved(set_, typed(), 1)
    assert second.version == 2
    with pytest.raises(Stale):
        saved(set_, {"narrative": "other"}, 1)
    for who in (set_.pat, set_.eve):
        with pytest.raises(WrongPerson):
            saved(set_, {}, 2, by=who)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"narrative": " "}, "narrative"),
        ({"spent-0": ""}, "spent-0"),
        ({"spent-0": "about 600"}, "spent-0"),
        ({"spent-0": "-1"}, "spent-0"),
        ({"spent-0": "9" * 18}, "spent-0"),
        ({"spent-0": "1100.01"}, "why-0"),
        ({"planned-0": "many"}, "indicator-0"),
        ({"achieved-0": "1" * 400}, "indicator-0"),
        ({"indicator-0": ""}, "indicator-0"),
        ({"is_public": "on"}, "summary"),
    ],
)
def test_a_report_that_is_not_whole_is_not_sent(
    set_: Stage, facts: dict[str, str], field: str
) -> None:
    report = saved(set_, typed() | facts)
    with pytest.raises(Incomplete) as refusal:
        reports.send(award_id=set_.award.pk, kind=INTERIM, version=report.version, by=set_.asel)
    assert field in refusal.value.gaps
    assert not ReportSending.objects.exists()


def test_a_report_is_sent_sent_back_sent_again_and_accepted(set_: Stage) -> None:
    first = sent(set_, spent="٦٠٠")
    assert first.spent_minor == 60_000
    report = first.report
    assert (
        reports.send(award_id=set_.award.pk, kind=INTERIM, version=report.version, by=set_.asel).pk
        == first.pk
    )
    with pytest.raises(WrongState, match="was sent"):
        saved(set_, typed(), report.version)
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            reports.accept(sending_id=first.pk, by=who)
    with pytest.raises(WrongState, match="lacking"):
        reports.send_back(sending_id=first.pk, words=" \x00", by=set_.pat)
    reports.send_back(sending_id=first.pk, words="The receipts are missing.", by=set_.pat)
    with pytest.raises(WrongState):
        reports.accept(sending_id=first.pk, by=set_.pat)
    second = sent(set_, narrative="Now with receipts.")
    assert (second.number, ReportSending.objects.count()) == (2, 2)
    assert [part.number for part in tranches.ready(set_.award)] == [1]
    reports.accept(sending_id=second.pk, by=set_.dan)
    assert reports.accept(sending_id=second.pk, by=set_.pat).answered_by == set_.dan
    assert [part.number for part in tranches.ready(set_.award)] == [1, 2]
    assert Mail.objects.filter(key__endswith=":answered").count() == 2


def test_a_final_report_says_why_much_less_was_spent(set_: Stage) -> None:
    with pytest.raises(Incomplete) as refusal:
        sent(set_, "final", spent="899.99")
    assert list(refusal.value.gaps) == ["why-0"]
    kept = sent(set_, "final", spent="899.99", **{"why-0": "Snow came early."})
    assert kept.facts["unspent_minor"] == 0


def test_a_photo_comes_with_its_name_and_the_word_of_those_on_it(set_: Stage) -> None:
    for facts in ({"shows": " "}, {"taken_by": "\x00"}, {"has_consent": False}):
        with pytest.raises(WrongState):
            photographed(set_, **facts)
    with pytest.raises(NotAPicture):
        photographed(set_, content=b"%PDF")
    with pytest.raises(WrongPerson):
        photographed(set_, by=set_.pat)
    photo = photographed(set_)
    assert photographed(set_).pk == photo.pk
    assert bytes(photo.content).startswith(b"\xff\xd8")
    with refused("reportphoto_is_agreed_to"):
        ReportPhoto.objects.update(has_consent=False)
    told = sent(set_).facts["photos"]
    assert [each["sha256"] for each in told] == [photo.sha256]
    with pytest.raises(WrongState):
        reports.remove_photo(award_id=set_.award.pk, kind=INTERIM, photo_id=photo.pk, by=set_.asel)


def test_what_is_late_is_said_of_the_organisation(set_: Stage, clock_at: Any) -> None:
    body = set_.award.application.project.organisation_id
    lights = lambda: [due.light for due in reports.dues(set_.award)]  # noqa: E731 -- asked thrice
    assert (lights(), reports.overdue(body)) == (["ok", "ok"], [])
    clock_at(clock.now() + dt.timedelta(days=90))
    assert lights() == ["soon", "ok"]
    clock_at(clock.now() + dt.timedelta(days=11))
    assert lights() == ["late", "ok"]
    assert "interim report of “Steppe” was due on" in reports.overdue(body)[0]
    # And so it stands in the check of the next application.
    assert desk_facts.overdue(Organisation.objects.get(pk=body)) == reports.overdue(body)
    sending = sent(set_)
    assert (lights(), reports.overdue(body)) == (["waits", "ok"], [])
    reports.send_back(sending_id=sending.pk, words="More.", by=set_.pat)
    assert len(reports.overdue(body)) == 1
    reported(set_)
    assert reports.overdue(body) == []
    assert reports.overdue(body + 999) == []


def test_each_reminder_goes_once_and_a_late_worker_sends_the_newest(
    set_: Stage, clock_at: Any
) -> None:
    due = reports.dues(set_.award)[0].due_on
    noon = dt.time(12, tzinfo=dt.UTC)
    told = []
    for days in (-20, -14, -14, -13, -3, 0, 3, 14, 30):
        clock_at(dt.datetime.combine(due + dt.timedelta(days=days), noon))
        told.append(report_reminders.sweep())
    assert told == [0, 1, 0, 0, 1, 0, 1, 1, 0]
    subjects = Mail.objects.filter(key__contains=":report-").order_by("pk")
    assert ["late" in mail.subject for mail in subjects] == [False, False, True, True]
    mails = subjects.count()
    other = reports.dues(set_.award)[1].due_on
    clock_at(dt.datetime.combine(other + dt.timedelta(days=40), noon))
    assert report_reminders.sweep() == 1
    assert report_reminders.sweep() == 0
    assert subjects.all().count() == mails + 1
    set_.award.state = AwardState.CANCELLED
    set_.award.save()
    assert reports.overdue(set_.award.application.project.organisation_id) == []
