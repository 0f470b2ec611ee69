"""Zoos and people who want to be seen among the supporters, and nothing else of them."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_countries import countries

from donors import public_names
from donors.zoos import zoos

_MOST: Final = 100


@require_safe
def supporters(request: HttpRequest) -> HttpResponse:
    """Everybody may: the zoos whose owners wanted to be shown, and givers who asked for it."""
    rows = [(zoo, str(countries.name(zoo.organisation.country))) for zoo in zoos.supporters()]
    context = {"rows": rows, "supporters": public_names.latest(limit=_MOST)}
    return render(request, "donors/supporters.html", context)


@require_safe
def supporter_logo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everybody may: the logo of a zoo that is shown among the supporters."""
    del request
    zoo = get_object_or_404(zoos.supporters(), uuid=uuid)
    if zoo.logo is None:
        raise Http404
    response = HttpResponse(bytes(zoo.logo), content_type="image/png")
    response["Cache-Control"] = "public, max-age=3600"
    return response
