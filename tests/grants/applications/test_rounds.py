"""Goal: a round says what it gives before anybody asks, and then only ever grows longer."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from funding import clock
from funding.audit.models import Record
from grants import rounds
from grants.models import Motion, Round, RoundFund
from grants.rounds import Fixed, NotARound, NotForYou, Phase
from tests import make
from tests.grants.applications.cast import Stage, stage, terms

pytestmark = pytest.mark.django_db


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
    assert rounds.terms_of(soon) == new
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
    ],
)
def test_once_open_only_its_dates_grow(set_: Stage, facts: dict[str, Any]) -> None:
    Round.objects.filter(pk=set_.round.pk).update(grace_minutes=2)
    was = rounds.terms_of(Round.objects.get(pk=set_.round.pk))
    if facts.get("closes_at") == "earlier":
        facts = {"closes_at": was.closes_at - dt.timedelta(minutes=1)}
    if facts.get("decides_on") == "earlier":
        facts = {"decides_on": was.decides_on - dt.timedelta(days=1)}
    before = Record.objects.count()
    with pytest.raises(Fixed):
        rounds.change(round_id=set_.round.pk, terms=replace(was, **facts), by=set_.pat)
    assert rounds.terms_of(Round.objects.get(pk=set_.round.pk)) == was
    assert Record.objects.count() == before


def test_an_open_round_may_last_longer(set_: Stage) -> None:
    was = rounds.terms_of(set_.round)
    week = dt.timedelta(days=7)
    new = replace(
        was, closes_at=was.closes_at + week, decides_on=was.decides_on + week, grace_minutes=30
    )
    rounds.change(round_id=set_.round.pk, terms=new, by=set_.pat)
    assert rounds.terms_of(Round.objects.get(pk=set_.round.pk)) == new


def test_a_closed_round_is_opened_again_only_before_the_vote(set_: Stage) -> None:
    set_.closes(dt.timedelta(days=3))
    was = rounds.terms_of(Round.objects.get(pk=set_.round.pk))
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
