"""Goal: however many gifts meet a pool's last euros at once, it never adds more than its cap."""

import time

from django.db import transaction
from django.db.models import Sum

from donors.models import Invoice, MatchedGift, MatchingPool
from donors.pools import matches, pools, sums
from donors.pools.sums import match as reckoned
from funding import clock
from tests.donors.intake.desk import TARA, Desk
from tests.donors.pools.pooling import figures, give_back, matched, pool
from tests.donors.pools.pooling import open_desk as open_desk
from tests.ledger.racing import together

THREADS = 16


def total() -> int:
    return MatchedGift.objects.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def test_sixteen_gifts_at_once_share_the_last_euros(open_desk: Desk) -> None:
    made = pool(open_desk, cap_minor=100_050)
    given = [open_desk.gift(lines=((open_desk.general.pk, 10_000),)) for _ in range(THREADS)]
    outcomes = together(THREADS, lambda number: matches.consider(given[number].pk))
    assert outcomes == [1] * THREADS
    assert figures(made) == (100_050, 0)
    assert total() == 100_050
    parts = sorted(matched(each) for each in given)
    assert parts == [0] * 5 + [50] + [10_000] * 10
    open_desk.assert_sound()


def test_without_the_lock_they_take_more_and_only_the_database_stops_them(
    open_desk: Desk,
) -> None:
    made = pool(open_desk, cap_minor=10_000)
    given = [open_desk.gift(lines=((open_desk.general.pk, 10_000),)) for _ in range(4)]

    def carelessly(number: int) -> int:
        with transaction.atomic():
            seen = MatchingPool.objects.get(pk=made.pk)
            time.sleep(0.3)
            value, added = reckoned(10_000, pays=1, per=1, room_minor=seen.left_minor)
            MatchedGift.objects.create(
                pool=seen,
                line=given[number].lines.get(),
                currency="EUR",
                value_minor=value,
                amount_minor=added,
                matched_at=clock.now(),
            )
            seen.matched_minor += added
            seen.used_up_at = clock.now()
            seen.save(update_fields=["matched_minor", "used_up_at"])
            return added

    outcomes = together(4, carelessly)
    # Each has seen all of the room, and the count at the end lets one of them through.
    assert outcomes.count(10_000) == 1
    assert total() == 10_000
    assert figures(made) == (10_000, 0)


def test_the_same_gift_at_once_from_bell_page_and_sweep_is_matched_once(open_desk: Desk) -> None:
    made = pool(open_desk)
    given = open_desk.gift()
    outcomes = together(6, lambda _number: matches.consider(given.pk))
    assert sorted(outcomes, key=str) == [0, 0, 0, 0, 0, 1]
    assert figures(made) == (12_000, 488_000)


def test_gifts_and_refunds_at_once_leave_a_total_that_is_their_sum(open_desk: Desk) -> None:
    made = pool(open_desk, cap_minor=60_000)
    first = [open_desk.gift(lines=((open_desk.general.pk, 10_000),)) for _ in range(6)]
    for each in first:
        matches.consider(each.pk)
    more = [open_desk.gift(lines=((open_desk.general.pk, 10_000),)) for _ in range(6)]

    def both(number: int) -> int:
        if number < 6:
            return matched(give_back(open_desk, first[number], 3_333))
        return matches.consider(more[number - 6].pk)

    outcomes = together(12, both)
    assert outcomes[:6] == [sums.stays(10_000, left_minor=6_667, gross_minor=10_000)] * 6
    stands = sum(matched(each) for each in (*first, *more))
    assert figures(made) == (stands, 60_000 - stands)
    assert stands <= 60_000


def test_a_pool_that_ends_while_gifts_come_is_invoiced_for_what_it_matched(
    open_desk: Desk,
) -> None:
    made = pool(open_desk)
    given = [open_desk.gift(lines=((open_desk.general.pk, 10_000),)) for _ in range(8)]

    def mixed(number: int) -> object:
        if number == 4:
            return pools.stop(pool_id=made.pk, actor=TARA).state
        return matches.consider(given[number % 8].pk)

    together(8, mixed)
    made.refresh_from_db()
    assert made.matched_minor == total()
    asked = Invoice.objects.filter(contribution__pool=made).values_list("amount_minor", flat=True)
    assert list(asked) == ([made.matched_minor] if made.matched_minor else [])


def test_two_ends_at_once_make_one_invoice(open_desk: Desk) -> None:
    made = pool(open_desk)
    given = open_desk.gift()
    matches.consider(given.pk)
    together(4, lambda _number: pools.stop(pool_id=made.pk, actor=TARA))
    assert Invoice.objects.get().amount_minor == 12_000
