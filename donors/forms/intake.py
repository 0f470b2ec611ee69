"""What a treasurer enters by hand: gifts, what lines are, files, and refunds paid by bank."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.forms.names import NameForm
from donors.intake.offline import Slip
from donors.intake.targets import Giver
from donors.models import BankLine, Donor, Means
from funding.imports.cells import DAY_FIRST, MONTH_FIRST
from funding.imports.kinds import KINDS
from funding.imports.models import Import
from funding.ledger.models import Account, Fund, Kind
from funding.money import EXPONENTS, Money, MoneyError, parse

_DAY: Final = {"type": "date"}
_SUM: Final = {"inputmode": "decimal", "autocomplete": "off"}


class PlaceField(forms.ModelChoiceField):
    """A bank account of ours."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- what any field takes
        banks = Account.objects.filter(kind=Kind.BANK).select_related("entity").order_by("code")
        super().__init__(
            queryset=banks, empty_label=None, label=gettext_lazy("Our bank account"), **kwargs
        )

    def label_from_instance(self, place: Account) -> str:
        """'Norrviks Sparbank (Stiftelsen Manul)'."""
        return f"{place.name} ({place.entity})"


class FundField(forms.ModelChoiceField):
    """A fund that is not closed."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- what any field takes
        funds = Fund.objects.filter(is_treasury=False, closed_on=None)
        super().__init__(
            queryset=funds.order_by("position", "name"),
            empty_label=gettext_lazy("Choose"),
            label=gettext_lazy("Fund"),
            **kwargs,
        )


class _WithSums(forms.Form):
    """Sums are read once their currency is known."""

    def read(self, name: str, currency: str) -> None:
        """Put money into the cleaned data, or its mistake beside the field."""
        text = self.cleaned_data.get(name)
        if not text:
            self.cleaned_data[name] = None
            return
        try:
            money = parse(text, currency)
        except MoneyError as error:
            self.add_error(name, str(error))
            return
        if money.minor <= 0:
            self.add_error(name, _("Write a sum above nought."))
            return
        self.cleaned_data[name] = money


class _Giving(_WithSums, NameForm):
    name = forms.CharField(
        max_length=200,
        label=gettext_lazy("Name for the receipt"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        max_length=254,
        required=False,
        label=gettext_lazy("E-mail, if it is known"),
        help_text=gettext_lazy("The receipt goes there. Without one you print it and post it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    fund = FundField()
    amount = forms.CharField(max_length=40, label=gettext_lazy("Sum"), widget=forms.TextInput(_SUM))
    asked_words = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("How and when the giver asked for it"),
        help_text=gettext_lazy("Such as: by telephone on 3 November. Kept with the choice."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as any form
        super().__init__(*args, **kwargs)
        self.fields["shows_name"].label = _("Show the name with this gift")
        self.fields["shows_name"].help_text = _("Only when whoever gave has asked for it.")

    def clean(self) -> dict[str, Any]:
        """A name is shown only when somebody says how and when that was asked for."""
        data = super().clean()
        if data.get("shows_name") and not (data.get("asked_words") or "").strip():
            self.add_error("asked_words", _("Write how and when the giver asked for it."))
        return data


class GiftForm(_Giving):
    """A gift that came by bank, as a cheque or in cash."""

    means = forms.ChoiceField(label=gettext_lazy("How it came"))
    place = PlaceField()
    received_on = forms.DateField(
        label=gettext_lazy("Day on which it came"), widget=forms.DateInput(_DAY)
    )
    reference = forms.CharField(
        max_length=140,
        required=False,
        label=gettext_lazy("The bank’s reference, or the number of the cheque"),
        help_text=gettext_lazy("It keeps one gift from being entered twice."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    value = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Of foreign money: what the bank credited"),
        widget=forms.TextInput(_SUM),
    )
    message = forms.CharField(
        max_length=500,
        required=False,
        label=gettext_lazy("Message"),
        widget=forms.Textarea({"rows": 2}),
    )
    field_order = (
        "name email fund amount currency value means place received_on reference message "
        "shows_name shown_name shows_sum asked_words"
    ).split()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as any form
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid4())
        choices = [(each.value, each.label) for each in Means if each != Means.STRIPE]
        self._choose("means", choices)
        self._choose("currency", [(code, code) for code in sorted(EXPONENTS)])
        self.initial.setdefault("currency", "EUR")

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Read the sums in their currencies."""
        data = super().clean()
        self.read("amount", data.get("currency") or "EUR")
        fund = data.get("fund")
        self.read("value", fund.currency if fund else "EUR")
        return data

    def slip(self, donor: Donor) -> Slip:
        """What a valid form says."""
        told = self.cleaned_data
        return Slip(
            token=told["token"],
            entity_id=told["fund"].entity_id,
            donor_id=donor.pk,
            donor_name=told["name"],
            lines=((told["fund"].pk, told["amount"].minor),),
            currency=told["currency"],
            means=Means(told["means"]),
            place=told["place"].pk,
            received_on=told["received_on"],
            reference=told["reference"],
            value=told["value"],
            shown=self.public_name(),
            asked_words=told["asked_words"],
            message=told["message"],
        )


