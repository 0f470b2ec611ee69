"""The questions that a round asks before its form opens."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import limits
from funding.errors import Refused
from funding.users import access
from grants import applications, conditions, rounds
from grants.forms.questions import QuestionsForm
from grants.models import Application, ApplicationState


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def apply_conditions(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever makes the application may, while it is a draft: answer, and change an answer."""
    mine = Application.objects.own(access.person(request)).select_related("round", "project")
    application = get_object_or_404(mine, uuid=uuid)
    asked = conditions.asked(application.round)
    is_open = application.state == ApplicationState.DRAFT and rounds.is_taking(application.round)
    if request.method != "POST" and (not asked or not is_open):
        return redirect("grants:apply_application", uuid=uuid)
    kept = conditions.answered(application)
    if request.method != "POST":
        return _page(request, application, QuestionsForm(asked, kept=kept))
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    form = QuestionsForm(asked, request.POST.dict(), kept=kept)
    try:
        applications.answer(
            application_id=application.pk, said=form.said, by=access.person(request)
        )
    except Refused as refusal:
        return _page(request, application, form, refusal=refusal.sentence, status=409)
    if form.is_met:
        return redirect("grants:apply_application", uuid=uuid)
    return _page(request, application, form, status=422)


def _page(
    request: HttpRequest,
    application: Application,
    form: QuestionsForm,
    *,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    context = {"application": application, "form": form, **more}
    return render(request, "grants/apply_conditions.html", context, status=status)
