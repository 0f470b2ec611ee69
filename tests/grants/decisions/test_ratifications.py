"""Goal: where the call says so, nothing is awarded before a trustee from outside has said yes."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.test import Client

from funding import clock, waits
from funding.documents.models import Document
from funding.ledger.models import Entry, Hold
from funding.mail.models import Mail
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    decisions,
    declarations,
    envelopes,
    letters,
    motions,
    papers,
    ratifications,
    votes,
)
from grants.models import (
    Application,
    Award,
    Choice,
    ItemState,
    Motion,
    MotionState,
    Ratification,
    Recusal,
    Round,
    Vote,
)
from grants.motions import NotADraft
from grants.ratifications import NotWaiting, NotYours, ReasonMissing
from grants.recusals import DecidedAlready
from grants.votes import VoteClosed
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_papers import words
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.refusing import refused


def counted(choice: str = "for") -> tuple[Table, Motion, User]:
    """A motion on which everybody has voted, in a round that is ratified, and a trustee."""
    set_ = table()
    Round.objects.update(is_ratified=True)
    set_.round.refresh_from_db()
    set_.apply()
    trustee = make_person("tess@example.org", "Tess", Role.TRUSTEE)
    motion = set_.put({0: 100_000})
    set_.vote(motion, *[choice] * 5)
    return set_, decisions.close(motion_id=motion.pk), trustee


def answer(motion: Motion, by: User, *, is_agreed: bool = True, reason: str = "") -> Ratification:
    return ratifications.answer(motion_id=motion.pk, is_agreed=is_agreed, reason=reason, by=by)


def waiting(person: User) -> list[str]:
    return [each.look for each in waits.for_user(person) if each.state == "to be ratified"]


@pytest.mark.django_db
def test_the_money_stays_held_and_nothing_is_awarded_and_nobody_is_told() -> None:
    set_, motion, trustee = counted()
    assert (motion.state, motion.counted_at is not None) == (MotionState.OPEN, True)
    was, entries = set_.figures(), Entry.objects.count()
    assert was.held.minor == 100_000
    assert (was.committed.minor, envelopes.held(set_.round)[set_.funds[0].pk]) == (0, 100_000)
    for _time in range(2):
        decisions.sweep()
        papers.sweep()
        decisions.look(motion.pk)
    assert not Award.objects.exists()
    assert not Document.objects.exists()
    assert (set_.figures(), Entry.objects.count()) == (was, entries)
    assert set_.applications[0].items.get().state == ItemState.OPEN
    assert list(Mail.objects.values_list("to_address", flat=True)) == [trustee.email]
    assert (waiting(trustee), waiting(set_.dan)) == (["wait"], [])


@pytest.mark.django_db
def test_the_database_refuses_an_award_a_late_vote_and_an_answer_of_the_wrong_person() -> None:
    set_, motion, trustee = counted()
    item = motion.items.get()
    with refused("award_is_ratified"):
        Award.objects.create(
            item=item,
            application=item.application,
            entity=set_.entity,
            currency="EUR",
            amount_minor=100_000,
            adopted_at=clock.now(),
            due_at=clock.now(),
        )
    with refused("vote_is_before_the_count"):
        Vote.objects.filter(item=item).update(choice="against")
    facts: dict[str, Any] = {"motion": motion, "made_at": clock.now(), "is_agreed": True}
    for person in (set_.dan, set_.carol, set_.asel):
        with refused("ratification_is_of_another"):
            Ratification.objects.create(member=person, **facts)
    with refused("ratification_refuses_with_reason"):
        Ratification.objects.create(member=trustee, **facts | {"is_agreed": False})
    set_.apply("Other")
    early = set_.put({1: 50_000}, applications=set_.applications[1:])
    with refused("ratification_follows_the_count"):
        Ratification.objects.create(member=trustee, **facts | {"motion": early})
    made = Ratification.objects.create(member=trustee, **facts)
    with refused("ratification_stays"):
        Ratification.objects.filter(pk=made.pk).update(is_agreed=False, reason="No.")
    with refused("ratification_stays"):
        made.delete()


@pytest.mark.django_db
def test_only_a_trustee_without_a_seat_or_a_part_in_it_answers_and_nothing_else_moves() -> None:
    set_, motion, _trustee = counted()
    today = clock.today("UTC")
    roles.grant(
        user_id=set_.carol.pk, role=Role.TRUSTEE, starts_on=today, ends_on=None, actor="test"
    )
    both = make_person("both@example.org", "Both", Role.TRUSTEE, Role.COMMITTEE)
    kin = make_person("kin@example.org", "Kin", Role.TRUSTEE)
    Recusal.objects.create(
        application=set_.applications[0], member=kin, reason="Kin.", declared_at=clock.now()
    )
    roles.grant(
        user_id=set_.asel.pk, role=Role.TRUSTEE, starts_on=today, ends_on=None, actor="test"
    )
    was = set_.moved()
    for person in (set_.carol, both, kin, set_.asel, set_.pat, set_.tara):
        with pytest.raises(NotYours):
            answer(motion, person)
    for late in (
        lambda: motions.withdraw(motion_id=motion.pk, by=set_.dan),
        lambda: votes.cast(item_id=motion.items.get().pk, choice=Choice.AGAINST, by=set_.dan),
        lambda: declarations.step_out(
            application_id=set_.applications[0].pk, reason="Kin.", by=set_.carol
        ),
    ):
        with pytest.raises((NotADraft, VoteClosed, DecidedAlready)):
            late()
    assert set_.moved() == was


@pytest.mark.django_db
def test_ratified_it_is_carried_out_once_and_the_minute_says_by_whom() -> None:
    set_, motion, trustee = counted()
    first = answer(motion, trustee, reason="In the spirit of the statutes.")
    assert answer(motion, trustee) == first
    with pytest.raises(NotWaiting):
        answer(motion, trustee, is_agreed=False, reason="No.")
    for _time in range(2):
        decisions.sweep()
        papers.sweep()
    motion.refresh_from_db()
    assert motion.state == MotionState.DECIDED
    assert Award.objects.get().amount_minor == 100_000
    assert not Hold.objects.filter(released_at=None).exists()
    assert set_.figures().committed.minor == 100_000
    assert motion.minute is not None
    said = " ".join(words(motion.minute).split())
    assert "Tess, a trustee without a seat on the committee, ratified it on" in said
    assert "In the spirit of the statutes." in said
    assert Mail.objects.filter(key=f"award:{Award.objects.get().pk}:letter").exists()
    assert waiting(trustee) == []


@pytest.mark.django_db
def test_refused_the_money_is_free_again_and_the_application_can_be_declined() -> None:
    set_, motion, trustee = counted()
    with pytest.raises(ReasonMissing):
        answer(motion, trustee, is_agreed=False, reason=" \0 ")
    answer(motion, trustee, is_agreed=False, reason="The statutes forbid it.")
    decisions.sweep()
    papers.sweep()
    motion.refresh_from_db()
    assert motion.state == MotionState.DECIDED
    assert motion.items.get().state == ItemState.UNRATIFIED
    assert not Award.objects.exists()
    assert set_.figures().held.minor == 0
    assert motion.minute is not None
    said = " ".join(words(motion.minute).split())
    assert "refused to ratify it on" in said
    assert "adopted, and not ratified" in said.lower()
    found = Application.objects.get()
    assert (found.state, letters.is_declinable(found)) == ("submitted", True)
    assert set_.put({0: 60_000}).state == MotionState.OPEN


@pytest.mark.django_db
def test_what_was_not_adopted_needs_nobody_and_other_rounds_do_without() -> None:
    _set, motion, _trustee = counted("against")
    assert (motion.state, motion.counted_at) == (MotionState.DECIDED, None)
    assert motion.items.get().state == ItemState.REJECTED


@pytest.mark.django_db
def test_while_no_trustee_can_answer_the_chair_reads_so() -> None:
    set_, _motion, trustee = counted()
    roles.end(
        term_id=trustee.terms.get().pk,
        ends_on=clock.today("UTC") - dt.timedelta(days=1),
        actor="test",
    )
    assert (waiting(trustee), waiting(set_.dan)) == ([], ["stop"])


@pytest.mark.django_db
def test_the_page_shows_what_was_adopted_and_takes_one_answer(client: Client) -> None:
    set_, motion, trustee = counted()
    place = f"/committee/motions/{motion.pk}/ratification/"
    for person in (set_.dan, set_.pat, set_.asel):
        sign_in(client, person)
        assert client.get(place).status_code == 404
    sign_in(client, set_.dan)
    assert "has the last word" in client.get(f"/committee/motions/{motion.pk}/").text
    sign_in(client, trustee)
    page = client.get(place).text
    for part in ("Steppe", "1,000.00", "Ratify it", "adopted"):
        assert part in page
    bad: list[tuple[dict[str, str], int]] = [
        ({}, 422), ({"answer": "x"}, 422), ({"answer": "no"}, 409),
        ({"answer": "yes", "reason": "a\0b"}, 422),
    ]  # fmt: skip
    for said, status in bad:
        assert client.post(place, said).status_code == status
    assert not Ratification.objects.exists()
    for _time in range(2):
        assert client.post(place, {"answer": "yes"}).status_code == 302
    assert Award.objects.count() == 1
    assert "ratified" in client.get(place).text
    assert client.post(place, {"answer": "no", "reason": "No."}).status_code == 409


def test_of_two_trustees_at_once_the_first_answer_stands(committed: None) -> None:
    _set, motion, trustee = counted()
    other = make_person("tom@example.org", "Tom", Role.TRUSTEE)
    people = [trustee, other]

    def deed(at: int) -> object:
        made = answer(motion, people[at], is_agreed=bool(at), reason="So.")
        decisions.look(motion.pk)
        return made

    said = together(2, deed)
    assert sum(isinstance(each, NotWaiting) for each in said) == 1
    decisions.sweep()
    made = Ratification.objects.get()
    assert Award.objects.count() == int(made.is_agreed)
    assert not Hold.objects.filter(released_at=None).exists()


def test_one_answer_pressed_four_times_is_one(committed: None) -> None:
    _set, motion, trustee = counted()
    assert len(set(together(4, lambda _: answer(motion, trustee).pk))) == 1
    together(3, partial(lambda pk, _: decisions.look(pk), motion.pk))
    assert Award.objects.count() == 1
