"""The product's addresses, and two that do nothing else than what they are compared for."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from funding.gateway import inbox


def ping(request: HttpRequest) -> HttpResponse:
    """Everybody may. An empty page."""
    return HttpResponse(headers={"Content-Length": "0"})


@csrf_exempt
def verify_only(request: HttpRequest) -> HttpResponse:
    """Everybody may. What the webhook does before it stores anything."""
    inbox._verify(request.body, request.headers.get("Stripe-Signature"))
    return HttpResponse(status=200)


urlpatterns = [
    path("bench/ping/", ping),
    path("bench/verify/", verify_only),
    path("", include("funding.urls")),
]
