"""One line of the budget in the long form of an application."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from funding.money import Money
from grants import budgets, texts
from grants.forms.applying import SOURCES, read_sum
from grants.models import LineSource

# How a line says that it is in the other currency of its budget.
LOCAL: Final = "local"


class LineForm(forms.Form):
    """One line of the budget. A line in which nothing is written counts as none."""

    what = forms.CharField(max_length=200, required=False)
    category = forms.ChoiceField(choices=budgets.Category.choices, required=False)
    quantity = forms.CharField(max_length=20, required=False)
    unit = forms.CharField(max_length=40, required=False)
    source = forms.ChoiceField(choices=SOURCES, required=False)
    money = forms.CharField(max_length=5, required=False, widget=forms.Select)

    def __init__(
        self,
        currency: str,
        number: int,
        data: Mapping[str, Any],
        rate: budgets.Rate | None = None,
    ) -> None:
        super().__init__(data, prefix=f"line-{number}")
        self.currency, self.number, self.rate = currency, number + 1, rate
        other = rate.currency if rate else _("other")
        self.fields["money"].widget.choices = [("", currency), (LOCAL, other)]
        labels = {
            "what": _("Line %(number)s: what"),
            "category": _("Line %(number)s: kind"),
            "quantity": _("Line %(number)s: how many"),
            "unit": _("Line %(number)s: each in %(currency)s"),
            "source": _("Line %(number)s: who pays"),
            "money": _("Line %(number)s: in which currency"),
        }
        for name, field in self.fields.items():
            told = labels[name] % {"number": self.number, "currency": currency}
            field.label = told
            field.widget.attrs["aria-label"] = told
        self.fields["what"].widget.attrs["dir"] = "auto"
        for name, mode in (("quantity", "numeric"), ("unit", "decimal")):
            self.fields[name].widget.attrs |= {"inputmode": mode, "autocomplete": "off"}

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote in it."""
        return not any(self[name].value() for name in ("what", "quantity", "unit"))

    def clean_what(self) -> str:
        """What is paid for, on one line."""
        what = texts.one_line(self.cleaned_data["what"])
        if not what and not self.is_blank:
            raise forms.ValidationError(_("Write what it is."))
        return what

    def clean_quantity(self) -> int:
        """A whole number; nothing written is one."""
        written = "".join(self.cleaned_data["quantity"].split())
        if not written:
            return 1
        if not (written.isascii() and written.isdigit()) or int(written) == 0:
            raise forms.ValidationError(_("Write how many as a whole number, such as 12."))
        if int(written) > budgets.MOST_OF_A_KIND:
            raise forms.ValidationError(_("That is more than anybody could count."))
        return int(written)

    def clean_unit(self) -> int:
        """The price of one in minor units."""
        if self.is_blank:
            return 0
        # It comes before its currency among the fields, so that is read as it was typed.
        is_local = self["money"].value() == LOCAL
        if is_local and self.rate is None:
            raise forms.ValidationError(_("Write the other currency, its rate and the day."))
        written, rate = self.cleaned_data["unit"], self.rate
        there = rate.currency if is_local and rate else self.currency
        most = budgets.DEAREST_LOCAL_MINOR if is_local else budgets.DEAREST_MINOR
        minor = self.local_minor = read_sum(written, there, most)
        if is_local and rate:
            minor = budgets.converted(minor, rate, self.currency)
        if not minor:
            raise forms.ValidationError(_("Write what one costs, such as 1400.00."))
        if minor > budgets.DEAREST_MINOR:
            raise forms.ValidationError(_("That is beyond all measure."))
        return minor

    @cached_property
    def line(self) -> budgets.Line | None:
        """The line, if it can be read."""
        if self.is_blank or not self.is_valid():
            return None
        data = self.cleaned_data
        return budgets.Line(
            data["category"] or budgets.Category.OTHER,
            data["what"],
            data["quantity"],
            data["unit"],
            data["source"] or LineSource.US,
            budgets.Local(self.local_minor, self.rate)
            if data["money"] == LOCAL and self.rate
            else None,
        )

    @property
    def amount(self) -> Money | None:
        """Quantity times unit cost, if both can be read."""
        return Money(self.line.amount_minor, self.currency) if self.line else None

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Id and sentence of each mistake."""
        if self.is_blank:
            return []
        return [
            (str(self[name].id_for_label), str(error))
            for name in self.fields
            for error in self.errors.get(name, [])
        ]
