"""What the pages of a statement are told: the frozen gifts of some days as words and sums."""

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from funding.documents import paper
from funding.documents.pen import Pen, period_name

_WENT: Final = {
    "refund": gettext_lazy("Given back to you, of the gift of %s"),
    "returned": gettext_lazy("Came back to us, because it could not be given back: gift of %s"),
    "dispute_taken": gettext_lazy("Taken back by your bank, of the gift of %s"),
    "dispute_again": gettext_lazy("Returned by your bank, of the gift of %s"),
    "late_failure_taken": gettext_lazy("Debit that came back, of the gift of %s"),
    "late_failure_again": gettext_lazy("Debit that was paid after all, of the gift of %s"),
}
_RHYTHMS: Final = {
    "monthly": gettext_lazy("every month"),
    "quarterly": gettext_lazy("every three months"),
    "yearly": gettext_lazy("every year"),
}

Row = dict[str, Any]


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/statement.html from Document.facts() of a statement."""
    sums = [_sum(each) for each in facts["sums"]]
    begins, ends = (dt.date.fromisoformat(facts[name]) for name in ("from", "to"))
    return {
        **paper.context(facts),
        "donor": paper.giver(facts["donor"]),
        "title": _title(begins, ends),
        "begins_on": begins,
        "ends_on": ends,
        "sums": sums,
        "has_later": any(each["later"] for each in sums),
        "replaces": facts["replaces"],
    }


def is_british_tax_year(begins: dt.date, ends: dt.date) -> bool:
    """Whether these days are a tax year of the United Kingdom."""
    whole = (begins.month, begins.day, ends.month, ends.day) == (4, 6, 4, 5)
    return whole and ends.year == begins.year + 1


def name_of(begins: dt.date, ends: dt.date) -> str:
    """'2025', 'the tax year 2025/26', or the days themselves."""
    if is_british_tax_year(begins, ends):
        return _("the tax year %s") % f"{begins.year}/{ends.year % 100:02d}"
    return period_name(begins, ends)


def _title(begins: dt.date, ends: dt.date) -> str:
    name = name_of(begins, ends)
    if name == str(begins.year) or is_british_tax_year(begins, ends):
        return _("What you gave in %s") % name
    return _("What you gave, %s") % name


def _sum(told: Row) -> Row:
    pen = Pen(told["currency"])
    count = told["gift_count"]
    return {
        "currency": told["currency"],
        "text": pen.text(told["total_minor"]),
        "given": pen.text(told["given_minor"]),
        "is_whole": told["given_minor"] == told["total_minor"],
        "count": ngettext("%(count)s gift", "%(count)s gifts", count) % {"count": pen.count(count)},
        "rows": [_row(pen, row) for row in told["rows"]],
        "total": pen.figure(told["total_minor"]),
        "later": [_row(pen, row) for row in told["later"]],
        "remains": pen.figure(told["remains_minor"]),
    }


def _row(pen: Pen, row: Row) -> Row:
    return {
        "day": pen.day(row["day"], "d MMM y"),
        "words": _words(pen, row),
        "notes": _notes(pen, row) if row["what"] == "gift" else [],
        "receipt": row["receipt"],
        "is_void": row["is_void"],
        "figure": pen.figure(row["minor"]),
    }


def _words(pen: Pen, row: Row) -> str:
    if row["what"] != "gift":
        return str(_WENT[row["what"]]) % pen.day(row["received_on"], "d MMM y")
    funds = row["funds"]
    if len(funds) == 1:
        return str(funds[0]["name"])
    return ", ".join(f"{each['name']} {pen.figure(each['minor'])}" for each in funds)


def _notes(pen: Pen, row: Row) -> list[str]:
    notes = [str(_RHYTHMS[row["rhythm"]])] if row["rhythm"] else []
    if row["cover_minor"]:
        cover = pen.text(row["cover_minor"])
        notes.append(_("with %s added to cover the payment fee") % cover)
    return notes
