"""Goal: a vote is counted once, by the rule, and its money goes from held to promised at once."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.ledger.models import Entry, Hold, Reason
from funding.mail.models import Mail
from grants import decisions, letters, motions, votes
from grants.decisions import FundShort, NotYet, Tally, count
from grants.declarations import step_out
from grants.letters import NotDeclinable
from grants.models import (
    Application,
    ApplicationState,
    Award,
    Choice,
    ItemState,
    Motion,
    MotionState,
)
from grants.motions import ChairOnly
from grants.recusals import ReasonMissing, Recused
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_motions import refused
from tests.grants.payments.cast import give

Move = Callable[[dt.datetime], None]

choices = st.lists(st.sampled_from(Choice.values), max_size=9)


@given(choices, st.integers(0, 9))
def test_the_arithmetic_of_a_vote(cast: list[str], more: int) -> None:
    voters = len(cast) + more
    tally = count(cast, voters)
    takes_part = len(cast) > voters / 2 and len(cast) >= 3
    pro, contra = cast.count("for"), cast.count("against")
    assert (tally.result == ItemState.NO_QUORUM) == (not takes_part)
    assert (tally.result == ItemState.ADOPTED) == (takes_part and pro > contra)
    assert tally.cast == len(cast)


@pytest.mark.parametrize(
    ("voters", "needed"), [(0, 3), (3, 3), (4, 3), (5, 3), (6, 4), (7, 4), (8, 5), (9, 5)]
)
def test_a_quorum_is_more_than_half_and_three(voters: int, needed: int) -> None:
    assert Tally(voters, 0, 0, 0).needed == needed


def test_a_tie_is_not_adopted_and_abstaining_takes_part() -> None:
    assert count(["for", "against", "abstain"], 5).result == ItemState.REJECTED
    assert count(["for", "abstain", "abstain"], 5).result == ItemState.ADOPTED
    assert count(["for", "for"], 3).result == ItemState.NO_QUORUM


@pytest.mark.django_db
def test_a_vote_is_not_counted_before_its_end() -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "for", "for", "for", "for")
    refused(set_, NotYet, lambda: decisions.close(motion_id=motion.pk))
    assert decisions.sweep() == 0


@pytest.mark.django_db
def test_it_is_counted_when_everybody_has_voted_and_books_each_award_once() -> None:
    set_ = table()
    set_.apply("Steppe"), set_.apply("Forest", 60_000)
    motion = set_.put({0: 60_000, 1: 40_000}, {0: 50_000})
    before = set_.figures(0).available, set_.figures(1).available
    set_.vote(motion, *["for"] * 5)
    for _ in range(2):
        decisions.close(motion_id=motion.pk)
    assert (set_.figures(0).available, set_.figures(1).available) == before
    assert [set_.figures(at).committed.minor for at in (0, 1)] == [110_000, 40_000]
    assert [set_.figures(at).held.minor for at in (0, 1)] == [0, 0]
    assert not Hold.objects.filter(released_at__isnull=True).exists()
    for award in Award.objects.all():
        assert Entry.objects.filter(cause=f"award:{award.pk}", reason=Reason.AWARD).count() == 1
    assert set(Application.objects.values_list("state", flat=True)) == {ApplicationState.AWARDED}
    assert all(each.project.published_at for each in Application.objects.all())


@pytest.mark.django_db
def test_each_item_has_its_own_end(clock_at: Move) -> None:
    set_ = table(300_000, 100_000)
    for title in ("Adopted", "Rejected", "Unread", "Left"):
        set_.apply(title, 50_000)
    motion = set_.put({0: 50_000}, {0: 50_000}, {0: 50_000}, {0: 50_000})
    items = list(motion.items.order_by("pk"))
    for at, person in enumerate(set_.members):
        votes.cast(item_id=items[0].pk, choice=Choice.FOR, by=person)
        votes.cast(item_id=items[1].pk, choice=Choice.AGAINST, by=person)
        if at < 2:
            votes.cast(item_id=items[2].pk, choice=Choice.FOR, by=person)
    Application.objects.filter(project__title="Left").update(state=ApplicationState.WITHDRAWN)
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    assert decisions.sweep() == 1
    assert [item.state for item in motion.items.order_by("pk")] == [
        ItemState.ADOPTED,
        ItemState.REJECTED,
        ItemState.NO_QUORUM,
        ItemState.WITHDRAWN,
    ]
    assert set_.figures().committed.minor == 50_000
    assert set_.figures().held.minor == 0
    assert Application.objects.filter(state=ApplicationState.SUBMITTED).count() == 2


def short_by_ten(clock_at: Move) -> tuple[Table, Motion]:
    """A motion that everybody wants, and a refund that took ten euros of its money."""
    set_ = table(100_000)
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "for", "for", "for")
    give(set_.funds[0], -1_000)
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    return set_, motion


@pytest.mark.django_db
def test_a_fund_that_fell_short_stops_the_whole_decision_and_says_so(clock_at: Move) -> None:
    set_, motion = short_by_ten(clock_at)
    said = refused(set_, FundShort, lambda: decisions.close(motion_id=motion.pk))
    assert said == "Fund 0 is €10.00 short."
    motion.refresh_from_db()
    assert (motion.state, motion.error) == (MotionState.OPEN, said)
    assert set_.figures().held.minor == 100_000


@pytest.mark.django_db
def test_a_decision_that_was_short_is_tried_again_by_the_sweep(clock_at: Move) -> None:
    set_, motion = short_by_ten(clock_at)
    assert decisions.sweep() == 0
    give(set_.funds[0], 1_000)
    clock_at(motion.closes_at + dt.timedelta(minutes=6))
    assert decisions.sweep() == 1
    motion.refresh_from_db()
    assert (motion.state, motion.error) == (MotionState.DECIDED, "")
    assert decisions.sweep() == 0


@pytest.mark.django_db
def test_a_decided_motion_stays(clock_at: Move) -> None:
    set_ = table()
    set_.apply()
    motion = set_.decided({0: 100_000})
    refused(set_, motions.NotADraft, lambda: motions.withdraw(motion_id=motion.pk, by=set_.dan))
    refused(set_, motions.NotProposable, lambda: set_.propose({0: 100_000}))


@pytest.mark.django_db
def test_only_a_chair_declines_with_a_reason_what_stands_in_no_motion() -> None:
    set_ = table()
    wanted = set_.apply()
    pk = wanted.pk
    for person in (set_.carol, set_.pat, set_.eve):
        refused(
            set_,
            ChairOnly,
            lambda person=person: letters.decline(
                application_id=pk, words=letters.Words("other", "No."), by=person
            ),
        )
    refused(
        set_,
        ReasonMissing,
        lambda: letters.decline(application_id=pk, words=letters.Words("other", " "), by=set_.dan),
    )
    motion = set_.put({0: 100_000})
    refused(
        set_,
        NotDeclinable,
        lambda: letters.decline(
            application_id=pk, words=letters.Words("other", "No."), by=set_.dan
        ),
    )
    set_.vote(motion, *["for"] * 5)
    decisions.close(motion_id=motion.pk)
    refused(
        set_,
        NotDeclinable,
        lambda: letters.decline(
            application_id=pk, words=letters.Words("other", "No."), by=set_.dan
        ),
    )
    assert not Mail.objects.filter(key__endswith=":declined").exists()


@pytest.mark.django_db
def test_a_chair_who_is_out_of_it_does_not_decline_it() -> None:
    set_ = table()
    wanted = set_.apply()
    step_out(application_id=wanted.pk, reason="Kin.", by=set_.dan)
    refused(
        set_,
        Recused,
        lambda: letters.decline(
            application_id=wanted.pk, words=letters.Words("other", "No."), by=set_.dan
        ),
    )


@pytest.mark.django_db
def test_a_declined_applicant_is_told_why_once() -> None:
    set_ = table()
    wanted = set_.apply("Бөөрөг & Өнөр")
    for _ in range(2):
        letters.decline(
            application_id=wanted.pk,
            words=letters.Words("other", "The budget <b>does not</b> say who is paid."),
            by=set_.dan,
        )
    refused(
        set_,
        NotDeclinable,
        lambda: letters.decline(
            application_id=wanted.pk, words=letters.Words("other", "Other."), by=set_.dan
        ),
    )
    mail = Mail.objects.get(key=f"application:{wanted.pk}:declined")
    assert mail.to_address == "asel@example.org"
    assert mail.subject == "Your application “Бөөрөг & Өнөр” was not funded"
    assert "The budget <b>does not</b> say who is paid." in mail.text
    assert "&lt;b&gt;does not&lt;/b&gt;" in mail.html
