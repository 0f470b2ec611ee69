"""Zoos that give by invoice: who they are, what they promised, and what came of it."""

from dataclasses import dataclass
from typing import Final

from donors.models import Pace
from donors.zoos.zoos import Profile

IBAN: Final = "SE45 5000 0000 0583 9825 7466"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise so many days before the end, and what came by bank so many days before it."""

    days_ago: float
    currency: str
    minor: int
    pace: Pace
    fund: str
    order_number: str = ""
    # Days before the end, and what arrived in the fund's own currency.
    came: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """A zoo. One that Bob owns has him as its first member."""

    key: str
    profile: Profile
    owner: str
    promised: tuple[Promised, ...]


HOUSES: Final = (
    House(
        "kuusiranta",
        Profile(
            name="Kuusiranta Zoo",
            legal_name="Kuusirannan Eläintarha Oy",
            country="FI",
            finance_email="invoices@kuusiranta.example",
            registration_number="0000000-0",
            vat_number="FI00000000",
            billing_address="Rantatie 1\n00000 Kuusiranta",
            finance_name="Accounts payable",
            association="eaza",
        ),
        "bob@kuusiranta.example",
        (
            Promised(205, "EUR", 250_000, Pace.ONCE, "general", "KZ-1042", ((180, 250_000),)),
            Promised(64, "EUR", 50_000, Pace.ONCE, "general", "KZ-1077", ((37, 48_000),)),
            Promised(9, "EUR", 120_000, Pace.YEARLY, "general", "KZ-1101"),
        ),
    ),
    House(
        "norrvik",
        Profile(
            name="Norrvik Djurpark",
            legal_name="Norrviks Djurpark AB",
            country="SE",
            finance_email="faktura@norrvik.example",
            registration_number="000000-0000",
            vat_number="SE000000000001",
            billing_address="Stenbacken 9\n000 00 Norrvik",
            association="eaza",
            language="sv",
        ),
        "astrid@norrvik.example",
        (Promised(150, "SEK", 2_500_000, Pace.ONCE, "general", "", ((131, 221_300),)),),
    ),
)


@dataclass(frozen=True, slots=True)
class Matched:
    """A promise to match gifts one to one, opened so many days before the end."""

    days_ago: float
    house: str
    fund: str
    cap_minor: int
    lasts: int
    order_number: str = ""


MATCHED: Final = (Matched(12, "kuusiranta", "general", 500_000, 45, "KZ-1112"),)
