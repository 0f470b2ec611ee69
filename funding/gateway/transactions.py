"""Stripe's balance transactions: reading its account book, which needs no webhook to be whole."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from funding import clock
from funding.gateway.client import client, speaking
from funding.gateway.models import Cursor, Movement

_NAME: Final = "balance_transactions"
# Transactions may appear a little after the instant they bear, so each walk begins before
# the point that the last one reached.
_OVERLAP: Final = dt.timedelta(hours=2)
_FIRST_WALK: Final = dt.timedelta(days=30)
# Behind these stands a person, whose name Stripe may put into its description.
_OF_PEOPLE: Final = frozenset({"charge", "refund", "refund_failure", "dispute", "charge_failure"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of Stripe's account book. `net` is what the balance changed by."""

    stripe_id: str
    kind: str
    category: str
    source: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    description: str
    happened_at: dt.datetime
    available_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Walk:
    """The lines since the last finished walk, and the instant reached."""

    lines: list[Line]
    reached_at: dt.datetime

    def finish(self) -> None:
        """Begin after these next time. A walk that is not finished is walked again."""
        Cursor.objects.update_or_create(name=_NAME, defaults={"reached_at": self.reached_at})


def walk() -> Walk:
    """Every line since the last finished walk, oldest first. Raises Unreachable."""
    reached = clock.now()
    cursor = Cursor.objects.filter(name=_NAME).first()
    since = (cursor.reached_at if cursor else reached - _FIRST_WALK) - _OVERLAP
    lines = list(_lines({"created": {"gte": int(since.timestamp())}, "limit": 100}))
    return Walk(lines[::-1], reached)


def of_payout(payout: str) -> list[Line]:
    """The lines that an automatic payout took along, its own among them, oldest first.

    Raises Unreachable, and Rejected for a payout that was made by hand.
    """
    return list(_lines({"payout": payout, "limit": 100}))[::-1]


def fetch(stripe_id: str) -> Line:
    """One line. Raises Unreachable or Missing."""
    with speaking():
        return _line(client().v1.balance_transactions.retrieve(stripe_id))


def take_in(lines: Iterable[Line]) -> int:
    """Store what is new of these lines, each once. Returns how many were."""
    now, told = clock.now(), {line.stripe_id: line for line in lines}
    known = Movement.objects.filter(stripe_id__in=told).values_list("stripe_id", flat=True)
    new = told.keys() - set(known)
    Movement.objects.bulk_create(
        [Movement(**asdict(told[each]), seen_at=now, due_at=now) for each in told if each in new],
        ignore_conflicts=True,
    )
    return len(new)


def _lines(params: Any) -> Iterator[Line]:  # noqa: ANN401 -- the SDK's own dictionary type
    with speaking():
        found = client().v1.balance_transactions.list(params)
        yield from map(_line, list(found.auto_paging_iter()))


def _line(told: Any) -> Line:  # noqa: ANN401 -- the SDK's own class is partly untyped
    category = told.reporting_category
    return Line(
        stripe_id=told.id,
        kind=told.type,
        category=category,
        source=told.source if isinstance(told.source, str) else "",
        currency=told.currency.upper(),
        amount_minor=told.amount,
        fee_minor=told.fee,
        net_minor=told.net,
        description="" if category in _OF_PEOPLE else (told.description or "")[:300],
        happened_at=dt.datetime.fromtimestamp(told.created, dt.UTC),
        available_at=dt.datetime.fromtimestamp(told.available_on, dt.UTC),
    )
