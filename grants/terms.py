"""What a round says: its call, its dates and money, its steps, its limits and its questions.

Plain values, and how they are written to and read from the tables. Money is in the currency of
the round's entity.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.errors import Refused
from grants.budgets import Category
from grants.models import TOP_MARK, Anchor, Condition, CostLimit, Criterion, Round, RoundFund

LONGEST_GRACE: Final = 240
MOST_REVIEWS: Final = 9
MOST_QUESTIONS: Final = 12
LONGEST_CHECK: Final = 200
# What the officer checks where the round does not say otherwise.
CHECKLIST: Final = (
    gettext_lazy("The form is whole, and what it says can be understood."),
    gettext_lazy("The applicant and the organisation may ask in this round."),
    gettext_lazy("The work is for the manul or its habitat, where the call asks for it."),
    gettext_lazy("The budget has only what the call pays for."),
    gettext_lazy("Permits and the welfare of animals and people are provided for."),
)
MARKS: Final = range(1, TOP_MARK + 1)


class NotARound(Refused):
    """The round cannot be written like this. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps the round takes between its end and the vote.

    `checklist` has one question on each line; without any, `CHECKLIST` is asked.
    """

    checks_first: bool = False
    checklist: str = ""
    reviews_wanted: int = 0
    marks_due_at: dt.datetime | None = None
    is_blind: bool = False
    is_ratified: bool = False


@dataclass(frozen=True, slots=True)
class Sections:
    """What the form asks beside the work and its budget."""

    asks_permits: bool = False
    asks_safeguards: bool = False
    asks_references: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What no award may break. None and zero do not limit; `bar` is a mean times a hundred."""

    bar: int = 0
    most_per_country_minor: int | None = None
    most_per_applicant: int | None = None
    most_of_fund_percent: int | None = None
    sliver_minor: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One criterion. `anchors` say what each mark means, the lowest first."""

    name: str
    question: str
    weight: int
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One question before the form: the answer that leads on, and what the others are told."""

    question: str
    wanted: bool
    otherwise: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round says.

    `envelopes` pairs the fund's key with the most that the round may draw from it, and
    `cost_limits` a kind of cost with the most per cent of what is asked that it may be.
    """

    name: str
    call: str
    criteria: str
    maximum_minor: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_minutes: int
    decides_on: dt.date
    envelopes: tuple[tuple[int, int], ...]
    steps: Steps = Steps()
    limits: Limits = Limits()
    asked: tuple[Asked, ...] = ()
    conditions: tuple[Entry, ...] = ()
    cost_limits: tuple[tuple[str, int], ...] = ()
    sections: Sections = Sections()


_OWN: Final = (
    "name",
    "call",
    "criteria",
    "maximum_minor",
    "opens_at",
    "closes_at",
    "grace_minutes",
    "decides_on",
)


def columns(terms: Terms) -> dict[str, object]:
    """The part that stands in the round's own row."""
    told: dict[str, object] = {name: getattr(terms, name) for name in _OWN}
    for part in (terms.steps, terms.limits, terms.sections):
        told |= {name: getattr(part, name) for name in part.__slots__}
    return told


def of(round_: Round) -> Terms:
    """What a round says now."""
    asked = [
        Asked(
            each.name,
            each.question,
            each.weight,
            tuple(anchor.sentence for anchor in reversed(each.anchors.all())),
        )
        for each in round_.criterions.order_by("position").prefetch_related("anchors")
    ]
    return Terms(
        **{name: getattr(round_, name) for name in _OWN},
        envelopes=tuple(round_.funds.order_by("fund_id").values_list("fund_id", "envelope_minor")),
        steps=Steps(**{name: getattr(round_, name) for name in Steps.__slots__}),
        sections=Sections(**{name: getattr(round_, name) for name in Sections.__slots__}),
        limits=Limits(**{name: getattr(round_, name) for name in Limits.__slots__}),
        asked=tuple(asked),
        conditions=tuple(
            Entry(each.question, each.wanted, each.otherwise)
            for each in round_.conditions.order_by("position")
        ),
        cost_limits=tuple(
            round_.cost_limits.order_by("category").values_list("category", "most_percent")
        ),
    )


