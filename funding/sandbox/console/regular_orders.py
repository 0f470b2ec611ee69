"""What a person can make of the next payment, as buttons say it and as the emulator is asked."""

import datetime as dt
import re
from typing import Any

from funding.sandbox.console.regular_page import AFTER, WISHES

ONE = 100
TRANSFERS: dict[str, dict[str, Any]] = {
    "transfer": {},
    "transfer_under": {"under": ONE},
    "transfer_over": {"over": ONE},
}


def order(fields: dict[str, str], now: int) -> tuple[str, dict[str, Any]] | None:
    """The control and its body for what a button sent; None for what no button sends."""
    word, id = fields.get("do", ""), fields.get("id", "")
    if word == "after" and fields.get("status") in AFTER:
        return "billing", {"after_last_attempt": fields["status"]}
    if not re.fullmatch(r"\w+", id):
        return None
    if word in TRANSFERS:
        return "transfers", {"invoice": id} | TRANSFERS[word]
    if word == "next" and fields.get("next") in {wish for wish, _label, _told in WISHES}:
        return f"subscriptions/{id}", {"next": [fields["next"]]}
    if word == "card_ends":
        last = dt.datetime.fromtimestamp(now, dt.UTC).replace(day=1) - dt.timedelta(days=1)
        return f"subscriptions/{id}", {"card_ends": [last.month, last.year]}
    return None
