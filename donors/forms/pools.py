"""What is asked of who opens a matching pool, and what was agreed about a credit."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from donors.forms import amounts
from donors.models import Zoo
from donors.models.pools import MOST
from donors.pools.pools import Terms
from funding import clock
from funding.ledger.models import Fund
from funding.money import MoneyError, parse

_DAY = {"type": "date"}


class PoolForm(forms.Form):
    """The terms of a pool. Whether they can be kept says the rule."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    fund = forms.ModelChoiceField(
        queryset=Fund.objects.none(), label=gettext_lazy("Gifts to which fund"), empty_label=None
    )
    cap = forms.CharField(
        max_length=40,
        label=gettext_lazy("Up to how much in all"),
        help_text=gettext_lazy("In the currency of the fund. No more than this is ever matched."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    pays = forms.IntegerField(
        min_value=1, max_value=MOST, initial=1, label=gettext_lazy("The zoo adds")
    )
    per = forms.IntegerField(
        min_value=1,
        max_value=MOST,
        initial=1,
        label=gettext_lazy("for every"),
        help_text=gettext_lazy("1 for every 1 is one to one; 2 for every 1 adds twice as much."),
    )
    from_on = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput(attrs=_DAY))
    until_on = forms.DateField(
        label=gettext_lazy("Last day, that day included"), widget=forms.DateInput(attrs=_DAY)
    )
    is_named = forms.BooleanField(
        required=False,
        label=gettext_lazy("Givers may read the name of the zoo"),
        help_text=gettext_lazy("Without this they read “a zoo”."),
    )
    order_number = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("Order number of the zoo, if any"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs.setdefault("initial", {"token": uuid4(), "from_on": clock.today("UTC")})
        super().__init__(*args, **kwargs)
        fund = self.fields["fund"]
        assert isinstance(fund, forms.ModelChoiceField)
        fund.queryset = Fund.objects.filter(
            is_open_to_gifts=True, is_treasury=False, closed_on=None
        )

    def clean(self) -> dict[str, Any]:
        """The terms as the rule takes them."""
        told = super().clean() or {}
        if self.errors:
            return told
        fund = told["fund"]
        try:
            cap = parse(told["cap"], fund.currency)
        except MoneyError as error:
            self.add_error("cap", amounts.said(error))
            return told
        self.terms = Terms(
            token=told["token"],
            fund_id=fund.pk,
            cap_minor=cap.minor,
            pays=told["pays"],
            per=told["per"],
            from_on=told["from_on"],
            until_on=told["until_on"],
            is_named=told["is_named"],
            order_number=told["order_number"],
        )
        return told


class NewPoolForm(PoolForm):
    """The same, with the zoo that promises it."""

    zoo = forms.ModelChoiceField(
        queryset=Zoo.objects.select_related("organisation").order_by("organisation__name"),
        label=gettext_lazy("Zoo that promises it"),
        empty_label=None,
    )
    field_order = ("token", "zoo")


class CreditForm(forms.Form):
    """What was agreed with the zoo."""

    words = forms.CharField(
        max_length=300,
        label=gettext_lazy("What was agreed, and with whom"),
        error_messages={"required": gettext_lazy("Write what was agreed with the zoo.")},
    )
