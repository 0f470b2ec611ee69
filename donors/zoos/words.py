"""Words as people type them into a profile: cleaned, without losing any script."""

import unicodedata
from typing import Final

# Marks that turn the direction of writing could make one name look like another.
_TURNING: Final = frozenset(
    {*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
)


def one_line(text: str, longest: int = 200) -> str:
    """The text composed and on one line, without characters that cannot be seen."""
    seen = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cs"} else char
        for char in unicodedata.normalize("NFC", text)
        if ord(char) not in _TURNING
    )
    return " ".join(seen.split())[:longest]


def lines(text: str, most: int = 8) -> str:
    """The text with at most so many lines, each of them cleaned."""
    cleaned = [one_line(line) for line in text.splitlines()]
    return "\n".join([line for line in cleaned if line][:most])
