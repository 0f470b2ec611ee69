"""Goal: a fund pays for what its givers wrote and for nothing else, whoever asks."""

import datetime as dt
from typing import Any

import pytest

from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund, Restriction
from grants import motions, scopes
from grants.models import FundScope, Motion, Project, Share
from grants.motions import NotProposable, Proposal
from grants.scopes import EVERYTHING, NotAScope, NotForYou, Scope
from tests.grants.decisions.cast import Table, table
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Table:
    """A restricted fund and a free one, and one application from Mongolia on theme T1."""
    found = table()
    Fund.objects.filter(pk=found.funds[0].pk).update(
        restriction=Restriction.RESTRICTED, surplus="It goes to the general fund."
    )
    found.apply("Steppe")
    return found


def write(set_: Table, **facts: Any) -> FundScope:
    """The treasurer writes what the givers of the first fund want."""
    return scopes.write(
        fund_id=set_.funds[0].pk,
        scope=Scope(**facts),
        reason="Letter of 3 March 2027.",
        by=set_.tara,
    )


def test_only_the_treasurer_writes_what_givers_want(set_: Table) -> None:
    for who in (set_.pat, set_.dan, set_.carol, set_.asel, set_.eve):
        with pytest.raises(NotForYou):
            scopes.write(fund_id=set_.funds[0].pk, scope=EVERYTHING, reason="x", by=who)
    assert not FundScope.objects.exists()


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("countries", {"countries": frozenset({"SE"})}),
        ("countries", {"countries": frozenset({"MN", ""})}),
        ("themes", {"themes": frozenset({"T99"})}),
        ("projects", {"projects": frozenset({10**9})}),
    ],
)
def test_a_scope_that_nobody_could_keep_is_refused(
    set_: Table, field: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(NotAScope) as refusal:
        write(set_, **facts)
    assert refusal.value.field == field
    assert not FundScope.objects.exists()


def test_it_says_why_and_a_free_fund_has_none(set_: Table) -> None:
    there = Scope(countries=frozenset({"MN"}))
    with pytest.raises(NotAScope, match="Write why"):
        scopes.write(fund_id=set_.funds[0].pk, scope=there, reason=" ", by=set_.tara)
    with pytest.raises(NotAScope, match="unrestricted"):
        scopes.write(fund_id=set_.funds[1].pk, scope=there, reason="A letter.", by=set_.tara)
    with refused("fundscope_says_why"):
        FundScope.objects.create(
            fund=set_.funds[0], reason="", written_by=set_.tara, written_at=clock.now()
        )


def test_what_was_written_stays_and_the_last_counts(set_: Table) -> None:
    first = write(set_, countries=frozenset({"MN"}), words="For the dogs of Mongolia.")
    assert write(set_, countries=frozenset({"MN"}), words="For the dogs of Mongolia.") == first
    last = write(set_, countries=frozenset({"MN", "KZ"}), words="For the dogs of Mongolia.")
    assert list(FundScope.objects.order_by("pk")) == [first, last]
    assert scopes.standing([set_.funds[0].pk, set_.funds[1].pk]) == {
        set_.funds[0].pk: scopes.of(last),
        set_.funds[1].pk: EVERYTHING,
    }
    assert Record.objects.filter(action="fund.scope_written").count() == 2
    for step in (
        lambda: FundScope.objects.filter(pk=first.pk).update(words="For anything."),
        lambda: first.delete(),
    ):
        with refused("fundscope_is_written_once"):
            step()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"countries": frozenset({"KZ", "BT"})}, "Bhutan, Kazakhstan"),
        ({"themes": frozenset({"T3"})}, "Themes"),
        ({"projects": "other"}, "“Other”"),
        ({"expires_on": dt.date(2020, 1, 1)}, "2020-01-01"),
    ],
)
def test_nothing_else_is_proposed_and_the_database_refuses_it_too(
    set_: Table, facts: dict[str, Any], said: str
) -> None:
    if facts.get("projects"):
        other = set_.apply("Other")
        set_.applications.remove(other)
        facts = {"projects": frozenset({other.project_id})}
    motion = set_.propose({0: 50_000})

    def change(at: int) -> Motion:
        part = Proposal(set_.applications[0].pk, {set_.funds[at].pk: 50_000}, "Sound.")
        return motions.change(
            motion_id=motion.pk,
            text="That it be funded.",
            closes_at=motion.closes_at,
            proposals=[part],
            by=set_.dan,
        )

    write(set_, **facts)
    for step in (
        lambda: change(0),
        lambda: motions.put(motion_id=motion.pk, by=set_.dan),
    ):
        with pytest.raises(NotProposable) as refusal:
            step()
        assert said in refusal.value.sentence
    share = Share.objects.get()
    if not facts.get("expires_on"):
        with refused("share_keeps_to_the_scope"):
            Share.objects.filter(pk=share.pk).update(amount_minor=49_999)
    assert change(1).items.get().shares.get().fund == set_.funds[1]


def test_what_fits_is_proposed_and_put(set_: Table) -> None:
    write(
        set_,
        countries=frozenset({"MN", "KZ"}),
        themes=frozenset({"T1"}),
        projects=frozenset({Project.objects.get().pk}),
        expires_on=clock.today(set_.entity.zone),
    )
    assert set_.put({0: 50_000}).state == "open"


def test_a_scope_is_told_in_sentences(set_: Table) -> None:
    told = scopes.sentences(
        Scope(
            frozenset({"MN"}),
            frozenset({"T1"}),
            frozenset({set_.applications[0].project_id}),
            dt.date(2027, 4, 30),
        )
    )
    assert told[0] == "Work in Mongolia."
    assert told[2:] == ["Only “Steppe”.", "Awarded by 30 April 2027 at the latest."]
    assert scopes.sentences(EVERYTHING) == []
