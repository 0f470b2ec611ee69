"""The page that a link in a mail opens without signing in: put a regular gift right.

It shows no name, no address and no history, and whoever holds the link can do nothing but
help to pay. The site's policy tells browsers to name its pages to no other site, so that the
link in the address stays here. It is not 'no-referrer': a form sent from such a page comes
without its origin, and would be taken for forged.
"""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from donors import changes, instalments, methods, pledge_mails, turns
from donors.forms.giving import read_uuid
from donors.models import ChangeState, Pledge
from donors.views import pledge_told as told
from funding import limits
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.mail import links


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def pledge_repair(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may, for as long as it is good."""
    found = _found(token)
    if found is None:
        return render(request, "donors/pledge_gone.html", status=410)
    if "card" in request.GET:
        told.say(told.came_of_card(found, request.GET["card"]), request)
        return redirect("donors:pledge_repair", token=token)
    if request.method != "POST":
        return _page(request, found, token)
    limits.check(limits.CARD_BY_PLEDGE, str(found.uuid))
    if request.POST.get("do") == "retry":
        return _retry(request, found, token)
    return _to_card(request, found, token)


def _retry(request: HttpRequest, found: Pledge, token: str) -> HttpResponse:
    try:
        asked = changes.retry(pledge_id=found.pk, actor=_actor(found))
    except Refused as refusal:
        return _page(request, found, token, refusal=refusal.sentence, status=409)
    change = turns.make(asked.pk)
    if change.state == ChangeState.REFUSED:
        return _page(request, found, token, refusal=told.why_not(change), status=409)
    if change.state == ChangeState.ASKED:
        messages.info(request, told.not_yet())
    else:
        told.say(told.came_of_retry(change), request)
    return redirect("donors:pledge_repair", token=token)


def _to_card(request: HttpRequest, found: Pledge, token: str) -> HttpResponse:
    here = reverse("donors:pledge_repair", kwargs={"token": token})
    try:
        page = methods.new_method(
            pledge_id=found.pk, actor=_actor(found), return_url=f"{settings.SITE_URL}{here}"
        )
    except changes.NotRunning as refusal:
        return _page(request, found, token, refusal=refusal.sentence, status=409)
    except (Unreachable, Missing, Rejected):
        return _page(request, found, token, refusal=told.no_page(), status=503)
    return HttpResponseRedirect(page, status=303)


def _found(token: str) -> Pledge | None:
    told_uuid = links.read(pledge_mails.REPAIR, token, lives=pledge_mails.LINK_LIVES)
    uuid = read_uuid(told_uuid or "")
    rows = Pledge.objects.filter(began_at__isnull=False).select_related("fund", "entity")
    return rows.filter(uuid=uuid).first() if uuid else None


def _actor(found: Pledge) -> str:
    return f"donor:{found.donor_id}"


def _page(
    request: HttpRequest, found: Pledge, token: str, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    open_one = instalments.open_of(found)
    context = told.facts(found) | {
        "unpaid": told.unpaid(found, [open_one] if open_one else []),
        "again_url": pledge_mails.again_url(found),
        "refusal": refusal,
        "token": token,
    }
    return render(request, "donors/pledge_repair.html", context, status=status)
