"""The page of the next euro: work that waits for money, for those who could give it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from funding import clock, limits
from funding.users import access
from funding.users.models import Role
from grants import next_euros
from grants.models import Application
from grants.next_euros import Appeal

# Who reads what the applicant does not have shown to everybody.
READERS = frozenset({Role.OFFICER, Role.COMMITTEE, Role.CHAIR})


@require_safe
@limits.limited(limits.BOOKS_BY_ADDRESS)
def next_euro(request: HttpRequest) -> HttpResponse:
    """Everybody may: what its applicant has shown. The committee and the officer read the rest
    too, but nobody what they stepped out of.
    """
    found = next_euros.appeals()
    public = [each for each in found if each.is_public]
    context = {
        "public": public,
        "closed": _closed(request, [each for each in found if not each.is_public]),
        "as_of": clock.now(),
    }
    response = render(request, "site/next_euro.html", context)
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _closed(request: HttpRequest, rest: list[Appeal]) -> list[Appeal]:
    if not rest or not READERS & access.effective(request):
        return []
    rows = Application.objects.filter(pk__in=[each.application.pk for each in rest])
    mine = set(rows.open_to(access.person(request)).values_list("pk", flat=True))
    return [each for each in rest if each.application.pk in mine]
