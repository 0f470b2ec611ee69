"""Whether a name is shown with a gift: its giver's own page, and what the fund does not show."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from donors import pledges, public_names
from donors.forms.names import NameForm, values_of
from donors.models import Gift, Pledge
from funding.errors import Refused
from funding.money import Money
from funding.users import access, guests
from funding.users.models import Role


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def gift_name(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: show a name with the gift, or none."""
    own = Gift.objects.filter(donor__email__in=guests.verified(access.person(request)))
    found = get_object_or_404(own.select_related("entity"), uuid=uuid)
    return _choose(request, found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def pledge_name(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gives may, once their address is verified: the name with each gift to come."""
    own = pledges.of_addresses(guests.verified(access.person(request)))
    return _choose(request, get_object_or_404(own, uuid=uuid))


def _choose(request: HttpRequest, thing: Gift | Pledge) -> HttpResponse:
    form = NameForm(initial=values_of(public_names.shown_of(thing)))
    if request.method != "POST":
        return _page(request, thing, form)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, thing, form, status=422)
    try:
        public_names.choose(thing=thing, shown=form.public_name(), actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, thing, form, status=409)
    said = _("Your name is shown.") if form.public_name() else _("No name is shown.")
    messages.success(request, said)
    return redirect(request.path)


def _page(
    request: HttpRequest, thing: Gift | Pledge, form: NameForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "gift": thing if isinstance(thing, Gift) else None,
        "pledge": thing if isinstance(thing, Pledge) else None,
        "sum": Money(thing.amount_minor, thing.currency),
        "zone": thing.entity.zone,
        "chosen": public_names.of(thing),
        "history": public_names.history(thing)[:50],
    }
    return render(request, "donors/gift_name.html", context, status=status)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_name_bar(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: show no name with this gift, and say why."""
    found = get_object_or_404(Gift, uuid=uuid)
    why, actor = request.POST.get("why", ""), access.actor_of(request)
    public_names.bar(gift_id=found.pk, why=why, actor=actor)
    messages.success(request, _("The name is gone from the public pages."))
    return redirect("donors:gift", uuid=uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_name_allow(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: let whoever gave choose a name again."""
    found = get_object_or_404(Gift, uuid=uuid)
    public_names.allow(gift_id=found.pk, actor=access.actor_of(request))
    messages.success(request, _("Whoever gave may choose again."))
    return redirect("donors:gift", uuid=uuid)
