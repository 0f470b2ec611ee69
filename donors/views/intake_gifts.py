"""Gifts entered by hand: made, taken back, and paid back by bank."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from donors import donors
from donors.forms.intake import GiftForm, PaidForm, WhyForm
from donors.intake import offline, returns
from donors.models import Gift, Refund
from donors.views import told
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_gift(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: enter a gift that came by bank, cheque or in cash."""
    form = GiftForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "donors/intake_gift.html", {"form": form}, status=status)
    try:
        gift = _record(form, access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "donors/intake_gift.html", {"form": form}, status=409)
    messages.success(request, told.entered(gift))
    return redirect("donors:gift", uuid=gift.uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_mistake(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: take back a gift that was entered by mistake."""
    gift = get_object_or_404(Gift, uuid=uuid)
    form = WhyForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    offline.take_back(gift_id=gift.pk, why=why, actor=access.actor_of(request))
    messages.success(request, _("Taken back. Its receipt is void."))
    return redirect("donors:gift", uuid=uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def refund_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: note that a refund left our bank account."""
    refund = get_object_or_404(Refund.objects.select_related("gift"), pk=pk)
    form = PaidForm(request.POST)
    if form.is_valid():
        form.read("value", refund.gift.value_currency or refund.gift.currency)
    if form.errors:
        raise Refused(_("Write the day, the account and the bank’s reference of the payment."))
    told = form.cleaned_data
    returns.paid(
        refund_id=refund.pk,
        place=told["place"].pk,
        paid_on=told["paid_on"],
        reference=told["reference"],
        value=told["value"],
        actor=access.actor_of(request),
    )
    messages.success(request, _("Noted and booked."))
    return redirect("donors:gift", uuid=refund.gift.uuid)


def _record(form: GiftForm, actor: str) -> Gift:
    told = form.cleaned_data
    if known := Gift.objects.filter(form_token=told["token"]).first():
        return offline.record(slip=form.slip(known.donor), actor=actor)
    donor = donors.find_or_create(name=told["name"], email=told["email"], language="en")
    return offline.record(slip=form.slip(donor), actor=actor)
