"""Reading the axes of pennies: what lies on a span, and where its pennies went or came from.

Each question takes any number of spans and is one statement, which for every span finds its
place by index and reads on from there. Answers are pieces of the spans, in their order; `n` is
the number of the span that a piece belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection


@dataclass(frozen=True, slots=True)
class Span:
    """Pennies of a fund from `start` up to `stop`, which is not among them."""

    fund_id: int
    start: int
    stop: int

    @property
    def minor(self) -> int:
        """How many pennies these are."""
        return self.stop - self.start

    def part(self, start: int, stop: int) -> "Span":
        """A piece of the same axis."""
        return Span(self.fund_id, start, stop)


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece that a demand took. `offset` counts the demand's pennies before it."""

    n: int
    span: Span
    demand_id: int
    kind: str
    cause: str
    offset: int
    # Where the pennies lie in whose place this piece stands.
    instead_of: int | None
    entry_id: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A piece that became a new lot: the same pennies at `new`."""

    n: int
    span: Span
    new: Span
    cause: str
    entry_id: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """A piece that was taken back after it was spent; others stand in its place.

    Of the demand that brings them, this piece has the pennies from `offset` on.
    """

    n: int
    span: Span
    demand_id: int
    offset: int
    filled_minor: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A piece that its giver has back, or that is gone."""

    n: int
    span: Span
    is_spent: bool
    entry_id: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A piece as it joined its fund. `origin` is where the same pennies had been before."""

    n: int
    span: Span
    cause: str
    origin: Span | None
    entry_id: int


# Rows of a table share no penny, so of those that begin before a span only the last can reach
# into it: two looks into one index, however much lies before.
_ON: Final = """
SELECT w.n, w.fund_id, greatest(x.lo, w.start), least(x.hi, w.stop), x.*
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY
     AS w (fund_id, start, stop, n)
JOIN LATERAL (
    SELECT t.{lo} AS lo, {hi} AS hi, {fields}
    FROM {table} t {join}
    WHERE t.{fund} = w.fund_id AND t.{lo} < w.stop AND {hi} > w.start AND {hi} > t.{lo}
      AND t.{lo} >= coalesce((
          SELECT max(m.{lo}) FROM {table} m WHERE m.{fund} = w.fund_id AND m.{lo} <= w.start
      ), 0)
) x ON true
ORDER BY w.n, x.lo
"""

_TAKEN: Final = _ON.format(
    table="ledger_segment",
    join="JOIN ledger_demand d ON d.id = t.demand_id",
    fund="fund_id",
    lo="start",
    hi="t.stop",
    fields='d.id, d.kind, d.cause, t."offset", d.instead_of, t.entry_id',
)
_MOVED: Final = _ON.format(
    table="ledger_lot",
    join="",
    fund="origin_fund_id",
    lo="origin_start",
    hi="t.origin_start + (t.stop - t.start)",
    fields="t.fund_id, t.start, t.cause, t.entry_id",
)
_RECOVERED: Final = _ON.format(
    table="ledger_demand",
    join="",
    fund="fund_id",
    lo="instead_of",
    hi="t.instead_of + t.filled_minor + t.waiting_minor",
    fields="t.id, t.filled_minor",
)
_MISSING: Final = _ON.format(
    table="ledger_gap",
    join="",
    fund="fund_id",
    lo="start",
    hi="t.stop",
    fields="t.is_spent, t.entry_id",
)
_JOINED: Final = _ON.format(
    table="ledger_lot",
    join="",
    fund="fund_id",
    lo="start",
    hi="t.stop",
    fields="t.cause, t.origin_fund_id, t.origin_start, t.entry_id",
)
_OF_DEMAND: Final = """
SELECT w.n, t.fund_id, t.start + greatest(w.start - t."offset", 0),
       least(t.stop, t.start + w.stop - t."offset"), greatest(w.start, t."offset")
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY
     AS w (demand_id, start, stop, n)
