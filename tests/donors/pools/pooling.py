"""A zoo that matches gifts, and a treasurer at the desk who enters them."""

import datetime as dt
import uuid
from typing import Any

import pytest

from donors.intake import returns
from donors.models import Gift, MatchedGift, MatchingPool, MatchRelease, Zoo
from donors.pools import matches, pools
from donors.pools.pools import Terms
from donors.refunds import request
from tests.donors.intake import desk as making
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import account


def terms(desk: Desk, **facts: Any) -> Terms:
    """Up to EUR 5,000, one to one, from today on for a month."""
    told: dict[str, Any] = {
        "token": uuid.uuid4(),
        "fund_id": desk.general.pk,
        "cap_minor": 500_000,
        "pays": 1,
        "per": 1,
        "from_on": desk.today,
        "until_on": desk.today + dt.timedelta(days=30),
        "is_named": True,
    }
    return Terms(**told | facts)


def pool(desk: Desk, zoo: Zoo | None = None, **facts: Any) -> MatchingPool:
    """Written down and opened."""
    zoo = zoo or Zoo.objects.first() or zoo_world.zoo()
    made = pools.draft(zoo_id=zoo.pk, terms=terms(desk, **facts), actor=TARA)
    return pools.open_pool(pool_id=made.pk, actor=TARA)


def gift(desk: Desk, minor: int = 12_000, **facts: Any) -> Gift:
    """So much by bank, and looked at by the pools."""
    made = desk.gift(lines=((desk.general.pk, minor),), **facts)
    matches.consider(made.pk)
    return made


def give_back(desk: Desk, gift: Gift, minor: int) -> Gift:
    """Refund so much of a gift by bank, and look at it again."""
    asked = request(gift_id=gift.pk, amount_minor=minor, reason="Asked.", actor=TARA)
    returns.paid(refund_id=asked.pk, **desk.payment() | {"reference": f"R{asked.pk}"})
    matches.consider(gift.pk)
    gift.refresh_from_db()
    return gift


def matched(gift: Gift) -> int:
    """What stands matched of a gift, in all pools."""
    rows = MatchedGift.objects.filter(line__gift=gift)
    back = MatchRelease.objects.filter(match__in=rows)
    return sum(row.amount_minor for row in rows) - sum(row.amount_minor for row in back)


def figures(pool: MatchingPool) -> tuple[int, int]:
    """What the pool has matched, and what is left of it."""
    pool.refresh_from_db()
    return pool.matched_minor, pool.left_minor


@pytest.fixture
def desk(db: None) -> Desk:
    """Seen by this test alone."""
    made = making.desk()
    account(made)
    return made


@pytest.fixture
def open_desk(committed: None) -> Desk:
    """Seen by other threads too."""
    made = making.desk()
    account(made)
    return made
