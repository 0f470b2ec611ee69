"""The treasurer's page for the statements of a whole year, and how far they have come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import year_ends as rules
from donors.forms.year_ends import YearEndForm
from donors.models import YearEnd
from donors.models.year_ends import YearEndState
from funding import clock
from funding.errors import Refused
from funding.users import access, actors
from funding.users.models import Role


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def year_ends(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: the years so far, and the form that asks for one."""
    return _page(request, YearEndForm(today=clock.today("UTC")))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def year_end_begin(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: ask for the statements of everybody."""
    form = YearEndForm(today=clock.today("UTC"), sent=request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    begins_on, ends_on = form.days
    try:
        row = rules.begin(
            entity=form.cleaned_data["entity"],
            begins_on=begins_on,
            ends_on=ends_on,
            mails=form.cleaned_data["mails"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    return redirect("donors:year_end", pk=row.pk)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def year_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: how far one has come. The page renews itself."""
    row = get_object_or_404(YearEnd.objects.select_related("entity"), pk=pk)
    context = {
        "row": row,
        "progress": rules.progress(row),
        "is_done": row.state == YearEndState.DONE,
        "asked_by": actors.names([row.asked_by])[row.asked_by],
    }
    return render(request, "donors/year_end.html", context)


def _page(request: HttpRequest, form: YearEndForm, *, status: int = 200) -> HttpResponse:
    rows = YearEnd.objects.select_related("entity")[:50]
    context = {"form": form, "rows": [(row, rules.progress(row)) for row in rows]}
    return render(request, "donors/year_ends.html", context, status=status)