JOIN LATERAL (
    SELECT s.fund_id, s.start, s.stop, s."offset" FROM ledger_segment s
    WHERE s.demand_id = w.demand_id AND s."offset" < w.stop
      AND s."offset" + (s.stop - s.start) > w.start
      AND s."offset" >= coalesce((
          SELECT max(m."offset") FROM ledger_segment m
          WHERE m.demand_id = w.demand_id AND m."offset" <= w.start
      ), 0)
) t ON true
ORDER BY w.n, t."offset"
"""


def taken(spans: Sequence[Span]) -> list[Taken]:
    """The pieces of these spans that demands took."""
    found = []
    for n, fund, start, stop, lo, _hi, pk, kind, cause, offset, instead, entry in _on(
        _TAKEN, spans
    ):
        into = offset + start - lo
        found.append(
            Taken(
                n=n - 1,
                span=Span(fund, start, stop),
                demand_id=pk,
                kind=kind,
                cause=cause,
                offset=into,
                instead_of=None if instead is None else instead + into,
                entry_id=entry,
            )
        )
    return found


def moved(spans: Sequence[Span]) -> list[Moved]:
    """The pieces of these spans that went on to become new lots."""
    found = []
    for n, fund, start, stop, lo, _hi, to, new, cause, entry in _on(_MOVED, spans):
        at = new + start - lo
        span = Span(fund, start, stop)
        found.append(Moved(n - 1, span, Span(to, at, at + span.minor), cause, entry))
    return found


def recovered(spans: Sequence[Span]) -> list[Recovered]:
    """The pieces of these spans in whose place other pennies stand, or are to stand."""
    return [
        Recovered(n - 1, Span(fund, start, stop), pk, start - lo, filled)
        for n, fund, start, stop, lo, _hi, pk, filled in _on(_RECOVERED, spans)
    ]


def missing(spans: Sequence[Span]) -> list[Missing]:
    """The pieces of these spans that were taken back."""
    return [
        Missing(n - 1, Span(fund, start, stop), is_spent, entry)
        for n, fund, start, stop, _lo, _hi, is_spent, entry in _on(_MISSING, spans)
    ]


def joined(spans: Sequence[Span]) -> list[Joined]:
    """The lots that these spans consist of."""
    found = []
    for n, fund, start, stop, lo, _hi, cause, source, origin, entry in _on(_JOINED, spans):
        at = None if source is None else origin + start - lo
        before = None if at is None else Span(source, at, at + stop - start)
        found.append(Joined(n - 1, Span(fund, start, stop), cause, before, entry))
    return found


def of_demands(parts: Sequence[tuple[int, int, int]]) -> list[tuple[int, Span, int]]:
    """What demands took: for each (demand, offset, offset after) its pieces in their order.

    Answers with the number of the part, the piece, and the demand's pennies before it.
    """
    rows = _ask(_OF_DEMAND, [list(column) for column in zip(*parts, strict=True)] or [[]] * 3)
    return [(n - 1, Span(fund, start, stop), offset) for n, fund, start, stop, offset in rows]


def without(spans: Sequence[Span], pieces: Sequence[tuple[int, Span]]) -> list[tuple[int, Span]]:
    """What is left of spans when these (number, piece) are cut out, ordered as the pieces are."""
    left: list[tuple[int, Span]] = []
    cut: dict[int, list[Span]] = {}
    for n, piece in pieces:
        cut.setdefault(n, []).append(piece)
    for n, span in enumerate(spans):
        at = span.start
        for piece in cut.get(n, []):
            if piece.start > at:
                left.append((n, span.part(at, piece.start)))
            at = max(at, piece.stop)
        if at < span.stop:
            left.append((n, span.part(at, span.stop)))
    return left


def _on(question: str, spans: Sequence[Span]) -> list[tuple[Any, ...]]:
    if not spans:
        return []
    columns = [
        [span.fund_id for span in spans],
        [span.start for span in spans],
        [span.stop for span in spans],
    ]
    return _ask(question, columns)


def _ask(question: str, columns: Sequence[list[int]]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, list(columns))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
