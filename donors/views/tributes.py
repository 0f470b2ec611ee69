"""A giver's own page of a card, and the page on which its reader says that none is wanted."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST

from donors import cards, tributes
from donors.forms.tributes import CardForm
from donors.models import CardState, Tribute
from funding import limits
from funding.errors import Refused
from funding.users import access, guests


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def tribute(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: how the card stands, and change it."""
    found = _found(request, uuid)
    if request.method != "POST" or found.card != CardState.WAITING:
        status = 200 if request.method != "POST" else 409
        return _page(request, found, CardForm(found), status=status)
    form = CardForm(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    dedication = form.dedication()
    assert dedication is not None
    actor = access.actor_of(request)
    try:
        tributes.change(tribute_id=found.pk, dedication=dedication, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, _found(request, uuid), form, status=409)
    messages.success(request, _("The card is changed."))
    return redirect("donors:tribute", uuid=uuid)


@require_POST
@access.signed_in
def tribute_stop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: send no card."""
    found = _found(request, uuid)
    try:
        tributes.stop(tribute_id=found.pk, actor=access.actor_of(request))
    except Refused as refusal:
        messages.info(request, refusal.sentence)
    else:
        messages.success(request, _("No card is sent. The address is forgotten."))
    return redirect("donors:tribute", uuid=uuid)


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def tribute_refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a card may, for as long as it is good."""
    found = cards.of_link(token)
    if found is None:
        return render(request, "donors/pledge_gone.html", status=410)
    if request.method == "POST":
        cards.refuse(found)
    context = {"is_done": request.method == "POST"}
    return render(request, "donors/tribute_refuse.html", context)


def _found(request: HttpRequest, uuid: UUID) -> Tribute:
    own = tributes.of_addresses(guests.verified(access.person(request)))
    return get_object_or_404(own, uuid=uuid)


def _page(
    request: HttpRequest, found: Tribute, form: CardForm, *, status: int = 200
) -> HttpResponse:
    context = {"tribute": found, "form": form, "why": cards.why_not(found)}
    return render(request, "donors/tribute.html", context, status=status)
