"""Goal: a preview says what the invoice will say, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_stripe_prorations import START, begun, item_of, wait, waiting
from tests.sandbox.test_stripe_subscribing import customer, price
from tests.sandbox.test_stripe_subscriptions import DAY, invoices


def preview(sandbox: Sandbox, made: Any, **details: Any) -> Any:
    """The next invoice of a subscription, perhaps after a change."""
    wanted = {"subscription": made.id} | ({"subscription_details": details} if details else {})
    return sandbox.client().invoices.create_preview(wanted)


def amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def test_the_next_invoice_is_shown_and_not_kept(sandbox: Sandbox) -> None:
    made = begun(sandbox, (1000, 2))
    before = sandbox.happened()
    found = preview(sandbox, made)
    assert (found.total, found.amount_due, found.status, found.number) == (
        2000,
        2000,
        "draft",
        None,
    )
    assert (found.billing_reason, found.period_start) == ("upcoming", START + 30 * DAY)
    assert found.id.startswith("upcoming_in_")
    assert len(invoices(sandbox, made.id)) == 1
    assert sandbox.happened() == before
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice"):
        sandbox.client().invoices.retrieve(found.id)


@pytest.mark.parametrize("behavior", ["create_prorations", "none"])
def test_a_change_is_shown_as_it_will_be_charged(sandbox: Sandbox, behavior: str) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    at = START + 12 * DAY
    change = {
        "items": [{"id": item_of(made).id, "quantity": 7}], "proration_behavior": behavior,
        "proration_date": at,
    }  # fmt: skip
    shown = preview(sandbox, made, **change)
    assert shown.parent.subscription_details.subscription_proration_date == at
    assert waiting(sandbox, made) == []
    assert item_of(client.subscriptions.retrieve(made.id)).quantity == 1
    client.subscriptions.update(made.id, change)
    wait(sandbox, made, START + 31 * DAY)
    real = invoices(sandbox, made.id)[-1]
    assert amounts(shown) == amounts(real)
    assert amounts(shown) == ([-600, 4200, 7000] if behavior != "none" else [7000])
    assert (shown.total, shown.amount_due) == (real.total, real.amount_due)


def test_an_invoice_that_would_be_made_at_once_is_shown_and_nothing_is_charged(
    sandbox: Sandbox,
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    more = [{"id": item_of(made).id, "quantity": 4}]
    shown = preview(sandbox, made, items=more, proration_behavior="always_invoice")
    assert (amounts(shown), shown.amount_due) == ([-667, 2667], 2000)
    yearly = [{"id": item_of(made).id, "price": price(sandbox, 9000, "year")}]
    assert amounts(preview(sandbox, made, items=yearly)) == [-667, 9000]
    assert len(client.charges.list().data) == 1
    assert len(invoices(sandbox, made.id)) == 1


def test_a_credit_lowers_what_the_preview_asks_for(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    client.customers.balance_transactions.create(made.customer, {"amount": -300, "currency": "eur"})
    shown = preview(sandbox, made)
    assert (shown.total, shown.starting_balance, shown.amount_due) == (1000, -300, 700)
    assert client.customers.retrieve(made.customer).balance == -300


def test_what_is_added_stands_on_the_preview_alone(sandbox: Sandbox) -> None:
    made = begun(sandbox, (1000, 1))
    shown = sandbox.client().invoices.create_preview(
        {
            "customer": made.customer, "subscription": made.id,
            "invoice_items": [{"amount": 250, "currency": "eur", "description": "A visit"}],
        }
    )  # fmt: skip
    assert amounts(shown) == [250, 1000]
    assert waiting(sandbox, made) == []


def test_one_that_ends_has_no_next_invoice_unless_something_waits(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    client.subscriptions.update(made.id, {"cancel_at_period_end": True})
    for attempt in (
        lambda: preview(sandbox, made),
        lambda: client.invoices.create_preview({"customer": made.customer}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            attempt()
        assert caught.value.code == "invoice_upcoming_none"
    client.invoice_items.create(
        {"customer": made.customer, "amount": 250, "subscription": made.id, "currency": "eur"}
    )
    assert amounts(preview(sandbox, made)) == [250]
    client.subscriptions.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        preview(sandbox, made)


def test_a_customer_s_preview_is_of_what_comes_first(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    client.invoice_items.create({"customer": who.id, "amount": 900, "currency": "eur"})
    assert amounts(client.invoices.create_preview({"customer": who.id})) == [900]
    items = [{"price": price(sandbox, 1000, "month"), "quantity": 3}]
    new = client.invoices.create_preview(
        {"customer": who.id, "subscription_details": {"items": items}}
    )
    assert amounts(new) == [900, 3000]
    assert client.subscriptions.list({"customer": who.id}).data == []
    yearly, monthly = (
        client.subscriptions.create(
            {"customer": who.id, "items": [{"price": price(sandbox, 1000, each)}],
             "trial_period_days": days}
        )
        for each, days in (("year", 300), ("month", 20))
    )  # fmt: skip
    shown = client.invoices.create_preview({"customer": who.id})
    assert shown.parent.subscription_details.subscription == monthly.id
    assert yearly.status == "trialing"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "either `customer` or `subscription`"),
        ({"customer": "cus_none"}, "No such customer"),
        ({"subscription": "sub_none"}, "No such subscription"),
    ],
)
def test_a_preview_of_nothing_is_refused(
    sandbox: Sandbox, wanted: dict[str, Any], told: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=told):
        sandbox.client().invoices.create_preview(wanted)
