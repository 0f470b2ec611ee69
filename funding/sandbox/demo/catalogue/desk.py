"""Between the end of a call and its vote: checks, interests, marks, and what the chair made of it.

Marks are one digit for each criterion of `questions.CRITERIA`, by the first, second and third
member who was asked; who that is falls out of the product's own way to share reviews.
"""

from dataclasses import dataclass
from typing import Final

from funding.sandbox.demo.catalogue.calls import DECIDED, REVIEWED


@dataclass(frozen=True, slots=True)
class Checks:
    """The officer checks all that came to a round; one of them is found not eligible."""

    call: str
    days_ago: float
    refused: str = ""
    reason: str = ""
    note: str = ""
    sentence: str = ""
    chair: str = ""
    confirmed: float = 0


@dataclass(frozen=True, slots=True)
class Tie:
    """An interest that a member has; a soft one is ruled on by a chair, or waits for it."""

    ref: str
    member: str
    interest: str
    nature: str
    words: str
    chair: str = ""
    ruled: float = 0
    ruling: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """When the members of a round declare, are asked, give marks, and are reminded."""

    call: str
    declared: float
    assigned: float
    given: float
    reminded: float | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one member gives and says."""

    marks: str
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal of the workbench that a chair keeps and puts to the vote, and its end."""

    call: str
    chair: str
    kept: float
    put: float
    closes: float


CHECKS: Final = (
    Checks(DECIDED, 186.5),
    Checks(
        REVIEWED,
        31.5,
        refused="P24",
        reason="costs",
        note="Most of it is a car, which the call leaves out.",
        sentence="This round does not pay for vehicles, as its call says. Ask us for the days on "
        "which you hire one, and say what you would do on them.",
        chair="aiko",
        confirmed=29.4,
    ),
)

TIES: Final = (
    Tie("P21", "pema", "hard", "kin", "My brother carries the calendars to the camps."),
    Tie(
        "P22", "nadia", "soft", "group", "We both sit in the working group on small cats.",
        "dan", 26.2, "Thirty people sit in that group, and the two have not worked together.",
    ),
    Tie("P23", "tevita", "soft", "advised", "I answered a question about holes by mail."),
    Tie("P26", "carol", "hard", "wrote", "We published on such fences together last year."),
)  # fmt: skip
# A member and an application on which they have said nothing yet.
SILENT: Final = frozenset({("rafael", "P20")})

JUDGINGS: Final = (
    Judging(DECIDED, 184.5, 181.5, 179.5),
    Judging(REVIEWED, 27.5, 24.5, 20.5, reminded=1.2),
)
# Of their last review in this round this member has written a part, and not handed it in.
UNFINISHED: Final = (REVIEWED, "carol")

OPINIONS: Final[dict[str, tuple[Opinion, Opinion, Opinion]]] = {
    "P19": (
        Opinion("5444", "It answers the one question that the interviews left open."),
        Opinion("4544", "The pairs drawn by lot make even an empty camera worth something."),
        Opinion("4435", "Well made, and cheap for what it would settle."),
    ),
    "P20": (
        Opinion("3445", "The watchers go on with it, which is more than the thesis."),
        Opinion("4345", "A good first count; one winter alone says little."),
        Opinion("3354", "The student is from the valley, and so are those who stay."),
    ),
    "P21": (
        Opinion("4354", "Herders are up there when nobody else is."),
        Opinion("3254", "I like it, and doubt that every camp will keep its calendar."),
        Opinion("3344", "One in four looked into on the spot is what makes it believable."),
    ),
    "P22": (
        Opinion("3533", "Saying in print that it is not there takes courage and a good method."),
        Opinion("2433", "A year is long for a single skin."),
        Opinion("3534", "The chance to miss a cat is worked out first, as it should be."),
    ),
    "P23": (
        Opinion("4433", "Two pages that others in the range can use."),
        Opinion("3434", "Nine times out of ten is a test that can fail. Good."),
        Opinion("2333", "It is about pikas first, and about manuls by the way."),
    ),
    "P25": (
        Opinion("4555", "Two months that nobody has ever seen, for the price of boxes."),
        Opinion("5454", "Drawn by lot, and compared with the winter before."),
        Opinion("4554", "Built in Naryn by those who will mend them."),
    ),
    "P26": (
        Opinion("4454", "Lots drawn before everybody: nobody will say that it was favour."),
        Opinion("4445", "Fewer losses are the best word that one can put in for a cat."),
        Opinion("4454", "Families keep the tally themselves."),
    ),
    "P27": (
        Opinion("4435", "A small thing that saves forty samples a year."),
        Opinion("4435", "Lent to everybody who asks: good."),
        Opinion("3445", "It compares with what was sent wet, so we shall know."),
    ),
    "P28": (
        Opinion("3445", "Not for manuls at first sight, and then it is."),
        Opinion("4344", "The clinic has shown that it works; this makes it quicker."),
        Opinion("3444", "The permit is in the budget, which others forget."),
    ),
    "P29": (
        Opinion("2322", "A map of hollows is not yet a map of cats."),
        Opinion("2222", "Forty slopes seen once do not tell a den from a hole."),
        Opinion("3222", "The drone is bought for sixteen days of use."),
    ),
    "P30": (
        Opinion("4343", "Burrows are what is missing there, and this makes burrows."),
        Opinion("4333", "Bold, with three valleys to compare. It costs what it costs."),
        Opinion("3343", "Ten years signed by the herders is the best of it."),
    ),
}

PLANS: Final = (Plan(DECIDED, "dan", 172.5, 171.5, 164.5),)
