"""Goal: whoever owes a review is told in time, in one mail a day, and never twice of the same."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from funding import clock
from funding.mail.models import Mail
from funding.users.models import User
from grants import declarations, motions, reminders, reviews
from grants.models import Round
from tests.clocks import clock_at
from tests.grants.decisions.cast import Table
from tests.grants.payments.test_payment_races import together
from tests.grants.reviewing import asked, hand_in, reviewed

__all__ = ["clock_at"]

Clock = Callable[[dt.datetime], None]
DAY = dt.timedelta(days=1)
NOON = dt.time(12, tzinfo=dt.UTC)


def stage(*titles: str, days: int = 10) -> Table:
    """Reviews are asked for, and due at noon in so many days."""
    found = reviewed(*titles)
    due = dt.datetime.combine(clock.now().date() + days * DAY, NOON)
    Round.objects.update(marks_due_at=due)
    found.round.refresh_from_db()
    reviews.assign(round_id=found.round.pk, by=found.dan)
    return found


def due(set_: Table) -> dt.datetime:
    """When the marks are due."""
    found = Round.objects.get(pk=set_.round.pk).marks_due_at
    assert found is not None
    return found


def written() -> list[Mail]:
    """The reminders so far."""
    return list(Mail.objects.filter(cause__startswith="reviews:user:").order_by("pk"))


def owing(set_: Table) -> set[str]:
    """The addresses of those who have something to write."""
    return {each.email for each in set_.members if reviews.to_write(each)}


@pytest.mark.django_db
def test_each_is_told_at_seven_three_and_one_days_and_once_after(clock_at: Clock) -> None:
    set_ = stage("Ibex", "Lynx", "Manul")
    members = owing(set_)
    last = due(set_)
    told: Counter[str] = Counter()
    moments = [at * DAY for at in (8, 7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -9)]
    for left in moments:
        clock_at(last - left + dt.timedelta(minutes=5))
        before = len(written())
        reminders.sweep()
        assert reminders.sweep() == 0, "again tells nobody again"
        addresses = [mail.to_address for mail in written()[before:]]
        assert len(addresses) == len(set(addresses)), "one mail for all that one owes"
        if left in (7 * DAY, 3 * DAY, DAY):
            assert set(addresses) == members
        elif left == dt.timedelta():
            assert set(addresses) == members | {set_.dan.email}
        else:
            assert not addresses
        told.update(addresses)
    assert all(told[address] == 4 for address in members)


@pytest.mark.django_db
def test_a_mail_names_all_that_is_owed_and_only_that(clock_at: Clock) -> None:
    set_ = stage("Ibex", "Lynx", "Manul", "Pika")
    ibex = set_.applications[0]
    me = next(each for each in asked(set_, ibex) if each != set_.dan)
    hand_in(set_, ibex, me)
    mine = reviews.to_write(me)
    clock_at(due(set_) - DAY)
    reminders.sweep()
    (mail,) = [each for each in written() if each.to_address == me.email]
    for application in set_.applications:
        assert (application.project.title in mail.text) == (application in mine)
    assert "12:00 UTC" in mail.text
    assert "late" not in mail.text


@pytest.mark.django_db
def test_the_chair_is_told_of_late_ones_unless_out_of_them(clock_at: Clock) -> None:
    set_ = stage("Ibex", "Lynx", "Manul")
    gone = set_.applications[0]
    declarations.step_out(application_id=gone.pk, reason="My student.", by=set_.dan)
    clock_at(due(set_) + DAY)
    reminders.sweep()
    (mail,) = [each for each in written() if each.to_address == set_.dan.email]
    others = [each for each in asked(set_, set_.applications[1]) if each != set_.dan]
    for member in others:
        assert member.name in mail.text
    assert gone.project.title not in mail.text
    assert gone.project.title not in mail.html


@pytest.mark.django_db
def test_nobody_is_told_of_what_they_no_longer_owe(clock_at: Clock) -> None:
    set_ = stage("Ibex")
    (ibex,) = set_.applications
    one, other, third = asked(set_, ibex)
    hand_in(set_, ibex, one)
    declarations.step_out(application_id=ibex.pk, reason="Mine.", by=other)
    clock_at(due(set_) - 2 * DAY)
    reminders.sweep()
    assert [mail.to_address for mail in written()] == [third.email]


@pytest.mark.django_db
def test_once_the_committee_votes_nobody_is_reminded(clock_at: Clock) -> None:
    set_ = stage("Ibex")
    motion = set_.propose({0: 50_000})
    motions.put(motion_id=motion.pk, by=set_.dan)
    clock_at(due(set_) - 3 * DAY)
    assert reminders.sweep() == 0
    motions.withdraw(motion_id=motion.pk, by=set_.dan)
    assert reminders.sweep() == 3


@pytest.mark.django_db
def test_whoever_is_asked_late_is_told_at_once_and_a_later_day_begins_anew(
    clock_at: Clock,
) -> None:
    set_ = stage("Ibex")
    (ibex,) = set_.applications
    first = asked(set_, ibex)[0]
    to = next(each for each in set_.members if each not in asked(set_, ibex))
    clock_at(due(set_) - 2 * DAY)
    reminders.sweep()
    assert len(written()) == 3
    reviews.reassign(
        application_id=ibex.pk, member_id=first.pk, to_id=to.pk, why="Ill.", by=set_.dan
    )
    assert reminders.sweep() == 1
    assert written()[-1].to_address == to.email
    Round.objects.update(marks_due_at=due(set_) + 5 * DAY + dt.timedelta(hours=1))
    clock_at(due(set_) - 7 * DAY + dt.timedelta(minutes=1))
    assert reminders.sweep() == 0, "not twice on one day"
    clock_at(due(set_) - 6 * DAY)
    assert reminders.sweep() == 3


@pytest.mark.django_db
def test_rounds_without_reviews_and_without_debts_write_nothing() -> None:
    set_ = reviewed("Ibex")
    assert reminders.sweep() == 0
    Round.objects.update(reviews_wanted=0, marks_due_at=None)
    assert reminders.sweep() == 0
    assert set_.members
    assert not written()


@pytest.mark.django_db
def test_many_applications_cost_no_more_to_look_at(
    clock_at: Clock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    set_ = stage(*(f"Work {at}" for at in range(8)))
    clock_at(due(set_) + DAY)
    assert reminders.sweep() == 5
    with django_assert_max_num_queries(60):
        reminders.sweep()


def test_two_workers_write_each_mail_once(committed: None, clock_at: Clock) -> None:
    set_ = stage("Ibex", "Lynx")
    clock_at(due(set_) - 3 * DAY)
    assert together(reminders.sweep, reminders.sweep, reminders.sweep) == ["done"] * 3
    addresses = [mail.to_address for mail in written()]
    assert set(addresses) == owing(set_)
    assert len(addresses) == len(set(addresses))


def test_control_the_second_worker_leaves_the_person_to_the_first(
    committed: None, clock_at: Clock
) -> None:
    set_ = stage("Ibex")
    (ibex,) = set_.applications
    held = asked(set_, ibex)[0]
    clock_at(due(set_) - 3 * DAY)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=held.pk)
        assert together(reminders.sweep) == ["done"]
        assert held.email not in {mail.to_address for mail in written()}
        assert len(written()) == 2
    assert reminders.sweep() == 1
