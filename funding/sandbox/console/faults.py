"""Faults in plain words: what a person can switch on, and what that means to the emulator."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fault:
    """One switch. `where` is webhooks, api or mail; `name` is the emulator's word."""

    where: str
    name: str
    label: str
    means: str

    @property
    def field(self) -> str:
        """The name of the switch in the form."""
        return f"{self.where}.{self.name}"


FAULTS = (
    Fault("webhooks", "off", "No event arrives for a week", "The fund must find all by itself."),
    Fault("webhooks", "drop", "Events get lost", "The fund hears nothing and must ask by itself."),
    Fault("webhooks", "duplicate", "Events come twice", "Nothing may be booked twice."),
    Fault("webhooks", "delay", "Events come a minute late", "The thank-you page comes first."),
    Fault("webhooks", "reorder", "Events come in the wrong order", "Order must not matter."),
    Fault("webhooks", "stale_payload", "Events tell an older state", "The fund must look again."),
    Fault("webhooks", "wrong_signature", "Events are forged", "The fund must refuse them."),
    Fault("webhooks", "old_timestamp", "Events are signed an hour ago", "Refused as well."),
    Fault("api", "rate_limit", "The next call is one too many", "Answered 429."),
    Fault("api", "error_before", "The next call fails", "Answered 500, nothing was done."),
    Fault("api", "error_after", "The next call seems to fail", "Answered 500, but it was done."),
    Fault("api", "reset_before", "The line is cut before the next call", "Nothing was done."),
    Fault("api", "reset_after", "The line is cut after the next call", "It was done, unanswered."),
    Fault("mail", "fail_next", "The next three mails are refused", "The fund must try again."),
    Fault("mail", "drop_next", "The next mail is kept without a word", "It may come once more."),
)
HEADINGS = {"webhooks": "What Stripe tells", "api": "What Stripe is asked", "mail": "Mail"}
WEEK_SECONDS = 7 * 24 * 3600
MAILS = {"fail_next": 3, "drop_next": 1}


def wanted(fields: dict[str, str]) -> tuple[dict[str, Any], dict[str, int]]:
    """What to ask of the emulator, and of the mail server, for the switches that are on."""
    on = [fault for fault in FAULTS if fault.field in fields]
    webhooks: dict[str, float] = {each.name: 1.0 for each in on if each.where == "webhooks"}
    if webhooks.pop("off", None):
        webhooks["off_seconds"] = WEEK_SECONDS
    stripe = {
        "webhooks": webhooks,
        "api": [{"kind": fault.name, "next": 1} for fault in on if fault.where == "api"],
    }
    return stripe, {name: count for name, count in MAILS.items() if f"mail.{name}" in fields}


def active(report: dict[str, Any], mail: dict[str, int], now: int) -> set[str]:
    """The fields of the switches that are on at `now`, an instant of the emulator's clock."""
    on = {f"webhooks.{name}" for name, value in report["webhooks"].items() if value == 1.0}
    on |= {"webhooks.off"} if report["webhooks"]["off_until"] > now else set()
    on |= {f"api.{fault['kind']}" for fault in report["api"] if fault["next"]}
    return on | {f"mail.{name}" for name, count in mail.items() if count}
