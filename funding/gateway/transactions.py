"""The walk over Stripe's balance transactions, which needs no webhook to be complete."""

import datetime as dt
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Walk:
    """The movements since the last finished walk, oldest first, and the instant reached."""

    movements: list[Movement]
    reached_at: dt.datetime

    def finish(self) -> None:
        """Begin after these next time. A walk that is not finished is walked again."""
        Cursor.objects.update_or_create(name=_NAME, defaults={"reached_at": self.reached_at})


def walk() -> Walk:
    """Every movement since the last finished walk. Raises Unreachable."""
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
    return Walk(list(reversed(lines)), reached)
