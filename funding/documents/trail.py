"""What the pages of followed money are told: line by line, and to the penny."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.documents import paper
from funding.documents.pen import Pen
from funding.documents.statement import name_of

Row = dict[str, Any]


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/trail.html from Document.facts() of followed money."""
    begins, ends = (dt.date.fromisoformat(facts[name]) for name in ("from", "to"))
    count = facts["gift_count"]
    return {
        **paper.context(facts),
        "donor": paper.giver(facts["donor"]),
        "title": _("Where your money went"),
        "period": name_of(begins, ends),
        "begins_on": begins,
        "ends_on": ends,
        "count": ngettext("%(count)s gift", "%(count)s gifts", count) % {"count": count},
        "sums": [_sum(each) for each in facts["sums"]],
        "trails": [_trail(each, facts["site_url"]) for each in facts["trails"]],
        "replaces": facts["replaces"],
    }


def _sum(told: Row) -> Row:
    pen = Pen(told["currency"])
    return {
        "text": pen.text(told["minor"]),
        "unvalued": pen.text(told["unvalued_minor"]) if told["unvalued_minor"] else "",
    }


def _trail(trail: Row, site_url: str) -> Row:
    pen = Pen(trail["currency"])
    awards = [line for line in trail["lines"] if line["is_award"]]
    waiting = trail["waiting_minor"] + trail["tracing_minor"]
    is_plain = [each["currency"] for each in trail["worth"]] == [trail["currency"]]
    return {
        "currency": trail["currency"],
        "worth_text": pen.text(trail["worth_minor"]),
        "worth_figure": pen.figure(trail["worth_minor"]),
        "awarded": pen.text(trail["awarded_minor"]) if awards else "",
        "awards": ngettext("one project", "%(number)s projects", len(awards))
        % {"number": len(awards)},
        "waiting": pen.text(waiting) if waiting else "",
        "worth": []
        if is_plain
        else [
            {"currency": each["currency"], "figure": pen.figure(each["minor"])}
            for each in trail["worth"]
        ],
        "lines": [
            _line(pen, line)
            | {name: _told(pen, line.get(name, []), site_url) for name in ("reports", "news")}
            for line in trail["lines"]
        ],
        "left": [_line(pen, line) for line in trail["left"]],
    }


def _line(pen: Pen, line: Row) -> Row:
    return {
        "day": pen.day(line["day"], "d MMM y") if line["day"] else "",
        "words": line["words"],
        "project": line["project"],
        "place": line["place"],
        "state": _state(pen, line) if line["is_award"] else "",
        "figure": pen.figure(line["minor"]) if line["minor"] is not None else "",
    }


def _told(pen: Pen, rows: list[Row], site_url: str) -> list[Row]:
    """What was published about an award's work. Papers from before there was any have none."""
    return [
        told
        | {
            "day": pen.day(told["day"], "d MMM y"),
            "url": f"{site_url}{told['url']}",
            "picture": f"data:image/jpeg;base64,{told['picture']}" if told["picture"] else "",
        }
        for told in rows
    ]


def _state(pen: Pen, line: Row) -> str:
    paid = line["paid_minor"]
    if paid == -line["minor"]:
        return _("paid to the project")
    if paid:
        return _("%s paid, the rest promised") % pen.text(paid)
    return _("promised, not paid yet")
