"""Writing the axes of pennies. Whoever writes holds the lock of tracing (see `trace`).

New money joins at an axis's end. A demand takes the next pennies that nobody has, and what it
lacks waits, first come, first served. What a giver takes back are the last pennies of that
gift: unspent ones become a gap; spent ones stay where they are, and a demand at the end of the
queue brings others in their place. What comes back from a demand are its last pennies, which
join an axis again and remember where they were. Nothing that was written is written again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from funding.ledger import spans
from funding.ledger.models import Demand, DemandKind, Gap, Lot, Segment
from funding.ledger.spans import Span

# Pennies that went round so often are not followed further; nobody's money does.
HOPS: Final = 64


@dataclass(slots=True)
class _Axis:
    """One fund's axis as far as writing needs it."""

    fund_id: int
    end: int
    cursor: int
    waiting: list[Demand] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where pennies of a gift are now, as seen from the fund that it was given to.

    `here` is the last position in that fund. Live ones lie there; spent ones do not, and
    others are to stand in the place of `here`.
    """

    given: Span
    here: Span
    is_live: bool


@dataclass(frozen=True, slots=True)
class _Lack:
    """Pennies that join again, and whether they are what a demand still waits for.

    That demand waits to bring others in the place of those `at`.
    """

    origin: Span
    at: Span
    demand_id: int | None


class Axes:
    """The axes that a batch of entries writes."""

    def __init__(self) -> None:
        self._axes: dict[int, _Axis] = {}
        self._lots: list[Lot] = []

    def add(
        self, *, fund_id: int, minor: int, cause: str, entry_id: int, origin: Span | None = None
    ) -> None:
        """Append new money, and let those have it who wait."""
        axis = self._axis(fund_id)
        self._lots.append(
            Lot(
                fund_id=fund_id,
                start=axis.end,
                stop=axis.end + minor,
                cause=cause,
                entry_id=entry_id,
                origin_fund_id=origin.fund_id if origin else None,
                origin_start=origin.start if origin else None,
            )
        )
        axis.end += minor
        self._fill(axis, entry_id)

    def ask(
        self,
        *,
        fund_id: int,
        kind: DemandKind,
        minor: int,
        cause: str,
        entry_id: int,
        target_id: int | None = None,
        instead_of: int | None = None,
    ) -> None:
        """Take the next pennies for a demand; what is lacking waits for those that come."""
        axis = self._axis(fund_id)
        axis.waiting.append(
            Demand.objects.create(
                fund_id=fund_id,
                kind=kind,
                cause=cause,
                entry_id=entry_id,
                amount_minor=minor,
                waiting_minor=minor,
                target_id=target_id,
                instead_of=instead_of,
            )
        )
        self._fill(axis, entry_id)

    def take_back(self, *, fund_id: int, minor: int, cause: str, entry_id: int) -> int:
        """Take back the last pennies that the cause brought; returns what it had not brought."""
        self.flush()
        pieces, rest = self._last_given(fund_id, cause, minor)
        places = [place for piece in pieces for place in _whereabouts(piece)]
        # What is unspent is gone before anybody asks for others in place of what is spent.
        for place in sorted(places, key=lambda place: (not place.is_live, place.given.start)):
            self._take(place, cause, entry_id)
        return rest

    def give_back(
        self, *, fund_id: int, minor: int, cause: str, kind: DemandKind, entry_id: int
    ) -> int:
        """Let the last pennies of what the cause asked for join again; returns the rest.

        What still waits for its pennies stops waiting first.
        """
        self.flush()
        rows = Demand.objects.filter(fund_id=fund_id, cause=cause, kind=kind).order_by("-pk")
        for demand in map(self._same, rows):
            if not minor:
                break
            waiting = min(minor, demand.waiting_minor)
            self._wait_less(demand, waiting)
            back = min(minor - waiting, demand.filled_minor - demand.returned_minor)
            if back:
                self._return(demand, back, entry_id)
            minor -= waiting + back
        return minor

    def flush(self) -> None:
        """Write what is only in memory yet."""
        Lot.objects.bulk_create(self._lots)
        self._lots = []

    def _axis(self, fund_id: int) -> _Axis:
        if fund_id not in self._axes:
            ends = Lot.objects.filter(fund_id=fund_id).order_by("-start")
            cursors = Segment.objects.filter(fund_id=fund_id).order_by("-start")
            waiting = Demand.objects.filter(fund_id=fund_id, waiting_minor__gt=0).order_by("pk")
            self._axes[fund_id] = _Axis(
                fund_id,
                end=ends.values_list("stop", flat=True).first() or 0,
                cursor=cursors.values_list("stop", flat=True).first() or 0,
                waiting=list(waiting),
            )
        return self._axes[fund_id]

    def _fill(self, axis: _Axis, entry_id: int) -> None:
        while axis.waiting and (piece := self._next(axis, axis.waiting[0].waiting_minor)):
            demand = axis.waiting[0]
            Segment.objects.create(
                fund_id=axis.fund_id,
                start=piece.start,
                stop=piece.stop,
                demand=demand,
                offset=demand.filled_minor,
                entry_id=entry_id,
            )
            demand.filled_minor += piece.minor
            demand.waiting_minor -= piece.minor
            demand.save(update_fields=["filled_minor", "waiting_minor"])
            if not demand.waiting_minor:
                axis.waiting.pop(0)
            if demand.target_id is not None:
                self._descend(demand.target_id, [piece], demand.cause, entry_id)

    def _next(self, axis: _Axis, wanted: int) -> Span | None:
        """The next pennies that nobody has, in one piece, and the cursor after them."""
        gaps = Gap.objects.filter(fund_id=axis.fund_id, is_spent=False).order_by("start")
        while axis.cursor < axis.end:
            gap = gaps.filter(start__gte=axis.cursor).first()
            start = axis.cursor
            if gap is not None and gap.start == start:
                axis.cursor = gap.stop
                continue
            axis.cursor = min(start + wanted, axis.end, axis.end if gap is None else gap.start)
            return Span(axis.fund_id, start, axis.cursor)
        return None

    def _last_given(self, fund_id: int, cause: str, minor: int) -> tuple[list[Span], int]:
        lots = Lot.objects.filter(fund_id=fund_id, cause=cause, origin_fund=None)
        given = [Span(fund_id, lot.start, lot.stop) for lot in lots.order_by("start")]
        gone = [(gap.n, gap.span) for gap in spans.missing(given)]
        return _last([piece for _n, piece in spans.without(given, gone)], minor)

    def _take(self, place: _Place, cause: str, entry_id: int) -> None:
        given, here = place.given, place.here
        is_spent = not place.is_live or given != here
        _gap(given, is_spent=is_spent, entry_id=entry_id)
        if not place.is_live:
            self.ask(
                fund_id=here.fund_id,
                kind=DemandKind.RECOVER,
                minor=here.minor,
                cause=cause,
                entry_id=entry_id,
                instead_of=here.start,
            )
        elif is_spent:
            _gap(here, is_spent=False, entry_id=entry_id)

    def _return(self, demand: Demand, minor: int, entry_id: int) -> None:
        kept = demand.filled_minor - demand.returned_minor
        demand.returned_minor += minor
        demand.save(update_fields=["returned_minor"])
        pieces = [
            piece for _n, piece, _offset in spans.of_demands([(demand.pk, kept - minor, kept)])
        ]
        self._descend(demand.fund_id, pieces, demand.cause, entry_id)

    def _descend(self, fund_id: int, left: list[Span], cause: str, entry_id: int) -> None:
        """Let pennies join an axis that have been on one before.

        Those that were taken back meanwhile, and in whose place others were yet to come in this
        very fund, are those others: nothing joins and nothing is lacking any more.
        """
        self.flush()
        while any(demand.instead_of is not None for demand in self._axis(fund_id).waiting):
            found = [each for piece in left for each in _lacking(piece, fund_id)]
            lack = next((each for each in found if each.demand_id is not None), None)
            if lack is None or lack.demand_id is None:
                break
            self._lack_no_more(lack.demand_id, lack.at, entry_id)
            left = [each.origin for each in found if each is not lack]
        for piece in _merged(left):
            self.add(
                fund_id=fund_id, minor=piece.minor, cause=cause, entry_id=entry_id, origin=piece
            )

    def _lack_no_more(self, demand_id: int, at: Span, entry_id: int) -> None:
        demand = self._same(Demand.objects.get(pk=demand_id))
        waits_from = (demand.instead_of or 0) + demand.filled_minor
        stop = waits_from + demand.waiting_minor
        self._wait_less(demand, stop - at.start)
        if at.stop < stop:
            self.ask(
                fund_id=demand.fund_id,
                kind=DemandKind.RECOVER,
                minor=stop - at.stop,
                cause=demand.cause,
                entry_id=entry_id,
                instead_of=at.stop,
            )

    def _same(self, demand: Demand) -> Demand:
        """The demand as it waits here, if it does."""
        waiting = self._axis(demand.fund_id).waiting
        return next((each for each in waiting if each.pk == demand.pk), demand)

    def _wait_less(self, demand: Demand, minor: int) -> None:
        if minor:
            demand.waiting_minor -= minor
            demand.save(update_fields=["waiting_minor"])
            if not demand.waiting_minor:
                self._axis(demand.fund_id).waiting.remove(demand)


def _gap(span: Span, *, is_spent: bool, entry_id: int) -> None:
    Gap.objects.create(
        fund_id=span.fund_id,
        start=span.start,
        stop=span.stop,
        is_spent=is_spent,
        entry_id=entry_id,
    )


def _last(pieces: list[Span], minor: int) -> tuple[list[Span], int]:
    """The last so many pennies of pieces in their order, and how many they lack."""
    found: list[Span] = []
    for piece in reversed(pieces):
        if not minor:
            break
        part = piece.part(max(piece.start, piece.stop - minor), piece.stop)
        minor -= part.minor
        found.append(part)
    return found[::-1], minor


def _merged(pieces: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for piece in pieces:
        if found and found[-1].stop == piece.start:
            found[-1] = piece.part(found[-1].start, piece.stop)
        else:
            found.append(piece)
    return found


def _whereabouts(given: Span) -> list[_Place]:
    return list(_follow(given, given, given, HOPS))


def _follow(given: Span, here: Span, at: Span, hops: int) -> Iterator[_Place]:
    """Where the pennies `given` are: three spans of one length, the last where they are now."""
    takings = spans.taken([at])
    for _n, piece in spans.without([at], [(0, each.span) for each in takings]):
        # On another fund's axis they are spent, as seen from home.
        is_live = at.fund_id == given.fund_id
        yield _Place(_like(given, at, piece), _like(here, at, piece), is_live)
    for each in takings:
        given_part, here_part = _like(given, at, each.span), _like(here, at, each.span)
        if each.instead_of is not None and hops:
            there = Span(at.fund_id, each.instead_of, each.instead_of + each.span.minor)
            yield from _follow(given_part, here_part, there, hops - 1)
            continue
        moves = spans.moved([each.span]) if hops else []
        for move in moves:
            part = _like(given_part, each.span, move.span)
            is_home = move.new.fund_id == given.fund_id
            stand = move.new if is_home else _like(here_part, each.span, move.span)
            yield from _follow(part, stand, move.new, hops - 1)
        for _n, piece in spans.without([each.span], [(0, move.span) for move in moves]):
            part = _like(given_part, each.span, piece)
            yield _Place(part, _like(here_part, each.span, piece), is_live=False)


def _lacking(origin: Span, fund_id: int) -> list[_Lack]:
    """The pieces of pennies that are to join a fund, in their order."""
    return sorted(_sources(origin, origin, fund_id, HOPS), key=lambda each: each.origin.start)


def _sources(origin: Span, at: Span, fund_id: int, hops: int) -> Iterator[_Lack]:
    """Follow pennies back to where they came from, as far as to a demand that waits."""
    known = spans.recovered([at]) if hops else []
    for each in known:
        part = _like(origin, at, each.span)
        filled = max(0, min(each.filled_minor - each.offset, each.span.minor))
        parts = [(each.demand_id, each.offset, each.offset + filled)] if filled else []
        for _n, piece, offset in spans.of_demands(parts):
            begin = part.start + offset - each.offset
            yield from _sources(part.part(begin, begin + piece.minor), piece, fund_id, hops - 1)
        if filled < each.span.minor:
            waits = each.demand_id if at.fund_id == fund_id else None
            there = each.span.part(each.span.start + filled, each.span.stop)
            yield _Lack(part.part(part.start + filled, part.stop), there, waits)
    for _n, piece in spans.without([at], [(0, each.span) for each in known]):
        for lot in spans.joined([piece]):
            part = _like(origin, at, lot.span)
            if lot.origin is None or not hops:
                yield _Lack(part, lot.span, None)
            else:
                yield from _sources(part, lot.origin, fund_id, hops - 1)


def _like(whole: Span, other: Span, piece: Span) -> Span:
    """The part of `whole` that lies in it as `piece` lies in `other`, which is as long."""
    start = whole.start + piece.start - other.start
    return whole.part(start, start + piece.minor)
