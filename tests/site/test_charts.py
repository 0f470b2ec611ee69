"""Charts stay inside their drawing and keep their proportions, whatever the money does."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.money import Money
from funding.site import charts

LOOKS = st.sampled_from(["c-fur", "c-far", "c-stripe"])
MINORS = st.integers(-(10**12), 10**12)


@given(st.lists(st.tuples(LOOKS, MINORS), max_size=8))
def test_a_tail_stays_inside_and_shows_every_part_that_is_there(
    parts: list[tuple[str, int]],
) -> None:
    bands = charts.tail(parts)
    assert all(0 <= band.x <= charts.TAIL_WIDTH for band in bands)
    assert all(band.x + band.width <= charts.TAIL_WIDTH + 5 for band in bands)
    shown = [look for look, minor in parts if minor > 0]
    rings = shown.count("c-fur")
    assert len(bands) == len(shown) + rings


def test_a_tail_is_in_proportion() -> None:
    bands = charts.tail([("c-fur", 2500), ("c-far", 0), ("c-stripe", 7500)])
    assert [(band.look, band.x, band.width) for band in bands] == [
        ("c-fur", 0, 250),
        ("c-stripe", 245, 10),
        ("c-stripe", 250, 750),
    ]


def test_a_small_fee_can_still_be_seen() -> None:
    fee = charts.tail([("c-far", 1), ("c-stripe", 10**9)])[0]
    assert fee.width == 6


def test_nothing_makes_no_tail() -> None:
    assert charts.tail([("c-stripe", 0), ("c-fur", -5)]) == []


@given(st.lists(MINORS, min_size=1, max_size=12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_months_stay_inside_their_drawing(minors: list[int], currency: str) -> None:
    for width in (charts.WIDE, charts.TALL):
        chart = charts.months(minors, currency, width)
        assert len(chart.bars) == len(minors)
        for bar in chart.bars:
            assert 46 <= bar.x < bar.x + bar.width <= width
            assert 25 <= bar.y <= 190
            assert bar.y + bar.height == 190
        assert 2 <= len(chart.ticks) <= 6
        assert chart.ticks[0].major == 0
        assert sum(bar.stands_out for bar in chart.bars) <= minors.count(max(minors))


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=12))
def test_more_money_is_never_a_lower_bar(minors: list[int]) -> None:
    bars = charts.months(minors, "EUR", charts.WIDE).bars
    by_money = sorted(zip(minors, bars, strict=True), key=lambda pair: pair[0])
    heights = [bar.height for _minor, bar in by_money]
    assert heights == sorted(heights)


def test_only_a_month_far_above_the_others_is_named() -> None:
    chart = charts.months([2120_00, 1880_00, 2330_00, 6950_00], "EUR", charts.WIDE)
    assert [bar.stands_out for bar in chart.bars] == [False, False, False, True]
    assert [tick.words for tick in chart.ticks] == ["0", "2k", "4k", "6k", "8k"]
    level = charts.months([100, 110, 120], "EUR", charts.WIDE)
    assert not any(bar.stands_out for bar in level.bars)


SUMS = st.lists(st.integers(1, 10**10), min_size=1, max_size=5)


@given(SUMS, SUMS, st.sampled_from([charts.FLOW_WIDE, charts.FLOW_TALL]))
def test_a_flow_stays_inside_and_its_labels_stand_apart(
    came: list[int], went: list[int], size: charts.FlowSize
) -> None:
    went = [*went, sum(came)]
    came = [*came, sum(went) - sum(came)]
    drawn = charts.flow(
        [("In", Money(minor, "EUR")) for minor in came],
        [("Out", Money(minor, "EUR"), "c-fur") for minor in went],
        size,
    )
    assert drawn is not None
    for node in drawn.nodes:
        assert 0 <= node.y <= node.y + node.height <= drawn.height
        assert node.height >= 3
    lines = sorted(node.text_y for node in drawn.nodes if node.words == "Out")
    assert all(below - above >= 40 for above, below in pairwise(lines))


def test_a_flow_that_cannot_be_drawn_is_left_out() -> None:
    nought, some = Money(0, "EUR"), Money(500, "EUR")
    size = charts.FLOW_WIDE
    assert charts.flow([("In", nought)], [("Out", nought, "c-fur")], size) is None
    overdrawn = [("Out", Money(600, "EUR"), "c-fur"), ("Rest", Money(-100, "EUR"), "c-stripe")]
    assert charts.flow([("In", some)], overdrawn, size) is None
    with pytest.raises(ValueError, match="not what went"):
        charts.flow([("In", some)], [("Out", Money(499, "EUR"), "c-fur")], size)
