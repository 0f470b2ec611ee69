"""Goal: a subscription is charged once for each period, whatever its card and its giver do."""

import datetime as dt
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox, checkout

DAY = 24 * 3600
SEPA = "AT611904300234573201"


def order(amount: int = 1000, interval: str = "month", count: int = 1, **more: Any) -> Any:
    """Parameters of a page on which a subscription begins."""
    wanted = checkout(amount)
    del wanted["payment_intent_data"]
    price = wanted["line_items"][0]["price_data"]
    price["recurring"] = {"interval": interval, "interval_count": count}
    return wanted | {
        "mode": "subscription",
        "customer_email": "alice@donor.example",
        "subscription_data": {"metadata": {"pledge": "p1"}},
        **more,
    }


def begun(sandbox: Sandbox, *, pays: dict[str, str] | None = None, **how: Any) -> Any:
    """A subscription whose first payment is made."""
    session = sandbox.client().checkout.sessions.create(order(**how))
    done = sandbox.control("pay", session=session.id, **(pays or {}))
    assert done["state"] in ("succeeded", "processing"), done
    return sandbox.client().subscriptions.retrieve(done["subscription"])


def invoices(sandbox: Sandbox, subscription: str) -> list[Any]:
    """All of a subscription, the oldest first."""
    found = sandbox.client().invoices.list(
        {"subscription": subscription, "limit": 100, "expand": ["data.payments"]}
    )
    return list(reversed(found.data))


def states(sandbox: Sandbox, subscription: str) -> list[str]:
    return [each.status for each in invoices(sandbox, subscription)]


def test_a_page_begins_a_subscription_and_its_first_invoice_is_paid(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    session = client.checkout.sessions.create(order())
    assert (session.mode, session.amount_total, session.payment_intent) == (
        "subscription", 1000, None,
    )  # fmt: skip
    done = sandbox.control("pay", session=session.id)
    sandbox.control("clock", advance_seconds=5)
    session = client.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "paid")
    found = client.subscriptions.retrieve(done["subscription"])
    assert (found.status, found.metadata["pledge"]) == ("active", "p1")
    (invoice,) = invoices(sandbox, found.id)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid", 1000, "subscription_create",
    )  # fmt: skip
    intent = invoice.payments.data[0].payment.payment_intent
    assert intent == done["payment_intent"]
    (payment,) = client.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}}
    ).data
    assert (payment.invoice, payment.status) == (invoice.id, "paid")
    told = {"customer.subscription.created", "invoice.paid", "checkout.session.completed"}
    assert told <= set(receiver.types)


def test_a_declined_first_payment_begins_nothing(sandbox: Sandbox) -> None:
    session = sandbox.client().checkout.sessions.create(order())
    done = sandbox.control("pay", session=session.id, card="4000000000000002")
    assert (done["state"], done["subscription"]) == ("declined", None)
    assert sandbox.client().subscriptions.list({"status": "all"}).data == []
    assert sandbox.control("pay", session=session.id)["state"] == "succeeded"
    assert len(sandbox.client().subscriptions.list({"status": "all"}).data) == 1


def test_each_month_is_charged_once(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    sandbox.control("clock", advance_days=93)
    assert states(sandbox, found.id) == ["paid"] * 4
    paid = {each.payments.data[0].payment.payment_intent for each in invoices(sandbox, found.id)}
    assert len(paid) == 4
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 4000


def test_the_last_day_of_a_month_comes_back(sandbox: Sandbox) -> None:
    sandbox.control("clock", jump=int(dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC).timestamp()))
    found = begun(sandbox)
    days = []
    for _month in range(3):
        end = sandbox.client().subscriptions.retrieve(found.id)["items"].data[0].current_period_end
        days.append(dt.datetime.fromtimestamp(end, dt.UTC).strftime("%m-%d"))
        sandbox.control("clock", set=end + 2)
    assert days == ["02-28", "03-31", "04-30"]


