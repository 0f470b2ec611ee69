"""The register of grants: for readers, for spreadsheets and for machines."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funding import limits, lists
from funding.lists import Column
from funding.money import Money
from funding.parties.models import Entity
from grants import figures, giving_data, public_reports
from grants import register as rules
from grants.forms.public import GrantFilter
from grants.models import AwardState
from grants.register import Grant

# A quarter of an hour: an award is made a few times a year, and paid a few times more.
_FRESH: Final = "public, max-age=900"
_FORMS: Final = frozenset({"json", "csv"})


@require_safe
@limits.limited(limits.BOOKS_BY_ADDRESS)
def grants(request: HttpRequest) -> HttpResponseBase:
    """Everybody may. Every award, by words, year, country and fund; and the same as a file."""
    every = rules.rows()
    asked = GrantFilter(request.GET, every)
    found = asked.found(every)
    if "csv" in request.GET:
        return lists.file("manul-grants", _columns(), rules.each(found))
    page = lists.page(request, rules.whole(found))
    told = public_reports.of_awards([row.pk for row in page.object_list])
    totals = figures.totals(found.order_by().values_list("pk", flat=True)).values()
    context = {
        "asked": asked,
        "shown": page,
        "rows": [(row, told.get(row.award.pk, [])) for row in rules.told(page.object_list)],
        "totals": list(totals),
        "query": lists.query(request),
        "is_filtered": asked.is_filtered,
        "has_data": every.filter(is_public=True).exists(),
    }
    return render(request, "grants/grants.html", context)


@require_safe
@limits.limited(limits.JOURNAL_BY_ADDRESS)
def grants_360giving(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """Everybody may. What is published, in the 360Giving Data Standard, always in English."""
    del request
    publisher = Entity.objects.order_by("pk").first()
    every = rules.rows()
    # The standard knows no package without a grant.
    if form not in _FORMS or publisher is None or not every.filter(is_public=True).exists():
        raise Http404
    if form == "csv":
        rows = _in_english(giving_data.lines(every))
        response = lists.file("360giving", giving_data.columns(), rows)
    else:
        pieces = _in_english(giving_data.package(every, publisher))
        response = StreamingHttpResponse(pieces, content_type="application/json; charset=utf-8")
    response["Cache-Control"] = _FRESH
    return response


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Everybody may: the other name of the register leads to it."""
    del request
    return redirect("grants:grants", permanent=True)


def _in_english[T](pieces: Iterable[T]) -> Iterator[T]:
    """The same, whoever reads: a file for machines is one file. The words are asked for while
    the answer is under way, so the language is set here and not in the view."""
    with translation.override("en"):
        yield from pieces


def _columns() -> list[Column[Grant]]:
    def sums(name: str) -> Callable[[Grant], Money]:
        return lambda row: getattr(row.figures, name)

    def project(row: Grant) -> str:
        return row.project.title if row.project else ""

    return [
        Column(_("Grant"), lambda row: row.award.pk),
        Column(_("Project"), project),
        Column(_("Organisation"), lambda row: row.recipient),
        Column(_("Country"), lambda row: row.project.country.code or "" if row.project else ""),
        Column(_("Province"), lambda row: row.province),
        Column(_("Round"), lambda row: row.call.name if row.call else ""),
        Column(_("Decided"), lambda row: row.decided_on),
        Column(_("State"), lambda row: AwardState(row.award.state).label),
        Column(_("Currency"), lambda row: row.award.currency),
        Column(_("Awarded"), sums("awarded")),
        Column(_("Payable"), sums("payable")),
        Column(_("Paid"), sums("paid")),
        Column(_("Still committed"), sums("committed")),
        Column(_("Cancelled"), sums("cancelled")),
        Column(_("Came back"), sums("returned")),
        Column(_("Taken over"), lambda row: _("yes") if row.award.is_taken_over else ""),
    ]
