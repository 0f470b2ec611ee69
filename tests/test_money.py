"""Money: exact, split without loss, read and written as people do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.money import EXPONENTS, CurrencyMismatch, Money, MoneyError, exponent, parse, split

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


@given(minors, weights)
def test_parts_always_add_up(total: int, shares: list[int]) -> None:
    assert sum(split(total, shares)) == total


@given(minors, weights)
def test_no_part_is_a_whole_unit_off_its_fair_share(total: int, shares: list[int]) -> None:
    whole = sum(shares)
    for part, weight in zip(split(total, shares), shares, strict=True):
        assert abs(part * whole - total * weight) < whole
        assert weight or not part


@given(minors, weights)
def test_what_is_given_back_is_split_like_what_was_given(total: int, shares: list[int]) -> None:
    assert split(-total, shares) == [-part for part in split(total, shares)]


@given(weights, st.lists(st.integers(0, 10**6), max_size=20))
def test_portions_split_on_cumulative_sums_add_up_at_every_step(
    shares: list[int], portions: list[int]
) -> None:
    booked, total = [0] * len(shares), 0
    for portion in portions:
        total += portion
        now = split(total, shares)
        parts = [new - old for new, old in zip(now, booked, strict=True)]
        assert sum(parts) == portion
        booked = now
    assert booked == split(total, shares)


@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [
        (275, [50, 30, 20], [138, 82, 55]),
        (290, [50, 30, 20], [145, 87, 58]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (-1, [1, 1], [-1, 0]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_known_splits(total: int, shares: list[int], parts: list[int]) -> None:
    assert split(total, shares) == parts


@pytest.mark.parametrize("shares", [[], [0, 0], [2, -1]])
def test_weights_that_mean_nothing_are_refused(shares: list[int]) -> None:
    with pytest.raises(ValueError, match=r"Weights|empty"):
        split(100, shares)


@given(minors, currencies)
def test_the_plain_figure_reads_back_as_the_same_money(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse(money.plain(), currency) == money
    assert money.decimal * 10 ** exponent(currency) == minor


@given(st.integers(-(10**10), 10**10), currencies)
def test_the_figure_with_separators_reads_back_unless_it_could_mean_two_things(
    minor: int, currency: str
) -> None:
    money = Money(minor, currency)
    if exponent(currency) == 0 and money.figure().count(",") == 1:
        with pytest.raises(MoneyError, match="without a separator"):
            parse(money.figure(), currency)
    else:
        assert parse(money.figure(), currency) == money


@given(currencies, minors, minors)
def test_sums_and_order_are_those_of_whole_numbers(currency: str, left: int, right: int) -> None:
    one, two = Money(left, currency), Money(right, currency)
    assert (one + two).minor == left + right
    assert (one - two).minor == left - right
    assert (one < two, one <= two, bool(one)) == (left < right, left <= right, left != 0)
    assert (-one).minor == -left


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25", "EUR", 2_500),
        ("25.5", "EUR", 2_550),
        ("25,50", "EUR", 2_550),
        (" 1 000 ", "EUR", 100_000),
        ("1\u202f000,00", "SEK", 100_000),
        ("1,000.50", "EUR", 100_050),
        ("1.000,50", "EUR", 100_050),
        ("1,000,000", "EUR", 100_000_000),
        ("1’000.05", "CHF", 100_005),
        ("1500", "JPY", 1_500),
        ("1.234", "KWD", 1_234),
        ("−3.00", "EUR", -300),
    ],
)
def test_what_people_type_is_understood(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("abc", "EUR"),
        ("1e3", "EUR"),
        (".50", "EUR"),
        ("1,000", "EUR"),
        ("1.000", "EUR"),
        ("25.505", "EUR"),
        ("1.5", "JPY"),
        ("10,00.50", "EUR"),
        ("12.34.56", "EUR"),
        ("9" * 30, "EUR"),
        ("25", "ZZZ"),
    ],
)
def test_what_could_mean_two_things_is_not_guessed(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        parse(text, currency)


@given(st.text(max_size=25), currencies)
def test_any_text_is_money_or_a_sentence(text: str, currency: str) -> None:
    try:
        said = parse(text, currency).currency
    except MoneyError as error:
        said = str(error)
    assert said == currency or said.endswith(".")


@pytest.mark.parametrize(
    ("minor", "currency", "text", "figure", "plain"),
    [
        (123_450, "EUR", "€1,234.50", "1,234.50", "1234.50"),
        (-5_120, "GBP", "−£51.20", "−51.20", "-51.20"),
        (1_500, "JPY", "¥1,500", "1,500", "1500"),
        (5, "EUR", "€0.05", "0.05", "0.05"),
    ],
)
def test_how_money_is_written(
    minor: int, currency: str, text: str, figure: str, plain: str
) -> None:
    money = Money(minor, currency)
    assert (money.text(), money.figure(), money.plain()) == (text, figure, plain)
    assert money.decimal == Decimal(plain)


def test_two_currencies_never_meet_in_a_sum() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "GBP")
    with pytest.raises(CurrencyMismatch):
        assert Money(1, "EUR") < Money(1, "GBP")
    assert Money(1, "EUR") != Money(1, "GBP")


@pytest.mark.parametrize("minor", [1.5, "1", True, Decimal(1)])
def test_only_whole_minor_units_are_money(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(MoneyError, match="ZZZ is not a currency we handle"):
        Money(1, "ZZZ")
