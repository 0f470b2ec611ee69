"""Goal: every line of Stripe's account book is an entry of ours, and nothing is booked twice."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from donors import gifts
from donors.models import Gift
from funding import clock
from funding.alerts.models import Alert
from funding.gateway import movements, payouts
from funding.gateway.models import Cursor, Movement, MovementState, Payout, PayoutState
from funding.ledger.models import Entry, Fund, Posting
from funding.site import webhooks
from tests import make
from tests.books import assert_agreed
from tests.clocks import clock_at as clock_at
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


def paid(visitor: Visitor, fund: Fund, **facts: Any) -> Gift:
    """A gift that Stripe has valued and of which nobody has told us."""
    gift = make.gift(fund, **facts)
    visitor.pays(gift)
    visitor.waits()
    return gift


def balances(kind: str) -> dict[str, int]:
    """What lies on all accounts of a kind, by currency, without zeros."""
    found: dict[str, int] = {}
    rows = Posting.objects.filter(account__kind=kind).values_list("currency", "amount_minor")
    for currency, minor in rows:
        found[currency] = found.get(currency, 0) + minor
    return {currency: minor for currency, minor in found.items() if minor}


def matured(stripe: Sandbox) -> None:
    """Days pass until Stripe can pay out."""
    stripe.control("clock", advance_days=4)


def test_the_walk_stores_each_movement_once_and_books_what_nobody_told_of(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = paid(visitor, general)
    assert webhooks.walk_movements() == 1
    Cursor.objects.all().delete()
    assert webhooks.walk_movements() == 0
    row = Movement.objects.get()
    gift.refresh_from_db()
    assert (row.category, row.state, row.stripe_id) == (
        "charge",
        MovementState.BOOKED,
        gift.balance_transaction,
    )
    assert (row.amount_minor, row.net_minor) == (2550, 2550 - row.fee_minor)
    assert_agreed(stripe)


def test_a_gift_booked_by_its_webhook_is_only_marked(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = paid(visitor, general)
    gifts.follow(gift.pk)
    entries = Entry.objects.count()
    assert webhooks.walk_movements() == 1
    assert Movement.objects.get().state == MovementState.BOOKED
    assert Entry.objects.count() == entries


def test_what_stripe_said_of_a_movement_stays(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    webhooks.walk_movements()
    with pytest.raises(IntegrityError, match="its facts stay"), transaction.atomic():
        Movement.objects.update(source="ch_other")
    with pytest.raises(IntegrityError, match="its facts stay"), transaction.atomic():
        Movement.objects.all().delete()


def test_a_walk_that_breaks_in_the_middle_loses_nothing(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    fault = {"kind": "reset_before", "next": 9, "path": "/v1/balance_transactions"}
    stripe.control("faults", api=[fault])
    with pytest.raises(movements.Unreachable):
        webhooks.walk_movements()
    assert not Cursor.objects.exists()
    stripe.control("faults", api=[])
    assert webhooks.walk_movements() == 1
    assert_agreed(stripe)


def test_two_walks_at_once_book_each_movement_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    for name in range(3):
        paid(visitor, general, email=f"donor{name}@donor.example")
    stripe.control("movements", reporting_category="fee", type="stripe_fee", amount=-70)
    gate, troubles = threading.Barrier(4), []

    def walk() -> None:
        try:
            gate.wait(10)
            webhooks.walk_movements()
        except Exception as error:  # noqa: BLE001 -- told below
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert Movement.objects.count() == 4
    assert set(Movement.objects.values_list("state", flat=True)) == {MovementState.BOOKED}
    assert Entry.objects.filter(reason="stripe_fee").count() == 1
    assert_agreed(stripe)


def test_a_payout_is_on_its_way_until_it_arrives(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    matured(stripe)
    webhooks.walk_movements()
    made = stripe.control("payouts", automatic=True)
    webhooks.walk_movements()
    payouts.sweep()
    assert balances("in_transit") == {"EUR": made["amount"]}
    assert balances("bank") == {}
    assert_agreed(stripe)
    stripe.control(f"payouts/{made['id']}", status="paid")
    for _again in range(2):
        payouts.follow(made["id"])
    assert balances("bank") == {"EUR": made["amount"]}
    assert balances("in_transit") == {}
    stripe.control("clock", advance_days=1)
    payouts.follow(made["id"])
    assert Payout.objects.get().ties is True
    assert Movement.objects.filter(payout=made["id"], category="charge").count() == 1
    assert_agreed(stripe)


def test_a_payout_that_the_bank_sends_back_days_after_it_arrived(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    matured(stripe)
    webhooks.walk_movements()
    made = stripe.control("payouts", automatic=True)
    stripe.control(f"payouts/{made['id']}", status="paid")
    webhooks.walk_movements()
    payouts.sweep()
    assert balances("bank") == {"EUR": made["amount"]}
    stripe.control(f"payouts/{made['id']}", status="failed")
    for _again in range(2):
        payouts.follow(made["id"])
        webhooks.walk_movements()
    payout = Payout.objects.get()
    assert (payout.state, payout.returned_at is not None) == (PayoutState.FAILED, True)
    assert (balances("bank"), balances("in_transit")) == ({}, {})
    assert Alert.objects.get(kind="payout_failed").subject == f"payout:{payout.pk}"
    assert_agreed(stripe)


def test_stripe_fees_are_a_cost_and_reserves_are_on_their_way(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    matured(stripe)
    stripe.control("movements", reporting_category="fee", type="stripe_fee", amount=-200)
    held = {"reporting_category": "risk_reserved_funds", "type": "reserve_transaction"}
    stripe.control("movements", **held, amount=-500)
    webhooks.walk_movements()
    assert balances("in_transit") == {"EUR": 500}
    cost = Posting.objects.get(account_id="payment_fees", entry__reason="stripe_fee")
    assert (cost.fund, cost.amount_minor) == (general, 200)
    stripe.control("movements", **held, amount=500)
    webhooks.walk_movements()
    assert balances("in_transit") == {}
    assert not Alert.objects.exists()
    assert_agreed(stripe)


def test_what_nobody_understands_lies_in_suspense_and_is_told(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    matured(stripe)
    stripe.control("movements", reporting_category="climate", type="climate_order_purchase",
                   amount=-150)  # fmt: skip
    stripe.control("movements", reporting_category="other_adjustment", type="adjustment",
                   amount=40)  # fmt: skip
    for _again in range(2):
        webhooks.walk_movements()
    assert balances("suspense") == {"EUR": 110}
    assert Movement.objects.filter(state=MovementState.SUSPENSE).count() == 2
    told = list(Alert.objects.filter(kind="movement_unknown").values_list("sentence", flat=True))
    assert len(told) == 2
    assert "−€1.50 (climate)" in " ".join(told)
    assert_agreed(stripe)


def test_a_payment_that_is_nobodys_gift_is_in_suspense_and_so_is_its_refund(
    general: Fund, stripe: Sandbox
) -> None:
    intent = stripe.paid(3000).id
    stripe.control("clock", advance_seconds=100)
    webhooks.walk_movements()
    row = Movement.objects.get()
    assert (row.state, balances("suspense")) == (
        MovementState.SUSPENSE,
        {"EUR": -row.net_minor},
    )
    stripe.control("refund", payment_intent=intent, amount=3000)
    stripe.control("clock", advance_seconds=100)
    webhooks.walk_movements()
    assert Movement.objects.filter(state=MovementState.SUSPENSE).count() == 2
    assert_agreed(stripe)


def test_a_movement_that_cannot_be_booked_is_tried_again_and_then_shown(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    paid(visitor, general)
    movements.walk()
    Movement.objects.update(attempts=movements.ATTEMPTS - 1)

    def trouble(_source: str) -> bool:
        raise RuntimeError("no")

    movements.follow_due({"charge": trouble})
    row = Movement.objects.get()
    assert (row.state, row.error) == (MovementState.WAITING, "RuntimeError: no")
    assert movements.follow_due(webhooks.MOVEMENTS) == 0
    from funding import stuck

    source = stuck.SOURCES["movements"]
    assert [each.pk for each in source.rows()] == [row.pk]
    source.retry(pk=row.pk, actor="user:1")
    assert movements.follow_due(webhooks.MOVEMENTS) == 1
    assert_agreed(stripe)


def test_a_week_without_webhooks_comes_right(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    clock_at: Callable[[dt.datetime], None],
) -> None:
    webhooks.walk_movements()
    began = clock.now()
    stripe.control("payouts", schedule="daily")
    for day in range(7):
        paid(visitor, general, email=f"donor{day}@donor.example")
        stripe.control("clock", advance_days=1)
        clock_at(began + dt.timedelta(days=day + 1))
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    for _look in range(3):
        payouts.sweep()
        Payout.objects.update(due_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    books = stripe.control("books")["currencies"]["eur"]
    assert balances("bank") == {"EUR": books["bank"]}
    assert books["bank"] > 0
    assert all(row.ties in (True, None) for row in Payout.objects.all())
    assert_agreed(stripe)


def test_asking_whether_a_movement_is_booked_uses_an_index(general: Fund, visitor: Visitor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT FROM ({movements.bookings()}) b (told, key) WHERE told = 'txn_1'"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "gift_of_movement" in plan
    assert "refund_of_movement" in plan
