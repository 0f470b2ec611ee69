"""Goal: whoever has the address of an invoice can see what it is and pay it once."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import stripe
from pypdf import PdfReader

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_checkout import FILLED
from tests.sandbox.test_stripe_subscriptions import SEPA, begun, invoices, states

ASKS = "4000002500003155"


def unpaid(sandbox: Sandbox, *, why: str = "insufficient_funds", **how: Any) -> Any:
    """The open invoice of a subscription whose second payment failed."""
    found = begun(sandbox, **how)
    sandbox.control(f"subscriptions/{found.id}", next=[why])
    sandbox.control("clock", advance_days=32)
    invoice = invoices(sandbox, found.id)[-1]
    assert invoice.status == "open"
    return invoice


def look(sandbox: Sandbox, invoice: Any) -> str:
    """The page of an invoice, whose fields all have labels of their own."""
    status, _, body = sandbox.call("GET", f"/invoice/{invoice.id}")
    assert status == 200
    text = body.decode()
    ids = re.findall(r'<(?:input|select) id="(\w+)"', text)
    assert len(ids) == len(set(ids))
    for id in ids:
        assert f'<label for="{id}">' in text
    return text


def send(sandbox: Sandbox, invoice: Any, **changes: str) -> tuple[int, str, str]:
    """Sends the card's form: the status, where it leads, and the page."""
    status, headers, text = sandbox.form(f"/invoice/{invoice.id}", **FILLED | changes)
    return status, headers.get("location", ""), text


def intent_of(sandbox: Sandbox, invoice: Any) -> Any:
    return sandbox.client().payment_intents.retrieve(
        invoice.payments.data[0].payment.payment_intent, {"expand": ["latest_charge"]}
    )


def test_the_page_says_who_owes_what_and_that_it_is_a_sandbox(sandbox: Sandbox) -> None:
    sandbox.emulator.world.options.merchant = "Manul & Co"
    invoice = unpaid(sandbox, amount=123_450)
    assert invoice.hosted_invoice_url == f"{sandbox.url}/invoice/{invoice.id}"
    text = look(sandbox, invoice)
    for words in (
        "Sandbox: no real money", "Manul &amp; Co", f"Invoice {invoice.number}", "EUR 1,234.50",
        "alice@donor.example", "Still to pay", ">Pay EUR 1,234.50<", ">Debit EUR 1,234.50<",
    ):  # fmt: skip
        assert words in text, words
    assert "<script" not in text


def test_the_pdf_is_a_pdf_that_says_what_it_is(sandbox: Sandbox) -> None:
    invoice = unpaid(sandbox)
    assert invoice.invoice_pdf == f"{sandbox.url}/invoice/{invoice.id}/pdf"
    status, headers, body = sandbox.call("GET", f"/invoice/{invoice.id}/pdf")
    assert (status, headers["content-type"]) == (200, "application/pdf")
    text = PdfReader(io.BytesIO(body)).pages[0].extract_text()
    assert "This is not an invoice" in text
    assert invoice.number in text
    assert "Still to pay: EUR 10.00" in text


def test_an_invoice_that_is_not_there_or_still_a_draft_has_no_page(sandbox: Sandbox) -> None:
    found = begun(sandbox)
    end = found["items"].data[0].current_period_end
    sandbox.control("clock", set=end + 60)
    draft = invoices(sandbox, found.id)[-1]
    assert (draft.status, draft.hosted_invoice_url) == ("draft", None)
    for path in (
        f"/invoice/{draft.id}",
        f"/invoice/{draft.id}/pdf",
        "/invoice/in_none",
        "/invoice/",
    ):
        assert sandbox.call("GET", path)[0] == 404


