"""Sums in forms: written as people write them, read in the currency that the form decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from donors.forms.amounts import said
from funding.money import MoneyError, parse


class AmountField(forms.CharField):
    """A sum as text; `read` turns it into money once its currency is known."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- what any field takes
        super().__init__(
            max_length=40,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )


def read(form: forms.Form, name: str, currency: str, *, least: int = 1) -> None:
    """Put the money into the cleaned data of a form, or its mistake beside the field."""
    text = form.cleaned_data.get(name)
    if not text:
        form.cleaned_data[name] = None
        return
    try:
        money = parse(text, currency)
    except MoneyError as error:
        form.add_error(name, said(error))
        return
    if money.minor < least:
        form.add_error(name, _("Write a sum above nought.") if least else _("Not below nought."))
        return
    form.cleaned_data[name] = money
