"""Tracing: reads the journal and writes which penny paid for what.

What an entry does to a fund is one figure: how it changes what the fund has and has not
promised. A gift's figures wait until its value is final and then join as one lot. From any
other entry more money is a new lot or comes back from what the same cause had asked for; less
money is a demand, or is taken back from what the same cause had brought. Who or what a cause
is, is not known here.

One transaction traces a batch of entries, and one at a time does. Killed, it has done nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from funding.ledger.axes import Axes
from funding.ledger.models import DemandKind, Reason

# 'trac' in the upper half of the advisory lock's number keeps it apart from other locks.
LOCK: Final = 0x74726163 << 32
BATCH: Final = 2_000

_GIFT: Final = frozenset(
    {
        Reason.GIFT,
        Reason.GIFT_VALUE,
        Reason.FEE,
        Reason.REFUND,
        Reason.REFUND_RETURNED,
        Reason.DISPUTE,
        Reason.DISPUTE_REVERSED,
        Reason.LATE_FAILURE,
    }
)
# What an award does to its funds, beside the costs of paying it.
_AWARD: Final = frozenset({Reason.AWARD, Reason.AWARD_CANCELLED, Reason.AWARD_RETURNED})

_NEXT: Final = "SELECT entry_id FROM ledger_traced WHERE place IS NULL ORDER BY entry_id LIMIT %s"

# Held money is not spent, so holding changes nothing. A reversal counts for what it reverses.
MOVED: Final = """
SELECT e.id, e.cause, coalesce(o.reason, e.reason) AS reason, e.final_at IS NOT NULL AS is_final,
       p.fund_id, sum(p.amount_minor)::bigint AS minor
FROM ledger_entry e
LEFT JOIN ledger_entry o ON o.id = e.reverses_id
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_fund f ON f.id = p.fund_id AND f.currency = p.currency AND NOT f.is_treasury
JOIN ledger_account a ON a.code = p.account_id AND a.is_spendable AND a.kind <> 'held'
"""
_BATCH: Final = (
    MOVED
    + """
WHERE e.id = ANY(%s)
GROUP BY e.id, o.reason, p.fund_id HAVING sum(p.amount_minor) <> 0
ORDER BY e.id, p.fund_id
"""
)
# All that was traced of causes whose value becomes final in this batch.
_BEFORE: Final = (
    MOVED
    + """
JOIN ledger_traced t ON t.entry_id = e.id AND t.place IS NOT NULL
WHERE e.cause = ANY(%s)
GROUP BY e.id, o.reason, p.fund_id HAVING sum(p.amount_minor) <> 0
ORDER BY e.id, p.fund_id
"""
)
_FINAL: Final = """
SELECT DISTINCT e.cause FROM ledger_entry e
LEFT JOIN ledger_traced t ON t.entry_id = e.id LEFT JOIN ledger_finality l ON l.entry_id = e.id
WHERE (t.place IS NOT NULL AND e.final_at IS NOT NULL OR l.place IS NOT NULL)
  AND e.cause = ANY(%s)
