"""What a card is told: whom a gift honours, in whose words. It has no number and no sum."""

import datetime as dt
from typing import Any

from django.utils.translation import get_language


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/card.html from the facts of a tribute."""
    return {
        **facts,
        "language": get_language(),
        "is_memory": facts["kind"] == "memory",
        "on": dt.date.fromisoformat(facts["on"]),
        "is_long": len(facts["honoree"]) > 24,
        "is_full": len(facts["honoree"]) > 40 or len(facts["words"]) > 160,
    }
