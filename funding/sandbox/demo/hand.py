"""The demonstration's hand in the sandbox: visitors who pay, and the clock."""

import json
import time
import urllib.request
from typing import Any

from django.conf import settings


def pay(session: str, card: str) -> None:
    """Pay on a payment page as a visitor would, with whatever comes of it."""
    _control("pay", session=session, card=card)


def dispute(charge: str) -> str:
    """Dispute a charge at the bank as its customer would, once. The dispute's id."""
    known = [each["id"] for each in _control("disputes")["data"] if each["charge"] == charge]
    return str(known[0] if known else _control("disputes", charge=charge)["id"])


def jump(unix: int) -> None:
    """Set the clock of both sides to an instant, without living through the days between."""
    _control("clock", jump=unix)


def true_now() -> int:
    """The machine's own time, whatever the clock of the rehearsal says."""
    return int(time.time())


def _control(name: str, **wanted: Any) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/_control/{name}",
        data=json.dumps(wanted).encode() if wanted else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: dict[str, Any] = json.load(answer)
        return body
