"""Reviews: a member's own, what the others think, and who is asked for one."""

import datetime as dt
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from funding import limits, waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait
from grants import declarations, identities, reviews, texts
from grants.forms.reviews import ReviewForm
from grants.models import Application, Review, Round
from grants.views.committee import MEMBERS, stepped_out

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_WRITES
@access.role(*MEMBERS)
def committee_review(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Committee and chair may to whom it is open: one's own review, then the others'."""
    rows = Application.objects.sent().select_related("round", "project__organisation", "applicant")
    application, me = get_object_or_404(rows, uuid=uuid), access.person(request)
    if not declarations.may_read(application, me):
        return stepped_out(application, request)
    if not application.round.reviews_wanted:
        raise Http404
    if request.method != "POST":
        return _page(request, application, ReviewForm(*_of(application, me)))
    if request.POST.get("do") == "correct":
        return _correct(request, application)
    form = ReviewForm(*_of(application, me), request.POST)
    if not form.is_valid():
        return _page(request, application, form, status=422)
    return _keep(request, application, form)


def _of(application: Application, me: User) -> tuple[Round, Review | None]:
    return application.round, reviews.draft_of(application, me)


def _keep(request: HttpRequest, application: Application, form: ReviewForm) -> HttpResponse:
    me, is_last = access.person(request), request.POST.get("do") == "hand_in"
    try:
        draft = reviews.save(
            application_id=application.pk,
            version=form.cleaned_data["version"],
            opinion=form.opinion,
            tab=form.cleaned_data["tab"],
            by=me,
        )
        if is_last:
            reviews.hand_in(application_id=application.pk, version=draft.version, by=me)
    except reviews.NotWhole as refusal:
        # What was written is kept; only handing it in has to wait.
        messages.error(request, refusal.sentence)
        return redirect("grants:committee_review", uuid=application.uuid)
    except reviews.Stale as refusal:
        return _stale(request, application, refusal)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, application, form, status=409)
    said = _("Your review is handed in.") if is_last else _("Your review is saved, for you alone.")
    messages.success(request, said)
    return redirect("grants:committee_review", uuid=application.uuid)


@never_cache
@require_POST
@access.role(*MEMBERS)
def committee_autosave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Committee and chair may to whom it is open: the same save as JSON, for the page's script."""
    rows = Application.objects.sent().select_related("round", "project__organisation", "applicant")
    application, me = get_object_or_404(rows, uuid=uuid), access.person(request)
    if not declarations.may_read(application, me):
        return stepped_out(application, request)
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    form = ReviewForm(*_of(application, me), request.POST)
    if not form.is_valid():
        said = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return JsonResponse({"refused": said}, status=422)
    try:
        draft = reviews.save(
            application_id=application.pk,
            version=form.cleaned_data["version"],
            opinion=form.opinion,
            tab=form.cleaned_data["tab"],
            by=me,
        )
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=409)
    return JsonResponse({"version": draft.version, "saved": _saved_words(draft)})


def _saved_words(draft: Review) -> str:
    return _("Saved %(hour)s UTC") % {"hour": f"{draft.saved_at:%H:%M}"}


def _stale(request: HttpRequest, application: Application, refusal: Refused) -> HttpResponse:
    """What was typed, beside what the other window saved; saving again is a choice then."""
    call, draft = _of(application, access.person(request))
    typed = request.POST.copy()
    typed["version"] = str(draft.version if draft else 0)
    form = ReviewForm(call, draft, typed)
    form.add_error(None, refusal.sentence)
    return _page(request, application, form, status=409, saved=draft)


def _correct(request: HttpRequest, application: Application) -> HttpResponse:
    try:
        reviews.correct(
            application_id=application.pk,
            why=request.POST.get("why", ""),
            by=access.person(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("grants:committee_review", uuid=application.uuid)


def _page(
    request: HttpRequest,
    application: Application,
    form: ReviewForm,
    **facts: Any,  # noqa: ANN401 (a status, or what another window saved)
) -> HttpResponse:
    me = access.person(request)
    may_read, given = reviews.may_read_others(application, me), reviews.given_by(application, me)
    draft = reviews.draft_of(application, me)
    asked = reviews.standing().filter(application=application, member=me)
    counting = reviews.counting(application.round).get(application.pk, {})
    context: dict[str, Any] = {
        "application": application,
        "round": application.round,
        "facts": identities.facts(application, me),
        "form": form,
        "is_asked": asked.exists(),
        "given": given,
        "draft": draft,
        "saved": facts.get("saved"),
        "is_writing": draft is not None or given is None,
        "others": _others(counting, me) if may_read else None,
        "number": len(counting.keys() - {me.pk}),
    }
    return render(request, "grants/committee_review.html", context, status=facts.get("status", 200))


def _others(counting: dict[int, Review], me: User) -> list[Review]:
    found = [review for member, review in counting.items() if member != me.pk]
    rows = Review.objects.filter(pk__in=[review.pk for review in found])
    return list(rows.select_related("member").prefetch_related("marks__criterion"))


@require_POST
@access.role(Role.CHAIR, Role.OFFICER)
def committee_assign(request: HttpRequest, slug: str) -> HttpResponse:
    """Chair and officer may: ask members for the reviews that are missing."""
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    short = reviews.assign(round_id=round_.pk, by=access.person(request))
    if short:
        number = sum(short.values())
        lacking = Application.objects.filter(pk__in=short).select_related("project")
        named = ", ".join(sorted(f"“{each.project.title}”" for each in lacking))
        sentence = ngettext(
            "One review is wanted for which no member is left.",
            "%(number)s reviews are wanted for which no member is left.",
            number,
        )
        messages.warning(request, f"{sentence % {'number': number}} {named}")
    else:
        messages.success(request, _("Every application has its reviewers."))
    return redirect("grants:committee_reviewers", slug=round_.slug)


def to_write(user: User) -> list[Wait]:
    """What a member is asked to review."""
    return [
        Wait(
            title=_("Review “%(title)s”") % {"title": each.project.title},
            url=reverse("grants:committee_review", kwargs={"uuid": each.uuid}),
            sentence=_("Wanted by %(day)s.") % {"day": _told(each.round.marks_due_at)},
            since=each.round.closes_at,
            state=_("to review"),
        )
        for each in reviews.to_write(user)
    ]


def _told(instant: dt.datetime | None) -> str:
    return texts.instant(instant) if instant else ""


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("reviews", to_write, *MEMBERS)
