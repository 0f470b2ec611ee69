"""Filters of the lists of awards and of payments. One that makes no sense is left out."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.ledger.models import Fund
from grants.forms.payments import DayInput
from grants.models import (
    Award,
    AwardState,
    Disbursement,
    DisbursementState,
    Round,
)
from grants.models.awards import AwardQuerySet

# Days of a filter are days of this calendar: awards of several bodies stand in one list.
_ZONE: Final = ZoneInfo("UTC")


class _Filters(forms.Form):
    """Words, a state, a fund and a span of days."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label=gettext_lazy("Project, name or word"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    fund = forms.ChoiceField(required=False, label=gettext_lazy("Fund"))
    start = forms.DateField(required=False, label=gettext_lazy("From"), widget=DayInput)
    end = forms.DateField(required=False, label=gettext_lazy("To"), widget=DayInput)

    states: list[tuple[str, str]] = []

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        funds = Fund.objects.filter(is_treasury=False).values_list("slug", "name")
        self.choose("state", _("All states"), self.states)
        self.choose("fund", _("All funds"), list(funds))

    def choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        """Give a field its choices, and the one that leaves it open."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]

    def asked(self) -> dict[str, Any]:
        """What makes sense of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def span(self, column: str) -> Q:
        """The days asked for, as instants of a column."""
        asked, span = self.asked(), Q()
        if "start" in asked:
            span &= Q(**{f"{column}__gte": _midnight(asked["start"])})
        if "end" in asked:
            span &= Q(**{f"{column}__lt": _midnight(asked["end"] + dt.timedelta(days=1))})
        return span

    def words(self, *columns: str) -> Q:
        """Rows of which any of these columns holds what was typed."""
        found = Q()
        if text := self.asked().get("q"):
            for column in columns:
                found |= Q(**{f"{column}__icontains": text})
        return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _ZONE)


class AwardFilters(_Filters):
    """Which awards are shown."""

    round = forms.ChoiceField(required=False, label=gettext_lazy("Round"))

    field_order = ["q", "state", "fund", "round", "start", "end"]
    states = [(state.value, str(state.label)) for state in AwardState]

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        self.choose("round", _("All rounds"), list(Round.objects.values_list("slug", "name")))

    def rows(self, awards: AwardQuerySet) -> AwardQuerySet:
        """Those of these awards that were asked for, the newest first."""
        asked = self.asked()
        rows = awards.filter(self.span("adopted_at")).filter(
            self.words(
                "application__project__title",
                "application__project__organisation__name",
                "application__applicant__name",
                "application__applicant__email",
            )
        )
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            rows = rows.filter(
                pk__in=Award.objects.filter(shares__fund__slug=asked["fund"]).values("pk")
            )
        if "round" in asked:
            rows = rows.filter(application__round__slug=asked["round"])
        return rows.order_by("-adopted_at", "-pk")


class PaymentFilters(_Filters):
    """Which payments are shown."""

    award = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    states = [(state.value, str(state.label)) for state in DisbursementState]

    def rows(self) -> QuerySet[Disbursement]:
        """The payments asked for, the newest first."""
        asked = self.asked()
        rows = Disbursement.objects.filter(self.span("requested_at")).filter(
            self.words(
                "purpose",
                "bank_reference",
                "bank_details__holder",
                "award__application__project__title",
                "award__application__project__organisation__name",
            )
        )
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            shared = Award.objects.filter(shares__fund__slug=asked["fund"]).values("pk")
            rows = rows.filter(award__in=shared)
        if "award" in asked:
            rows = rows.filter(award=asked["award"])
        return rows.select_related(
            "award__application__project__organisation",
            "award__entity",
            "bank_details",
            "requested_by",
            "checked_by",
            "released_by",
        ).order_by("-requested_at", "-pk")
