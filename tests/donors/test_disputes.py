"""Goal: a dispute moves our books as it moves Stripe's, and is answered once, whatever breaks."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from donors import disputes, evidence, gifts, late_failures, receipts, refunds, warnings
from donors.evidence import NotOpen, Paper
from donors.models import (
    Dispute,
    EarlyWarning,
    Gift,
    GiftState,
    Refund,
    RefundState,
    Withdrawal,
    WithdrawalKind,
)
from funding import clock
from funding.alerts.models import Alert
from funding.alerts.models import Kind as AlertKind
from funding.documents.models import DocumentState
from funding.gateway import disputes as gateway
from funding.ledger.models import Entry, Fund
from funding.site import tasks, webhooks
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import received
from tests.donors.test_webhooks import event, send
from tests.sandbox.conftest import Sandbox

DAY = 24 * 3600
# Succeeds after three days.
SEPA = "AT611904300234573201"
PDF = b"%PDF-1.7 a paper"


def taken(stripe: Sandbox, gift: Gift, **how: Any) -> Dispute:
    """The gift is disputed at Stripe, and the news is followed."""
    made = stripe.control("disputes", charge=gift.charge, **how)
    assert disputes.follow(made["id"])
    return Dispute.objects.get(stripe_id=made["id"])


def written(dispute: Dispute, text: str = "A gift.", *papers: Paper) -> None:
    evidence.write(
        dispute_id=dispute.pk,
        texts={"uncategorized_text": text},
        papers=list(papers),
        actor="user:1",
    )


def moves(stripe: Sandbox, dispute: Dispute, status: str) -> None:
    """The bank decides, and the news is followed."""
    stripe.control(f"disputes/{dispute.stripe_id}", status=status)
    disputes.follow(dispute.stripe_id)
    dispute.refresh_from_db()


@pytest.mark.parametrize(("currency", "lines"), [("EUR", 2550), ("GBP", 6000)])
def test_a_dispute_takes_its_money_and_fee_and_a_win_brings_it_again(
    general: Fund, visitor: Visitor, stripe: Sandbox, currency: str, lines: int
) -> None:
    gift = received(visitor, general, currency=currency, lines=((general.pk, lines),))
    dispute = taken(stripe, gift)
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert dispute.due_by is not None
    gift.refresh_from_db()
    assert gift.state == GiftState.DISPUTED
    assert_agreed(stripe)
    moves(stripe, dispute, "under_review")
    moves(stripe, dispute, "won")
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor) == (GiftState.SETTLED, 0)
    receipts.sweep()
    first, second = gift.receipts.order_by("version")
    assert first.document is not None
    assert second.document is not None
    assert (first.document.state, second.document.state) == (
        DocumentState.VOID,
        DocumentState.VALID,
    )
    assert_agreed(stripe)


def test_a_lost_dispute_changes_its_state_and_no_money(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = taken(stripe, gift)
    before = Entry.objects.count()
    moves(stripe, dispute, "lost")
    assert (dispute.status, Entry.objects.count()) == ("lost", before)
    moves(stripe, dispute, "appeal_needs_response")
    assert dispute.is_open_to_us
    assert dispute.ended_at is None
    moves(stripe, dispute, "won")
    gift.refresh_from_db()
    assert gift.state == GiftState.SETTLED
    assert_agreed(stripe)


def test_an_inquiry_takes_nothing_until_it_is_escalated(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = taken(stripe, gift, status="warning_needs_response", reason="general")
    assert not Withdrawal.objects.exists()
    with pytest.raises(NotOpen, match="only asks"):
        disputes.accept(dispute_id=dispute.pk, why="Tired.", actor="user:1")
    moves(stripe, dispute, "needs_response")
    assert Withdrawal.objects.count() == 1
    assert_agreed(stripe)


def test_one_that_was_prevented_costs_nothing_and_is_shown(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general), status="prevented")
    assert dispute.is_ended
    assert not Withdrawal.objects.exists()
    assert_agreed(stripe)


def test_a_status_that_we_do_not_know_is_kept_and_shown(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    Dispute.objects.update(status="pondered_by_owls")
    dispute.refresh_from_db()
    assert (dispute.status_text, dispute.is_ended) == ("pondered_by_owls", False)


def test_old_news_never_puts_a_dispute_back(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = taken(stripe, gift)
    early, facts = clock.now(), gateway.fetch(dispute.stripe_id)
    moves(stripe, dispute, "lost")
    disputes._take_down(gift.pk, facts, early)
    dispute.refresh_from_db()
    assert dispute.status == "lost"


def test_two_disputes_of_one_gift_take_their_parts(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    taken(stripe, gift, amount=1000)
    gift.refresh_from_db()
    assert (gift.state, gift.left_minor) == (GiftState.SETTLED, 1550)
    taken(stripe, gift)
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor) == (GiftState.DISPUTED, 2550)
    assert_agreed(stripe)


def test_after_a_part_was_given_back_the_bank_takes_the_rest(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor="user:1")
    refunds.send(refund.pk)
    dispute = taken(stripe, gift)
    gift.refresh_from_db()
    assert (dispute.amount_minor, gift.left_minor) == (1550, 0)
    assert gift.state == GiftState.DISPUTED
    assert_agreed(stripe)
    moves(stripe, dispute, "won")
    gift.refresh_from_db()
    assert (gift.state, gift.left_minor) == (GiftState.SETTLED, 1550)
    assert_agreed(stripe)


def test_a_refund_that_a_dispute_overtakes_fails_and_nothing_moved(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor="user:1")
    stripe.control("disputes", charge=gift.charge)
    refunds.send(refund.pk)
    refund.refresh_from_db()
    assert (refund.state, refund.booked_at) == (RefundState.FAILED, None)
    webhooks.walk_movements()
    with pytest.raises(refunds.MoneyWithBank):
        refunds.request(gift_id=gift.pk, amount_minor=1, reason="Again.", actor="user:1")
    assert_agreed(stripe)


def test_a_refund_and_the_news_of_a_dispute_at_once_come_right(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refund = refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor="user:1")
    stripe.client().refunds.create(
        {
            "payment_intent": gift.payment_intent,
            "amount": 1000,
            "metadata": {"refund": str(refund.uuid)},
        }
    )
    made = stripe.control("disputes", charge=gift.charge)
    Refund.objects.update(created_at=refund.created_at - dt.timedelta(days=1))
    deeds = [lambda: refunds.send(refund.pk), lambda: disputes.follow(made["id"])]
    threads = [threading.Thread(target=_alone, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gift.refresh_from_db()
    assert (gift.refunded_minor, gift.withdrawn_minor) == (1000, 1550)
    assert_agreed(stripe)


def _alone(deed: Any) -> None:
    try:
        deed()
    finally:
        connections.close_all()


def test_a_dispute_of_a_gift_that_nobody_settled_settles_it_first(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    charge = stripe.client().charges.list().data[0].id
    made = stripe.control("disputes", charge=charge)
    assert disputes.follow(made["id"])
    gift.refresh_from_db()
    assert gift.state == GiftState.DISPUTED
    assert_agreed(stripe)


def test_somebody_elses_dispute_is_nothing_of_ours(general: Fund, stripe: Sandbox) -> None:
    dispute = stripe.disputed()
    assert not disputes.follow(dispute.id)
    assert not Dispute.objects.exists()


def test_without_any_webhook_the_walk_finds_both_moves(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    made = stripe.control("disputes", charge=gift.charge)
    stripe.control(f"disputes/{made['id']}", status="won")
    webhooks.walk_movements()
    webhooks.walk_movements()
    assert Withdrawal.objects.count() == 2
    assert Dispute.objects.get().status == "won"
    assert_agreed(stripe)


def test_every_event_twice_and_in_the_wrong_order_books_once(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    gift = received(visitor, general)
    made = stripe.control("disputes", charge=gift.charge)
    stripe.control(f"disputes/{made['id']}", status="won")
    kinds = ("closed", "funds_reinstated", "funds_withdrawn", "created", "closed")
    for number, kind in enumerate(kinds):
        told = event(f"charge.dispute.{kind}", made, id=f"evt_{number}")
        assert [send(client, told), send(client, told)] == [200, 200]
    tasks.drain_inbox()
    assert Withdrawal.objects.count() == 2
    assert_agreed(stripe)


def test_what_began_without_money_and_without_webhooks_is_found_in_the_night(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    stripe.control("disputes", charge=gift.charge, status="warning_needs_response")
    other = received(visitor, general)
    stripe.control("warnings", charge=other.charge)
    warnings.look_around()
    assert (Dispute.objects.count(), EarlyWarning.objects.count()) == (1, 1)


def test_those_in_charge_are_told_at_once_and_left_alone_when_it_is_answered(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    alert = Alert.objects.get(kind=AlertKind.DISPUTE_OPENED)
    assert "€25.50 of a gift is disputed" in alert.sentence
    assert alert.page == f"/treasurer/disputes/{dispute.uuid}/"
    moves(stripe, dispute, "under_review")
    alert.refresh_from_db()
    assert not alert.is_open


def test_a_debit_that_comes_back_is_booked_from_its_failure(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    intent = stripe.debited(
        SEPA,
        days=3,
        client_reference_id=str(gift.uuid),
        payment_intent_data={"metadata": {"gift": str(gift.uuid)}},
    )
    assert gifts.follow_payment(intent.id)
    gift.refresh_from_db()
    stripe.control("clock", advance_seconds=DAY)
    gifts.follow(gift.pk)
    stripe.control(f"debits/{gift.charge}", status="failed")
    assert late_failures.follow(gift.charge)
    assert late_failures.follow(gift.charge)
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor) == (GiftState.DISPUTED, 2550)
    assert Withdrawal.objects.get().kind == WithdrawalKind.LATE_FAILURE
    assert_agreed(stripe)
