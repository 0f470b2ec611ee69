"""A donor's own page of a pledge, and the page that a mailed link opens."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse


def pledge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may."""
    return HttpResponse(str(uuid))


def pledge_repair(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link may."""
    return HttpResponse(token)
