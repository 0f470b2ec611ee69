"""What the paper of an application is told: the frozen facts as sums, days and hours."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from funding.documents import paper
from funding.money import Money

Row = dict[str, Any]


def context(facts: Row) -> Row:
    """Context of templates/documents/submission.html from Document.facts() of a submission."""
    told, sent = facts["facts"], facts["submission"]
    locale, currency = paper.locale(), told["currency"]

    def text(name: str) -> str:
        return Money(told[f"{name}_minor"], currency).text(locale)

    return {
        **paper.context(facts),
        "told": told
        | {name: _day(told[name]) for name in ("starts_on", "ends_on")}
        | _permits(told),
        "lines": [
            line
            | {
                "unit": Money(line["unit_minor"], currency).figure(locale),
                "amount": Money(line["amount_minor"], currency).figure(locale),
                "local": _local(line, locale),
            }
            for line in told["lines"]
        ],
        "rates": [each | {"on": _day(each["on"])} for each in told.get("rates", [])],
        "whole": Money(told["whole_minor"], currency).figure(locale),
        "sums": {name: text(name) for name in ("ask", "minimum", "other", "in_kind")},
        "sent": sent
        | {
            "decides_on": _day(sent["decides_on"]),
            "utc": _at(sent["submitted_at"], "UTC"),
            "there": _at(sent["submitted_at"], sent["zone"]) if sent["zone"] != "UTC" else None,
            "closes": _at(sent["closes_at"], "UTC"),
        },
        "page": f"{facts['site_url'].partition('://')[2].rstrip('/')}/apply/{sent['uuid']}/",
    }


def _local(line: Row, locale: str) -> str:
    """What one costs where it is bought; nothing of a line in the round's own currency."""
    local = line.get("local")
    return Money(local["unit_minor"], local["currency"]).text(locale) if local else ""


def _permits(told: Row) -> Row:
    """The permits with their last days, where the round asked for any."""
    if "permits" not in told:
        return {}
    return {"permits": [each | {"until": _day(each["valid_until"])} for each in told["permits"]]}


def _at(instant: str, zone: str) -> Row:
    """Day, hour to the second, and the city of the zone, of an ISO instant there."""
    local = dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    city = zone.rpartition("/")[2].replace("_", " ")
    return {"on": local.date(), "time": f"{local:%H:%M:%S}", "city": city}


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
