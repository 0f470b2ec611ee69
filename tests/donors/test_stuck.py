"""Goal: money and papers that do not go on by themselves are seen, and go on when told to."""

import datetime as dt
import time
from collections.abc import Callable

import pytest

from donors import gifts, receipts, refunds, stuck
from donors.models import Gift, GiftState, Receipt, Refund, RefundState
from donors.refunds import NothingToRefund
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail
from tests import make
from tests.books import assert_agreed
from tests.clocks import clock_at
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import give_back, received
from tests.ledger.racing import together
from tests.sandbox.conftest import Sandbox

__all__ = ["clock_at"]

Clock = Callable[[dt.datetime], None]
TARA = "user:7"


def sweep_when_due(row: Gift | Receipt, sweep: Callable[[], int]) -> None:
    type(row).objects.filter(pk=row.pk).update(due_at=clock.now())
    sweep()
    row.refresh_from_db()


class TestGifts:
    def test_a_gift_that_breaks_off_again_and_again_is_shown_and_never_given_up(
        self, general: Fund, visitor: Visitor, stripe: Sandbox
    ) -> None:
        gift = make.gift(general)
        visitor.pays(gift)
        visitor.waits()
        stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
        # Stripe's own library would wait in between; the rule counts whole attempts.
        Gift.objects.filter(pk=gift.pk).update(failures=gifts.STUCK_AFTER - 1)
        assert not gifts.stuck().exists()
        sweep_when_due(gift, gifts.sweep)
        assert gifts.stuck().get() == gift
        shown = stuck.show_gift(gift)
        assert "Unreachable" in shown.error
        stripe.control("faults", clear=True)
        stuck.retry_gift(pk=gift.pk, actor=TARA)
        stuck.retry_gift(pk=gift.pk, actor=TARA)
        assert Record.objects.filter(action="gift.retried", actor=TARA).count() == 1
        gifts.sweep()
        gift.refresh_from_db()
        assert gift.state == GiftState.SETTLED
        assert not gifts.stuck().exists()
        assert_agreed(stripe)

    @pytest.mark.usefixtures("stripe")
    def test_one_good_look_ends_the_count(self, general: Fund) -> None:
        gift = make.gift(general)
        gifts.checkout(gift.pk)
        Gift.objects.filter(pk=gift.pk).update(failures=5)
        sweep_when_due(gift, gifts.sweep)
        assert gift.failures == 0


