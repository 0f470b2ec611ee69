"""What the empty form of a round is told. It has no number: it confirms nothing to anybody."""

import base64
import datetime as dt
from typing import Any

from django.utils.translation import get_language

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/blank_form.html from what the round says."""
    logo = facts["entity"].get("logo", "")
    return {
        **facts,
        "language": get_language(),
        "logo": f"data:image/svg+xml;base64,{base64.b64encode(logo.encode()).decode()}"
        if logo
        else "",
        "maximum": Money(facts["maximum_minor"], facts["currency"]).text(paper.locale()),
        "opens": _at(facts["opens_at"]),
        "closes": _at(facts["closes_at"]),
        "decides": dt.date.fromisoformat(facts["decides_on"]),
        "rows": range(8),
    }


def _at(instant: str) -> dict[str, Any]:
    local = dt.datetime.fromisoformat(instant).astimezone(dt.UTC)
    return {"on": local.date(), "time": f"{local:%H:%M}"}
