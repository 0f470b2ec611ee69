"""The one place where a rule's refusal becomes a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

from funding.errors import Refused


class _Refusals:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 409 with the sentence; everything else is a bug and stays one."""
        if not isinstance(exception, Refused):
            return None
        context = {"sentence": exception.sentence}
        return render(request, "site/refused.html", context, status=409)


refusals = sync_only_middleware(_Refusals)
