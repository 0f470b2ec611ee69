"""One award and all of them: what they come to, where they are paid, and how they end."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from funding import clock, lists
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.lists import Column
from funding.money import Money
from funding.users import access
from funding.users.models import Role
from grants import (
    bank_details,
    changes,
    disbursements,
    endings,
    figures,
    payees,
    schedules,
    screenings,
    takeovers,
    tranches,
)
from grants.bank_details import NotAnAccount
from grants.endings import MAY_CANCEL, MAY_RECORD
from grants.figures import Figures
from grants.forms.award_lists import AwardFilters
from grants.forms.payments import AskForm, BankForm, ReasonForm, ReturnForm
from grants.models import Award, AwardState, Cancellation, Return
from grants.schedules import MAY_MAKE, MAY_MEET
from grants.screenings import MAY_SCREEN
from grants.views import award_parts, payment_steps
from grants.views.guarding import of_award

READERS = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


@never_cache
@require_safe
@access.role(*READERS)
def awards(request: HttpRequest) -> HttpResponseBase:
    """Officers, chairs and treasurers may: every award but those they stepped out of."""
    form = AwardFilters(request.GET)
    everything = form.rows(Award.objects.whole())
    rows = everything.but_stepped_out(access.person(request))
    ids = list(rows.values_list("pk", flat=True))
    if "csv" in request.GET:
        name = f"awards-{clock.today('UTC').isoformat()}"
        whole = rows.prefetch_related("shares__fund").iterator(chunk_size=500)
        return lists.file(name, _columns(figures.of(ids)), whole)
    shown = lists.page(request, rows)
    sums = figures.of([award.pk for award in shown])
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": shown,
        "rows": [(award, sums[award.pk]) for award in shown],
        "totals": figures.totals(ids),
        "left_out": everything.count() - len(ids),
        "query": lists.query(request),
    }
    return render(request, "grants/awards.html", context)


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: what it comes to, and each payment."""
    person, held = access.person(request), access.effective(request)
    sums, details = figures.of([award.pk])[award.pk], bank_details.current(award.pk)
    parts = figures.by_fund(award.pk)
    funds = Fund.objects.filter(pk__in=parts).order_by("position", "name", "pk")
    payments = payment_steps.all_of(award, person, held)
    context = {
        "award": award,
        "work": award.application.project,
        "zone": award.entity.zone,
        "sums": sums,
        "parts": [(fund, parts[fund.pk]) for fund in funds],
        "details": details,
        "account": bank_details.masked(details) if details else "",
        "payments": payments,
        "todo": next((each for each in payments if each.todo and not each.lack), None),
        "left": disbursements.left_to_request(award),
        "looks": screenings.of(details) if details and held & set(MAY_SCREEN) else [],
        **_past(award),
        **award_parts.shown(award),
        "may": _may(request, award, sums),
        "is_own": award.application.applicant_id == person.pk,
    }
    return render(request, "grants/award.html", context)


