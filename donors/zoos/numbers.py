"""Numbers by which authorities know an organisation, checked for their shape. Pure.

Whether a number is in force only its country's register can tell; a shape that no country gives
out is a slip of the pen, and would make an invoice useless to the payer's accountant.
"""

import re
from typing import Final

# What follows the prefix of a VAT number, by country; the prefix is the country's code but where
# it says otherwise.
_GB: Final = r"\d{9}|\d{12}|GD\d{3}|HA\d{3}"
_SHAPES: Final[dict[str, str]] = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CH": r"E\d{9}(MWST|TVA|IVA)?",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": _GB,
    "GR": r"\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "NO": r"\d{9}(MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{10}01",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
}
_PREFIXES: Final[dict[str, tuple[str, ...]]] = {"GR": ("EL",), "GB": ("GB", "XI")}
_ELSEWHERE: Final = r"[A-Z0-9]{4,20}"
_REGISTRATION: Final = r"[0-9A-Z][0-9A-Z ./()-]{1,58}[0-9A-Z)]"


def vat(text: str) -> str:
    """The number as it is written together: 'SE 5560-00.0000 01' is 'SE556000000001'."""
    return re.sub(r"[\s./-]", "", text).upper()


def is_vat(number: str, country: str) -> bool:
    """Whether a number from `vat` has the shape of one of this country (ISO code)."""
    shape = _SHAPES.get(country)
    if shape is None:
        return re.fullmatch(_ELSEWHERE, number) is not None
    prefixes = "|".join(_PREFIXES.get(country, (country,)))
    return re.fullmatch(f"({prefixes})({shape})", number) is not None


def is_registration(text: str) -> bool:
    """Whether this could be a number in a register: digits among Latin letters and marks."""
    found = re.fullmatch(_REGISTRATION, text, re.IGNORECASE)
    return found is not None and any(char.isdigit() for char in text)
