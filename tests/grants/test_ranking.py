"""Goal: marks become an order that says how sure it is, and a missing mark is never zero."""

import random
import statistics
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from grants import ranking
from grants.ranking import Marks, Score

ONE = {1: 1}


def plain(*rows: tuple[int, ...]) -> Marks:
    """Marks of one criterion: each row an application, zero where a member gave none."""
    return {
        at: {member: {1: mark} for member, mark in enumerate(row) if mark}
        for at, row in enumerate(rows, start=1)
    }


def ranked(marks: Marks, weights: dict[int, int] | None = None, **facts: int) -> list[Score]:
    """The ranking, lots in the order of the applications."""
    lots = {each: f"{each:04}" for each in marks}
    return ranking.ranking(marks, weights or ONE, lots, **facts)


def test_a_missing_mark_is_not_zero() -> None:
    (first, second) = ranked(plain((4, 0, 4), (5, 3, 3)))
    assert (first.application_id, first.mean, first.reviewers) == (1, 400, 2)
    assert (second.application_id, second.mean, second.reviewers) == (2, 367, 3)


def test_what_nobody_marked_is_in_no_order() -> None:
    assert [each.application_id for each in ranked({1: {}, 2: {7: {1: 3}}})] == [2]


def test_criteria_count_by_their_weight() -> None:
    marks = {1: {7: {1: 5, 2: 1}}, 2: {7: {1: 1, 2: 5}}}
    assert [each.mean for each in ranked(marks, {1: 3, 2: 1})] == [400, 200]
    assert [each.mean for each in ranked(marks, {1: 1, 2: 1})] == [300, 300]


def test_means_round_half_up() -> None:
    assert ranked({1: {7: {1: 3, 2: 4}}}, {1: 199, 2: 1})[0].mean == 301
    assert ranked({1: {7: {1: 3, 2: 4}}}, {1: 201, 2: 1})[0].mean == 300


def test_extremes_are_left_out_from_five_reviewers_on() -> None:
    assert ranked(plain((1, 4, 4, 5)))[0].trimmed is None
    assert ranked(plain((1, 4, 4, 4, 5)))[0].trimmed == 400


def test_equals_share_their_places_and_go_by_lot() -> None:
    lots = {1: "b", 2: "a", 3: "0"}
    found = ranking.ranking(plain((4, 4), (4, 4), (1, 1)), ONE, lots)
    assert [(each.application_id, each.place, each.first, each.last) for each in found] == [
        (2, 1, 1, 2),
        (1, 2, 1, 2),
        (3, 3, 3, 3),
    ]
    assert [each.band for each in found] == [1, 1, 2]


def test_an_order_that_hangs_on_one_reviewer_is_one_band() -> None:
    # Without the first reviewer the second application stands above the first.
    found = ranked(plain((5, 3, 3), (2, 4, 4), (1, 1, 1)))
    assert [(each.application_id, each.band) for each in found] == [(1, 1), (2, 1), (3, 2)]
    assert [(each.first, each.last) for each in found] == [(1, 2), (1, 2), (3, 3)]


def test_a_reviewer_is_left_out_of_everything() -> None:
    assert [each.application_id for each in ranked(plain((5, 3), (2, 4)), without=0)] == [2, 1]
    assert ranked(plain((5,)), without=0) == []


marks = st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=7).map(
    lambda rows: plain(*(tuple(row) for row in rows))
)


@given(marks)
@settings(max_examples=150, deadline=None)
def test_figures_agree_with_the_standard_library(found: Marks) -> None:
    for each in ranked(found):
        values = [Fraction(given[1]) for given in found[each.application_id].values()]
        assert abs(Fraction(each.mean, 100) - statistics.mean(values)) <= Fraction(1, 200)
        if len(values) > 1:
            assert each.spread is not None
            assert abs(each.spread / 100 - statistics.stdev(values)) <= 0.0051
        else:
            assert each.spread is None


@given(marks)
@settings(max_examples=150, deadline=None)
def test_bands_are_what_any_reviewer_left_out_keeps(found: Marks) -> None:
    whole = ranked(found)
    assert [each.place for each in whole] == list(range(1, len(whole) + 1))
    for member in range(4):
        means = {each.application_id: each.mean for each in ranked(found, without=member)}
        for one in whole:
            for other in whole:
                both = {one.application_id, other.application_id} <= means.keys()
                if both and one.band < other.band:
                    assert means[one.application_id] >= means[other.application_id]


@given(marks, st.randoms())
@settings(max_examples=50, deadline=None)
def test_any_order_comes_to_the_same(found: Marks, chance: random.Random) -> None:
    rows = list(found.items())
    chance.shuffle(rows)
    assert ranked(dict(rows)) == ranked(found)
