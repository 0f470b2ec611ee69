"""Goal: the database itself lets no pool overspend, change its terms or forget a match."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from donors.models import (
    Gift,
    MatchedGift,
    MatchingPool,
    MatchRelease,
    PoolState,
)
from donors.pools import pools
from donors.pools.pools import NotADraft, NotAPool
from funding import clock
from tests import make
from tests.donors.intake.desk import TARA, Desk
from tests.donors.pools.pooling import desk as desk
from tests.donors.pools.pooling import figures, gift, give_back, pool, terms
from tests.donors.zoos import zoo_world
from tests.refusing import refused


def match(pool: MatchingPool, of: Gift, minor: int, **facts: Any) -> MatchedGift:
    told = {
        "pool": pool,
        "line": of.lines.get(),
        "currency": "EUR",
        "value_minor": minor,
        "amount_minor": minor,
        "matched_at": clock.now(),
    }
    return MatchedGift.objects.create(**told | facts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap_minor": 0},
        {"cap_minor": 10**13},
        {"pays": 0},
        {"per": 101},
        {"fund_id": 2_000_000_000},
        {"from_on": dt.date(2020, 1, 1)},
        {"until_on": dt.date(2020, 1, 1)},
        {"until_on": dt.date(2200, 1, 1)},
    ],
)
def test_what_is_no_pool_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    zoo = zoo_world.zoo()
    with pytest.raises(NotAPool):
        pools.draft(zoo_id=zoo.pk, terms=terms(desk, **wrong), actor=TARA)
    assert not MatchingPool.objects.exists()


def test_the_total_cannot_pass_the_cap_or_fall_below_nothing(desk: Desk) -> None:
    made = pool(desk, cap_minor=1_000)
    for total in (1_001, -1):
        with refused("matchingpool_never_overspends"):
            MatchingPool.objects.filter(pk=made.pk).update(matched_minor=total)


def test_a_total_without_its_matches_is_refused(desk: Desk) -> None:
    made = pool(desk)
    with refused("matchingpool_counts_its_matches"):
        MatchingPool.objects.filter(pk=made.pk).update(matched_minor=5)


def test_a_match_without_its_total_is_refused(desk: Desk) -> None:
    given = desk.gift()
    made = pool(desk)
    with refused("matchingpool_counts_its_matches"):
        match(made, given, 12_000)


def test_a_gift_is_matched_once_by_a_pool(desk: Desk) -> None:
    made = pool(desk)
    given = gift(desk)
    with refused("matchedgift_once_per_pool"):
        match(made, given, 1)


def test_a_match_is_of_its_fund_and_in_its_currency(desk: Desk) -> None:
    elsewhere = desk.gift(make.fund(desk.entity, "Other"))
    promised = make.gift(desk.general)
    made, own = pool(desk), desk.gift()
    for given, facts in ((elsewhere, {}), (promised, {}), (own, {"currency": "SEK"})):
        with refused("matchedgift_is_of_the_fund_and_currency"):
            match(made, given, 100, **facts)


def test_a_pool_is_kept_in_its_funds_currency(desk: Desk) -> None:
    made = pools.draft(zoo_id=zoo_world.zoo().pk, terms=terms(desk), actor=TARA)
    with refused("matchingpool_is_in_its_funds_currency"):
        MatchingPool.objects.filter(pk=made.pk).update(currency="SEK")


@pytest.mark.parametrize("state", [PoolState.DRAFT, PoolState.ENDED])
def test_a_pool_that_is_not_open_takes_nothing(desk: Desk, state: PoolState) -> None:
    given = desk.gift()
    made = pools.draft(zoo_id=zoo_world.zoo().pk, terms=terms(desk), actor=TARA)
    if state == PoolState.ENDED:
        pools.open_pool(pool_id=made.pk, actor=TARA)
        pools.stop(pool_id=made.pk, actor=TARA)
    with refused("matchedgift_pool_is_open"):
        match(made, given, 100)


@pytest.mark.parametrize(
    "change",
    [
        {"cap_minor": 1},
        {"pays": 2},
        {"is_named": False},
        {"until_on": dt.date(2099, 1, 1)},
        {"state": PoolState.DRAFT, "opened_at": None},
    ],
)
def test_what_givers_were_told_stays(desk: Desk, change: dict[str, Any]) -> None:
    made = pool(desk)
    with refused("matchingpool_keeps_its_terms"):
        MatchingPool.objects.filter(pk=made.pk).update(**change)


def test_an_ended_pool_stays_ended_and_is_stopped_no_later(desk: Desk) -> None:
    made = pool(desk)
    later = clock.now() + dt.timedelta(days=300)
    with refused("matchingpool_keeps_its_terms"):
        MatchingPool.objects.filter(pk=made.pk).update(stops_at=later)
    pools.stop(pool_id=made.pk, actor=TARA)
    with refused("matchingpool_keeps_its_terms"):
        MatchingPool.objects.filter(pk=made.pk).update(state=PoolState.OPEN, ended_at=None)


def test_matches_releases_and_credits_are_written_once(desk: Desk) -> None:
    pool(desk)
    give_back(desk, gift(desk), 100)
    tables = ("matchedgift", "matchrelease", "matchcredit")
    for table in tables:
        with refused(f"{table}_is_written_once"), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM donors_{table}")
    with refused("matchedgift_is_written_once"):
        MatchedGift.objects.update(amount_minor=1)
    with refused("matchrelease_is_written_once"):
        MatchRelease.objects.update(amount_minor=1)


def test_no_more_is_released_than_was_matched(desk: Desk) -> None:
    pool(desk)
    given = gift(desk, 1_000)
    row = MatchedGift.objects.get(line__gift=given)
    for minor in (1_001, -1):
        with refused("matchrelease_is_of_what_was_matched"):
            MatchRelease.objects.create(match=row, amount_minor=minor, released_at=clock.now())


def test_a_draft_is_dropped_and_an_opened_one_is_not(desk: Desk) -> None:
    made = pools.draft(zoo_id=zoo_world.zoo().pk, terms=terms(desk), actor=TARA)
    with pytest.raises(NotADraft):
        pools.stop(pool_id=made.pk, actor=TARA)
    for _ in range(2):
        pools.drop(pool_id=made.pk, actor=TARA)
    with pytest.raises(NotADraft):
        pools.open_pool(pool_id=made.pk, actor=TARA)
    other = pool(desk)
    with pytest.raises(NotADraft):
        pools.drop(pool_id=other.pk, actor=TARA)
    assert figures(other) == (0, 500_000)


def test_a_form_sent_twice_is_one_pool_and_other_content_is_an_error(desk: Desk) -> None:
    zoo, asked = zoo_world.zoo(), terms(desk)
    first, second = (pools.draft(zoo_id=zoo.pk, terms=asked, actor=TARA) for _ in range(2))
    assert first == second
    other = terms(desk, token=asked.token, cap_minor=1)
    with pytest.raises(NotAPool):
        pools.draft(zoo_id=zoo.pk, terms=other, actor=TARA)


def test_a_closed_fund_opens_no_pool(desk: Desk) -> None:
    made = pools.draft(zoo_id=zoo_world.zoo().pk, terms=terms(desk), actor=TARA)
    desk.general.is_open_to_gifts = False
    desk.general.save()
    with pytest.raises(NotAPool):
        pools.open_pool(pool_id=made.pk, actor=TARA)
