"""A zoo's promise to match gifts: written down, opened, stopped, ended and then invoiced.

A pool that was opened keeps its terms. Gifts made in its days count, also when a bank takes
some days longer; so a pool whose days are over still waits for what is on its way, and ends then.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from donors.models import GiftLine, GiftState, MatchingPool, PoolEnd, PoolState, Zoo
from donors.models.pools import MOST
from donors.pools import bills
from donors.zoos import words
from donors.zoos.contributions import CURRENCIES
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund

# So long after its last day a pool waits for what banks and the desk still bring, and so long
# after it was used up, lest a gift that goes back leaves room that nobody gets.
WAITS: Final = dt.timedelta(days=14)
# A longer campaign is a promise that nobody oversees.
LONGEST: Final = dt.timedelta(days=366)


class NotAPool(Refused):
    """It promises nothing, for no days, or for a fund that takes no gifts."""


class NotADraft(Refused):
    """It was opened or dropped before."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a zoo promises: for each `per` given it adds `pays`, to one fund and up to a sum."""

    token: UUID
    fund_id: int
    cap_minor: int
    pays: int
    per: int
    from_on: dt.date
    until_on: dt.date
    is_named: bool = False
    order_number: str = ""


def draft(*, zoo_id: int, terms: Terms, actor: str) -> MatchingPool:
    """Write a pool down, for everybody to look at before it is opened.

    The same token twice is the same pool. Refuses: NotAPool.
    """
    if found := MatchingPool.objects.filter(form_token=terms.token).first():
        return _same(found, zoo_id, terms)
    fund = _fund(terms.fund_id)
    _must_be_one(terms, fund)
    try:
        with transaction.atomic():
            return _write(zoo_id, terms, fund, actor)
    except IntegrityError:
        if found := MatchingPool.objects.filter(form_token=terms.token).first():
            return _same(found, zoo_id, terms)
        raise


def _write(zoo_id: int, terms: Terms, fund: Fund, actor: str) -> MatchingPool:
    made = MatchingPool.objects.create(
        form_token=terms.token,
        zoo=Zoo.objects.get(pk=zoo_id),
        entity_id=fund.entity_id,
        fund=fund,
        currency=fund.currency,
        cap_minor=terms.cap_minor,
        pays=terms.pays,
        per=terms.per,
        from_on=terms.from_on,
        until_on=terms.until_on,
        is_named=terms.is_named,
        order_number=words.one_line(terms.order_number, 60),
        created_at=clock.now(),
        created_by=actor,
    )
    _record(made, "pool.drafted", actor)
    return made


def _same(found: MatchingPool, zoo_id: int, terms: Terms) -> MatchingPool:
    there = (found.zoo_id, found.fund_id, found.cap_minor, found.pays, found.per)
    if there != (zoo_id, terms.fund_id, terms.cap_minor, terms.pays, terms.per):
        raise NotAPool(_("This form was sent before with other content. Open it again."))
    return found


@transaction.atomic
def open_pool(*, pool_id: int, actor: str) -> MatchingPool:
    """Let it match the gifts of its days from now on; again: nothing.

    Refuses: NotADraft, and NotAPool when its days or its fund do not hold any more.
    """
    pool = lock(pool_id)
    if pool.state == PoolState.OPEN:
        return pool
    if pool.state != PoolState.DRAFT:
        raise NotADraft(_("This pool has ended. Write down another one."))
    _days(pool.from_on, pool.until_on, pool.entity.zone)
    if not pool.fund.is_open_to_gifts:
        raise NotAPool(_("This fund takes no gifts. Choose another."))
    zone = pool.entity.zone
    pool.state, pool.opened_at, pool.opened_by = PoolState.OPEN, clock.now(), actor
    pool.starts_at = _midnight(pool.from_on, zone)
    pool.stops_at = _midnight(pool.until_on + dt.timedelta(days=1), zone)
    pool.save(update_fields=["state", "opened_at", "opened_by", "starts_at", "stops_at"])
    _record(pool, "pool.opened", actor)
    return pool


@transaction.atomic
def drop(*, pool_id: int, actor: str) -> MatchingPool:
    """Put a draft away; again: nothing. Refuses: NotADraft."""
    pool = lock(pool_id)
    if pool.ended_why == PoolEnd.DROPPED:
        return pool
    if pool.state != PoolState.DRAFT:
        raise NotADraft(_("This pool was opened, and givers were told of it. End it instead."))
    _end(pool, PoolEnd.DROPPED, actor)
    return pool


