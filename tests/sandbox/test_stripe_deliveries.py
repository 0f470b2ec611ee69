"""Events and their deliveries to a real receiver that checks the signature with the library."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.contract import Contract
from tests.sandbox.conftest import Receiver, Sandbox

CONTRACT = Contract()
PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


def deliveries(sandbox: Sandbox, query: str = "") -> list[dict[str, Any]]:
    """What the control interface says of deliveries."""
    told: list[dict[str, Any]] = sandbox.control(f"deliveries{query}")["data"]
    return told


def test_every_event_of_a_payment_is_signed_and_arrives_once(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    intent = sandbox.paid()
    sandbox.client().refunds.create({"payment_intent": intent.id})
    sandbox.emulator.deliver_due()
    assert receiver.types == [*PAID, "charge.updated", "refund.created", "charge.refunded"]
    assert receiver.refused == []
    for event in receiver.events:
        assert CONTRACT.object(event) == []
        assert event["api_version"] == "2026-10-28.endive"
        assert event["livemode"] is False
    assert {d["state"] for d in deliveries(sandbox)} == {"delivered"}
    listed = sandbox.client().events.list({"limit": 100}).data
    assert {event.pending_webhooks for event in listed} == {0}


def test_an_event_keeps_the_object_as_it_was(sandbox: Sandbox, receiver: Receiver) -> None:
    intent = sandbox.paid()
    sandbox.client().refunds.create({"payment_intent": intent.id})
    sandbox.emulator.deliver_due()
    charge = receiver.events[1]["data"]["object"]
    assert (charge["amount_refunded"], charge["balance_transaction"]) == (0, None)
    assert receiver.events[-1]["data"]["previous_attributes"] == {
        "amount_refunded": 0,
        "refunded": False,
    }


def test_an_event_names_the_request_that_caused_it(sandbox: Sandbox) -> None:
    client = sandbox.client()
    client.customers.create({}, options={"idempotency_key": "k1"})
    event = client.events.list().data[0]
    assert event.request.idempotency_key == "k1"
    assert event.request.id.startswith("req_")
    assert client.events.retrieve(event.id).id == event.id


def test_a_failing_receiver_is_asked_again_with_growing_pauses(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 404]
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert deliveries(sandbox)[0]["status"] == 500
    for seconds, attempts, state in ((5, 2, "due"), (30, 3, "due"), (300, 4, "delivered")):
        sandbox.control("clock", advance_seconds=seconds - 3)
        assert deliveries(sandbox)[0]["attempts"] == attempts - 1
        sandbox.control("clock", advance_seconds=4)
        told = deliveries(sandbox)[0]
        assert (told["attempts"], told["state"]) == (attempts, state)
    assert receiver.types == ["customer.created"]


def test_a_delivery_is_given_up_after_three_days(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    for _ in range(9):
        sandbox.control("clock", advance_seconds=12 * 3600)
    told = deliveries(sandbox)[0]
    assert told["state"] == "failed"
    assert 6 <= told["attempts"] <= 10
    missing = sandbox.client().events.list({"delivery_success": False}).data
    assert [event.id for event in missing] == [told["event"]]


def test_a_delivery_can_be_sent_again(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    told = deliveries(sandbox)[0]
    assert sandbox.call("POST", f"/_control/deliveries/{told['id']}/resend")[0] == 200
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created"] * 2
    assert sandbox.call("POST", "/_control/deliveries/99/resend")[0] == 404


def test_nobody_at_the_address_is_an_error_that_is_told(sandbox: Sandbox) -> None:
    sandbox.client().webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}
    )
    sandbox.client().customers.create({})
    assert sandbox.emulator.deliver_due() == {"tried": 1, "delivered": 0}
    told = deliveries(sandbox)[0]
    assert (told["state"], told["status"]) == ("due", None)
    assert "refused" in told["error"].lower()


def test_an_endpoint_hears_only_what_it_asked_for(sandbox: Sandbox, receiver: Receiver) -> None:
    client = sandbox.client()
    endpoint = client.webhook_endpoints.list().data[0]
    client.webhook_endpoints.update(endpoint.id, {"enabled_events": ["charge.succeeded"]})
    sandbox.paid()
    sandbox.emulator.deliver_due()
    assert receiver.types == ["charge.succeeded"]
    client.webhook_endpoints.update(endpoint.id, {"disabled": True})
    sandbox.paid()
    sandbox.emulator.deliver_due()
    assert receiver.types == ["charge.succeeded"]


def test_an_endpoint_shows_its_secret_once_and_can_be_deleted(sandbox: Sandbox) -> None:
    client = sandbox.client()
    made = client.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["*"], "metadata": {"a": "1"}}
    )
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.webhook_endpoints.retrieve(made.id)
    client.customers.create({})
    assert client.webhook_endpoints.delete(made.id).deleted
    assert client.webhook_endpoints.list().data == []
    assert sandbox.emulator.deliver_due() == {"tried": 0, "delivered": 0}
    assert client.events.list({"delivery_success": False}).data == []


@pytest.mark.parametrize(
    "params",
    [
        {"url": "nowhere", "enabled_events": ["*"]},
        {"url": "http://127.0.0.1:9/", "enabled_events": ["gift.settled"]},
    ],
)
def test_an_endpoint_needs_an_address_and_known_events(
    sandbox: Sandbox, params: dict[str, Any]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client().webhook_endpoints.create(params)


def test_events_are_listed_by_type_and_time(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sandbox.paid()
    sandbox.control("clock", advance_seconds=100)
    client.customers.create({})
    listed = client.events.list
    assert [e.type for e in listed({"type": "charge.*"}).data] == [
        "charge.updated",
        "charge.succeeded",
    ]
    assert [e.type for e in listed({"types": ["customer.created"]}).data] == ["customer.created"]
    since = listed({"types": ["customer.created"]}).data[0].created
    assert [e.type for e in listed({"created": {"gte": since}}).data] == ["customer.created"]
    with pytest.raises(stripe.InvalidRequestError):
        listed({"type": "charge.updated", "types": ["charge.updated"]})


def test_the_thread_delivers_within_a_moment(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.emulator.world.options.balance_transaction_delay_seconds = 1
    sandbox.emulator.start()
    session = sandbox.session()
    sandbox.control("pay", session=session.id)
    deadline = time.monotonic() + 5
    while receiver.types != [*PAID, "charge.updated"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert receiver.types == [*PAID, "charge.updated"]
    sandbox.emulator.stop()


def test_a_signature_carries_the_later_of_both_clocks(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("clock", advance_days=40)
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created"]
    assert receiver.stamps[0] >= int(time.time()) + 40 * 86_400 - 5
