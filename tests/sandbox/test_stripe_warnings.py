"""Early fraud warnings, events that were lost, and a week without webhooks."""

from __future__ import annotations

import json

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox

WEEK = 7 * 24 * 3600
WARNS = "4000000000005423"


def test_a_test_card_is_warned_of_and_nothing_moves(sandbox: Sandbox, receiver: Receiver) -> None:
    client, intent = sandbox.client(), sandbox.paid(card=WARNS)
    before = sandbox.control("books")
    sandbox.control("clock", advance_seconds=10)
    (warning,) = client.radar.early_fraud_warnings.list().data
    assert (warning.charge, warning.payment_intent) == (intent.latest_charge.id, intent.id)
    assert (warning.actionable, warning.fraud_type) == (True, "made_with_stolen_card")
    assert receiver.types[-1] == "radar.early_fraud_warning.created"
    assert sandbox.control("books") == before
    found = client.radar.early_fraud_warnings.retrieve(warning.id, {"expand": ["charge"]})
    assert found.charge.disputed is False


@pytest.mark.parametrize("how", ["refund", "dispute"])
def test_there_is_nothing_to_act_on_after_a_full_refund_or_a_dispute(
    sandbox: Sandbox, how: str
) -> None:
    client, intent = sandbox.client(), sandbox.paid()
    made = sandbox.control("warnings", payment_intent=intent.id, fraud_type="misc")
    client.refunds.create({"payment_intent": intent.id, "amount": 50})
    assert client.radar.early_fraud_warnings.retrieve(made["id"]).actionable
    if how == "refund":
        client.refunds.create({"payment_intent": intent.id})
    else:
        sandbox.control("disputes", payment_intent=intent.id)
    assert not client.radar.early_fraud_warnings.retrieve(made["id"]).actionable
    assert sandbox.happened()[-1] == "radar.early_fraud_warning.updated"
    again = sandbox.control("warnings", charge=intent.latest_charge.id)
    assert again["actionable"] is False
    listed = client.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data
    assert [warning.id for warning in listed] == [again["id"], made["id"]]
    assert client.radar.early_fraud_warnings.list({"charge": "ch_none"}).data == []


def test_nobody_warns_of_what_was_not_paid_by_card(sandbox: Sandbox) -> None:
    session = sandbox.session()
    sandbox.control("pay", session=session.id, card="4000000000000002")
    failed = sandbox.client().charges.list().data[0].id
    debit = sandbox.debited("AT611904300234573201", days=3).latest_charge.id
    paid = sandbox.paid().latest_charge.id
    for wanted in ({"charge": failed}, {"charge": debit}, {"charge": paid, "fraud_type": "mood"}):
        assert sandbox.call("POST", "/_control/warnings", json.dumps(wanted))[0] == 400
    assert sandbox.client().radar.early_fraud_warnings.list().data == []
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client().radar.early_fraud_warnings.retrieve("issfr_none")


def test_webhooks_are_off_for_a_week_and_the_events_can_still_be_asked_for(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    sandbox.control("faults", webhooks={"off_seconds": WEEK})
    sandbox.paid()
    sandbox.disputed()
    sandbox.control("clock", advance_days=6)
    assert receiver.events == []
    undelivered = {"delivery_success": False, "types": ["charge.dispute.created"], "limit": 100}
    assert len(client.events.list(undelivered).data) == 1
    sandbox.control("clock", advance_days=2)
    sandbox.disputed()
    sandbox.emulator.deliver_due()
    assert receiver.types.count("charge.dispute.created") == 1
    assert len(client.events.list(undelivered).data) == 1
    delivered = undelivered | {"delivery_success": True}
    assert len(client.events.list(delivered).data) == 1
    sandbox.control("faults", clear=True, keep_lost=True)
    sandbox.emulator.deliver_due()
    assert receiver.types.count("charge.dispute.created") == 1
    sandbox.control("faults", clear=True)
    sandbox.emulator.deliver_due()
    assert receiver.types.count("charge.dispute.created") == 2


def test_what_was_due_when_webhooks_went_off_is_lost_as_well(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    sandbox.control("faults", webhooks={"off_seconds": 100, "types": ["customer."]})
    sandbox.client().products.create({"name": "A cat"})
    sandbox.control("clock", advance_seconds=50)
    assert receiver.events == []
    told = sandbox.control("deliveries")["data"]
    assert [(each["state"], each["note"]) for each in told] == [("lost", "off")]
    for wrong in ("x", 1.5, True):
        body = json.dumps({"webhooks": {"off_seconds": wrong}})
        assert sandbox.call("POST", "/_control/faults", body)[0] == 400


def test_events_are_listed_by_time_and_for_thirty_days(sandbox: Sandbox) -> None:
    client = sandbox.client()
    client.customers.create({})
    first = client.events.list().data[0]
    sandbox.control("clock", advance_days=29)
    client.customers.create({})
    listed = client.events.list({"types": ["customer.created"]}).data
    assert [event.id for event in listed][1:] == [first.id]
    since = {"created": {"gt": first.created}, "type": "customer.*"}
    assert [event.id for event in client.events.list(since).data] == [listed[0].id]
    sandbox.control("clock", advance_days=1)
    assert [event.id for event in client.events.list().data] == [listed[0].id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.events.retrieve(first.id)
    assert caught.value.code == "resource_missing"


def test_controls_list_what_there_is(sandbox: Sandbox) -> None:
    dispute = sandbox.disputed()
    warning = sandbox.control("warnings", charge=sandbox.paid().latest_charge.id)
    intent = sandbox.debited("AT611904300234573201")
    assert [each["id"] for each in sandbox.control("disputes")["data"]] == [dispute.id]
    assert [each["id"] for each in sandbox.control("warnings")["data"]] == [warning["id"]]
    assert sandbox.control("charges")["data"][0]["id"] == intent.latest_charge.id
    assert len(sandbox.control("mandates")["data"]) == 1
    assert sandbox.control("payouts")["data"] == []
