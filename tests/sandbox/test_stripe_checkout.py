"""Checkout: the session, the page, the test cards."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.cards import CARDS, is_plausible
from tests.sandbox.conftest import Sandbox

FILLED = {
    "email": "ada@zoo.test",
    "test_card": "",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Ada",
    "action": "pay",
}
DECLINED = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    "4100000000000019": ("card_declined", "fraudulent"),
    "4111111111111111": ("card_declined", "test_mode_live_card"),
}
SECURED = ("4000002500003155", "4000000000003220", "4000002760003184")


def page_of(session: Any) -> str:
    """The path of a session's page."""
    return f"/pay/{session.id}"


def pay(sandbox: Sandbox, session: Any, **changes: str) -> tuple[int, dict[str, str], str]:
    """Sends the form of the page."""
    return sandbox.form(page_of(session), **(FILLED | changes))


def types_of(sandbox: Sandbox) -> list[str]:
    """The types of all events, oldest first."""
    listed = sandbox.client().events.list({"limit": 100})
    return [event.type for event in listed.data][::-1]


def test_a_session_is_open_and_unpaid_and_has_no_payment_intent_yet(sandbox: Sandbox) -> None:
    session = sandbox.session(client_reference_id="g1", locale="en")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (2550, "eur")
    assert session.payment_intent is None
    assert session.url == f"{sandbox.url}{page_of(session)}"
    assert session.client_reference_id == "g1"
    assert session.payment_method_types == ["card"]
    assert types_of(sandbox) == []


def test_the_page_says_that_it_is_a_sandbox_and_what_is_paid_to_whom(sandbox: Sandbox) -> None:
    sandbox.emulator.world.options.merchant = "Manul & Co"
    status, headers, text = sandbox.form(page_of(sandbox.session(1234567, "sek")), action="look")
    assert status == 400
    status, headers, body = sandbox.call("GET", page_of(sandbox.session(1234567, "sek")))
    text = body.decode()
    assert status == 200
    assert "Sandbox: no real money" in text
    assert "SEK 12,345.67" in text
    assert "Manul &amp; Co" in text
    assert "A gift" in text
    assert 'value="4242 4242 4242 4242"' in text
    assert "<script" not in text
    assert headers["content-type"].startswith("text/html")
    for field in re.findall(r'<(?:input|select) id="(\w+)"', text):
        assert f'<label for="{field}">' in text


def test_text_of_the_product_is_shown_as_text(sandbox: Sandbox) -> None:
    price = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "<b>Gift</b>"}}
    session = sandbox.session(line_items=[{"quantity": 1, "price_data": price}])
    text = sandbox.call("GET", page_of(session))[2].decode()
    assert "<b>Gift" not in text
    assert "&lt;b&gt;Gift&lt;/b&gt;" in text


def test_paying_leads_to_the_success_address_with_the_session_in_it(sandbox: Sandbox) -> None:
    client, session = sandbox.client(), sandbox.session(customer_email="ada@zoo.test")
    status, headers, _ = pay(sandbox, session)
    assert status == 303
    assert headers["location"] == f"http://fund.test/thanks/?session={session.id}"
    session = client.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.customer_details.email == "ada@zoo.test"
    intent = client.payment_intents.retrieve(session.payment_intent, {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received) == ("succeeded", 2550)
    assert intent.metadata.to_dict() == {"gift": "g1"}
    charge = intent.latest_charge
    assert (charge.paid, charge.captured, charge.metadata.to_dict()) == (True, True, {"gift": "g1"})
    assert charge.balance_transaction is None
    assert client.payment_methods.retrieve(intent.payment_method).card.last4 == "4242"
    assert types_of(sandbox) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_paying_twice_charges_once(sandbox: Sandbox) -> None:
    session = sandbox.session()
    assert pay(sandbox, session)[0] == 303
    assert pay(sandbox, session)[0] == 303
    assert len(sandbox.client().charges.list().data) == 1
    assert b"This has been paid" in sandbox.call("GET", page_of(session))[2]


@pytest.mark.parametrize("number", sorted(DECLINED))
def test_a_declined_card_says_why_and_lets_one_try_again(sandbox: Sandbox, number: str) -> None:
    client, session = sandbox.client(), sandbox.session()
    status, _, text = pay(sandbox, session, number=number)
    assert status == 402
    assert 'role="alert"' in text
    session = client.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    intent = client.payment_intents.retrieve(session.payment_intent)
    error = intent.last_payment_error
    assert intent.status == "requires_payment_method"
    assert (error.code, error.decline_code) == DECLINED[number]
    charge = client.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, error.code)
    assert pay(sandbox, session)[0] == 303
    assert client.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [charge.status for charge in client.charges.list().data] == ["succeeded", "failed"]
    assert types_of(sandbox) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


