"""What everybody may read of grantees' reports: asked of what the office has shown.

A report is here while the last step of its publication says so, it is accepted, its grantee
agreed, and its project is published; of it only what was ticked.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from funding import clock
from funding.money import Money
from grants.models import (
    Project,
    Publication,
    PublicationKind,
    ReportAnswer,
    ReportKind,
    ReportPhoto,
    ReportSending,
)

# Sendings with what `shown` adds to them.
Sendings = QuerySet[Any]
# So many letters of a summary stand where only its beginning is told.
_BEGINNING: Final = 240


@dataclass(frozen=True, slots=True)
class PublicPhoto:
    """A photo that may be shown, with the name of who took it, without its bytes."""

    id: int
    shows: str
    taken_by: str
    small_url: str
    large_url: str


@dataclass(frozen=True, slots=True)
class PublicReport:
    """What everybody may read of a report. `budget` and `spent` are None where nobody agreed."""

    sending_id: int
    award_id: int
    project: Project
    kind: str
    published_at: dt.datetime | None
    summary: str
    photos: tuple[PublicPhoto, ...]
    counts: tuple[dict[str, Any], ...]
    budget: Money | None
    spent: Money | None

    @property
    def name(self) -> str:
        """'Interim report', in the language that is on."""
        return named(self.kind)

    @property
    def url(self) -> str:
        """The path of its page."""
        return reverse("grants:project_report", kwargs=_where(self.project, self.kind))

    @property
    def beginning(self) -> str:
        """The first lines, cut between two words."""
        return Truncator(" ".join(self.summary.split())).chars(_BEGINNING)

    @property
    def photo(self) -> PublicPhoto | None:
        """The one that stands for it in lists."""
        return self.photos[0] if self.photos else None


def named(kind: str) -> str:
    """The name of a kind of report, in the language that is on."""
    return _("Interim report") if kind == ReportKind.INTERIM else _("Final report")


def shown() -> Sendings:
    """The reports that everybody may read, of published projects, the latest shown first."""
    rows = with_last().filter(
        step=PublicationKind.SHOWN,
        answer=ReportAnswer.ACCEPTED,
        is_public=True,
        report__award__application__project__published_at__lte=clock.now(),
    )
    return rows.select_related("report__award__application__project").order_by("-step_at", "-pk")


def of_awards(ids: Collection[int]) -> dict[int, list[PublicReport]]:
    """What everybody may read of each of these awards, the latest first; in two statements."""
    found: defaultdict[int, list[PublicReport]] = defaultdict(list)
    if ids:
        for each in told(shown().filter(report__award__in=ids)):
            found[each.award_id].append(each)
    return found


def told(sendings: Iterable[Any]) -> list[PublicReport]:
    """These rows of `shown`, with their photos in one statement."""
    rows = list(sendings)
    standing = {photo.pk: photo for photo in photos_of(rows)} if rows else {}
    return [_told(row, standing) for row in rows]


def preview(sending: ReportSending) -> PublicReport:
    """What would be shown of it, for whoever decides."""
    row: Any = sending
    row.step_at = None
    return told([row])[0]


def picture(project: Project, kind: str, mark: str) -> ReportPhoto | None:
    """A photo of a report that is shown, by its fingerprint; None if there is no such thing."""
    rows = shown().filter(report__award__application__project=project, report__kind=kind)
    return photos_of(rows).filter(sha256=mark).first()


def _told(row: Any, standing: dict[int, ReportPhoto]) -> PublicReport:  # noqa: ANN401 -- of `shown`
    award, facts = row.report.award, row.facts
    project, kind = award.application.project, row.report.kind
    photos = [standing[each["id"]] for each in facts.get("photos", []) if each["id"] in standing]
    sums = facts.get("shows_spending", False)
    budget = sum(line["budget_minor"] for line in facts.get("lines", []))
    return PublicReport(
        sending_id=row.pk,
        award_id=award.pk,
        project=project,
        kind=kind,
        published_at=row.step_at,
        summary=facts.get("summary", ""),
        photos=tuple(_photo(photo, project, kind) for photo in photos),
        counts=tuple(facts["indicators"]) if facts.get("shows_counts") else (),
        budget=Money(budget, award.currency) if sums else None,
        spent=Money(row.spent_minor, award.currency) if sums else None,
    )


def _photo(photo: ReportPhoto, project: Project, kind: str) -> PublicPhoto:
    small, large = (
        reverse(
            "grants:project_report_picture",
            kwargs=_where(project, kind) | {"size": size, "mark": photo.sha256},
        )
        for size in ("small", "large")
    )
    return PublicPhoto(photo.pk, photo.shows, photo.taken_by, small, large)


def _where(project: Project, kind: str) -> dict[str, str]:
    return {"slug": project.slug, "kind": kind}


def photos_of(sendings: Iterable[Any]) -> QuerySet[ReportPhoto]:
    """The photos that were sent as public with these, and still are, without their bytes."""
    ids = {
        each["id"] for row in sendings for each in row.facts.get("photos", []) if each["is_public"]
    }
    rows = ReportPhoto.objects.filter(pk__in=ids, is_public=True, removed_at__isnull=True)
    return rows.defer("content", "small")


def with_last() -> Sendings:
    """Every sending with `step`, what was done last to show it or not, and when, `step_at`."""
    steps = Publication.objects.filter(sending=OuterRef("pk")).order_by("-number")
    return ReportSending.objects.annotate(
        step=Subquery(steps.values("kind")[:1]), step_at=Subquery(steps.values("made_at")[:1])
    )