def test_another_card_pays_once_and_the_subscription_is_in_order_again(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    invoice = unpaid(sandbox)
    client, id = sandbox.client(), invoice.parent.subscription_details.subscription
    assert client.subscriptions.retrieve(id).status == "past_due"
    status, _, text = send(sandbox, invoice, number="4000000000000002")
    assert (status, "Your card was declined." in text) == (402, True)
    after = invoices(sandbox, id)[-1]
    assert (after.attempt_count, after.next_payment_attempt) == (1, invoice.next_payment_attempt)
    for _press in range(2):
        assert send(sandbox, invoice, number="5555 5555 5555 4444")[:2] == (
            303, f"/invoice/{invoice.id}",
        )  # fmt: skip
    assert "State</th><td>paid" in look(sandbox, invoice)
    assert intent_of(sandbox, invoice).latest_charge.payment_method_details.card.last4 == "4444"
    assert client.subscriptions.retrieve(id).status == "active"
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 2000
    sandbox.control("clock", advance_days=10)
    assert states(sandbox, id) == ["paid", "paid"]
    assert receiver.types.count("invoice.paid") == 2


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"number": "4242"}, 400, "Your card number is incorrect."),
        ({"expiry": "13 / 34"}, 400, "Enter the expiry"),
        ({"method": "cash"}, 400, "Pay by card"),
        ({"method": "sepa_debit", "account": "AT1"}, 400, "This account number is incorrect."),
        (
            {"method": "sepa_debit", "account": "AT511904300000066666"},
            402,
            "This account cannot be debited.",
        ),
    ],
)
def test_the_page_says_what_is_wrong_and_nothing_moves(
    sandbox: Sandbox, changes: dict[str, str], status: int, told: str
) -> None:
    invoice = unpaid(sandbox)
    answered, _, text = send(sandbox, invoice, **changes)
    assert (answered, told in text) == (status, True)
    assert states(sandbox, invoice.parent.subscription_details.subscription)[-1] == "open"
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 1000


def test_a_card_that_asks_is_confirmed_on_the_page(sandbox: Sandbox) -> None:
    invoice = unpaid(sandbox)
    step = f"/invoice/{invoice.id}/3ds"
    assert sandbox.call("GET", step)[0] == 303
    assert send(sandbox, invoice, number=ASKS)[:2] == (303, step)
    assert b"EUR 10.00 to" in sandbox.call("GET", step)[2]
    status, _, text = sandbox.form(step, action="fail")
    assert (status, "unable to authenticate" in text) == (402, True)
    assert intent_of(sandbox, invoice).status == "requires_payment_method"
    send(sandbox, invoice, number=ASKS)
    assert sandbox.form(step, action="complete")[0] == 303
    intent = intent_of(sandbox, invoice)
    assert intent.status == "succeeded"
    assert intent.latest_charge.payment_method_details.card.three_d_secure is not None
    assert sandbox.form(step, action="complete")[0] == 303
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 2000


def test_a_renewal_for_which_the_bank_asks_is_confirmed_with_the_saved_card(
    sandbox: Sandbox,
) -> None:
    invoice = unpaid(sandbox, why="requires_action")
    intent = intent_of(sandbox, invoice)
    step = f"/invoice/{invoice.id}/3ds"
    assert intent.next_action.redirect_to_url.url == f"{sandbox.url}{step}"
    text = look(sandbox, invoice)
    assert f'href="{step}">Confirm the payment' in text
    sandbox.form(step, action="complete")
    intent = intent_of(sandbox, invoice)
    assert (intent.status, intent.latest_charge.payment_method_details.card.last4) == (
        "succeeded", "4242",
    )  # fmt: skip
    id = invoice.parent.subscription_details.subscription
    assert sandbox.client().subscriptions.retrieve(id).status == "active"


def test_an_account_is_debited_once_and_the_money_comes_days_later(sandbox: Sandbox) -> None:
    invoice = unpaid(sandbox)
    sent = {"method": "sepa_debit", "account": SEPA, "name": "Alice"}
    assert send(sandbox, invoice, **sent)[0] == 303
    assert "is on its way" in look(sandbox, invoice)
    assert send(sandbox, invoice)[0] == 303
    with pytest.raises(stripe.InvalidRequestError, match="still being processed"):
        sandbox.client().invoices.pay(invoice.id)
    sandbox.control("clock", advance_days=4)
    id = invoice.parent.subscription_details.subscription
    assert states(sandbox, id) == ["paid", "paid"]
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 2000


def test_a_void_invoice_cannot_be_paid(sandbox: Sandbox) -> None:
    invoice = unpaid(sandbox)
    sandbox.client().invoices.void_invoice(invoice.id)
    text = look(sandbox, invoice)
    assert "nothing is due on it any more" in text
    assert "<form" not in text
    assert send(sandbox, invoice)[0] == 303
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 1000


def test_an_invoice_is_paid_by_hand_with_another_of_the_customers_methods(
    sandbox: Sandbox,
) -> None:
    invoice, client = unpaid(sandbox), sandbox.client()
    stranger = begun(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.invoices.pay(invoice.id, {"payment_method": stranger.default_payment_method})
    (own,) = client.payment_methods.list({"customer": invoice.customer}).data
    paid = client.invoices.pay(invoice.id, {"payment_method": own.id})
    assert paid.status == "paid"
