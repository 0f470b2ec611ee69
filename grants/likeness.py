"""How like two names are, whatever script and spelling they are written in. Pure.

Names of people in sixteen countries reach us in Cyrillic, Arabic, Latin and Chinese letters, in
several transliterations of each. So a name is folded to plain Latin words, and each word to the
consonants that survive most transliterations.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from anyascii import anyascii

# Said in per cent. Below it two names are not shown as like each other.
LIKE: Final = 85
_FEWEST_LETTERS: Final = 2
_LONGEST: Final = 100
# What one sound is written as, the longest first.
_SOUNDS: Final = (
    ("shch", "s"), ("sch", "s"), ("tch", "c"), ("sh", "s"), ("zh", "j"), ("dj", "j"), ("dz", "j"),
    ("kh", "h"), ("gh", "g"), ("ch", "c"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("q", "k"),
    ("x", "ks"), ("w", "v"), ("z", "s"),
)  # fmt: skip
_WEAK: Final = re.compile(r"[aeiouyh]")
_TWICE: Final = re.compile(r"(.)\1+")


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """'Бат-Эрдэнэ Дорж': ('bat', 'dorzh', 'erdene'). Sorted, each once."""
    plain = anyascii(name).casefold()
    found = {word[:_LONGEST] for word in re.findall(r"[a-z0-9]+", plain.replace("'", ""))}
    return tuple(sorted(word for word in found if len(word) >= _FEWEST_LETTERS))


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """'mohammed' and 'mhmd': 'mmd'. A word of vowels alone is its own key."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return _TWICE.sub(r"\1", word[:1] + _WEAK.sub("", word[1:])) or word


def keys(name: str) -> list[str]:
    """The keys of the words of a name, each once."""
    return sorted({key(word) for word in words(name)})


def percent(name: str, other: str) -> int:
    """How like two names are: 100 when each word of the shorter one is in the longer one.

    One word alone says too little about a name of several, so such a pair is 0.
    """
    short, long = sorted((words(name), words(other)), key=len)
    if not short or len(short) == 1 < len(long):
        return 0
    return round(100 * sum(_best(word, long) for word in short) / len(short))


def _best(word: str, others: tuple[str, ...]) -> float:
    if word in others or key(word) in {key(other) for other in others}:
        return 1.0
    return max(SequenceMatcher(None, word, other).ratio() for other in others)
