"""Goal: a round says what it gives before anybody asks, and then only ever grows longer."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from funding import clock
from funding.audit.models import Record
from grants import lotteries, rounds
from grants import terms as calls
from grants.models import Lottery, Motion, Round, RoundFund
from grants.rounds import Fixed, NotForYou, Phase
from grants.terms import Limits, NotARound, Steps
from tests import make
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.scoping import LOCAL, METHOD, NEED, whole_terms
from tests.refusing import refused

pytestmark = pytest.mark.django_db

# Stand for days that follow from the end of a round, which is known in the test only.
EARLY, FAIR, LATE = (dt.datetime(2001, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3))


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    return stage()


def test_only_an_officer_writes_rounds(set_: Stage) -> None:
    for who in (set_.asel, set_.carol, set_.eve):
        with pytest.raises(NotForYou):
            rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund), by=who)
        with pytest.raises(NotForYou):
            rounds.change(round_id=set_.round.pk, terms=terms(set_.fund), by=who)
        with pytest.raises(NotForYou):
            rounds.publish(round_id=set_.round.pk, by=who)
    assert Round.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("name", {"name": " "}),
        ("maximum", {"maximum_minor": 0}),
        ("closes", {"closes_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}),
        ("grace", {"grace_minutes": 241}),
        ("decides_on", {"decides_on": dt.date(2020, 1, 1)}),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    set_: Stage, field: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(NotARound) as refusal:
        rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund, **facts), by=set_.pat)
    assert refusal.value.field == field
    assert (Round.objects.count(), RoundFund.objects.count()) == (1, 1)


def test_a_round_draws_only_on_open_funds_of_its_own_body_and_currency(set_: Stage) -> None:
    treasury = set_.entity.funds.get(is_treasury=True)
    closed = make.fund(set_.entity, closed_on=dt.date(2026, 1, 1), is_open_to_gifts=False)
    pounds = make.fund(set_.entity, currency="GBP")
    strangers = make.fund(make.entity())
    for fund in (treasury, closed, pounds, strangers):
        with pytest.raises(NotARound):
            rounds.create(entity_id=set_.entity.pk, terms=terms(fund), by=set_.pat)
    twice = terms(set_.fund, envelopes=((set_.fund.pk, 1), (set_.fund.pk, 2)))
    empty = terms(set_.fund, envelopes=((set_.fund.pk, 0),))
    for wrong in (twice, empty):
        with pytest.raises(NotARound):
            rounds.create(entity_id=set_.entity.pk, terms=wrong, by=set_.pat)
    assert Round.objects.count() == 1


def test_a_round_with_every_step_is_kept_and_written_anew(set_: Stage) -> None:
    told = whole_terms(set_.fund, opens_at=clock.now() + dt.timedelta(days=1))
    made = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)
    assert calls.of(Round.objects.get(pk=made.pk)) == told
    other = replace(
        told, asked=(METHOD,), conditions=(LOCAL, replace(LOCAL, wanted=False)), cost_limits=()
    )
    rounds.change(round_id=made.pk, terms=other, by=set_.pat)
    assert calls.of(Round.objects.get(pk=made.pk)) == other
    before = Record.objects.count()
    rounds.change(round_id=made.pk, terms=other, by=set_.pat)
    assert Record.objects.count() == before, "the same terms change nothing"


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("marks_due", {"steps": Steps(reviews_wanted=3)}),
        ("marks_due", {"steps": Steps(reviews_wanted=3, marks_due_at=EARLY)}),
        ("marks_due", {"steps": Steps(reviews_wanted=3, marks_due_at=LATE)}),
        ("reviews", {"steps": Steps(reviews_wanted=10, marks_due_at=FAIR)}),
        ("reviews", {"steps": Steps(), "limits": Limits(bar=1)}),
        ("bar", {"limits": Limits(bar=501)}),
        ("most_per_country", {"limits": Limits(most_per_country_minor=0)}),
        ("most_per_applicant", {"limits": Limits(most_per_applicant=0)}),
        ("most_of_fund", {"limits": Limits(most_of_fund_percent=101)}),
        ("sliver", {"limits": Limits(sliver_minor=-1)}),
        ("cost_limits", {"cost_limits": (("gold", 1),)}),
        ("cost_limits", {"cost_limits": (("pay", 1), ("pay", 2))}),
        ("cost_limits", {"cost_limits": (("pay", 100),)}),
        ("asked", {"asked": (NEED, NEED)}),
        ("asked", {"asked": (replace(NEED, weight=0),)}),
        ("asked", {"asked": (replace(NEED, anchors=NEED.anchors[:4]),)}),
        ("asked", {"asked": (replace(NEED, anchors=(*NEED.anchors[:4], " ")),)}),
        ("asked", {"asked": tuple(replace(NEED, name=f"Need {at}") for at in range(13))}),
        ("conditions", {"conditions": (replace(LOCAL, otherwise=""),)}),
    ],
)
def test_steps_limits_and_questions_that_make_no_sense_are_refused(
    set_: Stage, field: str, facts: dict[str, Any]
) -> None:
    end = terms(set_.fund).closes_at
    days = {EARLY: end, FAIR: end + dt.timedelta(days=9), LATE: end + dt.timedelta(days=90)}
    if due := getattr(facts.get("steps"), "marks_due_at", None):
        facts = facts | {"steps": replace(facts["steps"], marks_due_at=days[due])}
    with pytest.raises(NotARound) as refusal:
        rounds.create(entity_id=set_.entity.pk, terms=whole_terms(set_.fund, **facts), by=set_.pat)
    assert refusal.value.field == field
    assert Round.objects.count() == 1


def test_a_round_with_reviews_is_public_only_with_its_questions(set_: Stage) -> None:
    told = whole_terms(set_.fund, asked=())
    made = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)
    with pytest.raises(NotARound, match="marks first"):
        rounds.publish(round_id=made.pk, by=set_.pat)


def test_the_lot_is_fixed_with_the_call_and_never_again(set_: Stage) -> None:
    drawn = Lottery.objects.get(round=set_.round)
    assert drawn.sha256 == lotteries.fingerprint(drawn.seed)
    assert lotteries.draw(set_.round) == drawn
    with refused("lottery_is_drawn_once"):
        Lottery.objects.filter(pk=drawn.pk).update(seed="0" * 64)
    one, other = set_.started(), set_.started()
    assert lotteries.lot(drawn.seed, one) == lotteries.lot(drawn.seed, one)
    assert lotteries.lot(drawn.seed, one) != lotteries.lot(drawn.seed, other)


def test_two_rounds_of_one_name_have_two_addresses(set_: Stage) -> None:
    again = rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund), by=set_.pat)
    third = rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund), by=set_.pat)
    told = terms(set_.fund, name="Тэтгэлэг 小额")
    slugs = [set_.round.slug, again.slug, third.slug]
    assert slugs == ["small-grants-2027", "small-grants-2027-2", "small-grants-2027-3"]
    made = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)
    assert (made.name, made.slug) == ("Тэтгэлэг 小额", "round")


def test_a_round_is_open_by_the_clock_and_nothing_else(set_: Stage) -> None:
    now = clock.now()
    hidden = rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund), by=set_.pat)
    assert rounds.phase(hidden) == Phase.HIDDEN
    assert not rounds.is_taking(hidden)
    assert rounds.phase(set_.round) == Phase.OPEN
    set_.round.opens_at = now + dt.timedelta(minutes=1)
    assert rounds.phase(set_.round) == Phase.SOON
    set_.round.opens_at = now - dt.timedelta(days=9)
    set_.round.closes_at = now - dt.timedelta(minutes=1)
    assert rounds.phase(set_.round) == Phase.CLOSED
    assert not rounds.is_taking(set_.round)
    set_.round.grace_minutes = 5
    assert rounds.phase(set_.round) == Phase.CLOSED
    assert rounds.is_taking(set_.round)


def test_before_it_opens_everything_may_change(set_: Stage) -> None:
    later = clock.now() + dt.timedelta(days=2)
    told = terms(set_.fund, opens_at=later)
    soon = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)
    rounds.publish(round_id=soon.pk, by=set_.pat)
    other = make.fund(set_.entity)
    new = replace(told, name="Another", maximum_minor=5, envelopes=((other.pk, 7),))
    rounds.change(round_id=soon.pk, terms=new, by=set_.pat)
    soon.refresh_from_db()
    assert calls.of(soon) == new
    assert soon.slug == "small-grants-2027-2", "a published address stays"


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "Another"},
        {"call": "Another"},
        {"criteria": "Another"},
        {"maximum_minor": 2_000_000},
        {"grace_minutes": 1},
        {"opens_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"envelopes": ()},
        {"closes_at": "earlier"},
        {"decides_on": "earlier"},
        {"asked": ()},
        {"conditions": ()},
        {"cost_limits": ()},
        {"limits": Limits()},
        {"steps": Steps()},
        {"marks_due_at": "earlier"},
    ],
)
def test_once_open_only_its_dates_grow(set_: Stage, facts: dict[str, Any]) -> None:
    made = rounds.create(entity_id=set_.entity.pk, terms=whole_terms(set_.fund), by=set_.pat)
    rounds.publish(round_id=made.pk, by=set_.pat)
    set_.round = made
    Round.objects.filter(pk=set_.round.pk).update(grace_minutes=2)
    was = calls.of(Round.objects.get(pk=set_.round.pk))
    if facts.get("closes_at") == "earlier":
        facts = {"closes_at": was.closes_at - dt.timedelta(minutes=1)}
    if facts.get("decides_on") == "earlier":
        facts = {"decides_on": was.decides_on - dt.timedelta(days=1)}
    if facts.pop("marks_due_at", None):
        due = was.closes_at + dt.timedelta(days=1)
        facts = {"steps": replace(was.steps, marks_due_at=due)}
    before = Record.objects.count()
    with pytest.raises((Fixed, NotARound)):
        rounds.change(round_id=set_.round.pk, terms=replace(was, **facts), by=set_.pat)
    assert calls.of(Round.objects.get(pk=set_.round.pk)) == was
    assert Record.objects.count() == before


def test_an_open_round_may_last_longer(set_: Stage) -> None:
    was = calls.of(set_.round)
    week = dt.timedelta(days=7)
    new = replace(
        was, closes_at=was.closes_at + week, decides_on=was.decides_on + week, grace_minutes=30
    )
    rounds.change(round_id=set_.round.pk, terms=new, by=set_.pat)
    assert calls.of(Round.objects.get(pk=set_.round.pk)) == new


def test_a_closed_round_is_opened_again_only_before_the_vote(set_: Stage) -> None:
    set_.closes(dt.timedelta(days=3))
    was = calls.of(Round.objects.get(pk=set_.round.pk))
    new = replace(was, closes_at=clock.now() + dt.timedelta(days=1))
    past = replace(was, closes_at=was.closes_at + dt.timedelta(days=1))
    with pytest.raises(Fixed, match="over already"):
        rounds.change(round_id=set_.round.pk, terms=past, by=set_.pat)
    now = clock.now()
    Motion.objects.create(
        round=set_.round,
        number=1,
        state="open",
        put_by=set_.pat,
        created_at=now,
        put_at=now,
        closes_at=now + dt.timedelta(days=5),
        frozen={},
        sha256="a" * 64,
        due_at=now,
    )
    with pytest.raises(Fixed, match="begun to vote"):
        rounds.change(round_id=set_.round.pk, terms=new, by=set_.pat)
    Motion.objects.all().delete()
    rounds.change(round_id=set_.round.pk, terms=new, by=set_.pat)
    assert rounds.phase(Round.objects.get(pk=set_.round.pk)) == Phase.OPEN


def test_a_round_is_published_once_and_only_when_it_says_everything(set_: Stage) -> None:
    at = set_.round.published_at
    assert rounds.publish(round_id=set_.round.pk, by=set_.pat).published_at == at
    past = clock.now() - dt.timedelta(minutes=1)
    for facts in ({"closes_at": past}, {"call": ""}, {"criteria": ""}, {"envelopes": ()}):
        made = rounds.create(entity_id=set_.entity.pk, terms=terms(set_.fund, **facts), by=set_.pat)
        with pytest.raises(NotARound):
            rounds.publish(round_id=made.pk, by=set_.pat)
    assert list(rounds.published()) == [set_.round]
    assert list(rounds.open_now()) == [set_.round]


def test_the_same_terms_again_are_no_change(set_: Stage) -> None:
    other = make.fund(set_.entity)
    envelopes = ((other.pk, 5), (set_.fund.pk, 6))
    told = terms(set_.fund, envelopes=envelopes)
    made = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)
    before = Record.objects.count()
    rounds.change(round_id=made.pk, terms=told, by=set_.pat)
    assert Record.objects.count() == before
