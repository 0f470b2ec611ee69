"""In which language a page is shown, and how a visitor says so.

A browser's own choice, kept in a cookie, comes first; then the language of whoever has signed
in, as their gifts and mails have it; then what the browser asks for. The desks of those in
charge, and the forms of applicants, are in English; so is the inbox of whoever holds a role.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_only_middleware
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from donors import donors
from funding.users import access, guests
from funding.users.models import User

ENGLISH_ONLY: Final = (
    "/admin/", "/apply/", "/awards/", "/committee/", "/officer/", "/people/",
    "/reports/", "/setup/", "/treasurer/",
)  # fmt: skip
_INBOX: Final = "/inbox/"


class _Languages:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_theirs(request):
            with translation.override(settings.LANGUAGE_CODE):
                return self._answer(request, settings.LANGUAGE_CODE)
        chosen = _known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        asked = chosen or _of_account(request) or translation.get_language_from_request(request)
        with translation.override(asked):
            response = self._answer(request, asked)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        is_told = settings.LANGUAGE_COOKIE_NAME in response.cookies
        if not chosen and not is_told and request.user.is_authenticated:
            # From here on the account need not be asked again.
            remember(response, asked)
        return response

    def _answer(self, request: HttpRequest, code: str) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response


languages = sync_only_middleware(_Languages)


def is_translated(path: str) -> bool:
    """Whether a page is there in every language."""
    return not path.startswith(ENGLISH_ONLY)


def _is_theirs(request: HttpRequest) -> bool:
    """Whether this page speaks the reader's language. What waits for staff is in English."""
    is_desk = request.path.startswith(_INBOX) and bool(access.held(request))
    return is_translated(request.path) and not is_desk


def offered(request: HttpRequest) -> list[tuple[str, str]]:
    """The languages to choose from on this page: none where a form that was sent would be lost."""
    is_read = request.method in {"GET", "HEAD"}
    return settings.LANGUAGES if is_read and _is_theirs(request) else []


def remember(response: HttpResponse, code: str) -> None:
    """Keep the language in the browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# The foot of every page holds this form; a token in it would give every visitor a cookie. All
# that a stranger's page could do with it is to change the language of what is read next.
@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Everybody may: the language of what this browser shows, and back to the page."""
    where = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(where, {request.get_host()}, request.is_secure()):
        where = "/"
    response = HttpResponseRedirect(where)
    if code := _known(request.POST.get("language")):
        remember(response, code)
    return response


@require_POST
@access.signed_in
def account_language(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: the language of pages, and of mails to their addresses."""
    response = redirect("account")
    if code := _known(request.POST.get("language")):
        donors.speak(addresses=guests.verified(access.person(request)), language=code)
        remember(response, code)
        with translation.override(code):
            messages.success(request, _("Pages and mails are in this language from now on."))
    return response


def _known(code: str | None) -> str | None:
    return code if code in dict(settings.LANGUAGES) else None


def _of_account(request: HttpRequest) -> str | None:
    user = request.user
    return _known(donors.language(guests.verified(user))) if isinstance(user, User) else None
