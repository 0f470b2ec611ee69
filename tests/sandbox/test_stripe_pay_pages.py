"""Goal: the page to pay on says what is promised, and a bank can ask before it is."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_stripe_checkout import FILLED
from tests.sandbox.test_stripe_subscriptions import SEPA, begun, order, states

ASKS, ASKS_EACH_TIME = "4000002500003155", "4000002760003184"
SETUP = {
    "mode": "setup",
    "currency": "eur",
    "success_url": "http://fund.test/done/?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://fund.test/account/",
}


def page(sandbox: Sandbox, session: Any) -> str:
    """The page of a session, whose fields all have labels of their own."""
    status, _, body = sandbox.call("GET", f"/pay/{session.id}")
    assert status in (200, 410)
    text = body.decode()
    ids = re.findall(r'<(?:input|select) id="(\w+)"', text)
    assert len(ids) == len(set(ids))
    for id in ids:
        assert f'<label for="{id}">' in text
    return text


def send(sandbox: Sandbox, session: Any, card: str = "4242424242424242") -> str:
    """Sends the card's form; gives where that leads."""
    status, headers, text = sandbox.form(f"/pay/{session.id}", **FILLED | {"number": card})
    assert status in (303, 402), text
    return headers.get("location", "")


def answer(sandbox: Sandbox, session: Any, action: str) -> str:
    """The cardholder's answer to the bank; gives where that leads."""
    step = f"/pay/{session.id}/3ds"
    assert sandbox.call("GET", step)[0] == 200
    return sandbox.form(step, action=action)[1]["location"]


def setup(sandbox: Sandbox, **more: Any) -> Any:
    """A page on which a customer's card is saved."""
    customer = sandbox.client().customers.create({"email": "alice@donor.example"})
    return sandbox.client().checkout.sessions.create(SETUP | {"customer": customer.id} | more)


def methods(sandbox: Sandbox, session: Any) -> list[Any]:
    """What the customer of a page can be charged by."""
    listed = sandbox.client().payment_methods.list({"customer": session.customer})
    return list(listed.data)


@pytest.mark.parametrize(
    ("interval", "count", "words"),
    [("month", 1, "every month"), ("year", 1, "every year"), ("month", 3, "every 3 months")],
)
def test_the_page_of_a_subscription_says_how_often_and_from_when(
    sandbox: Sandbox, interval: str, count: int, words: str
) -> None:
    sandbox.control("clock", jump=int(dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC).timestamp()))
    how = {"allowed_payment_method_types": ["card", "sepa_debit"]}
    session = sandbox.client().checkout.sessions.create(order(1000, interval, count, **how))
    text = page(sandbox, session)
    assert f"<h1>Donate EUR 10.00 {words}</h1>" in text
    assert f">Donate EUR 10.00 {words}</button>" in text
    assert f">Debit EUR 10.00 {words}</button>" in text
    assert "The first payment is today, 31 January 2027; the next on " in text
    next_day = {("month", 1): "28 February 2027", ("year", 1): "31 January 2028"}
    assert next_day.get((interval, count), "30 April 2027") in text
    assert f"{words} until you end it" in text
    send(sandbox, session)
    assert f"EUR 10.00 {words} begins to go to" in page(sandbox, session)


def test_the_page_that_saves_a_card_names_no_amount(sandbox: Sandbox) -> None:
    session = setup(sandbox, allowed_payment_method_types=["card", "sepa_debit"])
    text = page(sandbox, session)
    for words in ("Save a card or an account", ">Save this card<", ">Save this account<"):
        assert words in text
    assert "Nothing is paid today" in text
    assert "EUR" not in text
    assert 'value="alice@donor.example"' in text
    assert send(sandbox, session).startswith("http://fund.test/done/")
    assert "This has been saved" in page(sandbox, session)
    assert [each.card.last4 for each in methods(sandbox, session)] == ["4242"]


def test_an_account_is_saved_with_its_mandate(sandbox: Sandbox) -> None:
    session = setup(sandbox, allowed_payment_method_types=["sepa_debit"])
    assert "Pay by card" not in page(sandbox, session)
    sent = {"method": "sepa_debit", "name": "Alice", "account": SEPA}
    assert sandbox.form(f"/pay/{session.id}", **sent)[0] == 303
    assert [each.type for each in methods(sandbox, session)] == ["sepa_debit"]
    assert len(sandbox.control("mandates")["data"]) == 1


def test_a_customer_without_an_address_can_type_one(sandbox: Sandbox) -> None:
    customer = sandbox.client().customers.create({"name": "Zoo of Examplia"})
    session = sandbox.client().checkout.sessions.create(SETUP | {"customer": customer.id})
    assert "readonly" not in page(sandbox, session)
    assert send(sandbox, session).startswith("http://fund.test/done/")


