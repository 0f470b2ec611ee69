"""A member's page: the themes and countries they know well."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding.users import access
from grants import countries, expertise, recusals
from grants.models import Theme


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(*recusals.MEMBERS)
def committee_expertise(request: HttpRequest) -> HttpResponse:
    """Members may: what they know well, so that they are asked first for its reviews."""
    me = access.person(request)
    if request.method == "POST":
        themes = [each.replace("\0", "") for each in request.POST.getlist("theme")]
        expertise.state(member=me, themes=themes, places=request.POST.getlist("country"))
        messages.success(request, _("Kept. It counts when reviews are asked for next."))
        return redirect("grants:committee_expertise")
    known = expertise.of([me.pk]).get(me.pk, expertise.Known())
    context = {
        "themes": [(each, each.pk in known.themes) for each in Theme.objects.all()],
        "places": [
            (code, name, code in known.countries) for code, name in countries.range_choices()
        ],
    }
    return render(request, "grants/committee_expertise.html", context)
