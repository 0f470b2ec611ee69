"""An application that was sent back: the officer asks, the applicant completes it."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import limits
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import Role
from grants import completions, countries, declarations, gaps, texts
from grants.applications import Incomplete, Stale
from grants.completions import NotReturnable
from grants.forms.drafts import DraftForm
from grants.forms.returning import ReturnForm
from grants.models import Application, Completion
from grants.views.committee import stepped_out


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.OFFICER)
def officer_return(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers may who have not stepped out: send an application back once, to be completed."""
    rows = Application.objects.sent().select_related("project__organisation", "round__entity")
    application, me = get_object_or_404(rows, uuid=uuid), access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    form = ReturnForm(application.round, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _return_page(request, application, form)
    try:
        completions.ask(
            application_id=application.pk,
            reasons=form.reasons,
            due_on=form.cleaned_data["due_on"],
            by=me,
        )
    except Refused as refusal:
        field = refusal.field if isinstance(refusal, NotReturnable) else ""
        form.add_error(field if field in form.fields else None, refusal.sentence)
        return _return_page(request, application, form, status=409)
    messages.success(request, _("Sent back. A mail tells the applicant what is missing."))
    return redirect("grants:officer_application", uuid=uuid)


def _return_page(
    request: HttpRequest, application: Application, form: ReturnForm, *, status: int = 0
) -> HttpResponse:
    context = {
        "application": application,
        "form": form,
        "why_not": completions.why_not(application),
    }
    status = status or (422 if form.errors else 200)
    return render(request, "grants/officer_return.html", context, status=status)


@never_cache
@require_safe
@access.signed_in
def apply_completion(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever made the application may, while it is theirs to complete: the form again."""
    application, row = _returned(request, uuid)
    if not completions.open_for(application):
        return redirect("grants:apply_application", uuid=uuid)
    form = DraftForm(application, completion=row, more=1 if "add" in request.GET else 0)
    if "check" in request.GET:
        form.point_out(gaps.of(application, form.content()))
    return _form_page(request, form, row)


@require_POST
@access.signed_in
def apply_complete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever made the application may: keep it, add or take away a line, or send it completed."""
    application, row = _returned(request, uuid)
    form = DraftForm(application, request.POST.dict(), completion=row)
    removed = request.POST.get("remove", "")
    if removed.isdecimal():
        form = form.without(int(removed))
    do = request.POST.get("do", "save")
    try:
        kept = _save(request, form)
    except Refused as refusal:
        return _refused(request, uuid, form, refusal, do)
    if do == "send":
        return _send(request, uuid, form, kept)
    if do == "permit":
        return _to(uuid, "#part-permits")
    if removed or do == "add":
        return _to(uuid, "?add=1#part-budget" if do == "add" else "#part-budget")
    messages.success(request, _saved_words(kept))
    return _to(uuid)


@never_cache
@require_POST
@access.signed_in
def apply_completion_autosave(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Whoever made the application may: the same save as JSON, for the page's script."""
    application, row = _returned(request, uuid)
    form = DraftForm(application, request.POST.dict(), completion=row)
    try:
        kept = _save(request, form)
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=409)
    return JsonResponse({"version": kept.version, "saved": _saved_words(kept), **form.heard})


def _send(request: HttpRequest, uuid: UUID, form: DraftForm, kept: Completion) -> HttpResponse:
    if not form.is_readable:
        return _to(uuid, "?check=1")
    try:
        completions.complete(
            application_id=form.application.pk,
            version=kept.version,
            content=form.content(),
            by=access.person(request),
        )
    except Incomplete:
        return _to(uuid, "?check=1")
    messages.success(request, _("Sent, completed. A mail confirms it."))
    return redirect("grants:apply_application", uuid=uuid)


def _refused(
    request: HttpRequest, uuid: UUID, form: DraftForm, refusal: Refused, do: str
) -> HttpResponse:
    application, row = _returned(request, uuid)
    # Pressed twice: the first has sent it.
    if do == "send" and row.state == "done":
        return redirect("grants:apply_application", uuid=uuid)
    form.application, form.version = application, row.version
    said = {"refusal": refusal.sentence, "is_stale": isinstance(refusal, Stale)}
    return _form_page(request, form, row, status=409, **said)


def _returned(request: HttpRequest, uuid: UUID) -> tuple[Application, Completion]:
    mine = Application.objects.own(access.person(request))
    wanted = mine.select_related("project__organisation", "round__entity", "applicant")
    application = get_object_or_404(wanted, uuid=uuid)
    row = completions.of(application)
    if row is None:
        raise Http404
    return application, row


def _save(request: HttpRequest, form: DraftForm) -> Completion:
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    return completions.save(
        application_id=form.application.pk,
        version=form.version,
        typed=form.data,
        tab=form.tab,
        by=access.person(request),
    )


def _form_page(
    request: HttpRequest, form: DraftForm, row: Completion, *, status: int = 200, **more: object
) -> HttpResponse:
    application = form.application
    zone = countries.zone(application.project.organisation.country)
    context = {
        "application": application,
        "form": form,
        "is_own": True,
        "tab": uuid4(),
        "completion": row,
        "due": texts.instant(row.due_at),
        "there": texts.there(row.due_at, zone) if zone != "UTC" else "",
        "reasons": gaps.told(row.reasons),
        "saved": _saved_words(row),
        "most": Money(application.round.maximum_minor, application.round.currency),
        **more,
    }
    return render(request, "grants/apply_form.html", context, status=status)


def _saved_words(row: Completion) -> str:
    return _("Saved %(hour)s UTC") % {"hour": f"{row.saved_at:%H:%M}"}


def _to(uuid: UUID, more: str = "") -> HttpResponseRedirect:
    page = reverse("grants:apply_completion", kwargs={"uuid": uuid})
    return HttpResponseRedirect(page + more)