def test_a_setup_intent_is_there_from_the_first_and_canceled_with_its_page(
    sandbox: Sandbox,
) -> None:
    session, client = setup(sandbox), sandbox.client()
    intent = client.setup_intents.retrieve(session.setup_intent)
    assert intent.status == "requires_payment_method"
    client.checkout.sessions.expire(session.id)
    assert client.setup_intents.retrieve(intent.id).status == "canceled"
    assert sandbox.happened()[-2:] == ["setup_intent.canceled", "checkout.session.expired"]
    assert "Nothing was saved" in page(sandbox, session)


def test_a_bank_asks_before_a_card_is_saved(sandbox: Sandbox) -> None:
    session, client = setup(sandbox), sandbox.client()
    assert send(sandbox, session, ASKS) == f"/pay/{session.id}/3ds"
    intent = client.setup_intents.retrieve(session.setup_intent)
    assert intent.status == "requires_action"
    assert intent.next_action.redirect_to_url.url == f"{sandbox.url}/pay/{session.id}/3ds"
    text = sandbox.call("GET", f"/pay/{session.id}/3ds")[2].decode()
    assert "that this card is kept for later payments to" in text
    assert methods(sandbox, session) == []
    assert answer(sandbox, session, "complete").startswith("http://fund.test/done/")
    intent = client.setup_intents.retrieve(session.setup_intent)
    assert (intent.status, intent.next_action) == ("succeeded", None)
    assert [each.id for each in methods(sandbox, session)] == [intent.payment_method]
    assert "setup_intent.requires_action" in sandbox.happened()
    assert client.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_refused_check_saves_nothing_and_can_be_repeated(sandbox: Sandbox) -> None:
    session, client = setup(sandbox), sandbox.client()
    send(sandbox, session, ASKS)
    assert answer(sandbox, session, "fail") == f"/pay/{session.id}"
    intent = client.setup_intents.retrieve(session.setup_intent)
    assert intent.last_setup_error.code == "setup_intent_authentication_failure"
    assert "unable to authenticate" in page(sandbox, session)
    assert methods(sandbox, session) == []
    send(sandbox, session, ASKS)
    answer(sandbox, session, "complete")
    assert len(methods(sandbox, session)) == 1


def test_an_abandoned_check_saves_nothing_when_the_page_expires(sandbox: Sandbox) -> None:
    session, client = setup(sandbox), sandbox.client()
    send(sandbox, session, ASKS)
    sandbox.control("clock", advance_days=2)
    assert client.setup_intents.retrieve(session.setup_intent).status == "canceled"
    assert methods(sandbox, session) == []
    assert client.checkout.sessions.retrieve(session.id).status == "expired"


def test_a_card_declined_after_its_check_is_not_saved(sandbox: Sandbox) -> None:
    session = setup(sandbox)
    send(sandbox, session, "4000008400001629")
    assert answer(sandbox, session, "complete") == f"/pay/{session.id}"
    assert "Your card was declined." in page(sandbox, session)
    assert methods(sandbox, session) == []


def test_the_first_payment_of_a_subscription_is_confirmed_at_the_bank(sandbox: Sandbox) -> None:
    client = sandbox.client()
    session = client.checkout.sessions.create(order())
    assert send(sandbox, session, ASKS) == f"/pay/{session.id}/3ds"
    text = sandbox.call("GET", f"/pay/{session.id}/3ds")[2].decode()
    assert "EUR 10.00 every month to" in text
    assert client.subscriptions.list({"status": "all"}).data == []
    assert answer(sandbox, session, "fail") == f"/pay/{session.id}"
    assert client.subscriptions.list({"status": "all"}).data == []
    send(sandbox, session, ASKS)
    assert answer(sandbox, session, "complete").startswith("http://fund.test/thanks/")
    (found,) = client.subscriptions.list().data
    assert (found.status, states(sandbox, found.id)) == ("active", ["paid"])
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, found.id) == ["paid", "paid"]


def test_an_abandoned_first_payment_begins_nothing(sandbox: Sandbox) -> None:
    client = sandbox.client()
    session = client.checkout.sessions.create(order())
    send(sandbox, session, ASKS)
    sandbox.control("clock", advance_days=2)
    assert client.checkout.sessions.retrieve(session.id).status == "expired"
    assert client.subscriptions.list({"status": "all"}).data == []
    (intent,) = client.payment_intents.list().data
    assert intent.status == "canceled"
    assert client.charges.list().data == []


def test_some_cards_are_asked_for_at_every_renewal(sandbox: Sandbox) -> None:
    found = begun(sandbox, pays={"card": ASKS_EACH_TIME})
    sandbox.control("clock", advance_days=32)
    assert states(sandbox, found.id) == ["paid", "open"]
    assert "invoice.payment_action_required" in sandbox.happened()
    assert sandbox.client().subscriptions.retrieve(found.id).status == "past_due"
