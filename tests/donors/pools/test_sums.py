"""Goal: a match is of whole units, never more than there is room, and goes back in proportion."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from donors.pools import sums

money = some.integers(min_value=0, max_value=10**13)
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
ratio = some.integers(min_value=1, max_value=100)


@patient
@given(money, ratio, ratio, money)
def test_a_match_never_exceeds_its_room_its_ratio_or_its_value(
    value: int, pays: int, per: int, room: int
) -> None:
    answered, added = sums.match(value, pays=pays, per=per, room_minor=room)
    assert 0 <= added <= room
    assert 0 <= answered <= value
    assert added * per <= answered * pays
    assert bool(answered) == bool(added)


@patient
@given(money, some.lists(some.tuples(some.integers(1, 10**9), money), min_size=1, max_size=6))
def test_lines_are_worth_no_more_than_their_gift(value: int, lines: list[tuple[int, int]]) -> None:
    worth = sums.line_values(value, lines)
    assert all(each >= 0 for each in worth)
    assert sum(worth) <= value
    if not any(cover for _amount, cover in lines):
        assert sum(worth) == value


@patient
@given(money, some.integers(1, 10**9), some.integers(0, 10**9))
def test_what_stays_is_a_share_and_all_of_it_goes_with_all(
    matched: int, gross: int, back: int
) -> None:
    left = max(0, gross - back)
    stays = sums.stays(matched, left_minor=left, gross_minor=gross)
    assert 0 <= stays <= matched
    assert sums.stays(matched, left_minor=0, gross_minor=gross) == 0
    assert sums.stays(matched, left_minor=gross, gross_minor=gross) == matched


@pytest.mark.parametrize(
    ("value", "pays", "per", "room", "expected"),
    [
        (5_000, 1, 1, 500_000, (5_000, 5_000)),
        (5_000, 2, 1, 500_000, (5_000, 10_000)),
        (5_001, 1, 2, 500_000, (5_000, 2_500)),
        (5_000, 1, 1, 1, (1, 1)),
        (5_000, 2, 1, 3, (2, 3)),
        (1, 1, 2, 500_000, (0, 0)),
        (5_000, 1, 1, 0, (0, 0)),
    ],
)
def test_ratios_by_hand(
    value: int, pays: int, per: int, room: int, expected: tuple[int, int]
) -> None:
    assert sums.match(value, pays=pays, per=per, room_minor=room) == expected
