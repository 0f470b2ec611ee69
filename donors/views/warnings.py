"""Early warnings of fraud: give the gift back before it becomes a dispute, or keep it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import refunds
from donors import warnings as rules
from donors.forms.disputes import WhyForm
from donors.models import EarlyWarning, WarningState
from funding.errors import Refused
from funding.money import Money
from funding.users import access, actors
from funding.users.models import Role, User
from funding.waits import Wait


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def warning(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: what an issuer warns of, and what can be done."""
    return _page(request, _found(uuid), WhyForm())


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def warning_refund(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: give back all that is left of the gift."""
    return _decided(request, uuid, rules.refund, _("It is given back."))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def warning_keep(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: keep the gift and risk a dispute."""
    return _decided(request, uuid, rules.keep, _("It is kept."))


def _decided(
    request: HttpRequest, uuid: UUID, rule: Callable[..., EarlyWarning], said: str
) -> HttpResponse:
    found, form = _found(uuid), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        rule(warning_id=found.pk, why=form.cleaned_data["why"], actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, found, form, status=409)
    messages.success(request, said)
    return redirect("donors:gift", uuid=found.gift.uuid)


def waiting(_user: User) -> list[Wait]:
    """What waits for a treasurer: warnings on which nobody has decided."""
    rows = EarlyWarning.objects.filter(state=WarningState.OPEN).select_related("gift")
    return [
        Wait(
            title=_("Is the gift of %s fraud?") % row.gift.gross.text(),
            url=reverse("donors:warning", kwargs={"uuid": row.uuid}),
            sentence=_(
                "The card’s bank warns of it. Given back now it costs no fee; a dispute would."
            ),
            since=row.warned_at,
            state=_("to decide"),
        )
        for row in rows.order_by("pk")
    ]


def _found(uuid: UUID) -> EarlyWarning:
    rows = EarlyWarning.objects.select_related("gift__donor", "gift__entity")
    return get_object_or_404(rows, uuid=uuid)


def _page(
    request: HttpRequest, found: EarlyWarning, form: WhyForm, *, status: int = 200
) -> HttpResponse:
    gift = found.gift
    names = [found.decided_by] if found.decided_by else []
    context = {
        "warning": found,
        "gift": gift,
        "zone": gift.entity.zone,
        "left": Money(refunds.left_of(gift), gift.currency),
        "is_open": found.state == WarningState.OPEN,
        "decided_by": actors.names(names).get(found.decided_by, ""),
        "form": form,
    }
    return render(request, "donors/warning.html", context, status=status)
