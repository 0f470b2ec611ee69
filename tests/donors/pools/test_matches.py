"""Goal: each gift is matched once, by what it is worth, and what goes back leaves with it."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from donors import gifts, refunds
from donors.intake import offline, returns
from donors.models import (
    Donor,
    Gift,
    GiftState,
    MatchedGift,
    MatchRelease,
    PoolEnd,
    PoolState,
    Zoo,
)
from donors.pools import matches, pools
from donors.zoos import contributions
from funding import clock, jobs
from funding.audit.models import Record
from funding.ledger.models import Entry
from funding.site import webhooks
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.by_debit import SEPA_LATE, later, on_its_way
from tests.donors.conftest import Visitor
from tests.donors.intake.desk import TARA, Desk
from tests.donors.pools.pooling import desk as desk
from tests.donors.pools.pooling import figures, gift, give_back, matched, pool
from tests.donors.pools.pooling import open_desk as open_desk
from tests.donors.test_refunds import give_back as refund_by_card
from tests.donors.test_refunds import received
from tests.donors.zoos.invoicing import days, invoice
from tests.sandbox.conftest import Sandbox

Clock = Callable[[dt.datetime], None]


def test_without_a_pool_nothing_happens(desk: Desk) -> None:
    assert matched(gift(desk)) == 0
    assert not MatchedGift.objects.exists()


def test_a_gift_is_matched_and_no_ledger_money_is_claimed(desk: Desk) -> None:
    made = pool(desk)
    given = desk.gift()
    before = Entry.objects.count()
    assert [matches.consider(given.pk) for _ in range(3)] == [1, 0, 0]
    assert figures(made) == (12_000, 488_000)
    assert Entry.objects.count() == before
    assert Record.objects.filter(action="pool.matched").count() == 1
    desk.assert_sound()


def test_the_last_gift_is_matched_to_the_last_cent_and_the_next_one_not(desk: Desk) -> None:
    made = pool(desk, cap_minor=20_001)
    given = [gift(desk) for _ in range(3)]
    assert [matched(each) for each in given] == [12_000, 8_001, 0]
    assert figures(made) == (20_001, 0)
    assert made.used_up_at is not None
    assert matches.sweep() == 0


def test_the_ratio_is_of_whole_numbers(desk: Desk) -> None:
    pool(desk, pays=1, per=3, cap_minor=1_000_000)
    assert matched(gift(desk, 10_001)) == 3_333


def test_the_cover_of_the_fee_is_not_matched_and_only_the_pools_fund_is(desk: Desk) -> None:
    pool(desk)
    other = make.fund(desk.entity, "Other")
    both = desk.gift(desk.general, other)
    matches.consider(both.pk)
    assert matched(both) == 12_000


def test_what_a_zoo_pays_is_not_matched(desk: Desk) -> None:
    pool(desk)
    zoo = Zoo.objects.get()
    own = Donor.objects.get(organisation=zoo.organisation)
    assert matched(gift(desk, donor_id=own.pk)) == 0
    assert not MatchedGift.objects.exists()


def test_days_decide_by_when_a_gift_was_made(desk: Desk, clock_at: Clock) -> None:
    early = gift(desk, received_on=desk.today - days(1))
    made = pool(desk, until_on=desk.today + days(2))
    last_day = desk.today + days(2)
    matches.sweep()
    assert matched(early) == 0
    clock_at(dt.datetime.combine(last_day + days(1), dt.time(12), dt.UTC))
    # Made on the last day and entered after it: it counts.
    late, too_late = gift(desk, received_on=last_day), gift(desk)
    assert (matched(late), matched(too_late)) == (12_000, 0)
    assert figures(made) == (12_000, 488_000)


def test_several_pools_are_used_in_turn_and_no_cent_is_matched_twice(desk: Desk) -> None:
    second = pool(desk, until_on=desk.today + days(20))
    first = pool(desk, until_on=desk.today + days(10), cap_minor=10_000, pays=2)
    whole = gift(desk)
    # Ten thousand answer five thousand given; the other pool answers the rest.
    assert (figures(first), figures(second)) == ((10_000, 0), (7_000, 493_000))
    assert matched(whole) == 17_000
    assert sum(MatchedGift.objects.values_list("value_minor", flat=True)) == 12_000
    gift(desk)
    assert figures(second) == (19_000, 481_000)


def test_refunds_release_in_proportion_to_the_cent_however_they_come(desk: Desk) -> None:
    made = pool(desk, cap_minor=10_000)
    given = gift(desk)
    assert matched(given) == 10_000
    for back in (1, 3_333, 4_666):
        give_back(desk, given, back)
        left = given.left_minor
        assert matched(given) == 10_000 * left // 12_000
    give_back(desk, given, 4_000)
    assert figures(made) == (0, 10_000)
    assert made.used_up_at is None
    assert matches.sweep() == 0


def test_released_room_is_for_the_next_gift(desk: Desk) -> None:
    made = pool(desk, cap_minor=12_000)
    first, without = gift(desk), gift(desk)
    give_back(desk, first, 12_000)
    following = gift(desk, 5_000)
    assert [matched(each) for each in (first, without, following)] == [0, 0, 5_000]
    assert figures(made) == (5_000, 7_000)


def test_a_gift_entered_by_mistake_goes_with_its_match(desk: Desk) -> None:
    made = pool(desk)
    given = gift(desk)
    offline.take_back(gift_id=given.pk, why="Entered twice.", actor=TARA)
    assert matches.sweep() == 1
    assert figures(made) == (0, 500_000)
    assert matches.sweep() == 0


def test_the_sweep_alone_matches_and_releases(desk: Desk) -> None:
    made = pool(desk)
    given = desk.gift()
    assert (matches.sweep(), matches.sweep()) == (1, 0)
    asked = refunds.request(gift_id=given.pk, amount_minor=6_000, reason="Asked.", actor=TARA)
    returns.paid(refund_id=asked.pk, **desk.payment())
    assert (matches.sweep(), matches.sweep()) == (1, 0)
    assert figures(made) == (6_000, 494_000)


def test_a_gift_that_no_pool_can_match_costs_few_questions(desk: Desk, count_queries: type) -> None:
    given = desk.gift()
    with count_queries(connection) as captured:
        matches.ring(given)
    assert len(captured) <= 2
    with count_queries(connection) as captured:
        matches.consider(given.pk)
    assert len(captured) <= 6


# By card and by debit.


def test_a_card_gift_is_matched_when_its_value_is_known(
    open_desk: Desk, visitor: Visitor, stripe: Sandbox
) -> None:
    made = pool(open_desk)
    given = make.gift(open_desk.general, cover_minor=75)
    visitor.pays(given)
    gifts.follow(given.pk)
    assert matches.sweep() == 0
    visitor.waits()
    gifts.follow(given.pk)
    assert [matches.consider(given.pk) for _ in range(2)] == [1, 0]
    assert figures(made) == (2_550, 497_450)
    given.refresh_from_db()
    refund_by_card(given, 1_000)
    matches.consider(given.pk)
    assert figures(made)[0] == 2_550 * 1_625 // 2_625


def test_foreign_money_is_matched_by_what_it_is_worth(
    open_desk: Desk, visitor: Visitor, stripe: Sandbox
) -> None:
    made = pool(open_desk)
    given = received(visitor, open_desk.general, currency="GBP")
    matches.consider(given.pk)
    assert given.value_minor is not None
    assert given.value_minor != 2_550
    assert figures(made)[0] == given.value_minor


def test_a_debit_made_in_time_is_matched_when_it_arrives(
    open_desk: Desk, visitor: Visitor, stripe: Sandbox, clock_at: Clock
) -> None:
    made = pool(open_desk)
    given = on_its_way(visitor, open_desk.general)
    clock_at(clock.now() + dt.timedelta(minutes=1))
    stopped = pools.stop(pool_id=made.pk, actor=TARA)
    # Its giver was told of the match, so the pool waits for the bank.
    assert stopped.state == PoolState.OPEN
    assert pools.sweep() == 0
    later(stripe, 6)
    gifts.follow(given.pk)
    assert matches.sweep() == 1
    assert pools.sweep() == 1
    assert figures(made) == (2_550, 497_450)
    assert (made.state, made.ended_why) == (PoolState.ENDED, PoolEnd.BY_HAND)
    assert made.contribution is not None
    assert made.contribution.amount_minor == 2_550


def test_a_debit_that_comes_back_releases_its_match_once_however_often_it_is_told(
    open_desk: Desk, visitor: Visitor, stripe: Sandbox
) -> None:
    made = pool(open_desk)
    given = on_its_way(visitor, open_desk.general, SEPA_LATE)
    later(stripe, 3)
    gifts.follow(given.pk)
    assert matches.sweep() == 1
    assert figures(made) == (2_550, 497_450)
    later(stripe, 5)
    for _twice in range(2):
        assert webhooks.TABLE["charge.failed"](Gift.objects.get(pk=given.pk).charge)
        matches.sweep()
    assert figures(made) == (0, 500_000)
    assert MatchRelease.objects.count() == 1
    assert matched(given) == 0
    assert Gift.objects.get(pk=given.pk).state == GiftState.DISPUTED


def test_a_dispute_releases_and_one_that_is_won_takes_up_what_is_left(desk: Desk) -> None:
    made = pool(desk, cap_minor=12_000)
    given = gift(desk)
    type(given).objects.filter(pk=given.pk).update(
        withdrawn_minor=12_000, state="disputed", ended_at=clock.now()
    )
    assert matches.sweep() == 1
    assert figures(made) == (0, 12_000)
    assert matched(gift(desk, 5_000)) == 5_000
    type(given).objects.filter(pk=given.pk).update(
        withdrawn_minor=0, state="settled", ended_at=None
    )
    assert (matches.sweep(), matches.sweep()) == (1, 0)
    assert matched(given) == 7_000
    assert figures(made) == (12_000, 0)
    assert MatchRelease.objects.count() == 2


# How a pool ends.


def test_after_its_last_day_it_waits_for_banks_and_then_ends(desk: Desk, clock_at: Clock) -> None:
    made = pool(desk, until_on=desk.today)
    gift(desk)
    clock_at(dt.datetime.combine(desk.today + days(2), dt.time(12), dt.UTC))
    assert pools.sweep() == 0
    clock_at(clock.now() + pools.WAITS)
    assert (pools.sweep(), pools.sweep()) == (1, 0)
    assert figures(made) == (12_000, 488_000)
    assert made.ended_why == PoolEnd.DATE


def test_used_up_it_ends_after_a_while(desk: Desk, clock_at: Clock) -> None:
    made = pool(desk, cap_minor=1_000)
    gift(desk)
    clock_at(clock.now() + pools.WAITS - days(1))
    assert pools.sweep() == 0
    clock_at(clock.now() + days(1))
    assert pools.sweep() == 1
    made.refresh_from_db()
    assert made.ended_why == PoolEnd.USED_UP


def test_one_that_matched_nothing_asks_for_nothing(desk: Desk) -> None:
    made = pools.stop(pool_id=pool(desk).pk, actor=TARA)
    assert (made.state, made.contribution) == (PoolState.ENDED, None)


def test_its_rounds_are_registered() -> None:
    assert {"matches", "pools"} <= set(jobs.SWEEPS)
    assert "invoices of pools" in jobs.NIGHTLY


def test_a_promise_beside_it_is_not_touched(desk: Desk) -> None:
    made = pool(desk)
    invoice(desk, made.zoo)
    assert contributions.sweep() == 0
    assert figures(made) == (0, 500_000)


@pytest.mark.parametrize("times", [1, 2])
def test_repeated_it_stays_what_it_is(desk: Desk, times: int) -> None:
    made = pool(desk)
    gift(desk)
    for _ in range(times):
        pools.open_pool(pool_id=made.pk, actor=TARA)
    for _ in range(times):
        pools.stop(pool_id=made.pk, actor=TARA)
    assert figures(made) == (12_000, 488_000)
    assert Record.objects.filter(action="pool.ended").count() == 1
