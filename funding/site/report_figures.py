"""What a fund report says: every printed figure, read from the journal in whole minor units.

The lines of the statement are those of `funding.ledger.statements`, the award figures those of
the award pages; what is added here is only their parts. All of it must be read at one moment.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from funding.documents import paper
from funding.ledger import breakdowns, statements
from funding.ledger.breakdowns import Gifts, Part, Span
from funding.ledger.models import SPENDABLE, Fund, Kind
from funding.ledger.statements import Movements
from funding.money import exponent
from funding.site import charts
from funding.site.award_figures import awards_of
from funding.site.models import FundReport

# The sizes by which gifts are counted, in whole units of the currency; where there is no
# smaller unit, a hundred times as much.
_SIZES: Final = (25, 100, 250, 1000)
# More months than this do not fit under a chart, so years stand there instead.
_MOST_MONTHS: Final = 24
# More awards than this would be drawn as hairs.
_MOST_BANDS: Final = 12
_CHART_WIDTH: Final = 640

_LINES: Final = ("opening", "gifts", "refunds", "fees", "transfers", "awards", "other", "closing")
_FEES: Final = (Kind.PAYMENT_FEES, Kind.DISPUTE_FEES, Kind.BANK_FEES)
_REFUNDS: Final = (Kind.REFUNDS, Kind.DISPUTES)
_MEMO: Final = (Kind.HELD, Kind.COMMITTED)
# Accounts that have a line of their own, or none: the rest is told kind by kind.
_NAMED: Final = {
    *SPENDABLE, *_FEES, *_REFUNDS, Kind.HELD_CONTRA, Kind.COMMITTED_CONTRA, Kind.GIFTS,
    Kind.FEE_COVER, Kind.TRANSFERS, Kind.GRANTS,
}  # fmt: skip
_EXCHANGED: Final = (
    "gift_value", "refund", "refund_returned", "dispute", "dispute_reversed", "late_failure",
)  # fmt: skip
# Payouts are booked in the Treasury, so for one fund alone these are one sum.
_TOGETHER: Final = (Kind.BANK, Kind.CLEARING, Kind.IN_TRANSIT, Kind.SUSPENSE)


@dataclass(frozen=True)
class _Subject:
    """The funds that a report is on, and everything that is read of them once."""

    report: FundReport
    funds: Sequence[Fund]
    span: Span = field(init=False)

    def __post_init__(self) -> None:
        ids = tuple(fund.pk for fund in self.funds)
        span = Span(ids, self.report.starts_on, self.report.ends_on)
        object.__setattr__(self, "span", span)

    @property
    def is_all(self) -> bool:
        return self.report.fund_id is None


def facts(report: FundReport) -> dict[str, Any]:
    """Everything that the report prints, but its number and its drawings."""
    subject = _Subject(report, funds_of(report))
    moved = _moved(subject.span)
    awards = awards_of(subject.span)
    return {
        "entity": paper.entity_facts(report.entity),
        "zone": report.entity.zone,
        "currency": report.currency,
        "from": report.starts_on.isoformat(),
        "to": report.ends_on.isoformat(),
        "subject": _words(subject),
        "moved": _lines(moved) | {"gift_count": moved.gift_count},
        **_parts(subject),
        "behind": _behind(subject, moved.closing.minor),
        **_gifts(subject.span, report.currency),
        **asdict(awards),
        "funds": _by_fund(subject) if subject.is_all else [],
    }


def drawings(told: dict[str, Any]) -> dict[str, Any]:
    """Where the pieces of the two charts stand. Worked out once, so that they stay as printed."""
    minors = [row["minor"] for row in told["months"]]
    return {
        "tail": [asdict(band) for band in charts.tail(_bands(told))],
        "months": asdict(charts.months(minors, told["currency"], _CHART_WIDTH)),
    }


def funds_of(report: FundReport) -> list[Fund]:
    """The funds that the report adds up: one, or all that are given to."""
    if report.fund is not None:
        return [report.fund]
    found = Fund.objects.filter(
        entity_id=report.entity_id, currency=report.currency, is_treasury=False
    )
    return list(found.order_by("position", "name", "pk"))


def _words(subject: _Subject) -> dict[str, Any]:
    fund = subject.report.fund
    if fund is None:
        return {"is_all": True, "name": "", "slug": "all", "purpose": "", "fees_from": ""}
    return {
        "is_all": False,
        "name": fund.name,
        "slug": fund.slug,
        "purpose": " ".join(part for part in (fund.purpose, fund.surplus) if part),
        "fees_from": fund.fees_from.name if fund.fees_from else "",
    }


def _moved(span: Span) -> Movements:
    return statements.movements(fund_ids=span.fund_ids, start=span.start, end=span.end)


def _lines(moved: Movements) -> dict[str, int]:
    return {name: getattr(moved, name).minor for name in _LINES}


def _parts(subject: _Subject) -> dict[str, Any]:
    """What the lines of the statement are made of."""
    found = breakdowns.parts(subject.span)
    known = breakdowns.counterparts(subject.span)
    return {
        "fees": _by_kind(part for part in found if part.kind in _FEES),
        "others": _by_kind(part for part in found if _is_other(part)),
        "transfers": [{"name": name, "minor": minor} for name, minor in known],
        "covered": sum(part.minor for part in found if part.kind == Kind.FEE_COVER),
        "refund_count": sum(part.count for part in found if _is_refund(part)),
        "exchange": breakdowns.exchange_difference(subject.span),
    }


def _is_refund(part: Part) -> bool:
    return part.kind in _REFUNDS or (part.kind == Kind.FX and part.reason in _EXCHANGED[1:])


def _is_other(part: Part) -> bool:
    if part.kind == Kind.FX:
        return part.reason not in _EXCHANGED
    return part.kind not in _NAMED


def _by_kind(parts: Iterable[Part]) -> list[dict[str, Any]]:
    sums: dict[str, int] = {}
    for part in parts:
        sums[part.kind] = sums.get(part.kind, 0) + part.minor
    return [{"kind": kind, "minor": minor} for kind, minor in sums.items() if minor]


def _behind(subject: _Subject, closing: int) -> dict[str, Any]:
    """Where the balance lay at the end of the last day, and what of it was free."""
    report, day = subject.report, subject.span.end
    own, abroad = _places(subject.span.fund_ids, day, report.currency)
    held, committed = (-own.pop(kind, 0) for kind in _MEMO)
    if subject.is_all:
        own = _with_treasury(own, report, day)
    else:
        together = sum(own.pop(kind, 0) for kind in _TOGETHER)
        own = {"money": together} | own
    reserve = sum(fund.reserve_minor for fund in subject.funds)
    return {
        "places": [{"kind": kind, "minor": minor} for kind, minor in own.items() if minor],
        "held": held,
        "committed": committed,
        "reserve": reserve,
        "available": closing - held - committed - reserve,
        "on_its_way": [{"currency": code, "minor": minor} for code, minor in abroad.items()],
    }


def _with_treasury(own: dict[str, int], report: FundReport, day: dt.date) -> dict[str, int]:
    """The same money where it really lies: moves between places are booked in the Treasury."""
    technical = Fund.objects.filter(entity_id=report.entity_id, is_treasury=True)
    pots = list(technical.values_list("pk", flat=True))
    moves, _abroad = _places(pots, day, report.currency)
    kinds = [kind for kind in Kind.values if kind in own or kind in moves]
    added = {kind: own.get(kind, 0) + moves.get(kind, 0) for kind in kinds}
    return added | {"treasury": -sum(moves.values())}


def _places(
    fund_ids: Iterable[int], day: dt.date, currency: str
) -> tuple[dict[str, int], dict[str, int]]:
    """Sums by kind in the currency, and what lies there in other ones."""
    own: dict[str, int] = {}
    abroad: dict[str, int] = {}
    for kind, code, minor in breakdowns.places(fund_ids, day):
        sums, key = (own, kind) if code == currency else (abroad, code)
        sums[key] = sums.get(key, 0) + minor
    return own, {code: minor for code, minor in abroad.items() if minor}


def _gifts(span: Span, currency: str) -> dict[str, Any]:
    """The gifts without anything that tells who gave them."""
    units = 10 ** exponent(currency) * (1 if exponent(currency) else 100)
    steps = [size * units for size in _SIZES]
    found = breakdowns.gifts(span, steps)
    is_yearly = len(_months(span.start, span.end)) > _MOST_MONTHS
    months = _years(span) if is_yearly else _months(span.start, span.end)
    return {
        "is_yearly": is_yearly,
        "months": [
            {"month": month.isoformat()} | _added(_in(found, month, is_yearly=is_yearly))
            for month in months
        ],
        "sizes": [
            {"from": low, "below": high} | _added(gift for gift in found if gift.size == size)
            for size, (low, high) in enumerate(zip([0, *steps], [*steps, None], strict=True))
        ],
        "currencies": _currencies(found, currency),
    }


def _in(found: Iterable[Gifts], month: dt.date, *, is_yearly: bool) -> list[Gifts]:
    if is_yearly:
        return [gift for gift in found if gift.month.year == month.year]
    return [gift for gift in found if gift.month == month]


def _added(gifts: Iterable[Gifts]) -> dict[str, int]:
    rows = list(gifts)
    return {"count": sum(row.count for row in rows), "minor": sum(row.minor for row in rows)}


def _currencies(found: Sequence[Gifts], currency: str) -> list[dict[str, Any]]:
    codes = sorted({gift.abroad for gift in found if gift.abroad})
    return [
        {"currency": code or currency, "given": sum(gift.given_minor for gift in same)}
        | _added(same)
        for code in [None, *codes]
        if (same := [gift for gift in found if gift.abroad == code])
    ]


def _months(start: dt.date, end: dt.date) -> list[dt.date]:
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]


def _years(span: Span) -> list[dt.date]:
    return [dt.date(year, 1, 1) for year in range(span.start.year, span.end.year + 1)]


def _by_fund(subject: _Subject) -> list[dict[str, Any]]:
    """The same lines fund by fund; one that was not there yet has no row."""
    rows = []
    for fund in subject.funds:
        lines = _lines(_moved(Span((fund.pk,), subject.span.start, subject.span.end)))
        if any(lines.values()) or _was_open(fund, subject.span):
            rows.append({"name": fund.name} | lines)
    return rows


def _was_open(fund: Fund, span: Span) -> bool:
    return fund.opened_on <= span.end and (fund.closed_on is None or fund.closed_on >= span.start)


def _bands(told: dict[str, Any]) -> list[tuple[str, int]]:
    """What went out, what was paid in fees and given back, and what is still here."""
    moved = told["moved"]
    drawn = [row["drawn"] for row in (*told["awards"], *told["earlier"]) if row["drawn"] > 0]
    if len(drawn) > _MOST_BANDS:
        drawn = [sum(drawn)]
    return [
        *(("c-fur", minor) for minor in drawn),
        ("c-fur", -min(moved["transfers"], 0)),
        ("c-fur", -min(moved["other"], 0)),
        ("c-far", -min(moved["fees"], 0) - min(moved["refunds"], 0)),
        ("c-stripe", moved["closing"]),
    ]


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of the statement that say another sum than the document before."""
    lines = {name: (before["moved"][name], now["moved"][name]) for name in _LINES}
    lines["available"] = (before["behind"]["available"], now["behind"]["available"])
    return [
        {"line": name, "was": was, "is": is_now}
        for name, (was, is_now) in lines.items()
        if was != is_now
    ]
