"""The one place where a rule's refusal becomes a page, and where a request gets its number."""

import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

from funding.errors import Refused
from funding.limits import TooMany

logger = logging.getLogger(__name__)


class _Refusals:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Shown on pages of refusal and written to the log, so that one finds the other.
        number = secrets.token_hex(4)
        request.META["REQUEST_NUMBER"] = number
        response = self.get_response(request)
        response["X-Request-ID"] = number
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 409 or 429 with the sentence; everything else is a bug and stays one."""
        if isinstance(exception, TooMany):
            return _answer(request, exception.sentence, 429, exception.seconds)
        if isinstance(exception, Refused):
            return _answer(request, exception.sentence, 409)
        return None


def _answer(
    request: HttpRequest, sentence: str, status: int, wait_seconds: int = 0
) -> HttpResponse:
    number = request.META["REQUEST_NUMBER"]
    logger.info("refused status=%s request=%s path=%s", status, number, request.path)
    minutes = -(-wait_seconds // 60)
    context = {"sentence": sentence, "status": status, "minutes": minutes}
    response = render(request, "site/refused.html", context, status=status)
    response["Cache-Control"] = "no-store"
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response


refusals = sync_only_middleware(_Refusals)
