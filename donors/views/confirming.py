"""The page that the mailed link opens: a gift goes on to its payment page."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from donors.brake import gate
from donors.models import Origin
from funding import limits
from funding.errors import Refused
from funding.gateway.client import Rejected, Unreachable


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def give_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of the mail may, for two hours. Opening it does nothing yet."""
    origin = gate.found(token)
    if origin is None:
        return render(request, "donors/give_confirm.html", {"origin": None}, status=410)
    if request.method != "POST":
        return _page(request, origin, token)
    try:
        address = gate.confirm(origin_id=origin.pk)
    except (Unreachable, Rejected):
        sentence = _("The payment page cannot be reached at the moment. Nothing was taken.")
        return _page(request, origin, token, refusal=sentence, status=503)
    except Refused as refusal:
        return _page(request, origin, token, refusal=refusal.sentence, status=409)
    return HttpResponseRedirect(address, status=303)


def _page(
    request: HttpRequest, origin: Origin, token: str, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "origin": origin,
        "given": gate.given_of(origin),
        "token": token,
        "refusal": refusal,
    }
    return render(request, "donors/give_confirm.html", context, status=status)
