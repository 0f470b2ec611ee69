"""Goal: of two at once, one wins and the other is told; money is never promised twice."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from funding import clock
from funding.ledger import balances
from funding.ledger.models import Entry, Hold
from funding.users.models import Role
from grants import ballots, decisions, declarations, motions, recusals, votes
from grants.models import Application, Award, Choice, Motion, MotionState, Recusal, Vote
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import Table, none_declared, table
from tests.grants.payments.cast import give
from tests.grants.payments.test_payment_races import together
from tests.people import make_person

Move = Callable[[dt.datetime], None]


def at_once(*deeds: Callable[[], object]) -> None:
    """Run all in threads; whatever one of them raises fails the test."""

    def run(deed: Callable[[], object]) -> None:
        try:
            deed()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def last_thousand() -> tuple[Table, Motion, Motion]:
    """Two drafts of two chairs, each for all of the EUR 1,000 that a fund has."""
    set_ = table(100_000)
    other = make_person("dora2@example.org", "Dora", Role.CHAIR)
    one, two = set_.apply("One", 100_000), set_.apply("Two", 100_000)
    none_declared(two, [other])
    first = set_.propose({0: 100_000}, applications=[one])
    second = set_.propose({0: 100_000}, applications=[two], by=other)
    return set_, first, second


def test_two_chairs_do_not_put_the_last_thousand_twice(committed: None) -> None:
    set_, first, second = last_thousand()
    said = together(
        lambda: motions.put(motion_id=first.pk, by=set_.dan),
        lambda: motions.put(motion_id=second.pk, by=second.put_by),
    )
    assert said == ["FundOverdrawn", "done"]
    assert Hold.objects.count() == 1
    assert set_.figures().available.minor == 0
    assert sorted(Motion.objects.values_list("state", flat=True)) == ["draft", "open"]


def test_without_the_lock_both_chairs_would_find_the_thousand(committed: None) -> None:
    set_, _first, _second = last_thousand()
    barrier, found = threading.Barrier(2), []

    def look_then_hold() -> None:
        with transaction.atomic():
            available = balances.available(set_.funds[0].pk).minor
            barrier.wait()
            found.append(available)

    at_once(look_then_hold, look_then_hold)
    assert found == [100_000, 100_000]


def test_two_envelopes_are_not_drawn_on_at_once(committed: None) -> None:
    set_ = table(500_000, envelopes=(100_000,))
    one, two = set_.apply("One", 100_000), set_.apply("Two", 100_000)
    first = set_.propose({0: 80_000}, applications=[one])
    second = set_.propose({0: 80_000}, applications=[two])
    said = together(
        lambda: motions.put(motion_id=first.pk, by=set_.dan),
        lambda: motions.put(motion_id=second.pk, by=set_.dan),
    )
    assert said == ["OverTheEnvelope", "done"]
    assert Hold.objects.count() == 1


def ready() -> tuple[Table, Motion]:
    """A motion for the last thousand that everybody has voted for."""
    set_ = table(100_000)
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, *["for"] * 5)
    return set_, motion


def test_two_clicks_count_a_motion_once(committed: None) -> None:
    set_, motion = ready()
    said = together(*[lambda: decisions.close(motion_id=motion.pk)] * 2)
    assert said == ["done", "done"]
    assert Award.objects.count() == 1
    assert Entry.objects.filter(reason="award").count() == 1
    assert Entry.objects.filter(reason="hold_released").count() == 1
    assert (set_.figures().committed.minor, set_.figures().available.minor) == (100_000, 0)


def test_without_the_lock_two_clicks_would_both_find_it_open(committed: None) -> None:
    _set, motion = ready()
    barrier, found = threading.Barrier(2), []

    def look_then_count() -> None:
        state = Motion.objects.values_list("state", flat=True).get(pk=motion.pk)
        barrier.wait()
        found.append(state)

    at_once(look_then_count, look_then_count)
    assert found == [MotionState.OPEN] * 2


def test_two_closings_do_not_spend_what_a_refund_left_of_one(
    committed: None, clock_at: Move
) -> None:
    set_ = table(200_000)
    one, two = set_.apply("One", 100_000), set_.apply("Two", 100_000)
    both = [set_.put({0: 100_000}, applications=[each]) for each in (one, two)]
    for motion in both:
        set_.vote(motion, "for", "for", "for")
    give(set_.funds[0], -100_000)
    clock_at(max(motion.closes_at for motion in both) + dt.timedelta(seconds=1))
    together(*[lambda pk=motion.pk: decisions.close(motion_id=pk) for motion in both])
    # Neither hold is let go while the fund is under zero with both of them standing.
    assert set_.figures().available.minor == -100_000
    assert Award.objects.count() == Entry.objects.filter(reason="award").count()
    assert set_.figures().held.minor + set_.figures().committed.minor == 200_000


def test_money_on_its_way_from_held_to_promised_is_never_seen_free(committed: None) -> None:
    set_, motion = ready()
    stop, seen = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen.append(balances.available(set_.funds[0].pk).minor)

    def close() -> None:
        try:
            decisions.close(motion_id=motion.pk)
        finally:
            stop.set()

    at_once(watch, close)
    assert set(seen) == {0}


def test_a_gift_given_back_while_the_award_is_adopted_leaves_one_truth(committed: None) -> None:
    set_, motion = ready()
    said = together(
        lambda: decisions.close(motion_id=motion.pk), lambda: give(set_.funds[0], -10_000)
    )
    figures = set_.figures()
    assert figures.available.minor == -10_000
    if said == ["done", "done"]:
        assert (figures.committed.minor, figures.held.minor) == (100_000, 0)
    else:
        # Money that goes back waits for no lock. Gone before the count it is seen there, between
        # the count and the entry the database sees it.
        assert said in (["FundShort", "done"], ["FundOverdrawn", "done"])
        assert (figures.committed.minor, figures.held.minor) == (0, 100_000)
        motion.refresh_from_db()
        assert motion.error.startswith("Fund 0 is €100.00 short")


def test_without_the_lock_the_count_would_promise_what_has_just_gone(committed: None) -> None:
    set_, motion = ready()
    looked, gone = threading.Event(), threading.Event()
    left: list[int] = []

    def look_then_promise() -> None:
        with transaction.atomic():
            motions.release_holds(motion, actor="system")
            free = balances.available(set_.funds[0].pk).minor
            looked.set()
            gone.wait()
            left.extend((free, balances.available(set_.funds[0].pk).minor))
            transaction.set_rollback(True)

    def give_back() -> None:
        looked.wait()
        give(set_.funds[0], -10_000)
        gone.set()

    at_once(look_then_promise, give_back)
    assert left == [100_000, 90_000]


def test_a_vote_at_the_deadline_is_in_the_count_or_refused(committed: None, clock_at: Move) -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "for", "for", "for", people=set_.members[:3])
    late, latest = set_.members[3:]
    item = motion.items.get()
    said = together(
        lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=late),
        lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=latest),
        lambda: decisions.close(motion_id=motion.pk),
    )
    motion.refresh_from_db()
    assert Vote.objects.count() == 5
    assert said in (["NotYet", "done", "done"], ["done", "done", "done"])
    assert (motion.state == MotionState.DECIDED) == (said[0] == "done")
    decisions.close(motion_id=motion.pk)
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    again = together(
        *[
            lambda who=who: votes.cast(item_id=item.pk, choice=Choice.AGAINST, by=who)
            for who in (late, latest)
        ]
    )
    assert again == ["VoteClosed", "VoteClosed"]
    assert set(Vote.objects.values_list("choice", flat=True)) == {"for"}


def test_without_the_lock_a_vote_would_come_in_after_the_count(
    committed: None, clock_at: Move
) -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "for", "for", "for", people=set_.members[:3])
    item = motion.items.get()
    looked, counted = threading.Event(), threading.Event()

    def look_then_vote() -> None:
        assert Motion.objects.get(pk=motion.pk).state == MotionState.OPEN
        looked.set()
        counted.wait()
        Vote.objects.create(
            item=item, member=set_.members[3], choice="against", cast_at=clock.now()
        )

    def count() -> None:
        looked.wait()
        clock_at(motion.closes_at + dt.timedelta(seconds=1))
        decisions.close(motion_id=motion.pk)
        counted.set()

    at_once(look_then_vote, count)
    assert Award.objects.count() == 1
    assert Vote.objects.filter(cast_at__gte=motion.closes_at).count() == 1


def test_two_votes_of_one_person_leave_one(committed: None) -> None:
    set_ = table()
    set_.apply()
    item = set_.put({0: 100_000}).items.get()
    said = together(
        lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol),
        lambda: votes.cast(item_id=item.pk, choice=Choice.AGAINST, by=set_.carol),
    )
    assert said == ["done", "done"]
    assert Vote.objects.count() == 1


@pytest.mark.parametrize("_turn", range(3))
def test_stepping_out_while_voting_leaves_no_vote(committed: None, _turn: int) -> None:
    set_ = table()
    wanted = set_.apply()
    item = set_.put({0: 100_000}).items.get()
    said = together(
        lambda: votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol),
        lambda: declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol),
    )
    assert said in (["Recused", "done"], ["done", "done"])
    assert Recusal.objects.count() == 1
    assert not Vote.objects.exists()


def test_without_the_lock_a_vote_would_outlive_the_step_out(committed: None) -> None:
    set_ = table()
    wanted = set_.apply()
    item = set_.put({0: 100_000}).items.get()
    voted, out = threading.Event(), threading.Event()

    def vote_and_dawdle() -> None:
        with transaction.atomic():
            Vote.objects.create(item=item, member=set_.carol, choice="for", cast_at=clock.now())
            voted.set()
            out.wait()

    def step_out() -> None:
        voted.wait()
        now = clock.now()
        Recusal.objects.create(
            application=wanted, member=set_.carol, reason="Kin.", declared_at=now
        )
        out.set()

    at_once(vote_and_dawdle, step_out)
    assert (Vote.objects.count(), Recusal.objects.count()) == (1, 1)


@pytest.mark.parametrize("_turn", range(2))
def test_a_hard_interest_during_the_count_is_before_it_or_refused(
    committed: None, _turn: int
) -> None:
    set_ = table()
    wanted = set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, *["for"] * 5)
    said = together(
        lambda: declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol),
        lambda: decisions.close(motion_id=motion.pk),
    )
    # The step took Carol's vote out of the count, or came too late and changed nothing.
    assert said in (["DecidedAlready", "done"], ["done", "done"])
    stepped = said == ["done", "done"]
    assert Recusal.objects.exists() is stepped
    assert Vote.objects.filter(member=set_.carol).exists() is not stepped
    assert Award.objects.count() == 1


def test_without_the_lock_a_step_out_would_leave_a_counted_vote(committed: None) -> None:
    set_ = table()
    wanted = set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, *["for"] * 5)
    looked, counted = threading.Event(), threading.Event()

    def look_then_step_out() -> None:
        assert Application.objects.get(pk=wanted.pk).state == "submitted"
        looked.set()
        counted.wait()
        now = clock.now()
        Recusal.objects.create(
            application=wanted, member=set_.carol, reason="Kin.", declared_at=now
        )

    def count() -> None:
        looked.wait()
        decisions.close(motion_id=motion.pk)
        counted.set()

    at_once(look_then_step_out, count)
    assert Recusal.objects.count() == Award.objects.count() == 1
    assert Vote.objects.filter(member=set_.carol).exists()


@pytest.mark.parametrize("_turn", range(3))
def test_an_interest_declared_while_the_vote_is_opened_is_in_it_or_alone(
    committed: None, _turn: int
) -> None:
    set_ = table()
    found = set_.apply()
    motion = set_.propose({0: 100_000})
    said = together(
        lambda: motions.put(motion_id=motion.pk, by=set_.dan),
        lambda: declarations.step_out(application_id=found.pk, reason="Kin.", by=set_.carol),
    )
    assert said == ["done", "done"]
    motion.refresh_from_db()
    item = motion.items.get()
    assert ballots.voters(motion)[item.pk] == {each.pk for each in set_.members} - {set_.carol.pk}
    with pytest.raises(recusals.Recused):
        votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol)


def test_two_votes_together_of_one_person_at_once_leave_one_word(committed: None) -> None:
    set_ = table()
    set_.apply("One")
    set_.apply("Two")
    motion = set_.put({0: 100_000}, {1: 100_000})
    ids = ballots.together(motion)

    def cast(choice: Choice) -> None:
        votes.cast_together(motion_id=motion.pk, item_ids=ids, choice=choice, by=set_.carol)

    said = together(lambda: cast(Choice.FOR), lambda: cast(Choice.AGAINST))
    assert said == ["done", "done"]
    found = list(Vote.objects.values_list("item", "choice"))
    assert len(found) == 2
    assert len({choice for _item, choice in found}) == 1
