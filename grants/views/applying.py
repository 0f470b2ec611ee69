"""The applicant's desk: open rounds, one's own applications, and the long form."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import clock, limits
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from grants import (
    applicants,
    applications,
    attachments,
    coapplicants,
    completions,
    conditions,
    countries,
    file_kinds,
    files,
    gaps,
    letters,
    references,
    rounds,
    submissions,
    texts,
)
from grants.applicants import NotAnApplicant
from grants.applications import Incomplete, NotADraft, Stale
from grants.forms.applying import StartForm
from grants.forms.drafts import DraftForm
from grants.forms.questions import QuestionsForm
from grants.models import Application, ApplicationState, Right, Round


@never_cache
@require_safe
@access.signed_in
def apply(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: the open rounds, and their own applications."""
    applied = Application.objects.applied_by(access.person(request))
    mine = applied.select_related("project", "round", "award")
    context = {
        "open_rounds": rounds.open_now().select_related("entity"),
        "soon": rounds.published().filter(opens_at__gt=clock.now()).order_by("opens_at"),
        "mine": mine.order_by("-saved_at"),
    }
    return render(request, "grants/apply.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def apply_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Whoever has signed in may: begin an application in a round that is open."""
    round_ = get_object_or_404(rounds.published(), slug=slug)
    person = access.person(request)
    mine = list(applicants.organisations(person))
    start: dict[str, object] = {"uuid": uuid4(), "organisation": str(mine[0].pk) if mine else ""}
    sent = request.POST if request.method == "POST" else None
    form = StartForm(mine, sent, has_name=bool(person.name), initial=start)
    asked = QuestionsForm(conditions.asked(round_), sent.dict() if sent is not None else None)
    if sent is None:
        return _start_page(request, round_, form, asked)
    if not (form.is_valid() and asked.is_met):
        return _start_page(request, round_, form, asked, status=422)
    return _begin(request, round_, form, asked)


def _begin(
    request: HttpRequest, round_: Round, form: StartForm, asked: QuestionsForm
) -> HttpResponse:
    limits.check(limits.START_BY_PERSON, access.actor_of(request))
    try:
        application = applications.start(
            uuid=form.cleaned_data["uuid"],
            round_id=round_.pk,
            content=form.content(),
            organisation_id=form.organisation_id,
            name=form.cleaned_data.get("name", ""),
            answers=asked.said,
            by=access.person(request),
        )
    except NotAnApplicant as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return _start_page(request, round_, form, asked, status=409)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _start_page(request, round_, form, asked, status=409)
    return redirect("grants:apply_application", uuid=application.uuid)


def _start_page(
    request: HttpRequest,
    round_: Round,
    form: StartForm,
    asked: QuestionsForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "asked": asked,
        "round": round_,
        "is_open": rounds.phase(round_) == rounds.Phase.OPEN,
        "form": form,
    }
    return render(request, "grants/apply_start.html", context, status=status)


@never_cache
@require_safe
@access.signed_in
def apply_application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever makes the application may: the form while it is a draft, then what was sent."""
    application = _applied(uuid, request)
    is_taking = applications.may_change(application) and rounds.is_taking(application.round)
    among = _among(application, request)
    if not is_taking or not among["may_write"]:
        context = {
            "application": application,
            "facts": applications.facts(application),
            "submissions": submissions.papers(application) if among["may_write"] else [],
            **(_returned(application) if among["may_write"] else {}),
            "letter": letters.sent(application),
            "references": references.for_applicant(application),
            "may_withdraw": among["is_own"] and application.state == ApplicationState.SUBMITTED,
            "is_taking": is_taking,
            **among,
        }
        return render(request, "grants/apply_application.html", context)
    if among["is_own"] and not conditions.are_met(application):
        return redirect("grants:apply_conditions", uuid=uuid)
    form = DraftForm(application, more=1 if "add" in request.GET else 0)
    if "check" in request.GET:
        form.point_out(gaps.of(application))
    return form_page(form, request, is_checked="check" in request.GET)


def _returned(application: Application) -> dict[str, object]:
    """What the applicant was asked to complete, and whether they still can."""
    row = completions.of(application)
    return {
        "completion": row,
        "may_complete": completions.open_for(application) is not None,
        "reasons": gaps.told(row.reasons) if row else [],
        "due": texts.instant(row.due_at) if row else "",
    }


@require_POST
@access.signed_in
def apply_save(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever makes the application may: save it, add or take away a line, or send it."""
    application = own(uuid, request)
    form = DraftForm(application, request.POST.dict())
    removed = request.POST.get("remove", "")
    if removed.isdecimal():
        form = form.without(int(removed))
    do = request.POST.get("do", "save")
    try:
        saved = save(form, request)
    except NotADraft:
        if do == "send" and own(uuid, request).state == ApplicationState.SUBMITTED:
            return redirect("grants:apply_application", uuid=uuid)
        raise
    except Refused as refusal:
        return refused_page(form, request, uuid, refusal)
    if do == "send":
        return _send(request, saved)
    if do == "permit":
        return to(saved, "#part-permits")
    if removed or do == "add":
        return to(saved, "?add=1#part-budget" if do == "add" else "#part-budget")
    messages.success(request, _saved_words(saved))
    return to(saved)


def _send(request: HttpRequest, saved: Application) -> HttpResponse:
    try:
        applications.submit(
            application_id=saved.pk, version=saved.version, by=access.person(request)
        )
    except Incomplete:
        return to(saved, "?check=1")
    messages.success(request, _("Sent. A mail confirms it."))
    return to(saved)


@never_cache
@require_POST
@access.signed_in
def apply_autosave(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Whoever makes the application may: the same save as JSON, for the page's script."""
    application = own(uuid, request)
    form = DraftForm(application, request.POST.dict())
    try:
        saved = save(form, request)
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=409)
    return JsonResponse({"version": saved.version, "saved": _saved_words(saved), **form.heard})


@require_POST
@access.signed_in
def apply_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever makes the application may: take it back."""
    application = get_object_or_404(Application.objects.own(access.person(request)), uuid=uuid)
    applications.withdraw(application_id=application.pk, by=access.person(request))
    messages.success(request, _("Withdrawn. Nothing more happens with it."))
    return redirect("grants:apply")


def own(uuid: UUID, request: HttpRequest) -> Application:
    mine = Application.objects.written_by(access.person(request))
    return get_object_or_404(
        mine.select_related("project__organisation", "round__entity", "applicant"), uuid=uuid
    )


def _applied(uuid: UUID, request: HttpRequest) -> Application:
    mine = Application.objects.applied_by(access.person(request))
    return get_object_or_404(
        mine.select_related("project__organisation", "round__entity", "applicant"), uuid=uuid
    )


def _among(application: Application, request: HttpRequest) -> dict[str, Any]:
    """What one of those who apply may do, and what they have said to each other."""
    person = access.person(request)
    right = coapplicants.right_of(application, person)
    return {
        "is_own": application.applicant_id == person.pk,
        "may_write": right == Right.EDIT,
        "may_comment": right in {Right.COMMENT, Right.EDIT},
        "people": coapplicants.of(application),
        "comments": coapplicants.comments(application),
        "comment_uuid": uuid4(),
    }


def save(form: DraftForm, request: HttpRequest) -> Application:
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    return applications.save(
        application_id=form.application.pk,
        version=form.version,
        content=form.content(),
        typed=form.typed,
        tab=form.tab,
        by=access.person(request),
    )


def refused_page(
    form: DraftForm, request: HttpRequest, uuid: UUID, refusal: Refused
) -> HttpResponse:
    # What was typed stays on the page, and saving once more replaces what the other window
    # saved, now that the person has been told of it.
    form.application = own(uuid, request)
    form.version = form.application.version
    return form_page(
        form, request, refusal=refusal.sentence, is_stale=isinstance(refusal, Stale), status=409
    )


def form_page(
    form: DraftForm, request: HttpRequest, *, status: int = 200, **more: object
) -> HttpResponse:
    application = form.application
    zone = countries.zone(application.project.organisation.country)
    context = {
        "application": application,
        "form": form,
        "attached": attachments.of(application),
        "file_rules": _file_rules(application),
        **_among(application, request),
        "tab": uuid4(),
        "there": texts.there(application.round.closes_at, zone) if zone != "UTC" else "",
        "days": (application.round.closes_at - clock.now()).days,
        "saved": _saved_words(application),
        "most": Money(application.round.maximum_minor, application.round.currency),
        **more,
    }
    return render(request, "grants/apply_form.html", context, status=status)


def _file_rules(application: Application) -> dict[str, object]:
    taken = attachments.room(application)
    return {
        "files": attachments.MOST_FILES,
        "each": files.MOST_BYTES // 1_000_000,
        "each_bytes": files.MOST_BYTES,
        "all": attachments.MOST_BYTES // 1_000_000,
        "there": taken.files,
        "size": f"{taken.bytes / 1_000_000:.1f}",
        "accept": ",".join(file_kinds.ENDINGS),
    }


def _saved_words(application: Application) -> str:
    return _("Saved %(hour)s UTC") % {"hour": f"{application.saved_at:%H:%M}"}


def to(application: Application, more: str = "") -> HttpResponseRedirect:
    page = reverse("grants:apply_application", kwargs={"uuid": application.uuid})
    return HttpResponseRedirect(page + more)
