"""Goal: a subscription that nobody begins on a page is asked for and ends as Stripe says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_subscriptions import DAY, SEPA, begun, invoices, states

HOUR = 3600


def customer(sandbox: Sandbox, card: str = "4242424242424242", **pays: str) -> Any:
    """A customer who has saved a card, or an account."""
    client = sandbox.client()
    made = client.customers.create({"email": "zoo@examplia.example", "name": "Zoo of Examplia"})
    page = client.checkout.sessions.create(
        {
            "mode": "setup", "customer": made.id, "currency": "eur",
            "allowed_payment_method_types": ["card", "sepa_debit"],
            "success_url": "http://fund.test/done/",
        }
    )  # fmt: skip
    done = sandbox.control("pay", session=page.id, **(pays or {"card": card}))
    assert done["state"] == "succeeded", done
    (method,) = client.payment_methods.list({"customer": made.id}).data
    return client.customers.update(
        made.id, {"invoice_settings": {"default_payment_method": method.id}}
    )


def price(sandbox: Sandbox, amount: int = 250_000, interval: str = "year") -> str:
    """The price of a contribution."""
    made = sandbox.client().prices.create(
        {
            "currency": "eur", "unit_amount": amount, "recurring": {"interval": interval},
            "product_data": {"name": "Contribution"},
        }
    )  # fmt: skip
    return str(made.id)


def subscribe(sandbox: Sandbox, who: Any, **more: Any) -> Any:
    """A subscription made by the API, by the month unless it says otherwise."""
    wanted = {
        "customer": who.id,
        "items": [{"price": price(sandbox, 1000, "month")}],
        "metadata": {"pledge": "p9"},
    }
    return sandbox.client().subscriptions.create(wanted | more)


def test_what_is_saved_is_charged_at_once_and_every_month(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    made = subscribe(sandbox, customer(sandbox))
    assert (made.status, made.metadata["pledge"], states(sandbox, made.id)) == (
        "active", "p9", ["paid"],
    )  # fmt: skip
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, made.id) == ["paid", "paid"]
    assert receiver.types.count("customer.subscription.created") == 1
    assert receiver.types.count("invoice.paid") == 2


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "no attached payment source"),
        ({"default_payment_method": "pm_none"}, "No such payment_method"),
        ({"items": []}, "Missing required param: items"),
        ({"collection_method": "send_invoice"}, "You must pass `days_until_due`"),
        ({"days_until_due": 30}, "You can only pass `days_until_due`"),
        ({"trial_end": 1_000_000_000}, "must be in the future"),
        ({"customer": "cus_none"}, "No such customer"),
    ],
)
def test_what_stripe_refuses_is_refused_and_nothing_begins(
    sandbox: Sandbox, params: dict[str, Any], told: str
) -> None:
    who = sandbox.client().customers.create({"email": "zoo@examplia.example"})
    with pytest.raises(stripe.InvalidRequestError, match=told):
        subscribe(sandbox, who, **params)
    assert sandbox.client().subscriptions.list({"status": "all"}).data == []


@pytest.mark.parametrize(
    "params",
    [
        {"billing_cycle_anchor": 2_000_000_000},
        {"cancel_at": 2_000_000_000},
    ],
)
def test_what_is_not_built_is_said_loudly(sandbox: Sandbox, params: dict[str, Any]) -> None:
    who = customer(sandbox)
    with pytest.raises(stripe.APIError) as caught:
        subscribe(sandbox, who, **params)
    assert caught.value.http_status == 501


def test_a_stranger_s_card_is_refused(sandbox: Sandbox) -> None:
    stranger = customer(sandbox)
    method = stranger.invoice_settings.default_payment_method
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer"):
        subscribe(sandbox, customer(sandbox), default_payment_method=method)


def test_a_first_payment_that_fails_has_23_hours(sandbox: Sandbox, receiver: Receiver) -> None:
    client = sandbox.client()
    who = customer(sandbox, card="4000000000000341")
    made = subscribe(sandbox, who)
    (invoice,) = invoices(sandbox, made.id)
    assert (made.status, invoice.status, invoice.next_payment_attempt) == (
        "incomplete", "open", None,
    )  # fmt: skip
    sandbox.control("clock", advance_seconds=22 * HOUR)
    assert client.subscriptions.retrieve(made.id).status == "incomplete"
    sandbox.control("clock", advance_seconds=2 * HOUR)
    after = client.subscriptions.retrieve(made.id)
    assert (after.status, after.ended_at is None, states(sandbox, made.id)) == (
        "incomplete_expired", False, ["void"],
    )  # fmt: skip
    sandbox.control("clock", advance_days=40)
    assert states(sandbox, made.id) == ["void"]
    assert "customer.subscription.deleted" not in receiver.types


def test_within_those_hours_its_page_brings_it_to_life(sandbox: Sandbox) -> None:
    client = sandbox.client()
    made = subscribe(sandbox, customer(sandbox, card="4000000000000341"))
    (invoice,) = invoices(sandbox, made.id)
    form = {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "Zoo"}
    assert sandbox.form(f"/invoice/{invoice.id}", **form)[0] == 303
    assert client.subscriptions.retrieve(made.id).status == "active"
    sandbox.control("clock", advance_days=2)
    assert client.subscriptions.retrieve(made.id).status == "active"


def test_a_first_payment_is_asked_for_or_fails_whole_as_was_wanted(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox, card="4000000000000341")
    with pytest.raises(stripe.CardError):
        subscribe(sandbox, who, payment_behavior="error_if_incomplete")
    assert client.subscriptions.list({"status": "all"}).data == []
    assert client.invoices.list().data == []
    made = subscribe(sandbox, who, payment_behavior="default_incomplete")
    (invoice,) = invoices(sandbox, made.id)
    assert (made.status, invoice.attempted) == ("incomplete", False)
    assert client.charges.list().data == []


def test_a_first_debit_begins_it_before_its_money_comes(sandbox: Sandbox) -> None:
    made = subscribe(sandbox, customer(sandbox, account=SEPA))
    assert (made.status, states(sandbox, made.id)) == ("active", ["open"])
    sandbox.control("clock", advance_days=4)
    assert states(sandbox, made.id) == ["paid"]


def test_a_card_paid_with_is_kept_where_that_was_wanted(sandbox: Sandbox) -> None:
    client = sandbox.client()
    settings = {"save_default_payment_method": "on_subscription"}
    made = subscribe(sandbox, customer(sandbox, "4000000000000341"), payment_settings=settings)
    (invoice,) = invoices(sandbox, made.id)
    form = {"number": "5555555555554444", "expiry": "12 / 34", "cvc": "123", "name": "Zoo"}
    sandbox.form(f"/invoice/{invoice.id}", **form)
    kept = client.subscriptions.retrieve(made.id, {"expand": ["default_payment_method"]})
    assert kept.default_payment_method.card.last4 == "4444"
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, made.id) == ["paid", "paid"]


def test_an_organisation_is_sent_an_invoice_and_is_late(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    who = client.customers.create({"email": "zoo@examplia.example", "name": "Zoo of Examplia"})
    made = client.subscriptions.create(
        {
            "customer": who.id,
            "items": [{"price": price(sandbox)}],
            "collection_method": "send_invoice",
            "days_until_due": 30,
        }
    )
    assert (made.status, states(sandbox, made.id)) == ("active", ["draft"])
    sandbox.control("clock", advance_seconds=2 * HOUR)
    (invoice,) = invoices(sandbox, made.id)
    assert (invoice.status, invoice.collection_method, invoice.attempt_count) == (
        "open", "send_invoice", 0,
    )  # fmt: skip
    assert invoice.due_date == invoice.status_transitions.finalized_at + 30 * DAY
    assert "invoice.sent" in receiver.types
    due = dt.datetime.fromtimestamp(invoice.due_date, dt.UTC)
    assert f"{due.day} {due:%B %Y}" in sandbox.call("GET", f"/invoice/{invoice.id}")[2].decode()
    sandbox.control("clock", advance_days=31)
    assert client.subscriptions.retrieve(made.id).status == "past_due"
    assert "invoice.overdue" in receiver.types
    form = {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "Zoo"}
    sandbox.form(f"/invoice/{invoice.id}", **form)
    assert client.subscriptions.retrieve(made.id).status == "active"
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 250_000


def test_a_trial_charges_nothing_and_its_end_is_told(sandbox: Sandbox, receiver: Receiver) -> None:
    made = subscribe(sandbox, customer(sandbox), trial_period_days=10)
    assert (made.status, states(sandbox, made.id)) == ("trialing", [])
    sandbox.control("clock", advance_days=6)
    assert "customer.subscription.trial_will_end" not in receiver.types
    sandbox.control("clock", advance_days=2)
    assert receiver.types.count("customer.subscription.trial_will_end") == 1
    sandbox.control("clock", advance_days=3)
    assert sandbox.client().subscriptions.retrieve(made.id).status == "active"
    assert states(sandbox, made.id) == ["paid"]


def test_a_cycle_can_begin_on_a_day_of_its_own(sandbox: Sandbox) -> None:
    anchor = sandbox.control("clock")["now"] + 10 * DAY
    made = subscribe(
        sandbox, customer(sandbox), billing_cycle_anchor=anchor, proration_behavior="none"
    )
    assert (made.status, states(sandbox, made.id)) == ("active", [])
    assert made["items"].data[0].current_period_end == anchor
    sandbox.control("clock", advance_days=11)
    assert states(sandbox, made.id) == ["paid"]


def test_a_renewal_is_told_some_days_before(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("billing", upcoming_days=3)
    found = begun(sandbox)
    end = found["items"].data[0].current_period_end
    sandbox.control("clock", set=end - 4 * DAY)
    assert "invoice.upcoming" not in receiver.types
    sandbox.control("clock", set=end - 2 * DAY)
    (told,) = [each for each in receiver.events if each["type"] == "invoice.upcoming"]
    upcoming = told["data"]["object"]
    assert (upcoming["amount_due"], upcoming["billing_reason"]) == (1000, "upcoming")
    assert upcoming["id"].startswith("upcoming_in_")
    assert upcoming["parent"]["subscription_details"]["subscription"] == found.id
    assert states(sandbox, found.id) == ["paid"]


def test_a_renewal_that_will_not_come_is_not_told(sandbox: Sandbox, receiver: Receiver) -> None:
    found = begun(sandbox)
    sandbox.client().subscriptions.update(found.id, {"cancel_at_period_end": True})
    sandbox.control("clock", advance_days=40)
    assert "invoice.upcoming" not in receiver.types


@pytest.mark.parametrize(("after", "renewed"), [("unpaid", "draft"), ("past_due", "open")])
def test_the_setting_says_what_becomes_of_one_that_stays_unpaid(
    sandbox: Sandbox, after: str, renewed: str
) -> None:
    sandbox.control("billing", after_last_attempt=after)
    found = begun(sandbox)
    sandbox.control(f"subscriptions/{found.id}", next=["insufficient_funds"] * 8)
    sandbox.control("clock", advance_days=52)
    client = sandbox.client()
    assert client.subscriptions.retrieve(found.id).status == after
    assert states(sandbox, found.id) == ["paid", "open"]
    sandbox.control("clock", advance_days=12)
    assert states(sandbox, found.id) == ["paid", "open", renewed]
    sandbox.control(f"subscriptions/{found.id}", next=[])
    client.invoices.pay(invoices(sandbox, found.id)[1].id)
    assert client.subscriptions.retrieve(found.id).status == "active"


def test_a_hard_pause_makes_no_invoices_and_ends_with_a_payment(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    found, client = begun(sandbox), sandbox.client()
    with pytest.raises(stripe.APIError) as caught:
        client.subscriptions.pause(found.id)
    assert caught.value.http_status == 501
    none = {"unused_time_from": {"type": "none"}}
    paused = client.subscriptions.pause(found.id, {"type": "subscription", "bill_for": none})
    assert (paused.status, paused.status_details.paused.subscription.type) == (
        "paused", "pause_requested",
    )  # fmt: skip
    sandbox.control("clock", advance_days=64)
    assert states(sandbox, found.id) == ["paid"]
    sandbox.control(f"subscriptions/{found.id}", next=["insufficient_funds"])
    wanted = {
        "billing_cycle_anchor": {"type": "now"},
        "payment_behavior": "resume_on_payment_success",
    }
    assert client.subscriptions.resume(found.id, wanted).status == "paused"
    sandbox.control("clock", advance_days=4)
    resumed = client.subscriptions.retrieve(found.id)
    assert (resumed.status, resumed.status_details) == ("active", None)
    assert states(sandbox, found.id) == ["paid", "paid"]
    assert receiver.types.count("customer.subscription.paused") == 1
    assert receiver.types.count("customer.subscription.resumed") == 1
    with pytest.raises(stripe.InvalidRequestError, match="Only paused"):
        client.subscriptions.resume(found.id)
