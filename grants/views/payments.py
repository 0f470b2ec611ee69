"""Payments of awards: all of them, and the steps of one that staff take."""

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.errors import Refused
from funding.lists import Column
from funding.money import Money
from funding.users import access
from funding.users.models import Role, User
from grants import bank_details, disbursements, screenings
from grants.disbursements import MAY_CHECK, MAY_DECLINE, MAY_RELEASE
from grants.forms.award_lists import PaymentFilters
from grants.forms.payments import ReasonForm, ReleaseForm
from grants.models import Award, Disbursement
from grants.views import payment_steps
from grants.views.awards import READERS
from grants.views.guarding import of_award


def _name(person: User | None) -> str:
    return str(person) if person else ""


COLUMNS = [
    Column[Disbursement]("award", lambda row: row.award_id),
    Column[Disbursement]("number", lambda row: row.number),
    Column[Disbursement]("state", lambda row: row.state),
    Column[Disbursement]("project", lambda row: row.award.application.project.title),
    Column[Disbursement](
        "organisation", lambda row: row.award.application.project.organisation.name
    ),
    Column[Disbursement]("purpose", lambda row: row.purpose),
    Column[Disbursement]("holder", lambda row: row.bank_details.holder),
    Column[Disbursement]("account", lambda row: bank_details.masked(row.bank_details)),
    Column[Disbursement]("currency", lambda row: row.award.currency),
    Column[Disbursement]("amount", lambda row: Money(row.amount_minor, row.award.currency)),
    Column[Disbursement]("requested_at", lambda row: row.requested_at),
    Column[Disbursement]("requested_by", lambda row: _name(row.requested_by)),
    Column[Disbursement]("checked_at", lambda row: row.checked_at),
    Column[Disbursement]("checked_by", lambda row: _name(row.checked_by)),
    Column[Disbursement]("released_at", lambda row: row.released_at),
    Column[Disbursement]("released_by", lambda row: _name(row.released_by)),
    Column[Disbursement]("paid_on", lambda row: row.paid_on),
    Column[Disbursement]("sent_currency", lambda row: row.sent_currency),
    Column[Disbursement]("sent", lambda row: _sent(row)),
    Column[Disbursement]("rate", lambda row: row.rate),
    Column[Disbursement]("fee", lambda row: _fee(row)),
    Column[Disbursement]("bank_reference", lambda row: row.bank_reference),
    Column[Disbursement]("declined_why", lambda row: row.declined_why),
]


@never_cache
@require_safe
@access.role(Role.TREASURER)
def payments(request: HttpRequest) -> HttpResponseBase:
    """Treasurers may: every payment of every award, by state, award, fund, day or word."""
    form = PaymentFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        name = f"payments-{clock.today('UTC').isoformat()}"
        return lists.file(name, COLUMNS, rows.iterator(chunk_size=500))
    shown = lists.page(request, rows)
    sums = rows.order_by("award__currency").values_list("award__currency")
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": shown,
        "rows": [(row, Money(row.amount_minor, row.award.currency)) for row in shown],
        "sums": [Money(minor, code) for code, minor in sums.annotate(sum=Sum("amount_minor"))],
        "query": lists.query(request),
    }
    return render(request, "grants/payments.html", context)


@never_cache
@require_safe
@of_award(*READERS)
def award_payment(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Officers, chairs and treasurers may: one payment, and the step that is theirs."""
    return _page(request, award, number)


@require_POST
@of_award(*MAY_CHECK)
@access.fresh
def award_check(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Officers and chairs may who did nothing else for it: approve it for the account shown."""
    row = get_object_or_404(award.disbursements, number=number)
    try:
        disbursements.check(
            disbursement_id=row.pk,
            bank_sha256=request.POST.get("bank_sha256", ""),
            by=access.person(request),
        )
    except Refused as refusal:
        return _page(request, award, number, refusal=refusal.sentence, status=409)
    messages.success(request, _("Checked. It is payable now and waits for a treasurer."))
    return redirect("grants:award", pk=award.pk)


@require_POST
@of_award(*MAY_RELEASE)
@access.fresh
def award_release(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Treasurers may who did nothing else for it: write down what the bank did."""
    row = get_object_or_404(award.disbursements, number=number)
    places = disbursements.bank_accounts(award.entity_id)
    form = ReleaseForm(award.currency, places, request.POST)
    if not form.is_valid():
        return _page(request, award, number, release=form, status=422)
    try:
        disbursements.release(
            disbursement_id=row.pk,
            bank_sha256=form.cleaned_data["bank_sha256"],
            payment=form.payment(),
            by=access.person(request),
        )
    except Refused as refusal:
        return _page(request, award, number, release=form, refusal=refusal.sentence, status=409)
    messages.success(request, _("Released. A mail tells the applicant."))
    return redirect("grants:award", pk=award.pk)


@require_POST
@of_award(*MAY_DECLINE)
@access.fresh
def award_decline(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Officers, chairs and treasurers may: turn a payment down that has not left."""
    row = get_object_or_404(award.disbursements, number=number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, award, number, why=form, status=422)
    try:
        disbursements.decline(
            disbursement_id=row.pk, why=form.cleaned_data["why"], by=access.person(request)
        )
    except Refused as refusal:
        return _page(request, award, number, why=form, refusal=refusal.sentence, status=409)
    messages.success(request, _("Declined. A mail tells the applicant why."))
    return redirect("grants:award", pk=award.pk)


def _page(
    request: HttpRequest, award: Award, number: int, *, status: int = 200, **said: object
) -> HttpResponse:
    """The page of a payment; `said` are forms and a refusal that it shows again."""
    rows = award.disbursements.select_related(
        "bank_details__entered_by", "requested_by", "checked_by", "released_by"
    )
    row = get_object_or_404(rows, number=number)
    row.award = award
    payment = payment_steps.shown(row, access.person(request), access.effective(request))
    details = row.bank_details
    context = {
        "award": award,
        "work": award.application.project,
        "zone": award.entity.zone,
        "payment": payment,
        "details": details,
        # The whole account for whoever is about to answer for it, and for nobody else.
        "account": bank_details.shown(details) if payment.todo else bank_details.masked(details),
        "looks": screenings.of(details),
        "release": _release(award, row),
        "why": ReasonForm(),
    }
    return render(request, "grants/award_payment.html", context | said, status=status)


def _release(award: Award, row: Disbursement) -> ReleaseForm:
    amount = Money(row.amount_minor, award.currency)
    start: dict[str, object] = {
        "bank_sha256": row.bank_sha256,
        "paid_on": clock.today(award.entity.zone),
        "sent": amount.plain(),
        "sent_currency": award.currency,
        "fee": Money(0, award.currency).plain(),
    }
    places = disbursements.bank_accounts(award.entity_id)
    return ReleaseForm(award.currency, places, initial=start)


def _sent(row: Disbursement) -> Money | None:
    return None if row.sent_minor is None else Money(row.sent_minor, row.sent_currency)


def _fee(row: Disbursement) -> Money | None:
    return None if row.fee_minor is None else Money(row.fee_minor, row.award.currency)
