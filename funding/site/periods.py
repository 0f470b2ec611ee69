"""Pages of periods: opened, and closed once and for good."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.errors import Refused
from funding.ledger import periods as rules
from funding.ledger.models import Period
from funding.lists import Column
from funding.parties.models import Entity
from funding.site.treasury import DESK
from funding.users import access, actors

COLUMNS: list[Column[Period]] = [
    Column("entity", lambda period: period.entity.slug),
    Column("name", lambda period: period.name),
    Column("starts_on", lambda period: period.starts_on),
    Column("ends_on", lambda period: period.ends_on),
    Column("closed_at", lambda period: period.closed_at),
]


class PeriodForm(forms.Form):
    """A span of days with a name."""

    entity = forms.ModelChoiceField(
        queryset=Entity.objects.order_by("pk"),
        empty_label=gettext_lazy("Choose"),
        label=gettext_lazy("Whose books"),
    )
    name = forms.CharField(max_length=40, label=gettext_lazy("Name, such as 2027"))
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """The last day does not come before the first."""
        told = self.cleaned_data
        if told.get("starts_on") and told.get("ends_on") and told["ends_on"] < told["starts_on"]:
            self.add_error("ends_on", _("The last day comes before the first."))
        return told


@never_cache
@require_safe
@access.role(*DESK)
def periods(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: the periods of every body's books."""
    if "csv" in request.GET:
        rows = Period.objects.select_related("entity").order_by("entity", "-starts_on")
        return lists.file(f"periods-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    return _page(request, PeriodForm(initial={"entity": Entity.objects.order_by("pk").first()}))


@require_POST
@access.role(*DESK)
@access.fresh
def period_open(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: open a period."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    told = form.cleaned_data
    try:
        rules.open_period(
            entity_id=told["entity"].pk,
            name=told["name"],
            starts_on=told["starts_on"],
            ends_on=told["ends_on"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    messages.success(request, _("The period is open."))
    return redirect("periods")


@require_POST
@access.role(*DESK)
@access.fresh
def period_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: close a period, which nobody opens again."""
    period = get_object_or_404(Period, pk=pk)
    if not request.POST.get("sure"):
        messages.error(request, _("Tick that it is for good, then close it."))
        return redirect("periods")
    rules.close(period_id=period.pk, actor=access.actor_of(request))
    messages.success(request, _("%s is closed. Nothing more is booked on its days.") % period.name)
    return redirect("periods")


def _page(request: HttpRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    rows = list(Period.objects.select_related("entity").order_by("entity", "-starts_on"))
    known = actors.names(row.closed_by for row in rows if row.closed_by)
    context = {"form": form, "rows": [(row, known.get(row.closed_by, "")) for row in rows]}
    return render(request, "site/periods.html", context, status=status)
