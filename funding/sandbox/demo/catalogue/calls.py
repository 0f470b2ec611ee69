"""The rounds, who sent what into them and when, and what is still a draft."""

from dataclasses import dataclass
from typing import Final

from funding.sandbox.demo.catalogue import himalaya, mountains, steppe
from funding.sandbox.demo.catalogue.entity import DOGS, GENERAL, STEPPE
from funding.sandbox.demo.catalogue.projects import Project

PROJECTS: Final[dict[str, Project]] = {
    project.ref: project for module in (steppe, mountains, himalaya) for project in module.PROJECTS
}

_CALL: Final = (
    "Organisations that work in one of the sixteen range countries, and people there who do so "
    "with one, may ask for up to €12,000 for work of up to eighteen months. Ask for what the "
    "work costs and say with how much less it still makes sense: we fund in part where that "
    "helps more cats.\n\n"
    "Pay for people in the field counts, overheads do not. Tell us of places by province only; "
    "nobody should find a den by reading an application."
)
_CRITERIA: Final = (
    "What will be known or better afterwards that is not now.\n"
    "Whether the method can tell success from failure.\n"
    "Who does it, and whether the people who live there are among them.\n"
    "What it costs, and whether less would do.\n"
    "Whether it can be repeated by somebody else."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One round, in days before the end of the story; below zero is still to come."""

    key: str
    written: float
    published: float | None
    opens: float
    closes: float
    decides: float
    envelopes: tuple[tuple[str, int], ...]
    call: str = _CALL
    criteria: str = _CRITERIA
    maximum_minor: int = 1_200_000
    grace_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Request:
    """One application: begun, kept once, sent and perhaps withdrawn, in days as above."""

    ref: str
    call: str
    begun: float
    sent: float | None
    withdrawn: float | None = None


# One application of the past round is still under vote: (round, when it was told, until when).
POSTPONED: Final = ("past", 3.0, -12.0)
PAST, OPEN, NEXT = "past", "open", "next"
CALLS: Final = (
    Call(
        PAST, 304.0, 303.0, 299.5, 252.5, 225.0,
        ((GENERAL, 4_300_000), (DOGS, 480_000), (STEPPE, 900_000)),
    ),
    Call(
        OPEN, 26.0, 25.0, 21.5, -24.5, -45.0,
        ((GENERAL, 1_400_000), (DOGS, 250_000), (STEPPE, 500_000)),
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
    Request("P01", OPEN, 19.0, 14.0),
    Request("P03", OPEN, 17.0, 9.4),
    Request("P05", OPEN, 12.0, 7.4),
    Request("P10", OPEN, 9.0, 4.4),
    Request("P13", OPEN, 5.2, 2.4),
    Request("P14", OPEN, 4.8, 1.9),
    Request("P08", OPEN, 1.6, None),
)
