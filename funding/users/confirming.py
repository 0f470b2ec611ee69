"""Asking again by mail, for people who have no second factor to ask for.

Six digits go to the address they signed in with. The session keeps a keyed hash of them, for
ten minutes and five tries; the right ones leave a record beside those of the sign-in.
"""

import hmac
import secrets
import time
from typing import Final

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from funding import limits
from funding.limits import Brake
from funding.mail import codes
from funding.users.access import person

SECONDS: Final = 600
TRIES: Final = 5
ASKED: Final = Brake("confirm-asked", 5, 900)
TRIED: Final = Brake("confirm-tried", 20, 900)

_KEY: Final = "confirming"


def is_asked(request: HttpRequest) -> bool:
    """Whether a code is out that can still be typed."""
    state = request.session.get(_KEY)
    return state is not None and time.time() - state["at"] < SECONDS and state["tries"] < TRIES


def tries_left(request: HttpRequest) -> int:
    """How often the code that is out may still be typed."""
    state = request.session.get(_KEY)
    return TRIES - int(state["tries"]) if state else 0


def ask(request: HttpRequest) -> None:
    """Mail a new code; the one before it stops working. Raises TooMany, NotSent."""
    user = person(request)
    limits.check(ASKED, str(user.pk))
    code = f"{secrets.randbelow(1_000_000):06d}"
    codes.send(
        cause=f"user:{user.pk}",
        to_address=user.email,
        to_name=user.name,
        template="code",
        context={"kind": "confirm", "code": code},
        language=get_language() or "en",
    )
    request.session[_KEY] = {"hash": _hashed(request, code), "at": time.time(), "tries": 0}


def answer(request: HttpRequest, code: str) -> bool:
    """Whether this is the code. Right, it is used up and the session has been confirmed.

    Raises TooMany, counted over all sessions of the person.
    """
    if not is_asked(request):
        return False
    user = person(request)
    limits.check(TRIED, str(user.pk))
    state = request.session[_KEY]
    typed = "".join(char for char in code if char.isdigit())
    if not hmac.compare_digest(state["hash"], _hashed(request, typed)):
        request.session[_KEY] = state | {"tries": state["tries"] + 1}
        return False
    del request.session[_KEY]
    record_authentication(request, user, method="confirmed", email=user.email)
    return True


def _hashed(request: HttpRequest, code: str) -> str:
    said = f"{person(request).pk} {code}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), "sha256").hexdigest()
