"""Reports of an award: written by the grantee, answered by officers, and which are late."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import limits
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import Role
from grants import public_reports, publications, reports
from grants.forms.reports import HideForm, PhotoForm, ReturnForm, TypedForm
from grants.models import (
    Award,
    AwardState,
    Report,
    ReportAnswer,
    ReportKind,
    ReportPhoto,
    ReportSending,
)
from grants.reports import MAY_ANSWER, Incomplete
from grants.views.guarding import of_award

READERS = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


@never_cache
@require_safe
@access.role(*READERS)
def award_reports(request: HttpRequest) -> HttpResponse:
    """Officers, chairs and treasurers may: the reports of every open award, the late ones first."""
    rows = Award.objects.filter(state=AwardState.ACTIVE, schedules__isnull=False).distinct()
    mine = rows.whole().but_stepped_out(access.person(request))
    order = ["late", "waits", "soon", "ok", "done"]
    dues = [due for award in mine for due in reports.dues(award)]
    dues.sort(key=lambda due: (order.index(due.light), due.due_on, due.award.pk))
    return render(request, "grants/award_reports.html", {"dues": dues})


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_report(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: one report, and whose turn it is."""
    return report_page(award, request, kind_of(award, kind))


@require_POST
@of_award(applicant=True)
def award_report_save(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """The applicant may: keep the draft, or send it."""
    which, form = kind_of(award, kind), TypedForm(award, request.POST.dict())
    try:
        report = _save(request, award, which, form)
        if request.POST.get("do") == "send":
            reports.send(
                award_id=award.pk, kind=which, version=report.version, by=access.person(request)
            )
            messages.success(request, _("Sent. An officer reads it, and a mail tells you."))
        else:
            messages.success(request, _("Saved. It is not sent yet."))
    except Incomplete as refusal:
        return report_page(award, request, which, gaps=refusal.gaps, status=422)
    except Refused as refusal:
        return report_page(award, request, which, form=form, refusal=refusal.sentence, status=409)
    return redirect("grants:award_report", pk=award.pk, kind=which)


@require_POST
@of_award(applicant=True)
def award_report_autosave(request: HttpRequest, award: Award, kind: str) -> JsonResponse:
    """The applicant may: the same save as JSON, for the page's script."""
    which, form = kind_of(award, kind), TypedForm(award, request.POST.dict())
    try:
        report = _save(request, award, which, form)
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=409)
    return JsonResponse({"version": report.version, "saved": _("Saved")})


