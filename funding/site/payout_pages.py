"""Pages of payouts, and of money that nobody understands yet."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.errors import Refused
from funding.gateway import movements, payouts
from funding.gateway import suspense as rules
from funding.gateway.models import (
    Meaning,
    Movement,
    MovementState,
    Payout,
    PayoutStatus,
    Resolution,
    ResolutionState,
)
from funding.ledger.models import Fund
from funding.lists import Column
from funding.money import Money
from funding.site import steps
from funding.site.treasury import DESK
from funding.users import access
from funding.users.models import User
from funding.waits import Wait

WORDS: Final = {
    "charge": gettext_lazy("Gifts"),
    "refund": gettext_lazy("Refunds"),
    "refund_failure": gettext_lazy("Refunds that came back"),
    "dispute": gettext_lazy("Taken back by banks"),
    "dispute_reversal": gettext_lazy("Given again by banks"),
    "charge_failure": gettext_lazy("Debits that failed late"),
    "payout": gettext_lazy("Payouts"),
    "payout_reversal": gettext_lazy("Payouts that came back"),
    "fee": gettext_lazy("Stripe’s own fees"),
    "risk_reserved_funds": gettext_lazy("Kept back or let go by Stripe"),
    "other_adjustment": gettext_lazy("Adjustments"),
}

COLUMNS: list[Column[Payout]] = [
    Column("payout", lambda row: row.stripe_id),
    Column("created_at", lambda row: row.created_at),
    Column("arrival_on", lambda row: row.arrival_on),
    Column("status", lambda row: row.status),
    Column("currency", lambda row: row.currency),
    Column("amount", lambda row: row.amount),
]
LINES: list[Column[Movement]] = [
    Column("balance_transaction", lambda row: row.stripe_id),
    Column("created_at", lambda row: row.created_at),
    Column("category", lambda row: row.category),
    Column("source", lambda row: row.source),
    Column("currency", lambda row: row.currency),
    Column("amount", lambda row: row.amount),
    Column("fee", lambda row: row.fee),
    Column("net", lambda row: row.net),
    Column("state", lambda row: row.state),
]


@dataclass(slots=True)
class Kindred:
    """The movements of one kind in a payout, added up."""

    word: str
    count: int
    amount: Money
    fee: Money
    net: Money


class PayoutFilters(forms.Form):
    """Where it is."""

    status = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("All states")), *PayoutStatus.choices],
    )

    def rows(self) -> QuerySet[Payout]:
        """The payouts asked for, the newest first."""
        self.is_valid()
        rows, status = Payout.objects.all(), self.cleaned_data.get("status")
        return rows.filter(status=status) if status else rows


class ResolveForm(forms.Form):
    """What the money is, whose, and why."""

    meaning = forms.ChoiceField(choices=Meaning.choices, label=gettext_lazy("What it is"))
    fund = steps.FundField(label=gettext_lazy("Which fund"))
    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("How you know"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@never_cache
@require_safe
@access.role(*DESK)
def payout_list(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every payout, and what nobody understands yet."""
    form = PayoutFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        return lists.file(f"payouts-{clock.today('UTC').isoformat()}", COLUMNS, rows.iterator())
    shown = lists.page(request, rows)
    context = {
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
        "shown": shown,
        "query": lists.query(request),
        "unknown": movements.suspended(),
    }
    return render(request, "site/payout_list.html", context)


