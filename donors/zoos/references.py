"""References that a payer copies and a slip of the pen does not change: ISO 11649. Pure.

'RF' and two digits stand before what is referred to, so that the whole, with its letters read as
numbers from ten on and the first four moved to the end, leaves one when divided by 97. It notices
every single wrong letter and every two that have changed places.
"""

import re
from typing import Final

_FOUND: Final = re.compile(r"RF\d{2}[A-Z]{2,8}\d{8}")


def reference(series: str, number: int) -> str:
    """'RF07MF00000042': the reference of one invoice of this series."""
    body = f"{series}{number:08d}"
    return f"RF{98 - _remainder(body + 'RF00'):02d}{body}"


def is_valid(text: str) -> bool:
    """Whether its two digits fit the rest."""
    return _FOUND.fullmatch(text) is not None and _remainder(text[4:] + text[:4]) == 1


def found_in(text: str) -> list[str]:
    """Every valid reference in what a payer wrote, however it is spaced, each once."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    # They may stand side by side, or begin inside what only looks like one.
    starts = [match.start() for match in re.finditer("RF", bare)]
    matches = [_FOUND.match(bare, start) for start in starts]
    return list(dict.fromkeys(each[0] for each in matches if each and is_valid(each[0])))


def spaced(text: str) -> str:
    """In groups of four, as it is printed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _remainder(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97
