"""What the pages of a fund report are told: the frozen figures as words, sums and drawings."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from funding.documents import paper
from funding.documents.pen import Pen, period_name

_COLOURS: Final = {"c-fur": "#d3cabb", "c-far": "#33566d", "c-stripe": "#26282b"}

_FEES: Final = {
    "payment_fees": gettext_lazy("Card and payment fees"),
    "dispute_fees": gettext_lazy("Fees for disputed payments"),
    "bank_fees": gettext_lazy("Bank charges"),
}
_OTHERS: Final = {
    "brought_forward": gettext_lazy("Brought forward from earlier books"),
    "gift_aid": gettext_lazy("Gift Aid"),
    "other_income": gettext_lazy("Other income"),
    "fx": gettext_lazy("Exchange difference"),
}
_PLACES: Final = {
    "money": gettext_lazy("At the bank and at Stripe"),
    "bank": gettext_lazy("At the bank"),
    "clearing": gettext_lazy("At Stripe, on its way to the bank"),
    "in_transit": gettext_lazy("Between two accounts"),
    "gift_aid_due": gettext_lazy("Gift Aid that is due to us"),
    "suspense": gettext_lazy("Money not yet understood"),
    "refund_due": gettext_lazy("Gifts to be given back"),
    "payable": gettext_lazy("Payable to projects, not yet sent"),
    "gift_aid_owed": gettext_lazy("Gift Aid owed back"),
    "treasury": gettext_lazy("Costs not yet put to a fund"),
}
_CHANGED: Final = {
    "opening": gettext_lazy("In the fund at the beginning"),
    "gifts": gettext_lazy("Gifts"),
    "refunds": gettext_lazy("Went back to donors"),
    "fees": gettext_lazy("Fees"),
    "transfers": gettext_lazy("Moved from or to other funds"),
    "awards": gettext_lazy("Awards that fell due"),
    "other": gettext_lazy("Other"),
    "closing": gettext_lazy("In the fund at the end"),
    "available": gettext_lazy("Free to award"),
}

# Half the height of the tail: what a round end takes of its length.
_TIP: Final = 31

Row = dict[str, Any]


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/fund_report.html from Document.facts() of a report."""
    pen = Pen(facts["currency"])
    start, end = facts["from"], facts["to"]
    period = period_name(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    return {
        **paper.context(facts),
        "currency": facts["currency"],
        "is_all": facts["subject"]["is_all"],
        "name": facts["subject"]["name"] or _("All funds"),
        "purpose": facts["subject"]["purpose"],
        "fees_from": facts["subject"]["fees_from"],
        "journal": _journal(facts),
        "period": period,
        "days": _("%(first)s to %(last)s") % {"first": pen.day(start), "last": pen.day(end)},
        "first": pen.day(start, "d MMMM"),
        "last_day": pen.day(end),
        "closes": _at(facts, pen.day(end, "d MMMM")),
        "replaces": facts["replaces"],
        "changes": _changes(pen, facts["changes"]),
        "cover": _cover(pen, facts),
        "opening": pen.text(facts["moved"]["opening"]),
        "closing": pen.text(facts["moved"]["closing"]),
        "closing_figure": pen.figure(facts["moved"]["closing"]),
        "lines": _lines(pen, facts),
        "tail": _tail(pen, facts, period),
        "funds": _funds(pen, facts["funds"]),
        "funds_sum": _funds(pen, [facts["moved"] | {"name": ""}])[0],
        **_behind(pen, facts["behind"]),
        **_gifts(pen, facts, period),
        **_costs(pen, facts),
        **_awards(pen, facts),
    }


def _journal(facts: Row) -> str:
    """Where everybody finds the entries themselves."""
    subject = facts["subject"]
    page = "transparency" if subject["is_all"] else f"funds/{subject['slug']}"
    return f"{facts['site_url'].partition('://')[2]}/{page}/"


def _cover(pen: Pen, facts: Row) -> list[dict[str, str]]:
    """The three figures that a reader looks for first, each with what explains it."""
    moved, awarded = facts["moved"], facts["awards_sum"]["awarded"]
    count = len(facts["awards"])
    to = ngettext("in one award", "in %(count)s awards", count) % {"count": pen.count(count)}
    countries = facts["countries"]
    if countries:
        words = ngettext("%(to)s, in one country", "%(to)s, in %(count)s countries", countries)
        to = words % {"to": to, "count": pen.count(countries)}
    gifts, free = moved["gift_count"], facts["behind"]["available"]
    return [
        {
            "label": _("Given"),
            "sum": pen.text(moved["gifts"]),
            "note": ngettext("in one gift", "in %(count)s gifts", gifts)
            % {"count": pen.count(gifts)},
        },
        {
            "label": _("Awarded"),
            "sum": pen.text(awarded),
            "note": to if count else _("no award was made"),
        },
        {
            "label": _at(facts, pen.day(facts["to"])),
            "sum": pen.text(moved["closing"]),
            "note": _("of which %s is free to award") % pen.text(free)
            if free > 0
            else _("nothing of it is free to award"),
        },
    ]


def _at(facts: Row, day: str) -> str:
    words = _("In the funds on %s") if facts["subject"]["is_all"] else _("In the fund on %s")
    return words % day


def _lines(pen: Pen, facts: Row) -> list[Row]:
    """From the opening to the closing; lines of nought are left out but for gifts and awards."""
    moved, start = facts["moved"], pen.day(facts["from"], "d MMMM")
    gifts, back = moved["gift_count"], facts["refund_count"]
    transfers = [
        (
            (_("From the fund %s") if row["minor"] > 0 else _("To the fund %s")) % row["name"],
            row["minor"],
        )
        for row in facts["transfers"]
    ]
    told = sum(minor for _words, minor in transfers)
    rows = [
        (_at(facts, start), moved["opening"], True),
        (_("Gifts, %s") % pen.count(gifts), moved["gifts"], True),
        (_("Went back to donors, %s") % pen.count(back), moved["refunds"], False),
        (_("Card and bank fees"), moved["fees"], False),
        *((words, minor, False) for words, minor in transfers),
        (_("Moved from or to other funds"), moved["transfers"] - told, False),
        (_("Awards that fell due"), moved["awards"], True),
        *((str(_OTHERS.get(each["kind"], _("Other"))), each["minor"], False)
          for each in facts["others"]),
    ]  # fmt: skip
    return [
        {"words": words, "figure": pen.figure(minor)}
        for words, minor, always in rows
        if minor or always
    ]


def _tail(pen: Pen, facts: Row, period: str) -> Row:
    moved = facts["moved"]
    said = {
        "period": period,
        "awards": pen.figure(abs(min(moved["awards"], 0))),
        "fees": pen.figure(-min(moved["fees"], 0) - min(moved["refunds"], 0)),
        "left": pen.figure(max(moved["closing"], 0)),
        "currency": pen.currency,
    }
    title = _(
        "The money of %(period)s as one bar, in %(currency)s: awards %(awards)s, fees and gifts "
        "given back %(fees)s, and %(left)s still here"
    )
    bands = [band | {"colour": _COLOURS[band["look"]]} for band in facts["drawings"]["tail"]]
    # The tip is round where it is long enough to be one.
    has_tip = bool(bands) and bands[-1]["look"] == "c-stripe" and bands[-1]["width"] > _TIP
    return {
        "title": title % said,
        "left": pen.text(max(moved["closing"], 0)),
        "bands": bands[:-1] if has_tip else bands,
        "tip": bands[-1] if has_tip else None,
    }


def _behind(pen: Pen, behind: Row) -> Row:
    promises = [
        (_("Held for open motions"), -behind["held"]),
        (_("Still committed to awards"), -behind["committed"]),
        (_("Kept in reserve"), -behind["reserve"]),
    ]
    return {
        "places": [
            {"words": str(_PLACES[row["kind"]]), "figure": pen.figure(row["minor"])}
            for row in behind["places"]
        ],
        "promises": [
            {"words": words, "figure": pen.figure(minor)} for words, minor in promises if minor
        ],
        "available": pen.text(behind["available"]),
        "available_figure": pen.figure(behind["available"]),
        "on_its_way": ", ".join(
            pen.foreign(row["minor"], row["currency"]) for row in behind["on_its_way"]
        ),
    }


def _gifts(pen: Pen, facts: Row, period: str) -> Row:
    form = "y" if facts["is_yearly"] else "LLL y"
    months = [_counted(pen, row) | {"name": pen.day(row["month"], form)} for row in facts["months"]]
    sizes = [_counted(pen, row) | {"name": _size(pen, row)} for row in facts["sizes"]]
    currencies = [
        _counted(pen, row)
        | {"name": row["currency"], "given": pen.figure(row["given"], row["currency"])}
        for row in facts["currencies"]
    ]
    total = {"count": facts["moved"]["gift_count"], "minor": facts["moved"]["gifts"]}
    return {
        "is_yearly": facts["is_yearly"],
        "months": months,
        "chart": _chart(pen, facts, period),
        "sizes": sizes,
        "currencies": currencies,
        "has_foreign": any(row["currency"] != pen.currency for row in facts["currencies"])
        or bool(facts["exchange"]),
        "exchange": pen.figure(facts["exchange"]) if facts["exchange"] else "",
        "gifts": _counted(pen, total),
    }


def _counted(pen: Pen, row: Row) -> Row:
    return {"count": pen.count(row["count"]), "figure": pen.figure(row["minor"])}


def _size(pen: Pen, row: Row) -> str:
    low, high = row["from"], row["below"]
    if not low:
        return _("below %s") % pen.text(high)
    if high is None:
        return _("%s or more") % pen.text(low)
    return _("from %(low)s to below %(high)s") % {"low": pen.text(low), "high": pen.text(high)}


def _chart(pen: Pen, facts: Row, period: str) -> Row | None:
    """The bars with their words, or nothing where there is nothing to draw."""
    minors = [row["minor"] for row in facts["months"]]
    if len(minors) < 2 or not any(minor > 0 for minor in minors):
        return None
    drawn = facts["drawings"]["months"]
    form = "y" if facts["is_yearly"] else "LLL" if len(minors) <= 12 else "LLLLL"
    most = max(minors)
    bars = [
        bar
        | {
            "name": pen.day(row["month"], form),
            "above": bar["y"] - 8,
            "figure": pen.figure(row["minor"]) if bar["stands_out"] else "",
        }
        for bar, row in zip(drawn["bars"], facts["months"], strict=True)
    ]
    ticks = [
        tick | {"under": tick["y"] + 4, "words": pen.count(tick["major"])}
        for tick in drawn["ticks"]
    ]
    title = _("Gifts in %(period)s, in %(currency)s. The most was %(most)s; the table has all.")
    said = {"period": period, "currency": pen.currency, "most": pen.figure(most)}
    return {"title": title % said, "width": drawn["width"], "bars": bars, "ticks": ticks}


def _costs(pen: Pen, facts: Row) -> Row:
    return {
        "fees": [
            {"words": str(_FEES[row["kind"]]), "figure": pen.figure(row["minor"])}
            for row in facts["fees"]
        ],
        "fees_total": pen.figure(facts["moved"]["fees"]),
        "covered": pen.text(facts["covered"]) if facts["covered"] else "",
    }


def _awards(pen: Pen, facts: Row) -> Row:
    def row(told: Row) -> Row:
        return _told(pen, told) | {
            "note": _award_note(pen, told),
            "adopted_on": pen.day(told["adopted_on"], "d MMM y"),
        }

    count = len(facts["awards"])
    return {
        "awards": [row(told) for told in facts["awards"]],
        "awards_sum": _told(pen, facts["awards_sum"]),
        "awards_count": ngettext("One award", "%(count)s awards", count)
        % {"count": pen.count(count)},
        "earlier": [row(told) for told in facts["earlier"]],
        "earlier_sum": _told(pen, facts["earlier_sum"]),
        "payments": [
            {
                "day": pen.day(paid["day"], "d MMM y"),
                "title": paid["title"],
                "words": _payment_words(paid),
                "figure": pen.figure(paid["minor"]),
            }
            for paid in facts["payments"]
        ],
        "payments_total": pen.figure(facts["payments_sum"]),
    }


def _told(pen: Pen, row: Row) -> Row:
    """The same row with its sums written out."""
    names = ("awarded", "paid", "payable", "committed", "paid_before", "paid_during")
    return row | {name: pen.figure(row[name]) for name in names}


def _award_note(pen: Pen, row: Row) -> str:
    """What became of a part of the promise, where it is not the whole."""
    told: list[tuple[Callable[[str], str], int]] = [
        (lambda sum_: _("%s was set free again") % sum_, row["cancelled"]),
        (lambda sum_: _("%s came back unspent") % sum_, row["returned"]),
    ]
    parts = [words(pen.text(minor)) for words, minor in told if minor]
    if not parts:
        return ""
    return _("Of %(whole)s, %(parts)s.") % {
        "whole": pen.text(row["adopted"]),
        "parts": _(" and ").join(parts),
    }


def _payment_words(row: Row) -> str:
    if not row["number"]:
        return _("unspent money came back") if row["minor"] < 0 else _("payment")
    if row["minor"] < 0:
        return _("payment %s, put right") % row["number"]
    return _("payment %s") % row["number"]


def _funds(pen: Pen, rows: list[Row]) -> list[Row]:
    """Fund by fund; what is no gift and no award stands in one column."""
    names = ("opening", "gifts", "awards", "closing")
    return [
        {"name": row["name"]}
        | {name: pen.figure(row[name]) for name in names}
        | {"rest": pen.figure(row["closing"] - row["opening"] - row["gifts"] - row["awards"])}
        for row in rows
    ]


def _changes(pen: Pen, rows: list[Row]) -> list[Row]:
    return [
        {
            "words": str(_CHANGED[row["line"]]),
            "was": pen.figure(row["was"]),
            "is_now": pen.figure(row["is"]),
        }
        for row in rows
    ]
