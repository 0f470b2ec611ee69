"""Goal: whoever mistypes a sum reads why in their own language."""

import pytest
from django.utils import translation

from donors.forms import amounts
from funding.money import MoneyError, parse


@pytest.mark.parametrize(
    ("text", "currency", "english", "swedish"),
    [
        ("ten", "EUR", "Write the amount in digits", "Skriv beloppet med siffror"),
        ("1,000", "EUR", "without a separator for thousands: 1000.", "utan tusentalsavgränsare"),
        ("1,2.3,4", "EUR", "Write the amount in digits", "Skriv beloppet med siffror"),
        ("5.0051", "EUR", "EUR has two decimals.", "EUR har två decimaler."),
        ("500.5", "JPY", "JPY has no decimals.", "JPY har inga decimaler."),
        ("5.0051", "KWD", "KWD has three decimals.", "KWD har tre decimaler."),
        ("5", "ZZZ", "ZZZ is not a currency", "ZZZ är ingen valuta"),
    ],
)
def test_a_sum_that_cannot_be_read_is_answered_in_the_readers_language(
    text: str, currency: str, english: str, swedish: str
) -> None:
    with pytest.raises(MoneyError) as refused:
        parse(text, currency)
    assert english in str(refused.value)
    assert refused.value.words in amounts.SENTENCES
    with translation.override("en"):
        assert amounts.said(refused.value) == str(refused.value)
    with translation.override("sv"):
        assert swedish in amounts.said(refused.value)
