"""Goal: opinions are asked for evenly, given alone, counted once and never quietly changed."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from funding import clock
from funding.audit.models import Record
from grants import declarations, motions, reviews
from grants.models import Application, Assignment, Criterion, Mark, Recusal, Review, Round
from grants.recusals import Recused
from grants.reviews import NotAsked, NotNow, NotWhole, Opinion, Stale
from tests.grants.decisions.cast import Table
from tests.grants.payments.test_payment_races import together
from tests.grants.reviewing import asked, hand_in, opinion, reviewed
from tests.refusing import refused


@pytest.fixture
def set_(db: None) -> Table:
    """Four applications, three opinions wanted on each, five members who are asked."""
    found = reviewed("Ibex", "Lynx", "Manul", "Pika")
    declarations.step_out(application_id=found.applications[0].pk, reason="Mine.", by=found.carol)
    assert reviews.assign(round_id=found.round.pk, by=found.dan) == {}
    return found


def test_each_application_has_its_reviewers_and_the_work_is_even(set_: Table) -> None:
    for application in set_.applications:
        assert len(asked(set_, application)) == 3
    assert set_.carol not in asked(set_, set_.applications[0])
    loads = Counter(reviews.standing().values_list("member", flat=True))
    assert max(loads.values()) - min(loads.values()) <= 1
    assert len(loads) == 5


def test_asking_again_asks_only_for_what_is_missing(set_: Table) -> None:
    before = list(Assignment.objects.values())
    assert reviews.assign(round_id=set_.round.pk, by=set_.pat) == {}
    assert list(Assignment.objects.values()) == before
    lynx = set_.applications[1]
    gone = asked(set_, lynx)[0]
    declarations.step_out(application_id=lynx.pk, reason="We are writing a paper.", by=gone)
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    assert len(asked(set_, lynx)) == 3
    assert gone not in asked(set_, lynx)


def test_who_may_ask_and_when(db: None) -> None:
    found = reviewed()
    for who in (found.carol, found.tara, found.asel, found.eve):
        with pytest.raises(NotAsked):
            reviews.assign(round_id=found.round.pk, by=who)
    Round.objects.update(closes_at=clock.now() + dt.timedelta(hours=1))
    with pytest.raises(NotNow, match="still come in"):
        reviews.assign(round_id=found.round.pk, by=found.dan)
    with pytest.raises(NotNow, match="without reviews"):
        reviews.assign(round_id=table_without().pk, by=found.dan)
    assert not Assignment.objects.exists()


def table_without() -> Round:
    """A round that does without reviews, over another fund."""
    found = Round.objects.get()
    found.pk, found.slug, found.reviews_wanted, found.marks_due_at = None, "other", 0, None
    found.closes_at = clock.now() - dt.timedelta(hours=1)
    found.save()
    return found


def test_too_few_members_are_told(db: None) -> None:
    found = reviewed("Ibex", seats=2)
    assert reviews.assign(round_id=found.round.pk, by=found.dan) == {found.applications[0].pk: 1}


def test_only_who_is_asked_reviews_and_nobody_who_is_out(set_: Table) -> None:
    ibex = set_.applications[0]
    mine = asked(set_, ibex)
    (other,) = {*set_.members} - {*mine, set_.carol}
    for who in (other, set_.pat, set_.eve):
        with pytest.raises(NotAsked):
            reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 3, 3), by=who)
    with pytest.raises(Recused):
        reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 3), by=set_.carol)
    with refused("review_is_of_a_member_who_is_in"):
        Review.objects.create(application=ibex, member=set_.carol, saved_at=clock.now())
    with refused("review_is_of_a_member_who_is_in"):
        Review.objects.create(application=ibex, member=ibex.applicant, saved_at=clock.now())


def test_a_draft_is_saved_in_parts_and_a_stale_window_loses_nothing(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    first = reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 4), by=me)
    assert (first.version, first.marks.count()) == (1, 1)
    with pytest.raises(NotWhole, match="1 are missing"):
        reviews.hand_in(application_id=ibex.pk, version=1, by=me)
    for version in (0, 2):
        with pytest.raises(Stale):
            reviews.save(
                application_id=ibex.pk, version=version, opinion=opinion(set_, 1, 1), by=me
            )
    with pytest.raises(Stale):
        reviews.hand_in(application_id=ibex.pk, version=0, by=me)
    assert reviews.marks_of(set_.round) == {}, "a draft does not count"


def test_marks_are_on_the_scale_and_of_this_round(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    need, method = Criterion.objects.filter(round=set_.round).order_by("position")
    for wrong in ({need.pk: 0}, {need.pk: 6}, {10**9: 3}):
        with pytest.raises(NotWhole):
            reviews.save(application_id=ibex.pk, version=0, opinion=Opinion(wrong), by=me)
    draft = reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 4), by=me)
    strange = Criterion.objects.create(
        round=table_without(), position=0, name="Other", question="Is it?"
    )
    with refused("mark_is_on_the_scale"):
        Mark.objects.create(review=draft, criterion=method, mark=6)
    with refused("mark_is_of_its_round"):
        Mark.objects.create(review=draft, criterion=strange, mark=3)
    with refused("mark_once_a_criterion"):
        Mark.objects.create(review=draft, criterion=need, mark=3)


def test_what_is_handed_in_is_whole_stays_and_counts(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    given = hand_in(set_, ibex, me, 5, 1)
    again = reviews.hand_in(application_id=ibex.pk, version=99, by=me)
    assert again == given
    need, method = Criterion.objects.filter(round=set_.round).order_by("position")
    assert reviews.marks_of(set_.round) == {ibex.pk: {me.pk: {need.pk: 5, method.pk: 1}}}
    with refused("review_stays_as_handed_in"):
        Review.objects.update(reasons="Otherwise.")
    with refused("mark_stays_as_handed_in"):
        Mark.objects.update(mark=1)
    with refused("mark_stays_as_handed_in"):
        Mark.objects.all().delete()
    with refused("review_handed_in_is_whole"):
        other = asked(set_, set_.applications[1])[0]
        Review.objects.create(
            application=set_.applications[1],
            member=other,
            saved_at=clock.now(),
            handed_in_at=clock.now(),
        )


def test_a_correction_says_why_and_what_stood_is_kept(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    first = hand_in(set_, ibex, me, 5, 1)
    with pytest.raises(NotAsked, match="Write why"):
        reviews.correct(application_id=ibex.pk, why=" ", by=me)
    with pytest.raises(NotNow, match="handed in"):
        reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 1, 1), by=me)
    draft = reviews.correct(application_id=ibex.pk, why="I misread the budget.", by=me)
    assert reviews.correct(application_id=ibex.pk, why="Again.", by=me) == draft
    assert reviews.counting(set_.round)[ibex.pk][me.pk] == first
    assert sorted(draft.marks.values_list("mark", flat=True)) == [1, 5]
    second = hand_in(set_, ibex, me, 2, 2)
    assert (second.number, second.correction) == (2, "I misread the budget.")
    assert reviews.counting(set_.round)[ibex.pk] == {me.pk: second}
    assert list(first.marks.order_by("criterion").values_list("mark", flat=True)) == [5, 1]
    with refused("review_correction_says_why"):
        Review.objects.create(application=ibex, member=me, number=3, saved_at=clock.now())


def test_once_the_committee_votes_reviews_stand(set_: Table) -> None:
    ibex = set_.applications[0]
    one, other = asked(set_, ibex)[:2]
    hand_in(set_, ibex, one)
    motion = set_.propose({0: 50_000})
    hand_in(set_, ibex, other)
    motions.put(motion_id=motion.pk, by=set_.dan)
    with pytest.raises(NotNow, match="begun to vote"):
        reviews.correct(application_id=ibex.pk, why="Late.", by=one)
    motions.withdraw(motion_id=motion.pk, by=set_.dan)
    assert reviews.correct(application_id=ibex.pk, why="Late.", by=one).number == 2


def test_who_steps_out_later_counts_no_more(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    hand_in(set_, ibex, me)
    declarations.step_out(application_id=ibex.pk, reason="My student.", by=me)
    assert reviews.marks_of(set_.round) == {}
    assert not reviews.may_read_others(ibex, me)


def test_another_is_asked_instead_with_a_reason_and_once(set_: Table) -> None:
    ibex = set_.applications[0]
    mine = asked(set_, ibex)
    (other,) = {*set_.members} - {*mine, set_.carol}
    told: dict[str, Any] = {"application_id": ibex.pk, "member_id": mine[0].pk, "by": set_.dan}
    with pytest.raises(NotAsked, match="write why"):
        reviews.reassign(to_id=other.pk, why=" ", **told)
    with pytest.raises(NotAsked, match="may not review"):
        reviews.reassign(to_id=set_.carol.pk, why="Ill.", **told)
    with pytest.raises(NotAsked, match="Only a chair or the officer"):
        reviews.reassign(to_id=other.pk, why="Ill.", **told | {"by": set_.carol})
    made = reviews.reassign(to_id=other.pk, why="Ill.", **told)
    assert reviews.reassign(to_id=other.pk, why="Ill.", **told) == made
    assert set(asked(set_, ibex)) == {other, *mine[1:]}
    with pytest.raises(NotAsked, match="not asked"):
        reviews.save(application_id=ibex.pk, version=0, opinion=opinion(set_, 3), by=mine[0])
    hand_in(set_, ibex, mine[1])
    with pytest.raises(NotNow, match="handed in already"):
        reviews.reassign(
            application_id=ibex.pk,
            member_id=mine[1].pk,
            to_id=mine[0].pk,
            why="Ill.",
            by=set_.dan,
        )
    with refused("assignment_stands_once"):
        Assignment.objects.create(application=ibex, member=other, assigned_at=clock.now())


def test_nobody_reads_the_others_before_giving_their_own(set_: Table) -> None:
    ibex = set_.applications[0]
    one, other, third = asked(set_, ibex)
    (apart,) = {*set_.members} - {one, other, third, set_.carol}
    hand_in(set_, ibex, one)
    told = {who: reviews.may_read_others(ibex, who) for who in (one, other, apart, set_.carol)}
    assert told == {one: True, other: False, apart: False, set_.carol: False}
    Round.objects.update(marks_due_at=clock.now())
    ibex = Application.objects.get(pk=ibex.pk)
    told = {who: reviews.may_read_others(ibex, who) for who in (one, other, apart, set_.carol)}
    assert told == {one: True, other: False, apart: True, set_.carol: False}


def test_the_ranking_opens_when_all_are_in_or_their_day_has_passed(set_: Table) -> None:
    assert not reviews.are_in(set_.round)
    for application in set_.applications:
        for member in asked(set_, application):
            assert application in reviews.to_write(member)
            hand_in(set_, application, member)
            assert application not in reviews.to_write(member)
    assert reviews.are_in(set_.round)
    declarations.step_out(
        application_id=set_.applications[1].pk, reason="x", by=asked(set_, set_.applications[1])[0]
    )
    assert reviews.are_in(set_.round), "whoever is out is waited for no more"
    Round.objects.update(closes_at=clock.now() + dt.timedelta(hours=1))
    set_.round.refresh_from_db()
    assert not reviews.are_in(set_.round)


def test_two_windows_hand_in_once(committed: None) -> None:
    found = reviewed("Ibex")
    reviews.assign(round_id=found.round.pk, by=found.dan)
    (ibex,) = found.applications
    me = asked(found, ibex)[0]
    reviews.save(application_id=ibex.pk, version=0, opinion=opinion(found, 4, 4), by=me)
    said = together(
        lambda: reviews.hand_in(application_id=ibex.pk, version=1, by=me),
        lambda: reviews.hand_in(application_id=ibex.pk, version=1, by=me),
    )
    assert said == ["done", "done"]
    assert Record.objects.filter(action="review.handed_in").count() == 1


def test_a_review_and_a_step_out_at_once_leave_one_of_them(committed: None) -> None:
    found = reviewed("Ibex")
    reviews.assign(round_id=found.round.pk, by=found.dan)
    (ibex,) = found.applications
    me = asked(found, ibex)[0]
    reviews.save(application_id=ibex.pk, version=0, opinion=opinion(found, 4, 4), by=me)
    said = together(
        lambda: reviews.hand_in(application_id=ibex.pk, version=1, by=me),
        lambda: declarations.step_out(application_id=ibex.pk, reason="Mine.", by=me),
    )
    assert "done" in said
    assert Recusal.objects.count() == 1
    assert reviews.marks_of(found.round) == {}


def test_two_at_once_ask_for_each_review_once(committed: None) -> None:
    found = reviewed("Ibex", "Lynx")
    said = together(
        lambda: reviews.assign(round_id=found.round.pk, by=found.dan),
        lambda: reviews.assign(round_id=found.round.pk, by=found.pat),
    )
    assert said == ["done", "done"]
    assert Assignment.objects.count() == 6
