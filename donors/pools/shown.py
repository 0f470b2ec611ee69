"""What givers read of pools: what is matched at the moment, and what was added to a gift."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donors.models import Gift, MatchedGift, MatchingPool, PoolState
from donors.pools.matches import in_turn, left_of, with_left
from funding import clock
from funding.money import Money, exponent


@dataclass(frozen=True, slots=True)
class Offer:
    """A pool as givers are told of it."""

    pool: MatchingPool
    zoo: str | Promise

    @property
    def is_one_to_one(self) -> bool:
        """Whether as much is added as is given."""
        return self.pool.pays == self.pool.per

    @property
    def given(self) -> Money:
        """For this much, in whole units of the currency..."""
        return _units(self.pool.per, self.pool.currency)

    @property
    def added(self) -> Money:
        """...the zoo adds this much."""
        return _units(self.pool.pays, self.pool.currency)

    @property
    def percent(self) -> int:
        """How much of it is matched, rounded down: it is whole when all of it is."""
        return self.pool.matched_minor * 100 // self.pool.cap_minor


@dataclass(frozen=True, slots=True)
class Added:
    """What a zoo adds to one gift."""

    zoo: str | Promise
    fund: str
    amount: Money


def offer_of(pool: MatchingPool) -> Offer:
    """A pool as givers read of it, whether or not it is open."""
    return Offer(pool, _name(pool))


def offers(fund_id: int | None = None) -> list[Offer]:
    """What is matched now, of one fund or of all, in the order in which it is used."""
    now = clock.now()
    rows = MatchingPool.objects.filter(
        state=PoolState.OPEN,
        starts_at__lte=now,
        stops_at__gt=now,
        fund__is_open_to_gifts=True,
        **({} if fund_id is None else {"fund_id": fund_id}),
    )
    return [offer_of(pool) for pool in in_turn(rows.select_related("fund", "zoo__organisation"))]


def added_to(gift: Gift) -> list[Added]:
    """What zoos add to a gift as it stands now, each with its fund. Nothing while undecided."""
    rows = MatchedGift.objects.filter(line__gift=gift, amount_minor__gt=0)
    named = with_left(rows).select_related("pool__zoo__organisation", "pool__fund")
    return [
        Added(_name(row.pool), row.pool.fund.name, Money(left_of(row), row.currency))
        for row in named.order_by("pk")
        if left_of(row)
    ]


def _name(pool: MatchingPool) -> str | Promise:
    return pool.zoo.name if pool.is_named else _("a zoo")


def _units(count: int, currency: str) -> Money:
    return Money(count * 10 ** exponent(currency), currency)
