"""Goal: no kind of cost is asked for beyond what the call pays of it, to the last unit."""

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants import cost_limits, gaps, rounds
from grants.applications import Incomplete
from grants.budgets import Category, Line
from grants.models import Application, BudgetLine, LineSource
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.applications.test_apply_pages import address, save, typed
from tests.people import sign_in
from tests.refusing import refused

GOODS = Line("goods", "Collars", 1, 80_000)
TRAVEL = Line("travel", "Flights", 1, 20_000)


@pytest.fixture
def set_(db: None) -> Stage:
    """A round that pays no pay, and travel up to a fifth."""
    cache.clear()
    made = stage()
    facts = terms(made.fund, name="Limited", cost_limits=(("pay", 0), ("travel", 20)))
    call = rounds.create(entity_id=made.entity.pk, terms=facts, by=made.pat)
    made.round = rounds.publish(round_id=call.pk, by=made.pat)
    return made


@pytest.mark.parametrize(
    "line", [Line("travel", "Taxi", 1, 1), Line("pay", "A vet", 1, 1), Line("travel", "Car", 9, 9)]
)
def test_one_unit_over_is_refused_by_rule_and_database(set_: Stage, line: Line) -> None:
    draft = set_.saved(set_.started(), minimum_minor=50_000, lines=(GOODS, TRAVEL, line))
    with pytest.raises(Incomplete) as refusal:
        set_.submitted(draft)
    assert [gap.code for gap in refusal.value.gaps] == ["over_limit"]
    with refused("application_keeps_to_the_cost_limits"):
        Application.objects.filter(pk=draft.pk).update(
            state="submitted", submitted_at=draft.saved_at, submitted={}, sha256="a" * 64
        )
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_reaches_the_limit_is_sent_and_stays_within_it(set_: Stage) -> None:
    sent = set_.sent(minimum_minor=50_000, lines=(GOODS, TRAVEL))
    assert sent.state == "submitted"
    facts = {"application": sent, "what": "x", "quantity": 1, "unit_minor": 1, "amount_minor": 1}
    with refused("application_keeps_to_the_cost_limits"):
        BudgetLine.objects.create(**facts, category="travel")
    with refused("application_keeps_to_the_cost_limits"):
        BudgetLine.objects.filter(category="goods").delete()
    BudgetLine.objects.create(**facts, category="travel", source="other")


def test_what_others_pay_for_is_not_limited(set_: Stage) -> None:
    dear = Line("pay", "A year", 12, 90_000, LineSource.OTHER)
    assert set_.sent(minimum_minor=50_000, lines=(GOODS, TRAVEL, dear)).state == "submitted"


def test_the_limit_stands_beside_the_budget_before_it_is_passed(
    client: Client, set_: Stage
) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.saved(set_.started(), minimum_minor=50_000, lines=(GOODS, TRAVEL))
    page = client.get(address(draft)).text
    assert "Pay: not paid for in this round." in page
    assert "Travel: at most 20 per cent of what you ask, now €200.00." in page
    said = client.post(address(draft, "autosave/"), typed(draft)).json()
    (pay, words), (travel, _) = said["limits"]
    assert (pay, travel) == (True, False)
    assert "you ask €3,120.00" in words
    draft.refresh_from_db()
    saved = save(client, draft, version=str(draft.version), do="send")
    page = client.get(saved["Location"]).text
    assert "One thing to put right" in page
    assert "Take it out, or name who else pays for it." in page
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_the_sentence_says_by_how_much(set_: Stage) -> None:
    draft = set_.saved(
        set_.started(), minimum_minor=50_000, lines=(GOODS, Line("travel", "Flights", 1, 30_000))
    )
    (gap,) = gaps.of(draft)
    assert gap.sentence == (
        "Travel: you ask €300.00, and 20 per cent of the €1,100.00 that you ask in all is "
        "€220.00. That is €80.00 too much."
    )


LINES = st.lists(
    st.tuples(
        st.sampled_from(Category.values), st.integers(1, 10**9), st.sampled_from(LineSource.values)
    ),
    max_size=6,
)


# Two busy cores make the first example slow, whatever it is.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(drawn=LINES, most=st.integers(0, 99))
def test_a_kind_is_over_exactly_when_its_whole_units_are(
    drawn: list[tuple[str, int, str]], most: int
) -> None:
    lines = [Line(kind, "x", 1, minor, source) for kind, minor, source in drawn]
    (share,) = cost_limits.shares([("travel", most)], lines)
    assert share.is_over == (share.minor > share.most_minor)
