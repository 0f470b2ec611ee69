"""Goal: a customer who is deleted is charged for nothing more, and its past stays."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_checkout import FILLED
from tests.sandbox.test_stripe_invoices_by_hand import draft, sent
from tests.sandbox.test_stripe_subscribing import customer, subscribe
from tests.sandbox.test_stripe_subscriptions import states


def gone(sandbox: Sandbox, who: Any) -> Any:
    """What is left of a customer who was deleted."""
    return sandbox.client().customers.delete(who.id)


def test_a_deleted_customer_s_subscriptions_end_at_once(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, who = sandbox.client(), customer(sandbox)
    made = subscribe(sandbox, who)
    assert gone(sandbox, who).to_dict() == {"id": who.id, "object": "customer", "deleted": True}
    assert client.subscriptions.retrieve(made.id).status == "canceled"
    sandbox.control("clock", advance_days=40)
    assert states(sandbox, made.id) == ["paid"]
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 1000
    assert receiver.types.count("customer.subscription.deleted") == 1
    (told,) = [each for each in receiver.events if each["type"] == "customer.deleted"]
    assert told["data"]["object"]["email"] == "zoo@examplia.example"


def test_a_mark_is_left_of_it_and_nothing_new_is_made_for_it(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    made = subscribe(sandbox, who)
    method = who.invoice_settings.default_payment_method
    gone(sandbox, who)
    assert client.customers.retrieve(who.id).deleted
    assert client.customers.list().data == []
    assert client.payment_methods.retrieve(method).customer is None
    shown = client.subscriptions.retrieve(made.id, {"expand": ["customer"]})
    assert shown.customer.deleted
    for attempt in (
        lambda: client.customers.update(who.id, {"name": "Again"}),
        lambda: client.customers.delete(who.id),
        lambda: client.invoices.create({"customer": who.id}),
        lambda: client.billing_portal.sessions.create({"customer": who.id}),
        lambda: subscribe(sandbox, who),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
            attempt()
        assert caught.value.code == "resource_missing"


def test_what_was_sent_stays_owed_and_what_was_not_is_not_sent(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    owed = sent(sandbox, who, 5000)
    left = draft(sandbox, who, 7000, auto_advance=True)
    gone(sandbox, who)
    sandbox.control("clock", advance_days=60)
    assert client.invoices.retrieve(left.id).status == "draft"
    assert client.invoices.retrieve(owed.id).status == "open"
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.invoices.finalize_invoice(left.id)
    with pytest.raises(stripe.CardError):
        client.invoices.pay(owed.id)
    assert sandbox.form(f"/invoice/{owed.id}", **FILLED)[0] == 303
    assert client.invoices.retrieve(owed.id).status == "paid"
    assert sandbox.control("regular")["invoices"] == []


def test_a_page_that_waits_for_it_is_closed(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    page = sandbox.session(customer=who.id)
    gone(sandbox, who)
    assert client.checkout.sessions.retrieve(page.id).status == "expired"


def test_its_way_into_the_portal_is_closed(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    session = client.billing_portal.sessions.create({"customer": who.id})
    path = session.url.removeprefix(sandbox.url)
    assert sandbox.call("GET", path)[0] == 200
    gone(sandbox, who)
    assert sandbox.call("GET", path)[0] != 500
    assert "<form" not in sandbox.call("GET", path)[2].decode()
