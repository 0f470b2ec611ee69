"""The demonstration's hand in the sandbox: visitors who pay, and the clock."""

import json
import time
import urllib.request
from typing import Any

from django.conf import settings


def pay(session: str, card: str) -> None:
    """Pay on a payment page as a visitor would, with whatever comes of it."""
    _control("pay", session=session, card=card)


def debit(session: str, account: str) -> None:
    """Let an account be debited on a payment page; whether money comes is told days later."""
    _control("pay", session=session, account=account)


def pay_out(since: int) -> None:
    """Let Stripe pay out all that is available, unless it has since that instant."""
    told = _control("payouts")
    is_done = any(each["created"] >= since for each in told["data"])
    if told["available"] > 0 and not is_done:
        _control("payouts", automatic=True)


def send_back(since: int) -> None:
    """Let the bank give back the first payout since an instant, once."""
    later = [each for each in _control("payouts")["data"] if each["created"] >= since]
    first = min(later, key=lambda each: int(each["created"]))
    if first["status"] == "paid":
        _control(f"payouts/{first['id']}", status="failed")


def refuse_next(subscription: str) -> None:
    """Let the bank say no to the next three attempts to take an instalment, for want of money."""
    _control(f"subscriptions/{subscription}", next=["insufficient_funds"] * 3)


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
