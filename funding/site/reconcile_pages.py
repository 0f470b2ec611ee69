"""The page of reconciling: the last comparison, what differed, and what the bank says."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.intake import continuity
from funding import clock, jobs
from funding.ledger.models import Account, Kind
from funding.money import Money, MoneyError, parse
from funding.site import reconcile as rules
from funding.site.comparing import Difference
from funding.site.models import StatementBalance
from funding.site.treasury import DESK
from funding.users import access


class PlaceField(forms.ModelChoiceField):
    """A bank account by the name that its people know."""

    def label_from_instance(self, obj: Account) -> str:
        """Its name, and whose it is."""
        return f"{obj.name}, {obj.entity.legal_name}" if obj.entity else obj.name


class StatementForm(forms.Form):
    """What the statement of a bank account says."""

    place = PlaceField(
        queryset=Account.objects.filter(kind=Kind.BANK).select_related("entity"),
        label=gettext_lazy("Bank account"),
        empty_label=None,
    )
    day = forms.DateField(
        label=gettext_lazy("At the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    amount = forms.CharField(
        max_length=40,
        label=gettext_lazy("Balance on the statement"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_day(self) -> dt.date:
        """No day that has not ended."""
        day: dt.date = self.cleaned_data["day"]
        if day > clock.today("UTC"):
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """The sum in the currency of the body whose account it is; below nought is possible."""
        told, place = self.cleaned_data, self.cleaned_data.get("place")
        text = str(told.get("amount") or "").strip()
        if place is None or place.entity is None or not text:
            return told
        is_below = text.startswith(("-", "−"))
        try:
            money = parse(text.lstrip("-−"), place.entity.currency)
        except MoneyError as error:
            self.add_error("amount", str(error))
            return told
        told["amount"] = -money if is_below else money
        return told


@never_cache
@require_safe
@access.role(*DESK)
def reconcile(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what differed when the books were last compared."""
    return _page(request, StatementForm())


@require_POST
@access.role(*DESK)
def reconcile_run(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: have a worker compare the books now."""
    jobs.after_commit("funding.site.tasks.compare_books", access.actor_of(request))
    messages.success(request, _("The books are being compared. Look again in a moment."))
    return redirect("reconcile")


@require_POST
@access.role(*DESK)
@access.fresh
def reconcile_repair(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: have the normal rule book what it had missed."""
    told = request.POST
    is_gone = rules.repair(
        kind=told.get("kind", ""),
        subject=told.get("subject", ""),
        actor=access.actor_of(request),
    )
    if is_gone:
        messages.success(request, _("Repaired: the rule booked it, and the books were compared."))
    else:
        messages.error(request, _("The rule was called again, and the difference is still there."))
    return redirect("reconcile")


@require_POST
@access.role(*DESK)
def reconcile_statement(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: enter what the bank's statement says."""
    form = StatementForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    told = form.cleaned_data
    made = rules.enter(
        place=told["place"], day=told["day"], amount=told["amount"], by=access.person(request)
    )
    if made.ours_minor() == made.amount_minor:
        messages.success(request, _("Entered. Our books say the same."))
    else:
        messages.error(request, _("Entered. Our books say another balance for that day."))
    return redirect("reconcile")


def _page(request: HttpRequest, form: StatementForm, *, status: int = 200) -> HttpResponse:
    newest = rules.last()
    found = rules.differences_of(newest) if newest else []
    context = {
        "run": newest,
        "rows": [(each, rules.WORDS.get(each.kind, each.kind), *_told(each)) for each in found],
        "balances": _balances(newest.balances) if newest else [],
        "statements": StatementBalance.newest(),
        "missing": continuity.missing(),
        "form": form,
    }
    return render(request, "site/reconcile.html", context, status=status)


def _told(each: Difference) -> tuple[dt.datetime, tuple[Money, Money, Money]]:
    return dt.datetime.fromisoformat(each.since), each.money


def _balances(kept: dict[str, list[int]]) -> list[tuple[Money, Money, Money, Money]]:
    return [
        (
            Money(ours, currency),
            Money(waiting, currency),
            Money(theirs, currency),
            Money(ours - waiting - theirs, currency),
        )
        for currency, (ours, waiting, theirs) in kept.items()
    ]
