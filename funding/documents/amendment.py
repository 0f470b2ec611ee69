"""What the page of an amendment is told: what stood and what is agreed on, side by side."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/amendment.html from Document.facts() of an amendment."""
    accepted = facts["accepted_at"]
    return {
        **paper.context(facts),
        **text(facts["amendment"]),
        "sha256": facts["sha256"],
        "approvals": [each | {"at": _instant(each["at"])} for each in facts["approvals"]],
        "accepted_as": facts["accepted_as"],
        "accepted": _instant(accepted) if accepted else "",
    }


def text(said: dict[str, Any]) -> dict[str, Any]:
    """A change from its frozen facts: for the paper, and for the page that shows it."""
    award, before, after = said["award"], said["before"], said["after"]
    currency, locale = award["currency"], paper.locale()

    def figure(minor: int) -> str:
        return Money(minor, currency).figure(locale)

    names = (
        (_("End of the work"), "ends_on"),
        (_("Interim report"), "interim"),
        (_("Final report"), "final"),
    )
    days = [
        {"name": name, "before": _day(before[key]), "after": _day(after[key])}
        for name, key in names
        if before[key] or after[key]
    ]
    lines = [
        {"what": new["what"], "before": figure(old["minor"]), "after": figure(new["minor"])}
        for old, new in zip(before["lines"], after["lines"], strict=True)
    ]
    parts = [
        {
            "number": new["number"],
            "before": figure(old["minor"]),
            "after": figure(new["minor"]),
            "day_before": _day(old["due_on"]),
            "day_after": _day(new["due_on"]),
            "words_before": old["words"],
            "words_after": new["words"],
            "is_retention": new["is_retention"],
        }
        for old, new in zip(before["parts"], after["parts"], strict=True)
    ]
    return {
        "number": said["number"],
        "award": award,
        "agreement": said["agreement"],
        "grantee": said["grantee"],
        "project": said["project"],
        "reason": said["reason"],
        "amount": Money(award["amount_minor"], currency).text(locale),
        "total": figure(award["amount_minor"]),
        "scheduled": figure(sum(part["minor"] for part in after["parts"])),
        "days": days if _differ(days) else [],
        "lines": lines if _differ(lines) else [],
        "parts": parts if before["parts"] != after["parts"] else [],
    }


def _differ(rows: list[dict[str, Any]]) -> bool:
    return any(row["before"] != row["after"] for row in rows)


def _day(written: str) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


def _instant(written: str) -> str:
    """'3 January 2027, 14:05 UTC': a signature is of an instant that everybody can place."""
    at = dt.datetime.fromisoformat(written).astimezone(ZoneInfo("UTC"))
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
