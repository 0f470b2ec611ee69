"""What waits for the person who has signed in, and whether it is mailed to them once a day."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import clock, limits, waits
from funding.site import inbox_mails
from funding.users import access, zones
from funding.users.models import User


class InboxForm(forms.Form):
    """A place on the clock, and whether the mail is wanted."""

    zone = forms.ChoiceField(
        label=gettext_lazy("Your place on the clock"),
        error_messages={"invalid_choice": gettext_lazy("Choose a place from the list.")},
    )
    is_mailed = forms.BooleanField(
        required=False,
        label=gettext_lazy("Mail me in the morning when something new waits, once a day at most"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as Django's forms
        super().__init__(*args, **kwargs)
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in zones.names()]


@never_cache
@require_safe
@access.signed_in
def inbox(request: HttpRequest) -> HttpResponseBase:
    """Whoever has signed in may; with a role only after the second step, as for its pages."""
    if access.held(request) and not access.has_factor(request):
        return access.to_factor(request)
    return _page(request, _blank(access.person(request)))


@require_POST
@access.signed_in
def inbox_choice(request: HttpRequest) -> HttpResponseBase:
    """Whoever has signed in may: choose a place on the clock, and whether the mail is wanted."""
    if access.held(request) and not access.has_factor(request):
        return access.to_factor(request)
    form = InboxForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    zones.choose(user=access.person(request), **form.cleaned_data)
    messages.success(request, _("Kept."))
    return redirect("inbox")


# Mail programs send the form themselves (RFC 8058), without a page of ours and so without its
# token; the signature in the address says whose mails they are.
@csrf_exempt
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def inbox_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may. Looking stops nothing: mail scanners follow links."""
    user = inbox_mails.person_of(token)
    if user is None:
        return render(request, "site/inbox_stop.html", {"is_gone": True}, status=410)
    if request.method == "POST":
        inbox_mails.stop(user)
    return render(request, "site/inbox_stop.html", {"is_done": request.method == "POST"})


def _blank(user: User) -> InboxForm:
    wanted = inbox_mails.is_wanted(user)
    return InboxForm(initial={"zone": zones.of(user).key, "is_mailed": wanted})


def _page(request: HttpRequest, form: InboxForm, *, status: int = 200) -> HttpResponse:
    found = waits.for_user(access.person(request))
    week_ago = clock.now() - dt.timedelta(days=7)
    context = {
        "count": len(found),
        "older": [wait for wait in found if wait.since < week_ago],
        "newer": [wait for wait in found if wait.since >= week_ago],
        "form": form,
    }
    return render(request, "site/inbox.html", context, status=status)
