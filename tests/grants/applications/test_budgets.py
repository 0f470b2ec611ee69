"""Goal: sums add up, and letters of every script are kept and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants import budgets, texts
from grants.budgets import Line
from grants.models import LineSource

LINE = st.builds(
    Line,
    category=st.sampled_from(budgets.Category.values),
    what=st.just("x"),
    quantity=st.integers(1, budgets.MOST_OF_A_KIND),
    unit_minor=st.integers(1, budgets.DEAREST_MINOR),
    source=st.sampled_from(LineSource.values),
)


@given(st.lists(LINE, max_size=budgets.MOST_LINES))
def test_a_budget_is_the_sum_of_who_pays_for_it(lines: list[Line]) -> None:
    found = budgets.sums(lines)
    assert found.whole_minor == sum(line.quantity * line.unit_minor for line in lines)
    assert found.us_minor + found.other_minor + found.in_kind_minor == found.whole_minor
    halves = budgets.sums(lines[::2]), budgets.sums(lines[1::2])
    assert sum(half.us_minor for half in halves) == found.us_minor
    assert found.whole_minor < 2**63


@given(st.text(max_size=300))
def test_cleaning_keeps_every_letter_and_is_done_after_once(text: str) -> None:
    once = texts.paragraphs(text)
    assert texts.paragraphs(once) == once
    assert "\0" not in once
    line = texts.one_line(text)
    assert texts.one_line(line) == line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("one two\nthree", 3),
        ("guard-dogs, 61 families — all", 4),
        ("Нохойн вакцин", 2),
        ("牧羊犬 第二季", 6),
        ("Fuel 燃料", 3),
    ],
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert texts.words(text) == count
