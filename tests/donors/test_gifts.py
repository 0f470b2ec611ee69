"""Goal: a gift is booked exactly once and to the penny, whoever brings the news and how often."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from donors import gifts, settlements
from donors.models import Gift, GiftState, Receipt
from funding.gateway import payments
from funding.gateway.client import Unreachable
from funding.ledger import balances, book
from funding.ledger.book import Leg
from funding.ledger.models import Entry, Fund, Posting
from funding.money import Money
from funding.parties.models import Entity
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


def legs(gift: Gift) -> set[tuple[str, str, str, int]]:
    """Every leg that a gift made: (account kind, fund, currency, amount)."""
    rows = Posting.objects.filter(entry__cause=f"gift:{gift.pk}")
    return set(rows.values_list("account__kind", "fund__name", "currency", "amount_minor"))


def test_a_paid_gift_is_booked_in_full_and_its_fee_when_it_is_known(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general, cover_minor=64)
    visitor.pays(gift)
    gifts.follow(gift.pk)
    assert legs(gift) == {
        ("clearing", "General fund", "EUR", 2614),
        ("gifts", "General fund", "EUR", -2550),
        ("fee_cover", "General fund", "EUR", -64),
    }
    visitor.waits()
    gift = gifts.follow(gift.pk)
    # 1.5 % of 26.14 and 0.25 are 0.64.
    assert legs(gift) >= {
        ("payment_fees", "General fund", "EUR", 64),
        ("clearing", "General fund", "EUR", -64),
    }
    assert gift.state == GiftState.SETTLED
    assert gift.final_at is not None
    assert balances.available(general.pk) == Money(2550, "EUR")
    assert_agreed(stripe)


@pytest.mark.parametrize(
    ("currency", "minor"),
    [
        ("GBP", 2000),
        ("USD", 2500),
        ("SEK", 25000),
        ("NOK", 25000),
        ("DKK", 10000),
        ("CHF", 2500),
        ("JPY", 3000),
    ],
)
def test_foreign_money_counts_when_its_value_is_known(
    general: Fund, visitor: Visitor, stripe: Sandbox, currency: str, minor: int
) -> None:
    gift = make.gift(general, currency=currency, lines=((general.pk, minor),))
    visitor.pays(gift)
    gifts.follow(gift.pk)
    assert balances.available(general.pk) == Money(0, "EUR")
    assert balances.figures([general.pk])[general.pk].on_its_way == (Money(minor, currency),)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert gift.value_minor is not None
    assert gift.fee_minor is not None
    assert balances.available(general.pk).minor == gift.value_minor - gift.fee_minor
    assert balances.figures([general.pk])[general.pk].on_its_way == ()
    assert_agreed(stripe)


def test_a_gift_to_three_funds_splits_cover_and_fee_to_the_penny(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dogs, steppe = make.fund(entity, "Dogs"), make.fund(entity, "Steppe")
    gift = make.gift(
        general, cover_minor=275, lines=((general.pk, 5000), (dogs.pk, 3000), (steppe.pk, 2000))
    )
    covers = list(gift.lines.order_by("position").values_list("cover_minor", flat=True))
    assert covers == [138, 82, 55]
    visitor.pays(gift)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert sum(balances.available(each.pk).minor for each in (general, dogs, steppe)) == (
        10275 - (gift.fee_minor or 0)
    )
    assert Entry.objects.filter(cause=f"gift:{gift.pk}").count() == 2
    assert_agreed(stripe)


def test_a_fund_may_let_another_bear_its_fees(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dogs = make.fund(entity, "Dogs", fees_from=general)
    gift = make.gift(dogs, currency="GBP", lines=((dogs.pk, 2000),))
    visitor.pays(gift)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert balances.available(dogs.pk).minor == gift.value_minor
    assert balances.available(general.pk).minor == -(gift.fee_minor or 0)
    assert_agreed(stripe)


def test_eight_threads_settle_one_gift_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    _in_threads(8, lambda: gifts.follow(gift.pk))
    assert sorted(Entry.objects.values_list("key", flat=True)) == [
        f"gift:{gift.pk}:settle",
        f"gift:{gift.pk}:value",
    ]
    assert Receipt.objects.count() == 1
    assert_agreed(stripe)


def test_without_lock_and_key_eight_threads_book_more_than_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    """The control: the race above is real."""
    gift = make.gift(general)
    barrier = threading.Barrier(8)

    def careless() -> None:
        with transaction.atomic():
            is_open = Gift.objects.get(pk=gift.pk).settled_at is None
            barrier.wait()
            if is_open:
                book.post(
                    entity_id=general.entity_id,
                    key=f"gift:{uuid.uuid4()}:settle",
                    reason="gift",
                    cause=f"gift:{gift.pk}",
                    actor="stripe",
                    happened_on=general.opened_on,
                    legs=[
                        Leg("fx", general.pk, Money(2550, "EUR")),
                        Leg("gifts", general.pk, Money(-2550, "EUR")),
                    ],
                )

    _in_threads(8, careless)
    assert Entry.objects.count() > 1


def _in_threads(count: int, work: Callable[[], object]) -> None:
    troubles: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as trouble:  # noqa: BLE001 -- told to the test below
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []


def test_one_form_token_is_one_gift_however_often_it_is_sent(general: Fund) -> None:
    asked = make.wish(general)
    _in_threads(8, lambda: gifts.start(asked))
    assert Gift.objects.count() == 1


def test_a_token_with_other_content_is_refused(general: Fund) -> None:
    asked = make.wish(general)
    gifts.start(asked)
    changed = make.wish(general, token=asked.token, lines=((general.pk, 9900),))
    with pytest.raises(gifts.TokenReused):
        gifts.start(changed)
    assert Gift.objects.get().amount_minor == 2550


def test_a_fund_that_takes_no_gifts_is_refused(entity: Entity) -> None:
    closed = make.fund(entity, is_open_to_gifts=False)
    with pytest.raises(gifts.FundClosed):
        make.gift(closed)
    assert not Gift.objects.exists()


def test_a_fund_of_another_entity_is_refused(entity: Entity) -> None:
    other = make.fund(make.entity())
    with pytest.raises(gifts.FundClosed):
        make.gift(other, entity_id=entity.pk)
    assert not Gift.objects.exists()


def test_the_same_gift_leads_to_the_same_payment_page(general: Fund, stripe: Sandbox) -> None:
    gift = make.gift(general)
    first = gifts.checkout(gift.pk)
    # As after a crash before the answer was written down: the key finds the same page.
    Gift.objects.update(checkout="", checkout_url="")
    assert gifts.checkout(gift.pk) == first
    assert len(stripe.client().checkout.sessions.list().data) == 1


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "error_before", "reset_before"])
def test_a_stumbling_stripe_makes_one_payable_page(
    general: Fund, stripe: Sandbox, kind: str
) -> None:
    stripe.control("faults", api=[{"kind": kind, "next": 1, "path": "/v1/checkout"}])
    gift = make.gift(general)
    address = gifts.checkout(gift.pk)
    assert gifts.checkout(gift.pk) == address
    pages = stripe.client().checkout.sessions.list().data
    # Where Stripe keeps a failure for the key, a second page is made; the first one has been
    # shown to nobody.
    assert len(pages) == (2 if kind == "error_after" else 1)


def test_a_declined_card_books_nothing_and_another_card_may_pay(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift, card="4000000000000002")
    gift = gifts.follow(gift.pk)
    assert gift.state == GiftState.PENDING
    assert not Entry.objects.exists()
    visitor.pays(gift)
    assert gifts.follow(gift.pk).state == GiftState.SETTLED
    visitor.waits()
    gifts.follow(gift.pk)
    assert_agreed(stripe)


def test_a_page_that_was_left_fails_the_gift_and_books_nothing(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    gifts.checkout(gift.pk)
    visitor.waits(int(gifts.PAGE_LIVES.total_seconds()) + 60)
    gift = gifts.follow(gift.pk)
    assert gift.state == GiftState.FAILED
    assert not Entry.objects.exists()
    assert not Receipt.objects.exists()


def test_money_that_comes_after_the_gift_was_given_up_is_booked(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    settlements.fail(gift_id=gift.pk, why="The payment page was left.")
    assert gifts.follow_payment(_payment_intent(stripe, gift))
    gift.refresh_from_db()
    assert (gift.state, gift.ended_at) == (GiftState.SETTLED, None)


def _payment_intent(stripe: Sandbox, gift: Gift) -> str:
    return str(stripe.client().checkout.sessions.retrieve(gift.checkout).payment_intent)


def test_a_payment_of_another_amount_moves_nothing(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    payment = payments.fetch_payment(_payment_intent(stripe, gift))
    Gift.objects.filter(pk=gift.pk).update(amount_minor=2549)
    with pytest.raises(settlements.PaymentMismatch):
        settlements.settle(gift_id=gift.pk, payment=payment)
    assert Gift.objects.get().state == GiftState.PENDING
    assert not Entry.objects.exists()
    assert not Receipt.objects.exists()


def test_the_sweep_alone_settles_values_and_gives_up(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid, left = make.gift(general), make.gift(general, email="bo@donor.example")
    visitor.pays(paid)
    gifts.checkout(left.pk)
    visitor.waits(int(gifts.PAGE_LIVES.total_seconds()) + 60)
    Gift.objects.update(due_at=paid.created_at)
    assert gifts.sweep() == 2
    paid.refresh_from_db()
    left.refresh_from_db()
    assert (paid.state, left.state) == (GiftState.SETTLED, GiftState.FAILED)
    assert paid.final_at is not None
    assert_agreed(stripe)


def test_stripe_down_keeps_the_gift_and_says_so(general: Fund, stripe: Sandbox) -> None:
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    gift = make.gift(general)
    with pytest.raises(Unreachable):
        gifts.checkout(gift.pk)
    Gift.objects.update(due_at=gift.created_at)
    gifts.sweep()
    gift.refresh_from_db()
    assert gift.state == GiftState.PENDING
    assert "Unreachable" in gift.error
