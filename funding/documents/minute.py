"""What the page of a minute is told: the frozen facts of a motion as money, days and words."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.documents import paper
from funding.money import Money

_RESULTS: Final = {
    "adopted": gettext_lazy("adopted"),
    "rejected": gettext_lazy("not adopted"),
    "no_quorum": gettext_lazy("too few votes"),
    "unratified": gettext_lazy("adopted, and not ratified"),
    "withdrawn": gettext_lazy("taken back by the applicant"),
}
_NATURES: Final = {
    "body": gettext_lazy("acts for the applicant"),
    "kin": gettext_lazy("family or friends"),
    "money": gettext_lazy("would receive money"),
    "part": gettext_lazy("takes part in the project"),
    "applied": gettext_lazy("applied for it"),
    "advised": gettext_lazy("advised on it"),
    "wrote": gettext_lazy("published with the applicants"),
    "group": gettext_lazy("same specialist group"),
    "gave": gettext_lazy("acts for a zoo that gave"),
    "other": gettext_lazy("another interest"),
}
_CHOICES: Final = {
    "for": gettext_lazy("for"),
    "against": gettext_lazy("against"),
    "abstain": gettext_lazy("abstained"),
    "": gettext_lazy("did not vote"),
}


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/minute.html from Document.facts() of a minute."""
    motion = facts["motion"]
    currency, locale, zone = motion["currency"], paper.locale(), motion["zone"]

    def figure(minor: int) -> str:
        return Money(minor, currency).figure(locale)

    items = [
        item
        | {
            "figure": figure(item["amount_minor"]),
            "asked": figure(item["ask_minor"]),
            "is_part": item["amount_minor"] < item["ask_minor"],
            "is_adopted": item["state"] == "adopted",
            "result": _RESULTS[item["state"]],
            "shares": [each | {"figure": figure(each["minor"])} for each in item["shares"]],
            "votes": [each | {"word": _CHOICES[each["choice"]]} for each in item["votes"]],
            "interests": [_interest(each, zone) for each in item.get("interests", item["out"])],
            "discussion": _discussion(item.get("discussion", {}), zone),
            "withdrew": [each["name"] for each in item["out"]],
            "is_counted": item["state"] != "withdrawn",
            "out": [each | {"on": dt.date.fromisoformat(each["on"])} for each in item["out"]],
        }
        for item in facts["items"]
    ]
    return {
        **paper.context(facts),
        "motion": motion
        | {name: _instant(motion[name], zone) for name in ("put_at", "closes_at", "decided_at")},
        "ratification": _instants(motion.get("ratification", {}), zone, "at", "counted_at"),
        "objection": _instants(motion.get("objection", {}), zone, "at", "until"),
        "currency": currency,
        "members": _members(facts["members"]),
        "items": items,
        "together": [
            str(at) for at, item in enumerate(items, start=1) if not item.get("is_alone", True)
        ],
        "recusals": [item for item in items if item["interests"]],
        "adopted": sum(item["is_adopted"] for item in items),
        "total": figure(facts["adopted_minor"]),
        "proposed": Money(sum(item["amount_minor"] for item in items), currency).text(locale),
    }


def _interest(row: dict[str, Any], zone: str) -> dict[str, Any]:
    """A row of the table of interests. Minutes of earlier days know names and days alone."""
    nature = _NATURES.get(row.get("nature", ""), "")
    when = _("before the motion") if row.get("is_before", True) else _("while it was open")
    if row.get("takes_part"):
        followed = _("Took part, by the chair’s ruling.")
    elif row.get("is_out", True):
        followed = _("Withdrew: from then on neither read it nor voted.")
    else:
        followed = _("Did not vote: the chair had not ruled.")
    day = dt.date.fromisoformat(row["on"])
    return row | {
        "on": day,
        "time": paper.time(row["at"], zone) if row.get("at") else "",
        "out": _instant(row["out_at"], zone) if row.get("out_at") else None,
        "nature": nature,
        "when": when,
        "followed": followed,
    }


def _instants(told: dict[str, Any], zone: str, *names: str) -> dict[str, Any]:
    return told and told | {name: _instant(told[name], zone) for name in names}


def _discussion(told: dict[str, Any], zone: str) -> dict[str, Any]:
    """How much was written and when. Minutes of earlier days know of no discussion."""
    if not told.get("remarks"):
        return {}
    first, last = (_instant(told[name], zone) for name in ("first_at", "last_at"))
    return told | {"first": first, "last": last}


def _instant(instant: str, zone: str) -> dict[str, Any]:
    local = dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return {"on": local.date(), "time": paper.time(instant, zone)}


def _members(members: list[dict[str, Any]]) -> list[str]:
    return [
        _("%(name)s (chair)") % {"name": each["name"]} if each["is_chair"] else each["name"]
        for each in members
    ]
