"""Who may see a page: decorators for views, and what a session has proved.

A role counts only in a session that has shown a second factor. That a factor is enrolled says
nothing about the person at the keyboard, so the record of this very session decides.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import urlencode

from funding.users import factors, roles
from funding.users.models import User
from funding.users.roles import Role

# How a session shows that it holds more than the way into a mailbox.
FACTOR: Final = "mfa"
# A code that was mailed: at sign-in, or by us before something that moves money.
MAILED: Final = frozenset({"code", "confirmed"})


def person(request: HttpRequest) -> User:
    """The signed-in person, on pages that only such people reach."""
    assert isinstance(request.user, User)
    return request.user


def actor_of(request: HttpRequest) -> str:
    """The person as journals and logs name them: 'user:7'."""
    return f"user:{person(request).pk}"


def held(request: HttpRequest) -> frozenset[Role]:
    """The roles that the person holds today, whatever this session has proved."""
    # Asked several times for one page, and it changes at midnight and not between.
    if "ROLES_HELD" not in request.META:
        request.META["ROLES_HELD"] = roles.current(request.user)
    known: frozenset[Role] = request.META["ROLES_HELD"]
    return known


def effective(request: HttpRequest) -> frozenset[Role]:
    """The roles that count in this session: none without its second factor."""
    return held(request) if has_factor(request) else frozenset()


def may(request: HttpRequest, *wanted: Role) -> bool:
    """Whether any of these roles counts in this session."""
    return bool(effective(request) & set(wanted))


def has_factor(request: HttpRequest) -> bool:
    """Whether this session, of this person, has shown a second factor."""
    return any(record.get("method") == FACTOR for record in _records(request))


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved within the last five minutes that it is still them.

    With a factor only the factor counts; without one a mailed code does. allauth's own answer
    is yes for ever to someone who has neither factor nor password, which is everybody here
    who is not staff.
    """
    methods = {FACTOR} if factors.has_any(person(request)) else MAILED
    times = [row["at"] for row in _records(request) if row.get("method") in methods]
    # The records are allauth's and carry the machine's time, whatever day our clock shows.
    return bool(times) and time.time() - max(times) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def signed_in[**P, R: HttpResponseBase](
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A view for whoever has signed in; others are sent to do so and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    return guarded


def role[**P, R: HttpResponseBase](
    *wanted: Role,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], R]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A view for people who hold any of these roles, with the second factor in this session.

    Strangers are sent to sign in. Who holds none of the roles is told that there is no such
    page, before anything about factors, so that nobody learns what exists.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not held(request) & set(wanted):
                raise Http404
            if not has_factor(request):
                return to_factor(request)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def fresh[**P, R: HttpResponseBase](
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A view that asks again who is there when the last proof is older than five minutes.

    Stands under `role` or `signed_in`. What was typed is kept and done once the answer is right.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not is_fresh(request):
            ways = get_adapter().get_reauthentication_methods(person(request))
            return suspend_request(request, ways[0]["url"] if ways else reverse("confirm"))
        return view(request, *args, **kwargs)

    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page, and back here afterwards."""
    return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))


def to_factor(request: HttpRequest) -> HttpResponseRedirect:
    """To show the second factor, or to enrol one, and back here afterwards."""
    ways = get_adapter().get_reauthentication_methods(person(request))
    page = ways[0]["url"] if ways else reverse("mfa_index")
    return HttpResponseRedirect(f"{page}?{urlencode({'next': request.get_full_path()})}")


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    return records
