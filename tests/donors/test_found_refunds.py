"""Found by the simulation: refunds that fail at the bank, and are heard of late."""

from typing import Any

from donors import gifts, refunds
from donors.models import Gift, Refund, RefundState
from funding.gateway.models import Cursor
from funding.ledger.models import Entry, Fund
from funding.site import tasks
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox

FAILS_LATER = "4000000000005126"


def received(visitor: Visitor, fund: Fund) -> Gift:
    """A gift of EUR 25.50 from a card whose bank sends every refund back after a minute."""
    gift = make.gift(fund)
    visitor.pays(gift, card=FAILS_LATER)
    visitor.waits()
    return gifts.follow(gift.pk)


def by_hand(stripe: Sandbox, gift: Gift, minor: int) -> dict[str, Any]:
    """A refund made in Stripe's dashboard, of which no webhook tells."""
    return stripe.control("refund", payment_intent=gift.payment_intent, amount=minor)


def test_a_refund_heard_of_only_after_it_failed_changes_nothing_in_the_end(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    failed = by_hand(stripe, gift, 2550)
    visitor.waits()
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=1000, reason="The donor asked.", actor="user:1"
    )
    refunds.send(refund.pk)
    # The whole gift came back before ten euros of it went out again.
    refunds.follow(failed["id"])
    gift.refresh_from_db()
    assert gift.refunded_minor == 1000
    assert Refund.objects.get(stripe_id=failed["id"]).state == RefundState.FAILED
    assert Entry.objects.filter(reason__startswith="refund").count() == 3
    assert_agreed(stripe)


def test_a_second_refund_waits_until_the_failure_of_the_first_is_known(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    first = by_hand(stripe, gift, 2550)
    refunds.follow(first["id"])
    visitor.waits()
    by_hand(stripe, gift, 2000)
    Cursor.objects.all().delete()
    tasks.walk()
    gift.refresh_from_db()
    assert gift.refunded_minor == 2000
    assert_agreed(stripe)


def test_a_refund_that_cannot_be_followed_holds_up_no_other(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    first = by_hand(stripe, gift, 2550)
    refunds.follow(first["id"])
    visitor.waits()
    Refund.objects.update(requested_by="user:1")
    early = Refund.objects.create(
        gift=gift,
        amount_minor=2000,
        reason="The donor asked.",
        requested_by="user:1",
        created_at=gift.created_at,
        due_at=gift.created_at,
    )
    other = received(visitor, general)
    late = refunds.request(gift_id=other.pk, amount_minor=100, reason="Asked.", actor="user:1")
    refunds.sweep()
    early.refresh_from_db()
    late.refresh_from_db()
    # The first one had failed unheard, so the early one found its place after all.
    assert (early.state, late.state) == (RefundState.SUCCEEDED, RefundState.SUCCEEDED)
    assert_agreed(stripe)


def test_more_than_stripe_still_has_of_the_gift_fails_at_once_and_takes_nothing(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    gift = gifts.follow(gift.pk)
    by_hand(stripe, gift, 2000)
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=1000, reason="The donor asked.", actor="user:1"
    )
    refunds.send(refund.pk)
    refund.refresh_from_db()
    assert refund.state == RefundState.FAILED
    assert "greater than unrefunded amount" in refund.error
    assert not Entry.objects.filter(reason="refund").exists()
    assert refunds.left_of(gift) == 2550
    visitor.waits()
    Cursor.objects.all().delete()
    tasks.walk()
    assert_agreed(stripe)
