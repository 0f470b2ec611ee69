"""What the page of a receipt is told: the frozen facts as money, dates and pictures."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/receipt.html from Document.facts() of a receipt."""
    gift = facts["gift"]
    currency, locale = gift["currency"], paper.locale()

    def figure(minor: int) -> str:
        return Money(minor, currency).figure(locale)

    def text(minor: int) -> str:
        return Money(minor, currency).text(locale)

    return {
        **paper.context(facts),
        "donor": facts["donor"],
        "currency": currency,
        "lines": [line | {"figure": figure(line["minor"])} for line in facts["lines"]],
        "cover": figure(facts["cover_minor"]) if facts["cover_minor"] else "",
        "refunded": figure(-facts["refunded_minor"]) if facts["refunded_minor"] else "",
        "total": figure(facts["gives_minor"]),
        "amount": text(facts["gives_minor"]),
        "given": text(facts["given_minor"]),
        "is_taken_back": facts.get("is_taken_back", False),
        "given_back": text(facts["refunded_minor"]),
        "received_on": dt.date.fromisoformat(gift["received_on"]),
        "received_time": paper.time(gift["received_at"], gift["zone"]),
        "method": gift["method"],
        **_benefit(facts, text),
        "replaces": facts["replaces"],
    }


def _benefit(facts: dict[str, Any], text: Callable[[int], str]) -> dict[str, str]:
    """What the giver got, what it was worth, and what of the gift it leaves."""
    told = facts["benefit"]
    if told == "none":
        return {"benefit": "", "worth": "", "deductible": ""}
    left = max(0, facts["gives_minor"] - told["minor"])
    return {"benefit": told["words"], "worth": text(told["minor"]), "deductible": text(left)}
