"""Goal: what a round cannot fund is told before the form, and nothing else is ever sent."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock
from grants import applications, conditions, rounds
from grants.applications import Incomplete, NotADraft, NotTaking, NotYours
from grants.conditions import NotMet
from grants.models import Answer, Application, Condition, Project, Round
from grants.terms import Entry
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.applications.test_apply_pages import address, begin, save
from tests.ledger.racing import together
from tests.people import sign_in
from tests.refusing import refused

ASKED = (
    Entry("Is the work in the range of the manul?", True, "This round pays for the range only."),
    Entry("Does it keep a manul in captivity?", False, "This round pays for wild manuls only."),
)


def questioned() -> Stage:
    """A round that asks two questions before its form."""
    cache.clear()
    made = stage()
    facts = terms(made.fund, name="Asking", conditions=ASKED)
    call = rounds.create(entity_id=made.entity.pk, terms=facts, by=made.pat)
    made.round = rounds.publish(round_id=call.pk, by=made.pat)
    return made


def answers(*said: bool) -> dict[int, bool]:
    rows = Condition.objects.order_by("position")
    return {row.pk: answer for row, answer in zip(rows, said, strict=False)}


def answer(set_: Stage, draft: Application, *said: bool) -> Application:
    return applications.answer(application_id=draft.pk, said=answers(*said), by=set_.asel)


def fields(*said: str) -> dict[str, str]:
    rows = Condition.objects.order_by("position")
    return {f"condition-{row.pk}": word for row, word in zip(rows, said, strict=False)}


@pytest.fixture
def set_(db: None) -> Stage:
    """The round and its people."""
    return questioned()


@pytest.mark.parametrize("said", [(), (True,), (False, False), (True, True)])
def test_the_database_refuses_what_lacks_the_wanted_answers(
    set_: Stage, said: tuple[bool, ...]
) -> None:
    draft = answer(set_, set_.saved(set_.started()), *said)
    now = clock.now()
    with refused("application_sent_meets_the_conditions"):
        Application.objects.filter(pk=draft.pk).update(
            state="submitted", submitted_at=now, submitted={}, sha256="a" * 64
        )
    with pytest.raises(Incomplete) as refusal:
        set_.submitted(draft)
    assert {gap.field for gap in refusal.value.gaps} == {"conditions"}
    draft.refresh_from_db()
    assert (draft.state, draft.submitted) == ("draft", None)


def test_answers_stay_as_they_were_sent(set_: Stage) -> None:
    draft = answer(set_, set_.saved(set_.started()), True, False)
    sent = set_.submitted(draft)
    assert sent.submitted is not None
    assert [each["said"] for each in sent.submitted["conditions"]] == [True, False]
    with refused("answer_stays_as_sent"):
        Answer.objects.update(said=True)
    with refused("answer_stays_as_sent"):
        Answer.objects.all().delete()
    with refused("condition_stays_as_answered"):
        Condition.objects.update(question="Another?")
    with pytest.raises(NotADraft):
        answer(set_, sent, False)


def test_an_answer_is_to_a_question_of_its_own_round(set_: Stage) -> None:
    draft = set_.started()
    facts = terms(set_.fund, name="Other", conditions=(Entry("Is it far?", True, "Too near."),))
    other = rounds.create(entity_id=set_.entity.pk, terms=facts, by=set_.pat)
    with refused("answer_is_of_its_round"):
        Answer.objects.create(application=draft, condition=other.conditions.get(), said=True)
    (first,) = Condition.objects.filter(round=set_.round, position=0)
    answer(set_, draft, True)
    with refused("answer_once_to_a_condition"):
        Answer.objects.create(application=draft, condition=first, said=False)


def test_nothing_begins_with_an_answer_that_does_not_lead_on(set_: Stage) -> None:
    for said in (answers(False, False), answers(True), {}):
        with pytest.raises(NotMet):
            set_.started(answers=said)
    assert not Project.objects.exists()
    draft = set_.started(answers=answers(True, False))
    assert conditions.are_met(draft)


def test_only_the_applicant_answers_and_only_in_time(set_: Stage) -> None:
    draft = set_.started()
    with pytest.raises(NotYours):
        applications.answer(application_id=draft.pk, said=answers(True), by=set_.eve)
    set_.closes(dt.timedelta(minutes=1))
    with pytest.raises(NotTaking):
        answer(set_, draft, True)
    assert not Answer.objects.exists()


def test_the_questions_come_before_the_form(client: Client, set_: Stage) -> None:
    sign_in(client, set_.asel, factor=False)
    page = client.get(f"/apply/rounds/{set_.round.slug}/").text
    assert page.index(ASKED[0].question) < page.index("Title of the work")
    assert ASKED[0].otherwise not in page
    wrong = begin(client, set_, **fields("no", "no"))
    assert wrong.status_code == 422
    assert ASKED[0].otherwise in wrong.text
    assert ASKED[1].otherwise not in wrong.text
    assert begin(client, set_, **fields("yes")).status_code == 422
    assert begin(client, set_, **fields("\0", "١")).status_code == 422
    assert not Application.objects.exists()
    begin(client, set_, **fields("yes", "no"))
    draft = Application.objects.get()
    assert client.get(address(draft)).status_code == 200


def test_an_answer_is_changed_while_it_is_a_draft(client: Client, set_: Stage) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.saved(set_.started())
    assert client.get(address(draft))["Location"] == address(draft, "conditions/")
    assert client.get(address(draft, "conditions/")).status_code == 200
    wrong = client.post(address(draft, "conditions/"), fields("yes", "yes"))
    assert wrong.status_code == 422
    assert ASKED[1].otherwise in wrong.text
    assert ASKED[1].otherwise in client.get(address(draft, "conditions/")).text
    sent = save(client, draft, do="send")
    assert client.get(sent["Location"])["Location"] == address(draft, "conditions/")
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert draft.project.title == "Нохой 牧羊犬", "what was written is kept all the same"
    right = client.post(address(draft, "conditions/"), fields("yes", "no"))
    assert right["Location"] == address(draft)
    assert "Your answers to the questions" in client.get(address(draft)).text
    draft.refresh_from_db()
    save(client, draft, version=str(draft.version), do="send")
    page = client.get(address(draft)).text
    assert ASKED[0].question in page
    assert client.get(address(draft, "conditions/"))["Location"] == address(draft)
    assert client.post(address(draft, "conditions/"), fields("no")).status_code == 409


def test_a_round_without_questions_has_no_page_of_them(client: Client, db: None) -> None:
    cache.clear()
    set_ = stage()
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    assert client.get(address(draft, "conditions/"))["Location"] == address(draft)
    assert client.get(address(draft)).status_code == 200
    assert client.get(f"/apply/{uuid.uuid4()}/conditions/").status_code == 404


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_never_changes_under_a_sending(committed: None, turn: int) -> None:
    set_ = questioned()
    draft = answer(set_, set_.saved(set_.started()), True, False)

    def deed(number: int) -> Any:
        return set_.submitted(draft) if number == 0 else answer(set_, draft, False)

    sent, _changed = together(2, deed)
    row = Application.objects.get()
    said = list(row.answers.order_by("condition__position").values_list("said", flat=True))
    if isinstance(sent, Application):
        assert (row.state, said) == ("submitted", [True, False])
    else:
        assert isinstance(sent, Incomplete)
        assert (row.state, said) == ("draft", [False, False])


def test_the_last_second_counts_and_the_next_does_not(set_: Stage) -> None:
    draft = answer(set_, set_.saved(set_.started()), True, False)
    end = clock.now() + dt.timedelta(minutes=1)
    Round.objects.filter(pk=set_.round.pk).update(
        opens_at=end - dt.timedelta(days=9), closes_at=end, grace_minutes=2
    )
    late = {"state": "submitted", "submitted": {}, "sha256": "a" * 64}
    with refused("application_sent_in_time"):
        Application.objects.filter(pk=draft.pk).update(
            submitted_at=end + dt.timedelta(minutes=2), **late
        )
    # In time, it fails by the next that is asked of it: that what was sent is kept.
    with refused("application_tells_its_latest_submission"):
        Application.objects.filter(pk=draft.pk).update(
            submitted_at=end + dt.timedelta(minutes=2, microseconds=-1),
            **late,
        )
