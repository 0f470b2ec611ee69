"""What can be computed of an application that was sent, as sentences for the officer's check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.money import Money
from funding.parties.models import Organisation
from grants import budgets, gaps, rounds, texts
from grants.budgets import Category
from grants.models import Application, Award, LineSource


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was computed: whether it is as it should be, and a sentence that shows it."""

    code: str
    is_ok: bool
    sentence: str


# What else speaks for or against an application; other nouns add what they know of it.
SOURCES: Final[list[Callable[[Application], Iterable[Fact]]]] = []
# What an organisation owes of earlier awards, a sentence each. Empty as long as nothing is owed.
OVERDUE: Final[list[Callable[[Organisation], Iterable[str]]]] = []


def of(application: Application) -> list[Fact]:
    """Everything that can be computed of an application, in the order of the officer's page."""
    found = [
        _maximum(application),
        _minimum(application),
        _budget(application),
        *_costs(application),
        _in_time(application),
        *_earlier(application),
    ]
    return found + [fact for source in SOURCES for fact in source(application)]


def overdue(organisation: Organisation) -> list[str]:
    """What the organisation owes of earlier awards. While there is any, nothing of it passes."""
    return [sentence for source in OVERDUE for sentence in source(organisation)]


def _maximum(application: Application) -> Fact:
    ask, most = application.ask_minor, application.round.maximum_minor
    sentence = _("Asks for %(ask)s; the round gives at most %(most)s.")
    told = {"ask": _sum(application, ask), "most": _sum(application, most)}
    return Fact("maximum", ask <= most, sentence % told)


def _minimum(application: Application) -> Fact:
    least, ask = application.minimum_minor, application.ask_minor
    sentence = _("Needs at least %(least)s of the %(ask)s.")
    told = {"least": _sum(application, least), "ask": _sum(application, ask)}
    return Fact("minimum", 0 < least <= ask, sentence % told)


def _budget(application: Application) -> Fact:
    lines = gaps.lines_of(application)
    comes_to = budgets.sums(lines).us_minor
    sentence = ngettext(
        "The budget has one line; what is asked of this fund adds up to %(sum)s.",
        "The budget has %(n)s lines; what is asked of this fund adds up to %(sum)s.",
        len(lines),
    )
    told = {"n": len(lines), "sum": _sum(application, comes_to)}
    return Fact("budget", bool(lines) and comes_to == application.ask_minor, sentence % told)


def _costs(application: Application) -> list[Fact]:
    """Each kind of cost that the round limits, where the application has any of it."""
    asked: dict[str, int] = {}
    for line in gaps.lines_of(application):
        if line.source == LineSource.US:
            asked[line.category] = asked.get(line.category, 0) + line.amount_minor
    found = []
    for limit in application.round.cost_limits.order_by("category"):
        minor = asked.get(limit.category, 0)
        if not minor:
            continue
        sentence = _("%(kind)s: %(sum)s, and the round pays at most %(most)s per cent of the ask.")
        told = {
            "kind": Category(limit.category).label,
            "sum": _sum(application, minor),
            "most": limit.most_percent,
        }
        fits = minor * 100 <= limit.most_percent * application.ask_minor
        found.append(Fact(f"cost_{limit.category}", fits, sentence % told))
    return found


def _in_time(application: Application) -> Fact:
    assert application.submitted_at is not None
    sentence = _("Sent %(sent)s; the round closed %(end)s.")
    told = {
        "sent": texts.instant(application.submitted_at),
        "end": texts.instant(application.round.closes_at),
    }
    is_ok = application.submitted_at < rounds.ends_at(application.round)
    return Fact("in_time", is_ok, sentence % told)


def _earlier(application: Application) -> list[Fact]:
    """What the organisation had before, and what of it is overdue."""
    body = application.project.organisation
    had = Award.objects.filter(application__project__organisation=body)
    number = had.exclude(application=application).count()
    sentence = ngettext(
        "%(body)s has had one award before.", "%(body)s has had %(n)s awards before.", number
    )
    if not number:
        sentence = _("%(body)s has had no award before.")
    owed = overdue(body)
    said = [Fact("overdue", is_ok=False, sentence=each) for each in owed]
    return [
        Fact("earlier", is_ok=True, sentence=sentence % {"body": body.name, "n": number}),
        *said,
    ]


def _sum(application: Application, minor: int) -> str:
    return Money(minor, application.round.currency).text()