@transaction.atomic
def stop(*, pool_id: int, actor: str) -> MatchingPool:
    """Match no gift that is made from now on. It ends once nothing is on its way to it.

    Givers who were told of it before are still matched. Again: nothing. Refuses: NotADraft.
    """
    pool = lock(pool_id)
    if pool.state == PoolState.ENDED:
        return pool
    if pool.stops_at is None:
        raise NotADraft(_("This pool was not opened yet. Drop it instead."))
    if not pool.stopped_by:
        pool.stops_at, pool.stopped_by = min(pool.stops_at, clock.now()), actor
        pool.save(update_fields=["stops_at", "stopped_by"])
        _record(pool, "pool.stopped", actor)
    return _end_if_over(pool)


@transaction.atomic
def end_if_over(pool_id: int) -> bool:
    """End a pool that has nothing more to wait for, and ask its zoo for what was matched."""
    pool = lock(pool_id)
    if pool.state != PoolState.OPEN:
        return False
    return _end_if_over(pool).state == PoolState.ENDED


def _end_if_over(pool: MatchingPool) -> MatchingPool:
    if (why := _why_over(pool)) is not None:
        _end(pool, why, pool.stopped_by or "system")
        bills.bill(pool)
    return pool


def _why_over(pool: MatchingPool) -> PoolEnd | None:
    now = clock.now()
    assert pool.stops_at is not None
    if pool.used_up_at is not None and now >= pool.used_up_at + WAITS:
        return PoolEnd.USED_UP
    if now < pool.stops_at:
        return None
    why = PoolEnd.BY_HAND if pool.stopped_by else PoolEnd.DATE
    is_last = now >= pool.stops_at + WAITS
    if is_last or (pool.stopped_by and not on_their_way(pool).exists()):
        return why
    return None


def on_their_way(pool: MatchingPool) -> QuerySet[GiftLine]:
    """The lines of gifts that the pool may still have to match: promised, or not valued yet."""
    is_coming = Q(gift__state=GiftState.PENDING) & (
        Q(gift__processing_since__isnull=False) | Q(gift__checkout_expires_at__gt=clock.now())
    )
    is_unvalued = Q(gift__settled_at__isnull=False, gift__final_at__isnull=True)
    return GiftLine.objects.filter(
        is_coming | is_unvalued,
        fund=pool.fund_id,
        gift__donor__organisation__isnull=True,
        gift__created_at__gte=pool.starts_at,
        gift__created_at__lt=pool.stops_at,
    )


def sweep(*, limit: int = 100) -> int:
    """End every pool whose time has come. Returns how many that were."""
    now = clock.now()
    over = MatchingPool.objects.filter(
        Q(stops_at__lte=now) | Q(used_up_at__lte=now - WAITS), state=PoolState.OPEN
    )
    ids = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(end_if_over(pk) for pk in ids)


def lock(pool_id: int) -> MatchingPool:
    """The pool, locked for the rest of the transaction."""
    return MatchingPool.objects.select_for_update(no_key=True).get(pk=pool_id)


def _end(pool: MatchingPool, why: PoolEnd, actor: str) -> None:
    pool.state, pool.ended_at, pool.ended_why = PoolState.ENDED, clock.now(), why
    pool.save(update_fields=["state", "ended_at", "ended_why"])
    _record(pool, "pool.ended", actor)


def _record(pool: MatchingPool, action: str, actor: str) -> None:
    log.record(
        actor=actor,
        action=action,
        subject=f"pool:{pool.pk}",
        cap=pool.cap_minor,
        minor=pool.matched_minor,
        currency=pool.currency,
    )


def _must_be_one(terms: Terms, fund: Fund) -> None:
    if fund.currency not in CURRENCIES:
        raise NotAPool(_("Zoos are not invoiced in the currency of this fund."))
    if not 0 < terms.cap_minor < 10**12:
        raise NotAPool(_("Write how much is matched at most, a sum above zero."))
    if not (1 <= terms.pays <= MOST and 1 <= terms.per <= MOST):
        raise NotAPool(_("Write the ratio in whole numbers from 1 to 100."))
    _days(terms.from_on, terms.until_on, fund.entity.zone)


def _days(first: dt.date, last: dt.date, zone: str) -> None:
    today = clock.today(zone)
    if not today <= first <= today + LONGEST:
        raise NotAPool(_("The first day is today or within a year."))
    if not first <= last <= first + LONGEST:
        raise NotAPool(_("The last day is not before the first, and within a year of it."))


def _fund(fund_id: int) -> Fund:
    rows = Fund.objects.select_related("entity")
    found = rows.filter(pk=fund_id, is_open_to_gifts=True, is_treasury=False, closed_on=None)
    fund = found.first()
    if fund is None:
        raise NotAPool(_("This fund takes no gifts. Choose another."))
    return fund


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), ZoneInfo(zone))
