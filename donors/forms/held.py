"""Forms about gifts that are held: a verdict, and what is held from now on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from donors.models import AcceptanceTerms, Verdict
from funding.money import Money, MoneyError, parse

_SUM = {"inputmode": "decimal", "autocomplete": "off"}


class VerdictForm(forms.Form):
    """What shall become of a held gift."""

    verdict = forms.ChoiceField(choices=Verdict.choices)
    reason = forms.CharField(max_length=400, required=False)


class TermsForm(forms.Form):
    """Which gifts a receiving body holds from now on."""

    limit = forms.CharField(
        max_length=40,
        label=gettext_lazy("Hold a gift above"),
        widget=forms.TextInput(_SUM),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=366,
        label=gettext_lazy("Days in which gifts of one person count together"),
    )
    cash = forms.CharField(
        max_length=40,
        label=gettext_lazy("Hold cash of somebody unknown above"),
        widget=forms.TextInput(_SUM),
    )
    words = forms.CharField(
        max_length=400,
        required=False,
        label=gettext_lazy("Words that set a condition"),
        help_text=gettext_lazy(
            "Separated by commas. A message with one of them holds the gift, unless it names a "
            "fund that was chosen."
        ),
    )

    def __init__(self, terms: AcceptanceTerms, sent: Any = None) -> None:  # noqa: ANN401
        self.currency = terms.entity.currency
        start = {
            "limit": Money(terms.limit_minor, self.currency).plain(),
            "days": terms.days,
            "cash": Money(terms.cash_minor, self.currency).plain(),
            "words": terms.words,
        }
        super().__init__(sent, initial=start)
        for name in ("limit", "cash"):
            field = self.fields[name]
            field.label = f"{field.label} ({self.currency})"

    def clean_limit(self) -> int:
        """Minor units."""
        return self._minor("limit")

    def clean_cash(self) -> int:
        """Minor units."""
        return self._minor("cash")

    def _minor(self, name: str) -> int:
        try:
            return parse(self.cleaned_data[name], self.currency).minor
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