@pytest.mark.parametrize(
    "number", sorted(set(CARDS) - set(DECLINED) - {"4000008400001629", "4000000000000341"})
)
def test_every_other_test_card_pays(sandbox: Sandbox, number: str) -> None:
    session = sandbox.session()
    status, headers, _ = pay(sandbox, session, test_card=number)
    assert status == 303
    if number in SECURED:
        assert headers["location"] == f"{page_of(session)}/3ds"
        status, headers, _ = sandbox.form(f"{page_of(session)}/3ds", action="complete")
    assert headers["location"].startswith("http://fund.test/thanks/")
    charge = sandbox.client().charges.list().data[0]
    assert charge.paid
    assert charge.payment_method_details.card.last4 == number[-4:]
    assert (charge.payment_method_details.card.three_d_secure is not None) == (number in SECURED)


@pytest.mark.parametrize("number", SECURED)
def test_a_failed_3d_secure_check_charges_nothing_and_can_be_repeated(
    sandbox: Sandbox, number: str
) -> None:
    client, session = sandbox.client(), sandbox.session()
    pay(sandbox, session, number=number)
    step = f"{page_of(session)}/3ds"
    assert b"3-D Secure check" in sandbox.call("GET", step)[2]
    intent_id = client.checkout.sessions.retrieve(session.id).payment_intent
    intent = client.payment_intents.retrieve(intent_id)
    assert intent.status == "requires_action"
    assert intent.next_action.redirect_to_url.url == f"{sandbox.url}{step}"
    status, headers, _ = sandbox.form(step, action="fail")
    assert (status, headers["location"]) == (303, page_of(session))
    assert b"unable to authenticate" in sandbox.call("GET", page_of(session))[2]
    assert client.charges.list().data == []
    error = client.payment_intents.retrieve(intent_id).last_payment_error
    assert error.code == "payment_intent_authentication_failure"
    assert "payment_intent.requires_action" in types_of(sandbox)
    assert pay(sandbox, session)[0] == 303
    assert client.payment_intents.retrieve(intent_id).status == "succeeded"


def test_a_card_can_be_declined_after_3d_secure(sandbox: Sandbox) -> None:
    session = sandbox.session()
    pay(sandbox, session, number="4000008400001629")
    headers = sandbox.form(f"{page_of(session)}/3ds", action="complete")[1]
    assert headers["location"] == page_of(session)
    assert b"Your card was declined." in sandbox.call("GET", page_of(session))[2]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("number", "4242 4242 4242 4241", "Your card number is incorrect."),
        ("number", "4242", "Your card number is incorrect."),
        ("email", "nobody", "Enter an e-mail address"),
        ("expiry", "13 / 34", "Enter the expiry"),
        ("expiry", "01 / 20", "in the past"),
        ("cvc", "12", "security code is incomplete"),
    ],
)
def test_a_wrong_field_is_told_and_what_was_typed_is_kept(
    sandbox: Sandbox, field: str, value: str, sentence: str
) -> None:
    session = sandbox.session()
    status, _, text = pay(sandbox, session, **{"name": "Ada Lovelace", field: value})
    assert status == 400
    assert sentence.replace("'", "&#x27;") in text
    assert 'value="Ada Lovelace"' in text
    assert f'value="{value}"' in text
    assert sandbox.client().payment_intents.list().data == []


