"""Forms of what grantee and entity agree on: the budget of the award, and a signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.money import Money, MoneyError, parse
from grants.award_budgets import Cut, NotABudget
from grants.forms.payments import SumInput
from grants.models import AwardBudget, BudgetLine


@dataclass(frozen=True, slots=True)
class Row:
    """One line on the page: what was asked for, and the two fields beside it."""

    what: str
    asked: Money
    amount: forms.BoundField
    reason: forms.BoundField


class CutForm(forms.Form):
    """What the award is to pay of each line. `after` is the version that was shown."""

    after = forms.IntegerField(min_value=0, max_value=32_000, widget=forms.HiddenInput)

    def __init__(
        self,
        lines: Sequence[BudgetLine],
        currency: str,
        sent: QueryDict | None = None,
        *,
        standing: AwardBudget | None = None,
    ) -> None:
        self.lines, self.currency = lines, currency
        super().__init__(sent, initial=self._told(standing))
        for at in range(len(lines)):
            self.fields[f"amount-{at}"] = forms.CharField(
                max_length=40,
                label=f"{_('Paid by the award')}, {currency}",
                widget=SumInput,
                error_messages={"required": _("Write the sum, or 0.")},
            )
            self.fields[f"reason-{at}"] = forms.CharField(
                required=False,
                max_length=300,
                label=_("Why, if it is more than asked"),
                widget=forms.TextInput(attrs={"dir": "auto"}),
            )

    @property
    def rows(self) -> list[Row]:
        """The lines as the page shows them."""
        return [
            Row(
                line.what,
                Money(line.amount_minor, self.currency),
                self[f"amount-{at}"],
                self[f"reason-{at}"],
            )
            for at, line in enumerate(self.lines)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the sums."""
        cuts = {}
        for at in range(len(self.lines)):
            written = self.cleaned_data.get(f"amount-{at}")
            if not written:
                continue
            try:
                minor = parse(written, self.currency).minor
            except MoneyError as error:
                self.add_error(f"amount-{at}", str(error))
                continue
            cuts[at] = Cut(minor, self.cleaned_data.get(f"reason-{at}") or "")
        self.cleaned_data["cuts"] = cuts
        return self.cleaned_data

    def point_out(self, refusal: NotABudget) -> None:
        """Put what is wrong beside its line."""
        at = refusal.position
        self.add_error(None if at is None else f"amount-{at}", refusal.sentence)

    def _told(self, standing: AwardBudget | None) -> dict[str, Any]:
        said: dict[str, Any] = {"after": standing.version if standing else 0}
        sums = [line.amount_minor for line in self.lines]
        if standing is not None:
            kept = list(standing.lines.order_by("position"))
            sums = [row.amount_minor for row in kept]
            said |= {f"reason-{at}": row.reason for at, row in enumerate(kept)}
        for at, minor in enumerate(sums):
            said[f"amount-{at}"] = Money(minor, self.currency).plain()
        return said


class AcceptForm(forms.Form):
    """A signature: the name as written, for the text with this fingerprint."""

    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=200,
        label=gettext_lazy("Your full name, as your signature"),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your name as a signature.")},
    )
