"""Reports of grantees as everybody may read them, and who says that they may."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from funding.errors import Refused
from funding.users import access
from grants import projects, public_reports, publications, reports
from grants.forms.reports import HideForm
from grants.models import Award, ReportKind
from grants.reports import MAY_ANSWER
from grants.views.guarding import of_award
from grants.views.reports import kind_of, report_page, sent_of

_SIZES: Final = {"large": "content", "small": "small"}


@require_safe
def project_report(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Everybody may read a report that is shown. Places are never finer than a province."""
    project = get_object_or_404(projects.published(), slug=slug)
    rows = public_reports.shown().filter(report__award__application__project=project)
    row = get_object_or_404(rows, report__kind=kind)
    context = {"project": project, "told": public_reports.told([row])[0]}
    return render(request, "grants/project_report.html", context)


@require_safe
def project_report_picture(
    request: HttpRequest, slug: str, kind: str, size: str, mark: str
) -> HttpResponse:
    """Everybody may see a photo of a report that is shown, if it may be shown too."""
    del request
    project = get_object_or_404(projects.published(), slug=slug)
    photo = public_reports.picture(project, kind, mark)
    if photo is None or size not in _SIZES:
        raise Http404
    response = HttpResponse(bytes(getattr(photo, _SIZES[size])), content_type="image/jpeg")
    # Short, so that one that is taken off is gone soon.
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_POST
@of_award(*MAY_ANSWER)
def award_report_publish(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """Officers and chairs may: show everybody what the grantee agreed to."""
    which = kind_of(award, kind)
    sending = sent_of(award, which, request)
    try:
        publications.publish(sending_id=sending.pk, by=access.person(request))
    except Refused as refusal:
        return report_page(award, request, which, refusal=refusal.sentence, status=409)
    messages.success(request, _("Published. Everybody can read it on the project’s page."))
    return redirect("grants:award_report", pk=award.pk, kind=which)


@require_POST
@of_award(*MAY_ANSWER)
def award_report_hide(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """Officers and chairs may: leave a report off the public pages, and say why."""
    which, form = kind_of(award, kind), HideForm(request.POST)
    sending = sent_of(award, which, request)
    if not form.is_valid():
        return report_page(award, request, which, hiding=form, status=422)
    try:
        publications.hide(
            sending_id=sending.pk, words=form.cleaned_data["hidden_why"], by=access.person(request)
        )
    except Refused as refusal:
        return report_page(award, request, which, hiding=form, refusal=refusal.sentence, status=409)
    messages.success(request, _("It is on no public page. The applicant reads why."))
    return redirect("grants:award_report", pk=award.pk, kind=which)


@require_POST
@of_award(applicant=True)
def award_report_consent(request: HttpRequest, award: Award, kind: str) -> HttpResponse:
    """The applicant may: take back that it is shown, or agree again."""
    which = kind_of(award, kind)
    sending = sent_of(award, which, request)
    deed = publications.agree if request.POST.get("do") == "agree" else publications.withdraw
    try:
        deed(sending_id=sending.pk, by=access.person(request))
    except Refused as refusal:
        return report_page(award, request, which, refusal=refusal.sentence, status=409)
    if deed is publications.agree:
        messages.success(request, _("Thank you. An officer decides whether it is shown."))
    else:
        messages.success(request, _("Nothing of this report is shown any more."))
    return redirect("grants:award_report", pk=award.pk, kind=which)


@require_POST
@of_award(*MAY_ANSWER, applicant=True)
def award_report_picture_hide(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant, officers and chairs may: show one photo nowhere any more."""
    photo = get_object_or_404(reports.photos_of(award), pk=number)
    try:
        publications.hide_photo(award_id=award.pk, photo_id=photo.pk, by=access.person(request))
    except Refused as refusal:
        kind = ReportKind(photo.report.kind)
        return report_page(award, request, kind, refusal=refusal.sentence, status=409)
    messages.success(request, _("This photo is shown nowhere any more."))
    return redirect("grants:award_report", pk=award.pk, kind=photo.report.kind)
