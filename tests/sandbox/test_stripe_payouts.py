"""Payouts, and what else moves the balance: fees of Stripe, adjustments, reserves, the unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import DELAY_SECONDS, Receiver, Sandbox

DAY = 24 * 3600
AT_ONCE = "4000000000000077"
NET = 2550 - 63


def euro(sandbox: Sandbox) -> dict[str, Any]:
    """The books in euro."""
    found: dict[str, Any] = sandbox.control("books")["currencies"]["eur"]
    return found


def in_payout(sandbox: Sandbox, payout: str) -> list[Any]:
    """The transactions of a payout as the library walks them, itself left out."""
    listed = sandbox.client().balance_transactions.list({"payout": payout, "limit": 2})
    return [part for part in listed.auto_paging_iter() if part.type != "payout"]


def test_a_payout_takes_what_is_available_and_arrives_a_day_later(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    sandbox.paid(card=AT_ONCE)
    pending = sandbox.paid(1000)
    made = sandbox.control("payouts", automatic=True)
    payout = client.payouts.retrieve(made["id"], {"expand": ["balance_transaction"]})
    assert (payout.amount, payout.currency, payout.automatic) == (NET, "eur", True)
    assert (payout.status, payout.reconciliation_status) == ("in_transit", "in_progress")
    assert payout.arrival_date == (payout.created // DAY + 1) * DAY
    taken = payout.balance_transaction
    assert (taken.type, taken.reporting_category) == ("payout", "payout")
    assert (taken.amount, taken.fee, taken.source) == (-NET, 0, payout.id)
    (part,) = in_payout(sandbox, payout.id)
    assert (part.type, part.net) == ("charge", NET)
    left = pending.latest_charge.balance_transaction.net
    assert [b.amount for b in client.balance.retrieve().available] == [0]
    books = euro(sandbox)
    assert (books["payouts"], books["in_transit"], books["bank"]) == (NET, NET, 0)
    assert books["balance"] == left
    sandbox.control("clock", advance_days=1)
    payout = client.payouts.retrieve(payout.id)
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    books = euro(sandbox)
    assert (books["in_transit"], books["bank"], books["balance"]) == (0, NET, left)
    told = [type for type in receiver.types if type.startswith("payout.")]
    assert told == ["payout.created", "payout.reconciliation_completed", "payout.paid"]


@pytest.mark.parametrize(
    "wanted",
    [{"amount": NET + 1}, {"amount": 0}, {"amount": -5}, {"amount": "5"}, {"schedule": "hourly"},
     {"automatic": True, "amount": 5}, {"colour": "red"}],
)  # fmt: skip
def test_more_than_is_available_is_not_paid_out(
    sandbox: Sandbox, wanted: dict[str, object]
) -> None:
    sandbox.paid(card=AT_ONCE)
    before = sandbox.control("books")
    assert sandbox.call("POST", "/_control/payouts", json.dumps(wanted))[0] == 400
    assert sandbox.control("books") == before
    assert sandbox.client().payouts.list().data == []


def test_nothing_is_paid_out_of_nothing(sandbox: Sandbox) -> None:
    sandbox.paid()
    for wanted in ({}, {"automatic": True}):
        assert sandbox.call("POST", "/_control/payouts", json.dumps(wanted))[0] == 400
    sandbox.disputed()
    sandbox.control("payouts", schedule="daily")
    sandbox.control("clock", advance_days=1)
    assert sandbox.client().payouts.list().data == []


def test_daily_payouts_are_made_at_midnight_until_they_are_ended(sandbox: Sandbox) -> None:
    client = sandbox.client()
    for wanted in ("daily", "manual", "daily", "daily"):
        assert sandbox.control("payouts", schedule=wanted) == {"schedule": wanted}
    sandbox.paid(2000)
    sandbox.control("clock", advance_days=1)
    sandbox.paid(3000)
    sandbox.control("clock", advance_days=4)
    first, second = client.payouts.list().data[::-1]
    assert [p.created % DAY for p in (first, second)] == [1, 1]
    assert second.created - first.created == DAY
    for payout in (first, second):
        assert sum(part.net for part in in_payout(sandbox, payout.id)) == payout.amount
    assert euro(sandbox)["bank"] == first.amount + second.amount
    assert [p.id for p in client.payouts.list({"status": "paid", "limit": 1}).data] == [second.id]
    arrival = {"arrival_date": {"lte": first.arrival_date}}
    assert [p.id for p in client.payouts.list(arrival).data] == [first.id]
    sandbox.control("payouts", schedule="manual")
    sandbox.paid(card=AT_ONCE)
    sandbox.control("clock", advance_days=3)
    assert len(client.payouts.list().data) == 2


@pytest.mark.parametrize("late", [False, True])
def test_a_failed_payout_gives_the_money_back_and_the_next_one_takes_it(
    sandbox: Sandbox, receiver: Receiver, late: bool
) -> None:
    client = sandbox.client()
    sandbox.paid(card=AT_ONCE)
    made = sandbox.control("payouts", automatic=True)
    if late:
        sandbox.control("clock", advance_days=2)
        sandbox.control(f"payouts/{made['id']}", status="failed")
    else:
        sandbox.control("payouts", fail_next=1)
        sandbox.control("clock", advance_days=2)
    payout = client.payouts.retrieve(made["id"], {"expand": ["failure_balance_transaction"]})
    assert (payout.status, payout.failure_code) == ("failed", "could_not_process")
    back = payout.failure_balance_transaction
    assert (back.type, back.reporting_category) == ("payout_failure", "payout_reversal")
    assert (back.amount, back.source) == (NET, payout.id)
    books = euro(sandbox)
    assert (books["available"], books["payouts"], books["bank"]) == (NET, 0, 0)
    sandbox.emulator.deliver_due()
    assert receiver.types[-1] == "payout.failed"
    again = sandbox.control("payouts", automatic=True)
    assert [part.id for part in in_payout(sandbox, again["id"])] == [back.id]
    sandbox.control("clock", advance_days=1)
    assert client.payouts.retrieve(again["id"]).status == "paid"


def test_a_canceled_payout_gives_the_money_back(sandbox: Sandbox) -> None:
    sandbox.paid(card=AT_ONCE)
    made = sandbox.control("payouts", amount=100)
    sandbox.control(f"payouts/{made['id']}", status="canceled")
    newest = sandbox.client().balance_transactions.list({"limit": 1}).data[0]
    assert (newest.type, newest.reporting_category) == ("payout_cancel", "payout_reversal")
    assert euro(sandbox)["available"] == NET
    sandbox.control("clock", advance_days=2)
    assert sandbox.client().payouts.retrieve(made["id"]).status == "canceled"
    for status in ("paid", "failed", "pending"):
        body = json.dumps({"status": status})
        assert sandbox.call("POST", f"/_control/payouts/{made['id']}", body)[0] == 400


def test_a_payout_by_hand_keeps_no_transactions_and_lowers_the_next_automatic_one(
    sandbox: Sandbox,
) -> None:
    client = sandbox.client()
    sandbox.paid(card=AT_ONCE)
    made = sandbox.control("payouts", amount=400)
    assert (made["automatic"], made["reconciliation_status"]) == (False, "not_applicable")
    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic"):
        client.balance_transactions.list({"payout": made["id"]})
    rest = sandbox.control("payouts", automatic=True)
    assert rest["amount"] == NET - 400
    listed = client.balance_transactions.list({"payout": rest["id"]}).data
    assert sum(part.net for part in listed) == 0
    assert [part.type for part in listed] == ["payout", "payout", "charge"]


def test_refunds_and_disputes_are_in_the_payout_that_pays_for_them(sandbox: Sandbox) -> None:
    client = sandbox.client()
    intent = sandbox.paid(50_000, card=AT_ONCE)
    client.refunds.create({"payment_intent": intent.id, "amount": 100})
    other = sandbox.paid(6000, "gbp", card=AT_ONCE)
    dispute = sandbox.control("disputes", payment_intent=other.id)
    sandbox.control(f"disputes/{dispute['id']}", status="won")
    made = sandbox.control("payouts", automatic=True)
    parts = in_payout(sandbox, made["id"])
    assert sum(part.net for part in parts) == made["amount"]
    assert sorted(part.reporting_category for part in parts) == [
        "charge", "charge", "dispute", "dispute_reversal", "refund",
    ]  # fmt: skip


MOVEMENTS = [
    ("fee", "stripe_fee", -350, 0, "stripe_fees", 350),
    ("other_adjustment", "adjustment", 120, 0, "adjustments", -120),
    ("risk_reserved_funds", "reserve_hold", -500, 0, "reserved", 500),
    ("risk_reserved_funds", "reserve_release", 500, 0, "reserved", -500),
    ("moon_tax", "tax_fee", -77, 3, "other", 77),
]


@pytest.mark.parametrize(("category", "type", "amount", "fee", "account", "held"), MOVEMENTS)
def test_stripe_moves_the_balance_without_a_source_and_without_an_event(
    sandbox: Sandbox, category: str, type: str, amount: int, fee: int, account: str, held: int
) -> None:
    sandbox.paid(card=AT_ONCE)
    before, events = euro(sandbox), sandbox.happened()
    made = sandbox.control(
        "movements", reporting_category=category, type=type, amount=amount, fee=fee,
        description="Because",
    )  # fmt: skip
    found = sandbox.client().balance_transactions.list({"type": type}).data[0]
    assert (found.id, found.reporting_category) == (made["id"], category)
    assert (found.amount, found.fee, found.net) == (amount, fee, amount - fee)
    assert (found.source, found.description) == (None, "Because")
    books = euro(sandbox)
    assert books[account] == held
    assert books["balance"] - before["balance"] == amount - fee
    assert books["fees"] - before["fees"] == fee
    assert sandbox.happened() == events
    sandbox.emulator.world.books.verify()


@pytest.mark.parametrize(
    "wanted",
    [{"reporting_category": "charge", "amount": 5}, {"reporting_category": "fee"},
     {"reporting_category": "fee", "type": "moon", "amount": 5}, {"amount": 5},
     {"reporting_category": "payout_reversal", "amount": 5},
     {"reporting_category": "fee", "amount": 5, "balance_type": "moon"}],
)  # fmt: skip
def test_a_movement_that_stripe_does_not_know_is_refused(
    sandbox: Sandbox, wanted: dict[str, object]
) -> None:
    assert sandbox.call("POST", "/_control/movements", json.dumps(wanted))[0] == 400
    assert sandbox.client().balance_transactions.list().data == []


def test_what_moves_in_another_balance_is_not_in_the_one_that_is_paid_out(
    sandbox: Sandbox,
) -> None:
    sandbox.paid(card=AT_ONCE)
    for amount, balance_type in ((-900, "payments"), (900, "risk_reserved")):
        sandbox.control(
            "movements", reporting_category="risk_reserved_funds", type="reserve_hold",
            amount=amount, balance_type=balance_type,
        )  # fmt: skip
    assert sandbox.client().balance.retrieve().available[0].amount == NET - 900
    assert sandbox.control("payouts", automatic=True)["amount"] == NET - 900
    sandbox.emulator.world.books.verify()


def test_reset_ends_daily_payouts(sandbox: Sandbox) -> None:
    sandbox.control("payouts", schedule="daily", fail_next=3)
    assert sandbox.call("POST", "/_control/reset")[0] == 200
    sandbox.paid(card=AT_ONCE)
    sandbox.control("clock", advance_days=2)
    assert sandbox.client().payouts.list().data == []
    made = sandbox.control("payouts", automatic=True)
    sandbox.control("clock", advance_days=1)
    assert sandbox.client().payouts.retrieve(made["id"]).status == "paid"
    assert sandbox.control("payouts")["data"][0]["id"] == made["id"]


def test_the_balance_is_walked_by_time_without_a_gap(sandbox: Sandbox) -> None:
    client = sandbox.client()
    for amount in (1000, 2000, 3000):
        sandbox.paid(amount, card=AT_ONCE)
    made = sandbox.control("payouts", automatic=True)
    whole = client.balance_transactions.list({"created": {"gte": 1}, "limit": 1})
    walked = list(whole.auto_paging_iter())
    assert [part.type for part in walked] == ["payout", "charge", "charge", "charge"]
    since = {"created": {"gte": walked[0].created}}
    assert client.balance_transactions.list(since).data[0].source == made["id"]
    later = {"created": {"gt": walked[0].created + DELAY_SECONDS}}
    assert client.balance_transactions.list(later).data == []