def test_a_bank_that_says_no_is_asked_three_times_more_and_then_it_ends(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", next=["insufficient_funds"] * 4)
    client = sandbox.client()
    sandbox.control("clock", advance_days=32)
    assert client.subscriptions.retrieve(found.id).status == "past_due"
    invoice = invoices(sandbox, found.id)[-1]
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    assert invoice.next_payment_attempt is not None
    sandbox.control("clock", advance_days=20)
    ended = client.subscriptions.retrieve(found.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    invoice = invoices(sandbox, found.id)[-1]
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (4, None)
    assert receiver.types.count("invoice.payment_failed") == 4


def test_a_payment_tried_again_by_hand_is_declined_or_goes_through_once(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", next=["generic_decline"] * 2)
    sandbox.control("clock", advance_days=32)
    client, invoice = sandbox.client(), invoices(sandbox, found.id)[-1]
    with pytest.raises(stripe.CardError):
        client.invoices.pay(invoice.id)
    # What is tried by hand changes nothing about what is planned.
    after = invoices(sandbox, found.id)[-1]
    assert (after.attempt_count, after.next_payment_attempt) == (1, invoice.next_payment_attempt)
    paid = client.invoices.pay(invoice.id, options={"idempotency_key": "once"})
    again = client.invoices.pay(invoice.id, options={"idempotency_key": "once"})
    assert (paid.status, again.status) == ("paid", "paid")
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.invoices.pay(invoice.id)
    assert client.subscriptions.retrieve(found.id).status == "active"
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 2000


def test_a_bank_that_wants_to_hear_the_giver(sandbox: Sandbox, receiver: Receiver) -> None:
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", next=["requires_action"])
    sandbox.control("clock", advance_days=32)
    invoice = invoices(sandbox, found.id)[-1]
    assert "invoice.payment_action_required" in receiver.types
    intent = sandbox.client().payment_intents.retrieve(
        invoice.payments.data[0].payment.payment_intent
    )
    assert intent.status == "requires_action"
    sandbox.control(f"invoices/{invoice.id}", authenticated=True)
    assert states(sandbox, found.id) == ["paid", "paid"]


def test_a_card_whose_month_is_over_is_declined(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", card_ends=[1, 2020])
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, found.id) == ["paid", "open"]


def test_a_card_is_good_until_the_end_of_its_month(sandbox: Sandbox) -> None:
    sandbox.control("clock", jump=int(dt.datetime(2027, 1, 28, 9, tzinfo=dt.UTC).timestamp()))
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", card_ends=[2, 2027])
    sandbox.control("clock", set=int(dt.datetime(2027, 2, 28, 20, tzinfo=dt.UTC).timestamp()))
    assert states(sandbox, found.id) == ["paid", "paid"]
    moved = int(dt.datetime(2027, 3, 1, 0, 30, tzinfo=dt.UTC).timestamp())
    sandbox.client().subscriptions.update(
        found.id, {"trial_end": moved, "proration_behavior": "none"}
    )
    sandbox.control("clock", set=moved + 2 * 3600)
    assert states(sandbox, found.id) == ["paid", "paid", "open"]


def test_a_card_that_was_taken_away_is_not_charged(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    client.payment_methods.detach(found.default_payment_method)
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, found.id) == ["paid", "open"]
    assert client.subscriptions.retrieve(found.id).status == "past_due"


def test_an_end_with_the_period_is_told_and_taken_back(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    end = found["items"].data[0].current_period_end
    told = client.subscriptions.update(found.id, {"cancel_at_period_end": True})
    assert (told.status, told.cancel_at) == ("active", end)
    kept = client.subscriptions.update(found.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at) == (None, None)
    client.subscriptions.update(found.id, {"cancel_at_period_end": True})
    sandbox.control("clock", set=end + 2)
    assert client.subscriptions.retrieve(found.id).status == "canceled"
    assert states(sandbox, found.id) == ["paid"]


def test_a_pause_that_is_not_built_is_said_loudly(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    with pytest.raises(stripe.APIError) as caught:
        sandbox.client().subscriptions.update(
            found.id, {"pause_collection": {"behavior": "keep_as_draft"}}
        )
    assert caught.value.http_status == 501


def test_a_pause_lets_invoices_fall_away_and_ends_by_itself(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    until = found["items"].data[0].current_period_end + DAY
    paused = client.subscriptions.update(
        found.id, {"pause_collection": {"behavior": "void", "resumes_at": until}}
    )
    assert (paused.status, paused.pause_collection.resumes_at) == ("active", until)
    sandbox.control("clock", advance_days=64)
    assert client.subscriptions.retrieve(found.id).pause_collection is None
    assert states(sandbox, found.id) == ["paid", "void", "paid"]
    client.subscriptions.update(found.id, {"pause_collection": {"behavior": "void"}})
    resumed = client.subscriptions.update(found.id, {"pause_collection": ""})
    assert resumed.pause_collection is None


def test_amount_day_and_rhythm_change_from_the_next_time_on(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    item = found["items"].data[0]

    def price(amount: int, interval: str) -> dict[str, Any]:
        recurring = {"interval": interval, "interval_count": 1}
        return {
            "currency": "eur", "product": item.price.product, "unit_amount": amount,
            "recurring": recurring,
        }  # fmt: skip

    wanted = {"items": [{"id": item.id, "price_data": price(1500, "month")}]}
    changed = client.subscriptions.update(found.id, wanted | {"proration_behavior": "none"})
    assert changed["items"].data[0].current_period_end == item.current_period_end
    moved_to = item.current_period_end + 5 * DAY
    wanted = {"items": [{"id": item.id, "price_data": price(9000, "year")}]}
    moved = client.subscriptions.update(
        found.id, wanted | {"proration_behavior": "none", "trial_end": moved_to}
    )
    assert (moved.status, moved.billing_cycle_anchor) == ("trialing", moved_to)
    assert states(sandbox, found.id) == ["paid"]
    sandbox.control("clock", set=moved_to + 2 * 3600)
    assert [each.amount_due for each in invoices(sandbox, found.id)] == [1000, 9000]
    after = client.subscriptions.retrieve(found.id)
    assert after.status == "active"
    end = dt.datetime.fromtimestamp(after["items"].data[0].current_period_end, dt.UTC)
    assert end.year == dt.datetime.fromtimestamp(moved_to, dt.UTC).year + 1


def test_another_card_is_set_up_and_charged_from_then_on(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    setup = client.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": found.customer,
            "currency": "eur",
            "success_url": "http://fund.test/done/?session={CHECKOUT_SESSION_ID}",
            "setup_intent_data": {"metadata": {"pledge": "p1"}},
        }
    )
    assert sandbox.control("pay", session=setup.id, card="4000000000000002")["state"] == "declined"
    done = sandbox.control("pay", session=setup.id, card="5555555555554444")
    assert done["state"] == "succeeded"
    setup = client.checkout.sessions.retrieve(setup.id, {"expand": ["setup_intent"]})
    assert (setup.status, setup.payment_status) == ("complete", "no_payment_required")
    method = setup.setup_intent.payment_method
    client.subscriptions.update(found.id, {"default_payment_method": method})
    sandbox.control("clock", advance_days=32)
    intent = invoices(sandbox, found.id)[-1].payments.data[0].payment.payment_intent
    charge = client.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    assert charge.payment_method_details.card.last4 == "4444"


def test_debits_come_days_later_and_fail_with_their_mandate(sandbox: Sandbox) -> None:
    methods = ["card", "sepa_debit"]
    found = begun(sandbox, pays={"account": SEPA}, allowed_payment_method_types=methods)
    client = sandbox.client()
    assert (found.status, states(sandbox, found.id)) == ("active", ["open"])
    sandbox.control("clock", advance_days=4)
    assert states(sandbox, found.id) == ["paid"]
    due = client.subscriptions.retrieve(found.id)["items"].data[0].current_period_end
    sandbox.control("clock", set=due + 2 * 3600)
    assert states(sandbox, found.id) == ["paid", "open"]
    sandbox.control("clock", advance_days=4)
    assert states(sandbox, found.id) == ["paid", "paid"]
    method = client.payment_methods.retrieve(found.default_payment_method)
    (mandate,) = sandbox.control("mandates")["data"]
    assert mandate["payment_method"] == method.id
    sandbox.control(f"mandates/{mandate['id']}", status="inactive")
    sandbox.control("clock", advance_days=30)
    assert client.subscriptions.retrieve(found.id).status == "past_due"


def test_a_debit_that_goes_back_days_after_it_came_leaves_its_invoice_paid(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    found = begun(
        sandbox,
        pays={"account": "AT861904300235473299"},
        allowed_payment_method_types=["card", "sepa_debit"],
    )
    sandbox.control("clock", advance_days=4)
    assert states(sandbox, found.id) == ["paid"]
    sandbox.control("clock", advance_days=6)
    client, (invoice,) = sandbox.client(), invoices(sandbox, found.id)
    assert invoice.status == "paid"
    assert client.subscriptions.retrieve(found.id).status == "active"
    intent = client.payment_intents.retrieve(
        invoice.payments.data[0].payment.payment_intent, {"expand": ["latest_charge"]}
    )
    # Only the charge, its intent and the balance tell that the money has gone.
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.latest_charge.failure_balance_transaction is not None
    assert receiver.types.count("charge.failed") == 1
    assert "invoice.payment_failed" not in receiver.types
    books = sandbox.control("books")["currencies"]["eur"]
    assert (books["charges"], books["charge_failures"]) == (1000, 1000)
    assert books["balance"] == -books["fees"]


def test_an_end_is_an_end(sandbox: Sandbox) -> None:
    found, client = begun(sandbox), sandbox.client()
    ended = client.subscriptions.cancel(found.id, {"invoice_now": False, "prorate": False})
    assert (ended.status, ended.cancellation_details.reason) == (
        "canceled", "cancellation_requested",
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.subscriptions.cancel(found.id)
    assert caught.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError):
        client.subscriptions.update(found.id, {"pause_collection": {"behavior": "void"}})
    sandbox.control("clock", advance_days=40)
    assert states(sandbox, found.id) == ["paid"]
    assert client.subscriptions.list().data == []
