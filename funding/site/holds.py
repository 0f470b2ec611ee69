"""The list of holds: money that funds keep back while the committee decides."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import clock, lists
from funding.ledger.models import Fund, Hold
from funding.lists import Column
from funding.money import Money
from funding.site.treasury import DESK
from funding.users import access

COLUMNS: list[Column[Hold]] = [
    Column("hold", lambda hold: hold.pk),
    Column("fund", lambda hold: hold.fund.slug),
    Column("for", lambda hold: hold.cause),
    Column("currency", lambda hold: hold.fund.currency),
    Column("sum", lambda hold: _money(hold)),
    Column("placed_at", lambda hold: hold.placed_at),
    Column("released_at", lambda hold: hold.released_at),
]


class HoldFilters(forms.Form):
    """Which holds are shown. A filter that makes no sense is left out."""

    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[
            ("", gettext_lazy("All states")),
            ("held", gettext_lazy("Held")),
            ("released", gettext_lazy("Released")),
        ],
    )
    fund = forms.ModelChoiceField(
        queryset=Fund.objects.filter(is_treasury=False),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("All funds"),
        label=gettext_lazy("Fund"),
    )

    def rows(self) -> QuerySet[Hold]:
        """The holds asked for, the newest first."""
        self.is_valid()
        rows = Hold.objects.select_related("fund")
        if state := self.cleaned_data.get("state"):
            rows = rows.filter(released_at__isnull=state == "held")
        if fund := self.cleaned_data.get("fund"):
            rows = rows.filter(fund=fund)
        return rows.order_by("-placed_at", "-pk")


@never_cache
@require_safe
@access.role(*DESK)
def holds(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may. Holds are placed and let go by decisions only."""
    form = HoldFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        return lists.file(f"holds-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    shown = lists.page(request, rows)
    context = {
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
        "shown": shown,
        "rows": [(hold, _money(hold)) for hold in shown],
        "query": lists.query(request),
    }
    return render(request, "site/holds.html", context)


def _money(hold: Hold) -> Money:
    return Money(hold.amount_minor, hold.fund.currency)
