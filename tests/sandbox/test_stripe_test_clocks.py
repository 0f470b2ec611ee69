"""Goal: what is billed to a customer on a test clock is due by that clock, and nothing else is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import DELAY_SECONDS, Receiver, Sandbox
from tests.sandbox.test_stripe_subscribing import customer, price, subscribe
from tests.sandbox.test_stripe_subscriptions import DAY, invoices, order, states

START = int(dt.datetime(2031, 1, 31, 9, tzinfo=dt.UTC).timestamp())
HOUR = 3600


def clock(sandbox: Sandbox, frozen_time: int = START, **more: Any) -> Any:
    """A clock that stands at an instant."""
    clocks = sandbox.client().test_helpers.test_clocks
    return clocks.create({"frozen_time": frozen_time, **more})


def someone(sandbox: Sandbox, at: Any, card: str = "4242424242424242") -> Any:
    """A customer on a clock who has saved a card."""
    client = sandbox.client()
    made = client.customers.create({"email": "zoo@examplia.example", "test_clock": at.id})
    page = client.checkout.sessions.create(
        {"mode": "setup", "customer": made.id, "currency": "eur", "success_url": "http://f.test/"}
    )
    assert sandbox.control("pay", session=page.id, card=card)["state"] == "succeeded"
    (method,) = client.payment_methods.list({"customer": made.id}).data
    settings = {"default_payment_method": method.id}
    return client.customers.update(made.id, {"invoice_settings": settings})


def advance(sandbox: Sandbox, at: Any, until: int) -> Any:
    """The clock when it stands still again."""
    clocks = sandbox.client().test_helpers.test_clocks
    told = clocks.advance(at.id, {"frozen_time": until})
    assert told.status == "advancing"
    assert told.status_details.advancing.target_frozen_time == until
    sandbox.control("clock", advance_seconds=5)
    arrived = clocks.retrieve(at.id)
    assert (arrived.status, arrived.frozen_time) == ("ready", until)
    return arrived


def day(instant: int) -> str:
    return dt.datetime.fromtimestamp(instant, dt.UTC).strftime("%Y-%m-%d")


def refused(*attempts: Any) -> list[str]:
    """What each attempt is answered."""
    told = []
    for attempt in attempts:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            attempt()
        told.append(str(caught.value.user_message))
    return told


def test_what_is_billed_moves_by_its_clock_and_money_by_the_account_s(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    at = clock(sandbox)
    who = someone(sandbox, at)
    assert (who.created, who.test_clock) == (START, at.id)
    made = subscribe(sandbox, who)
    item = made["items"].data[0]
    assert (made.status, made.created, made.test_clock) == ("active", START, at.id)
    assert day(item.current_period_end) == "2031-02-28"
    advance(sandbox, at, START + 40 * DAY)
    advance(sandbox, at, START + 60 * DAY)
    found = invoices(sandbox, made.id)
    assert [(each.status, day(each.created)) for each in found] == [
        ("paid", "2031-01-31"), ("paid", "2031-02-28"), ("paid", "2031-03-31"),
    ]  # fmt: skip
    assert {each.test_clock for each in found} == {at.id}
    assert found[1].status_transitions.paid_at == found[1].created + HOUR
    now = sandbox.control("clock")["now"]
    charges = sandbox.client().charges.list().data
    assert len(charges) == 3
    assert all(abs(charge.created - now) < HOUR for charge in charges)
    assert all(abs(event["created"] - now) < HOUR for event in receiver.events)
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 3000


def test_the_account_s_clock_moves_nothing_on_a_test_clock(sandbox: Sandbox) -> None:
    at = clock(sandbox)
    made = subscribe(sandbox, someone(sandbox, at))
    sandbox.control("clock", advance_days=20)
    assert states(sandbox, made.id) == ["paid"]
    assert sandbox.client().test_helpers.test_clocks.retrieve(at.id).frozen_time == START


def test_an_advance_is_told_and_nothing_is_changed_meanwhile(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, at = sandbox.client(), clock(sandbox, name="A year")
    who = someone(sandbox, at)
    made = subscribe(sandbox, who)
    clocks = client.test_helpers.test_clocks
    clocks.advance(at.id, {"frozen_time": START + 40 * DAY})
    for attempt in (
        lambda: client.customers.update(who.id, {"name": "No"}),
        lambda: client.subscriptions.cancel(made.id),
        lambda: client.customers.create({"test_clock": at.id}),
        lambda: clocks.advance(at.id, {"frozen_time": START + 41 * DAY}),
        lambda: clocks.delete(at.id),
    ):
        with pytest.raises(stripe.RateLimitError, match="advancement underway"):
            attempt()
    assert client.subscriptions.retrieve(made.id).status == "active"
    sandbox.control("clock", advance_seconds=5)
    assert client.customers.update(who.id, {"name": "Yes"}).name == "Yes"
    told = [type for type in receiver.types if "test_clock" in type]
    assert told == [f"test_helpers.test_clock.{word}" for word in ("created", "advancing", "ready")]
    # What happened on the way is told while the clock is still on its way.
    assert receiver.types.index("invoice.created") < receiver.types.index(told[-1])
    assert states(sandbox, made.id) == ["paid", "paid"]


def test_an_advance_waits_for_its_moment(sandbox: Sandbox) -> None:
    clocks, at = sandbox.client().test_helpers.test_clocks, clock(sandbox)
    for _time in range(2):
        told = clocks.advance(
            at.id, {"frozen_time": START + DAY}, options={"idempotency_key": "once"}
        )
        assert (told.status, told.frozen_time) == ("advancing", START)
    sandbox.control("clock", advance_seconds=5)
    assert sandbox.happened().count("test_helpers.test_clock.advancing") == 1


def test_an_advance_goes_forward_and_not_too_far(sandbox: Sandbox) -> None:
    client, at = sandbox.client(), clock(sandbox)
    go = client.test_helpers.test_clocks.advance
    two_years = int(dt.datetime(2033, 1, 31, 9, tzinfo=dt.UTC).timestamp())
    back, still, far = refused(
        lambda: go(at.id, {"frozen_time": START - 1}),
        lambda: go(at.id, {"frozen_time": START}),
        lambda: go(at.id, {"frozen_time": two_years + 1}),
    )
    assert "must be after" in back
    assert "must be after" in still
    assert "more than 2 intervals" in far
    who = someone(sandbox, at)
    yearly, monthly = (
        subscribe(sandbox, who, items=[{"price": price(sandbox, 1000, each)}])
        for each in ("year", "month")
    )
    two_months = int(dt.datetime(2031, 3, 31, 9, tzinfo=dt.UTC).timestamp())
    refused(lambda: go(at.id, {"frozen_time": two_months + 1}))
    advance(sandbox, at, two_months)
    client.subscriptions.cancel(monthly.id)
    advance(sandbox, at, two_months + 600 * DAY)
    assert states(sandbox, yearly.id) == ["paid", "paid"]


def test_a_clock_has_room_for_three_customers_with_three_subscriptions(sandbox: Sandbox) -> None:
    client, at = sandbox.client(), clock(sandbox)
    who = someone(sandbox, at)
    for _more in range(2):
        client.customers.create({"test_clock": at.id})
    (full,) = refused(lambda: client.customers.create({"test_clock": at.id}))
    assert "at most 3 customers" in full
    first, *_others = [subscribe(sandbox, who) for _each in range(3)]
    (many,) = refused(lambda: subscribe(sandbox, who))
    assert "at most 3 subscriptions" in many
    client.subscriptions.cancel(first.id)
    assert subscribe(sandbox, who).status == "active"
    assert len(client.customers.list({"test_clock": at.id}).data) == 3
    refused(lambda: client.customers.create({"test_clock": "clock_none"}))
    refused(lambda: clock(sandbox, 0))


def test_lists_leave_out_what_lives_by_a_clock_unless_it_is_named(sandbox: Sandbox) -> None:
    client, at = sandbox.client(), clock(sandbox)
    who = someone(sandbox, at)
    made = subscribe(sandbox, who)
    assert client.customers.list().data == []
    assert client.subscriptions.list().data == []
    for named in ({"test_clock": at.id}, {"customer": who.id}):
        assert [each.id for each in client.subscriptions.list(named).data] == [made.id]
    shown = client.customers.retrieve(who.id, {"expand": ["test_clock"]})
    assert shown.test_clock.frozen_time == START
    assert [each.id for each in client.test_helpers.test_clocks.list().data] == [at.id]


def test_failed_payments_are_tried_again_by_the_clock(sandbox: Sandbox) -> None:
    at = clock(sandbox)
    made = subscribe(sandbox, someone(sandbox, at))
    sandbox.control(f"subscriptions/{made.id}", next=["insufficient_funds"] * 4)
    advance(sandbox, at, START + 29 * DAY)
    client = sandbox.client()
    assert client.subscriptions.retrieve(made.id).status == "past_due"
    sandbox.control("clock", advance_days=20)
    assert client.subscriptions.retrieve(made.id).status == "past_due"
    advance(sandbox, at, START + 45 * DAY)
    ended = client.subscriptions.retrieve(made.id)
    assert (ended.status, day(ended.ended_at)) == ("canceled", "2031-03-15")


def test_a_page_begins_a_subscription_on_the_clock_of_its_customer(sandbox: Sandbox) -> None:
    client, at = sandbox.client(), clock(sandbox)
    who = client.customers.create({"email": "alice@donor.example", "test_clock": at.id})
    wanted = order(customer=who.id)
    del wanted["customer_email"]
    page = client.checkout.sessions.create(wanted)
    assert page.created != START
    done = sandbox.control("pay", session=page.id)
    made = client.subscriptions.retrieve(done["subscription"])
    assert (made.start_date, made.test_clock) == (START, at.id)
    advance(sandbox, at, START + 29 * DAY)
    assert states(sandbox, made.id) == ["paid", "paid"]


def test_an_invoice_is_due_and_paid_by_the_clock_of_its_customer(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, at = sandbox.client(), clock(sandbox)
    who = client.customers.create({"email": "zoo@examplia.example", "test_clock": at.id})
    made = client.invoices.create(
        {"customer": who.id, "collection_method": "send_invoice", "days_until_due": 30}
    )
    item = client.invoice_items.create({"customer": who.id, "invoice": made.id, "amount": 5000})
    assert (made.created, item.date, item.test_clock) == (START, START, at.id)
    sent = client.invoices.send_invoice(made.id)
    assert sent.due_date == START + 30 * DAY
    advance(sandbox, at, START + 31 * DAY)
    assert "invoice.overdue" in receiver.types
    sandbox.control("transfers", invoice=made.id)
    paid = client.invoices.retrieve(made.id)
    assert (paid.status, paid.status_transitions.paid_at) == ("paid", START + 31 * DAY)


def test_a_debit_keeps_the_bank_s_time(sandbox: Sandbox) -> None:
    client, at = sandbox.client(), clock(sandbox)
    who = client.customers.create({"email": "zoo@examplia.example", "test_clock": at.id})
    wanted = order(customer=who.id, allowed_payment_method_types=["card", "sepa_debit"])
    del wanted["customer_email"]
    page = client.checkout.sessions.create(wanted)
    done = sandbox.control("pay", session=page.id, account="AT611904300234573201")
    made = client.subscriptions.retrieve(done["subscription"])
    advance(sandbox, at, START + 20 * DAY)
    assert states(sandbox, made.id) == ["open"]
    sandbox.control("clock", advance_days=4)
    (invoice,) = invoices(sandbox, made.id)
    assert (invoice.status, invoice.status_transitions.paid_at) == ("paid", START + 20 * DAY)


def test_a_customer_that_is_there_is_put_on_a_clock_with_all_that_is_due(
    sandbox: Sandbox,
) -> None:
    client, who = sandbox.client(), customer(sandbox)
    made = subscribe(sandbox, who)
    sandbox.control("clock", advance_days=10)
    end = made["items"].data[0].current_period_end
    at = clock(sandbox, sandbox.control("clock")["now"], customer=who.id)
    assert client.subscriptions.retrieve(made.id).test_clock == at.id
    refused(lambda: clock(sandbox, START, customer=who.id))
    sandbox.control("clock", set=end + 2 * HOUR)
    assert states(sandbox, made.id) == ["paid"]
    advance(sandbox, at, end + 2 * HOUR)
    assert states(sandbox, made.id) == ["paid", "paid"]


def test_a_clock_is_deleted_with_its_customers_by_hand_or_after_thirty_days(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    clocks = client.test_helpers.test_clocks
    first, second = clock(sandbox), clock(sandbox)
    assert first.deletes_after == first.created + 30 * DAY
    who = someone(sandbox, first)
    made = subscribe(sandbox, who)
    assert clocks.delete(first.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such test clock"):
        clocks.retrieve(first.id)
    assert client.customers.retrieve(who.id).deleted
    assert client.subscriptions.retrieve(made.id).status == "canceled"
    sandbox.control("clock", advance_days=31)
    refused(lambda: clocks.retrieve(second.id))
    assert receiver.types.count("test_helpers.test_clock.deleted") == 2
    assert states(sandbox, made.id) == ["paid"]


def test_faults_of_the_api_do_not_advance_a_clock_twice(sandbox: Sandbox) -> None:
    at = clock(sandbox)
    made = subscribe(sandbox, someone(sandbox, at))
    sandbox.control("faults", api=[{"kind": "error_after", "next": 1}])
    clocks = sandbox.client(retries=2).test_helpers.test_clocks
    with pytest.raises(stripe.APIError):
        clocks.advance(at.id, {"frozen_time": START + 29 * DAY})
    sandbox.control("clock", advance_seconds=5)
    # The effect stayed although the answer was an error.
    assert clocks.retrieve(at.id).frozen_time == START + 29 * DAY
    assert states(sandbox, made.id) == ["paid", "paid"]
