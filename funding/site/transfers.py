"""Pages of transfers between funds: proposed by one person, booked by another."""

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
from funding.ledger import balances
from funding.ledger import transfers as rules
from funding.ledger.models import Transfer
from funding.lists import Column
from funding.site import steps
from funding.site.amounts import AmountField, read
from funding.site.treasury import DESK
from funding.users import access

COLUMNS: list[Column[Transfer]] = [
    Column("transfer", lambda row: row.pk),
    Column("from", lambda row: row.source.slug),
    Column("to", lambda row: row.target.slug),
    Column("currency", lambda row: row.source.currency),
    Column("sum", lambda row: steps.money(row)),
    Column("ground", lambda row: row.ground),
    *steps.columns(),
]


class TransferForm(forms.Form):
    """From where to where, how much, and why."""

    source = steps.FundField(label=gettext_lazy("From"))
    target = steps.FundField(label=gettext_lazy("To"))
    place = steps.PlaceField(label=gettext_lazy("Where the money lies"))
    amount = AmountField(label=gettext_lazy("Sum"))
    reason = forms.CharField(max_length=400, label=gettext_lazy("Why"))
    ground = forms.CharField(
        max_length=400,
        required=False,
        label=gettext_lazy("Lawful ground"),
        help_text=gettext_lazy("Needed when the money leaves a restricted fund or an endowment."),
    )

    def clean(self) -> dict[str, Any]:
        """Two different funds, and the sum in the first one's currency."""
        told = self.cleaned_data
        source, target = told.get("source"), told.get("target")
        if source and source == target:
            self.add_error("target", _("Choose another fund than the first."))
        if source:
            read(self, "amount", source.currency)
        return told


@never_cache
@require_safe
@access.role(*DESK)
def transfers(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every transfer, and the form to propose one."""
    filters = steps.StepFilters(request.GET)
    rows = filters.narrow(_rows(), ("source", "target"))
    if "csv" in request.GET:
        return lists.file(f"transfers-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    return _page(request, _form(), filters, rows)


@require_POST
@access.role(*DESK)
@access.fresh
def transfer_propose(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: propose a transfer, which another one books."""
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, steps.StepFilters(), _rows(), status=422)
    told = form.cleaned_data
    try:
        made = rules.propose(
            source_id=told["source"].pk,
            target_id=told["target"].pk,
            place=told["place"].pk,
            amount=told["amount"],
            reason=told["reason"],
            ground=told["ground"],
            by=access.person(request).pk,
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, steps.StepFilters(), _rows(), status=409)
    messages.success(request, _("Proposed. Nothing moves before another person books it."))
    return redirect("transfer", pk=made.pk)


@never_cache
@require_safe
@access.role(*DESK)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one transfer, and the word of the second person."""
    row = get_object_or_404(_rows(), pk=pk)
    context = {
        "row": row,
        "money": steps.money(row),
        "free": balances.available(row.source_id),
        "left": balances.available(row.source_id) - steps.money(row),
        "me": access.person(request),
    }
    return render(request, "site/transfer.html", context)


@require_POST
@access.role(*DESK)
@access.fresh
def transfer_book(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: book a transfer."""
    row = get_object_or_404(Transfer, pk=pk)
    rules.book(transfer_id=row.pk, by=access.person(request).pk)
    messages.success(request, _("Booked."))
    return redirect("transfer", pk=pk)


@require_POST
@access.role(*DESK)
@access.fresh
def transfer_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: turn a transfer down."""
    row = get_object_or_404(Transfer, pk=pk)
    rules.decline(transfer_id=row.pk, by=access.person(request).pk)
    messages.success(request, _("Turned down. Nothing moved."))
    return redirect("transfer", pk=pk)


def _rows() -> QuerySet[Transfer]:
    people = ("source__entity", "target", "place", "proposed_by", "decided_by")
    return Transfer.objects.select_related(*people).order_by("-proposed_at", "-pk")


def _form(request: HttpRequest | None = None) -> TransferForm:
    form, free = TransferForm(request.POST if request else None), steps.free()
    for name in ("source", "target"):
        field = form.fields[name]
        assert isinstance(field, steps.FundField)
        field.told(free)
    return form


def _page(
    request: HttpRequest,
    form: TransferForm,
    filters: steps.StepFilters,
    rows: QuerySet[Transfer],
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
    return render(request, "site/transfers.html", context, status=status)
