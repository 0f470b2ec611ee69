"""Which penny paid for what, read from the journal."""

import pytest
from django.db import IntegrityError, transaction

from funding import clock
from funding.ledger import book, trace
from funding.ledger.models import (
    Demand,
    DemandKind,
    Entry,
    Finality,
    Fund,
    Gap,
    Lot,
    Segment,
    Traced,
)
from funding.ledger.verify import verify
from tests.ledger import making
from tests.ledger.tracing import Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    return Books(making.world())


@pytest.fixture
def snow(books: Books) -> Fund:
    return books.world.snow


def lots(fund: Fund) -> list[tuple[int, int, str]]:
    return list(Lot.objects.filter(fund=fund).values_list("start", "stop", "cause"))


def segments(fund: Fund) -> list[tuple[int, int, str]]:
    rows = Segment.objects.filter(fund=fund)
    return list(rows.values_list("start", "stop", "demand__cause"))


def gaps(fund: Fund) -> list[tuple[int, int, bool]]:
    rows = Gap.objects.filter(fund=fund).order_by("start")
    return list(rows.values_list("start", "stop", "is_spent"))


def test_a_gift_joins_when_its_fee_is_known_and_without_it(books: Books, snow: Fund) -> None:
    books.promise("gift:1", (snow, 1000))
    trace.sweep()
    assert lots(snow) == []
    books.gift("gift:2", (snow, 500), fee=20)
    books.value("gift:1", snow, fee=30)
    assert trace.sweep() == 3
    assert lots(snow) == [(0, 480, "gift:2"), (480, 1450, "gift:1")]
    assert trace.sweep() == 0


def test_an_award_takes_the_oldest_pennies_in_one_row(books: Books, snow: Fund) -> None:
    for number in range(1, 6):
        books.gift(f"gift:{number}", (snow, 100))
    books.award("award:1", (snow, 250))
    books.award("award:2", (snow, 120))
    trace.sweep()
    assert segments(snow) == [(0, 250, "award:1"), (250, 370, "award:2")]


def test_what_an_award_lacks_comes_with_the_next_money(books: Books, snow: Fund) -> None:
    books.promise("gift:1", (snow, 100))
    books.award("award:1", (snow, 70))
    books.award("award:2", (snow, 30))
    books.value("gift:1", snow, fee=10)
    books.gift("gift:2", (snow, 50))
    trace.sweep()
    assert segments(snow) == [
        (0, 70, "award:1"),
        (70, 90, "award:2"),
        (90, 100, "award:2"),
    ]


def test_an_unspent_refund_is_passed_over(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    books.gift("gift:2", (snow, 100))
    books.refund("gift:1", snow, 40)
    books.award("award:1", (snow, 120))
    trace.sweep()
    assert gaps(snow) == [(60, 100, False)]
    assert segments(snow) == [(0, 60, "award:1"), (100, 160, "award:1")]


def test_a_spent_refund_stays_and_others_stand_in_its_place(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    books.award("award:1", (snow, 90))
    books.refund("gift:1", snow, 30)
    trace.sweep()
    assert gaps(snow) == [(70, 90, True), (90, 100, False)]
    demand = Demand.objects.get(kind=DemandKind.RECOVER)
    assert (demand.instead_of, demand.waiting_minor) == (70, 20)
    books.gift("gift:2", (snow, 100))
    trace.sweep()
    assert segments(snow) == [(0, 90, "award:1"), (100, 120, "gift:1")]


def test_what_comes_back_unspent_are_the_last_pennies(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    books.gift("gift:2", (snow, 100))
    books.award("award:1", (snow, 150))
    books.pay("award:1", snow, 100)
    books.come_back("award:1", snow, 30)
    books.cancel("award:1", (snow, 50))
    trace.sweep()
    rows = Lot.objects.filter(origin_fund=snow).values_list("start", "stop", "origin_start")
    assert list(rows) == [(200, 230, 120), (230, 280, 70)]


def test_a_transfer_takes_its_pennies_along(books: Books, snow: Fund) -> None:
    general = books.world.general
    books.gift("gift:1", (snow, 100))
    books.promise("gift:2", (snow, 50))
    books.award("award:1", (snow, 60))
    books.transfer("transfer:1", snow, general, 80)
    trace.sweep()
    assert lots(general) == [(0, 40, "transfer:1")]
    books.value("gift:2", snow, fee=2)
    trace.sweep()
    assert lots(general) == [(0, 40, "transfer:1"), (40, 80, "transfer:1")]
    origins = Lot.objects.filter(fund=general).values_list("origin_fund", "origin_start")
    assert list(origins) == [(snow.pk, 60), (snow.pk, 100)]


def test_every_entry_has_its_place_in_the_order(books: Books, snow: Fund) -> None:
    books.gift("gift:1", (snow, 100))
    trace.sweep(limit=1)
    assert Traced.objects.filter(place=None).count() == 1
    trace.sweep()
    assert list(Traced.objects.order_by("entry_id").values_list("place", flat=True)) == [1, 2]


def final(cause: str) -> None:
    with transaction.atomic():
        key = Entry.objects.get(cause=cause).key
        book.finalise(key=key, final_at=clock.now())
        book.finalise(key=key, final_at=clock.now())


def test_a_gift_of_which_nothing_was_kept_joins_when_that_is_known(
    books: Books, snow: Fund
) -> None:
    books.promise("gift:1", (snow, 1000))
    books.promise("gift:2", (snow, 300))
    trace.sweep()
    books.award("award:1", (snow, 400))
    final("gift:1")
    trace.sweep()
    assert lots(snow) == [(0, 1000, "gift:1")]
    assert segments(snow) == [(0, 400, "award:1")]
    books.refund("gift:1", snow, 100)
    assert trace.sweep() == 1
    assert gaps(snow) == [(900, 1000, False)]
    assert trace.sweep() == 0
    assert [each for each in verify() if not each.is_notice] == []


def test_a_gift_that_is_booked_and_final_at_once_joins_at_once(books: Books, snow: Fund) -> None:
    books.promise("gift:1", (snow, 1000))
    final("gift:1")
    assert trace.sweep() == 2
    assert lots(snow) == [(0, 1000, "gift:1")]


def test_what_was_said_of_a_value_stays(books: Books, snow: Fund) -> None:
    books.promise("gift:1", (snow, 1000))
    final("gift:1")
    trace.sweep()
    for deed in (
        lambda: Finality.objects.update(final_at=clock.now()),
        lambda: Finality.objects.update(place=None),
        lambda: Finality.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()
