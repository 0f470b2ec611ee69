"""Goal: one vote each for those who may, until the end and not after; who is out is out."""

import datetime as dt
from collections.abc import Callable

import pytest

from funding import clock
from funding.audit.models import Record
from funding.users import roles
from funding.users.models import Role, Term
from grants import decisions, declarations, recusals, votes
from grants.models import Choice, Vote
from grants.recusals import DecidedAlready, NotAMember, ReasonMissing, Recused
from grants.votes import NoVote, VoteClosed
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import table
from tests.grants.decisions.test_motions import refused
from tests.people import make_person

pytestmark = pytest.mark.django_db


def test_only_members_of_the_day_it_was_put_vote() -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    item = motion.items.get()
    late = make_person("late@example.org", "Late", Role.COMMITTEE)
    for person in (late, set_.pat, set_.tara, set_.eve):
        refused(
            set_,
            NoVote,
            lambda person=person: votes.cast(item_id=item.pk, choice=Choice.FOR, by=person),
        )
    term = Term.objects.get(user=set_.carol)
    yesterday = clock.today("UTC") - dt.timedelta(days=1)
    roles.end(term_id=term.pk, ends_on=yesterday, actor="test")
    refused(set_, NoVote, lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol))


def test_nobody_votes_on_a_draft_or_after_the_end(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    set_ = table()
    set_.apply()
    set_.apply("Forest")
    draft = set_.propose({0: 100_000}).items.get()
    refused(
        set_, VoteClosed, lambda: votes.cast(item_id=draft.pk, choice=Choice.FOR, by=set_.carol)
    )
    motion = set_.put({0: 90_000}, applications=set_.applications[1:])
    item = motion.items.get()
    clock_at(motion.closes_at - dt.timedelta(minutes=1))
    votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol)
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    refused(
        set_, VoteClosed, lambda: votes.cast(item_id=item.pk, choice=Choice.AGAINST, by=set_.carol)
    )


def test_a_later_vote_takes_the_place_of_an_earlier_one_and_the_log_does_not_say_how() -> None:
    set_ = table()
    set_.apply()
    item = set_.put({0: 100_000}).items.get()
    votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol)
    votes.cast(item_id=item.pk, choice=Choice.AGAINST, by=set_.carol)
    assert Vote.objects.get().choice == Choice.AGAINST
    rows = Record.objects.filter(action__startswith="vote.").order_by("pk")
    assert [(row.action, row.facts) for row in rows] == [("vote.cast", {}), ("vote.changed", {})]


def test_only_members_step_out_with_a_reason_and_before_the_end() -> None:
    set_ = table()
    wanted = set_.apply()
    refused(
        set_,
        NotAMember,
        lambda: declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.pat),
    )
    refused(
        set_,
        ReasonMissing,
        lambda: declarations.step_out(application_id=wanted.pk, reason="  ", by=set_.carol),
    )
    set_.decided({0: 100_000})
    refused(
        set_,
        DecidedAlready,
        lambda: declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol),
    )


def test_stepping_out_takes_the_vote_back_and_is_harmless_twice() -> None:
    set_ = table()
    wanted, other = set_.apply(), set_.apply("Forest")
    motion = set_.put({0: 100_000}, {1: 60_000})
    set_.vote(motion, "for", "for")
    for _ in range(2):
        declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol)
    item = motion.items.get(application=wanted)
    assert list(item.votes.values_list("member_id", flat=True)) == [set_.dan.pk]
    assert other.items.get().votes.count() == 2
    refused(set_, Recused, lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol))
    assert Record.objects.filter(action="vote.taken_back").count() == 1
    assert decisions.tallies(motion)[item.pk].voters == 4


def test_a_private_reason_is_in_no_log() -> None:
    set_ = table()
    wanted = set_.apply()
    declarations.step_out(application_id=wanted.pk, reason="My brother.", by=set_.carol)
    assert not [row for row in Record.objects.all() if "brother" in str(row.facts)]


def test_whoever_acts_for_the_applying_body_is_warned() -> None:
    set_ = table()
    by = make_person("asel@steppe.example", "Asel of the steppe")
    wanted = set_.apply(by=by)
    assert recusals.flags(wanted, set_.carol) == []
    wanted.project.organisation.memberships.create(user=set_.carol, since=clock.now())
    assert recusals.flags(wanted, set_.carol) == ["You act for Steppe Team, which applies."]
