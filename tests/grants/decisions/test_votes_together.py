"""Goal: one vote for all where nobody is out, votes of their own elsewhere; all of it or none."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from funding.users.models import Role, User
from grants import ballots, declarations, votes
from grants.models import Choice, Interest, Item, Motion, Vote
from grants.views import ballot_pages
from grants.votes import NotTogether, NoVote, VoteClosed
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import Table, none_declared, table
from tests.grants.decisions.test_motions import refused
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db


def three() -> tuple[Table, Motion, list[Item]]:
    """Three applications under vote; Carol is out of the third."""
    set_ = table()
    for title in ("One", "Two", "Three"):
        set_.apply(title, 20_000)
    declarations.step_out(application_id=set_.applications[2].pk, reason="Kin.", by=set_.carol)
    motion = set_.put({0: 20_000}, {0: 10_000, 1: 5_000}, {1: 20_000})
    return set_, motion, list(motion.items.order_by("pk"))


def ids(items: list[Item]) -> list[int]:
    """The first two: what is voted on together."""
    return [item.pk for item in items[:2]]


def cast(motion: Motion, wanted: list[int], by: User, choice: Choice = Choice.FOR) -> list[Vote]:
    """One vote for all."""
    return votes.cast_together(motion_id=motion.pk, item_ids=wanted, choice=choice, by=by)


def test_what_anybody_stepped_out_of_is_voted_on_alone() -> None:
    set_, motion, items = three()
    assert ballots.together(motion) == ids(items)
    for wrong in ([items[0].pk], [item.pk for item in items], [], [10**8]):
        refused(set_, NotTogether, lambda told=wrong: cast(motion, told, set_.dan))
    cast(motion, ids(items), set_.dan)
    assert set(Vote.objects.values_list("item", "choice")) == {
        (items[0].pk, "for"),
        (items[1].pk, "for"),
    }
    # Two who could be one are one: with a single one left there is nothing to vote together.
    declarations.step_out(application_id=set_.applications[1].pk, reason="Kin.", by=set_.carol)
    assert ballots.together(motion) == []
    refused(set_, NotTogether, lambda: cast(motion, [items[0].pk], set_.dan))


def test_an_interest_that_waits_for_the_chair_is_voted_on_alone() -> None:
    set_, motion, items = three()
    declared = declarations.declare(
        application_id=set_.applications[0].pk,
        interest=Interest.SOFT,
        nature="group",
        words="One group.",
        by=set_.carol,
    )
    assert ballots.together(motion) == []
    refused(set_, NotTogether, lambda: cast(motion, ids(items), set_.dan))
    declarations.rule(
        declaration_id=declared.pk, may_take_part=True, sentence="A large one.", by=set_.dan
    )
    assert ballots.together(motion) == ids(items)


def test_one_who_steps_out_between_page_and_vote_is_noticed() -> None:
    set_, motion, items = three()
    shown = ids(items)
    declarations.step_out(application_id=set_.applications[0].pk, reason="Kin.", by=set_.members[3])
    refused(set_, NotTogether, lambda: cast(motion, shown, set_.dan))


def test_all_of_it_is_cast_or_none(clock_at: Callable[[dt.datetime], None]) -> None:
    set_, motion, items = three()
    late = make_person("late@example.org", "Late", Role.COMMITTEE)
    for application in set_.applications[:1]:
        none_declared(application, [late])
    for person in (late, set_.pat, set_.tara, set_.eve):
        refused(set_, NoVote, lambda by=person: cast(motion, ids(items), by))
    other = set_.apply("Own", 10_000, declared=False)
    none_declared(other, set_.members[:2])
    again = set_.apply("Next", 10_000)
    second = set_.put({0: 10_000}, {0: 10_000}, applications=[other, again])
    both = [item.pk for item in second.items.order_by("pk")]
    # The third member has declared on one of the two only.
    refused(set_, declarations.Undeclared, lambda: cast(second, both, set_.members[2]))
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    refused(set_, VoteClosed, lambda: cast(motion, ids(items), set_.dan))


def test_again_takes_the_place_of_votes_before() -> None:
    set_, motion, items = three()
    votes.cast(item_id=items[0].pk, choice=Choice.AGAINST, by=set_.dan)
    for choice in (Choice.FOR, Choice.FOR, Choice.ABSTAIN):
        cast(motion, ids(items), set_.dan, choice)
    assert list(Vote.objects.values_list("choice", flat=True)) == ["abstain"] * 2


def test_who_is_out_votes_together_on_the_rest_and_learns_no_sum() -> None:
    set_, motion, items = three()
    lines = ballot_pages.lines(motion, set_.carol)
    bloc = ballot_pages.bloc(motion, lines, set_.carol)
    assert bloc is not None
    assert [sum_.others for sum_ in bloc.sums] == [None, None]
    assert [sum_.left.minor for sum_ in bloc.sums] == [170_000, 75_000]
    seen = ballot_pages.bloc(motion, ballot_pages.lines(motion, set_.dan), set_.dan)
    assert seen is not None
    assert [(each.free.minor, each.this.minor, each.left.minor) for each in seen.sums] == [
        (200_000, 30_000, 170_000),
        (100_000, 5_000, 75_000),
    ]
    assert len(cast(motion, ids(items), set_.carol)) == 2


def test_the_page_takes_one_vote_for_all(client: Client) -> None:
    set_, motion, items = three()
    page = reverse("grants:committee_motion", kwargs={"pk": motion.pk})
    where = reverse("grants:committee_vote_together", kwargs={"pk": motion.pk})
    sign_in(client, set_.dan, factor=True)
    assert "One vote on 2 applications" in client.get(page).content.decode()
    wanted = " ".join(map(str, ids(items)))
    for sent, status in (
        ({"items": wanted}, 422),
        ({"items": wanted, "choice": "yes"}, 422),
        ({"items": f"{wanted} 99999999999999999999 ١٢ \0", "choice": "for"}, 302),
        ({"items": "", "choice": "for"}, 409),
    ):
        assert client.post(where, sent).status_code == status, sent
    assert Vote.objects.count() == 2
    told = client.get(page).content.decode()
    assert "You voted: for" in told
