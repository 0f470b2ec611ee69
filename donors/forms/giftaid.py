"""What a treasurer writes down about Gift Aid: claims, their payments, and declarations."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy

from donors.giftaid.declarations import Taxpayer
from donors.models import Channel, Scope
from funding.money import Money, MoneyError, parse


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SendForm(forms.Form):
    """That a claim went to the tax office."""

    reference = forms.CharField(required=False, max_length=60)


class PaymentForm(forms.Form):
    """What the tax office paid, and where it came."""

    amount = forms.CharField(
        max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    )
    paid_on = forms.DateField(widget=_day())
    place = forms.ChoiceField()
    bank_reference = forms.CharField(max_length=140)

    def __init__(self, *args: object, places: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(place, place) for place in places]

    def clean_amount(self) -> Money:
        """The sum in pounds."""
        try:
            return parse(self.cleaned_data["amount"], "GBP")
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error


class TaxpayerForm(forms.Form):
    """A taxpayer's name and home address."""

    aid_title = forms.CharField(required=False, max_length=4)
    first_name = forms.CharField(max_length=35)
    last_name = forms.CharField(max_length=35)
    house = forms.CharField(max_length=40)
    postcode = forms.CharField(max_length=9)

    def taxpayer(self) -> Taxpayer:
        """Who a valid form says declares."""
        data = self.cleaned_data
        return Taxpayer(
            data["aid_title"],
            data["first_name"],
            data["last_name"],
            data["house"],
            data["postcode"],
        )


class DeclarationForm(TaxpayerForm):
    """A declaration on paper or by word of mouth."""

    channel = forms.ChoiceField(
        choices=[
            (Channel.PAPER, gettext_lazy("On paper")),
            (Channel.ORAL, gettext_lazy("By word of mouth")),
        ]
    )
    scope = forms.ChoiceField(
        choices=[
            (Scope.ALL, gettext_lazy("This gift, those of the past four years and all to come")),
            (Scope.ONE, gettext_lazy("This gift alone")),
        ]
    )
    given_on = forms.DateField(widget=_day())

    @classmethod
    def opening(cls, today: dt.date) -> "DeclarationForm":
        """An empty form for a declaration of today."""
        return cls(initial={"given_on": today, "scope": Scope.ALL, "channel": Channel.PAPER})
