"""Which gifts a pool matches and by how much, and what goes back to it with them.

What should stand is read from the gifts themselves, so that no road by which the news came can
be forgotten: card, debit, bank or cheque, refund, dispute, late failure, money that came again.
The row of a match is the decision: one of nothing says that the pool had nothing left.
"""

from collections.abc import Iterable
from typing import Final

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from donors.models import Gift, GiftLine, MatchedGift, MatchingPool, MatchRelease, PoolState
from donors.pools import sums
from funding import clock, jobs
from funding.audit import log
from funding.ledger import verify

# A gift is made when its form was sent, or on the day on which it came, whichever is earlier.
_DECIDED_NOT: Final = """
SELECT DISTINCT ON (g.final_at, g.id) g.id FROM donors_matchingpool p
JOIN donors_giftline l ON l.fund_id = p.fund_id
JOIN donors_gift g ON g.id = l.gift_id
JOIN donors_donor d ON d.id = g.donor_id
WHERE p.state = 'open' AND g.settled_at >= p.starts_at AND g.final_at IS NOT NULL
  AND g.value_currency = p.currency AND d.organisation_id IS NULL
  AND least(g.created_at, g.settled_at) >= p.starts_at
  AND least(g.created_at, g.settled_at) < p.stops_at
  AND NOT EXISTS (SELECT FROM donors_matchedgift m WHERE m.pool_id = p.id AND m.line_id = l.id)
ORDER BY g.final_at, g.id LIMIT %s
"""
_CHANGED: Final = """
SELECT DISTINCT l.gift_id FROM donors_matchedgift m
JOIN donors_matchingpool p ON p.id = m.pool_id
JOIN donors_giftline l ON l.id = m.line_id
JOIN donors_gift g ON g.id = l.gift_id
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor), 0) AS minor
                    FROM donors_matchrelease r WHERE r.match_id = m.id) released
CROSS JOIN LATERAL (SELECT CASE WHEN g.settled_at IS NULL THEN 0 ELSE div(
    m.amount_minor::numeric * greatest(
        0, g.amount_minor + g.cover_minor - g.refunded_minor - g.withdrawn_minor),
    g.amount_minor + g.cover_minor) END AS minor) stays
WHERE m.amount_minor > 0
  AND (g.refunded_minor > 0 OR g.withdrawn_minor > 0 OR g.settled_at IS NULL
       OR released.minor <> 0)
  AND (m.amount_minor - released.minor > stays.minor
       OR m.amount_minor - released.minor < stays.minor
          AND p.state = 'open' AND p.matched_minor < p.cap_minor)
ORDER BY l.gift_id LIMIT %s
"""
_COUNTS: Final = """
SELECT 'pool ' || p.id, 'counts ' || p.matched_minor || ', matches ' || coalesce(sum(m.left), 0)
FROM donors_matchingpool p LEFT JOIN (
    SELECT m.pool_id, m.amount_minor - coalesce((SELECT sum(r.amount_minor)
        FROM donors_matchrelease r WHERE r.match_id = m.id), 0) AS left
    FROM donors_matchedgift m) m ON m.pool_id = p.id
GROUP BY p.id HAVING p.matched_minor <> coalesce(sum(m.left), 0)
    OR p.matched_minor > p.cap_minor
"""


def register() -> None:
    """Have the pools' totals verified with the books."""
    verify.register("pool_counts_its_matches", _COUNTS)


def ring(gift: Gift) -> None:
    """Wake a worker for a gift that a pool may have to do with, once the books are committed."""
    if concerns(gift.pk):
        jobs.after_commit("donors.tasks.match_gift", gift.pk)


def concerns(gift_id: int) -> bool:
    """Whether a pool is open for a fund of this gift, or has matched it."""
    lines = GiftLine.objects.filter(gift=gift_id)
    is_open = Q(state=PoolState.OPEN, fund__in=lines.values("fund"))
    return MatchingPool.objects.filter(is_open | Q(matches__line__in=lines)).exists()


@transaction.atomic
def consider(gift_id: int) -> int:
    """Match what a gift still has to have matched, and release what went back of it.

    Returns how many rows that wrote; repeated, none. A pool is used in the order in which they
    stop, and what one pool has answered no other answers again.
    """
    gift = Gift.objects.select_for_update(no_key=True).get(pk=gift_id)
    lines = list(gift.lines.order_by("position"))
    pools = _lock(lines)
    if not pools:
        return 0
    written = sum(_match(gift, line, value, pools) for line, value in _worth(gift, lines))
    return written + sum(_follow(gift, each, pools) for each in _standing(lines))


