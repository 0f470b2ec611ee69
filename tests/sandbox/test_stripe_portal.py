"""Goal: in the portal customers change their card and end what they promised, and no one else's."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_checkout import FILLED
from tests.sandbox.test_stripe_subscriptions import begun, invoices, states

HOME = "http://fund.test/account/"
ASKS = "4000002500003155"


def entered(sandbox: Sandbox, subscription: Any, **more: Any) -> str:
    """The path of the portal for the customer of a subscription."""
    wanted = {"customer": subscription.customer, "return_url": HOME} | more
    session = sandbox.client().billing_portal.sessions.create(wanted)
    assert session.url == f"{sandbox.url}/portal/{session.id}"
    return f"/portal/{session.id}"


def look(sandbox: Sandbox, path: str) -> str:
    status, _, body = sandbox.call("GET", path)
    assert status == 200
    return body.decode()


def card_of(sandbox: Sandbox, subscription: Any) -> str:
    found = sandbox.client().subscriptions.retrieve(
        subscription.id, {"expand": ["default_payment_method"]}
    )
    return str(found.default_payment_method.card.last4)


def test_the_portal_shows_what_is_promised_and_leads_back(sandbox: Sandbox) -> None:
    text = look(sandbox, entered(sandbox, begun(sandbox)))
    for words in ("EUR 10.00 every month", "End it on", "Save another card", f'href="{HOME}"'):
        assert words in text
    assert "billing_portal.session.created" in sandbox.happened()


def test_what_is_ended_there_ends_with_its_period_and_can_go_on(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    found, client = begun(sandbox), sandbox.client()
    path = entered(sandbox, found)
    for action, ends, told in (("end", True, "It ends on"), ("go_on", False, "The next is due")):
        assert sandbox.form(path, action=action, subscription=found.id)[0] == 303
        assert client.subscriptions.retrieve(found.id).cancel_at_period_end is ends
        assert told in look(sandbox, path)
    sandbox.form(path, action="end", subscription=found.id)
    sandbox.control("clock", advance_days=40)
    assert client.subscriptions.retrieve(found.id).status == "canceled"
    assert states(sandbox, found.id) == ["paid"]
    assert "customer.subscription.deleted" in receiver.types


def test_another_customer_s_promise_cannot_be_ended(sandbox: Sandbox) -> None:
    mine, other = begun(sandbox), begun(sandbox)
    path = entered(sandbox, mine)
    assert other.id not in look(sandbox, path)
    assert sandbox.form(path, action="end", subscription=other.id)[0] == 404
    assert not sandbox.client().subscriptions.retrieve(other.id).cancel_at_period_end


def test_a_card_saved_there_is_charged_from_then_on(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    path = entered(sandbox, found)
    status, _, text = sandbox.form(path, **FILLED | {"number": "4000000000000002"})
    assert (status, "Your card was declined." in text) == (402, True)
    status, _, text = sandbox.form(path, **FILLED | {"number": "4242"})
    assert (status, "Your card number is incorrect." in text) == (400, True)
    assert card_of(sandbox, found) == "4242"
    assert sandbox.form(path, **FILLED | {"number": "5555555555554444"})[0] == 303
    assert card_of(sandbox, found) == "4444"
    assert "4444" in look(sandbox, path)
    sandbox.control("clock", advance_days=32)
    intent = invoices(sandbox, found.id)[-1].payments.data[0].payment.payment_intent
    charge = sandbox.client().charges.list({"payment_intent": intent}).data[0]
    assert charge.payment_method_details.card.last4 == "4444"


@pytest.mark.parametrize(("action", "last4"), [("complete", "3155"), ("fail", "4242")])
def test_a_bank_asks_before_a_card_is_saved_there(
    sandbox: Sandbox, action: str, last4: str
) -> None:
    found = begun(sandbox)
    path = entered(sandbox, found)
    status, headers, _ = sandbox.form(path, **FILLED | {"number": ASKS})
    assert (status, headers["location"]) == (303, f"{path}/3ds")
    (intent, *_others) = sandbox.control("setups")["data"]
    assert intent["next_action"]["redirect_to_url"]["url"] == f"{sandbox.url}{path}/3ds"
    assert card_of(sandbox, found) == "4242"
    assert sandbox.form(f"{path}/3ds", action=action)[0] == (303 if action == "complete" else 402)
    assert card_of(sandbox, found) == last4
    assert sandbox.form(f"{path}/3ds", action="complete")[0] == 303
    assert card_of(sandbox, found) == last4


def test_a_flow_does_one_thing_and_leads_where_it_says(sandbox: Sandbox) -> None:
    found, other = begun(sandbox), begun(sandbox)
    after = {"type": "redirect", "redirect": {"return_url": "http://fund.test/ended/"}}
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": found.id},
        "after_completion": after,
    }
    path = entered(sandbox, found, flow_data=flow)
    assert "Save another card" not in look(sandbox, path)
    status, headers, _ = sandbox.form(path, action="end", subscription=found.id)
    assert (status, headers["location"]) == (303, "http://fund.test/ended/")
    path = entered(sandbox, found, flow_data={"type": "payment_method_update"})
    assert "End it on" not in look(sandbox, path)
    with pytest.raises(stripe.InvalidRequestError, match="another customer's"):
        entered(sandbox, other, flow_data=flow)
    with pytest.raises(stripe.APIError) as caught:
        entered(sandbox, found, flow_data={"type": "customer_update"})
    assert caught.value.http_status == 501


def test_the_portal_is_open_for_an_hour(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    path = entered(sandbox, found)
    sandbox.control("clock", advance_seconds=3601)
    assert sandbox.call("GET", path)[0] == 410
    assert sandbox.form(path, action="end", subscription=found.id)[0] == 410
    assert not sandbox.client().subscriptions.retrieve(found.id).cancel_at_period_end
    assert sandbox.call("GET", "/portal/bps_none")[0] == 404
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        sandbox.client().billing_portal.sessions.create({"customer": "cus_none"})
