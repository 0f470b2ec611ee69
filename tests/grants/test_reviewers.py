"""Goal: each application has its reviewers or is named, and one of them can be replaced in time."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import clock, waits
from funding.users.models import Role
from grants import declarations, reviewers, reviews
from grants.models import Assignment, Interest, Review
from grants.recusals import Recused
from tests.grants.decisions.cast import Table
from tests.grants.decisions.test_committee_pages import browser
from tests.grants.payments.test_payment_races import together
from tests.grants.reviewing import asked, hand_in, opinion, reviewed
from tests.people import make_person
from tests.refusing import refused


@pytest.fixture
def set_(db: None) -> Table:
    """Two applications with two reviewers each, of five members."""
    found = reviewed("Ibex", "Lynx", wanted=2)
    reviews.assign(round_id=found.round.pk, by=found.dan)
    return found


def place(set_: Table) -> str:
    return reverse("grants:committee_reviewers", kwargs={"slug": set_.round.slug})


def chosen(set_: Table, **facts: object) -> dict[str, Any]:
    """Carol or whoever is first is replaced by somebody who is free."""
    ibex = set_.applications[0]
    row = next(row for row in reviewers.rows(set_.round) if row.application == ibex)
    told: dict[str, Any] = {
        "application": ibex.pk,
        "member": row.asked[0].member.pk,
        "to": row.free[0].member.pk,
        "why": "On field work until May.",
    }
    return told | facts


def test_nobody_is_asked_before_declaring_and_the_request_waits(db: None) -> None:
    found = reviewed("Ibex", wanted=3, seats=2)
    ibex = found.applications[0]
    silent = make_person("silent@example.org", "Silent", Role.COMMITTEE)
    soft = make_person("soft@example.org", "Soft", Role.COMMITTEE)
    row = declarations.declare(
        application_id=ibex.pk, interest=Interest.SOFT, nature="wrote", words="A paper.", by=soft
    )
    assert reviews.assign(round_id=found.round.pk, by=found.dan) == {ibex.pk: 1}
    assert set(asked(found, ibex)) == {found.dan, found.carol}
    for person in (silent, soft, found.asel):
        with refused("assignment_is_of_who_is_in"):
            Assignment.objects.create(application=ibex, member=person, assigned_at=clock.now())
    (told,) = reviewers.rows(found.round)
    assert (told.missing, told.silent) == (1, [silent, soft])
    title = f"Reviewers are missing in {found.round.name}"
    assert title in [each.title for each in waits.for_user(found.pat)]
    declarations.rule(
        declaration_id=row.pk, may_take_part=True, sentence="A paper is no tie.", by=found.dan
    )
    assert reviews.assign(round_id=found.round.pk, by=found.pat) == {}
    assert soft in asked(found, ibex)
    assert title not in [each.title for each in waits.for_user(found.pat)]


def test_the_page_names_who_is_missing_and_who_is_free(set_: Table) -> None:
    hand_in(set_, set_.applications[0], asked(set_, set_.applications[0])[0])
    text = browser(set_.pat).get(place(set_)).text
    assert "Every application has its reviewers." in text
    assert "Ask another instead" in text
    said = browser(set_.dan).post(
        reverse("grants:committee_assign", kwargs={"slug": set_.round.slug}), follow=True
    )
    assert said.redirect_chain[-1][0] == place(set_)
    set_.round.reviews_wanted = 9
    set_.round.save()
    said = browser(set_.dan).post(
        reverse("grants:committee_assign", kwargs={"slug": set_.round.slug}), follow=True
    )
    assert "8 reviews are wanted for which no member is left. “Ibex”, “Lynx”" in said.text


@pytest.mark.parametrize("who", ["dan", "pat"])
def test_chair_and_officer_ask_another_instead_once(set_: Table, who: str) -> None:
    told, client = chosen(set_), browser(getattr(set_, who))
    for _time in range(2):
        assert client.post(place(set_), told).status_code == 302
    ibex = set_.applications[0]
    assert Assignment.objects.filter(application=ibex).count() == 3
    assert told["to"] in [each.pk for each in asked(set_, ibex)]
    assert told["member"] not in [each.pk for each in asked(set_, ibex)]


def test_rubbish_and_a_missing_reason_are_said_and_what_was_typed_stays(set_: Table) -> None:
    client, before = browser(set_.dan), list(Assignment.objects.values())
    for rubbish in ("", "0", "٣", "x\0", "9" * 40, "-1"):
        for name in ("application", "member", "to"):
            answer = client.post(place(set_), chosen(set_, **{name: rubbish}))
            assert answer.status_code == 422
    answer = client.post(place(set_), chosen(set_, why=" "))
    assert answer.status_code == 409
    assert "write why" in answer.text
    assert list(Assignment.objects.values()) == before


def test_whoever_is_out_of_it_does_not_choose_its_reviewers(set_: Table) -> None:
    told = chosen(set_)
    declarations.step_out(application_id=set_.applications[0].pk, reason="Kin.", by=set_.dan)
    answer = browser(set_.dan).post(place(set_), told)
    assert answer.status_code in {409, 422}
    assert "It is closed to you" in answer.text
    with pytest.raises(Recused):
        reviews.reassign(
            application_id=told["application"],
            member_id=told["member"],
            to_id=told["to"],
            why="Because.",
            by=set_.dan,
        )


def test_the_page_costs_the_same_with_more_applications(set_: Table) -> None:
    client = browser(set_.pat)

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(place(set_)).status_code == 200
        return len(found)

    count()
    few = count()
    for title in ("Argali", "Saker", "Marmot"):
        set_.apply(title)
    assert count() == few


@pytest.mark.usefixtures("committed")
def test_a_review_handed_in_while_another_is_asked_counts_or_was_never_handed_in() -> None:
    set_ = reviewed("Ibex", wanted=1)
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    ibex = set_.applications[0]
    (me,) = asked(set_, ibex)
    draft = reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 4, 3), by=me)
    told = chosen(set_)
    said = together(
        lambda: reviews.hand_in(application_id=ibex.pk, version=draft.version, by=me),
        lambda: reviews.reassign(
            application_id=ibex.pk,
            member_id=me.pk,
            to_id=told["to"],
            why="Ill.",
            by=set_.dan,
        ),
    )
    assert len(said) == 2
    assert "done" in said
    assert {"NotNow", "NotAsked"} & set(said)
    is_in = Review.objects.filter(handed_in_at__isnull=False).exists()
    assert (me in asked(set_, ibex)) is is_in


@pytest.mark.usefixtures("committed")
def test_control_without_the_lock_a_review_is_handed_in_and_counts_for_nobody() -> None:
    set_ = reviewed("Ibex", wanted=1)
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    ibex = set_.applications[0]
    (me,) = asked(set_, ibex)
    reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 4, 3), by=me)
    looked = threading.Barrier(2)

    def hand_in_() -> None:
        assert Assignment.objects.filter(member=me, ended_at__isnull=True).exists()
        looked.wait()
        Review.objects.filter(member=me).update(handed_in_at=clock.now())

    def reassign() -> None:
        assert not Review.objects.filter(member=me, handed_in_at__isnull=False).exists()
        looked.wait()
        Assignment.objects.filter(member=me).update(ended_at=clock.now(), ended_why="Ill.")

    assert together(hand_in_, reassign) == ["done", "done"]
    assert Review.objects.filter(member=me, handed_in_at__isnull=False).exists()
    assert reviews.counting(set_.round) == {}