def keep(round_: Round, terms: Terms, was: Terms | None) -> None:
    """Write the parts that have rows of their own, where they differ from what was."""
    if was is None or was.envelopes != terms.envelopes:
        _keep_envelopes(round_, terms.envelopes)
    if was is None or was.asked != terms.asked:
        _keep_asked(round_, terms.asked)
    if was is None or was.conditions != terms.conditions:
        round_.conditions.all().delete()
        Condition.objects.bulk_create(
            Condition(
                round=round_,
                position=at,
                question=each.question,
                wanted=each.wanted,
                otherwise=each.otherwise,
            )
            for at, each in enumerate(terms.conditions)
        )
    if was is None or was.cost_limits != terms.cost_limits:
        round_.cost_limits.all().delete()
        CostLimit.objects.bulk_create(
            CostLimit(round=round_, category=category, most_percent=percent)
            for category, percent in terms.cost_limits
        )


def _keep_envelopes(round_: Round, envelopes: Sequence[tuple[int, int]]) -> None:
    wanted = dict(envelopes)
    round_.funds.exclude(fund_id__in=wanted).delete()
    for fund_id, minor in wanted.items():
        RoundFund.objects.update_or_create(
            round=round_, fund_id=fund_id, defaults={"envelope_minor": minor}
        )


def _keep_asked(round_: Round, asked: Sequence[Asked]) -> None:
    round_.criterions.all().delete()
    for at, each in enumerate(asked):
        criterion = Criterion.objects.create(
            round=round_, position=at, name=each.name, question=each.question, weight=each.weight
        )
        Anchor.objects.bulk_create(
            Anchor(criterion=criterion, mark=mark, sentence=sentence)
            for mark, sentence in zip(MARKS, each.anchors, strict=True)
        )


def must_make_sense(terms: Terms) -> None:
    """Raises NotARound where the terms contradict themselves."""
    _dates(terms)
    _steps(terms)
    _limits(terms)
    _questions(terms)


def must_be_whole(terms: Terms) -> None:
    """Raises NotARound while something is missing that everybody should read from the start."""
    if not terms.call or not terms.criteria:
        raise NotARound("call", _("Write the call and the criteria first."))
    if not terms.envelopes:
        raise NotARound("funds", _("Name the funds that this round draws on first."))
    if terms.steps.reviews_wanted and not terms.asked:
        raise NotARound("asked", _("Write the questions by which members give marks first."))


def _dates(terms: Terms) -> None:
    if not terms.name.strip():
        raise NotARound("name", _("Give the round a name."))
    if terms.maximum_minor <= 0:
        raise NotARound("maximum", _("Write the most that one application may ask for."))
    if terms.closes_at <= terms.opens_at:
        raise NotARound("closes", _("The round closes before it opens."))
    if not 0 <= terms.grace_minutes <= LONGEST_GRACE:
        sentence = _("Allow at most %(minutes)s minutes after the end.")
        raise NotARound("grace", sentence % {"minutes": LONGEST_GRACE})
    if terms.decides_on < terms.closes_at.date():
        raise NotARound("decides_on", _("The decision lies before the end of the round."))


def questions(steps: Steps) -> list[str]:
    """What the officer checks of each application, in the order in which it is asked."""
    return steps.checklist.splitlines() or [str(each) for each in CHECKLIST]


