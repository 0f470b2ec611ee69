"""The body that receives, its funds, what their givers want, and what was in them before."""

from dataclasses import dataclass
from typing import Final

ENTITY: Final = {
    "slug": "example-foundation",
    "legal_name": "Manul Fund Example Foundation",
    "registration_number": "EX 000000-0",
    "address": "Stenbacken 4\n000 00 Norrvik\nSweden",
    "country": "SE",
    "zone": "Europe/Stockholm",
    "currency": "EUR",
    "series": "MF",
    "signatory_name": "Tara Lindqvist-Oyelaran",
    "signatory_role": "Treasurer",
    "contact_email": "fund@manulfund.example",
    "is_illustrative": True,
}

GENERAL, DOGS, STEPPE = "general", "dogs-and-herders", "mongolia-and-kazakhstan"
_TO_GENERAL: Final = "If this work is fully paid for, what is left goes to the general fund."
FUNDS: Final = (
    {
        "slug": GENERAL,
        "name": "General fund",
        "purpose": "For manul projects anywhere in the 16 range countries, wherever the committee "
        "finds the need greatest.",
        "restriction": "unrestricted",
        "reserve_minor": 300_000,
        "position": 1,
    },
    {
        "slug": DOGS,
        "name": "Dogs and herders",
        "purpose": "Vaccination and neutering of herding dogs, together with the families who "
        "keep them.",
        "restriction": "restricted",
        "surplus": _TO_GENERAL,
        "position": 2,
    },
    {
        "slug": STEPPE,
        "name": "Mongolia and Kazakhstan",
        "purpose": "Any manul project in these two countries.",
        "restriction": "restricted",
        "surplus": _TO_GENERAL,
        "position": 3,
    },
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the givers of a fund want it to pay for, in their words and in what rules can read."""

    fund: str
    words: str
    reason: str
    countries: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    expires_ahead: int | None = None


WISHES: Final = (
    Wish(
        DOGS,
        "For the dogs, please: fewer of them loose, and healthy ones, wherever herders want it.",
        "The appeal to which these gifts came, illustrative.",
        themes=("T3",),
    ),
    Wish(
        STEPPE,
        "For work in Mongolia or Kazakhstan. What is not awarded in two years we would like to "
        "talk about.",
        "Letter of the first giver, illustrative.",
        countries=("KZ", "MN"),
        expires_ahead=430,
    ),
)
# What the funds had before this ledger began, in minor units.
OPENINGS: Final = ((GENERAL, 4_121_050), (DOGS, 485_000), (STEPPE, 940_000))
