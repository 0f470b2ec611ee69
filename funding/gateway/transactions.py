"""The walk over Stripe's balance transactions, which needs no webhook to be complete.

Every line is stored once as a Movement, page by page as it is read. Where the walk breaks off
the mark stays where it was, and the next one reads the same lines again and changes nothing.
"""

import datetime as dt
from typing import Any, Final

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Greatest

from funding import clock
from funding.gateway.client import client, speaking
from funding.gateway.models import Cursor, Movement
from funding.ledger.models import Entry, Kind

NAME: Final = "balance_transactions"
# Transactions may appear a little after the instant they bear, so each walk begins before
# the point that the last one reached.
_OVERLAP: Final = dt.timedelta(hours=2)
_FIRST_WALK: Final = dt.timedelta(days=30)
_PAGE: Final = 100

# Facts are written once. Of a line that is known only what Stripe tells later is taken over.
_STORE = """
INSERT INTO gateway_movement (stripe_id, kind, category, source, balance_type, currency,
    amount_minor, fee_minor, net_minor, created_at, available_on, stored_at, state, entry_key,
    due_at, attempts, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, 0, '')
ON CONFLICT (stripe_id) DO UPDATE SET available_on = excluded.available_on
RETURNING (xmax = 0)
"""


def walk(*, back: dt.timedelta = dt.timedelta(0)) -> int:
    """Store every line since the last finished walk, or since so long before it.

    Returns how many were new. Raises Unreachable; what was read until then is kept.
    """
    begun, cursor = clock.now(), Cursor.objects.filter(name=NAME).first()
    is_known = cursor is not None and Movement.objects.exists()
    since = (cursor.reached_at if cursor and is_known else _beginning()) - max(_OVERLAP, back)
    reached, new = since, 0
    with speaking():
        found = client().v1.balance_transactions.list(
            {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
        )
        for line in found.auto_paging_iter():
            new += store(line)
            reached = max(reached, _instant(line.created))
    _finish(reached if reached > since else (cursor.reached_at if cursor else since), begun)
    return new


def _beginning() -> dt.datetime:
    """Where the first walk begins: before all that our books have of Stripe's account."""
    here = Entry.objects.filter(postings__account__kind=Kind.CLEARING)
    oldest = here.aggregate(day=Min("happened_on"))["day"]
    recent = clock.now() - _FIRST_WALK
    if oldest is None:
        return recent
    return min(recent, dt.datetime.combine(oldest, dt.time(), dt.UTC) - dt.timedelta(days=2))


def _finish(reached: dt.datetime, begun: dt.datetime) -> None:
    """Move the mark on to the newest line that was seen. Of two walks the further one stands."""
    made, is_new = Cursor.objects.get_or_create(
        name=NAME, defaults={"reached_at": reached, "walked_at": begun}
    )
    if not is_new:
        Cursor.objects.filter(pk=made.pk).update(
            reached_at=Greatest("reached_at", reached), walked_at=begun
        )


def fetch(transaction_id: str) -> None:
    """Store one line that no walk has met. Raises Unreachable or Missing."""
    with speaking():
        line = client().v1.balance_transactions.retrieve(transaction_id)
    store(line)


def of_payout(payout: str) -> list[str]:
    """Store the lines of an automatic payout, itself among them. Returns their ids."""
    ids = []
    with speaking():
        found = client().v1.balance_transactions.list({"payout": payout, "limit": _PAGE})
        for line in found.auto_paging_iter():
            store(line)
            ids.append(str(line.id))
    return ids


def store(line: Any) -> int:  # noqa: ANN401 -- the SDK's class is partly untyped
    """Keep one line. 1 when it was not known yet. Two at once make one row."""
    now = clock.now()
    source = line.source if isinstance(line.source, str) else getattr(line.source, "id", "")
    balance_type = getattr(line, "balance_type", None) or "payments"
    state = "waiting" if balance_type == "payments" else "apart"
    facts: tuple[str | int | dt.datetime | None, ...] = (
        line.id,
        line.type[:60],
        line.reporting_category[:60],
        source or "",
        balance_type,
        line.currency.upper(),
        line.amount,
        line.fee,
        line.net,
        _instant(line.created),
        _instant(line.available_on) if line.available_on else None,
        now,
        state,
        now,
    )
    with connection.cursor() as cursor:
        cursor.execute(_STORE, facts)
        return int(cursor.fetchone()[0])


def last_walk() -> dt.datetime | None:
    """When the whole account book was last read to its end."""
    row = Cursor.objects.filter(name=NAME).first()
    return row.walked_at if row else None


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
