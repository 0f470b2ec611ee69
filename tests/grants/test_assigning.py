"""Goal: every application gets its opinions, none from who is out, and the work is even."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from grants.assigning import Given, Wanted, assign


def everybody(*members: int) -> frozenset[int]:
    return frozenset(members)


def test_each_gets_its_opinions_and_the_work_is_even() -> None:
    wanted = [Wanted(pk, 3, everybody(1, 2, 3, 4, 5, 6)) for pk in range(10)]
    found = assign(wanted, dict.fromkeys(range(1, 7), 0))
    assert {len(members) for members in found.members.values()} == {3}
    counts = [sum(one in members for members in found.members.values()) for one in range(1, 7)]
    assert counts == [5] * 6
    assert found.short == {}


def test_what_somebody_has_already_counts() -> None:
    found = assign([Wanted(7, 1, everybody(1, 2))], {1: 3, 2: 2})
    assert found.members == {7: {2}}


def test_too_few_who_may_are_told() -> None:
    found = assign([Wanted(7, 3, everybody(1, 2)), Wanted(8, 1, everybody())], {1: 0, 2: 0})
    assert found.members == {7: {1, 2}, 8: frozenset()}
    assert found.short == {7: 1, 8: 1}


def test_among_equals_who_is_versed_is_asked() -> None:
    rows = [
        Wanted(1, 1, everybody(1, 2), everybody(2)),
        Wanted(2, 1, everybody(1, 2), everybody(1)),
    ]
    assert assign(rows, {1: 0, 2: 0}).members == {1: {2}, 2: {1}}


def test_opinions_come_before_evenness_and_evenness_before_being_versed() -> None:
    both = everybody(1, 2)
    rows = [Wanted(1, 1, both, everybody(1)), Wanted(2, 1, both, everybody(1))]
    found = assign(rows, {1: 0, 2: 0})
    assert sorted(len(each) for each in found.members.values()) == [1, 1]
    assert set().union(*found.members.values()) == {1, 2}
    alone = [Wanted(pk, 1, everybody(1)) for pk in range(4)]
    assert assign(alone, {1: 0, 2: 0}).short == {}


members = st.frozensets(st.integers(0, 5))
rounds = st.lists(st.tuples(st.integers(0, 4), members, members), max_size=9).map(
    lambda rows: [
        Wanted(at, missing, may, may & versed) for at, (missing, may, versed) in enumerate(rows)
    ]
)
loads = st.fixed_dictionaries({member: st.integers(0, 3) for member in range(6)})


@given(rounds, loads, st.randoms())
@settings(max_examples=150, deadline=None)
def test_any_round_is_assigned_within_its_bounds(
    wanted: list[Wanted], has: dict[int, int], chance: random.Random
) -> None:
    found = assign(wanted, has)
    for row in wanted:
        assert found.members[row.id] <= row.members
        assert len(found.members[row.id]) == min(row.missing, len(row.members))
    mixed, shuffled = list(wanted), list(has.items())
    chance.shuffle(mixed)
    chance.shuffle(shuffled)
    assert assign(mixed, dict(shuffled)) == found
    _nobody_could_give_one_to_somebody_with_two_fewer(wanted, has, found)


def _nobody_could_give_one_to_somebody_with_two_fewer(
    wanted: list[Wanted], has: dict[int, int], found: Given
) -> None:
    work = {
        member: count + sum(member in each for each in found.members.values())
        for member, count in has.items()
    }
    for row in wanted:
        for one in found.members[row.id]:
            for other in row.members - found.members[row.id]:
                assert work[one] - work[other] <= 1
