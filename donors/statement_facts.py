"""What a statement says: every gift of some days, and every sum that went back or came again.

A move stands on the day on which it fell. What went back after the days were over stands by
itself below their sum, so that nobody counts a gift that is no longer one.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from donors.models import Gift, Receipt, ReceiptState, Refund, Withdrawal
from funding.documents import paper
from funding.documents.models import DocumentState
from funding.parties.models import Entity

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both included, in an entity's calendar."""

    begins_on: dt.date
    ends_on: dt.date
    zone: str

    @property
    def begin(self) -> dt.datetime:
        """The instant at which they begin."""
        return dt.datetime.combine(self.begins_on, dt.time.min, ZoneInfo(self.zone))

    @property
    def end(self) -> dt.datetime:
        """The instant at which they are over."""
        after = self.ends_on + dt.timedelta(days=1)
        return dt.datetime.combine(after, dt.time.min, ZoneInfo(self.zone))

    def day(self, instant: dt.datetime) -> dt.date:
        """The day of an instant in this calendar."""
        return instant.astimezone(ZoneInfo(self.zone)).date()


def facts(*, gifts: QuerySet[Gift], entity: Entity, days: Days, name: str) -> dict[str, Any]:
    """Everything that a statement over these gifts prints. The caller has locked the gifts."""
    rows = sorted(_rows(gifts, days), key=lambda row: (row["day"], row["gift"], row["what"]))
    numbers = _numbers({row["gift"] for row in rows})
    for row in rows:
        row["receipt"], row["is_void"] = numbers.get(row.pop("gift"), ("", False))
    currencies = sorted({row["currency"] for row in rows})
    return {
        "entity": paper.entity_facts(entity),
        "donor": {"name": name},
        "from": days.begins_on.isoformat(),
        "to": days.ends_on.isoformat(),
        "sums": [_sum([row for row in rows if row["currency"] == each]) for each in currencies],
    }


def has_any(gifts: QuerySet[Gift], days: Days) -> bool:
    """Whether money of these gifts moved in these days."""
    return any(True for row in _rows(gifts, days) if not row["is_later"])


def _sum(rows: list[Row]) -> dict[str, Any]:
    """The rows of one currency with their sums."""
    within = [row for row in rows if not row["is_later"]]
    later = [row for row in rows if row["is_later"]]
    total = sum(row["minor"] for row in within)
    return {
        "currency": rows[0]["currency"],
        "rows": within,
        "gift_count": sum(row["what"] == "gift" for row in within),
        "given_minor": sum(row["minor"] for row in within if row["what"] == "gift"),
        "total_minor": total,
        "later": later,
        "remains_minor": total + sum(row["minor"] for row in later),
    }


def _rows(gifts: QuerySet[Gift], days: Days) -> Iterator[Row]:
    received = gifts.filter(settled_at__gte=days.begin, settled_at__lt=days.end)
    lines = received.select_related("instalment__pledge").prefetch_related("lines__fund")
    for gift in lines:
        assert gift.settled_at is not None
        yield _row(gift, days, gift.settled_at, "gift", gift.gross_minor) | {
            "funds": [
                {"name": line.fund.name, "minor": line.amount_minor} for line in gift.lines.all()
            ],
            "cover_minor": gift.cover_minor,
            "rhythm": gift.instalment.pledge.rhythm if hasattr(gift, "instalment") else "",
        }
    for gift, at, what, minor in _moves(gifts, days):
        row = _row(gift, days, at, what, minor)
        # Of later moves only those that concern the gifts of these days.
        is_own = gift.settled_at is not None and gift.settled_at >= days.begin
        if is_own or not row["is_later"]:
            yield row


def _moves(gifts: QuerySet[Gift], days: Days) -> Iterator[tuple[Gift, dt.datetime, str, int]]:
    """What left gifts of these days or earlier ones, or came again, since the days began."""
    before = gifts.filter(settled_at__lt=days.end)
    refunds = Refund.objects.filter(gift__in=before, booked_at__isnull=False)
    since = Q(booked_at__gte=days.begin) | Q(ended_at__gte=days.begin)
    for refund in refunds.filter(since).select_related("gift"):
        if (left_at := _left_at(refund, days)) >= days.begin:
            yield refund.gift, left_at, "refund", -refund.amount_minor
        came_back = refund.failure_transaction and refund.ended_at
        if came_back and refund.ended_at is not None and refund.ended_at >= days.begin:
            yield refund.gift, refund.ended_at, "returned", refund.amount_minor
    taken = Withdrawal.objects.filter(gift__in=before, happened_at__gte=days.begin)
    for each in taken.exclude(amount_minor=0).select_related("gift"):
        what = f"{each.kind}_{'taken' if each.amount_minor < 0 else 'again'}"
        yield each.gift, each.happened_at, what, each.amount_minor


def _left_at(refund: Refund, days: Days) -> dt.datetime:
    """When a booked refund left us: one paid by bank on the day that was noted."""
    assert refund.booked_at is not None
    if refund.paid_on is None:
        return refund.booked_at
    return dt.datetime.combine(refund.paid_on, dt.time(12), ZoneInfo(days.zone))


def _row(gift: Gift, days: Days, at: dt.datetime, what: str, minor: int) -> Row:
    assert gift.settled_at is not None
    return {
        "gift": gift.pk,
        "day": days.day(at).isoformat(),
        "what": what,
        "received_on": days.day(gift.settled_at).isoformat(),
        "currency": gift.currency,
        "minor": minor,
        "is_later": at >= days.end,
    }


def _numbers(gifts: set[int]) -> dict[int, tuple[str, bool]]:
    """The number of each gift's latest receipt, and whether it is void."""
    issued = Receipt.objects.filter(gift__in=gifts, state=ReceiptState.ISSUED)
    return {
        receipt.gift_id: (receipt.document.name, receipt.document.state != DocumentState.VALID)
        for receipt in issued.select_related("document")
        .defer("document__content")
        .order_by("version")
        if receipt.document is not None
    }