class TestRefunds:
    def test_one_that_stripe_would_not_make_is_asked_for_again(
        self, general: Fund, visitor: Visitor, stripe: Sandbox
    ) -> None:
        gift = received(visitor, general)
        refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor=TARA)
        Refund.objects.filter(pk=refund.pk).update(
            state=RefundState.FAILED, ended_at=clock.now(), error="Not enough balance."
        )
        assert stuck.stuck_refunds().get() == refund
        assert stuck.show_refund(refund).what == f"€10.00 of gift {gift.pk}"
        stuck.retry_refund(pk=refund.pk, actor=TARA)
        assert not stuck.stuck_refunds().exists()
        refunds.sweep()
        refund.refresh_from_db()
        assert refund.state == RefundState.SUCCEEDED
        assert_agreed(stripe)

    def test_it_is_not_asked_for_when_too_little_is_left_and_nothing_moves(
        self, general: Fund, visitor: Visitor, stripe: Sandbox
    ) -> None:
        gift = received(visitor, general)
        refund = refunds.request(gift_id=gift.pk, amount_minor=2000, reason="Asked.", actor=TARA)
        Refund.objects.filter(pk=refund.pk).update(state=RefundState.FAILED, ended_at=clock.now())
        give_back(gift, 1000)
        entries = Entry.objects.count()
        with pytest.raises(NothingToRefund):
            stuck.retry_refund(pk=refund.pk, actor=TARA)
        refund.refresh_from_db()
        assert (refund.state, refund.key_version) == (RefundState.FAILED, 1)
        assert Entry.objects.count() == entries
        assert_agreed(stripe)

    def test_what_the_bank_sent_back_is_a_further_refund(
        self, general: Fund, visitor: Visitor, stripe: Sandbox
    ) -> None:
        gift = received(visitor, general, card="4000000000005126")
        refund = give_back(gift, 1000)
        visitor.waits()
        refunds.follow(refund.stripe_id)
        refund.refresh_from_db()
        assert refund.state == RefundState.FAILED
        stuck.retry_refund(pk=refund.pk, actor=TARA)
        refund.refresh_from_db()
        assert refund.let_go_at is not None
        again = Refund.objects.exclude(pk=refund.pk).get()
        assert (again.state, again.requested_by) == (RefundState.REQUESTED, TARA)
        assert not stuck.stuck_refunds().exists()
        assert_agreed(stripe)

    def test_two_who_press_at_once_ask_once(self, general: Fund, visitor: Visitor) -> None:
        gift = received(visitor, general, card="4000000000005126")
        refund = give_back(gift, 1000)
        visitor.waits()
        refunds.follow(refund.stripe_id)
        together(4, lambda number: stuck.retry_refund(pk=refund.pk, actor=f"user:{number}"))
        assert Refund.objects.exclude(pk=refund.pk).count() == 1

    def test_control_without_the_lock_they_would_ask_more_than_once(
        self, general: Fund, visitor: Visitor
    ) -> None:
        gift = received(visitor, general, card="4000000000005126")
        refund = give_back(gift, 1000)
        visitor.waits()
        refunds.follow(refund.stripe_id)

        def naive(_number: int) -> None:
            if stuck.stuck_refunds().filter(pk=refund.pk).exists():
                time.sleep(0.3)
                refunds.request(gift_id=gift.pk, amount_minor=500, reason="Again.", actor=TARA)

        together(4, naive)
        assert Refund.objects.exclude(pk=refund.pk).count() > 1

    def test_it_is_left_with_a_reason_and_only_when_it_has_failed(
        self, general: Fund, visitor: Visitor
    ) -> None:
        gift = received(visitor, general)
        refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor=TARA)
        stuck.leave_refund(pk=refund.pk, actor=TARA, why="No.")
        refund.refresh_from_db()
        assert refund.let_go_at is None
        Refund.objects.filter(pk=refund.pk).update(
            attempts=stuck.REFUND_ATTEMPTS, error="Unreachable: no answer"
        )
        assert stuck.stuck_refunds().get() == refund
        stuck.leave_refund(pk=refund.pk, actor=TARA, why="No.")
        assert stuck.stuck_refunds().get() == refund, "it may still go out"
        Refund.objects.filter(pk=refund.pk).update(state=RefundState.FAILED, ended_at=clock.now())
        stuck.leave_refund(pk=refund.pk, actor=TARA, why="Paid by transfer.")
        assert not stuck.stuck_refunds().exists()
        assert Record.objects.get(action="refund.let_go").facts["why"] == "Paid by transfer."


class TestReceipts:
    def test_its_waits_double_and_then_it_is_shown(self, general: Fund, visitor: Visitor) -> None:
        gift = make.gift(general)
        visitor.pays(gift)
        visitor.waits()
        gift = gifts.follow(gift.pk)
        receipt = gift.receipts.get()
        # A mail with this key for somebody else: whoever makes the receipt breaks off.
        Mail.objects.create(
            key=f"receipt:{receipt.pk}:mail",
            cause="gift:0",
            to_address="eve@else.example",
            message_id="<taken@else.example>",
            queued_at=clock.now(),
            due_at=clock.now(),
        )
        waits = []
        for _ in range(receipts.MOST_ATTEMPTS):
            sweep_when_due(receipt, receipts.sweep)
            waits.append(round((receipt.due_at - clock.now()).total_seconds() / 60))
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256]
        assert receipts.given_up().get() == receipt
        sweep_when_due(receipt, receipts.sweep)
        assert receipt.attempts == receipts.MOST_ATTEMPTS, "it is not tried by itself any more"
        shown = stuck.show_receipt(receipt)
        assert "MailConflict" in shown.error
        assert f"/treasurer/gifts/{gift.uuid}/" in shown.page
        Mail.objects.all().delete()
        stuck.retry_receipt(pk=receipt.pk, actor=TARA)
        sweep_when_due(receipt, receipts.sweep)
        assert (receipt.attempts, receipt.error) == (0, "")
        assert receipt.mailed_at is not None
        assert Record.objects.filter(action="receipt.retried", actor=TARA).count() == 1
