"""Projects and rounds, as everybody may read them."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funding import clock, lists
from funding.ledger import balances
from funding.lists import Column
from funding.money import Money
from grants import (
    call_words,
    figures,
    giving_data,
    outcomes,
    public_reports,
    register,
    scopes,
    texts,
)
from grants import countries as places
from grants import rounds as calls
from grants import terms as call_terms
from grants.forms.public import ProjectFilter
from grants.models import Application, Award, Lottery, Round
from grants.projects import Shown, awarded, news_of, published, with_figures
from grants.public_reports import PublicReport

# Where the call is read far from UTC, from the west of the manul's range to its east.
_FAR: Final = ("IR", "KZ", "MN")


@require_safe
def projects(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everybody may. Projects that are published, by country, theme and area."""
    shown = published()
    asked = ProjectFilter(request.GET, shown)
    found = asked.found(shown)
    if "csv" in request.GET:
        return lists.file("manul-projects", _columns(), with_figures(found))
    page = lists.page(request, found)
    awards = found.order_by().values_list("application__award", flat=True)
    context = {
        "asked": asked,
        "shown": page,
        "rows": with_figures(page.object_list),
        "totals": figures.totals([pk for pk in awards if pk]).values(),
        "query": lists.query(request),
        "is_filtered": asked.is_filtered,
    }
    return render(request, "grants/projects.html", context)


@require_safe
def project(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody may read a published project. Places are never finer than a province."""
    found = get_object_or_404(published(), slug=slug)
    (row,) = with_figures([found])
    shares = _shares(row.award) if row.award else []
    grant = register.of_project(found) if row.award else None
    call = row.award.application.round if row.award else None
    context = {
        "row": row,
        "project": found,
        "shares": shares,
        "call": _public(call),
        "rows": news_of(found),
        "reports": _reports(row.award),
        "grant": grant,
        "linked": giving_data.linked(grant) if grant else "",
        "grant_id": giving_data.identifier(grant) if grant else "",
    }
    return render(request, "grants/project.html", context)


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """Everybody may. Rounds that are published."""
    page = lists.page(request, calls.published())
    told = outcomes.told(page.object_list)
    sums = figures.of_rounds(each.round.pk for each in told)
    rows = [(each, sums[each.round.pk]) for each in told]
    context = {"shown": page, "rows": rows, "query": lists.query(request)}
    return render(request, "grants/rounds.html", context)


@require_safe
def round_call(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody may read a published round. Who asked in vain is nobody's business."""
    found = get_object_or_404(calls.published().select_related("entity"), slug=slug)
    (told,) = outcomes.told([found])
    awards = awarded(Award.objects.filter(application__round=found))
    context = {
        "told": told,
        "round": found,
        "maximum": Money(found.maximum_minor, found.currency),
        "sources": _sources(found),
        "awards": awards,
        "refusals": _refusals(told),
        "total": figures.of_rounds([found.pk])[found.pk],
        "as_of": clock.now(),
        **_said(found),
    }
    return render(request, "grants/round_call.html", context)


def _refusals(told: outcomes.Told) -> list[tuple[str, int]]:
    """Why how many were not funded: numbers alone, and only once nothing is undecided."""
    if told.standing != outcomes.Standing.DECIDED:
        return []
    return outcomes.refusals(Application.objects.filter(round=told.round))


def _said(found: Round) -> dict[str, object]:
    """What the round says of its steps, its limits, its questions and its lot."""
    terms = call_terms.of(found)
    lottery = Lottery.objects.filter(round=found).first()
    return {
        "terms": terms,
        "steps": call_words.steps(terms),
        "checked": call_words.checked(terms),
        "limits": call_words.limits(terms, found.currency),
        "costs": call_words.costs(terms),
        "criterions": [
            (each, [(anchor.mark, anchor.sentence) for anchor in each.anchors.all()])
            for each in found.criterions.order_by("position").prefetch_related("anchors")
        ],
        "lottery": lottery,
        "is_marked": not found.marks_due_at or found.marks_due_at <= clock.now(),
        "closes_there": [
            texts.there(found.closes_at, zone) for zone in sorted(set(map(places.zone, _FAR)))
        ],
    }


def _reports(award: Award | None) -> list[PublicReport]:
    """What everybody may read of the reports on its award, the latest first."""
    return public_reports.of_awards([award.pk])[award.pk] if award else []


def _shares(award: Award) -> list[tuple[object, figures.Figures]]:
    """Each fund behind an award, and what of the award is its."""
    told = figures.by_fund(award.pk)
    shares = award.shares.select_related("fund").order_by("fund__position", "fund__name")
    nothing = figures.nothing(award.currency)
    return [(share.fund, told.get(share.fund_id, nothing)) for share in shares]


def _sources(found: Round) -> list[tuple[object, Money, Money, list[str], str]]:
    """Each fund that a round may draw on: the most it may take, what is free there today, what
    it may pay for, and its givers' own words.
    """
    funds = list(found.funds.select_related("fund").order_by("fund__position", "fund__name"))
    free = balances.figures([each.fund_id for each in funds])
    wanted = scopes.standing(free)
    return [
        (
            each.fund,
            Money(each.envelope_minor, found.currency),
            free[each.fund_id].available,
            scopes.sentences(wanted[each.fund_id]),
            wanted[each.fund_id].words,
        )
        for each in funds
    ]


def _public(call: Round | None) -> Round | None:
    return call if call and calls.phase(call) != calls.Phase.HIDDEN else None


def _columns() -> list[Column[Shown]]:
    def sums(name: str) -> Callable[[Shown], Money | None]:
        return lambda row: getattr(row.figures, name) if row.figures else None

    return [
        Column(_("Project"), lambda row: row.project.title),
        Column(_("Organisation"), lambda row: row.project.organisation.name),
        Column(_("Country"), lambda row: row.project.country.code or ""),
        Column(_("Province"), lambda row: row.project.province),
        Column(_("Theme"), lambda row: row.project.theme.name),
        Column(_("Area"), lambda row: row.project.area.name),
        Column(_("Starts"), lambda row: row.project.starts_on),
        Column(_("Ends"), lambda row: row.project.ends_on),
        Column(_("Currency"), lambda row: row.award.currency if row.award else None),
        Column(_("Awarded"), sums("awarded")),
        Column(_("Payable"), sums("payable")),
        Column(_("Paid"), sums("paid")),
        Column(_("Still committed"), sums("committed")),
        Column(_("Decided"), lambda row: row.award.adopted_at.date() if row.award else None),
    ]
