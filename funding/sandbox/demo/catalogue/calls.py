"""The rounds, who sent what into them and when, and what is still a draft."""

from dataclasses import dataclass
from typing import Final

from funding.sandbox.demo.catalogue import early, equipment, himalaya, mountains, steppe
from funding.sandbox.demo.catalogue.entity import DOGS, GENERAL, STEPPE
from funding.sandbox.demo.catalogue.projects import Project
from funding.sandbox.demo.catalogue.questions import CONDITIONS, COST_LIMITS, CRITERIA
from grants.terms import Asked, Entry, Limits

PROJECTS: Final[dict[str, Project]] = {
    project.ref: project
    for module in (steppe, mountains, himalaya, early, equipment)
    for project in module.PROJECTS
}

_CALL: Final = (
    "Organisations that work in one of the sixteen range countries, and people there who do so "
    "with one, may ask for up to €12,000 for work of up to eighteen months. Ask for what the "
    "work costs and say with how much less it still makes sense: we fund in part where that "
    "helps more cats.\n\n"
    "Pay for people in the field counts, overheads do not. Tell us of places by province only; "
    "nobody should find a den by reading an application."
)
_EQUIPMENT: Final = (
    "For things that field work needs and that last: up to €10,000, for organisations in or for "
    "the range countries. Say where it will be kept when the work is done, and who may borrow it."
)
_FIRST_STEPS: Final = (
    "For people who have not had a grant for manuls before, and for a first small piece of work: "
    "up to €3,500, within twelve months. We do not pay for vehicles. Members give their marks "
    "without reading who asks, so let the work speak, and leave names out of it."
)
_BY: Final = (
    "What will be known or better afterwards that is not now.\n"
    "Whether the method can tell success from failure.\n"
    "Who does it, and whether the people who live there are among them.\n"
    "What it costs, and whether less would do.\n"
    "Whether it can be repeated by somebody else."
)


_NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Call:
    """One round, in days before the end of the story; below zero is still to come.

    Where `reviews` are wanted from members, their marks are due on the day `marks_due`.
    """

    key: str
    written: float
    published: float | None
    opens: float
    closes: float
    decides: float
    envelopes: tuple[tuple[str, int], ...]
    call: str = _CALL
    criteria: str = _BY
    maximum_minor: int = 1_200_000
    grace_minutes: int = 30
    name: str = "{season} round {year}"
    checks_first: bool = False
    reviews: int = 0
    marks_due: float | None = None
    is_blind: bool = False
    limits: Limits = _NO_LIMITS
    asked: tuple[Asked, ...] = ()
    conditions: tuple[Entry, ...] = ()
    cost_limits: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One application: begun, kept once, sent and perhaps withdrawn, in days as above.

    One that is a draft to the end is kept where `kept` says when. Of one that `may_be_shown`
    everybody may read while it waits for money.
    """

    ref: str
    call: str
    begun: float
    sent: float | None
    withdrawn: float | None = None
    kept: float | None = None
    may_be_shown: bool = False


# One application of the past round is still under vote: (round, when it was told, until when).
POSTPONED: Final = ("past", 3.0, -12.0)
PAST, DECIDED, REVIEWED, OPEN, NEXT = "past", "decided", "reviewed", "open", "next"
CALLS: Final = (
    Call(
        PAST, 304.0, 303.0, 299.5, 252.5, 225.0,
        ((GENERAL, 4_300_000), (DOGS, 480_000), (STEPPE, 900_000)),
    ),
    Call(
        DECIDED, 214.0, 213.0, 210.5, 188.5, 150.0,
        ((GENERAL, 1_060_000), (STEPPE, 900_000)),
        name="Equipment round {year}", call=_EQUIPMENT, maximum_minor=1_000_000,
        checks_first=True, reviews=3, marks_due=174.0, asked=CRITERIA, conditions=CONDITIONS,
        limits=Limits(bar=300, most_per_applicant=1, sliver_minor=20_000),
    ),
    Call(
        REVIEWED, 66.0, 65.0, 62.5, 34.5, -14.0,
        ((GENERAL, 650_000), (STEPPE, 240_000)),
        name="First steps round {year}", call=_FIRST_STEPS, maximum_minor=350_000,
        checks_first=True, reviews=3, marks_due=0.3, is_blind=True, asked=CRITERIA,
        conditions=CONDITIONS,
        limits=Limits(bar=300, most_per_country_minor=350_000, most_per_applicant=1),
    ),
    Call(
        OPEN, 26.0, 25.0, 21.5, -24.5, -45.0,
        ((GENERAL, 1_400_000), (DOGS, 250_000), (STEPPE, 500_000)),
        reviews=3, marks_due=-37.0, asked=CRITERIA, conditions=CONDITIONS,
        cost_limits=COST_LIMITS,
        limits=Limits(
            bar=300, most_per_country_minor=1_000_000, most_per_applicant=2,
            most_of_fund_percent=60, sliver_minor=50_000,
        ),
    ),
    Call(NEXT, 1.2, None, -130.0, -165.0, -190.0, ((GENERAL, 1_500_000),)),
)  # fmt: skip

REQUESTS: Final = (
    Request("P02", PAST, 292.0, 281.0),
    Request("P07", PAST, 290.0, 274.0),
    Request("P12", PAST, 284.0, 262.0),
    Request("P06", PAST, 279.0, 259.0),
    Request("P11", PAST, 277.0, 263.0),
    Request("P16", PAST, 276.0, 266.0, 256.5),
    Request("P09", PAST, 271.0, 257.0),
    Request("P04", PAST, 268.0, 255.5),
    Request("P18", PAST, 267.0, 254.0),
    Request("P17", PAST, 261.0, 253.5),
    Request("P15", PAST, 258.0, None),
    Request("P25", DECIDED, 208.0, 196.0),
    Request("P26", DECIDED, 206.0, 193.0),
    Request("P27", DECIDED, 205.0, 198.0),
    Request("P28", DECIDED, 203.0, 191.0),
    Request("P29", DECIDED, 201.0, 190.0),
    Request("P30", DECIDED, 199.0, 189.2, may_be_shown=True),
    Request("P19", REVIEWED, 60.0, 48.0),
    Request("P20", REVIEWED, 57.0, 41.0),
    Request("P21", REVIEWED, 52.0, 39.0),
    Request("P22", REVIEWED, 47.0, 38.0),
    Request("P23", REVIEWED, 44.0, 36.0),
    Request("P24", REVIEWED, 40.0, 35.2),
    Request("P01", OPEN, 19.0, 14.0),
    Request("P03", OPEN, 17.0, 9.4),
    Request("P05", OPEN, 12.0, 7.4),
    Request("P10", OPEN, 9.0, 4.4),
    Request("P13", OPEN, 5.2, 2.4),
    Request("P14", OPEN, 4.8, 1.9),
    Request("P08", OPEN, 1.6, None, kept=1.5),
)
