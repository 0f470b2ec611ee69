"""The figures of a report once more, leg by leg in Python, without a line of the product's SQL."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from funding.ledger.models import SPENDABLE, Entry, Fund

MEMO = {"held", "committed"}
FEES = {"payment_fees", "dispute_fees", "bank_fees"}
STEPS = (2500, 10_000, 25_000, 100_000)
Legs = list[tuple[str, int, str, int]]


def recount(funds: Iterable[Fund], start: dt.date, end: dt.date) -> dict[str, Any]:
    """What a report on these euro funds must say, as far as it can be added up."""
    ids = {fund.pk for fund in funds}
    found: dict[str, Any] = defaultdict(int, held=0, committed=0, payable=0, abroad=0)
    months: Counter[str] = Counter()
    sizes: Counter[int] = Counter()
    given: Counter[str] = Counter()
    for entry, legs in _entries(ids):
        reason = entry.reverses.reason if entry.reverses else entry.reason
        own = [(kind, minor) for kind, _fund, code, minor in legs if code == "EUR"]
        money = sum(minor for kind, minor in own if kind in SPENDABLE and kind not in MEMO)
        if entry.happened_on <= end:
            found["closing"] += money
            found["held"] -= sum(minor for kind, minor in own if kind == "held")
            found["committed"] -= sum(minor for kind, minor in own if kind == "committed")
            found["payable"] += sum(minor for kind, minor in own if kind == "payable")
            for kind, _fund, code, minor in legs:
                if code != "EUR" and kind in SPENDABLE:
                    found["abroad"] += minor
        if entry.happened_on < start:
            found["opening"] += money
        if not start <= entry.happened_on <= end:
            continue
        lines: Counter[str] = Counter()
        for kind, minor in own:
            lines[_line(kind, reason)] -= minor
        for line, minor in lines.items():
            found[line] += minor
        if _is_gift(own, reason):
            one = -1 if entry.reverses_id else 1
            found["gift_count"] += one
            months[entry.happened_on.isoformat()[:7]] += lines["gifts"]
            sizes[sum(abs(lines["gifts"]) >= step for step in STEPS)] += one
            code = next((leg[2] for leg in legs if leg[2] != "EUR"), "EUR")
            given[code] += lines["gifts"]
    return dict(found) | {"months": months, "sizes": sizes, "given": given}


def _entries(ids: set[int]) -> Iterable[tuple[Entry, Legs]]:
    for entry in Entry.objects.select_related("reverses").order_by("pk"):
        legs = [
            (leg.account.kind, leg.fund_id, leg.currency, leg.amount_minor)
            for leg in entry.postings.select_related("account")
            if leg.fund_id in ids
        ]
        if legs:
            yield entry, legs


def _is_gift(own: list[tuple[str, int]], reason: str) -> bool:
    return any(kind == "gifts" or (kind == "fx" and reason == "gift_value") for kind, _ in own)


def _line(kind: str, reason: str) -> str:
    if kind in {"gifts", "fee_cover"} or (kind == "fx" and reason == "gift_value"):
        return "gifts"
    if kind in {"refunds", "disputes"} or (
        kind == "fx" and reason.startswith(("refund", "dispute", "late_"))
    ):
        return "refunds"
    if kind in FEES:
        return "fees"
    if kind in {"transfers", "grants"}:
        return "awards" if kind == "grants" else kind
    if kind in SPENDABLE or kind.endswith("_contra"):
        return "money"
    return "other"
