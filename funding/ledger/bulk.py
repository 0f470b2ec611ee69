"""Writing many entries at once, for files of a hundred thousand rows.

What `book.post` does for one, in a handful of statements for a thousand: the same rows, judged
by the same triggers. What they add to a balance is one row for all of them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.transaction import TransactionManagementError

from funding import clock
from funding.ledger.book import Leg, rows_of
from funding.ledger.models import BalanceDelta, Entry, Posting, Traced
from funding.ledger.refusals import refusing

# From so many new rows on, what was known of a table leads the planner astray.
_MANY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is to be written."""

    key: str
    reason: str
    cause: str
    happened_on: dt.date
    legs: Sequence[Leg]
    final_at: dt.datetime | None = None


def post_many(*, entity_id: int, actor: str, drafts: Sequence[Draft]) -> None:
    """Write entries in the open transaction, each under a key that does not stand yet.

    A key that stands breaks the transaction: whoever writes many knows that they are new.
    Raises Unbalanced and PeriodClosed as `book.post` does.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("The journal is written inside a transaction.")
    now = clock.now()
    entries = [
        Entry(
            entity_id=entity_id,
            key=draft.key,
            reason=str(draft.reason),
            cause=draft.cause,
            actor=actor,
            happened_on=draft.happened_on,
            booked_at=now,
            final_at=draft.final_at,
        )
        for draft in drafts
    ]
    legs = [rows_of(draft.legs) for draft in drafts]
    sums: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    with refusing():
        Entry.objects.bulk_create(entries)
        postings = []
        for entry, rows in zip(entries, legs, strict=True):
            for fund_id, account, currency, minor in rows:
                sums[fund_id, account, currency] += minor
                postings.append(
                    Posting(
                        entry=entry,
                        account_id=account,
                        fund_id=fund_id,
                        currency=currency,
                        amount_minor=minor,
                    )
                )
        Posting.objects.bulk_create(postings)
        BalanceDelta.objects.bulk_create(
            BalanceDelta(fund_id=fund_id, account_id=account, currency=currency, amount_minor=minor)
            for (fund_id, account, currency), minor in sums.items()
            if minor
        )
        Traced.objects.bulk_create(Traced(entry=entry) for entry in entries)


def count_grown() -> None:
    """Have each table counted in which this transaction has written a thousand rows or more.

    The questions after it, here and in other sessions once it has committed, are planned for
    what is there. A table that somebody else is counting is left to them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_count_grown(%s)", [_MANY])
