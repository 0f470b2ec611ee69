"""Pages of opening balances: proposed by one person, booked by another."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.errors import Refused
from funding.ledger import openings as rules
from funding.ledger.models import Opening
from funding.lists import Column
from funding.site import steps
from funding.site.amounts import AmountField, read
from funding.site.treasury import DESK
from funding.users import access

COLUMNS: list[Column[Opening]] = [
    Column("opening", lambda row: row.pk),
    Column("fund", lambda row: row.fund.slug),
    Column("as_of", lambda row: row.as_of),
    Column("currency", lambda row: row.fund.currency),
    Column("sum", lambda row: steps.money(row)),
    *steps.columns(),
]


class OpeningForm(forms.Form):
    """Which fund had how much, where, and on which day."""

    fund = steps.FundField(label=gettext_lazy("Fund"))
    place = steps.PlaceField(label=gettext_lazy("Where the money lay"))
    amount = AmountField(label=gettext_lazy("Sum"))
    as_of = forms.DateField(
        label=gettext_lazy("On which day"),
        help_text=gettext_lazy("The last day of the books kept before these."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("From which books"),
        help_text=gettext_lazy("Where the sum can be looked up."),
    )

    def clean(self) -> dict[str, Any]:
        """The sum in the fund's currency, and a day that has come."""
        told = self.cleaned_data
        if fund := told.get("fund"):
            read(self, "amount", fund.currency)
            if told.get("as_of") and told["as_of"] > clock.today(fund.entity.zone):
                self.add_error("as_of", _("This day has not come yet."))
        return told


@never_cache
@require_safe
@access.role(*DESK)
def openings(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every opening balance, and the form to propose one."""
    filters = steps.StepFilters(request.GET)
    rows = filters.narrow(_rows(), ("fund",))
    if "csv" in request.GET:
        return lists.file(f"openings-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    return _page(request, OpeningForm(), filters, rows)


@require_POST
@access.role(*DESK)
@access.fresh
def opening_propose(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: propose an opening balance, which another one books."""
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return _page(request, form, steps.StepFilters(), _rows(), status=422)
    told = form.cleaned_data
    try:
        made = rules.propose(
            fund_id=told["fund"].pk,
            place=told["place"].pk,
            amount=told["amount"],
            as_of=told["as_of"],
            reason=told["reason"],
            by=access.person(request).pk,
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, steps.StepFilters(), _rows(), status=409)
    messages.success(request, _("Proposed. Nothing is booked before another person agrees."))
    return redirect("opening", pk=made.pk)


@never_cache
@require_safe
@access.role(*DESK)
def opening(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one opening balance, and the second person's word."""
    row = get_object_or_404(_rows(), pk=pk)
    context = {"row": row, "money": steps.money(row), "me": access.person(request)}
    return render(request, "site/opening.html", context)


@require_POST
@access.role(*DESK)
@access.fresh
def opening_book(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: book an opening balance."""
    row = get_object_or_404(Opening, pk=pk)
    rules.book(opening_id=row.pk, by=access.person(request).pk)
    messages.success(request, _("Booked."))
    return redirect("opening", pk=pk)


@require_POST
@access.role(*DESK)
@access.fresh
def opening_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: turn a balance down."""
    row = get_object_or_404(Opening, pk=pk)
    rules.decline(opening_id=row.pk, by=access.person(request).pk)
    messages.success(request, _("Turned down. Nothing was booked."))
    return redirect("opening", pk=pk)


def _rows() -> QuerySet[Opening]:
    people = ("fund__entity", "place", "proposed_by", "decided_by")
    return Opening.objects.select_related(*people).order_by("-proposed_at", "-pk")


def _page(
    request: HttpRequest,
    form: OpeningForm,
    filters: steps.StepFilters,
    rows: QuerySet[Opening],
    *,
    status: int = 200,
) -> HttpResponse:
    shown = lists.page(request, rows)
    context = {
        "form": form,
        "filters": filters,
        "is_filtered": bool(filters.asked()),
        "shown": shown,
        "rows": [(row, steps.money(row)) for row in shown],
        "query": lists.query(request),
    }
    return render(request, "site/openings.html", context, status=status)
