"""What is wrong, for those in charge: the list, one alert, and the word that ends it."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.alerts import alarms
from funding.alerts.alarms import NeedsAReason
from funding.alerts.models import Alert, Kind
from funding.lists import Column
from funding.site.treasury import DESK
from funding.users import access, actors
from funding.users.models import User
from funding.waits import Wait

COLUMNS: list[Column[Alert]] = [
    Column("alert", lambda row: row.pk),
    Column("kind", lambda row: row.kind),
    Column("subject", lambda row: row.subject),
    Column("sentence", lambda row: row.sentence),
    Column("first_at", lambda row: row.first_at),
    Column("last_at", lambda row: row.last_at),
    Column("times", lambda row: row.times),
    Column("told_at", lambda row: row.told_at),
    Column("closed_at", lambda row: row.closed_at),
    Column("closed_by", lambda row: row.closed_by),
    Column("closed_why", lambda row: row.closed_why),
    Column("gone_at", lambda row: row.gone_at),
]


class AlertFilters(forms.Form):
    """Which alerts are shown. A filter that makes no sense is left out."""

    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[
            ("", gettext_lazy("Open")),
            ("closed", gettext_lazy("Closed")),
            ("all", gettext_lazy("Open and closed")),
        ],
    )
    kind = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("All kinds")), *Kind.choices],
    )
    start = forms.DateField(
        required=False,
        label=gettext_lazy("Begun from"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    end = forms.DateField(
        required=False,
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def rows(self) -> QuerySet[Alert]:
        """The alerts asked for, the newest first."""
        self.is_valid()
        told, rows = self.cleaned_data, Alert.objects.order_by("-first_at", "-pk")
        if told.get("state", "") != "all":
            rows = rows.filter(closed_at__isnull=told.get("state") != "closed")
        if kind := told.get("kind"):
            rows = rows.filter(kind=kind)
        if start := told.get("start"):
            rows = rows.filter(first_at__gte=_midnight(start))
        if end := told.get("end"):
            rows = rows.filter(first_at__lt=_midnight(end + dt.timedelta(days=1)))
        return rows


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


class CloseForm(forms.Form):
    """The word that ends an alert."""

    why = forms.CharField(
        max_length=500,
        required=False,
        label=gettext_lazy("What was done about it"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@never_cache
@require_safe
@access.role(*DESK)
def alerts(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: everything that is wrong, and that was."""
    form = AlertFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        return lists.file(f"alerts-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    shown = lists.page(request, rows)
    context = {
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
        "shown": shown,
        "rows": _with_closers(list(shown)),
        "query": lists.query(request),
    }
    return render(request, "site/alerts.html", context)


@never_cache
@require_safe
@access.role(*DESK)
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one alert, and the form that closes it."""
    return _page(request, get_object_or_404(Alert, pk=pk), CloseForm())


@require_POST
@access.role(*DESK)
def alert_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say what was done about an alert, and end it."""
    row, form = get_object_or_404(Alert, pk=pk), CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    why, actor = form.cleaned_data["why"], access.actor_of(request)
    try:
        alarms.close(alert_id=row.pk, why=why, actor=actor)
    except NeedsAReason as refusal:
        form.add_error("why", refusal.sentence)
        return _page(request, row, form, status=409)
    messages.success(request, _("Closed."))
    return redirect("alerts")


def waiting(_user: User) -> list[Wait]:
    """What waits for those in charge: the open alerts, one line for each kind.

    Overdrawn funds stand there by themselves, with what they lack at this moment.
    """
    kinds = alarms.opened().exclude(kind=Kind.FUND_UNDER_ZERO).order_by()
    rows = kinds.values("kind").annotate(count=Count("pk"), since=Min("first_at"), last=Max("pk"))
    newest = Alert.objects.in_bulk([row["last"] for row in rows])
    return [
        Wait(
            title=newest[row["last"]].kind_label,
            url=_way(newest[row["last"]], row["count"]),
            sentence=newest[row["last"]].sentence,
            since=row["since"],
            state=_("%s alerts") % row["count"] if row["count"] > 1 else _("alert"),
            look="stop",
        )
        for row in rows
    ]


def _way(newest: Alert, count: int) -> str:
    if count == 1:
        return reverse("alert", kwargs={"pk": newest.pk})
    return f"{reverse('alerts')}?kind={newest.kind}"


def _page(request: HttpRequest, row: Alert, form: CloseForm, *, status: int = 200) -> HttpResponse:
    same = Alert.objects.filter(kind=row.kind, subject=row.subject).exclude(pk=row.pk)
    (_row, closer), *earlier = _with_closers([row, *same.order_by("-pk")[:10]])
    context = {
        "row": row,
        "closer": closer,
        "form": form,
        "earlier": earlier,
        "rest_days": alarms.REST.days,
    }
    return render(request, "site/alert.html", context, status=status)


def _with_closers(rows: Sequence[Alert]) -> list[tuple[Alert, str]]:
    names = actors.names(row.closed_by for row in rows if row.closed_by)
    return [(row, names.get(row.closed_by, "")) for row in rows]
