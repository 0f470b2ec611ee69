"""Goal: a payer's slip of the pen never pays another zoo's invoice."""

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from donors.zoos.references import found_in, is_valid, reference, spaced

SERIES = st.text(string.ascii_uppercase, min_size=2, max_size=8)
NUMBERS = st.integers(1, 99_999_999)


def test_a_known_one_is_read_as_the_standard_says() -> None:
    # The example of ISO 11649 itself, whose body is '539007547034'.
    assert int("".join(str(int(char, 36)) for char in "539007547034RF18")) % 97 == 1
    assert reference("MF", 42)[:2] == "RF"
    assert is_valid(reference("MF", 42))


@given(SERIES, NUMBERS)
def test_every_reference_is_valid_and_found_however_it_is_written(series: str, number: int) -> None:
    made = reference(series, number)
    assert is_valid(made)
    assert len(made) <= 25
    for written in (made, made.lower(), spaced(made), f"Invoice/{made}, thanks", f"RF RF{made}1"):
        assert found_in(written) == [made]


@given(SERIES, NUMBERS, st.data())
def test_a_single_wrong_letter_is_noticed(series: str, number: int, data: st.DataObject) -> None:
    made = reference(series, number)
    at = data.draw(st.integers(2, len(made) - 1))
    letters = string.digits if made[at].isdigit() else string.ascii_uppercase
    wrong = data.draw(st.sampled_from([each for each in letters if each != made[at]]))
    assert not is_valid(made[:at] + wrong + made[at + 1 :])


@given(SERIES, NUMBERS, st.data())
def test_two_digits_that_changed_places_are_noticed(
    series: str, number: int, data: st.DataObject
) -> None:
    made = reference(series, number)
    at = data.draw(st.integers(len(made) - 8, len(made) - 2))
    assume(made[at] != made[at + 1])
    assert not is_valid(made[:at] + made[at + 1] + made[at] + made[at + 2 :])


@given(SERIES, NUMBERS, NUMBERS)
def test_two_references_in_one_text_are_two(series: str, first: int, second: int) -> None:
    assume(first != second)
    both = [reference(series, first), reference(series, second)]
    assert found_in(" + ".join(both)) == both
    assert found_in("".join(both)) == both


@given(st.text(max_size=120))
def test_what_is_no_reference_finds_none_and_breaks_nothing(text: str) -> None:
    assert all(is_valid(each) for each in found_in(text))
