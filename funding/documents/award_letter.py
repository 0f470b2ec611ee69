"""What the page of an award letter is told: the frozen facts as money and days."""

import datetime as dt
from typing import Any

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/award_letter.html from Document.facts() of a letter."""
    award, project = facts["award"], facts["project"]
    locale = paper.locale()

    def money(minor: int) -> Money:
        return Money(minor, award["currency"])

    return {
        **paper.context(facts),
        "applicant": facts["applicant"],
        "body": facts["body"],
        "chair": facts["chair"],
        "award": award | {"adopted_on": dt.date.fromisoformat(award["adopted_on"])},
        "project": project | {name: _day(project[name]) for name in ("starts_on", "ends_on")},
        "amount": money(award["amount_minor"]).text(locale),
        "asked": money(award["ask_minor"]).text(locale),
        "is_whole": award["amount_minor"] == award["ask_minor"],
        "shares": [
            share | {"figure": money(share["minor"]).figure(locale)} for share in facts["shares"]
        ],
        "total": money(award["amount_minor"]).figure(locale),
        "page": f"{facts['site_url'].partition('://')[2].rstrip('/')}/awards/{award['id']}/",
    }


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
