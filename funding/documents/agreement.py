"""What the page of an agreement is told: the frozen facts as money, days and names."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.documents import paper
from funding.money import Money

_WAITS: Final = {
    "signed": gettext_lazy("this agreement is accepted"),
    "interim": gettext_lazy("the interim report is accepted"),
    "final": gettext_lazy("the final report is accepted"),
}


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/agreement.html from Document.facts() of an agreement."""
    signed = facts["signatures"]
    return {
        **paper.context(facts),
        **text(facts["agreement"]),
        "sha256": facts["sha256"],
        "signed": signed
        and {
            "accepted_as": signed["accepted_as"],
            "accepted": _instant(signed["accepted_at"]),
            "countersigned_by": signed["countersigned_by"],
            "countersigned": _instant(signed["countersigned_at"]),
        },
    }


def text(said: dict[str, Any]) -> dict[str, Any]:
    """What is agreed on, from the frozen facts: for the paper, and for the page that shows it."""
    award, locale = said["award"], paper.locale()

    def figure(minor: int) -> str:
        return Money(minor, award["currency"]).figure(locale)

    return {
        "award": award | {"adopted_on": _day(award["adopted_on"])},
        "grantee": said["grantee"],
        "project": said["project"]
        | {name: _day(said["project"][name]) for name in ("starts_on", "ends_on")},
        "amount": Money(award["amount_minor"], award["currency"]).text(locale),
        "total": figure(award["amount_minor"]),
        "scheduled": figure(said["scheduled_minor"]),
        "shares": [share | {"figure": figure(share["minor"])} for share in said["shares"]],
        "lines": [line | {"figure": figure(line["minor"])} for line in said["lines"]],
        "parts": [
            part
            | {
                "figure": figure(part["minor"]),
                "due_on": _day(part["due_on"]),
                "waits": _waits(part),
            }
            for part in said["parts"]
        ],
        "interim": _day(said["reports"]["interim"]),
        "final": _day(said["reports"]["final"]),
        "terms": said["terms"],
    }


def _waits(part: dict[str, Any]) -> str:
    if part["condition"] == "milestone":
        return _("this is reached: %(words)s") % {"words": part["words"]}
    return str(_WAITS[part["condition"]])


def _day(written: str) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


def _instant(written: str) -> str:
    """'3 January 2027, 14:05 UTC': a signature is of an instant that everybody can place."""
    at = dt.datetime.fromisoformat(written).astimezone(ZoneInfo("UTC"))
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
