"""A giver's own page of Gift Aid: what was declared, and the end of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from donors.forms.giftaid import TaxpayerForm
from donors.giftaid import declarations as rules
from donors.models import Channel, Gift, Scope
from funding import clock
from funding.errors import Refused
from funding.users import access, guests


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def declarations(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: what they declared with their verified addresses, and more."""
    given = _given(request)
    if request.method != "POST" or given is None:
        return _page(request, given, TaxpayerForm())
    form, status = TaxpayerForm(request.POST), 422
    if form.is_valid():
        try:
            _declare(request, given, form)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
        else:
            messages.success(request, _("It covers four years back and all to come."))
            return redirect("donors:declarations")
    return _page(request, given, form, status=status)


@require_POST
@access.signed_in
def declaration_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever declared may, once their address is verified: end it for later gifts."""
    found = get_object_or_404(rules.of_addresses(_addresses(request)), pk=pk)
    rules.cancel(declaration_id=found.pk, actor=access.actor_of(request))
    messages.success(request, _("Your declaration ends today. Gifts from before stay covered."))
    return redirect("donors:declarations")


def _declare(request: HttpRequest, gift: Gift, form: TaxpayerForm) -> None:
    rules.declare(
        donor_id=gift.donor_id,
        entity_id=gift.entity_id,
        scope=Scope.ALL,
        taxpayer=form.taxpayer(),
        channel=Channel.ACCOUNT,
        given_on=clock.today(gift.entity.zone),
        actor=access.actor_of(request),
    )


def _addresses(request: HttpRequest) -> list[str]:
    return guests.verified(access.person(request))


def _given(request: HttpRequest) -> Gift | None:
    """The person's latest received gift to a body that claims Gift Aid."""
    return rules.latest_gift(_addresses(request))


def _page(
    request: HttpRequest, given: Gift | None, form: TaxpayerForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "rows": rules.of_addresses(_addresses(request)),
        "given": given,
        "form": form,
        "wording": rules.wording(given.entity, Scope.ALL) if given else "",
    }
    return render(request, "donors/declarations.html", context, status=status)
