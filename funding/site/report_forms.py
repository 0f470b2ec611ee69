"""What is asked for on the page of reports: which funds and which days, and which reports."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.db.models import Min, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock
from funding.documents.pen import period_name
from funding.ledger.models import Entry, Fund
from funding.parties.models import Entity
from funding.site.models import FundReport, ReportState

# Further back, the days are written out.
_MOST_YEARS: Final = 10
_MOST_QUARTERS: Final = 8
_DAYS: Final = "days"

Choices = list[tuple[str, Any]]


class AskForm(forms.Form):
    """A fund or all of them, and a year, a quarter, or any days."""

    subject = forms.ChoiceField(label=gettext_lazy("Report on"))
    period = forms.ChoiceField(label=gettext_lazy("Period"))
    starts_on = forms.DateField(
        required=False,
        label=gettext_lazy("First day"),
        help_text=gettext_lazy("Only for days of your own."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    ends_on = forms.DateField(
        required=False,
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("It is counted in."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- passed on
        super().__init__(*args, **kwargs)
        _choose(self, "subject", _subjects())
        _choose(self, "period", _periods())

    def clean(self) -> dict[str, Any]:
        """The funds and the days as `reports.ask` takes them."""
        told = self.cleaned_data
        if told.get("period") == _DAYS:
            for name in ("starts_on", "ends_on"):
                if not told.get(name) and name not in self.errors:
                    self.add_error(name, _("Choose a day."))
        if self.errors:
            return told
        return told | {"wanted": _funds(told["subject"]) | _span(told)}


class ReportFilters(forms.Form):
    """Which reports are shown. A filter that makes no sense is left out."""

    fund = forms.ChoiceField(required=False, label=gettext_lazy("Report on"))
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    start = forms.DateField(
        required=False,
        label=gettext_lazy("Days from"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    end = forms.DateField(
        required=False,
        label=gettext_lazy("Days to"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, asked: QueryDict) -> None:
        # Its fields stand beside those of the other form, and an id is there once.
        super().__init__(asked, auto_id="find_%s")
        funds = Fund.objects.filter(is_treasury=False).values_list("slug", "name")
        _choose(self, "fund", [("", _("Everything")), ("all", _("All funds together")), *funds])
        states = [(state.value, str(state.label)) for state in ReportState]
        _choose(self, "state", [("", _("All states")), *states])

    def asked(self) -> dict[str, Any]:
        """What makes sense of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self) -> QuerySet[FundReport]:
        """The reports asked for, the last asked for first."""
        asked = self.asked()
        wanted = Q()
        if "fund" in asked:
            is_all = asked["fund"] == "all"
            wanted &= Q(fund__isnull=True) if is_all else Q(fund__slug=asked["fund"])
        if "state" in asked:
            wanted &= Q(state=asked["state"])
        if "start" in asked:
            wanted &= Q(ends_on__gte=asked["start"])
        if "end" in asked:
            wanted &= Q(starts_on__lte=asked["end"])
        found = FundReport.objects.filter(wanted).defer("document__content", "document__snapshot")
        return found.select_related("entity", "fund", "asked_by", "document")


def subject_of(slug: str) -> str:
    """The choice of the form that stands for the fund of an address, or for none."""
    fund = Fund.objects.filter(slug=slug, is_treasury=False).first()
    return f"fund:{fund.pk}" if fund else ""


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _subjects() -> Choices:
    """All funds of each body in each currency, and every fund below; bodies as groups."""
    funds = Fund.objects.filter(is_treasury=False).select_related("entity")
    groups: dict[Entity, list[tuple[str, str]]] = {}
    for fund in funds.order_by("entity", "currency", "position", "name"):
        rows = groups.setdefault(fund.entity, [])
        whole = f"all:{fund.entity_id}:{fund.currency}"
        if whole not in dict(rows):
            rows.append((whole, _("All funds in %s") % fund.currency))
        rows.append((f"fund:{fund.pk}", fund.name))
    if len(groups) == 1:
        return list(next(iter(groups.values())))
    return [(entity.legal_name, rows) for entity, rows in groups.items()]


def _periods() -> Choices:
    """Years and quarters that have begun, back to the first entry, and days of one's own."""
    today = clock.today("UTC")
    first = Entry.objects.aggregate(first=Min("happened_on"))["first"] or today
    years = range(today.year, max(first.year, today.year - _MOST_YEARS) - 1, -1)
    this_quarter = today.year * 4 + (today.month - 1) // 3
    quarters = range(this_quarter, this_quarter - _MOST_QUARTERS, -1)
    return [
        (_("Years"), [(f"year:{year}", _said(*_year(year), today)) for year in years]),
        (
            _("Quarters"),
            [
                (f"quarter:{quarter}", _said(*_quarter(quarter), today))
                for quarter in quarters
                if _quarter(quarter)[1] >= first
            ],
        ),
        (_DAYS, _("Days of your own, below")),
    ]


def _said(start: dt.date, end: dt.date, today: dt.date) -> str:
    name = period_name(start, end)
    words = _("%s, so far") % name if end > today else name
    return words[:1].upper() + words[1:]


def _year(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def _quarter(number: int) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter, counted on from the year nought."""
    start = dt.date(number // 4, number % 4 * 3 + 1, 1)
    after = dt.date((number + 1) // 4, (number + 1) % 4 * 3 + 1, 1)
    return start, after - dt.timedelta(days=1)


def _funds(subject: str) -> dict[str, Any]:
    kind, _colon, rest = subject.partition(":")
    if kind == "fund":
        fund = Fund.objects.get(pk=int(rest))
        return {"entity_id": fund.entity_id, "fund_id": fund.pk, "currency": fund.currency}
    entity_id, _colon, currency = rest.partition(":")
    return {"entity_id": int(entity_id), "fund_id": None, "currency": currency}


def _span(told: dict[str, Any]) -> dict[str, dt.date]:
    """The days of the period; one that is not over ends today where the money is."""
    kind, _colon, number = told["period"].partition(":")
    if kind == _DAYS:
        return {"starts_on": told["starts_on"], "ends_on": told["ends_on"]}
    start, end = _year(int(number)) if kind == "year" else _quarter(int(number))
    entity = Entity.objects.get(pk=_funds(told["subject"])["entity_id"])
    return {"starts_on": start, "ends_on": max(start, min(end, clock.today(entity.zone)))}
