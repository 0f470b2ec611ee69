"""Goal: everybody reads before they apply what a round asks, pays, limits and decides by."""

import datetime as dt

import pytest
from django.test import Client

from funding import clock
from funding.ledger.models import Restriction
from funding.users.models import Role
from grants import rounds, scopes
from grants.models import Application, Lottery, Round
from grants.scopes import Scope
from tests.grants.applications.cast import Stage, stage
from tests.grants.scoping import whole_terms
from tests.people import make_person


@pytest.fixture
def cast(db: None) -> Stage:
    return stage()


@pytest.fixture
def call(cast: Stage) -> Round:
    """A published round with every step, limit and question, on a fund with a scope."""
    cast.fund.restriction, cast.fund.surplus = Restriction.RESTRICTED, "It stays for dens."
    cast.fund.save()
    scopes.write(
        fund_id=cast.fund.pk,
        scope=Scope(countries=frozenset({"MN"}), words="For dens in the <steppe>."),
        reason="Letter of 3 May",
        by=make_person("tess@example.org", "Tess", Role.TREASURER),
    )
    soon = clock.now() + dt.timedelta(days=2)
    told = whole_terms(cast.fund, opens_at=soon)
    made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
    return rounds.publish(round_id=made.pk, by=cast.pat)


def test_the_call_says_all_that_the_round_holds(client: Client, call: Round) -> None:
    page = client.get(f"/rounds/{call.slug}/").text
    for words in (
        "Would the work happen without us?",
        "Weight 3.",
        "Nobody else funds this, and it stops without us.",
        "Does a team of the range country lead?",
        "Apply together with a local team.",
        "Not paid for: Pay.",
        "Other: at most 10 per cent of what is asked.",
        "Below a mean mark of 2.5 nothing is funded.",
        "Awards for work in one country come to €20,000.00 at most.",
        "One organisation gets 2 awards at most.",
        "One award takes at most 25 per cent of what a fund has.",
        "A fund pays at least €500.00 of an award, or nothing of it.",
        "3 members of the committee mark each application, each alone.",
        "Work in Mongolia.",
        "For dens in the &lt;steppe&gt;.",
        "in Ulaanbaatar",
        "UTC",
        Lottery.objects.get(round=call).sha256,
    ):
        assert words in page, words
    assert Lottery.objects.get(round=call).seed not in page


def test_a_round_without_terms_says_who_decides_and_no_empty_heads(
    client: Client, cast: Stage
) -> None:
    page = client.get(f"/rounds/{cast.round.slug}/").text
    assert "The committee votes in writing" in page
    for words in ("Questions before the form", "what each mark means", "<h2>Limits</h2>"):
        assert words not in page


def test_the_number_of_the_lot_is_told_with_the_result_and_not_before(
    client: Client, cast: Stage
) -> None:
    application = cast.sent()
    drawn = Lottery.objects.get(round=cast.round)
    place = f"/rounds/{cast.round.slug}/"
    cast.closes(dt.timedelta(days=1))
    assert drawn.sha256 in client.get(place).text
    assert drawn.seed not in client.get(place).text
    decided = {"state": "declined", "decline_reason": "No permits.", "decided_at": clock.now()}
    Application.objects.filter(pk=application.pk).update(**decided)
    assert drawn.seed in client.get(place).text
    due = clock.now() + dt.timedelta(hours=1)
    Round.objects.filter(pk=cast.round.pk).update(reviews_wanted=3, marks_due_at=due)
    assert drawn.seed not in client.get(place).text, "members still give marks"
