"""What an application still lacks before it can be sent, for people and for machines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from funding.money import Money
from grants import budgets, conditions, contents, cost_limits, sections, texts
from grants.contents import Content
from grants.contents import lines_of as lines_of
from grants.models import Application, Round

SUMMARY_WORDS: Final = 150
METHODS_WORDS: Final = 400
REASON_WORDS: Final = 100
# The parts of the form, and the fields in each.
PARTS: Final = {
    "conditions": ("conditions",),
    "who": ("name", "body"),
    "work": ("title", "summary", "methods", "starts_on", "ends_on"),
    "budget": ("lines",),
    "minimum": ("minimum", "minimum_reason"),
    "permits": ("permits",),
    "safeguarding": ("safe_animals", "safe_people", "safe_community", "safe_contact"),
    "references": ("referees",),
}
# Those that only some rounds ask.
BESIDE: Final = ("permits", "safeguarding", "references")


TITLES: Final = {
    "conditions": gettext_lazy("The questions before the form"),
    "who": gettext_lazy("Who asks"),
    "work": gettext_lazy("The work"),
    "budget": gettext_lazy("Budget"),
    "minimum": gettext_lazy("Minimum"),
    "permits": gettext_lazy("Permits"),
    "safeguarding": gettext_lazy("Safety of animals and people"),
    "references": gettext_lazy("References"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing or too much: its field, a code, and a sentence to put it right."""

    field: str
    code: str
    sentence: str

    @property
    def part(self) -> str:
        """The part of the form that has the field."""
        return next((part for part, fields in PARTS.items() if self.field in fields), "work")


def of(application: Application, content: Content | None = None) -> list[Gap]:
    """Everything that keeps the application from being sent, from the top of the form down.

    Judged is what is kept, or `content` where that is to be sent in its stead.
    """
    said = content or contents.of(application)
    return [
        *_conditions(application),
        *_who(application),
        *_work(application, said),
        *_budget(application, said),
        *(Gap(*each) for each in sections.missing(application, said.beside)),
    ]


def asked(round_: Round) -> list[str]:
    """The parts of the form of a round, from the top down."""
    beside = sections.asked(round_)
    return [part for part in PARTS if part not in BESIDE or part in beside]


def told(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title of each part and what is said of it, from the top of the form down."""
    return [(str(TITLES[part]), reasons[part]) for part in PARTS if part in reasons]


def _conditions(application: Application) -> Iterator[Gap]:
    for each in conditions.answered(application):
        if each.why_not:
            yield Gap("conditions", "missing" if each.said is None else "against", each.why_not)


def _who(application: Application) -> Iterator[Gap]:
    if not application.applicant.name:
        yield Gap("name", "missing", _("Write your name on the page of your account."))


def _work(application: Application, said: Content) -> Iterator[Gap]:
    if application.typed:
        sentence = _("Part of the form cannot be read yet. Put right what is marked in it.")
        yield Gap("title", "unread", sentence)
    if not said.summary:
        yield Gap("summary", "missing", _("Write the summary."))
    yield from _too_long("summary", said.summary, SUMMARY_WORDS)
    if not said.methods:
        yield Gap("methods", "missing", _("Write how you will work and how you will know."))
    yield from _too_long("methods", said.methods, METHODS_WORDS)
    if said.starts_on is None:
        yield Gap("starts_on", "missing", _("Write the first day of the work."))
    if said.ends_on is None:
        yield Gap("ends_on", "missing", _("Write the last day of the work."))


def _budget(application: Application, said: Content) -> Iterator[Gap]:
    currency = application.round.currency
    most = application.round.maximum_minor
    ask = budgets.sums(said.lines).us_minor
    if not ask:
        yield Gap("lines", "missing", _("Write at least one line that is asked of this fund."))
    if ask > most:
        sentence = _("You ask for %(ask)s; this round gives at most %(most)s.")
        told = {"ask": Money(ask, currency).text(), "most": Money(most, currency).text()}
        yield Gap("lines", "over_maximum", sentence % told)
    for share in cost_limits.shares(cost_limits.of(application.round), said.lines):
        if share.is_over:
            yield Gap("lines", "over_limit", cost_limits.refusal(share, currency))
    if not said.minimum_minor:
        yield Gap("minimum", "missing", _("Write the smallest sum that still makes sense."))
    elif ask and said.minimum_minor > ask:
        yield Gap("minimum", "over_ask", _("The smallest sum is more than you ask for."))
    if not said.minimum_reason:
        yield Gap("minimum_reason", "missing", _("Write why it does not work with less."))
    yield from _too_long("minimum_reason", said.minimum_reason, REASON_WORDS)


def _too_long(field: str, text: str, most: int) -> Iterator[Gap]:
    over = texts.words(text) - most
    if over > 0:
        sentence = ngettext(
            "Shorten this by one word.", "Shorten this by %(over)s words.", over
        ) % {"over": over}
        yield Gap(field, "too_long", sentence)
