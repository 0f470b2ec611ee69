"""What a trustee of the accountable body reads and says of a motion that was adopted."""

from django.contrib.messages import success
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding.errors import Refused
from funding.users import access
from funding.users.models import Role
from grants import decisions, declarations, ratifications
from grants.forms.ratifying import RatifyForm
from grants.models import Motion
from grants.views import ballot_pages
from grants.views.committee import stepped_out


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TRUSTEE)
def committee_ratification(request: HttpRequest, pk: int) -> HttpResponse:
    """Trustees may who have no part in it: what was adopted, and to ratify or refuse it."""
    rows = Motion.objects.select_related("round", "put_by")
    motion, me = get_object_or_404(rows, pk=pk), access.person(request)
    if motion.counted_at is None:
        raise Http404
    if closed := declarations.closed_in(motion, me):
        return stepped_out(closed, request)
    if request.method != "POST":
        decisions.look(motion.pk)
        motion.refresh_from_db()
        return _page(request, motion, RatifyForm())
    form = RatifyForm(request.POST)
    if not form.is_valid():
        return _page(request, motion, form, status=422)
    is_agreed, reason = form.cleaned_data["answer"] == "yes", form.cleaned_data["reason"]
    try:
        ratifications.answer(motion_id=motion.pk, is_agreed=is_agreed, reason=reason, by=me)
    except Refused as refusal:
        form.add_error("reason", refusal.sentence)
        return _page(request, motion, form, status=409)
    decisions.look(motion.pk)
    success(request, _("Your answer is kept. The decision follows from it."))
    return redirect(request.path)


def _page(
    request: HttpRequest, motion: Motion, form: RatifyForm, status: int = 200
) -> HttpResponse:
    me = access.person(request)
    why_not, pots = ratifications.why_not(motion, me), ballot_pages.pots(motion, me)
    context = {
        "motion": motion,
        "round": motion.round,
        "lines": ballot_pages.lines(motion, me),
        "pots": pots,
        "ratification": ratifications.of(motion),
        "why_not": why_not,
        "form": form if ratifications.is_waiting(motion) and not why_not else None,
    }
    return render(request, "grants/committee_ratification.html", context, status=status)
