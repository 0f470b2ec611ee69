"""The register of grants: every award of the fund, as everybody may read it.

An award stands in it from the day on which it was adopted. Who gets it, for what and where is
told once its project is published; before that only its sum and its day are. A person who asked
in their own name is never named.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from django.db.models import DateField, DateTimeField, Exists, F, Func, OuterRef, QuerySet
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from funding import clock
from funding.ledger.models import Entry
from funding.money import Money
from grants import figures, rounds
from grants.figures import Figures
from grants.models import Award, Project, Round
from grants.rounds import Phase

# Awards with what `rows` adds to them.
Awards = QuerySet[Any]
# How many awards are read at once for a file, whatever its length.
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the register. Without a `project` nothing else may be told of it.

    `paid_before` is what another system paid before these books, and `awarded_before` what was
    promised there in all; both are None for an award of our own.
    """

    award: Award
    decided_on: dt.date
    project: Project | None
    figures: Figures
    awarded_before: Money | None
    paid_before: Money | None

    @property
    def whole(self) -> Money:
        """What was granted and stands, wherever it was paid."""
        return self.figures.awarded + self.paid_before if self.paid_before else self.figures.awarded

    @property
    def disbursed(self) -> Money:
        """What has been paid and was not sent back, wherever it was paid."""
        return self.figures.paid + self.paid_before if self.paid_before else self.figures.paid

    @property
    def is_person(self) -> bool:
        """Whether it goes to somebody who asked in their own name."""
        application = self.award.application
        return _folded(application.project.organisation.name) == _folded(application.applicant.name)

    @property
    def recipient(self) -> str:
        """Who gets it, as everybody may read it; empty while the project is not published."""
        if self.project is None:
            return ""
        return _("Individual recipient") if self.is_person else self.project.organisation.name

    @property
    def call(self) -> Round | None:
        """The round that it was asked for in, where everybody may read that."""
        call = self.award.application.round
        hidden = self.award.is_taken_over or rounds.phase(call) == Phase.HIDDEN
        return None if hidden else call

    @property
    def province(self) -> str:
        """Where, no finer than a province: a word with a digit could be a point on a map."""
        place = self.project.province.strip() if self.project else ""
        return "" if re.search(r"\d", place) else place


def rows() -> Awards:
    """Every award, the latest decision first, each with the day of it in its body's calendar.

    The day of one that was taken over is that of its first promise. `is_public`: its project
    may be named.
    """
    there = Func(
        F("entity__zone"), F("adopted_at"), function="timezone", output_field=DateTimeField()
    )
    public = Project.objects.filter(
        pk=OuterRef("application__project"), published_at__lte=clock.now()
    )
    return Award.objects.annotate(
        decided_on=Coalesce("take_over__awarded_on", Cast(there, DateField())),
        is_public=Exists(public),
    ).order_by("-decided_on", "-pk")


def told(awards: Iterable[Award]) -> list[Grant]:
    """These rows with what the journal says of them, in one statement."""
    found = list(awards)
    sums = figures.of(award.pk for award in found)
    return [_told(award, sums[award.pk]) for award in found]


def of_project(project: Project) -> Grant | None:
    """The grant of a published project, if it has one."""
    return next(iter(told(whole(rows().filter(application__project=project)))), None)


def each(awards: Awards) -> Iterator[Grant]:
    """The same, read in batches: a file of any length takes no more memory than a short one."""
    for batch in batched(whole(awards).iterator(chunk_size=BATCH), BATCH):
        yield from told(batch)


def whole(awards: Awards) -> Awards:
    """With all that a line tells."""
    return awards.select_related(
        "entity",
        "take_over",
        "application__applicant",
        "application__round",
        "application__project__organisation",
        "application__project__theme",
        "application__project__area",
    )


def changed(award_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """When the journal last said something of each of these awards, by id."""
    causes = {f"award:{pk}": pk for pk in award_ids}
    latest = Entry.objects.filter(cause__in=causes).order_by("cause", "-booked_at")
    found = latest.distinct("cause").values_list("cause", "booked_at")
    return {causes[cause]: at for cause, at in found}


def _told(award: Any, sums: Figures) -> Grant:  # noqa: ANN401 -- a row of `Awards`
    row = getattr(award, "take_over", None)
    money = lambda minor: Money(minor, award.currency)  # noqa: E731 -- twice the same, one line
    project = award.application.project
    return Grant(
        award=award,
        decided_on=award.decided_on,
        project=project if award.is_public else None,
        figures=sums,
        awarded_before=money(row.awarded_minor) if row else None,
        paid_before=money(row.paid_minor) if row else None,
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
