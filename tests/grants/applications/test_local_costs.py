"""Goal: a line in the currency of the place comes to the ask by the rate said, to the penny."""

import datetime as dt
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funding.documents import register
from grants import budgets, submissions
from grants.budgets import Line, Local, Rate
from grants.models import BudgetLine, Submission
from tests.grants.applications.cast import LINES, Stage, stage
from tests.grants.applications.test_apply_pages import address, typed, value
from tests.grants.applications.test_form_papers import words
from tests.people import sign_in
from tests.refusing import refused

DAY = dt.date(2026, 11, 14)
MNT = Rate("MNT", 38_125_000, DAY)
RUBBISH = ["\0", "10" * 12, "9" * 13, "٣٤٥", "ᠮᠠᠨᠤᠯ", "-5", "0", "3,812.50", "1e5", " "]


@pytest.fixture
def set_(db: None) -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


def local(minor: int, quantity: int = 3, rate: Rate = MNT) -> Line:
    unit = budgets.converted(minor, rate, "EUR")
    return Line("goods", "Wire 铁丝", quantity, unit, local=Local(minor, rate))


# On a crowded machine the first examples alone may take a second.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, budgets.DEAREST_LOCAL_MINOR),
    st.integers(1, budgets.HIGHEST_RATE_E4),
    st.sampled_from(["MNT", "JPY", "KWD", "USD"]),
)
def test_a_sum_is_converted_to_the_nearest_penny(minor: int, e4: int, currency: str) -> None:
    rate = Rate(currency, e4, DAY)
    exact = Fraction(minor * 10 ** budgets.power("EUR", currency), e4)
    assert abs(budgets.converted(minor, rate, "EUR") - exact) <= Fraction(1, 2)


def test_the_database_takes_no_other_unit_cost(set_: Stage) -> None:
    draft = set_.saved(set_.started(), rate=MNT, lines=(local(500_000_00), *LINES))
    row = BudgetLine.objects.get(local_currency="MNT")
    # 500,000 / 3,812.50 = 131.1475...
    assert (row.unit_minor, row.amount_minor) == (13_115, 39_345)
    rows = BudgetLine.objects.filter(pk=row.pk)
    for unit in (13_114, 13_116):
        with refused("budgetline_local_cost_comes_to_its_unit"):
            rows.update(unit_minor=unit, amount_minor=unit * 3)
    with refused("budgetline_local_cost_is_whole"):
        rows.update(local_rate_on=None)
    with refused("budgetline_local_cost_is_whole"):
        rows.update(local_currency="")
    draft.refresh_from_db()
    assert draft.ask_minor == 39_345 + 501_000


def test_a_half_is_rounded_up_by_rule_and_database(set_: Stage) -> None:
    two = Rate("MNT", 20_000, DAY)
    assert budgets.converted(1_001, two, "EUR") == 501
    set_.saved(set_.started(), rate=two, lines=(local(1_001, rate=two), *LINES))
    row = BudgetLine.objects.filter(local_currency="MNT")
    with refused("budgetline_local_cost_comes_to_its_unit"):
        row.update(unit_minor=500, amount_minor=1_500)


def test_both_papers_and_pages_tell_it(client: Client, set_: Stage) -> None:
    made = set_.sent(rate=MNT, lines=(local(500_000_00), *LINES))
    assert made.submitted is not None
    assert made.submitted["lines"][0]["local"]["unit_minor"] == 50_000_000
    assert "local" not in made.submitted["lines"][1]
    assert submissions.fingerprint(made.submitted) == made.sha256
    paper = Submission.objects.get().document
    assert paper is not None
    register.render(paper.pk)
    paper.refresh_from_db()
    printed = words(bytes(paper.content or b""))
    assert "500,000" in printed
    assert "EUR 1 = MNT 3,812.5, the rate of 14 November 2026" in printed
    sign_in(client, set_.asel, factor=False)
    assert "EUR 1 = MNT 3,812.5" in client.get(address(made)).text


def test_the_form_converts_and_shows_what_was_typed(client: Client, set_: Stage) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    told = {
        "local_currency": "MNT",
        "local_rate": "3812.50",
        "local_on": "2026-11-14",
        "line__0__unit": "500000.00",
        "line__0__quantity": "3",
        "line__0__money": "local",
    }
    heard = client.post(address(draft, "autosave/"), typed(draft, **told)).json()
    assert heard["amounts"][0] == "393.45"
    page = client.get(address(draft)).text
    assert value(page, "line-0-unit") == "500,000.00"
    assert value(page, "local_rate") == "3812.5"
    assert 'value="local" selected' in page
    draft.refresh_from_db()
    told["line__0__unit"] = "500,000.00"
    client.post(address(draft, "save/"), typed(draft, do="send", **told))
    draft.refresh_from_db()
    assert draft.state == "submitted"


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_for_a_rate_is_kept_with_a_sentence(
    client: Client, set_: Stage, rubbish: str
) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    told = {"local_currency": "MNT", "local_rate": rubbish, "local_on": "2026-11-14"}
    more = {"line__0__money": "local"}
    client.post(address(draft, "save/"), typed(draft, **told, **more))
    draft.refresh_from_db()
    page = client.get(address(draft) + "?check=1")
    assert page.status_code == 200
    assert "put right" in page.text
    if rubbish.strip("\0 "):
        assert rubbish in page.text
    assert draft.local_currency == ""
    assert not BudgetLine.objects.exclude(local_currency="").exists()


def test_without_a_rate_a_local_line_says_what_is_missing(client: Client, set_: Stage) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    client.post(address(draft, "save/"), typed(draft, line__0__money="local"))
    page = client.get(address(draft)).text
    assert "Write the other currency, its rate and the day." in page
    assert 'value="local" selected' in page


@pytest.mark.parametrize("code", ["EUR", "ZZZ", "ᠮᠠᠨ", "12", "<b>"])
def test_what_is_no_other_currency_is_kept_with_a_sentence(
    client: Client, set_: Stage, code: str
) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    told = {"local_currency": code, "local_rate": "2", "local_on": "2026-11-14"}
    client.post(address(draft, "save/"), typed(draft, **told))
    assert "three letters of another currency" in client.get(address(draft)).text
    draft.refresh_from_db()
    assert draft.local_currency == ""
