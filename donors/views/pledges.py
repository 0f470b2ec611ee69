"""A donor's own page of a pledge, and the pages on which it is changed, paused and ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from donors import changes, methods, pledge_mails, pledges, turns
from donors.forms import pledges as forms
from donors.models import ChangeKind, ChangeState, Pledge, PledgeChange, PledgeState
from donors.views import pledge_told as told
from funding import limits
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.users import access, guests

_Ask = Callable[[Pledge, dict[str, Any], str], PledgeChange]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a donor may do: its form, its rule, and what is said when it is done."""

    form: type[forms.StepForm]
    ask: _Ask
    done: Any


def _amount(pledge: Pledge, data: dict[str, Any], actor: str) -> PledgeChange:
    return changes.change_amount(
        pledge_id=pledge.pk,
        amount=data["amount"],
        covers=data["cover"],
        rhythm=data.get("rhythm"),
        actor=actor,
    )


def _retry(pledge: Pledge, _data: dict[str, Any], actor: str) -> PledgeChange:
    limits.check(limits.CARD_BY_PLEDGE, str(pledge.uuid))
    return changes.retry(pledge_id=pledge.pk, actor=actor)


# By the last word of the address.
STEPS: Final[dict[str, Step]] = {
    "amount": Step(forms.AmountForm, _amount, gettext_lazy("The new sum stands.")),
    "rhythm": Step(forms.RhythmForm, _amount, gettext_lazy("The new rhythm stands.")),
    "day": Step(
        forms.DayForm,
        lambda pledge, data, actor: changes.change_day(
            pledge_id=pledge.pk, day=data["day"], actor=actor
        ),
        gettext_lazy("The new day stands."),
    ),
    "fund": Step(
        forms.FundForm,
        lambda pledge, data, actor: changes.change_split(
            pledge_id=pledge.pk, lines=data["lines"], actor=actor
        ),
        gettext_lazy("The new fund stands."),
    ),
    "skip": Step(
        forms.StepForm,
        lambda pledge, _data, actor: changes.skip(pledge_id=pledge.pk, actor=actor),
        gettext_lazy("The next gift is left out."),
    ),
    "pause": Step(
        forms.PauseForm,
        lambda pledge, data, actor: changes.pause(
            pledge_id=pledge.pk, until=data["day"], actor=actor
        ),
        gettext_lazy("Your gifts are paused."),
    ),
    "resume": Step(
        forms.StepForm,
        lambda pledge, _data, actor: changes.resume(pledge_id=pledge.pk, actor=actor),
        gettext_lazy("The pause is over."),
    ),
    "retry": Step(
        forms.StepForm,
        _retry,
        gettext_lazy("The bank was asked once more."),
    ),
    "end": Step(
        forms.StepForm,
        lambda pledge, _data, actor: changes.end(pledge_id=pledge.pk, actor=actor),
        gettext_lazy("Ended. Nothing more is taken. Thank you for what you gave."),
    ),
}


@never_cache
@require_safe
@access.signed_in
def pledge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: how it stands, and what was changed."""
    found = _found(request, uuid)
    if "card" in request.GET:
        told.say(told.came_of_card(found, request.GET["card"]), request)
        return redirect("donors:pledge", uuid=uuid)
    rows = told.instalments_of(found)
    context = told.facts(found) | {
        "instalments": rows,
        "unpaid": told.unpaid(found, rows),
        "changes": told.changes_of(found),
        "waits": found.changes.filter(state=ChangeState.ASKED).first(),
        "follower": found.followers.exclude(state=PledgeState.LEFT).first(),
        "again_url": reverse("donors:pledge_again", kwargs={"uuid": uuid}),
    }
    return render(request, "donors/pledge.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def pledge_change(request: HttpRequest, uuid: UUID, what: str) -> HttpResponse:
    """Whoever gave may, once their address is verified: one step, said before it is done."""
    found, step = _found(request, uuid), STEPS.get(what)
    if step is None:
        raise Http404
    if not found.is_running:
        messages.info(request, changes.not_running())
        return redirect("donors:pledge", uuid=uuid)
    if request.method != "POST":
        return _page(request, found, what, step.form(found, query=request.GET.dict()))
    form = step.form(found, request.POST)
    if not form.is_valid():
        return _page(request, found, what, form, status=422)
    try:
        asked = step.ask(found, form.cleaned_data, access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, found, what, form, status=409)
    return _made(request, found, what, form, turns.make(asked.pk))


def _made(
    request: HttpRequest, found: Pledge, what: str, form: forms.StepForm, change: PledgeChange
) -> HttpResponse:
    """Say what came of it: done, on its way, or refused with the form as it was sent."""
    if change.state == ChangeState.REFUSED:
        form.add_error(None, told.why_not(change))
        found = _found(request, found.uuid)
        return _page(request, found, what, form, status=409)
    if change.state == ChangeState.ASKED:
        messages.info(request, told.not_yet())
    elif change.kind == ChangeKind.RETRY:
        told.say(told.came_of_retry(change), request)
    else:
        messages.success(request, STEPS[what].done)
    return redirect("donors:pledge", uuid=found.uuid)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def pledge_card(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: give another card or account."""
    found = _found(request, uuid)
    if request.method != "POST":
        return _page(request, found, "card", forms.StepForm(found))
    form, here = forms.StepForm(found, request.POST), pledge_mails.page_of(found)
    limits.check(limits.CARD_BY_PLEDGE, str(found.uuid))
    try:
        return_url, actor = f"{settings.SITE_URL}{here}", access.actor_of(request)
        page = methods.new_method(pledge_id=found.pk, actor=actor, return_url=return_url)
    except changes.NotRunning as refusal:
        messages.info(request, refusal.sentence)
        return redirect(here)
    except (Unreachable, Missing, Rejected):
        form.add_error(None, told.no_page())
        return _page(request, found, "card", form, status=503)
    return HttpResponseRedirect(page, status=303)


def _found(request: HttpRequest, uuid: UUID) -> Pledge:
    own = pledges.of_addresses(guests.verified(access.person(request)))
    return get_object_or_404(own, uuid=uuid)


def _page(
    request: HttpRequest, found: Pledge, what: str, form: forms.StepForm, *, status: int = 200
) -> HttpResponse:
    context = told.facts(found) | told.proposals(found) | {"what": what, "form": form}
    if status != 200:
        context["refusal"] = _("Nothing was changed, and nothing you wrote is lost.")
    return render(request, "donors/pledge_change.html", context, status=status)
