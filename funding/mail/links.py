"""Links in mails that open one thing without signing in.

A mail that is stored holds a mark where the signature belongs; the signature is made as the
mail leaves, so that nobody who reads the outbox or a backup can use it. It is good for one
purpose, about one thing, for some days from then on.
"""

import datetime as dt
import re
from typing import Final

from django.core import signing

from funding import clock

_MARK: Final = re.compile(r"~signed:([a-z_]+):([0-9A-Za-z-]+)~")


def mark(purpose: str, subject: str) -> str:
    """What stands in a stored mail where the signature will be."""
    marked = f"~signed:{purpose}:{subject}~"
    if not _MARK.fullmatch(marked):
        raise ValueError(f"{marked} would not be found again.")
    return marked


def marked(text: str) -> tuple[str, str]:
    """Purpose and subject of the one mark in a text. Raises ValueError when there is none."""
    found = _MARK.search(text)
    if found is None:
        raise ValueError(f"{text} has no mark.")
    return found[1], found[2]


def fill(text: str) -> str:
    """The text as it leaves, with a fresh signature for each mark."""
    return _MARK.sub(lambda found: sign(found[1], found[2]), text)


def sign(purpose: str, subject: str) -> str:
    """A signature for one purpose about one thing, safe in an address."""
    seconds = int(clock.now().timestamp())
    return signing.dumps([subject, seconds], salt=f"funding.mail.links.{purpose}")


def read(purpose: str, token: str, *, lives: dt.timedelta) -> str | None:
    """What a signature is about; None when it is not ours, for something else, or too old."""
    try:
        subject, seconds = signing.loads(token, salt=f"funding.mail.links.{purpose}")
    except (signing.BadSignature, ValueError):
        return None
    made_at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return str(subject) if clock.now() - made_at <= lives else None
