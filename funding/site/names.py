"""Names as people type them, made safe to show beside others."""

import unicodedata
from typing import Final

LONGEST: Final = 200
# Marks that turn the direction of writing could make one name look like another.
_TURNING: Final = frozenset(
    {*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
)


def clean_name(text: str) -> str:
    """One line without control characters, composed, at most 200 characters long."""
    shown = "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if ord(char) not in _TURNING and (char == " " or unicodedata.category(char) != "Cc")
    )
    return " ".join(shown.split())[:LONGEST]
