"""Where a form of giving comes from: the network, and a cookie that marks the device.

The cookie is a random word and serves the brake on card testing alone. Whoever sends none is
judged by network and e-mail address.
"""

import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from donors.brake.origins import Seen
from funding import limits
from funding.users import access, guests

COOKIE: Final = "device"
_DAYS: Final = 30
_LENGTH: Final = 32


def seen(email: str, request: HttpRequest) -> Seen:
    """What we know of whoever sends this form."""
    is_known = request.user.is_authenticated and email.strip().lower() in guests.verified(
        access.person(request)
    )
    return Seen(
        address=limits.address(request),
        email=email,
        device=request.COOKIES.get(COOKIE, "")[:_LENGTH],
        is_known=is_known,
    )


def marked(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    """The page, and a mark on a device that has none."""
    if COOKIE not in request.COOKIES:
        response.set_cookie(
            COOKIE,
            secrets.token_urlsafe(_LENGTH * 3 // 4),
            max_age=_DAYS * 86_400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
