"""What the readable copy of a person's data is told: it has no number, and only they get it."""

import datetime as dt
from typing import Any

from django.utils.translation import get_language


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/personal_data.html from the facts of a copy."""
    return {
        **facts,
        "language": get_language(),
        "made_on": dt.date.fromisoformat(facts["made_on"]),
    }
