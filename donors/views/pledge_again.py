"""The page on which a regular gift that ended is begun again, signed in or by a mailed link."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from donors import comebacks, pledge_mails, pledges
from donors.forms.giving import read_uuid
from donors.models import Pledge, PledgeState
from donors.models.pledges import RUNNING
from donors.views import pledge_told as told
from funding import limits
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.mail import links
from funding.users import access, guests


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def pledge_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: begin it again."""
    own = pledges.of_addresses(guests.verified(access.person(request)))
    found = comebacks.newest(get_object_or_404(own, uuid=uuid))
    if found.state != PledgeState.ENDED:
        return _to_where_it_is(found, found)
    if not comebacks.can(found):
        return HttpResponseRedirect(pledge_mails.again_url(found))
    here = reverse("donors:pledge_again", kwargs={"uuid": uuid})
    return _page_or_begin(request, found, here, access.actor_of(request))


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def pledge_again_link(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may, for as long as it is good: begin that one again."""
    found = _of_link(token)
    if found is None:
        return render(request, "donors/pledge_gone.html", status=410)
    found = comebacks.newest(found)
    if found.state != PledgeState.ENDED:
        return _to_where_it_is(found, None)
    if not comebacks.can(found):
        return HttpResponseRedirect(pledge_mails.again_url(found))
    here = reverse("donors:pledge_again_link", kwargs={"token": token})
    return _page_or_begin(request, found, here, f"donor:{found.donor_id}", is_by_link=True)


def _of_link(token: str) -> Pledge | None:
    signed = links.read(pledge_mails.AGAIN, token, lives=pledge_mails.LINK_LIVES)
    uuid = read_uuid(signed or "")
    rows = Pledge.objects.filter(state=PledgeState.ENDED)
    rows = rows.select_related("fund", "entity", "donor")
    return rows.filter(uuid=uuid).first() if uuid else None


def _page_or_begin(
    request: HttpRequest, found: Pledge, here: str, actor: str, *, is_by_link: bool = False
) -> HttpResponse:
    # The form says of which one it speaks: sent once more after that one ended too, it begins
    # nothing, and shows what there is now.
    if request.method != "POST" or request.POST.get("of") != str(found.uuid):
        return _page(request, found, here)
    limits.check(limits.CARD_BY_PLEDGE, str(found.uuid))
    try:
        begun = comebacks.begin(pledge_id=found.pk, actor=actor)
    except (Unreachable, Missing, Rejected):
        messages.info(request, told.not_yet())
        return _to_where_it_is(comebacks.newest(found), None)
    except Refused as refusal:
        return _page(request, found, here, refusal=refusal.sentence, status=409)
    if begun.state == PledgeState.BEHIND:
        messages.warning(request, _("Your bank did not say yes. Nothing was taken so far."))
    return _to_where_it_is(begun, None if is_by_link else found)


def _to_where_it_is(begun: Pledge, seen_by_owner: Pledge | None) -> HttpResponse:
    """To the page for a card, for putting it right, or of thanks."""
    if begun.state == PledgeState.STARTED and begun.checkout_url:
        return HttpResponseRedirect(begun.checkout_url, status=303)
    if begun.state == PledgeState.BEHIND:
        if seen_by_owner is not None:
            return redirect("donors:pledge", uuid=begun.uuid)
        token = links.sign(pledge_mails.REPAIR, str(begun.uuid))
        return redirect("donors:pledge_repair", token=token)
    return HttpResponseRedirect(pledges.thanks_url(begun), status=303)


def _page(
    request: HttpRequest, found: Pledge, here: str, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    same = Pledge.objects.filter(donor=found.donor_id, fund=found.fund_id, state__in=RUNNING)
    context = told.facts(found) | {
        "here": here,
        "is_saved": comebacks.is_saved(found),
        "has_other": same.exists(),
        "form_url": pledge_mails.again_url(found),
        "refusal": refusal,
    }
    return render(request, "donors/pledge_again.html", context, status=status)
