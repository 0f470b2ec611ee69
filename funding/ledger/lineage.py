"""Following money: what a gift paid for, and whose money an award is.

Every step of the way is asked for all pieces at once, so that the number of statements
depends on how often money moved on and not on how much of it there is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from funding.ledger import spans
from funding.ledger.axes import HOPS
from funding.ledger.models import Demand, DemandKind, Entry, Lot
from funding.ledger.spans import Span, Taken


class Way(StrEnum):
    """What happened to pennies: where they are, or on which way they went on."""

    JOINED = "joined"
    # Where they are. Of what joined, every penny is in one of these.
    AWARD = "award"
    COST = "cost"
    WAITING = "waiting"
    TAKEN_BACK = "taken_back"
    # How they came there.
    RETURNED = "returned"
    TRANSFERRED = "transferred"


PLACES: Final = frozenset({Way.AWARD, Way.COST, Way.WAITING, Way.TAKEN_BACK})


@dataclass(frozen=True, slots=True)
class Step:
    """So many pennies of a gift did the same on the same day.

    `about` is the cause of the award, the cost or the transfer, and of what was returned the
    award that returned it. `fund_id` is the fund that they were in. Of an award's pennies
    `paid_minor` are paid and not only promised.
    """

    gift: str
    way: Way
    fund_id: int
    about: str
    minor: int
    paid_minor: int
    happened_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Source:
    """So many pennies of an award came with this cause; without one they are yet to come.

    `fund_id` is the fund that the award draws on.
    """

    fund_id: int
    cause: str
    minor: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Pennies of a gift on their way. Standing ones are there in the place of others."""

    gift: str
    span: Span
    stands: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A step before its paid part and its day are known."""

    gift: str
    way: Way
    span: Span
    about: str
    entry_id: int
    offset: int = 0


def of_gifts(causes: Iterable[str]) -> list[Step]:
    """What became of the money of these causes, in the order of days; waiting money last."""
    lots = Lot.objects.filter(cause__in=list(causes), origin_fund=None).order_by("id")
    pieces, found = [], []
    for lot in lots:
        span = Span(lot.fund_id, lot.start, lot.stop)
        pieces.append(_Piece(lot.cause, span))
        found.append(_Found(lot.cause, Way.JOINED, span, lot.cause, lot.entry_id))
    for _hop in range(HOPS):
        if not pieces:
            break
        pieces, steps = _go_on(pieces)
        found += steps
    return _told(found)


def of_award(cause: str) -> list[Source]:
    """Whose money an award is, as far as it was not given back, by fund and cause."""
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    kept = []
    for demand in Demand.objects.filter(cause=cause, kind=DemandKind.AWARD):
        sums[demand.fund_id, ""] += demand.waiting_minor
        kept.append((demand, (demand.pk, 0, demand.filled_minor - demand.returned_minor)))
    homes = [demand.fund_id for demand, _part in kept]
    parts = [part for _demand, part in kept]
    pieces = [(homes[n], span) for n, span, _offset in spans.of_demands(parts)]
    for _hop in range(HOPS):
        if not pieces:
            break
        pieces, sources = _go_back(pieces)
        for source in sources:
            sums[source.fund_id, source.cause] += source.minor
    return [Source(fund, named, minor) for (fund, named), minor in sorted(sums.items()) if minor]


def _go_on(pieces: list[_Piece]) -> tuple[list[_Piece], list[_Found]]:
    found: list[_Found] = []
    own = [piece for piece in pieces if not piece.stands]
    gone = spans.missing([piece.span for piece in own])
    for gap in gone:
        gift = own[gap.n].gift
        found.append(_Found(gift, Way.TAKEN_BACK, gap.span, gift, gap.entry_id))
    live = [piece for piece in pieces if piece.stands] + _rest(own, gone)
    takings = spans.taken([piece.span for piece in live])
    found += [_Found(piece.gift, Way.WAITING, piece.span, "", 0) for piece in _rest(live, takings)]
    ahead = [
        _Piece(live[each.n].gift, _beneath(each), stands=True)
        for each in takings
        if each.instead_of is not None
    ]
    spent = [each for each in takings if each.instead_of is None]
    moves = spans.moved([each.span for each in spent])
    for move in moves:
        each = spent[move.n]
        gift = live[each.n].gift
        way = Way.TRANSFERRED if each.kind == DemandKind.TRANSFER else Way.RETURNED
        found.append(_Found(gift, way, move.span, each.cause, move.entry_id))
        ahead.append(_Piece(gift, move.new))
    left = spans.without([each.span for each in spent], [(move.n, move.span) for move in moves])
    for n, span in left:
        each = spent[n]
        way = Way.AWARD if each.kind == DemandKind.AWARD else Way.COST
        offset = each.offset + span.start - each.span.start
        found.append(_Found(live[each.n].gift, way, span, each.cause, each.entry_id, offset))
    return ahead, found


def _beneath(taken: Taken) -> Span:
    """The pennies in whose place these stand."""
    start = taken.instead_of or 0
    return taken.span.part(start, start + taken.span.minor)


def _rest(pieces: list[_Piece], cut: Iterable[Any]) -> list[_Piece]:
    left = spans.without([piece.span for piece in pieces], [(each.n, each.span) for each in cut])
    return [replace(pieces[n], span=span) for n, span in left]


def _go_back(
    pieces: list[tuple[int, Span]],
) -> tuple[list[tuple[int, Span]], list[Source]]:
    found: list[Source] = []
    behind: list[tuple[int, Span]] = []
    known = spans.recovered([span for _home, span in pieces])
    parts = []
    for each in known:
        stop = max(each.offset, min(each.filled_minor, each.offset + each.span.minor))
        parts.append((each.demand_id, each.offset, stop))
        lacking = each.offset + each.span.minor - stop
        found.append(Source(pieces[each.n][0], "", lacking))
    for n, span, _offset in spans.of_demands(parts):
        behind.append((pieces[known[n].n][0], span))
    left = spans.without([span for _home, span in pieces], [(each.n, each.span) for each in known])
    for lot in spans.joined([span for _n, span in left]):
        home = pieces[left[lot.n][0]][0]
        if lot.origin is None:
            found.append(Source(home, lot.cause, lot.span.minor))
        else:
            behind.append((home, lot.origin))
    return behind, found


def _told(found: list[_Found]) -> list[Step]:
    days = _days({each.entry_id for each in found if each.entry_id})
    paid = _paid({each.about for each in found if each.way == Way.AWARD})
    sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for each in found:
        day = days.get(each.entry_id)
        total = sums[each.gift, each.way, each.span.fund_id, each.about, day]
        total[0] += each.span.minor
        if each.way == Way.AWARD:
            reached = paid.get((each.about, each.span.fund_id), 0) - each.offset
            total[1] += max(0, min(reached, each.span.minor))
    steps = [
        Step(gift, way, fund_id, about, minor, paid_minor, day)
        for (gift, way, fund_id, about, day), (minor, paid_minor) in sums.items()
    ]
    return sorted(steps, key=lambda step: step.happened_on or dt.date.max)


def _days(entries: set[int]) -> dict[int, dt.date]:
    return dict(Entry.objects.filter(pk__in=entries).values_list("pk", "happened_on"))


def _paid(causes: set[str]) -> dict[tuple[str, int], int]:
    """What was paid of these awards and not returned, by cause and fund."""
    question = """
        SELECT e.cause, p.fund_id, sum(p.amount_minor)::bigint
        FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
        WHERE e.cause = ANY(%s) AND p.account_id IN ('grants', 'payable')
        GROUP BY e.cause, p.fund_id
    """
    with connection.cursor() as cursor:
        cursor.execute(question, [sorted(causes)])
        return {(cause, fund_id): minor for cause, fund_id, minor in cursor.fetchall()}


def amounts(steps: Iterable[Step], *ways: Way) -> int:
    """The pennies of those steps that went these ways."""
    return sum(step.minor for step in steps if step.way in ways)


def causes_of(steps: Iterable[Step]) -> Iterator[str]:
    """The awards that these steps name, each once."""
    return iter(dict.fromkeys(step.about for step in steps if step.way == Way.AWARD))
