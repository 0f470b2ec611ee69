"""The treasurer finds a gift, reads all that is known of it, and gives it back."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import benefits, finding, receipts
from donors import refunds as rules
from donors.forms.treasury import BenefitForm, GiftFilters, RefundForm
from donors.models import Gift, Receipt, RefundState
from donors.views import told
from funding import clock, lists
from funding.errors import Refused
from funding.lists import Column
from funding.money import Money
from funding.users import access
from funding.users.models import Role

COLUMNS = [
    Column[Gift]("reference", lambda gift: str(gift.uuid)),
    Column[Gift]("promised_at", lambda gift: gift.created_at),
    Column[Gift]("received_at", lambda gift: gift.settled_at),
    Column[Gift]("state", lambda gift: gift.state),
    Column[Gift]("name", lambda gift: gift.donor_name),
    Column[Gift]("email", lambda gift: gift.donor.email),
    Column[Gift]("funds", lambda gift: "; ".join(line.fund.name for line in gift.lines.all())),
    Column[Gift]("currency", lambda gift: gift.currency),
    Column[Gift]("gift", lambda gift: Money(gift.amount_minor, gift.currency)),
    Column[Gift]("cover", lambda gift: Money(gift.cover_minor, gift.currency)),
    Column[Gift]("given_back", lambda gift: Money(gift.refunded_minor, gift.currency)),
    Column[Gift]("taken_back", lambda gift: Money(gift.withdrawn_minor, gift.currency)),
    Column[Gift]("value_currency", lambda gift: gift.value_currency),
    Column[Gift]("value", lambda gift: told.value(gift)),
    Column[Gift]("fee", lambda gift: told.fee(gift)),
    Column[Gift]("receipts", lambda gift: told.papers(gift)),
    Column[Gift]("method", lambda gift: gift.method),
    Column[Gift]("expected_on", lambda gift: gift.expected_on if gift.is_processing else None),
    Column[Gift]("mandate", lambda gift: gift.mandate_reference),
    Column[Gift]("payment_intent", lambda gift: gift.payment_intent),
    Column[Gift]("charge", lambda gift: gift.charge),
    Column[Gift]("balance_transaction", lambda gift: gift.balance_transaction),
    Column[Gift]("checkout", lambda gift: gift.checkout),
]


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gifts(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every gift, found by whatever somebody quotes of it."""
    form = GiftFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        whole = finding.whole(rows).iterator(chunk_size=500)
        return lists.file(f"gifts-{clock.today('UTC').isoformat()}", COLUMNS, whole)
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, finding.whole(rows)),
        "sums": finding.sums_of_gifts(rows),
        "query": lists.query(request),
    }
    return render(request, "donors/gifts.html", context)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: all that is known of one gift."""
    found = get_object_or_404(_whole(), uuid=uuid)
    left = Money(rules.left_of(found), found.currency)
    return _page(request, found, RefundForm.opening(left))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_refund(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may; above the limit it waits for another one of them."""
    found = get_object_or_404(_whole(), uuid=uuid)
    form = RefundForm(found.currency, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        made = rules.request(
            gift_id=found.pk,
            amount_minor=form.cleaned_data["amount"].minor,
            reason=form.cleaned_data["reason"],
            actor=access.actor_of(request),
            token=form.cleaned_data["token"],
            keeps_pledge=form.cleaned_data["keeps_pledge"],
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, found, form, status=409)
    waits = made.state == RefundState.PROPOSED
    messages.success(request, told.proposed() if waits else told.asked_for(found))
    return redirect("donors:gift", uuid=uuid)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_benefit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: say what the giver got in return."""
    found = get_object_or_404(_whole(), uuid=uuid)
    if request.method != "POST":
        context = {"gift": found, "form": BenefitForm(found)}
        return render(request, "donors/gift_benefit.html", context)
    form, status = BenefitForm(found, request.POST), 422
    if form.is_valid():
        worth, words = form.cleaned_data["worth"].minor, form.cleaned_data["words"]
        actor = access.actor_of(request)
        try:
            benefits.value(gift_id=found.pk, benefit_minor=worth, words=words, actor=actor)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
        else:
            messages.success(request, _("The receipt says so from now on."))
            return redirect("donors:gift", uuid=uuid)
    context = {"gift": found, "form": form}
    return render(request, "donors/gift_benefit.html", context, status=status)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: the frozen bytes of any receipt, void ones too."""
    del request
    document = get_object_or_404(_papers(), pk=pk).document
    if document is None or document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: mail the donor a copy of the same bytes."""
    receipt = get_object_or_404(_papers(), pk=pk)
    receipts.resend(receipt_id=receipt.pk, actor=access.actor_of(request))
    messages.success(request, _("A copy is on its way to the donor’s mailbox."))
    return redirect("donors:gift", uuid=receipt.gift.uuid)


def _whole() -> QuerySet[Gift]:
    return finding.whole(Gift.objects.all())


def _papers() -> QuerySet[Receipt]:
    rows = Receipt.objects.filter(document__isnull=False)
    return rows.select_related("document", "gift")


def _page(
    request: HttpRequest, found: Gift, form: RefundForm, *, status: int = 200
) -> HttpResponse:
    context = told.whole(found) | {"form": form, "me": access.actor_of(request)}
    return render(request, "donors/gift.html", context, status=status)
