"""What waits for the person who has signed in."""

import datetime as dt

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import clock, waits
from funding.users import access


@never_cache
@require_safe
@access.signed_in
def inbox(request: HttpRequest) -> HttpResponseBase:
    """Whoever has signed in may; with a role only after the second step, as for its pages."""
    if access.held(request) and not access.has_factor(request):
        return access.to_factor(request)
    found = waits.for_user(access.person(request))
    week_ago = clock.now() - dt.timedelta(days=7)
    context = {
        "count": len(found),
        "older": [wait for wait in found if wait.since < week_ago],
        "newer": [wait for wait in found if wait.since >= week_ago],
    }
    return render(request, "site/inbox.html", context)
