"""Goal: the money goes down the ranking exactly, each refusal tells the truth, and it repeats."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from grants import allocation, most_marks, shortfalls
from grants.allocation import Contradiction, Outcome, Why
from grants.wishes import Case, NotACase, Purse, Rules, Wish
from tests.conftest import rows_of
from tests.grants import allocation_oracle as oracle
from tests.grants.allocation_cases import drawn

ROUNDS = 60


def wish(number: int, asked: int, least: int, score: int, funds: str, **facts: Any) -> Wish:
    """One application; `funds` are the numbers of those that it may draw on."""
    told: dict[str, Any] = {
        "id": number,
        "name": f"Project {number}",
        "asked_minor": asked,
        "least_minor": least,
        "score": score,
        "lottery": f"{number:04d}",
        "country": "MN",
        "applicant": f"Institute {number}",
        "purses": frozenset(map(int, funds)),
    }
    return Wish(**{**told, **facts})


def purse(number: int, minor: int, **facts: Any) -> Purse:
    """One fund."""
    told: dict[str, Any] = {"id": number, "name": f"Fund {number}", "minor": minor}
    return Purse(**{**told, **facts})


def case(purses: list[Purse], wishes: list[Wish], **rules: Any) -> Case:
    """A round in euro."""
    return Case.of(currency="EUR", purses=purses, wishes=wishes, rules=Rules(**rules))


def rounds(config: pytest.Config, most: int = ROUNDS) -> Iterator[tuple[Case, Outcome]]:
    """Random rounds that have an answer, `--rows` of them."""
    for seed in range(rows_of(config, most)):
        asked = drawn(seed, wishes=5 + seed % 26, purses=2 + seed % 5)
        try:
            yield asked, allocation.propose(asked)
        except Contradiction:
            continue


def test_money_that_only_one_may_use_is_left_to_it() -> None:
    """Whoever fills funds in the order of a list would pay the first from the open fund."""
    asked = case(
        [purse(1, 800), purse(2, 800, is_restricted=True)],
        [wish(1, 800, 800, 90, "12"), wish(2, 800, 800, 80, "1")],
    )
    assert allocation.propose(asked).awards == {1: {2: 800}, 2: {1: 800}}


def test_the_next_one_that_fits_is_taken_when_a_better_one_is_too_dear() -> None:
    asked = case([purse(1, 1_000)], [wish(1, 1_500, 1_200, 90, "1"), wish(2, 900, 900, 80, "1")])
    found = allocation.propose(asked)
    assert found.awards == {2: {1: 900}}
    assert (found.refusals[1].why, found.refusals[1].missing) == (Why.MONEY, {1: 200})


def test_each_first_gets_the_least_and_then_the_better_one_more() -> None:
    funds = [purse(1, 1_000)]
    wishes = [wish(1, 900, 300, 90, "1"), wish(2, 900, 300, 80, "1")]
    broad = allocation.propose(case(funds, wishes))
    assert broad.awards == {1: {1: 700}, 2: {1: 300}}
    deep = allocation.propose(case(funds, wishes, is_deep=True))
    assert deep.awards == {1: {1: 900}}


def test_restricted_money_goes_first_and_of_two_earmarks_the_one_that_ends_sooner() -> None:
    funds = [
        purse(1, 500),
        purse(2, 500, is_restricted=True, expires_on=dt.date(2028, 1, 1)),
        purse(3, 500, is_restricted=True, expires_on=dt.date(2027, 1, 1)),
    ]
    found = allocation.propose(case(funds, [wish(1, 700, 700, 90, "123")]))
    assert found.awards == {1: {2: 200, 3: 500}}


def test_no_fund_gives_one_application_more_than_its_share() -> None:
    funds = [purse(1, 1_000, most_minor=250), purse(2, 100)]
    found = allocation.propose(
        case(funds, [wish(1, 350, 350, 90, "12"), wish(2, 260, 260, 80, "1")])
    )
    assert found.awards == {1: {1: 250, 2: 100}}
    assert found.refusals[2].missing == {}


def test_a_sliver_is_left_out_where_everybody_gets_as_much_without() -> None:
    funds = [purse(1, 1_000), purse(2, 5, is_restricted=True)]
    wishes = [wish(1, 400, 400, 90, "12"), wish(2, 400, 400, 80, "12")]
    given = allocation.propose(case(funds, wishes)).awards
    assert sum(parts.get(2, 0) for parts in given.values()) == 5
    kept = allocation.propose(case(funds, wishes, sliver_minor=50)).awards
    assert kept == {1: {1: 400}, 2: {1: 400}}


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"bar": 85}, Why.BAR),
        ({"most_minor": 199}, Why.LIMIT),
        ({"exclusive": frozenset({frozenset({1, 2})})}, Why.EXCLUDED),
        ({"per_applicant": 1}, Why.APPLICANT),
        ({"by_country": {"MN": 299}}, Why.COUNTRY),
    ],
)
def test_a_rule_refuses_by_name_where_money_would_not(rules: dict[str, Any], why: Why) -> None:
    wishes = [
        wish(1, 100, 100, 90, "1", applicant="Same"),
        wish(2, 200, 200, 80, "1", applicant="Same"),
    ]
    asked = case([purse(1, 1_000)], wishes, **rules)
    found = allocation.propose(asked)
    assert found.refusals[2].why == why
    told = shortfalls.sentence(asked, found.refusals[2], shortfalls.shortfalls(asked).get(2))
    assert told.endswith("No sum in one fund alone would fund it.")


def test_rules_that_contradict_each_other_are_named() -> None:
    musts = [wish(at, 400, 400, 50, "12"[at % 2 :], is_must=True) for at in (1, 2, 3)]
    asked = case([purse(1, 500), purse(2, 700)], [*musts, wish(4, 100, 100, 99, "1")])
    with pytest.raises(Contradiction) as refused:
        allocation.propose(asked)
    told = shortfalls.contradiction(asked, refused.value)
    assert told == (
        "These must all be funded and cannot be together: Project 1, Project 3. "
        "Fund 2 holds €7.00, too little for Project 3 beside those above it."
    )


def test_one_that_must_be_funded_and_cannot_is_named_alone() -> None:
    asked = case([purse(1, 500)], [wish(1, 900, 900, 50, "1", is_must=True)])
    with pytest.raises(Contradiction) as refused:
        allocation.propose(asked)
    assert refused.value.clash == (1,)
    assert "must be funded and cannot be" in shortfalls.contradiction(asked, refused.value)


@pytest.mark.parametrize(
    ("purses", "wishes", "rules"),
    [
        ([purse(1, -1)], [], {}),
        ([purse(1, 1), purse(1, 2)], [], {}),
        ([purse(1, 1)], [wish(1, 5, 6, 1, "1")], {}),
        ([purse(1, 1)], [wish(1, 5, 0, 1, "1")], {}),
        ([purse(1, 1)], [wish(1, 5, 5, 1, "2")], {}),
        ([purse(1, 1)], [wish(1, 5, 5, -1, "1")], {}),
        ([purse(1, 1)], [wish(1, 5, 5, 1, "1")], {"exclusive": frozenset({frozenset({1})})}),
    ],
)
def test_what_makes_no_sense_is_no_case(
    purses: list[Purse], wishes: list[Wish], rules: dict[str, Any]
) -> None:
    with pytest.raises(NotACase):
        case(purses, wishes, **rules)


def test_every_figure_of_a_proposal_holds(pytestconfig: pytest.Config) -> None:
    seen = 0
    for asked, found in rounds(pytestconfig):
        seen += len(found.awards)
        assert_sound(asked, found)
    assert seen > 100


def assert_sound(asked: Case, found: Outcome) -> None:
    """Every rule, counted again from the proposal alone."""
    wishes = {each.id: each for each in asked.wishes}
    assert set(found.awards) | set(found.refusals) == set(wishes)
    assert not set(found.awards) & set(found.refusals)
    for purse in asked.purses:
        drawn_minor = [parts.get(purse.id, 0) for parts in found.awards.values()]
        assert sum(drawn_minor) <= purse.minor
        assert purse.most_minor is None or max(drawn_minor, default=0) <= purse.most_minor
    for wish_id, parts in found.awards.items():
        got = wishes[wish_id]
        assert set(parts) <= got.purses
        assert min(parts.values()) > 0
        assert asked.first(got) <= found.amount(wish_id) <= asked.most(got)
        assert got.is_must or got.score >= asked.rules.bar
    for country, cap in asked.rules.by_country.items():
        of = [found.amount(key) for key in found.awards if wishes[key].country == country]
        assert sum(of) <= cap
    applicants = [wishes[key].applicant for key in found.awards]
    most = asked.rules.per_applicant
    assert most is None or all(applicants.count(each) <= most for each in applicants)
    assert not any(pair <= set(found.awards) for pair in asked.rules.exclusive)


@pytest.mark.simulation
def test_an_independent_solver_takes_the_same_and_finds_no_better_amounts(
    pytestconfig: pytest.Config,
) -> None:
    for asked, found in rounds(pytestconfig):
        taken: list[int] = []
        for each in asked.ranking():
            refusal = found.refusals.get(each.id)
            if refusal is None or refusal.why == Why.MONEY:
                assert oracle.fit(asked, [*taken, each.id]) == (refusal is None), each
            taken += [each.id] if refusal is None else []
        of = {each.id: each.score + 1 for each in asked.wishes}
        marks = sum(of[key] * found.amount(key) for key in found.awards)
        assert marks == pytest.approx(oracle.most_weighted(asked, taken) or 0, rel=1e-9)


@pytest.mark.simulation
def test_an_independent_solver_finds_no_set_with_more_marks(pytestconfig: pytest.Config) -> None:
    for asked, _found in rounds(pytestconfig):
        best = most_marks.best(asked)
        assert best.is_proven
        assert best.marks == round(oracle.most_marks(asked) or 0)


def test_many_sets_of_funds_are_judged_by_a_flow_and_as_exactly() -> None:
    for seed in range(3):
        asked = drawn(seed, wishes=40, purses=20, has_must=False)
        assert not allocation.cuts_of(asked).is_complete
        found = allocation.propose(asked)
        assert_sound(asked, found)
        taken: list[int] = []
        for each in asked.ranking():
            refusal = found.refusals.get(each.id)
            if refusal is None or refusal.why == Why.MONEY:
                assert oracle.fit(asked, [*taken, each.id]) == (refusal is None), each
            taken += [each.id] if refusal is None else []


def test_the_order_of_the_lists_changes_not_one_byte() -> None:
    for seed in (1, 2, 4):
        asked = drawn(seed, wishes=20, purses=5, has_must=False)
        told, of = allocation.frozen(asked, allocation.propose(asked)), random.Random(seed)
        for _ in range(100):
            purses, wishes = list(asked.purses), list(asked.wishes)
            of.shuffle(purses)
            of.shuffle(wishes)
            again = Case.of(currency="EUR", purses=purses, wishes=wishes, rules=asked.rules)
            assert allocation.frozen(again, allocation.propose(again)) == told


def test_equal_marks_go_by_lot_and_not_by_number() -> None:
    wishes = [wish(1, 900, 900, 80, "1", lottery="b"), wish(2, 900, 900, 80, "1", lottery="a")]
    assert set(allocation.propose(case([purse(1, 1_000)], wishes)).awards) == {2}


def with_more(asked: Case, fund_id: int, minor: int) -> Case:
    """The same round with more money in one fund."""
    purses = [
        replace(each, minor=each.minor + minor) if each.id == fund_id else each
        for each in asked.purses
    ]
    return Case.of(currency="EUR", purses=purses, wishes=asked.wishes, rules=asked.rules)


def test_each_sum_that_is_named_funds_it_and_no_smaller_one_does(
    pytestconfig: pytest.Config,
) -> None:
    told = 0
    for asked, found in rounds(pytestconfig, 25):
        of = random.Random(len(asked.wishes))
        for wish_id, each in shortfalls.shortfalls(asked).items():
            told += 1
            assert wish_id in found.refusals
            enough = with_more(asked, each.fund_id, each.minor)
            assert wish_id in allocation.propose(enough).awards
            for fund in asked.purses:
                for less in {each.minor - 1, of.randrange(each.minor), of.randrange(each.minor)}:
                    short = with_more(asked, fund.id, less)
                    assert wish_id not in allocation.propose(short).awards, (fund.id, less)
    assert told > 50


def test_whom_no_sum_is_named_for_is_funded_by_none(pytestconfig: pytest.Config) -> None:
    for asked, found in rounds(pytestconfig, 25):
        named = shortfalls.shortfalls(asked)
        for fund in asked.purses:
            rich = allocation.propose(with_more(asked, fund.id, 10**12)).awards
            assert not set(rich) & (set(found.refusals) - set(named))


def test_who_ranks_higher_may_take_the_room_so_more_is_named_than_is_missing() -> None:
    """Project 2 lacks 100; with them the better Project 1 would be in, and 2 still out."""
    asked = case([purse(1, 500)], [wish(1, 600, 600, 90, "1"), wish(2, 600, 600, 80, "1")])
    found = allocation.propose(asked)
    assert found.refusals[2].missing == {1: 100}
    assert shortfalls.shortfalls(asked)[2].minor == 700
