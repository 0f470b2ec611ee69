"""Goal: money goes back once, is booked once, and the paper follows it."""

import threading

import pytest
from django.db import connection

from donors import gifts, receipts, refunds
from donors.models import Gift, GiftState, Receipt, ReceiptState, Refund, RefundState
from funding.documents.models import Document, DocumentState
from funding.gateway.client import Unreachable
from funding.ledger import balances
from funding.ledger.models import Entry, Fund, Posting
from funding.mail.models import Mail
from funding.parties.models import Entity
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


def received(visitor: Visitor, *funds: Fund, card: str | None = None, **facts: object) -> Gift:
    """A gift that is paid, valued and has its receipt in the outbox."""
    gift = make.gift(*funds, **facts)
    visitor.pays(gift, card=card)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    for receipt in gift.receipts.all():
        receipts.make(receipt.pk)
    return gift


def give_back(gift: Gift, minor: int) -> Refund:
    """Ask for a refund and let it reach Stripe."""
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor="user:1"
    )
    refunds.send(refund.pk)
    refund.refresh_from_db()
    return refund


def test_a_partial_refund_is_booked_and_the_receipt_replaced(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refund = give_back(gift, 1000)
    gift.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert (gift.state, gift.refunded_minor) == (GiftState.SETTLED, 1000)
    assert balances.available(general.pk).minor == 1550 - (gift.fee_minor or 0)
    second = gift.receipts.get(version=2)
    receipts.make(second.pk)
    first = gift.receipts.get(version=1)
    assert first.document is not None
    assert first.document.state == DocumentState.REPLACED
    second.refresh_from_db()
    assert (second.gives_minor, first.document.replaced_by) == (1550, second.document)
    assert_agreed(stripe)


def test_a_full_refund_voids_the_receipt_and_says_so(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    give_back(gift, 1000)
    receipts.make(gift.receipts.get(version=2).pk)
    give_back(gift, 1550)
    gift.refresh_from_db()
    assert gift.state == GiftState.REFUNDED
    assert set(Document.objects.values_list("state", flat=True)) == {
        DocumentState.REPLACED,
        DocumentState.VOID,
    }
    assert Mail.objects.filter(key__endswith=":void").count() == 1
    assert balances.available(general.pk).minor == -(gift.fee_minor or 0)
    assert_agreed(stripe)


def test_a_refund_before_the_receipt_leaves_no_receipt(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    gift = gifts.follow(gift.pk)
    give_back(gift, 2550)
    receipt = gift.receipts.get()
    receipts.make(receipt.pk)
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.NOT_NEEDED
    assert not Document.objects.exists()
    assert not Mail.objects.exists()
    visitor.waits()
    gifts.follow(gift.pk)
    assert_agreed(stripe)


def test_a_partial_refund_before_the_receipt_is_on_the_first_one(
    general: Fund, visitor: Visitor
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    gift = gifts.follow(gift.pk)
    give_back(gift, 50)
    receipt = gift.receipts.get()
    receipts.make(receipt.pk)
    assert Document.objects.get().snapshot["gives_minor"] == 2500


def test_a_foreign_refund_is_booked_at_what_stripe_took(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, currency="GBP", lines=((general.pk, 10000),))
    give_back(gift, 4000)
    assert_agreed(stripe)
    give_back(gift, 6000)
    assert_agreed(stripe)
    pounds = Posting.objects.filter(account_id="fx", currency="GBP")
    assert sum(pounds.values_list("amount_minor", flat=True)) == 0


def test_a_refund_of_a_foreign_gift_without_a_value_yet(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general, currency="USD", lines=((general.pk, 5000),))
    visitor.pays(gift)
    gift = gifts.follow(gift.pk)
    give_back(gift, 2000)
    visitor.waits()
    gifts.follow(gift.pk)
    refunds.sweep()
    assert_agreed(stripe)


def test_refunds_of_a_split_gift_fall_in_proportion_at_every_step(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dogs, steppe = make.fund(entity, "Dogs"), make.fund(entity, "Steppe")
    lines = ((general.pk, 3333), (dogs.pk, 3333), (steppe.pk, 3334))
    gift = received(visitor, general, lines=lines, cover_minor=100)
    for minor in (1, 1, 4999, 5099):
        give_back(gift, minor)
        assert_agreed(stripe)
    gift.refresh_from_db()
    assert gift.state == GiftState.REFUNDED
    for line in gift.lines.all():
        taken = Posting.objects.filter(account_id="refunds", fund=line.fund_id)
        given = line.amount_minor + line.cover_minor
        assert sum(taken.values_list("amount_minor", flat=True)) == given


def test_more_than_is_left_cannot_be_given_back(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    give_back(gift, 2000)
    before = Entry.objects.count()
    for minor in (551, 0, -1, 10**12):
        with pytest.raises(refunds.NothingToRefund):
            refunds.request(gift_id=gift.pk, amount_minor=minor, reason="x", actor="user:1")
    assert Refund.objects.count() == 1
    assert Entry.objects.count() == before


def test_a_gift_that_was_not_received_cannot_be_given_back(general: Fund) -> None:
    gift = make.gift(general)
    with pytest.raises(refunds.NothingToRefund):
        refunds.request(gift_id=gift.pk, amount_minor=100, reason="x", actor="user:1")
    assert not Refund.objects.exists()


def test_eight_threads_ask_for_all_of_it_and_one_may(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refused: list[int] = []

    def ask(number: int) -> None:
        try:
            refunds.request(gift_id=gift.pk, amount_minor=2550, reason="x", actor=f"user:{number}")
        except refunds.NothingToRefund:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "timeout_after"])
def test_a_stumbling_stripe_gives_back_once(
    general: Fund, visitor: Visitor, stripe: Sandbox, kind: str
) -> None:
    gift = received(visitor, general)
    fault = {"kind": kind, "next": 3, "path": "/v1/refunds", "seconds": 0.1}
    stripe.control("faults", api=[fault])
    refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="x", actor="user:1")
    for _ in range(3):
        try:
            refunds.send(refund.pk)
        except Unreachable:
            continue
    stripe.control("faults", clear=True)
    refunds.send(refund.pk)
    visitor.waits()
    refund.refresh_from_db()
    # Stripe replays a 500 for the same key, so what came of it is read from its books.
    Refund.objects.update(due_at=refund.created_at)
    refunds.sweep()
    assert len(stripe.client().refunds.list().data) == 1


def test_a_refund_made_in_stripes_dashboard_is_taken_in_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    made = stripe.control("refund", payment_intent=gift.payment_intent, amount=700)
    refund_id = made.get("refund") or made["id"]
    assert refunds.follow(refund_id)
    assert refunds.follow(refund_id)
    gift.refresh_from_db()
    assert gift.refunded_minor == 700
    assert Refund.objects.get().requested_by == "stripe"
    assert_agreed(stripe)


def test_a_refund_that_fails_later_brings_the_money_and_the_receipt_back(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, card="4000000000005126")
    refund = give_back(gift, 2550)
    assert refund.state == RefundState.SUCCEEDED
    visitor.waits(7 * 24 * 3600)
    assert refunds.follow(refund.stripe_id)
    refund.refresh_from_db()
    gift.refresh_from_db()
    assert refund.state == RefundState.FAILED
    assert (gift.state, gift.refunded_minor) == (GiftState.SETTLED, 0)
    assert_agreed(stripe)
    newest = Receipt.objects.filter(gift=gift).latest("version")
    receipts.make(newest.pk)
    newest.refresh_from_db()
    assert (newest.state, newest.gives_minor) == (ReceiptState.ISSUED, 2550)


def test_a_pending_refund_is_finished_by_the_sweep(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, card="4000000000007726")
    refund = give_back(gift, 2550)
    visitor.waits(7 * 24 * 3600)
    Refund.objects.update(due_at=refund.created_at)
    refunds.sweep()
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert_agreed(stripe)


def test_a_refund_that_failed_unheard_does_not_stand_in_the_way_of_the_next(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, card="4000000000005126")
    give_back(gift, 2000)
    visitor.waits(7 * 24 * 3600)
    made = stripe.control("refund", payment_intent=gift.payment_intent, amount=2550)
    assert refunds.follow(made.get("refund") or made["id"])
    gift.refresh_from_db()
    assert (gift.state, gift.refunded_minor) == (GiftState.REFUNDED, 2550)
    assert_agreed(stripe)


def test_a_foreign_refund_that_fails_later_is_booked_at_what_came_back(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dogs = make.fund(entity, "Dogs", fees_from=general)
    lines = ((general.pk, 3333), (dogs.pk, 6667))
    gift = received(visitor, general, lines=lines, currency="GBP", card="4000000000005126")
    refund = give_back(gift, 5001)
    visitor.waits(7 * 24 * 3600)
    assert refunds.follow(refund.stripe_id)
    gift.refresh_from_db()
    assert gift.refunded_minor == 0
    assert_agreed(stripe)
