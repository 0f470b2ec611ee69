"""Projects as everybody may see them: what is published, and what was awarded to it.

A project whose application has no award is never shown, whatever its row says: the names of
those who asked in vain are nobody's business.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from funding import clock
from grants import figures
from grants.figures import Figures
from grants.models import Area, Award, Project


@dataclass(frozen=True, slots=True)
class Shown:
    """A published project, with its award if it has one."""

    project: Project
    award: Award | None
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class Awarded:
    """An award, with its project once that is published."""

    award: Award
    project: Project | None
    figures: Figures


# What was published about a project, the newest first, as its page shows it: told by a layer
# above, which registers itself.
News = Callable[[int], Sequence[object]]
_NEWS: list[News] = []


def register_news(news: News) -> None:
    """Let a layer above tell the news of a project. There is one such teller."""
    _NEWS[:] = [news]


def news_of(project: Project) -> list[object]:
    """What was published about a project, the newest first."""
    return [each for news in _NEWS for each in news(project.pk)]


def published() -> QuerySet[Project]:
    """Projects with a public page, the newest first."""
    is_funded = Q(application__isnull=True) | Q(application__award__isnull=False)
    found = Project.objects.filter(is_funded, published_at__lte=clock.now())
    related = ("organisation", "theme", "area", "application__award", "application__round")
    return found.select_related(*related).order_by("-published_at", "title")


def with_figures(rows: Iterable[Project]) -> list[Shown]:
    """These projects with what the journal says of their awards, in one statement."""
    found = [(project, _award(project)) for project in rows]
    told = figures.of([award.pk for _project, award in found if award])
    return [Shown(project, award, told[award.pk] if award else None) for project, award in found]


def awarded(awards: QuerySet[Award]) -> list[Awarded]:
    """These awards, the newest first, in two statements."""
    related = ("application__project__organisation", "application__project__area")
    found = list(awards.select_related(*related).order_by("-adopted_at", "-pk"))
    told = figures.of([award.pk for award in found])
    return [Awarded(award, _public(award), told[award.pk]) for award in found]


def awarded_from(fund_id: int) -> list[Awarded]:
    """The awards that draw on a fund, the newest first, with the fund's part of each."""
    parts = figures.in_fund(fund_id)
    awards = Award.objects.filter(pk__in=parts).select_related("application__project")
    found = awards.order_by("-adopted_at", "-pk")
    return [Awarded(award, _public(award), parts[award.pk]) for award in found]


def by_area() -> list[tuple[Area, int]]:
    """The areas of focus, each with how many published projects it has, in two statements."""
    rows = published().order_by().values_list("area").annotate(number=Count("pk"))
    numbers = dict(rows)
    return [(area, numbers.get(area.pk, 0)) for area in Area.objects.all()]


def _award(project: Project) -> Award | None:
    application = getattr(project, "application", None)
    return getattr(application, "award", None)


def _public(award: Award) -> Project | None:
    project = award.application.project
    at = project.published_at
    return project if at and at <= clock.now() else None