def _checks(steps: Steps) -> None:
    own = steps.checklist.splitlines()
    if own and not steps.checks_first:
        sentence = _("This round does not check first, so there is no list to check.")
        raise NotARound("checklist", sentence)
    if len(own) > MOST_QUESTIONS or len(own) != len(set(own)):
        sentence = _("Ask at most %(number)s different questions, one line each.")
        raise NotARound("checklist", sentence % {"number": MOST_QUESTIONS})
    if any(not line.strip() or len(line) > LONGEST_CHECK for line in own):
        sentence = _("Write each question on a line of at most %(number)s characters.")
        raise NotARound("checklist", sentence % {"number": LONGEST_CHECK})


def _steps(terms: Terms) -> None:
    steps = terms.steps
    _checks(steps)
    if not 0 <= steps.reviews_wanted <= MOST_REVIEWS:
        sentence = _("Ask at most %(number)s members for each application.")
        raise NotARound("reviews", sentence % {"number": MOST_REVIEWS})
    if not steps.reviews_wanted:
        if steps.marks_due_at or terms.limits.bar:
            sentence = _("Without reviews there is no day for marks and no bar.")
            raise NotARound("reviews", sentence)
        if steps.is_blind:
            sentence = _("Names are hidden until marks are in, so somebody has to give marks.")
            raise NotARound("is_blind", sentence)
        return
    if steps.marks_due_at is None:
        raise NotARound("marks_due", _("Write by when the members give their marks."))
    late = terms.closes_at + dt.timedelta(minutes=terms.grace_minutes)
    if steps.marks_due_at <= late:
        raise NotARound("marks_due", _("Marks are due after the round has closed, not before."))
    if steps.marks_due_at.date() > terms.decides_on:
        raise NotARound("marks_due", _("Marks are due before the day of the decision."))


def _limits(terms: Terms) -> None:
    limits = terms.limits
    if not 0 <= limits.bar <= TOP_MARK * 100:
        raise NotARound("bar", _("The bar is a mark between 0 and %(top)s.") % {"top": TOP_MARK})
    if limits.most_per_country_minor is not None and limits.most_per_country_minor <= 0:
        raise NotARound("most_per_country", _("Write a sum above zero."))
    if limits.most_per_applicant is not None and not 0 < limits.most_per_applicant < 100:
        raise NotARound("most_per_applicant", _("Allow at least one award."))
    percent = limits.most_of_fund_percent
    if percent is not None and not 0 < percent <= 100:
        raise NotARound("most_of_fund", _("Write per cent between 1 and 100."))
    if limits.sliver_minor < 0:
        raise NotARound("sliver", _("Write a sum above zero."))
    kinds = [category for category, _percent in terms.cost_limits]
    if set(kinds) - set(Category.values) or len(kinds) != len(set(kinds)):
        raise NotARound("cost_limits", _("Limit each kind of cost once."))
    if any(not 0 <= percent < 100 for _kind, percent in terms.cost_limits):
        raise NotARound("cost_limits", _("Write per cent between 0 and 99."))


def _questions(terms: Terms) -> None:
    if max(len(terms.asked), len(terms.conditions)) > MOST_QUESTIONS:
        sentence = _("Ask at most %(number)s questions of each sort.")
        raise NotARound("asked", sentence % {"number": MOST_QUESTIONS})
    for each in terms.asked:
        if not each.name.strip() or not each.question.strip() or not 0 < each.weight <= 100:
            sentence = _("Every criterion has a name, a question and a weight of 1 to 100.")
            raise NotARound("asked", sentence)
        if len(each.anchors) != len(MARKS) or not all(word.strip() for word in each.anchors):
            sentence = _("Say of “%(name)s” what each mark from 1 to %(top)s means.")
            raise NotARound("asked", sentence % {"name": each.name, "top": TOP_MARK})
    names = sorted(each.name for each in terms.asked)
    if any(one == other for one, other in pairwise(names)):
        raise NotARound("asked", _("Two criteria have the same name."))
    if any(not each.question.strip() or not each.otherwise.strip() for each in terms.conditions):
        sentence = _("Every question before the form says what follows from the other answer.")
        raise NotARound("conditions", sentence)