def test_a_customer_is_made_only_where_the_session_asks_for_one(sandbox: Sandbox) -> None:
    client = sandbox.client()
    pay(sandbox, sandbox.session())
    assert client.customers.list().data == []
    session = sandbox.session(customer_creation="always")
    pay(sandbox, session)
    customer = client.customers.list().data[0]
    assert (customer.email, customer.name) == ("ada@zoo.test", "Ada")
    assert client.checkout.sessions.retrieve(session.id).customer == customer.id
    assert client.charges.list({"customer": customer.id}).data[0].paid
    again = sandbox.session(customer=customer.id)
    pay(sandbox, again, email="other@zoo.test")
    assert len(client.payment_intents.list({"customer": customer.id}).data) == 2
    assert len(client.customers.list().data) == 1


def test_a_session_expires_by_the_clock(sandbox: Sandbox) -> None:
    client = sandbox.client()
    session = sandbox.session(expires_at=int(time.time()) + 1800)
    pay(sandbox, session, number="4000000000000002")
    sandbox.control("clock", advance_seconds=1810)
    session = client.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.url) == ("expired", "unpaid", None)
    assert client.payment_intents.retrieve(session.payment_intent).status == "canceled"
    assert types_of(sandbox)[-1] == "checkout.session.expired"
    status, _, text = pay(sandbox, session)
    assert (status, "has expired" in text) == (410, True)
    assert "http://fund.test/give/" in text


def test_a_session_can_be_expired_once_and_not_after_it_was_paid(sandbox: Sandbox) -> None:
    client = sandbox.client()
    session = sandbox.session()
    assert client.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.checkout.sessions.expire(session.id)
    paid = sandbox.session()
    pay(sandbox, paid)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        client.checkout.sessions.expire(paid.id)
    assert [s.id for s in client.checkout.sessions.list({"status": "complete"}).data] == [paid.id]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        # From when the test runs, which may be an hour after the list of tests was made.
        ({"expires_in": 60}, "expires_at"),
        ({"expires_in": 90_000}, "expires_at"),
        ({"success_url": "thanks"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"customer": "cus_gone"}, "customer"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"line_items": []}, "line_items"),
        ({"payment_intent_data": {"statement_descriptor_suffix": "<GIFT>"}},
         "payment_intent_data[statement_descriptor_suffix]"),
    ],
)  # fmt: skip
def test_a_session_is_refused_by_parameter(
    sandbox: Sandbox, change: dict[str, Any], param: str
) -> None:
    if "expires_in" in change:
        change = {"expires_at": int(time.time()) + change["expires_in"]}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(**change)
    assert caught.value.param == param
    assert sandbox.client().checkout.sessions.list().data == []


DEBITS = ["card", "sepa_debit", "bacs_debit"]


@pytest.mark.parametrize(
    ("currency", "filters", "left"),
    [
        ("eur", {}, ["card"]),
        ("eur", {"allowed_payment_method_types": DEBITS}, ["card", "sepa_debit"]),
        ("gbp", {"allowed_payment_method_types": DEBITS}, ["card", "bacs_debit"]),
        ("sek", {"allowed_payment_method_types": DEBITS}, ["card"]),
        ("gbp", {"allowed_payment_method_types": ["bacs_debit"]}, ["bacs_debit"]),
        ("eur", {"allowed_payment_method_types": ["bacs_debit"]}, []),
        ("eur", {"excluded_payment_method_types": ["card"]}, []),
    ],
)
def test_debits_are_taken_where_they_are_allowed_in_their_currency(
    sandbox: Sandbox, currency: str, filters: dict[str, Any], left: list[str]
) -> None:
    if left:
        assert sandbox.session(2550, currency, **filters).payment_method_types == left
        return
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.session(2550, currency, **filters)


def test_a_page_that_does_not_exist_is_404(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/pay/cs_test_nothing")[0] == 404


def test_all_listed_cards_have_a_right_check_digit() -> None:
    assert all(is_plausible(number) for number in CARDS)
    assert not is_plausible("4242424242424241")


def test_a_scripted_customer_pays_fails_and_is_declined(sandbox: Sandbox) -> None:
    session = sandbox.session()
    wanted = {"session": session.id, "card": "4000 0000 0000 3220"}
    assert sandbox.control("pay", **wanted, three_d_secure="fail")["state"] == "declined"
    assert (
        sandbox.control("pay", session=session.id, card="4000000000000002")["state"] == "declined"
    )
    done = sandbox.control("pay", **wanted)
    assert done["state"] == "succeeded"
    assert session.id in done["success_url"]
