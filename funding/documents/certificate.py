"""What a certificate is told: what an organisation gave in some days, and what it paid for."""

import datetime as dt
from typing import Any, Final

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.documents import paper
from funding.documents.pen import Pen
from funding.documents.statement import name_of

# More projects than this are one row; the paper on where the money went has them all.
_MOST: Final = 5
_LONG: Final = 26
_VERY_LONG: Final = 40

Row = dict[str, Any]


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/certificate.html from Document.facts() of a certificate."""
    begins, ends = (dt.date.fromisoformat(facts[name]) for name in ("from", "to"))
    donor, trails = paper.giver(facts["donor"]), [_trail(each) for each in facts["trails"]]
    rows = sum(len(each["rows"]) for each in trails)
    letters = len(donor["name"])
    return {
        **paper.context(facts),
        "donor": donor,
        "donor_logo": f"data:image/png;base64,{donor['logo']}" if donor["logo"] else "",
        "size": "very" if letters > _VERY_LONG else "long" if letters > _LONG else "",
        "period": name_of(begins, ends),
        "is_year": name_of(begins, ends) == str(begins.year),
        "amounts": get_text_list(
            [Pen(each["currency"]).text(each["minor"]) for each in facts["sums"]], _("and")
        ),
        "count": _count(facts),
        "reached": _reached(facts),
        "trails": trails,
        "unvalued": _unvalued(facts),
        "is_full": rows > 5 or len(trails) > 1 or (rows > 3 and letters > _LONG),
        "replaces": facts["replaces"],
    }


def _count(facts: Row) -> str:
    count = facts["gift_count"]
    return ngettext("in one gift", "in %(shown)s gifts", count) % {"shown": count}


def _reached(facts: Row) -> str:
    """The sentence about projects; awards whose project is not public yet count too."""
    count = sum(len(_awards(each)) for each in facts["trails"])
    if not count:
        return _("It waits in the fund for the next awards.")
    return ngettext(
        "The money reached one project.", "The money reached %(count)s projects.", count
    ) % {"count": count}


def _awards(trail: Row) -> list[Row]:
    return [line for line in trail["lines"] if line["is_award"]]


def _trail(trail: Row) -> Row:
    pen, awards = Pen(trail["currency"]), _awards(trail)
    awards = sorted(awards, key=lambda line: line["minor"])
    rows = [(_title(line), -line["minor"]) for line in awards[:_MOST]]
    if more := awards[_MOST:]:
        words = ngettext("%(count)s more project", "%(count)s more projects", len(more))
        rows.append((words % {"count": len(more)}, -sum(line["minor"] for line in more)))
    rows.append((_("Fees and costs"), trail["fees_minor"] + trail["costs_minor"]))
    rows.append((_("Still in the fund"), trail["waiting_minor"] + trail["tracing_minor"]))
    foreign = [each for each in trail["worth"] if each["currency"] != trail["currency"]]
    return {
        "currency": trail["currency"],
        "rows": [{"words": words, "figure": pen.figure(minor)} for words, minor in rows if minor],
        "total": pen.figure(trail["worth_minor"]),
        "foreign": get_text_list([_worth(pen, each) for each in foreign], _("and")),
    }


def _title(line: Row) -> str:
    if not line["project"]:
        return _("A project that is not public yet")
    return ", ".join(each for each in (line["project"], line["place"]) if each)


def _worth(pen: Pen, each: Row) -> str:
    said = {"currency": each["currency"], "worth": pen.text(each["minor"])}
    return _("what was paid in %(currency)s as %(worth)s") % said


def _unvalued(facts: Row) -> str:
    return get_text_list(
        [
            Pen(each["currency"]).text(each["unvalued_minor"])
            for each in facts["sums"]
            if each["unvalued_minor"]
        ],
        _("and"),
    )