@never_cache
@require_safe
@access.role(*DESK)
def payout(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: one payout, tied to its movements to the penny."""
    row = get_object_or_404(Payout, pk=pk)
    rows = payouts.members(row).order_by("-created_at", "-pk")
    if "csv" in request.GET:
        return lists.file(row.stripe_id, LINES, rows.iterator())
    shown, kinds = lists.page(request, rows), _kinds(row, rows)
    context = {
        "row": row,
        "shown": shown,
        "lines": [(each, str(WORDS.get(each.category, each.category))) for each in shown],
        "query": lists.query(request),
        "kinds": kinds,
        "total": _total(row, kinds),
        "differs": payouts.sum_of(row) - row.amount if row.listed_at else None,
    }
    return render(request, "site/payout.html", context)


@never_cache
@require_safe
@access.role(*DESK)
def suspense(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one movement that nobody knows, and what it may be."""
    return _page(request, _unknown(pk), _form())


@require_POST
@access.role(*DESK)
@access.fresh
def suspense_resolve(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: say what a movement in suspense is, and why."""
    row, form = _unknown(pk), _form(request)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    told = form.cleaned_data
    try:
        made = rules.propose(
            movement_id=row.pk,
            meaning=told["meaning"],
            fund_id=told["fund"].pk,
            reason=told["reason"],
            by=access.person(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, row, form, status=409)
    waits = made.state == ResolutionState.PROPOSED
    said = _("Proposed. A second person decides.") if waits else _("Booked.")
    messages.success(request, said)
    return redirect("suspense", pk=pk)


@require_POST
@access.role(*DESK)
@access.fresh
def suspense_approve(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may who did not propose it: book what a movement is."""
    rules.approve(resolution_id=_proposed(pk).pk, by=access.person(request))
    messages.success(request, _("Booked."))
    return redirect("suspense", pk=pk)


@require_POST
@access.role(*DESK)
@access.fresh
def suspense_decline(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may who did not propose it: leave it in suspense."""
    rules.decline(resolution_id=_proposed(pk).pk, by=access.person(request))
    messages.success(request, _("Turned down. The money stays where it was."))
    return redirect("suspense", pk=pk)


def waiting(user: User) -> list[Wait]:
    """What others have proposed for money in suspense, for the second person."""
    rows = Resolution.objects.filter(state=ResolutionState.PROPOSED).exclude(proposed_by=user)
    return [
        Wait(
            title=_("What %s is") % row.movement.net.text(),
            url=reverse("suspense", kwargs={"pk": row.movement_id}),
            sentence=f"{row.get_meaning_display()}: {row.reason}",
            since=row.proposed_at,
            state=_("waits for a second person"),
        )
        for row in rows.select_related("movement")
    ]


def _kinds(row: Payout, rows: QuerySet[Movement]) -> list[Kindred]:
    nothing = Money(0, row.currency)
    found: dict[str, Kindred] = defaultdict(lambda: Kindred("", 0, nothing, nothing, nothing))
    for each in rows.order_by("created_at").iterator():
        kind = found[each.category]
        kind.word, kind.count = str(WORDS.get(each.category, each.category)), kind.count + 1
        kind.amount, kind.fee, kind.net = (
            kind.amount + each.amount,
            kind.fee + each.fee,
            kind.net + each.net,
        )
    return list(found.values())


def _total(row: Payout, kinds: list[Kindred]) -> Kindred:
    nothing = Money(0, row.currency)
    return Kindred(
        word="",
        count=sum(kind.count for kind in kinds),
        amount=sum((kind.amount for kind in kinds), nothing),
        fee=sum((kind.fee for kind in kinds), nothing),
        net=sum((kind.net for kind in kinds), nothing),
    )


def _unknown(pk: int) -> Movement:
    known = Movement.objects.filter(resolutions__isnull=False).values("pk")
    rows = Movement.objects.filter(state=MovementState.SUSPENSE) | Movement.objects.filter(
        pk__in=known
    )
    return get_object_or_404(rows, pk=pk)


def _proposed(pk: int) -> Resolution:
    return get_object_or_404(Resolution, movement_id=pk, state=ResolutionState.PROPOSED)


def _form(request: HttpRequest | None = None) -> ResolveForm:
    form = ResolveForm(request.POST if request else None)
    field = form.fields["fund"]
    assert isinstance(field, steps.FundField)
    field.queryset = Fund.objects.filter(is_treasury=False, closed_on__isnull=True)
    field.told(steps.free())
    return form


def _page(
    request: HttpRequest, row: Movement, form: ResolveForm, *, status: int = 200
) -> HttpResponse:
    told = row.resolutions.select_related("fund", "proposed_by", "decided_by").order_by("-pk")
    context = {
        "row": row,
        "form": form,
        "told": told,
        "open": next((each for each in told if each.state == ResolutionState.PROPOSED), None),
        "is_open": row.state == MovementState.SUSPENSE,
        "me": access.person(request),
    }
    return render(request, "site/suspense.html", context, status=status)
