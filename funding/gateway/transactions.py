"""The walk over Stripe's balance transactions, which needs no webhook to be complete."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from funding import clock
from funding.gateway.client import client, speaking
from funding.gateway.models import Cursor

_NAME = "balance_transactions"
# Transactions may appear a little after the instant they bear, so each walk begins before
# the point that the last one reached.
_OVERLAP = dt.timedelta(hours=2)
_FIRST_WALK = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of Stripe's own account book: what kind, and which object is behind it."""

    id: str
    category: str
    source: str


def walk() -> Iterator[Movement]:
    """Every movement since the last completed walk. Raises Unreachable.

    The cursor moves only when the caller has taken the last one, so that a walk that breaks
    off is begun again from the same place.
    """
    reached = clock.now()
    cursor = Cursor.objects.filter(name=_NAME).first()
    since = (cursor.reached_at if cursor else reached - _FIRST_WALK) - _OVERLAP
    with speaking():
        found = client().v1.balance_transactions.list(
            {"created": {"gte": int(since.timestamp())}, "limit": 100}
        )
        lines = [
            Movement(
                id=line.id,
                category=line.reporting_category,
                source=line.source if isinstance(line.source, str) else "",
            )
            for line in found.auto_paging_iter()
        ]
    yield from reversed(lines)
    with transaction.atomic():
        Cursor.objects.update_or_create(name=_NAME, defaults={"reached_at": reached})
