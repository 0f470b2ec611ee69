"""What a zoo promises on its desk, and what the treasurer does about promises and invoices."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from donors.forms import amounts
from donors.models import Invoice, Pace
from donors.zoos.contributions import CURRENCIES, Offer
from funding import clock
from funding.ledger.models import Fund
from funding.money import MoneyError, parse
from funding.parties.models import Entity


class PromiseForm(forms.Form):
    """How much, how often, from when, and for what."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.CharField(
        max_length=40,
        label=gettext_lazy("How much each time"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(
        choices=[(each, each) for each in CURRENCIES], label=gettext_lazy("Currency")
    )
    pace = forms.ChoiceField(choices=Pace.choices, label=gettext_lazy("How often"))
    starts_on = forms.DateField(
        label=gettext_lazy("First invoice on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    fund = forms.ModelChoiceField(
        queryset=Fund.objects.none(),
        required=False,
        label=gettext_lazy("Fund"),
        empty_label=gettext_lazy("none of these: see below"),
    )
    wish = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("What it is for, in your own words"),
        help_text=gettext_lazy(
            "Your words are kept and printed. Without a fund the treasurer finds or opens one "
            "that keeps to them, and the first invoice follows then."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    order_number = forms.CharField(
        required=False, max_length=60, label=gettext_lazy("Your order number, if you have one")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs.setdefault("initial", {"token": uuid4(), "starts_on": clock.today("UTC")})
        super().__init__(*args, **kwargs)
        fund = self.fields["fund"]
        assert isinstance(fund, forms.ModelChoiceField)
        fund.queryset = Fund.objects.filter(is_open_to_gifts=True, closed_on=None)

    def clean(self) -> dict[str, Any]:
        """The offer as the rule takes it."""
        told = super().clean() or {}
        if self.errors:
            return told
        try:
            amount = parse(told["amount"], told["currency"])
        except MoneyError as error:
            self.add_error("amount", amounts.said(error))
            return told
        fund = told.get("fund")
        entity_id = fund.entity_id if fund else Entity.objects.earliest("pk").pk
        self.offer = Offer(
            token=told["token"],
            entity_id=entity_id,
            currency=told["currency"],
            amount_minor=amount.minor,
            pace=Pace(told["pace"]),
            starts_on=told["starts_on"],
            fund_id=fund.pk if fund else None,
            wish=told["wish"],
            order_number=told["order_number"],
        )
        return told


class IrregularForm(PromiseForm):
    """A gift beside what was promised: once, today, by invoice or by card."""

    CARD = "card"
    how = forms.ChoiceField(
        choices=[
            ("invoice", gettext_lazy("By invoice: it is mailed now, with thirty days to pay")),
            (CARD, gettext_lazy("By card: now, on the page of the payment service")),
        ],
        widget=forms.RadioSelect,
        initial="invoice",
        label=gettext_lazy("How"),
    )
    field_order = ("token", "amount", "currency", "fund", "wish", "order_number", "how")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        del self.fields["pace"], self.fields["starts_on"]
        self.fields["amount"].label = gettext_lazy("How much")

    def clean(self) -> dict[str, Any]:
        """The offer, once and from today on in the calendar of whoever receives it."""
        entity = Entity.objects.earliest("pk")
        fund = self.cleaned_data.get("fund")
        zone = fund.entity.zone if fund else entity.zone
        self.cleaned_data |= {"pace": Pace.ONCE, "starts_on": clock.today(zone)}
        return super().clean()

    @property
    def is_by_card(self) -> bool:
        """Whether it is to be paid at once on a payment page."""
        return bool(self.cleaned_data["how"] == self.CARD)


class OrderForm(forms.Form):
    """The zoo's own number, which invoices to come are to have."""

    order_number = forms.CharField(
        required=False, max_length=60, label=gettext_lazy("Your order number")
    )


class FundForm(forms.Form):
    """Which fund keeps to the words of a promise."""

    fund = forms.ModelChoiceField(
        queryset=Fund.objects.none(), label=gettext_lazy("Fund that keeps to these words")
    )

    def __init__(self, *args: Any, entity_id: int, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        fund = self.fields["fund"]
        assert isinstance(fund, forms.ModelChoiceField)
        fund.queryset = Fund.objects.filter(entity=entity_id, is_treasury=False, closed_on=None)


class StepForm(forms.Form):
    """Why an invoice is cancelled, or its rest let go."""

    why = forms.CharField(
        max_length=200,
        label=gettext_lazy("Why"),
        error_messages={"required": gettext_lazy("Write why.")},
    )


class ReplaceForm(StepForm):
    """What the invoice in its place asks for."""

    amount = forms.CharField(max_length=40, label=gettext_lazy("Sum"))
    order_number = forms.CharField(
        required=False, max_length=60, label=gettext_lazy("Order number of the zoo")
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs.setdefault(
            "initial", {"amount": invoice.amount.plain(), "order_number": invoice.order_number}
        )
        super().__init__(*args, **kwargs)
        self.currency = invoice.currency

    def clean_amount(self) -> int:
        """The sum in minor units of the invoice's currency."""
        try:
            return parse(self.cleaned_data["amount"], self.currency).minor
        except MoneyError as error:
            raise forms.ValidationError(amounts.said(error)) from error


class AccountForm(forms.Form):
    """Into which account zoos pay."""

    entity = forms.ModelChoiceField(
        queryset=Entity.objects.all(), label=gettext_lazy("Receiving body"), empty_label=None
    )
    holder = forms.CharField(max_length=140, label=gettext_lazy("Account holder"))
    bank = forms.CharField(max_length=140, required=False, label=gettext_lazy("Bank"))
    iban = forms.CharField(max_length=50, label=gettext_lazy("IBAN"))
    bic = forms.CharField(max_length=11, required=False, label=gettext_lazy("BIC"))
