"""Forms of an award's money: where it goes, each step of a payment, and how an award ends."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.ledger.models import Account
from funding.money import EXPONENTS, Money, MoneyError, parse
from grants import countries
from grants.bank_details import NotAnAccount
from grants.disbursements import Payment
from grants.models import ScreeningResult
from grants.tranches import Part

_NO_FILL: Final = {"autocomplete": "off", "spellcheck": "false"}


class DayInput(forms.DateInput):
    """A day as the browser picks it."""

    input_type = "date"


class SumInput(forms.TextInput):
    """A sum as people write it."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off"})


class _Sums(forms.Form):
    """A form with sums in the award's currency, which stands in their labels."""

    in_currency: tuple[str, ...] = ("amount",)

    def __init__(
        self,
        currency: str,
        sent: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sent, initial=initial)
        self.currency = currency
        for name in self.in_currency:
            self.fields[name].label = f"{self.fields[name].label}, {currency}"

    def read(self, name: str, currency: str, *, least: int = 1) -> Money | None:
        """The sum in a field, whose mistake is put beside it."""
        written = self.cleaned_data.get(name)
        if not written:
            return None
        try:
            amount = parse(written, currency)
        except MoneyError as error:
            self.add_error(name, str(error))
            return None
        if amount.minor < least:
            self.add_error(name, _("Write a sum above nought.") if least else _("Write 0 or more."))
            return None
        return amount


class BankForm(forms.Form):
    """An account: an IBAN, or a number with its bank."""

    holder = forms.CharField(
        max_length=200,
        label=gettext_lazy("Account holder"),
        help_text=gettext_lazy("As the bank writes the name."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write the name of the account holder.")},
    )
    iban = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("IBAN"),
        help_text=gettext_lazy("Leave it empty where banks have none, and write the number below."),
        widget=forms.TextInput(attrs=_NO_FILL),
    )
    account_number = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("Account number"),
        widget=forms.TextInput(attrs=_NO_FILL),
    )
    bic = forms.CharField(
        max_length=20,
        required=False,
        label=gettext_lazy("BIC of the bank"),
        help_text=gettext_lazy("Also called SWIFT code. Eight or eleven letters and digits."),
        widget=forms.TextInput(attrs=_NO_FILL),
    )
    bank_name = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Name of the bank"),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    country = forms.ChoiceField(required=False, label=gettext_lazy("Country of the bank"))

    def __init__(
        self, sent: QueryDict | None = None, *, initial: dict[str, object] | None = None
    ) -> None:
        super().__init__(sent, initial=initial)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        # Range countries first: most accounts without an IBAN are there.
        field.choices = [
            ("", _("Choose")),
            (_("Range countries"), countries.range_choices()),
            (_("Other countries"), countries.other_choices()),
        ]

    def point_out(self, refusal: NotAnAccount) -> None:
        """Put what is wrong with the account beside its field."""
        self.add_error(refusal.field, refusal.sentence)


class AskForm(_Sums):
    """How much is asked for, and what for. Its number makes one payment, however often sent."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    tranche = forms.TypedChoiceField(
        coerce=int,
        label=gettext_lazy("Which part of the award"),
        error_messages={"required": gettext_lazy("Choose the part that the payment is for.")},
    )
    amount = forms.CharField(
        max_length=40,
        label=gettext_lazy("How much"),
        widget=SumInput,
        error_messages={"required": gettext_lazy("Write how much you ask for.")},
    )
    purpose = forms.CharField(
        max_length=400,
        label=gettext_lazy("What it is for"),
        help_text=gettext_lazy("One sentence. Whoever checks the payment reads it."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write what the payment is for.")},
    )

    def __init__(
        self,
        currency: str,
        parts: Sequence[Part],
        sent: QueryDict | None = None,
        *,
        number: int = 1,
    ) -> None:
        ready = [part for part in parts if part.is_ready]
        start: dict[str, object] = {"number": number}
        if ready:
            start |= {"tranche": ready[0].number, "amount": ready[0].amount.plain()}
        super().__init__(currency, sent, initial=start)
        if not parts:
            del self.fields["tranche"]
            return
        field = self.fields["tranche"]
        assert isinstance(field, forms.ChoiceField)
        # What was asked for already stays a choice: sent twice, it is one payment.
        words = _("Part %(number)s: up to %(sum)s")
        field.choices = [
            (part.number, words % {"number": part.number, "sum": part.amount.text()})
            for part in (parts if sent else ready)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the sum."""
        self.cleaned_data["money"] = self.read("amount", self.currency)
        return self.cleaned_data


class ReasonForm(forms.Form):
    """Why something is declined or cancelled; the applicant is told."""

    why = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The applicant reads it in a mail."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write why.")},
    )


