"""Pages of fund reports: asked for, watched while they are made, kept and handed out."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists
from funding.documents.models import Document
from funding.documents.pen import period_name
from funding.errors import Refused
from funding.lists import Column
from funding.money import Money
from funding.site import reports as rules
from funding.site.models import FundReport, ReportState
from funding.site.report_forms import AskForm, ReportFilters, subject_of
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait

READERS: Final = (
    Role.TREASURER, Role.OFFICER, Role.CHAIR, Role.COMMITTEE, Role.ADMINISTRATOR,
)  # fmt: skip

COLUMNS: list[Column[FundReport]] = [
    Column("report", lambda row: row.pk),
    Column("entity", lambda row: row.entity.slug),
    Column("fund", lambda row: row.fund.slug if row.fund else "all"),
    Column("currency", lambda row: row.currency),
    Column("starts_on", lambda row: row.starts_on),
    Column("ends_on", lambda row: row.ends_on),
    Column("state", lambda row: row.state),
    Column("document", lambda row: row.document.name if row.document else ""),
    Column("version", lambda row: row.version),
    Column("asked_at", lambda row: row.asked_at),
    Column("asked_by", lambda row: str(row.asked_by)),
    Column("done_at", lambda row: row.done_at),
    Column("error", lambda row: row.error),
]


@never_cache
@require_safe
@access.role(*READERS)
def reports(request: HttpRequest) -> HttpResponseBase:
    """Whoever works for the fund may: every report, and the form that asks for one."""
    filters = ReportFilters(request.GET)
    if "csv" in request.GET:
        name = f"reports-{clock.today('UTC').isoformat()}"
        return lists.file(name, COLUMNS, filters.rows().iterator())
    form = AskForm(initial={"subject": subject_of(request.GET.get("fund", ""))})
    return _page(request, form, filters)


@require_POST
@access.role(*READERS)
def report_ask(request: HttpRequest) -> HttpResponse:
    """Whoever works for the fund may: ask for a report, or have one compared with the books."""
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, form, ReportFilters(QueryDict()), status=422)
    try:
        asked = rules.ask(**form.cleaned_data["wanted"], by=access.person(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, ReportFilters(QueryDict()), status=409)
    messages.success(request, _("Asked for."))
    return redirect("report", pk=asked.pk)


@never_cache
@require_safe
@access.role(*READERS)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever works for the fund may: how far one is, or what came of it."""
    found = FundReport.objects.select_related("entity", "fund", "asked_by", "document")
    row = get_object_or_404(found.defer("document__content"), pk=pk)
    context = {
        "row": row,
        "name": name_of(row),
        "period": period_name(row.starts_on, row.ends_on),
        "is_open": row.state in (ReportState.WAITING, ReportState.RUNNING),
        "figures": _figures(row),
        "papers": _papers(row),
    }
    return render(request, "site/report.html", context)


@require_POST
@access.role(*READERS)
def report_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever works for the fund may: try a failed one again, or compare one with the books."""
    row = get_object_or_404(FundReport, pk=pk)
    rules.ask_again(report_id=row.pk, by=access.person(request))
    messages.success(request, _("Asked for."))
    return redirect("report", pk=pk)


@never_cache
@require_safe
@access.role(*READERS)
def report_file(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Whoever works for the fund may: the frozen bytes of one version."""
    del request
    document = get_object_or_404(Document, key=f"report:{pk}:{version}")
    if document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


def name_of(row: FundReport) -> str:
    """'General fund', or 'All funds in EUR'."""
    return row.fund.name if row.fund else _("All funds in %s") % row.currency


def failed(user: User) -> list[Wait]:
    """What waits for the person: reports that they asked for and that could not be made."""
    rows = FundReport.objects.filter(asked_by=user, state=ReportState.FAILED)
    return [
        Wait(
            title=_("The report on %s could not be made") % name_of(row),
            url=reverse("report", kwargs={"pk": row.pk}),
            sentence=_("Its page says why. Try it again, or tell an administrator."),
            since=row.asked_at,
            state=_("failed"),
        )
        for row in rows.select_related("fund")
    ]


def _page(
    request: HttpRequest, form: AskForm, filters: ReportFilters, *, status: int = 200
) -> HttpResponse:
    shown = lists.page(request, filters.rows())
    context = {
        "form": form,
        "filters": filters,
        "is_filtered": bool(filters.asked()),
        "shown": shown,
        "rows": [_told(row) for row in shown],
        "query": lists.query(request),
        "has_funds": bool(form.fields["subject"].choices),  # type: ignore[attr-defined]
    }
    return render(request, "site/reports.html", context, status=status)


def _told(row: FundReport) -> dict[str, Any]:
    return {
        "row": row,
        "name": name_of(row),
        "period": period_name(row.starts_on, row.ends_on),
        "zone": row.entity.zone,
    }


def _figures(row: FundReport) -> dict[str, Money]:
    """The sums of the cover, as the document that stands has frozen them."""
    if row.document is None:
        return {}
    told = row.document.snapshot
    sums = {
        "opening": told["moved"]["opening"],
        "gifts": told["moved"]["gifts"],
        "awarded": told["awards_sum"]["awarded"],
        "closing": told["moved"]["closing"],
        "available": told["behind"]["available"],
    }
    return {name: Money(minor, row.currency) for name, minor in sums.items()}


def _papers(row: FundReport) -> Iterable[tuple[int, Document]]:
    """Every version with its document, the latest first."""
    papers = rules.documents(row)
    return [(int(paper.key.rpartition(":")[2]), paper) for paper in papers]
