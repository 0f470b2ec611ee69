"""The next euro: the exact sum for work without money, and nobody shown who did not say so."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from grants import (
    allocations,
    applications,
    decisions,
    declarations,
    motions,
    next_euros,
    submissions,
    workbench,
)
from grants.applications import NotYours
from grants.models import Application, Criterion, Round, RoundFund
from grants.workbench import WhatIf
from tests.grants.decisions.cast import Table, table
from tests.grants.payments.cast import give
from tests.people import sign_in

pytestmark = pytest.mark.django_db
TITLES = ("Ibex", "Lynx", "Manul", "Pika")


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def set_() -> Table:
    """Two funds, four applications of 1,000.00 that make no sense with less, and money for two."""
    found = table(150_000, 60_000)
    Criterion.objects.create(round=found.round, position=0, name="Need", question="Is it?")
    for title in TITLES:
        found.apply(title, minimum_minor=100_000, may_be_shown_unfunded=title != "Pika")
    return found


def marks(set_: Table) -> dict[int, dict[int, dict[int, int]]]:
    criterion = Criterion.objects.get(round=set_.round).pk
    return {
        each.pk: {member.pk: {criterion: 5 - at} for member in set_.members[:3]}
        for at, each in enumerate(set_.applications)
    }


def decide(set_: Table, asked: WhatIf | None = None) -> None:
    """A proposal is frozen, put to the vote and adopted."""
    asked = asked or WhatIf()
    found = workbench.bench(set_.round, marks(set_), asked)
    kept = allocations.freeze(
        round_id=set_.round.pk,
        marks=marks(set_),
        asked=asked,
        seen=workbench.fingerprint(workbench.frozen(found)),
        closes_at=clock.now() + dt.timedelta(days=5),
        by=set_.dan,
    )
    assert kept.motion is not None
    motions.put(motion_id=kept.motion.pk, by=set_.dan)
    kept.motion.refresh_from_db()
    set_.vote(kept.motion, *["for"] * len(set_.members))
    decisions.close(motion_id=kept.motion.pk)


def found() -> dict[str, tuple[str, int]]:
    """Title, fund and sum of each that waits."""
    return {
        each.application.project.title: (each.fund.name, each.missing.minor)
        for each in next_euros.appeals()
    }


def would_get(set_: Table, title: str) -> int:
    """What the proposal gives it now, asked of the real balances."""
    again = workbench.bench(set_.round, marks(set_))
    assert again.outcome is not None
    pk = next(each.pk for each in set_.applications if each.project.title == title)
    return again.outcome.amount(pk)


def test_nothing_is_said_before_a_round_is_decided(set_: Table) -> None:
    assert found() == {}
    set_.put({0: 100_000})
    assert found() == {}


def test_each_sum_funds_it_and_one_cent_less_does_not(set_: Table) -> None:
    decide(set_)
    # Fund 0 has 500.00 and Fund 1 600.00 less what they promised: 100.00 together.
    told = found()
    assert set(told) == {"Manul", "Pika"}
    fund = Fund.objects.get(name=told["Manul"][0])
    give(fund, told["Manul"][1] - 1)
    assert would_get(set_, "Manul") == 0
    assert found()["Manul"] == (fund.name, 1)
    give(fund, 1)
    assert would_get(set_, "Manul") == 100_000
    assert "Manul" not in found(), "it is in the proposal, and waits for the vote"
    fund_name, minor = found()["Pika"]
    give(Fund.objects.get(name=fund_name), minor)
    assert would_get(set_, "Pika") == 100_000
    assert found() == {}


def test_a_fund_that_is_under_water_needs_that_too(set_: Table) -> None:
    decide(set_)
    before = {title: minor for title, (_fund, minor) in found().items()}
    for fund in set_.funds:
        give(fund, -50_000)
    for title, (name, minor) in found().items():
        assert minor > before[title]
        give(Fund.objects.get(name=name), minor)
        assert would_get(set_, title) == 100_000
        break


def test_no_gift_is_asked_for_that_the_round_may_not_spend(set_: Table) -> None:
    decide(set_)
    RoundFund.objects.update(envelope_minor=150_000)
    name = found()["Manul"][0]
    RoundFund.objects.filter(fund__name=name).update(envelope_minor=100_000)
    other = found().get("Manul")
    assert other is None or other[0] != name
    Fund.objects.update(is_open_to_gifts=False)
    assert found() == {}


@pytest.mark.parametrize("state", ["withdrawn", "declined"])
def test_what_is_declined_or_withdrawn_is_over(set_: Table, state: str) -> None:
    decide(set_)
    facts: dict[str, Any] = {"state": state}
    if state == "declined":
        facts |= {"decided_at": clock.now(), "decline_reason": "Too late."}
    Application.objects.filter(project__title="Manul").update(**facts)
    assert "Manul" not in found()


def test_what_is_below_the_bar_or_was_left_out_is_no_matter_of_money(set_: Table) -> None:
    pika = set_.applications[3].pk
    decide(set_, WhatIf(bar=300, out=frozenset()))
    assert set(found()) == {"Manul"}
    assert pika not in {each.application.pk for each in next_euros.appeals()}


def test_a_round_that_is_not_published_is_not_told_of(set_: Table) -> None:
    decide(set_)
    Round.objects.update(published_at=None)
    assert found() == {}


def test_only_what_may_be_shown_is_shown_and_leads_to_its_fund(client: Client, set_: Table) -> None:
    decide(set_)
    fund = Fund.objects.get(name=found()["Manul"][0])
    page = client.get("/next-euro/").text
    assert "Manul</b>" in page
    assert "Pika" not in page
    for private in ("Asel", "@example.org"):
        assert private not in page
    (sum_,) = {minor for title, (_fund, minor) in found().items() if title == "Manul"}
    assert f"/give/?fund={fund.slug}&amp;currency=EUR&amp;amount={sum_ / 100:.2f}" in page
    sign_in(client, set_.eve)
    assert "Pika" not in client.get("/next-euro/").text


def test_the_committee_reads_the_rest_but_nobody_what_they_stepped_out_of(
    client: Client, set_: Table
) -> None:
    decide(set_)
    pika = set_.applications[3]
    for person in (set_.carol, set_.dan, set_.pat):
        sign_in(client, person)
        assert "Pika" in client.get("/next-euro/").text
    declarations.step_out(application_id=pika.pk, reason="My team.", by=set_.carol)
    sign_in(client, set_.carol)
    assert "Pika" not in client.get("/next-euro/").text
    sign_in(client, set_.carol, factor=False)
    assert "Pika" not in client.get("/next-euro/").text
    sign_in(client, set_.tara)
    assert "Pika" not in client.get("/next-euro/").text


def test_the_applicant_takes_it_back_and_nobody_else_can(client: Client, set_: Table) -> None:
    decide(set_)
    manul = set_.applications[2]
    with pytest.raises(NotYours):
        applications.show_unfunded(application_id=manul.pk, may=False, by=set_.eve)
    where = reverse("grants:apply_showing", kwargs={"uuid": manul.uuid})
    sign_in(client, set_.asel)
    for _twice in range(2):
        assert client.post(where, {"may": "no"}).status_code == 302
    assert Record.objects.filter(action="application.not_to_be_shown").count() == 1
    client.logout()
    assert "Manul</b>" not in client.get("/next-euro/").text
    sign_in(client, set_.asel)
    client.post(where, {"may": "yes"})
    assert "Manul</b>" in client.get("/next-euro/").text


def test_what_was_said_is_frozen_with_what_was_sent(set_: Table) -> None:
    said = [submissions.told(each)["may_be_shown_unfunded"] for each in set_.applications]
    assert said == [True, True, True, False]


def test_more_that_wait_take_no_more_queries(
    client: Client, set_: Table, count_queries: type
) -> None:
    decide(set_)
    numbers = []
    for shown in (False, True):
        Application.objects.filter(project__title="Pika").update(may_be_shown_unfunded=shown)
        with count_queries(connection) as captured:
            assert client.get("/next-euro/").status_code == 200
        numbers.append(len(captured))
    assert numbers[0] == numbers[1] <= 30


def test_without_any_one_sentence_says_so(client: Client, db: None) -> None:
    assert "Nothing that may be shown waits" in client.get("/next-euro/").text
