"""The demonstration's hand in the sandbox: visitors who pay, and the clock."""

import json
import time
import urllib.request
from typing import Any

from django.conf import settings


def pay(session: str, card: str) -> None:
    """Pay on a payment page as a visitor would, with whatever comes of it."""
    _control("pay", session=session, card=card)


def jump(unix: int) -> None:
    """Set the clock of both sides to an instant, without living through the days between."""
    _control("clock", jump=unix)


def true_now() -> int:
    """The machine's own time, whatever the clock of the rehearsal says."""
    return int(time.time())


def _control(name: str, **wanted: Any) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/_control/{name}",
        data=json.dumps(wanted).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: dict[str, Any] = json.load(answer)
        return body
