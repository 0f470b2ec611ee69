"""Which days a statement is to cover: a year, a tax year, or any."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.parties.models import TaxRegime

DAYS: Final = "days"
_MOST_YEARS: Final = 12

Period = tuple[dt.date, dt.date]


class AskForm(forms.Form):
    """The days by their name, or typed. Whether they are over is judged by the rule."""

    period = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Choose a year, or other days."),
            "invalid_choice": gettext_lazy("Choose a year from the list, or other days."),
        },
    )
    begins_on = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write the first day as a date.")},
    )
    ends_on = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write the last day as a date.")},
    )

    def __init__(
        self, *, first: dt.date, today: dt.date, regime: str, sent: QueryDict | None = None
    ) -> None:
        super().__init__(sent)
        years = list(range(today.year, max(first.year - 1, today.year - _MOST_YEARS), -1))
        calendar = {f"{year}": (dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in years}
        british = {
            f"tax-{year}": (dt.date(year, 4, 6), dt.date(year + 1, 4, 5))
            for year in [*years, years[-1] - 1]
            if dt.date(year, 4, 6) <= today and first <= dt.date(year + 1, 4, 5)
        }
        self.periods: dict[str, Period] = {
            name: (begins, min(ends, today))
            for name, (begins, ends) in (calendar | british).items()
        }
        groups = [
            (
                _("Years"),
                [(name, _label(name, ends, today)) for name, (_b, ends) in calendar.items()],
            ),
            (
                _("Tax years of the United Kingdom"),
                [(name, _label(name, ends, today)) for name, (_b, ends) in british.items()],
            ),
        ]
        if regime == TaxRegime.UK_GIFT_AID:
            groups.reverse()
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*groups, (DAYS, _("Other days"))]

    def clean(self) -> dict[str, Any]:
        """Other days have both their ends."""
        data = self.cleaned_data
        if data.get("period") == DAYS:
            for name in ("begins_on", "ends_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Write both days."))
        return data

    @property
    def days(self) -> Period:
        """The first and the last day, once the form is valid."""
        data = self.cleaned_data
        return self.periods.get(data["period"]) or (data["begins_on"], data["ends_on"])

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Each mistake with its field; an empty name where it is the whole form's."""
        return [
            ("" if name == "__all__" else name, str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]


def _label(name: str, ends: dt.date, today: dt.date) -> str:
    year = name.removeprefix("tax-")
    label = year
    if name != year:
        label = _("6 April %(first)s to 5 April %(last)s") % {"first": year, "last": int(year) + 1}
    return _("%s so far") % label if ends > today else label
