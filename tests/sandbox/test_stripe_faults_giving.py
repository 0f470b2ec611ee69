"""Faults in the calls of regular giving: what was done unanswered is not done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_faults import strike
from tests.sandbox.test_stripe_invoices_by_hand import draft, sent, zoo
from tests.sandbox.test_stripe_subscribing import customer, price
from tests.sandbox.test_stripe_subscriptions import begun

Step = Callable[[Any, Any], Any]
NONE = {"unused_time_from": {"type": "none"}}
# By the noun: what is there before, the call that is struck, and how often it may be heard of.
CALLS: dict[str, tuple[Callable[[Sandbox], Any], Step, str]] = {
    "subscribe": (
        lambda sandbox: (customer(sandbox), price(sandbox)),
        lambda v1, had: v1.subscriptions.create(
            {"customer": had[0].id, "items": [{"price": had[1]}]}
        ),
        "invoice.paid",
    ),
    "draft": (
        zoo,
        lambda v1, who: v1.invoices.create({"customer": who.id}),
        "invoice.created",
    ),
    "open": (
        lambda sandbox: draft(sandbox, zoo(sandbox), 500),
        lambda v1, made: v1.invoices.finalize_invoice(made.id),
        "invoice.finalized",
    ),
    "send": (
        lambda sandbox: draft(sandbox, zoo(sandbox), 500),
        lambda v1, made: v1.invoices.send_invoice(made.id),
        "invoice.sent",
    ),
    "pay": (
        lambda sandbox: sent(sandbox, zoo(sandbox), 500),
        lambda v1, made: v1.invoices.pay(made.id, {"paid_out_of_band": True}),
        "invoice.paid",
    ),
    "fund": (
        lambda sandbox: sent(sandbox, zoo(sandbox), 500),
        lambda v1, made: v1.test_helpers.customers.fund_cash_balance(
            made.customer, {"amount": 500, "currency": "eur"}
        ),
        "invoice.paid",
    ),
    "pause": (
        begun,
        lambda v1, found: v1.subscriptions.pause(found.id, {"bill_for": NONE}),
        "customer.subscription.paused",
    ),
    "portal": (
        begun,
        lambda v1, found: v1.billing_portal.sessions.create({"customer": found.customer}),
        "billing_portal.session.created",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_line_cut_after_the_effect_is_mended_by_a_retry(sandbox: Sandbox, name: str) -> None:
    before, call, told = CALLS[name]
    had, heard = before(sandbox), sandbox.happened().count(told)
    strike(sandbox, "reset_after")
    call(sandbox.client(retries=1), had)
    assert sandbox.happened().count(told) == heard + 1


@pytest.mark.parametrize("name", CALLS)
def test_an_error_before_the_effect_leaves_nothing(sandbox: Sandbox, name: str) -> None:
    before, call, _told = CALLS[name]
    had = before(sandbox)
    heard, books = sandbox.happened(), sandbox.control("books")
    strike(sandbox, "error_before")
    with pytest.raises(stripe.APIError):
        call(sandbox.client(), had)
    assert sandbox.happened() == heard
    assert sandbox.control("books") == books


def test_events_of_giving_come_twice_and_tell_an_older_state(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.control("faults", webhooks={"duplicate": 1.0, "stale_payload": 1.0})
    invoice = sent(sandbox, zoo(sandbox), 500)
    sandbox.control("transfers", invoice=invoice.id, over=100)
    sandbox.control("clock", advance_seconds=5)
    for type in ("invoice.paid", "cash_balance.funds_available"):
        assert receiver.types.count(type) == 2
    (told, _again) = [each for each in receiver.events if each["type"] == "invoice.paid"]
    assert told["data"]["object"]["status"] == "draft"
    assert sandbox.client().invoices.retrieve(invoice.id).status == "paid"
