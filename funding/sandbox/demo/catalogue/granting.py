"""From award to closing: budgets fitted, schedules, agreements, reports and a last word."""

from dataclasses import dataclass
from typing import Final

SIGNED, INTERIM, FINAL = "signed", "interim", "final"


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the award in per cent, what it waits for, and its day before the end."""

    percent: int
    condition: str
    due: float


@dataclass(frozen=True, slots=True)
class Promise:
    """An award that is set out in parts, in days before the end of the story.

    `fitted` is when its applicant cut the budget to it; an award of all that was asked needs
    none. `interim_due` and `final_due` are the days of its reports. What is None has not come.
    """

    ref: str
    planned: float
    parts: tuple[Part, ...]
    interim_due: float | None
    final_due: float
    fitted: float | None = None
    drawn: float | None = None
    accepted: float | None = None
    signed: float | None = None
    closed: float | None = None
    last_word: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """A report: what was spent of each line in per cent, with the reason where one is needed."""

    ref: str
    kind: str
    sent: float
    accepted: float
    narrative: str
    percents: tuple[int, ...]
    whys: tuple[tuple[int, str], ...] = ()
    indicators: tuple[tuple[str, int, int], ...] = ()
    shows: str = ""


PROMISES: Final = (
    Promise(
        "P25", 161.2,
        (Part(60, SIGNED, 155), Part(30, INTERIM, 60), Part(10, FINAL, -90)),
        70, -60, fitted=162.3, drawn=160.4, accepted=158.6, signed=157.4,
    ),
    Promise(
        "P26", 160.8,
        (Part(60, SIGNED, 150), Part(30, INTERIM, 5), Part(10, FINAL, -100)),
        12, -80, fitted=161.6, drawn=159.5, accepted=156.6, signed=155.7,
    ),
    Promise(
        "P27", 161.0,
        (Part(90, SIGNED, 154), Part(10, FINAL, 30)),
        None, 50, drawn=160.2, accepted=159.3, signed=157.6, closed=43.2,
        last_word="The box stands in Navoiy and has been lent three times. What was not spent "
        "came back, and the last part is free for other work.",
    ),
    Promise(
        "P28", 10.3,
        (Part(60, SIGNED, -10), Part(30, INTERIM, -150), Part(10, FINAL, -320)),
        -120, -290, fitted=12.4, drawn=8.3,
    ),
)  # fmt: skip

TELLINGS: Final = (
    Telling(
        "P25", INTERIM, 76.3, 72.4,
        "All boxes are built and hang in three valleys. In the first cold week twelve of the "
        "fourteen went on working; in the year before it was five. Two doors froze shut and have "
        "a wider gap now.",
        (70, 40, 55, 50),
        indicators=(("Boxes that hang", 14, 14), ("Cameras that work below -25 degrees", 10, 12)),
        shows="A box on its rock above the pasture (drawn, illustrative)",
    ),
    Telling(
        "P27", FINAL, 52.3, 49.5,
        "The box was built, and dried 160 samples in its first season. Of forty that were read, "
        "thirty-six could be told apart; of the forty that were sent wet, nineteen.",
        (100, 100, 51),
        whys=((2, "The laboratory read half of them for nothing."),),
        indicators=(("Samples that could be read, of forty", 30, 36),),
    ),
)  # fmt: skip