def _lock(lines: Iterable[GiftLine]) -> dict[int, MatchingPool]:
    """The pools that are open for these lines, and those that matched them, in one order."""
    funds, ids = [line.fund_id for line in lines], [line.pk for line in lines]
    opened = MatchingPool.objects.filter(state=PoolState.OPEN, fund__in=funds)
    wanted = set(opened.values_list("pk", flat=True))
    wanted |= set(MatchedGift.objects.filter(line__in=ids).values_list("pool", flat=True))
    if not wanted:
        return {}
    rows = MatchingPool.objects.select_for_update(no_key=True).filter(pk__in=wanted)
    return {pool.pk: pool for pool in rows.order_by("pk")}


def _worth(gift: Gift, lines: list[GiftLine]) -> list[tuple[GiftLine, int]]:
    """The lines with what each is worth without its cover; none before that is known."""
    is_own = gift.donor.organisation_id is not None
    if is_own or gift.settled_at is None or gift.final_at is None or gift.value_minor is None:
        return []
    values = sums.line_values(
        gift.value_minor, [(line.amount_minor, line.cover_minor) for line in lines]
    )
    return list(zip(lines, values, strict=True))


def _match(gift: Gift, line: GiftLine, value: int, pools: dict[int, MatchingPool]) -> int:
    assert gift.settled_at is not None
    made_at = min(gift.created_at, gift.settled_at)
    known = {each.pool_id: each for each in MatchedGift.objects.filter(line=line)}
    left = value - sum(each.value_minor for each in known.values())
    written = 0
    for pool in in_turn(pools.values()):
        if pool.pk in known or pool.fund_id != line.fund_id or pool.state != PoolState.OPEN:
            continue
        assert pool.starts_at is not None
        assert pool.stops_at is not None
        if not pool.starts_at <= made_at < pool.stops_at or pool.currency != gift.value_currency:
            continue
        answered, added = sums.match(left, pays=pool.pays, per=pool.per, room_minor=pool.left_minor)
        MatchedGift.objects.create(
            pool=pool,
            line=line,
            currency=pool.currency,
            value_minor=answered,
            amount_minor=added,
            matched_at=clock.now(),
        )
        left -= answered
        _move(pool, gift, added)
        written += 1
    return written


def in_turn(pools: Iterable[MatchingPool]) -> list[MatchingPool]:
    """Opened pools of one fund in the order in which they are used: what lapses first, first."""
    return sorted(pools, key=lambda pool: (pool.stops_at, pool.opened_at, pool.pk))


def _standing(lines: Iterable[GiftLine]) -> QuerySet[MatchedGift]:
    rows = MatchedGift.objects.filter(line__in=[line.pk for line in lines], amount_minor__gt=0)
    return with_left(rows).order_by("pk")


def with_left(rows: QuerySet[MatchedGift]) -> QuerySet[MatchedGift]:
    """These matches with `left_minor`, what stands of each after its releases."""
    gone = Coalesce(Sum("releases__amount_minor"), 0)
    return rows.annotate(left_minor=F("amount_minor") - gone)


def left_of(match: MatchedGift) -> int:
    """What stands of a match that came from `with_left`, in minor units of its pool."""
    return int(vars(match)["left_minor"])


def _follow(gift: Gift, match: MatchedGift, pools: dict[int, MatchingPool]) -> int:
    """Release what went back, or take up again what came back, as far as there is room."""
    pool = pools[match.pool_id]
    left = gift.left_minor if gift.settled_at is not None else 0
    change = left_of(match) - sums.stays(
        match.amount_minor, left_minor=left, gross_minor=gift.gross_minor
    )
    if change < 0:
        change = -min(-change, pool.left_minor) if pool.state == PoolState.OPEN else 0
    if not change:
        return 0
    MatchRelease.objects.create(match=match, amount_minor=change, released_at=clock.now())
    _move(pool, gift, -change)
    return 1


def _move(pool: MatchingPool, gift: Gift, minor: int) -> None:
    if not minor:
        return
    pool.matched_minor += minor
    is_used_up = not pool.left_minor
    pool.used_up_at = (pool.used_up_at or clock.now()) if is_used_up else None
    pool.save(update_fields=["matched_minor", "used_up_at"])
    log.record(
        actor="system",
        action="pool.matched" if minor > 0 else "pool.released",
        subject=f"pool:{pool.pk}",
        gift=gift.pk,
        minor=abs(minor),
        currency=pool.currency,
    )


def sweep(*, limit: int = 500) -> int:
    """Consider every gift about which a pool has not decided, or that changed since.

    In the order in which their values became known, so that the sweep alone decides as the
    bells would have. Returns how many rows that wrote.
    """
    return sum(
        consider(pk) for question in (_DECIDED_NOT, _CHANGED) for pk in _ids(question, limit)
    )


def _ids(question: str, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(question, [limit])
        return [int(row[0]) for row in cursor.fetchall()]
