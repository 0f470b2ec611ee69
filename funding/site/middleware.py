"""Where a request gets its number, and the one place where a rule's refusal becomes a page."""

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

from funding import logs
from funding.errors import Refused
from funding.limits import TooMany

logger = logging.getLogger(__name__)
access_logger = logging.getLogger("funding.access")

# Supervisors ask every few seconds, and pictures say nothing.
_SILENT = frozenset({"healthz", "metrics", "nowhere"})


class _Numbers:
    """Gives each request a number, which stands on every line of its log and in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Shown on pages of refusal and written to the log, so that one finds the other. A proxy
        # that counts requests itself is believed when it sends nothing but a number.
        number = logs.sane(request.headers.get("X-Request-ID", "")) or secrets.token_hex(4)
        request.META["REQUEST_NUMBER"] = number
        logs.begin(request=number)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            self._note(request, response.status_code, time.perf_counter() - started)
        finally:
            logs.end()
        return response

    def _note(self, request: HttpRequest, status: int, seconds: float) -> None:
        route = logs.route(request)
        if route in _SILENT and status < 500:
            return
        ms = round(seconds * 1000)
        access_logger.info(
            "request method=%s route=%s status=%s ms=%s", request.method, route, status, ms
        )


class _Refusals:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

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
    logger.info("refused status=%s route=%s", status, logs.route(request))
    minutes = -(-wait_seconds // 60)
    context = {"sentence": sentence, "status": status, "minutes": minutes}
    response = render(request, "site/refused.html", context, status=status)
    response["Cache-Control"] = "no-store"
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response


numbers = sync_only_middleware(_Numbers)
refusals = sync_only_middleware(_Refusals)
