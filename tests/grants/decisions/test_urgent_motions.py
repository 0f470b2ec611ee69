"""Goal: what cannot wait is voted on sooner, everybody is told, and one no gives it time again."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from funding import clock, waits
from funding.mail.models import Mail
from funding.users.models import User
from grants import decisions, declarations, motions, objections, papers
from grants.models import ItemState, Motion, MotionState, Objection
from grants.motions import TooSoon
from grants.objections import NotUrgent, NoVoter, ReasonMissing
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_decision_races import Move
from tests.grants.decisions.test_papers import words
from tests.ledger.racing import together
from tests.people import sign_in
from tests.refusing import refused

WHY = "The vets leave on Monday."


def drafted(hours: int = 24, why: str = WHY) -> tuple[Table, Motion]:
    set_ = table()
    set_.apply()
    closes_at = clock.now() + dt.timedelta(hours=hours, minutes=5)
    return set_, set_.propose({0: 100_000}, closes_at=closes_at, urgent_why=why)


def urgent() -> tuple[Table, Motion]:
    set_, motion = drafted()
    return set_, motions.put(motion_id=motion.pk, by=set_.dan)


def object_(motion: Motion, by: User, why: str = "I am in the field.") -> Objection:
    return objections.make(motion_id=motion.pk, reason=why, by=by)


def mails(kind: str) -> list[str]:
    rows = Mail.objects.filter(key__contains=f":{kind}-")
    return sorted(rows.values_list("to_address", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "why"), [(71, ""), (23, WHY), (71, "  ")])
def test_a_vote_is_open_for_three_days_or_one_where_it_is_urgent(hours: int, why: str) -> None:
    set_, motion = drafted(hours, why)
    Motion.objects.update(closes_at=clock.now() + dt.timedelta(hours=hours))
    with pytest.raises(TooSoon):
        motions.put(motion_id=motion.pk, by=set_.dan)
    with refused("motion_is_open_long_enough"):
        Motion.objects.update(
            state="open", put_at=clock.now(), frozen={"members": []}, sha256="a" * 64
        )
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_objections_that_change_nothing() -> None:
    set_, motion = urgent()
    facts: dict[str, Any] = {
        "motion": motion, "reason": "No.", "made_at": clock.now(), "closed_at": motion.closes_at
    }  # fmt: skip
    with refused("objection_gives_the_ordinary_span"):
        Objection.objects.create(member=set_.carol, **facts)
    with refused("motion_urgency_is_frozen"):
        Motion.objects.update(urgent_why="Other")
    later = clock.now() + dt.timedelta(hours=73)
    Motion.objects.update(closes_at=later)
    with refused("objection_is_of_a_member"):
        Objection.objects.create(member=set_.pat, **facts)
    with refused("objection_has_a_reason"):
        Objection.objects.create(member=set_.carol, **facts | {"reason": ""})
    with refused("objection_is_before_the_end"):
        Objection.objects.create(member=set_.carol, **facts | {"made_at": motion.closes_at})
    made = Objection.objects.create(member=set_.carol, **facts)
    with refused("objection_stays"):
        Objection.objects.filter(pk=made.pk).update(reason="Other")
    with refused("objection_stays"):
        made.delete()


@pytest.mark.django_db
def test_everybody_who_may_vote_is_told_and_one_objection_gives_it_time(client: Client) -> None:
    set_, motion = urgent()
    everybody = sorted(each.email for each in set_.members)
    assert (mails("urgent"), mails("ordinary")) == (everybody, [])
    text = Mail.objects.filter(key__contains=":urgent-").first()
    assert text is not None
    assert WHY in text.text
    assert [each.state for each in waits.for_user(set_.carol)] == ["urgent"]
    set_.vote(motion, "for")
    sign_in(client, set_.carol)
    place = f"/committee/motions/{motion.pk}/"
    assert "Put by the written procedure for urgent cases" in client.get(place).text
    for why in ("", " \0 "):
        answer = client.post(f"{place}object/", {"why": why})
        assert (answer.status_code, "Write why." in answer.text) == (409, True)
    for _time in range(2):
        said = {"why": "I am in the field."}
        assert client.post(f"{place}object/", said).status_code == 302
    was = motion.closes_at
    motion.refresh_from_db()
    assert motion.put_at is not None
    assert motion.closes_at == motion.due_at == motion.put_at + motions.SHORTEST
    assert object_(motion, set_.dan).member == set_.carol
    assert Objection.objects.get().closed_at == was
    assert mails("ordinary") == everybody
    page = client.get(place).text
    assert "I am in the field." in page
    assert "Object to the urgent procedure" not in page
    assert set_.dan.votes.count() == 1


@pytest.mark.django_db
def test_who_has_no_vote_does_not_object_and_nothing_moves() -> None:
    set_, motion = urgent()
    declarations.step_out(
        application_id=set_.applications[0].pk, reason="My brother.", by=set_.carol
    )
    was = set_.moved()
    for person in (set_.carol, set_.pat, set_.asel):
        with pytest.raises(NoVoter):
            object_(motion, person)
    with pytest.raises(ReasonMissing):
        object_(motion, set_.dan, " ")
    set_.apply("Other")
    calm = set_.put({1: 100_000}, applications=set_.applications[1:])
    with pytest.raises(NotUrgent):
        object_(calm, set_.dan)
    assert not Objection.objects.exists()
    assert set_.moved()["votes"] == was["votes"]


@pytest.mark.django_db
def test_too_late_is_too_late_and_the_quorum_is_as_always(clock_at: Move) -> None:
    set_, motion = urgent()
    set_.vote(motion, "for", "for")
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    with pytest.raises(NotUrgent):
        object_(motion, set_.carol)
    decisions.close(motion_id=motion.pk)
    assert motion.items.get().state == ItemState.NO_QUORUM


@pytest.mark.django_db
@pytest.mark.parametrize("objected", [False, True])
def test_the_minute_and_its_mail_name_the_procedure(objected: bool) -> None:
    set_, motion = urgent()
    if objected:
        object_(motion, set_.carol)
    set_.vote(motion, *["for"] * 5)
    decisions.close(motion_id=motion.pk)
    papers.make_minute(motion.pk)
    motion.refresh_from_db()
    assert motion.minute is not None
    said = " ".join(words(motion.minute).split())
    assert f"Written, for urgent cases. Why it was urgent: {WHY}" in said
    assert ("Carol objected on" in said, "Nobody objected." in said) == (objected, not objected)
    mail = Mail.objects.filter(key__contains=":minute-").first()
    assert mail is not None
    assert "written procedure for urgent cases" in " ".join(mail.text.split())


def test_two_objections_at_once_are_one_and_the_last_vote_does_not_pass_it(
    committed: None,
) -> None:
    set_, motion = urgent()
    said = together(4, lambda at: object_(motion, set_.members[at]).pk)
    assert len(set(said)) == 1
    assert len(mails("ordinary")) == 5
    motion.refresh_from_db()
    assert motion.state == MotionState.OPEN
