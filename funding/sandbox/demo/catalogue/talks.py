"""What applicants and the office write to each other, and who applies together with whom."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Said:
    """One message about an application, from the office or from those who apply."""

    days_ago: float
    ref: str
    by: str
    text: str
    show: bool = False


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody who is asked to apply together with the applicant; joins, or has not answered."""

    ref: str
    person: str
    right: str
    asked: float
    joined: float | None


@dataclass(frozen=True, slots=True)
class SendBack:
    """An application that an officer sends back to be completed, until so many days ahead."""

    ref: str
    days_ago: float
    due_ahead: int
    reasons: tuple[tuple[str, str], ...]


SAID: Final = (
    Said(
        6.4, "P01", "pat",
        "Thank you for a clear budget. Which of the two field assistants reads the photographs, "
        "and is it the same person in both seasons?",
        show=True,
    ),
    Said(
        5.2, "P01", "oyunaa",
        "Both read all of them, without seeing each other's answers, and in both seasons. May we "
        "begin setting cameras before the decision, with money of our own?",
    ),
    Said(
        1.3, "P08", "sunita",
        "The park would lend us a jeep for nothing. Shall we write it into the budget, or leave "
        "it out?",
    ),
    Said(
        0.9, "P08", "pat",
        "Write it in, as a line in kind: it shows what the work is worth. Has the park said so in "
        "writing?",
    ),
)  # fmt: skip

JOININGS: Final = (
    Joining("P08", "rinchen", "comment", 1.4, 1.1),
    Joining("P08", "karma", "view", 0.8, None),
)

SENT_BACK: Final = (
    SendBack(
        "P03", 6.1, 9,
        (("work", "Say how far the dens of a pair lie apart, and who checks the cameras."),),
    ),
)  # fmt: skip
