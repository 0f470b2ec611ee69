"""Pages of another e-mail address: asked for on the account, confirmed from both mailboxes."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST

from donors import email_changes
from donors.forms.emails import EmailForm
from donors.models import EmailChange, EmailChangeState
from funding import limits
from funding.errors import Refused
from funding.limits import Brake
from funding.users import access, guests

BY_PERSON: Final = Brake("email-change-person", 10, 86_400)
# Nobody is to be written to again and again because somebody types their address.
BY_ADDRESS: Final = Brake("email-change-address", 5, 86_400)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
@access.fresh
def email_change(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in and has just shown so may: ask for another address."""
    user = access.person(request)
    form = EmailForm(guests.verified(user), request.POST or None)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    limits.check(BY_PERSON, str(user.pk))
    limits.check(BY_ADDRESS, form.cleaned_data["new"].lower())
    try:
        email_changes.ask(
            user=user,
            old_email=form.cleaned_data["old"],
            new_email=form.cleaned_data["new"],
            language=get_language() or "en",
        )
    except Refused as refusal:
        form.add_error("new", refusal.sentence)
        return _page(request, form, status=409)
    messages.success(request, _("We have written to both addresses."))
    return redirect("donors:email_change")


@require_POST
@access.signed_in
def email_withdraw(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: leave their address as it is."""
    email_changes.withdraw(user=access.person(request), actor=access.actor_of(request))
    messages.success(request, _("Your address stays as it is."))
    return redirect("account")


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may, for as long as it is good."""
    found = email_changes.read(token)
    if found is None:
        return render(request, "donors/email_gone.html", status=410)
    change, side = found
    if request.method == "POST":
        change = email_changes.confirm(
            change_id=change.pk, side=side, language=get_language() or "en"
        )
    if change.state == EmailChangeState.ENDED:
        return render(request, "donors/email_gone.html", status=410)
    context = {"change": change, "token": token, "has_said": _has_said(change, side)}
    return render(request, "donors/email_confirm.html", context)


def _has_said(change: EmailChange, side: str) -> bool:
    at = change.old_confirmed_at if side == email_changes.OLD else change.new_confirmed_at
    return at is not None


def _page(request: HttpRequest, form: EmailForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "open": email_changes.open_of(access.person(request))}
    return render(request, "donors/email_change.html", context, status=status)