"""
# Gifts that became final without an entry of their own, once the one that brought them is traced.
_LATER: Final = """
SELECT e.id, e.cause, e.reason, true
FROM ledger_finality l JOIN ledger_entry e ON e.id = l.entry_id
JOIN ledger_traced t ON t.entry_id = e.id AND t.place IS NOT NULL
WHERE l.place IS NULL ORDER BY l.entry_id LIMIT %s
"""
_SEEN: Final = """
UPDATE ledger_finality SET place = (SELECT max(place) FROM ledger_traced) WHERE entry_id = ANY(%s)
"""
_PLACED: Final = """
UPDATE ledger_traced t
SET place = u.n + coalesce((SELECT max(m.place) FROM ledger_traced m), 0)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS u (entry_id, n)
WHERE t.entry_id = u.entry_id
"""


@dataclass(frozen=True, slots=True)
class Head:
    """What tracing knows of an entry."""

    entry_id: int
    cause: str
    reason: str
    is_final: bool


def sweep(*, limit: int = BATCH) -> int:
    """Trace the entries that wait, at most so many. Returns how many it traced.

    None while another one is at it.
    """
    with transaction.atomic():
        if not _ask("SELECT pg_try_advisory_xact_lock(%s)", LOCK)[0][0]:
            return 0
        # A statement after the lock sees all that the one before had written.
        entries = [entry_id for (entry_id,) in _ask(_NEXT, limit)]
        if entries:
            _Batch(_heads(entries), _moves(_ask(_BATCH, entries))).write()
            _run(_PLACED, entries)
        # What becomes final without an entry brings no money but what was traced before.
        later = [Head(*row) for row in _ask(_LATER, limit)]
        if later:
            _Batch(later, {}).write()
            _run(_SEEN, [head.entry_id for head in later])
    return len(entries) + len(later)


class _Batch:
    """Some entries in the order in which they are traced."""

    def __init__(self, heads: list[Head], moves: dict[int, dict[int, int]]) -> None:
        self._axes = Axes()
        self._heads = heads
        self._moves = moves
        gifts = sorted({head.cause for head in self._heads if head.reason in _GIFT})
        self._final = {cause for (cause,) in _ask(_FINAL, gifts)}
        # What causes have brought that are not final, by cause and fund.
        self._open = _sums(_ask(_BEFORE, [cause for cause in gifts if cause not in self._final]))

    def write(self) -> None:
        """Write lots, demands, segments and gaps for all of them."""
        for head in self._heads:
            moves = self._moves.get(head.entry_id, {})
            if head.reason in _GIFT:
                self._gift(head, moves)
            elif head.reason == Reason.TRANSFER:
                self._transfer(head, moves)
            else:
                self._other(head, moves)
        self._axes.flush()

    def _gift(self, head: Head, moves: dict[int, int]) -> None:
        cause = head.cause
        if cause not in self._final:
            before = self._open[cause]
            for fund_id, minor in moves.items():
                before[fund_id] += minor
            if not head.is_final:
                return
            self._final.add(cause)
            self._first(head, before)
        else:
            self._other(head, moves)

    def _first(self, head: Head, moves: dict[int, int]) -> None:
        """What a gift has come to, its fee with it, now that this is final."""
        for fund_id, minor in sorted(moves.items()):
            if minor > 0:
                self._axes.add(
                    fund_id=fund_id, minor=minor, cause=head.cause, entry_id=head.entry_id
                )
            elif minor < 0:
                self._ask(head, DemandKind.COST, fund_id, -minor)

    def _transfer(self, head: Head, moves: dict[int, int]) -> None:
        """Money joins the other fund as it leaves this one, and not before."""
        sources = [fund_id for fund_id, minor in moves.items() if minor < 0]
        targets = [fund_id for fund_id, minor in moves.items() if minor > 0]
        if len(sources) != 1 or len(targets) != 1:
            self._other(head, moves)
            return
        self._axes.ask(
            fund_id=sources[0],
            kind=DemandKind.TRANSFER,
            minor=-moves[sources[0]],
            cause=head.cause,
            entry_id=head.entry_id,
            target_id=targets[0],
        )

    def _other(self, head: Head, moves: dict[int, int]) -> None:
        kind = DemandKind.AWARD if head.reason in _AWARD else DemandKind.COST
        for fund_id, minor in sorted(moves.items()):
            if minor > 0:
                self._more(head, kind, fund_id, minor)
            elif minor < 0:
                self._less(head, kind, fund_id, -minor)

    def _more(self, head: Head, kind: DemandKind, fund_id: int, minor: int) -> None:
        rest = self._axes.give_back(
            fund_id=fund_id, minor=minor, cause=head.cause, kind=kind, entry_id=head.entry_id
        )
        if rest:
            self._axes.add(fund_id=fund_id, minor=rest, cause=head.cause, entry_id=head.entry_id)

    def _less(self, head: Head, kind: DemandKind, fund_id: int, minor: int) -> None:
        if kind != DemandKind.AWARD:
            minor = self._axes.take_back(
                fund_id=fund_id, minor=minor, cause=head.cause, entry_id=head.entry_id
            )
        if minor:
            self._ask(head, kind, fund_id, minor)

    def _ask(self, head: Head, kind: DemandKind, fund_id: int, minor: int) -> None:
        self._axes.ask(
            fund_id=fund_id, kind=kind, minor=minor, cause=head.cause, entry_id=head.entry_id
        )


def _heads(entries: list[int]) -> list[Head]:
    question = """
        SELECT e.id, e.cause, coalesce(o.reason, e.reason), e.final_at IS NOT NULL
        FROM unnest(%s::bigint[]) WITH ORDINALITY AS u (entry_id, n)
        JOIN ledger_entry e ON e.id = u.entry_id
        LEFT JOIN ledger_entry o ON o.id = e.reverses_id
        ORDER BY u.n
    """
    return [Head(*row) for row in _ask(question, entries)]


def _moves(rows: list[tuple[Any, ...]]) -> dict[int, dict[int, int]]:
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for entry_id, _cause, _reason, _is_final, fund_id, minor in rows:
        found[entry_id][fund_id] = minor
    return found


def _sums(rows: list[tuple[Any, ...]]) -> defaultdict[str, defaultdict[int, int]]:
    found: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for _entry_id, cause, reason, _is_final, fund_id, minor in rows:
        if reason in _GIFT:
            found[cause][fund_id] += minor
    return found


def _ask(question: str, value: int | list[int] | list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, [value])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _run(statement: str, value: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
