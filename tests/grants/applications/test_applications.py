"""Goal: what an applicant writes is kept, sent once and whole, and frozen as it was sent."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funding import clock
from funding.audit.models import Record
from funding.mail.models import Mail
from funding.parties.models import Membership, Organisation
from grants import applications, gaps, submissions
from grants.applicants import Body, NotAnApplicant
from grants.applications import (
    Content,
    Incomplete,
    NotADraft,
    NotTaking,
    NotYours,
    Stale,
    UnderVote,
)
from grants.budgets import Line
from grants.models import (
    Application,
    BudgetLine,
    Item,
    LineSource,
    Motion,
    Project,
    Round,
)
from tests.grants.applications.cast import LINES, TEAM, Stage, stage, written


@pytest.fixture
def set_(db: None) -> Stage:
    """The round and its people."""
    return stage()


def test_nobody_begins_where_no_round_is_open(set_: Stage) -> None:
    now = clock.now()
    for facts in (
        {"published_at": None},
        {"published_at": now, "opens_at": now + dt.timedelta(hours=1)},
        {"opens_at": now - dt.timedelta(days=2), "closes_at": now - dt.timedelta(seconds=1)},
    ):
        Round.objects.filter(pk=set_.round.pk).update(**facts)
        with pytest.raises(NotTaking):
            set_.started()
    assert not Application.objects.exists()
    assert not Project.objects.exists()
    assert not Organisation.objects.exists()


def test_nobody_begins_for_an_organisation_that_is_not_theirs(set_: Stage) -> None:
    draft = set_.started()
    theirs = draft.project.organisation_id
    plain = Content("Another", "T1", "research")
    with pytest.raises(NotAnApplicant):
        set_.started(set_.eve, organisation_id=theirs, content=plain)
    Membership.objects.update(ended_at=clock.now())
    with pytest.raises(NotAnApplicant):
        set_.started(organisation_id=theirs, content=plain)
    assert Application.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        Content(" ", "T1", "research", body=TEAM),
        Content("A", "T1", "research", body=Body(" ", "MN")),
        Content("A", "T1", "research", body=Body("Team", "")),
        Content("A", "T1", "research"),
    ],
)
def test_a_draft_needs_a_title_and_an_organisation(set_: Stage, content: Content) -> None:
    with pytest.raises(NotAnApplicant):
        set_.started(content=content)
    assert not Organisation.objects.exists()
    assert not Project.objects.exists()


def test_the_same_button_twice_begins_one_draft(set_: Stage) -> None:
    key = uuid.uuid4()
    assert set_.started(uuid=key) == set_.started(uuid=key)
    assert Organisation.objects.count() == 1
    with pytest.raises(NotYours):
        set_.started(set_.eve, uuid=key)


def test_a_second_application_is_for_the_organisation_that_is_there(set_: Stage) -> None:
    first = set_.started()
    again = set_.started(
        organisation_id=first.project.organisation_id, content=Content("More", "T1", "research")
    )
    assert again.project.organisation == first.project.organisation
    assert str(again.project.country) == "MN"
    assert Organisation.objects.count() == 1


def test_who_has_no_name_gives_one(set_: Stage) -> None:
    set_.eve.name = ""
    set_.eve.save()
    with pytest.raises(NotAnApplicant):
        set_.started(set_.eve)
    set_.started(set_.eve, name="  Ева\n Энх ")
    set_.eve.refresh_from_db()
    assert set_.eve.name == "Ева Энх"


def test_what_is_saved_is_there_and_asks_for_the_sum_of_its_lines(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    draft.refresh_from_db()
    assert draft.version == 2
    assert draft.ask_minor == 180 * 1_050 + 24 * 13_000
    assert gaps.lines_of(draft) == list(LINES)
    assert gaps.of(draft) == []
    assert draft.project.title == "Guard dogs with herders"
    assert draft.project.slug == f"draft-{draft.uuid}"


def test_a_second_window_does_not_overwrite_the_first_unseen(set_: Stage) -> None:
    draft = set_.started()
    set_.saved(draft, title="First")
    with pytest.raises(Stale):
        set_.saved(draft, version=1, title="Second")
    assert Project.objects.get().title == "First"
    set_.saved(draft, version=2, title="Second")
    assert Project.objects.get().title == "Second"


def test_the_window_that_saved_last_goes_on_without_having_heard_the_answer(set_: Stage) -> None:
    draft = set_.started()
    set_.saved(draft, version=1, tab="one", title="First")
    set_.saved(draft, version=1, tab="one", title="First, more")
    with pytest.raises(Stale):
        set_.saved(draft, version=1, tab="two", title="Second")
    with pytest.raises(Stale):
        set_.saved(draft, version=1, tab="", title="Second")
    assert Project.objects.get().title == "First, more"


def test_nobody_else_saves_sends_or_withdraws(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    for who in (set_.eve, set_.pat, set_.carol):
        with pytest.raises(NotYours):
            set_.saved(draft, who)
        with pytest.raises(NotYours):
            set_.submitted(draft, who)
        with pytest.raises(NotYours):
            applications.withdraw(application_id=draft.pk, by=who)
    draft.refresh_from_db()
    assert (draft.state, draft.version) == ("draft", 2)


@pytest.mark.parametrize(
    ("field", "code", "facts"),
    [
        ("summary", "missing", {"summary": ""}),
        ("summary", "too_long", {"summary": "word " * 174}),
        ("methods", "missing", {"methods": " "}),
        ("methods", "too_long", {"methods": "word " * 401}),
        ("starts_on", "missing", {"starts_on": None}),
        ("ends_on", "missing", {"ends_on": None}),
        ("lines", "missing", {"lines": (Line("pay", "Vet", 1, 9, LineSource.OTHER),)}),
        ("lines", "over_maximum", {"lines": (Line("pay", "Vet", 1, 1_000_001),)}),
        ("minimum", "missing", {"minimum_minor": 0}),
        ("minimum", "over_ask", {"minimum_minor": 501_001}),
        ("minimum_reason", "missing", {"minimum_reason": ""}),
        ("title", "unread", {"typed": {"minimum": "about 3"}}),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_sent(
    set_: Stage, field: str, code: str, facts: dict[str, Any]
) -> None:
    draft = set_.saved(set_.started(), **facts)
    with pytest.raises(Incomplete) as refusal:
        set_.submitted(draft)
    assert [(gap.field, gap.code) for gap in refusal.value.gaps] == [(field, code)]
    draft.refresh_from_db()
    assert (draft.state, draft.submitted, draft.sha256) == ("draft", None, "")
    assert not Mail.objects.exists()


def test_a_summary_that_is_too_long_says_by_how_much(set_: Stage) -> None:
    draft = set_.saved(set_.started(), summary="word " * 174)
    assert [gap.sentence for gap in gaps.of(draft)] == ["Shorten this by 24 words."]


def test_an_empty_draft_lacks_everything(set_: Stage) -> None:
    found = gaps.of(set_.started())
    assert {gap.part for gap in found} == {"work", "budget", "minimum"}
    assert len(found) == 7


def test_what_is_sent_is_frozen_with_its_fingerprint(set_: Stage) -> None:
    sent = set_.sent(title="Нохой 牧羊犬", summary="Сүхбаатар аймаг 山田")
    sent.refresh_from_db()
    assert sent.submitted is not None
    assert sent.sha256 == submissions.fingerprint(sent.submitted)
    assert sent.submitted["title"] == "Нохой 牧羊犬"
    assert sent.submitted["organisation"]["name"] == TEAM.name
    assert sent.submitted["applicant"] == {"name": "Асель Дорж"}
    assert sent.project.slug == "project"
    Project.objects.update(title="Changed later", summary="")
    BudgetLine.objects.all().delete()
    told = applications.facts(Application.objects.get())
    assert told["title"] == "Нохой 牧羊犬"
    assert [line["what"] for line in told["lines"]] == [line.what for line in LINES]
    assert told["whole"].minor == 641_000
    assert (told["ask"].text(), told["other"].text()) == ("€5,010.00", "€1,400.00")


def test_a_mail_confirms_it_once(set_: Stage) -> None:
    sent = set_.sent(title="Нохой 牧羊犬")
    set_.submitted(sent)
    mail = Mail.objects.get()
    assert mail.to_address == "asel@example.org"
    for words in ("Нохой 牧羊犬", "€5,010.00", "€3,500.00", "Small grants 2027"):
        assert words in mail.text
        assert words in mail.html
    assert sent.sha256 in mail.text
    assert Record.objects.filter(action="application.submitted").count() == 1


def test_what_was_sent_is_not_saved_over(set_: Stage) -> None:
    sent = set_.sent()
    with pytest.raises(NotADraft):
        set_.saved(sent)
    sent.refresh_from_db()
    assert sent.version == 2


def test_a_draft_that_another_window_changed_is_not_sent_unseen(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    set_.saved(draft, title="Changed")
    with pytest.raises(Stale):
        applications.submit(application_id=draft.pk, version=2, by=set_.asel)
    assert Application.objects.get().state == "draft"


def test_late_is_told_with_day_hour_and_zone(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    set_.closes(dt.timedelta(minutes=10))
    end = Round.objects.get().closes_at
    for late in (lambda: set_.submitted(draft), lambda: set_.saved(draft)):
        with pytest.raises(NotTaking) as refusal:
            late()
        assert f"{end:%H:%M} UTC" in refusal.value.sentence
        assert str(end.year) in refusal.value.sentence
    assert Application.objects.get().state == "draft"


def test_minutes_of_grace_are_for_slow_lines(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    set_.closes(dt.timedelta(minutes=10), grace_minutes=15)
    with pytest.raises(NotTaking):
        set_.started()
    assert set_.submitted(draft).state == "submitted"


def test_the_project_keeps_a_readable_address_of_its_own(set_: Stage) -> None:
    first, second = set_.sent(), set_.sent()
    assert first.project.slug == "guard-dogs-with-herders"
    assert second.project.slug == "guard-dogs-with-herders-2"


def test_a_draft_or_a_sent_one_is_withdrawn_once(set_: Stage) -> None:
    for application in (set_.started(), set_.sent()):
        frozen = application.submitted
        for _ in range(2):
            applications.withdraw(application_id=application.pk, by=set_.asel)
        application.refresh_from_db()
        assert application.state == "withdrawn"
        assert application.submitted == frozen
        with pytest.raises(NotADraft):
            set_.saved(application)
        with pytest.raises(NotADraft):
            set_.submitted(application)
    assert Record.objects.filter(action="application.withdrawn").count() == 2


def _put(set_: Stage, application: Application, state: str = "open") -> None:
    now = clock.now()
    motion = Motion.objects.create(
        round=set_.round,
        number=1,
        state=state,
        put_by=set_.pat,
        created_at=now,
        put_at=now,
        closes_at=now + dt.timedelta(days=5),
        frozen={},
        sha256="a" * 64,
        due_at=now,
    )
    Item.objects.create(motion=motion, application=application, amount_minor=1)


def test_what_is_under_the_vote_or_decided_is_not_withdrawn(set_: Stage) -> None:
    sent = set_.sent()
    _put(set_, sent)
    with pytest.raises(UnderVote):
        applications.withdraw(application_id=sent.pk, by=set_.asel)
    Item.objects.all().delete()
    Application.objects.update(state="declined", decided_at=clock.now(), decline_reason="No.")
    with pytest.raises(NotADraft):
        applications.withdraw(application_id=sent.pk, by=set_.asel)
    sent.refresh_from_db()
    assert sent.state == "declined"


def test_a_draft_is_seen_by_nobody_but_who_makes_it(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    for who in (set_.pat, set_.carol, set_.eve):
        assert not Application.objects.visible_to(who).exists()
    assert Application.objects.visible_to(set_.asel).get() == draft
    set_.submitted(draft)
    for who in (set_.pat, set_.carol, set_.asel):
        assert Application.objects.visible_to(who).get() == draft
    assert not Application.objects.visible_to(set_.eve).exists()


def test_an_organisation_is_put_right_until_something_is_sent_for_it(set_: Stage) -> None:
    draft = set_.started()
    right = Body("Right name", "KZ")
    set_.saved(draft, body=right)
    body = Organisation.objects.get()
    assert (body.name, body.country, body.website) == ("Right name", "KZ", "")
    draft.refresh_from_db()
    set_.submitted(draft)
    again = set_.started(organisation_id=body.pk, content=Content("B", "T1", "research"))
    set_.saved(again, body=right)
    with pytest.raises(NotAnApplicant):
        set_.saved(again, version=2, body=TEAM)
    shared = set_.started()
    Membership.objects.create(
        organisation=shared.project.organisation, user=set_.eve, since=clock.now()
    )
    with pytest.raises(NotAnApplicant):
        set_.saved(shared, body=right)


def test_the_database_keeps_unread_text_out_of_what_is_sent(set_: Stage) -> None:
    sent = set_.sent()
    with (
        pytest.raises(IntegrityError, match="application_sent_could_be_read"),
        transaction.atomic(),
    ):
        Application.objects.filter(pk=sent.pk).update(typed={"minimum": "about 3"})


def test_what_is_written_twice_alike_keeps_its_lines(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    rows = list(BudgetLine.objects.values_list("pk", flat=True))
    set_.saved(draft, title="Another")
    assert list(BudgetLine.objects.values_list("pk", flat=True)) == rows
    assert written().lines == LINES
