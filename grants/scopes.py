"""What the givers of a fund want it to pay for, in words that people and the rules can read.

The last thing written counts; what was written before stays. An award is held to what stands
when it is put to the vote.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund, Restriction
from funding.users import roles
from funding.users.models import Role, User
from grants import countries, texts
from grants.models import FundScope, Project, Theme

MOST_PROJECTS: Final = 50


class NotAScope(Refused):
    """It cannot be written like this. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NotForYou(Refused):
    """What givers want is written by the treasurer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a fund may pay for. Empty: that does not limit it."""

    countries: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    projects: frozenset[int] = frozenset()
    expires_on: dt.date | None = None
    words: str = ""

    @property
    def limits(self) -> bool:
        """Whether there is anything that it may not pay for."""
        return bool(self.countries or self.themes or self.projects or self.expires_on)

    def fits(self, project: Project, on: dt.date) -> bool:
        """Whether a project can be paid from it by a decision of that day."""
        return self._lies_in(project) and not self.is_over(on)

    def is_over(self, on: dt.date) -> bool:
        """Whether its last day has passed."""
        return self.expires_on is not None and self.expires_on < on

    def _lies_in(self, project: Project) -> bool:
        return (
            (not self.countries or str(project.country) in self.countries)
            and (not self.themes or project.theme_id in self.themes)
            and (not self.projects or project.pk in self.projects)
        )


EVERYTHING: Final = Scope()


def of(row: FundScope) -> Scope:
    """The same as plain values."""
    return Scope(
        frozenset(row.countries),
        frozenset(row.themes),
        frozenset(row.projects),
        row.expires_on,
        row.words,
    )


def standing(fund_ids: Iterable[int]) -> dict[int, Scope]:
    """What counts for each of these funds today."""
    found = dict.fromkeys(fund_ids, EVERYTHING)
    rows = FundScope.objects.filter(fund_id__in=list(found)).order_by("fund_id", "-pk")
    return found | {row.fund_id: of(row) for row in rows.distinct("fund_id")}


@transaction.atomic
def write(*, fund_id: int, scope: Scope, reason: str, by: User) -> FundScope:
    """Write what a fund may pay for from now on. The same again changes nothing.

    Raises NotForYou, NotAScope.
    """
    if not roles.has(by, Role.TREASURER):
        raise NotForYou(_("Only the treasurer writes what givers want."))
    fund = Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
    last = FundScope.objects.filter(fund=fund).order_by("-pk").first()
    if of(last) == scope if last else scope == EVERYTHING:
        return last or FundScope(fund=fund)
    _must_make_sense(fund, scope, reason)
    row = FundScope.objects.create(
        fund=fund,
        countries=sorted(scope.countries),
        themes=sorted(scope.themes),
        projects=sorted(scope.projects),
        expires_on=scope.expires_on,
        words=scope.words,
        reason=texts.one_line(reason),
        written_by=by,
        written_at=clock.now(),
    )
    log.record(
        actor=f"user:{by.pk}", action="fund.scope_written", subject=f"fund:{fund.pk}", scope=row.pk
    )
    return row


def _must_make_sense(fund: Fund, scope: Scope, reason: str) -> None:
    if not reason.strip():
        raise NotAScope("reason", _("Write why: a letter, a contract, an appeal, with its date."))
    if scope.limits and fund.restriction == Restriction.UNRESTRICTED:
        sentence = _("%(fund)s is unrestricted, so it pays for all work for the manul.")
        raise NotAScope("countries", sentence % {"fund": fund.name})
    if unknown := sorted(scope.countries - set(countries.RANGE)):
        sentence = _("%(code)s is not a country of the manul’s range.")
        raise NotAScope("countries", sentence % {"code": unknown[0]})
    if scope.themes - set(Theme.objects.values_list("pk", flat=True)):
        raise NotAScope("themes", _("Choose themes from the list."))
    known = Project.objects.filter(pk__in=scope.projects).count()
    if known != len(scope.projects) or known > MOST_PROJECTS:
        raise NotAScope("projects", _("Choose projects from the list."))


def sentences(scope: Scope) -> list[str]:
    """What it may pay for, for people: one sentence for each limit."""
    said = []
    if scope.countries:
        names = ", ".join(sorted(countries.name(code) for code in scope.countries))
        said.append(_("Work in %(countries)s.") % {"countries": names})
    if scope.themes:
        themes = Theme.objects.filter(pk__in=scope.themes)
        said.append(_("Themes: %(themes)s.") % {"themes": ", ".join(t.label for t in themes)})
    if scope.projects:
        titles = Project.objects.filter(pk__in=scope.projects).values_list("title", flat=True)
        said.append(_("Only %(projects)s.") % {"projects": ", ".join(f"“{t}”" for t in titles)})
    if scope.expires_on:
        day = texts.day(scope.expires_on)
        said.append(_("Awarded by %(day)s at the latest.") % {"day": day})
    return said
