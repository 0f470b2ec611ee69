"""Which year, and whether everybody is mailed."""

import datetime as dt

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from funding.parties.models import Entity

_MOST_YEARS = 8


class YearEndForm(forms.Form):
    """A calendar year or a British tax year that is over."""

    entity = forms.ModelChoiceField(
        Entity.objects.none(), label=_("Receiving body"), empty_label=None
    )
    period = forms.ChoiceField(label=_("Year"))
    mails = forms.BooleanField(
        required=False, initial=True, label=_("Mail each giver their statement")
    )

    def __init__(self, *, today: dt.date, sent: QueryDict | None = None) -> None:
        super().__init__(sent)
        entity = self.fields["entity"]
        assert isinstance(entity, forms.ModelChoiceField)
        entity.queryset = Entity.objects.order_by("pk")
        years = range(today.year - 1, today.year - 1 - _MOST_YEARS, -1)
        calendar = {f"{year}": (dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in years}
        british = {
            f"{year}/{year + 1}": (dt.date(year, 4, 6), dt.date(year + 1, 4, 5))
            for year in years
            if dt.date(year + 1, 4, 5) < today
        }
        self.periods = calendar | british
        period = self.fields["period"]
        assert isinstance(period, forms.ChoiceField)
        period.choices = [
            (_("Years"), [(name, name) for name in calendar]),
            (_("Tax years of the United Kingdom"), [(name, name) for name in british]),
        ]

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day, once the form is valid."""
        return self.periods[self.cleaned_data["period"]]
