"""In which parts an award is paid, and that what one of them waits for has come."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding.errors import Refused
from funding.users import access
from grants import disbursements, schedules, tranches
from grants.forms.schedules import FulfilForm, ScheduleForm
from grants.models import Award
from grants.schedules import MAY_MAKE, MAY_MEET, NotASchedule
from grants.views.guarding import of_award


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(*MAY_MAKE)
def award_schedule(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers may: set out the parts in which an award is paid, until something hangs on it."""
    disbursements.must_be_active(award)
    if request.method == "POST":
        return _make(request, award)
    standing = tranches.current(award.pk)
    plan = schedules.told(standing) if standing else schedules.proposed(award)
    form = ScheduleForm(award.currency, plan=plan, after=standing.version if standing else 0)
    return _page(request, award, form)


def _make(request: HttpRequest, award: Award) -> HttpResponse:
    form = ScheduleForm(award.currency, request.POST)
    if not form.is_valid():
        return _page(request, award, form, status=422)
    try:
        schedules.make(
            award_id=award.pk,
            plan=form.plan(),
            after=form.cleaned_data["after"],
            by=access.person(request),
        )
    except NotASchedule as refusal:
        form.point_out(refusal)
        return _page(request, award, form, status=422)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, award, form, status=409)
    messages.success(request, _("The schedule is kept. Each payment now names its part."))
    return redirect("grants:award", pk=award.pk)


def _page(
    request: HttpRequest, award: Award, form: ScheduleForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "award": award,
        "work": award.application.project,
        "form": form,
        "rest": schedules.to_cover(award),
        "is_fixed": schedules.is_fixed(award),
        "is_first": tranches.current(award.pk) is None,
    }
    return render(request, "grants/award_schedule.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(*MAY_MEET)
def award_part(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Officers and chairs may: say that what a part of an award waits for has come."""
    parts = tranches.of(award)
    part = next((each for each in parts if each.number == number), None)
    if part is None:
        raise Http404
    form, status = FulfilForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        try:
            schedules.meet(
                award_id=award.pk, number=number, by=access.person(request), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
        else:
            messages.success(request, _("Written down. The part can be asked for now."))
            return redirect("grants:award", pk=award.pk)
    elif request.method == "POST":
        status = 422
    context = {"award": award, "work": award.application.project, "part": part, "form": form}
    return render(request, "grants/award_part.html", context, status=status)
