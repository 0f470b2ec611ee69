"""What the chairs proposed, who stepped out, how the committee voted, and what was declined."""

from dataclasses import dataclass
from typing import Final

from funding.sandbox.demo.catalogue.calls import DECIDED, OPEN, PAST
from funding.sandbox.demo.catalogue.entity import DOGS, GENERAL, STEPPE


@dataclass(frozen=True, slots=True)
class Sum:
    """What a motion gives one application, fund by fund, and why this much."""

    ref: str
    parts: tuple[tuple[str, int], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A motion, in days before the end of the story. Without `put` it stays a draft."""

    call: str
    number: int
    chair: str
    text: str
    drafted: float
    put: float | None
    closes: float
    sums: tuple[Sum, ...]
    withdrawn: float | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's votes in a motion at one sitting, as 'P02:f P12:a'.

    f is for, a against, x abstained; who is not named has not voted.
    """

    call: str
    number: int
    days_ago: float
    member: str
    choices: str


@dataclass(frozen=True, slots=True)
class StepOut:
    """A member who has an interest in an application."""

    ref: str
    member: str
    days_ago: float
    reason: str


@dataclass(frozen=True, slots=True)
class No:
    """An application that is not funded, and what its applicant is told."""

    ref: str
    chair: str
    days_ago: float
    reason: str
    kind: str = "methods"
    improve: str = ""


# The public pages show the latest award first, which is the last of these.
_SUMS: Final = (
    Sum("P12", ((GENERAL, 900_000),), "Five counties."),
    Sum("P18", ((GENERAL, 520_000),), "Half of the places, if the payment may be made at all."),
    Sum("P17", ((GENERAL, 480_000),), "In full: all five languages."),
    Sum("P11", ((GENERAL, 240_000),), "Three meetings."),
    Sum("P09", ((GENERAL, 470_000), (DOGS, 180_000)), "One valley first, to see the count after."),
    Sum("P07", ((GENERAL, 390_000),), "In full."),
    Sum("P04", ((STEPPE, 720_000),), "Two winters with fewer transects, as the team offered."),
    Sum("P02", ((GENERAL, 445_000), (DOGS, 300_000)), "In full: all four rounds of the clinic."),
    Sum("P06", ((GENERAL, 683_000),), "In full: three valleys."),
)

PROPOSALS: Final = (
    Proposal(
        PAST, 1, "dan",
        "Sums by what can be measured afterwards. The dog clinics share the fund for dogs.",
        250.2, 249.8, 236.0, _SUMS[4:],
        withdrawn=249.3,
    ),
    Proposal(
        PAST, 2, "dan",
        "The same proposal with the four applications that the first one had left out.",
        249.0, 248.6, 234.5, _SUMS,
    ),
    Proposal(
        PAST, 3, "dan",
        "The sterilisation campaign once more, now that enough of us are back from the field.",
        2.6, 2.3, -5.0,
        (Sum("P09", ((GENERAL, 470_000), (DOGS, 180_000)), "One valley first."),),
    ),
    Proposal(
        OPEN, 1, "aiko",
        "A first sketch for this round, to be finished when it has closed.",
        0.7, None, -38.0,
        (Sum("P01", ((STEPPE, 300_000), (GENERAL, 450_000)), "Sixteen cameras."),),
    ),
)  # fmt: skip

STEPS_OUT: Final = (
    StepOut("P17", "carol", 251.4, "I was paid for reading the Chinese translation before."),
    StepOut("P09", "pema", 251.0, "My sister works for the trust that applies."),
    StepOut("P10", "rafael", 3.1, "We wrote a paper together last year."),
)

BALLOTS: Final = (
    Ballot(PAST, 2, 247.6, "carol", "P02:f P04:f P06:f P07:f P09:f P11:f P12:a P18:f"),
    Ballot(PAST, 2, 246.9, "aiko", "P02:f P04:f P06:f P07:x P09:f P11:f P12:f P17:f P18:x"),
    Ballot(PAST, 2, 245.3, "rafael", "P02:f P04:x P06:f P07:f P09:a P11:f P12:a P17:f P18:f"),
    Ballot(PAST, 2, 242.2, "pema", "P02:f P04:f P06:f P07:f P11:f P12:f P17:f P18:f"),
    Ballot(PAST, 2, 239.7, "nadia", "P02:f P04:f P06:x P07:f P11:f P12:a P17:f P18:a"),
    Ballot(PAST, 2, 238.1, "dan", "P02:f P06:f P07:f P11:f P12:a P17:x P18:f"),
    Ballot(PAST, 3, 1.8, "carol", "P09:f"),
    Ballot(PAST, 3, 1.1, "tevita", "P09:f"),
)

# The votes on what the workbench proposed.
ON_EQUIPMENT: Final = (
    Ballot(DECIDED, 1, 170.4, "carol", "P25:f P27:f P28:f"),
    Ballot(DECIDED, 1, 169.6, "rafael", "P25:f P26:f P27:x P28:f"),
    Ballot(DECIDED, 1, 168.2, "pema", "P25:f P26:f P27:f P28:a"),
    Ballot(DECIDED, 1, 167.9, "dan", "P25:f P26:f P27:f P28:f"),
    Ballot(DECIDED, 1, 166.1, "nadia", "P25:f P26:f P27:f P28:f"),
)

NOES: Final = (
    No(
        "P12", "dan", 233.0,
        "The meetings are what we would like to see, but the plots were not yet agreed with the "
        "counties, so that nobody could have said afterwards what had changed.",
        improve="Agree the plots with two counties and send their signed letters along.",
    ),
    No(
        "P29", "dan", 160.6,
        "We would like to know where the hollows are, and could not see how a map of them tells "
        "where manuls are: most hollows are nobody's.",
        improve="Walk to ten slopes first and tell us what you found in which hollows. With that "
        "the flight has something to be compared with.",
    ),
)  # fmt: skip
