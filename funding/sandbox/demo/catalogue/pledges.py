"""Who gives regularly, since when, and what became of it."""

from dataclasses import dataclass
from typing import Final

from funding.sandbox.demo.catalogue.entity import DOGS, GENERAL, STEPPE


@dataclass(frozen=True, slots=True)
class Habit:
    """A pledge of the story, begun so many days before today."""

    days_ago: int
    name: str
    email: str
    currency: str
    minor: int
    rhythm: str = "monthly"
    fund: str = GENERAL
    cover: bool = False
    # What of it goes to other funds, in the order of the form, and whom it remembers.
    parts: tuple[tuple[str, int], ...] = ()
    remembers: str = ""
    card: str = "4242424242424242"
    # Given by direct debit from this account, and not by card.
    account: str = ""
    # So many days before today the bank begins to say no, the donor pauses, or ends it.
    refused: int | None = None
    paused: int | None = None
    ended: int | None = None


HABITS: Final = (
    Habit(300, "Beatrix Oosterhuis", "beatrix@donor.example", "EUR", 12_000, "yearly"),
    Habit(190, "Hollis Abernathy", "hollis@donor.example", "GBP", 2_500, "quarterly", STEPPE),
    Habit(130, "Alice Marlowe-Quist", "alice@donor.example", "EUR", 1_000, cover=True),
    Habit(121, "Hanna Leskinen", "hanna@donor.example", "EUR", 800, fund=DOGS, ended=40),
    Habit(98, "Nils Halvorsen", "nils@donor.example", "SEK", 15_000, paused=30,
          remembers="Sigrun Halvorsen"),
    Habit(66, "Fenna Oldenkamp", "fenna@donor.example", "EUR", 1_500, fund=STEPPE,
          account="DE89370400440532013000", parts=((STEPPE, 1_000), (DOGS, 500))),
    Habit(64, "Rhys Llewelyn-Prosser", "rhys@donor.example", "GBP", 800, refused=10),
)  # fmt: skip