class ScreeningForm(forms.Form):
    """A look into a sanctions list: which names, which list, and what was seen."""

    names = forms.CharField(
        label=gettext_lazy("Names looked up"),
        help_text=gettext_lazy("One on each line, the account holder among them."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 4}),
        error_messages={"required": gettext_lazy("Write the names that you looked up.")},
    )
    list_name = forms.CharField(
        max_length=200,
        label=gettext_lazy("List"),
        help_text=gettext_lazy("Such as: UK Sanctions List."),
        error_messages={"required": gettext_lazy("Name the list.")},
    )
    list_date = forms.DateField(
        label=gettext_lazy("The list’s own date"),
        widget=DayInput,
        error_messages={
            "required": gettext_lazy("Write the day that the list bears."),
            "invalid": gettext_lazy("Write the day that the list bears."),
        },
    )
    result = forms.ChoiceField(
        label=gettext_lazy("Result"),
        choices=[("", gettext_lazy("Choose")), *ScreeningResult.choices],
        error_messages={"required": gettext_lazy("Choose what came of it.")},
    )
    note = forms.CharField(
        max_length=2000,
        label=gettext_lazy("What you looked at, and what you saw"),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write what you looked at and what you saw.")},
    )


class ReleaseForm(_Sums):
    """What the bank did."""

    in_currency = ("fee",)

    bank_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    paid_on = forms.DateField(
        label=gettext_lazy("Day on which the bank paid"),
        widget=DayInput,
        error_messages={
            "required": gettext_lazy("Write the day of the payment."),
            "invalid": gettext_lazy("Write the day of the payment."),
        },
    )
    place = forms.ChoiceField(
        label=gettext_lazy("From which account"),
        error_messages={"required": gettext_lazy("Choose the account that paid.")},
    )
    reference = forms.CharField(
        max_length=80,
        label=gettext_lazy("The bank’s reference"),
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": gettext_lazy("Write the reference that the bank gave.")},
    )
    fee = forms.CharField(
        max_length=40,
        label=gettext_lazy("What the bank kept as its fee"),
        widget=SumInput,
        error_messages={"required": gettext_lazy("Write the fee, or 0 if there was none.")},
    )
    sent = forms.CharField(
        max_length=40,
        label=gettext_lazy("Sum that was sent"),
        widget=SumInput,
        error_messages={"required": gettext_lazy("Write the sum that was sent.")},
    )
    sent_currency = forms.ChoiceField(
        label=gettext_lazy("In which currency"),
        choices=[(code, code) for code in sorted(EXPONENTS)],
    )
    rate = forms.CharField(
        max_length=30,
        required=False,
        label=gettext_lazy("Rate, if the bank changed the money"),
        help_text=gettext_lazy("As the bank printed it."),
        widget=forms.TextInput(attrs=_NO_FILL),
    )

    def __init__(
        self,
        currency: str,
        places: Iterable[Account],
        sent: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(currency, sent, initial=initial)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.code, each.name) for each in places]

    def clean(self) -> dict[str, Any]:
        """Read the sums, each in its currency."""
        data = self.cleaned_data
        data["fee_money"] = self.read("fee", self.currency, least=0)
        data["sent_money"] = self.read("sent", data.get("sent_currency") or self.currency)
        return data

    def payment(self) -> Payment:
        """What a valid form tells."""
        data = self.cleaned_data
        return Payment(
            paid_on=data["paid_on"],
            place=data["place"],
            sent=data["sent_money"],
            rate=data["rate"],
            fee_minor=data["fee_money"].minor,
            reference=data["reference"],
        )


class ReturnForm(_Sums):
    """Unspent money that came back."""

    amount = forms.CharField(
        max_length=40,
        label=gettext_lazy("How much arrived"),
        widget=SumInput,
        error_messages={"required": gettext_lazy("Write how much arrived.")},
    )
    returned_on = forms.DateField(
        label=gettext_lazy("Day on which it arrived"),
        widget=DayInput,
        error_messages={
            "required": gettext_lazy("Write the day on which it arrived."),
            "invalid": gettext_lazy("Write the day on which it arrived."),
        },
    )
    place = forms.ChoiceField(
        label=gettext_lazy("In which account"),
        error_messages={"required": gettext_lazy("Choose the account.")},
    )
    reference = forms.CharField(
        max_length=80,
        label=gettext_lazy("The bank’s reference"),
        widget=forms.TextInput(attrs=_NO_FILL),
        error_messages={"required": gettext_lazy("Write the reference that the bank gave.")},
    )

    def __init__(
        self,
        currency: str,
        places: Iterable[Account],
        sent: QueryDict | None = None,
        *,
        today: dt.date,
    ) -> None:
        super().__init__(currency, sent, initial={"returned_on": today})
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.code, each.name) for each in places]

    def clean(self) -> dict[str, Any]:
        """Read the sum."""
        self.cleaned_data["money"] = self.read("amount", self.currency)
        return self.cleaned_data
