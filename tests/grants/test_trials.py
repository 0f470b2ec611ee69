"""Goal: pairs that exclude each other, money kept back, closed sums, and one round a form."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from funding import clock
from grants import declarations, reviews, rounds, workbench
from grants.models import Round
from grants.terms import NotARound
from grants.workbench import WhatIf
from tests.grants.applications.cast import stage, terms
from tests.grants.decisions.cast import Table
from tests.grants.decisions.test_committee_pages import browser
from tests.grants.payments.test_payment_races import together
from tests.grants.reviewing import asked, hand_in, reviewed


@pytest.fixture
def marked(db: None) -> Table:
    """Three applications with marks, the first the best, and money for all."""
    found = reviewed("Ibex", "Lynx", "Manul", wanted=1)
    reviews.assign(round_id=found.round.pk, by=found.dan)
    for at, each in enumerate(found.applications):
        hand_in(found, each, asked(found, each)[0], 5 - at, 5 - at)
    return found


def place(set_: Table) -> str:
    return reverse("grants:committee_workbench", kwargs={"slug": set_.round.slug})


def test_of_two_that_exclude_each_other_the_better_is_funded_and_the_motion_says_why(
    marked: Table,
) -> None:
    ibex, lynx, manul = (each.pk for each in marked.applications)
    tried = {"apart0a": str(ibex), "apart0b": str(lynx)}
    shown = browser(marked.dan).get(place(marked), tried)
    outcome = shown.context["bench"].outcome
    assert set(outcome.awards) == {ibex, manul}
    assert "Of “Ibex” and “Lynx” one is funded at most." in shown.text
    kept = browser(marked.dan).post(place(marked), tried | {"seen": shown.context["seen"]})
    assert kept.status_code == 302
    (row,) = marked.round.allocations.all()
    assert row.changes == ["Of “Ibex” and “Lynx” one is funded at most."]
    assert workbench.replayed(row.frozen) == row.frozen


@pytest.mark.parametrize("rubbish", ["", "٣", "x", "-1", "9" * 30])
def test_half_a_pair_is_said_and_left_out(marked: Table, rubbish: str) -> None:
    tried = {"apart0a": str(marked.applications[0].pk), "apart0b": rubbish}
    text = browser(marked.dan).get(place(marked), tried).text
    assert "Choose two applications of which one is funded at most." in text


def test_money_that_is_kept_back_is_not_proposed(marked: Table) -> None:
    marks = reviews.marks_of(marked.round)
    fund, other = marked.funds
    plain = workbench.bench(marked.round, marks)
    kept = workbench.bench(marked.round, marks, WhatIf(kept={fund.pk: 140_000}))
    rooms = {each.id: each.minor for each in kept.case.purses}
    was = {each.id: each.minor for each in plain.case.purses}
    assert rooms == {fund.pk: was[fund.pk] - 140_000, other.pk: was[other.pk]}
    assert kept.asked.is_real
    all_of_it = workbench.bench(marked.round, marks, WhatIf(kept={fund.pk: 10**9}))
    assert {each.id: each.minor for each in all_of_it.case.purses}[fund.pk] == 0
    text = browser(marked.dan).get(place(marked), {f"keep{fund.pk}": "1400"}).text
    assert "1,400.00" in text
    assert "stays in" in text


@pytest.mark.django_db
def test_what_a_fund_holds_for_a_closed_vote_is_told_by_no_sum_of_the_committee() -> None:
    found = reviewed("Ibex", wanted=1)
    declarations.step_out(application_id=found.applications[0].pk, reason="Kin.", by=found.carol)
    found.put({0: 70_007})
    where = reverse("grants:committee_round", kwargs={"slug": found.round.slug})
    shut, open_ = browser(found.carol).get(where), browser(found.dan).get(where)
    assert "700.07" in open_.text
    assert "700.07" not in shut.text
    assert [pot.is_partial for pot in shut.context["pots"]] == [True, False]
    assert not any(pot.is_partial for pot in open_.context["pots"])
    pot = shut.context["pots"][0]
    for sum_ in (pot.left, pot.figures.available, pot.free):
        assert sum_.figure() not in shut.text


def test_the_workbench_is_closed_while_a_vote_that_is_closed_holds_money(marked: Table) -> None:
    declarations.step_out(application_id=marked.applications[0].pk, reason="Kin.", by=marked.carol)
    assert browser(marked.carol).get(place(marked)).status_code == 200
    marked.put({0: 70_007}, applications=marked.applications[:1])
    shut, open_ = (browser(each).get(place(marked)) for each in (marked.carol, marked.dan))
    assert (open_.status_code, "of 799.93 free" in open_.text) == (200, True)
    assert (shut.status_code, "799.93" in shut.text) == (403, False)
    assert "while a vote that is closed to you holds money" in shut.text
    assert browser(marked.carol).post(place(marked)).status_code == 403


@pytest.mark.django_db
def test_a_form_sent_twice_is_one_round_and_other_words_are_an_error() -> None:
    set_ = stage()
    key, told = uuid.uuid4(), terms(set_.fund, name="Second call")
    one = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat, key=key)
    again = rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat, key=key)
    assert one == again
    changed = terms(set_.fund, name="Third call")
    with pytest.raises(NotARound, match="has written “Second call” already"):
        rounds.create(entity_id=set_.entity.pk, terms=changed, by=set_.pat, key=key)
    assert Round.objects.count() == 2
    page = browser(set_.pat).get(
        reverse("grants:officer_round_new", kwargs={"entity": set_.entity.slug})
    )
    assert 'name="key"' in page.text


@pytest.mark.usefixtures("committed")
def test_a_form_sent_twice_in_one_moment_is_one_round() -> None:
    set_ = stage()
    key, told = uuid.uuid4(), terms(set_.fund, name="Second call")

    def send() -> None:
        rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat, key=key)

    assert together(send, send, send) == ["done"] * 3
    assert Round.objects.filter(form_key=key).count() == 1


@pytest.mark.usefixtures("committed")
def test_control_without_its_key_it_is_two_rounds() -> None:
    set_ = stage()
    told = terms(set_.fund, name="Second call", closes_at=clock.now() + dt.timedelta(days=40))

    def send() -> None:
        rounds.create(entity_id=set_.entity.pk, terms=told, by=set_.pat)

    assert together(send, send) == ["done", "done"]
    assert Round.objects.filter(name="Second call").count() == 2