class LineGiftForm(_Giving):
    """Who gave a part of a line, and for what."""

    field_order = "name email fund amount shows_name shown_name shows_sum asked_words".split()

    def __init__(self, line: BankLine, sent: Any = None) -> None:  # noqa: ANN401 -- a QueryDict
        start = {"name": line.payer_name, "amount": line.left.plain(), "token": uuid4()}
        super().__init__(sent, initial=start)
        self.line = line
        field = self.fields["fund"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Fund.objects.filter(
            entity=line.entity, is_treasury=False, closed_on=None, currency=line.currency
        )

    def clean(self) -> dict[str, Any]:
        """Read the sum in the line's currency."""
        data = super().clean()
        self.read("amount", self.line.currency)
        return data

    def giver(self) -> Giver:
        """What a valid form says."""
        told = self.cleaned_data
        amount: Money = told["amount"]
        lines = ((told["fund"].pk, amount.minor),)
        asked = {"shown": self.public_name(), "asked_words": told["asked_words"]}
        return Giver(told["name"], told["email"], lines, **asked)


class CostForm(forms.Form):
    """Which fund bears or gets the rest of a line that is no gift."""

    fund = FundField()
    reason = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Needed above the limit of one person; the second one reads it."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, line: BankLine, sent: Any = None) -> None:  # noqa: ANN401 -- a QueryDict
        # The form of gifts has a fund as well, and ids are unique on a page.
        super().__init__(sent, initial={"token": uuid4()}, auto_id="cost_%s")
        field = self.fields["fund"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Fund.objects.filter(
            entity=line.entity, is_treasury=False, closed_on=None, currency=line.currency
        )


class WhyForm(forms.Form):
    """A reason."""

    why = forms.CharField(max_length=200, label=gettext_lazy("Why"))


class PaidForm(_WithSums):
    """A refund that left a bank account."""

    place = PlaceField()
    paid_on = forms.DateField(label=gettext_lazy("Paid on"), widget=forms.DateInput(_DAY))
    reference = forms.CharField(max_length=140, label=gettext_lazy("The bank’s reference"))
    value = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Of foreign money: what left the account"),
        widget=forms.TextInput(_SUM),
    )


class FileForm(_WithSums):
    """A file, and what is true of all of it."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in it"))
    place = PlaceField()
    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy("CSV, or CAMT.053 from your bank. At most 40 MB."),
    )
    fund = FundField(required=False, help_text=gettext_lazy("For gifts whose rows name no fund."))
    dates = forms.ChoiceField(
        choices=[
            (DAY_FIRST, gettext_lazy("31.12.2027, day first")),
            (MONTH_FIRST, gettext_lazy("12/31/2027, month first")),
        ],
        label=gettext_lazy("Days, where the year is not first"),
    )
    opening = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Balance before the first line, of a CSV statement"),
        widget=forms.TextInput(_SUM),
    )
    closing = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Balance after the last line"),
        widget=forms.TextInput(_SUM),
    )
    receipts = forms.BooleanField(
        required=False,
        label=gettext_lazy("Make and mail receipts for these gifts"),
        help_text=gettext_lazy("Leave it open for gifts that have theirs already."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as any form
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, kind.words) for name, kind in KINDS.items()]

    def options(self) -> dict[str, object]:
        """What a valid form says of the whole file."""
        told = self.cleaned_data
        return {
            "place": told["place"].pk,
            "fund": str(told["fund"].pk) if told["fund"] else "",
            "dates": told["dates"],
            "opening": told["opening"],
            "closing": told["closing"],
            "receipts": told["receipts"],
        }


class ColumnsForm(forms.Form):
    """Which column is which field."""

    def __init__(self, batch: Import, sent: Any = None) -> None:  # noqa: ANN401 -- a QueryDict
        super().__init__(sent, initial=batch.mapping)
        columns = [("", _("None")), *((name, name) for name in batch.headers)]
        for field in KINDS[batch.kind].fields:
            self.fields[field.name] = forms.ChoiceField(
                choices=columns,
                required=False,
                label=str(field.words),
                help_text=_("Needed.") if field.is_needed else "",
            )

    def mapping(self) -> dict[str, str]:
        """What a valid form says."""
        return {name: column for name, column in self.cleaned_data.items() if column}