@require_POST
@of_award(applicant=True)
def award_report_photo(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """The applicant may: add a photo, or take one off, while the report is written."""
    which, form = kind_of(award, kind), PhotoForm(request.POST, request.FILES)
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    gone = request.POST.get("remove", "")
    facts: dict[str, Any] = {
        "award_id": award.pk,
        "kind": which,
        "by": access.person(request),
    }
    try:
        if gone.isdecimal() and len(gone) < 12:
            reports.remove_photo(photo_id=int(gone), **facts)
        elif form.is_valid():
            told = dict(form.cleaned_data)
            reports.add_photo(content=told.pop("photo").read(), **told, **facts)
        else:
            return report_page(award, request, which, photo=form, status=422)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return report_page(award, request, which, photo=form, status=409)
    return redirect("grants:award_report", pk=award.pk, kind=which)


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_report_picture(_request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: a photo of a report."""
    photo = get_object_or_404(ReportPhoto, report__award=award, pk=number)
    return HttpResponse(bytes(photo.content), content_type="image/jpeg")


@require_POST
@of_award(*MAY_ANSWER)
@access.fresh
def award_report_accept(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """Officers and chairs may: accept the report, so that what waits for it can be asked for."""
    which = kind_of(award, kind)
    sending = sent_of(award, which, request)
    try:
        reports.accept(sending_id=sending.pk, by=access.person(request))
    except Refused as refusal:
        return report_page(award, request, which, refusal=refusal.sentence, status=409)
    messages.success(request, _("Accepted. A mail tells the applicant."))
    if request.POST.get("publish") == "on":
        return _published(request, award, which, sending)
    return redirect("grants:award_report", pk=award.pk, kind=which)


@require_POST
@of_award(*MAY_ANSWER)
@access.fresh
def award_report_return(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """Officers and chairs may: send the report back with what is lacking."""
    which, form = kind_of(award, kind), ReturnForm(request.POST)
    sending = sent_of(award, which, request)
    if not form.is_valid():
        return report_page(award, request, which, why=form, status=422)
    try:
        reports.send_back(
            sending_id=sending.pk, words=form.cleaned_data["why"], by=access.person(request)
        )
    except Refused as refusal:
        return report_page(award, request, which, why=form, refusal=refusal.sentence, status=409)
    messages.success(request, _("Sent back. A mail tells the applicant what is lacking."))
    return redirect("grants:award_report", pk=award.pk, kind=which)


def kind_of(award: Award, kind: str) -> ReportKind:
    """The kind of report, if the award has one of it."""
    if kind not in {due.kind for due in reports.dues(award)}:
        raise Http404
    return ReportKind(kind)


def _published(
    request: HttpRequest, award: Award, kind: ReportKind, sending: ReportSending
) -> HttpResponse:
    """The answer once a report was accepted that is to be shown too."""
    try:
        publications.publish(sending_id=sending.pk, by=access.person(request))
    except Refused as refusal:
        return report_page(award, request, kind, refusal=refusal.sentence, status=409)
    return redirect("grants:award_report", pk=award.pk, kind=kind)


def sent_of(award: Award, kind: ReportKind, request: HttpRequest) -> ReportSending:
    """The sending that the page showed: an answer is to that one and to no later one."""
    number = request.POST.get("number", "")
    if not number.isdecimal() or len(number) > 4:
        raise Http404
    rows = ReportSending.objects.filter(report__award=award, report__kind=kind)
    return get_object_or_404(rows, number=int(number))


def _save(request: HttpRequest, award: Award, kind: ReportKind, form: TypedForm) -> Report:
    limits.check(limits.SAVE_BY_PERSON, access.actor_of(request))
    return reports.save(
        award_id=award.pk,
        kind=kind,
        version=form.version,
        typed=form.typed,
        by=access.person(request),
    )


def report_page(
    award: Award,
    request: HttpRequest,
    kind: ReportKind,
    *,
    status: int = 200,
    gaps: Mapping[str, str] | None = None,
    form: TypedForm | None = None,
    **said: object,
) -> HttpResponse:
    """One report with whatever there is to say of what was tried."""
    report = reports.begun(award, kind)
    form = form or TypedForm(award, report.typed if report else {})
    form.shown(report.version if report else 0, gaps or {})
    context = {
        "award": award,
        "work": award.application.project,
        "due": next(due for due in reports.dues(award) if due.kind == kind),
        "kind": kind,
        "form": form,
        "photo": PhotoForm(),
        "photos": reports.photos(report),
        "why": ReturnForm(),
        "hiding": HideForm(),
        **_standing(request, award, report),
    }
    return render(request, "grants/award_report.html", context | said, status=status)


def _standing(request: HttpRequest, award: Award, report: Report | None) -> dict[str, Any]:
    """What was sent, what became of it, and whether this person writes or answers."""
    sent, held = reports.last(report), access.effective(request)
    is_own = award.application.applicant_id == access.person(request).pk
    answers = sent is not None and not sent.answer and bool(held & set(MAY_ANSWER))
    sendings = report.sendings.order_by("-number") if report else ()
    return {
        "is_own": is_own,
        "is_written": is_own and award.state == AwardState.ACTIVE and reports.is_open(report),
        "sent": sent,
        "lines": _lines(sent, award),
        "sums": _sums(sent, award),
        "past": [each for each in sendings if each.words],
        "may_answer": answers and not is_own,
        **_publicity(sent, may=bool(held & set(MAY_ANSWER)) and not is_own),
    }


def _publicity(sent: ReportSending | None, *, may: bool) -> dict[str, Any]:
    """What everybody may read of what was sent, and who decides on it now."""
    if sent is None or not sent.is_public:
        return {}
    steps = list(sent.publications.select_related("made_by").order_by("-number"))
    is_accepted = sent.answer == ReportAnswer.ACCEPTED
    told = public_reports.preview(sent)
    return {
        "steps": steps,
        "step": steps[0].kind if steps else "",
        "told": told,
        "is_accepted": is_accepted,
        "may_publish": may and is_accepted,
        "still_public": {photo.id for photo in told.photos},
        "may_hide_photos": may,
    }


def _lines(sent: ReportSending | None, award: Award) -> list[dict[str, Any]]:
    if sent is None:
        return []
    return [
        {
            "what": row.what,
            "budget": Money(row.budget_minor, award.currency),
            "spent": Money(row.spent_minor, award.currency),
            "off": Money(row.spent_minor - row.budget_minor, award.currency),
            "why": row.why,
        }
        for row in sent.lines.order_by("position")
    ]


def _sums(sent: ReportSending | None, award: Award) -> dict[str, Money]:
    if sent is None:
        return {}
    names = ("paid", "spent", "unspent")
    return {name: Money(sent.facts[f"{name}_minor"], award.currency) for name in names}