def _past(award: Award) -> dict[str, Any]:
    """What was cancelled and came back, and where an award of another system came from."""
    return {
        "cancelled": _sums_of(award, award.cancellations.select_related("cancelled_by")),
        "returned": _sums_of(award, award.returns.all()),
        "taken_over": takeovers.shown(award),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(Role.OFFICER, applicant=True)
def award_bank(request: HttpRequest, award: Award) -> HttpResponseBase:
    """The applicant may, and officers for them: where the award is paid to."""
    disbursements.must_be_active(award)
    if request.method == "POST":
        return _enter_bank(request, award)
    before = bank_details.current(award.pk)
    form = BankForm(initial={"holder": before.holder if before else ""})
    return _form(request, "grants/award_bank.html", award, form)


@access.fresh
def _enter_bank(request: HttpRequest, award: Award) -> HttpResponse:
    form = BankForm(request.POST)
    if not form.is_valid():
        return _form(request, "grants/award_bank.html", award, form, status=422)
    try:
        payees.enter_bank_details(award_id=award.pk, by=access.person(request), **form.cleaned_data)
    except NotAnAccount as refusal:
        form.point_out(refusal)
        return _form(request, "grants/award_bank.html", award, form, status=422)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, "grants/award_bank.html", award, form, status=409)
    messages.success(request, _("The bank details are kept. A mail says so to the applicant."))
    return redirect("grants:award", pk=award.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(Role.OFFICER, applicant=True)
def award_ask(request: HttpRequest, award: Award) -> HttpResponseBase:
    """The applicant may, and officers for them: ask for a payment."""
    disbursements.must_be_active(award)
    if request.method == "POST":
        return _ask(request, award)
    number = disbursements.next_number(award)
    form = AskForm(award.currency, tranches.of(award), number=number)
    return _form(request, "grants/award_ask.html", award, form)


@access.fresh
def _ask(request: HttpRequest, award: Award) -> HttpResponse:
    form = AskForm(award.currency, tranches.of(award), request.POST)
    if not form.is_valid():
        return _form(request, "grants/award_ask.html", award, form, status=422)
    try:
        disbursements.request(
            award_id=award.pk,
            amount_minor=form.cleaned_data["money"].minor,
            purpose=form.cleaned_data["purpose"],
            number=form.cleaned_data["number"],
            tranche=form.cleaned_data.get("tranche"),
            by=access.person(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, "grants/award_ask.html", award, form, status=409)
    messages.success(request, _("Asked. An officer or a chair checks it, then a treasurer pays."))
    return redirect("grants:award", pk=award.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(*MAY_CANCEL)
def award_cancel(request: HttpRequest, award: Award) -> HttpResponseBase:
    """Officers and chairs may: set free what of an award is not asked for."""
    disbursements.must_be_active(award)
    if request.method == "POST":
        return _cancel(request, award)
    return _form(request, "grants/award_cancel.html", award, ReasonForm())


@access.fresh
def _cancel(request: HttpRequest, award: Award) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _form(request, "grants/award_cancel.html", award, form, status=422)
    try:
        endings.cancel_rest(
            award_id=award.pk, reason=form.cleaned_data["why"], by=access.person(request)
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, "grants/award_cancel.html", award, form, status=409)
    messages.success(request, _("The rest is cancelled, and free in its funds again."))
    return redirect("grants:award", pk=award.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(*MAY_RECORD)
def award_return(request: HttpRequest, award: Award) -> HttpResponseBase:
    """Treasurers may: write down that unspent money came back."""
    if request.method == "POST":
        return _record_return(request, award)
    return _form(request, "grants/award_return.html", award, _return_form(award))


@access.fresh
def _record_return(request: HttpRequest, award: Award) -> HttpResponse:
    form = _return_form(award, request)
    if not form.is_valid():
        return _form(request, "grants/award_return.html", award, form, status=422)
    data = form.cleaned_data
    try:
        endings.record_return(
            award_id=award.pk,
            amount_minor=data["money"].minor,
            returned_on=data["returned_on"],
            place=data["place"],
            reference=data["reference"],
            by=access.person(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, "grants/award_return.html", award, form, status=409)
    messages.success(request, _("The money is back in the funds that paid it."))
    return redirect("grants:award", pk=award.pk)


def _return_form(award: Award, request: HttpRequest | None = None) -> ReturnForm:
    places = disbursements.bank_accounts(award.entity_id)
    sent = request.POST if request else None
    return ReturnForm(award.currency, places, sent, today=clock.today(award.entity.zone))


def _form(
    request: HttpRequest, template: str, award: Award, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    details = bank_details.current(award.pk)
    left, sums = disbursements.left_to_request(award), figures.of([award.pk])[award.pk]
    parts = tranches.of(award)
    context = {
        "parts": parts,
        "ready": [part for part in parts if part.is_ready],
        "award": award,
        "work": award.application.project,
        "form": form,
        "details": details,
        "account": bank_details.masked(details) if details else "",
        "left": left,
        "stays": sums.awarded - left,
        "sums": sums,
        "is_own": award.application.applicant_id == access.person(request).pk,
        "sees_award": access.may(request, *READERS),
    }
    return render(request, template, context, status=status)


def _may(request: HttpRequest, award: Award, sums: Figures) -> set[str]:
    """The steps of this award that its page offers to this person."""
    person, held = access.person(request), access.effective(request)
    is_active = award.state == AwardState.ACTIVE
    left = disbursements.left_to_request(award)
    is_theirs = award.application.applicant_id == person.pk or Role.OFFICER in held
    is_free = not disbursements.why_not_award(award, person)
    offered = {
        "bank": is_active and is_theirs,
        "ask": is_active and is_theirs and award_parts.can_ask(award),
        "change": is_active
        and award.application.applicant_id == person.pk
        and not changes.why_not_ask(award),
        "schedule": is_free and bool(held & set(MAY_MAKE)) and schedules.is_open(award),
        "meet": is_active and is_free and bool(held & set(MAY_MEET)),
        "screen": is_active and is_free and bool(held & set(MAY_SCREEN)),
        "cancel": is_active and is_free and bool(left) and bool(held & set(MAY_CANCEL)),
        "return": is_free and bool(sums.paid) and bool(held & set(MAY_RECORD)),
    }
    return {step for step, is_offered in offered.items() if is_offered}


def _sums_of[R: (Cancellation, Return)](award: Award, rows: Iterable[R]) -> list[tuple[R, Money]]:
    return [(row, Money(row.amount_minor, award.currency)) for row in rows]


def _columns(found: dict[int, Figures]) -> list[Column[Award]]:
    return [
        Column("award", lambda award: award.pk),
        Column("adopted_at", lambda award: award.adopted_at),
        Column("state", lambda award: award.state),
        Column("project", lambda award: award.application.project.title),
        Column("organisation", lambda award: award.application.project.organisation.name),
        Column("country", lambda award: str(award.application.project.country)),
        Column("round", lambda award: award.application.round.slug),
        Column("funds", lambda award: "; ".join(each.fund.name for each in award.shares.all())),
        Column("currency", lambda award: award.currency),
        Column("adopted", lambda award: found[award.pk].adopted),
        Column("cancelled", lambda award: found[award.pk].cancelled),
        Column("returned", lambda award: found[award.pk].returned),
        Column("awarded", lambda award: found[award.pk].awarded),
        Column("paid", lambda award: found[award.pk].paid),
        Column("payable", lambda award: found[award.pk].payable),
        Column("committed", lambda award: found[award.pk].committed),
    ]
