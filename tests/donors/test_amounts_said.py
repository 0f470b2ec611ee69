"""Goal: whoever mistypes a sum reads why in their own language."""

import re

import pytest
from django import forms
from django.utils import translation

from donors.forms import amounts
from funding.money import MoneyError, parse
from funding.site.amounts import AmountField, read
from tests.tidy import tree
from tests.words import givers


class OneSum(forms.Form):
    """A form with a sum, as the desks have them."""

    amount = AmountField()


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
        form = OneSum({"amount": text})
        assert form.is_valid()
        read(form, "amount", currency)
        assert swedish in form.errors["amount"][0]


@pytest.mark.parametrize(("text", "least"), [("0", 1), ("-1", 0)])
def test_a_sum_that_is_too_small_is_answered_so_too(text: str, least: int) -> None:
    form = OneSum({"amount": text})
    assert form.is_valid()
    with translation.override("sv"):
        read(form, "amount", "EUR", least=least)
        assert form.errors["amount"][0] in {"Skriv en summa över noll.", "Inte under noll."}


def test_no_form_of_givers_shows_the_sentence_as_the_module_of_money_writes_it() -> None:
    found = [
        name
        for name in givers.sources()
        if name.endswith(".py")
        and re.search(
            r"except MoneyError as (\w+):(?:(?!\n    def ).)*?str\(\1\)", tree.read(name), re.S
        )
    ]
    assert found == []
