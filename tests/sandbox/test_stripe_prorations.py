"""Goal: what is changed within a period is credited and charged to the second and the cent."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from funding.sandbox.stripe.currencies import half_up
from funding.sandbox.stripe.prorations import share
from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_prices import several
from tests.sandbox.test_stripe_subscribing import customer, price, subscribe
from tests.sandbox.test_stripe_subscriptions import DAY, invoices, states

START = int(dt.datetime(2027, 4, 1, 12, tzinfo=dt.UTC).timestamp())
"""April has thirty days, so that ten days are a third."""


def begun(sandbox: Sandbox, *wanted: tuple[int, int], card: str = "4242424242424242") -> Any:
    """A monthly subscription on a test clock at noon of the first of April."""
    client = sandbox.client()
    clock = client.test_helpers.test_clocks.create({"frozen_time": START})
    who = client.customers.create({"email": "zoo@examplia.example", "test_clock": clock.id})
    page = client.checkout.sessions.create(
        {"mode": "setup", "customer": who.id, "currency": "eur", "success_url": "http://f.test/"}
    )
    assert sandbox.control("pay", session=page.id, card=card)["state"] == "succeeded"
    (method,) = client.payment_methods.list({"customer": who.id}).data
    items = [
        {"price": price(sandbox, amount, "month"), "quantity": quantity}
        for amount, quantity in wanted
    ]
    return subscribe(sandbox, who, items=items, default_payment_method=method.id)


def wait(sandbox: Sandbox, made: Any, until: int) -> None:
    """The test clock of a subscription stands at an instant."""
    clocks = sandbox.client().test_helpers.test_clocks
    clocks.advance(made.test_clock, {"frozen_time": until})
    sandbox.control("clock", advance_seconds=5)


def item_of(made: Any, number: int = 0) -> Any:
    return made["items"].data[number]


def waiting(sandbox: Sandbox, made: Any) -> list[tuple[int, str]]:
    """The invoice items of a customer that stand on no invoice, the oldest first."""
    found = sandbox.client().invoice_items.list({"customer": made.customer, "limit": 100}).data
    return [(each.amount, each.description) for each in found[::-1] if each.invoice is None]


def owed(sandbox: Sandbox, made: Any) -> int:
    return int(sandbox.client().customers.retrieve(made.customer).balance)


@given(
    amount=st.integers(0, 10**8),
    start=st.integers(0, 10**9),
    length=st.integers(1, 10**8),
    part=st.fractions(0, 1),
)
def test_a_share_is_exact_and_never_more_than_the_whole(
    amount: int, start: int, length: int, part: Fraction
) -> None:
    instant = start + int(length * part)
    left = share(amount, start, start + length, instant)
    assert left == half_up(Fraction(amount * (start + length - instant), length))
    assert 0 <= left <= amount
    assert share(-amount, start, start + length, instant) == -left
    assert share(amount, start, start + length, start) == amount
    assert share(amount, start, start + length, start + length) == 0


def test_a_higher_price_is_credited_and_charged_with_the_next_invoice(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    wanted = {"items": [{"id": item_of(made).id, "price": price(sandbox, 2000, "month")}]}
    client.subscriptions.update(made.id, wanted)
    assert waiting(sandbox, made) == [
        (-667, "Unused time on Contribution after 11 April 2027"),
        (1333, "Remaining time on Contribution after 11 April 2027"),
    ]
    credit, charge = client.invoice_items.list({"customer": made.customer}).data[::-1]
    (first,) = invoices(sandbox, made.id)
    assert (credit.proration, credit.discountable, credit.date) == (True, False, START + 10 * DAY)
    assert (credit.period.start, credit.period.end) == (START + 10 * DAY, START + 30 * DAY)
    assert credit.parent.subscription_details.subscription_item == item_of(made).id
    told = credit.proration_details.credited_items
    assert (told.type, told.invoice_line_item_details.invoice) == ("invoice_line_items", first.id)
    assert told.invoice_line_item_details.invoice_line_items == [first.lines.data[0].id]
    assert charge.proration_details.credited_items is None
    wait(sandbox, made, START + 31 * DAY)
    _first, second = invoices(sandbox, made.id)
    lines = second.lines.data
    assert [line.amount for line in lines] == [-667, 1333, 2000]
    assert (second.status, second.total, second.billing_reason) == (
        "paid", 2666, "subscription_cycle",
    )  # fmt: skip
    details = [line.parent.subscription_item_details for line in lines]
    assert [each.proration for each in details] == [True, True, False]
    assert details[0].invoice_item == credit.id
    assert details[0].proration_details.credited_items.invoice == first.id
    assert waiting(sandbox, made) == []
    assert receiver.types.count("invoiceitem.created") == 2
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 3666


def test_nothing_is_prorated_where_that_is_wanted_or_nothing_costs_more(
    sandbox: Sandbox,
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    id = item_of(made).id
    more = {"items": [{"id": id, "quantity": 3}]}
    client.subscriptions.update(made.id, more | {"proration_behavior": "none"})
    client.subscriptions.update(made.id, {"items": [{"id": id, "metadata": {"a": "b"}}]})
    client.subscriptions.update(made.id, {"metadata": {"a": "b"}})
    assert waiting(sandbox, made) == []
    wait(sandbox, made, START + 31 * DAY)
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 3000]


def test_items_that_come_and_go_are_charged_and_credited_for_their_time(
    sandbox: Sandbox,
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    added = client.subscription_items.create(
        {"subscription": made.id, "price": price(sandbox, 300, "month"), "quantity": 2}
    )
    wait(sandbox, made, START + 20 * DAY)
    client.subscription_items.delete(added.id)
    assert [amount for amount, _ in waiting(sandbox, made)] == [400, -200]
    found = client.invoice_items.list({"customer": made.customer}).data[0]
    assert found.description == "Unused time on 2 × Contribution after 21 April 2027"
    assert found.proration_details.credited_items.type == "invoice_item"
    wait(sandbox, made, START + 31 * DAY)
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 1200]


def test_a_proration_is_counted_from_a_date_within_the_period(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    more = {"items": [{"id": item_of(made).id, "quantity": 2}]}
    for outside in (START - 1, START + 30 * DAY + 1):
        with pytest.raises(stripe.InvalidRequestError, match="proration_date"):
            client.subscriptions.update(made.id, more | {"proration_date": outside})
    client.subscriptions.update(made.id, more | {"proration_date": START + 15 * DAY})
    assert [amount for amount, _ in waiting(sandbox, made)] == [-500, 1000]


def test_a_difference_is_invoiced_and_charged_at_once_where_that_is_wanted(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    more = {"items": [{"id": item_of(made).id, "quantity": 4}]}
    how = {"proration_behavior": "always_invoice"}
    for _time in range(2):
        told = client.subscriptions.update(made.id, more | how, options={"idempotency_key": "4"})
    _first, second = invoices(sandbox, made.id)
    assert told.latest_invoice == second.id
    assert (second.status, second.total, second.billing_reason) == (
        "paid", 2000, "subscription_update",
    )  # fmt: skip
    assert [line.amount for line in second.lines.data] == [-667, 2667]
    assert item_of(told).current_period_end == item_of(made).current_period_end
    assert client.subscriptions.update(made.id, how).latest_invoice == second.id
    wait(sandbox, made, START + 31 * DAY)
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 2000, 4000]
    assert receiver.types.count("charge.succeeded") == 3


def test_what_is_given_back_at_once_is_a_credit_for_the_next_invoice(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 3))
    wait(sandbox, made, START + 10 * DAY)
    less = {"items": [{"id": item_of(made).id, "quantity": 1}]}
    client.subscriptions.update(made.id, less | {"proration_behavior": "always_invoice"})
    _first, second = invoices(sandbox, made.id)
    assert (second.status, second.total, second.amount_due, second.amount_paid) == (
        "paid", -1333, 0, 0,
    )  # fmt: skip
    assert (second.starting_balance, second.ending_balance) == (0, -1333)
    assert owed(sandbox, made) == -1333
    wait(sandbox, made, START + 31 * DAY)
    third = invoices(sandbox, made.id)[-1]
    assert (third.status, third.total, third.amount_due) == ("paid", 1000, 0)
    assert (third.starting_balance, third.ending_balance) == (-1333, -333)
    wait(sandbox, made, START + 62 * DAY)
    fourth = invoices(sandbox, made.id)[-1]
    assert (fourth.total, fourth.amount_due, fourth.amount_paid) == (1000, 667, 667)
    assert owed(sandbox, made) == 0
    moves = client.customers.balance_transactions.list(made.customer).data
    assert [(each.amount, each.ending_balance, each.invoice) for each in moves] == [
        (333, 0, fourth.id), (1000, -333, third.id), (-1333, -1333, second.id),
    ]  # fmt: skip
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 3000 + 667


def test_what_is_too_small_to_charge_is_owed_with_the_next_invoice(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    more = {"items": [{"id": item_of(made).id, "price": price(sandbox, 1030, "month")}]}
    client.subscriptions.update(made.id, more | {"proration_behavior": "always_invoice"})
    second = invoices(sandbox, made.id)[-1]
    assert (second.status, second.total, second.amount_due) == ("paid", 20, 0)
    assert owed(sandbox, made) == 20
    (move,) = client.customers.balance_transactions.list(made.customer).data
    assert (move.type, move.amount) == ("invoice_too_small", 20)
    wait(sandbox, made, START + 31 * DAY)
    assert invoices(sandbox, made.id)[-1].amount_paid == 1050


def test_a_credit_given_by_hand_is_used_and_comes_back_when_its_invoice_is_void(
    sandbox: Sandbox,
) -> None:
    client, who = sandbox.client(), customer(sandbox)
    made = client.customers.balance_transactions.create(
        who.id, {"amount": -400, "currency": "eur", "description": "Sorry"}
    )
    assert (made.type, made.ending_balance) == ("adjustment", -400)
    assert client.customers.balance_transactions.retrieve(who.id, made.id).description == "Sorry"
    draft = client.invoices.create(
        {"customer": who.id, "collection_method": "send_invoice", "days_until_due": 9}
    )
    client.invoice_items.create({"customer": who.id, "invoice": draft.id, "amount": 1000})
    opened = client.invoices.finalize_invoice(draft.id)
    assert (opened.total, opened.amount_due, opened.amount_remaining) == (1000, 600, 600)
    client.invoices.void_invoice(draft.id)
    assert client.customers.retrieve(who.id).balance == -400
    (last, *_rest) = client.customers.balance_transactions.list(who.id).data
    assert (last.type, last.amount) == ("unapplied_from_invoice", -400)


def test_a_change_whose_payment_fails_falls_behind_or_is_not_made_as_was_wanted(
    sandbox: Sandbox,
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    more = {"items": [{"id": item_of(made).id, "quantity": 4}]}
    how = {"proration_behavior": "always_invoice"}
    sandbox.control(f"subscriptions/{made.id}", next=["insufficient_funds"] * 2)
    with pytest.raises(stripe.CardError):
        client.subscriptions.update(
            made.id, more | how | {"payment_behavior": "error_if_incomplete"}
        )
    assert item_of(client.subscriptions.retrieve(made.id)).quantity == 1
    assert (states(sandbox, made.id), waiting(sandbox, made)) == (["paid"], [])
    told = client.subscriptions.update(made.id, more | how)
    assert (told.status, item_of(told).quantity) == ("past_due", 4)
    assert states(sandbox, made.id) == ["paid", "open"]
    sandbox.control(f"subscriptions/{made.id}", next=[])
    wait(sandbox, made, START + 14 * DAY)
    assert states(sandbox, made.id) == ["paid", "paid"]
    assert client.subscriptions.retrieve(made.id).status == "active"


def test_another_rhythm_begins_a_period_at_once(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    yearly = {"items": [{"id": item_of(made).id, "price": price(sandbox, 9000, "year")}]}
    told = client.subscriptions.update(made.id, yearly)
    assert told.billing_cycle_anchor == START + 10 * DAY
    end = dt.datetime.fromtimestamp(item_of(told).current_period_end, dt.UTC)
    assert (end.year, end.month, end.day) == (2028, 4, 11)
    second = invoices(sandbox, made.id)[-1]
    assert [line.amount for line in second.lines.data] == [-667, 9000]
    assert (second.status, second.amount_paid) == ("paid", 8333)
    wait(sandbox, made, START + 60 * DAY)
    assert states(sandbox, made.id) == ["paid", "paid"]


def test_a_cycle_begins_anew_where_that_is_wanted(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    client.subscriptions.update(made.id, {"billing_cycle_anchor": {"type": "now"}})
    second = invoices(sandbox, made.id)[-1]
    assert [line.amount for line in second.lines.data] == [-667, 1000]
    assert second.amount_paid == 333
    kept = client.subscriptions.retrieve(made.id)
    assert item_of(kept).current_period_start == START + 10 * DAY


def test_a_trial_gives_back_what_is_not_used_unless_that_is_not_wanted(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    moved = client.subscriptions.update(made.id, {"trial_end": START + 40 * DAY})
    assert moved.status == "trialing"
    assert [amount for amount, _ in waiting(sandbox, made)] == [-667]
    client.subscriptions.update(made.id, {"items": [{"id": item_of(made).id, "quantity": 2}]})
    assert [amount for amount, _ in waiting(sandbox, made)] == [-667]
    wait(sandbox, made, START + 41 * DAY)
    assert invoices(sandbox, made.id)[-1].total == 2000 - 667


def test_an_end_can_give_back_what_is_not_used(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    wait(sandbox, made, START + 10 * DAY)
    client.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True})
    last = invoices(sandbox, made.id)[-1]
    assert (last.status, last.total) == ("paid", -667)
    assert owed(sandbox, made) == -667
    assert client.subscriptions.retrieve(made.id).status == "canceled"


def test_an_item_for_a_subscription_waits_for_its_invoice_and_no_other(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    client.invoice_items.create(
        {"customer": made.customer, "amount": 250, "subscription": made.id, "currency": "eur"}
    )
    other = client.invoices.create(
        {"customer": made.customer, "pending_invoice_items_behavior": "include"}
    )
    assert other.lines.data == []
    wait(sandbox, made, START + 31 * DAY)
    line, _own = invoices(sandbox, made.id)[-1].lines.data
    assert (line.amount, line.parent.invoice_item_details.subscription) == (250, made.id)
    assert not line.parent.invoice_item_details.proration
    stranger = several(sandbox, (1000, 1))
    with pytest.raises(stripe.InvalidRequestError, match="another customer's"):
        client.invoice_items.create(
            {"customer": made.customer, "amount": 250, "subscription": stranger.id}
        )
