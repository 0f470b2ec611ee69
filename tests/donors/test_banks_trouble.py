"""Goal: what other platforms got wrong when gifts went back cannot happen here."""

import datetime as dt
import json

from django.test import Client

from donors import disputes, receipts, refunds
from donors.models import Dispute, Gift, GiftState, Refund, Withdrawal
from funding import clock
from funding.alerts.models import Alert
from funding.alerts.models import Kind as AlertKind
from funding.ledger import statements
from funding.ledger.models import Fund, Posting
from funding.mail.models import Mail
from funding.site import tasks, webhooks
from tests.books import assert_agreed
from tests.donors.by_debit import SEPA, SEPA_LATE, later, on_its_way, promised
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import give_back, received
from tests.donors.test_webhooks import event, send
from tests.sandbox.conftest import Sandbox


def on(account: str) -> int:
    return sum(Posting.objects.filter(account_id=account).values_list("amount_minor", flat=True))


def test_giving_one_of_two_equal_gifts_back_leaves_the_other_whole(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    first, twin = received(visitor, general), received(visitor, general)
    stripe.client().refunds.create({"payment_intent": twin.payment_intent})
    webhooks.walk_movements()
    first.refresh_from_db()
    twin.refresh_from_db()
    assert (first.state, twin.state) == (GiftState.SETTLED, GiftState.REFUNDED)
    assert first.receipts.count() == 1
    assert_agreed(stripe)


def test_a_fee_is_lost_with_the_gift_and_stays_a_cost_on_its_own_line(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    fee = gift.fee_minor or 0
    give_back(gift, 1000)
    give_back(gift, 1550)
    assert on("payment_fees") == fee > 0
    other = received(visitor, general)
    made = stripe.control("disputes", charge=other.charge)
    disputes.follow(made["id"])
    stripe.control(f"disputes/{made['id']}", status="won", fee_returned=True)
    disputes.follow(made["id"])
    assert on("payment_fees") == fee + (other.fee_minor or 0)
    assert on("dispute_fees") == 0
    assert_agreed(stripe)


def test_six_debits_that_banks_take_back_are_booked_told_and_mailed(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    given = [
        on_its_way(visitor, general, SEPA, email=f"donor{number}@x.example") for number in range(6)
    ]
    later(stripe, 3)
    webhooks.walk_movements()
    for gift in given:
        gift.refresh_from_db()
        stripe.control("disputes", charge=gift.charge)
    webhooks.walk_movements()
    receipts.sweep()
    assert set(Gift.objects.values_list("state", flat=True)) == {GiftState.DISPUTED}
    assert set(Dispute.objects.values_list("status", flat=True)) == {"lost"}
    told = Alert.objects.filter(kind=AlertKind.DISPUTE_OPENED, closed_at__isnull=True)
    assert (told.count(), on("disputes")) == (6, 6 * 2550)
    assert_agreed(stripe)


def test_our_own_refund_that_comes_back_as_news_is_booked_once(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    gift = received(visitor, general)
    refund = give_back(gift, 1000)
    found = json.loads(str(stripe.client().refunds.retrieve(refund.stripe_id)))
    for number, kind in enumerate(["refund.created", "refund.updated", "refund.created"]):
        assert send(client, event(kind, found, id=f"evt_{number}")) == 200
    tasks.drain_inbox()
    webhooks.walk_movements()
    assert (Refund.objects.count(), on("refunds")) == (1, 1000)
    assert_agreed(stripe)


def test_two_weeks_without_webhooks_show_a_debit_that_came_and_went(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = promised(visitor, general, SEPA_LATE)
    later(stripe, 9)
    webhooks.walk_movements()
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor) == (GiftState.DISPUTED, 2550)
    assert Withdrawal.objects.count() == 1
    receipts.sweep()
    assert not Mail.objects.filter(key__startswith="receipt").exists()
    assert_agreed(stripe)


def test_statements_show_what_banks_took_with_what_was_given_back(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, currency="GBP", lines=((general.pk, 10_000),))
    refunds.request(gift_id=gift.pk, amount_minor=4000, reason="Asked.", actor="user:1")
    refunds.send(Refund.objects.get().pk)
    disputes.follow(stripe.control("disputes", charge=gift.charge)["id"])
    today = clock.now().date()
    span = dt.timedelta(days=40)
    told = statements.movements(fund_ids=[general.pk], start=today - span, end=today + span)
    assert told.gifts.minor == gift.value_minor
    assert told.refunds.minor == -(gift.value_minor or 0)
    assert told.fees.minor == -(gift.fee_minor or 0) - 2000
    assert told.other.minor == 0
    assert told.closing.minor == told.fees.minor
    assert_agreed(stripe)
