"""Who and what the demonstration shows. All people and organisations are invented."""

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
TREASURER: Final = ("tara@manulfund.example", "Tara Lindqvist-Oyelaran")
OFFICER: Final = ("pat@manulfund.example", "Pat Ferreira-Holm")

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
# What the funds had before this ledger began, in minor units.
OPENINGS: Final = ((GENERAL, 1_221_050), (DOGS, 185_000), (STEPPE, 640_000))


@dataclass(frozen=True, slots=True)
class Visit:
    """One gift of the story, so many days before today."""

    days_ago: int
    name: str
    email: str
    currency: str
    minor: int
    fund: str = GENERAL
    cover: bool = False
    anonymous: bool = False
    message: str = ""
    card: str = "4242424242424242"
    give_back: int = 0
    pays: bool = True


def _mail(name: str) -> str:
    return f"{name}@donor.example"


VISITS: Final = (
    Visit(309, "Zoë O’Brien-Smith", _mail("zoe"), "EUR", 4_000, cover=True),
    Visit(301, "Åsa Öhrn", _mail("asa"), "SEK", 50_000, STEPPE),
    Visit(293, "Łukasz Żółw", _mail("lukasz"), "EUR", 2_500, DOGS),
    Visit(280, "Бат-Эрдэнэ Дорж", _mail("baterdene"), "USD", 2_000, STEPPE),
    Visit(272, "Marguerite Delacroix-Vandenbroucke", _mail("marguerite"), "EUR", 10_000),
    Visit(263, "山田花子", _mail("hanako"), "JPY", 5_000),
    Visit(255, "Hollis Abernathy", _mail("hollis"), "GBP", 7_500, DOGS, cover=True),
    Visit(244, "Emre Kılıç", _mail("emre"), "EUR", 1_500),
    Visit(236, "Rosalind Achterberg", _mail("rosalind"), "EUR", 25_000, anonymous=True),
    Visit(
        221,
        "Kuusiranta Zoo",
        _mail("kuusiranta"),
        "EUR",
        431_000,
        message="One euro from every ticket of our spring event.",
    ),
    Visit(214, "Nils Halvorsen", _mail("nils"), "SEK", 25_000),
    Visit(206, "محمد رضایی", _mail("mohammad"), "EUR", 3_000, STEPPE),
    Visit(197, "Priya Raghunathan", _mail("priya"), "USD", 10_000, DOGS, cover=True),
    Visit(188, "Zoë O’Brien-Smith", _mail("zoe"), "EUR", 4_000, DOGS, cover=True),
    Visit(179, "Tove Bergström", _mail("tove"), "SEK", 30_000, STEPPE),
    Visit(170, "Declan Rafferty", _mail("declan"), "GBP", 2_000, give_back=2_000),
    Visit(161, "Ingeborg von Hohenstaufen", _mail("ingeborg"), "EUR", 50_000),
    Visit(150, "Sonam", _mail("sonam"), "USD", 1_000, message="For the cats above our village."),
    Visit(141, "Aurelio Benedetti", _mail("aurelio"), "EUR", 7_500, DOGS),
    Visit(129, "Åsa Öhrn", _mail("asa"), "SEK", 50_000),
    Visit(118, "Gʻulnora Gʻaniyeva", _mail("gulnora"), "EUR", 1_000, cover=True),
    Visit(109, "Hollis Abernathy", _mail("hollis"), "GBP", 7_500, STEPPE),
    Visit(97, "Beatrix Oosterhuis", _mail("beatrix"), "EUR", 12_000, give_back=5_000),
    Visit(88, "Hanna Leskinen", _mail("hanna"), "EUR", 6_000, DOGS),
    Visit(76, "Marguerite Delacroix-Vandenbroucke", _mail("marguerite"), "EUR", 10_000),
    Visit(65, "Cormac Ó Súilleabháin", _mail("cormac"), "GBP", 4_000, cover=True),
    Visit(57, "山田花子", _mail("hanako"), "JPY", 5_000, STEPPE),
    Visit(46, "Rosalind Achterberg", _mail("rosalind"), "EUR", 25_000, anonymous=True),
    Visit(38, "Elspeth Carmichael", _mail("elspeth"), "GBP", 10_000, DOGS),
    Visit(30, "Pavel Dvořáček", _mail("pavel"), "EUR", 2_000, card="4000000000000002"),
    Visit(23, "Zoë O’Brien-Smith", _mail("zoe"), "EUR", 4_000, cover=True),
    Visit(15, "Nils Halvorsen", _mail("nils"), "SEK", 25_000, DOGS),
    Visit(8, "Ingeborg von Hohenstaufen", _mail("ingeborg"), "EUR", 30_000, STEPPE),
    Visit(3, "Juniper Castellanos", _mail("juniper"), "USD", 5_000, cover=True),
    Visit(1, "Emre Kılıç", _mail("emre"), "EUR", 2_550),
    Visit(0, "Theodora Papanikolaou", _mail("theodora"), "EUR", 3_500, DOGS, pays=False),
)
