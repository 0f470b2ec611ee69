"""The sixteen range countries of the manul, and whose clock applicants there live by."""

from typing import Final

from django_countries import countries

# The zone of the capital. A country has more than one, but a deadline is told in UTC first
# and this only helps to understand it.
RANGE: Final[dict[str, str]] = {
    "AF": "Asia/Kabul",
    "AM": "Asia/Yerevan",
    "AZ": "Asia/Baku",
    "BT": "Asia/Thimphu",
    "CN": "Asia/Shanghai",
    "IN": "Asia/Kolkata",
    "IR": "Asia/Tehran",
    "KZ": "Asia/Almaty",
    "KG": "Asia/Bishkek",
    "MN": "Asia/Ulaanbaatar",
    "NP": "Asia/Kathmandu",
    "PK": "Asia/Karachi",
    "RU": "Europe/Moscow",
    "TJ": "Asia/Dushanbe",
    "TM": "Asia/Ashgabat",
    "UZ": "Asia/Tashkent",
}


def name(code: str) -> str:
    """'Mongolia'; the code itself for one that is not known."""
    return str(countries.name(code)) or code


def is_known(code: str) -> bool:
    """Whether this is the code of a country: two capital letters."""
    return code in dict(countries)


def zone(code: str) -> str:
    """The zone of a range country's capital, else UTC."""
    return RANGE.get(code, "UTC")


def range_choices() -> list[tuple[str, str]]:
    """Code and name of the range countries, by name."""
    return sorted(((code, name(code)) for code in RANGE), key=lambda pair: pair[1])


def other_choices() -> list[tuple[str, str]]:
    """Code and name of all other countries, by name."""
    return [(code, str(words)) for code, words in countries if code not in RANGE]
