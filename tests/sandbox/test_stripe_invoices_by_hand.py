"""Goal: an invoice made by hand says what it should and is paid by whoever pays it, once."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.accounts import scheme_of
from funding.sandbox.stripe.bank_transfers import account
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox
from tests.sandbox.test_stripe_checkout import FILLED
from tests.sandbox.test_stripe_subscribing import customer

DAY = 24 * 3600
BY_TRANSFER = {
    "payment_method_types": ["card", "customer_balance"],
    "payment_method_options": {
        "customer_balance": {
            "funding_type": "bank_transfer",
            "bank_transfer": {
                "type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"},
            },
        }
    },
}  # fmt: skip


def zoo(sandbox: Sandbox) -> Any:
    """A customer who has saved nothing."""
    return sandbox.client().customers.create(
        {"email": "zoo@examplia.example", "name": "Zoo of Examplia"}
    )


def draft(sandbox: Sandbox, who: Any, *amounts: int, **more: Any) -> Any:
    """A draft with a line for each amount, to be sent and paid within thirty days."""
    client = sandbox.client()
    wanted = {
        "customer": who.id,
        "collection_method": "send_invoice",
        "days_until_due": 30,
        "currency": "eur",
        "pending_invoice_items_behavior": "exclude",
        "metadata": {"contribution": "c1"},
        "custom_fields": [{"name": "Order", "value": "PO-7"}],
        "payment_settings": BY_TRANSFER,
    }
    made = client.invoices.create(wanted | more)
    for number, amount in enumerate(amounts, start=1):
        client.invoice_items.create(
            {
                "customer": who.id, "invoice": made.id, "amount": amount, "currency": "eur",
                "description": f"Part {number}",
            }
        )  # fmt: skip
    return client.invoices.retrieve(made.id)


def sent(sandbox: Sandbox, who: Any, *amounts: int, **more: Any) -> Any:
    """An invoice that was sent."""
    return sandbox.client().invoices.send_invoice(draft(sandbox, who, *amounts, **more).id)


def status(sandbox: Sandbox, invoice: Any) -> str:
    return str(sandbox.client().invoices.retrieve(invoice.id).status)


def eur(sandbox: Sandbox) -> dict[str, Any]:
    """The books in euro."""
    found: dict[str, Any] = sandbox.control("books")["currencies"].get("eur", {})
    return found


def test_a_draft_is_filled_opened_and_sent(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    made = draft(sandbox, who, 200_000, 50_000)
    assert (made.status, made.number, made.total, len(made.lines.data)) == (
        "draft", None, 250_000, 2,
    )  # fmt: skip
    opened = client.invoices.finalize_invoice(made.id)
    assert (opened.status, opened.amount_remaining) == ("open", 250_000)
    assert opened.due_date == opened.status_transitions.finalized_at + 30 * DAY
    assert client.invoices.send_invoice(made.id).id == made.id
    text = sandbox.call("GET", f"/invoice/{made.id}")[2].decode()
    for words in ("Part 2", "EUR 2,500.00", "PO-7", "Zoo of Examplia", "Pay by bank transfer"):
        assert words in text
    told = [type for type in sandbox.happened() if type.startswith("invoice.")]
    assert told == ["invoice.created", "invoice.finalized", "invoice.sent"]
    # The same key gives the same invoice, sent once.
    for _time in range(2):
        client.invoices.send_invoice(made.id, options={"idempotency_key": "send:1"})
    assert sandbox.happened().count("invoice.sent") == 2


def test_numbers_of_a_customer_follow_each_other(sandbox: Sandbox) -> None:
    who = zoo(sandbox)
    numbers = [sent(sandbox, who, 1000).number for _each in range(3)]
    prefix = who.invoice_prefix
    assert numbers == [f"{prefix}-0001", f"{prefix}-0002", f"{prefix}-0003"]
    assert not sent(sandbox, zoo(sandbox), 1000).number.startswith(prefix)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"days_until_due": None}, "must specify one of `due_date`"),
        ({"due_date": 4_000_000_000}, "must specify one of `due_date`"),
        ({"collection_method": "charge_automatically"}, "You can only specify `days_until_due`"),
        ({"customer": "cus_none"}, "No such customer"),
        ({"custom_fields": [{"name": "a", "value": "b"}] * 5}, "at most 4 custom fields"),
    ],
)
def test_a_wrong_draft_is_refused_and_nothing_is_made(
    sandbox: Sandbox, params: dict[str, Any], told: str
) -> None:
    wanted = {
        "customer": zoo(sandbox).id, "collection_method": "send_invoice", "days_until_due": 30,
    } | params  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match=told):
        sandbox.client().invoices.create({k: v for k, v in wanted.items() if v is not None})
    assert sandbox.client().invoices.list().data == []


def test_items_wait_for_the_next_invoice_or_are_taken_away(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    for amount, currency in ((700, "eur"), (800, "sek")):
        client.invoice_items.create({"customer": who.id, "amount": amount, "currency": currency})
    made = draft(sandbox, who, 300, pending_invoice_items_behavior="include")
    assert [line.amount for line in made.lines.data] == [700, 300]
    (last, _first) = client.invoice_items.list({"invoice": made.id}).data
    assert client.invoice_items.delete(last.id).deleted
    assert client.invoices.retrieve(made.id).total == 700
    client.invoices.finalize_invoice(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="no longer a draft"):
        client.invoice_items.create({"customer": who.id, "invoice": made.id, "amount": 5})
    with pytest.raises(stripe.InvalidRequestError, match="no longer a draft"):
        client.invoices.update(made.id, {"description": "Too late"})
    assert client.invoices.update(made.id, {"metadata": {"seen": "1"}}).metadata["seen"] == "1"


def test_a_draft_is_thrown_away_and_what_is_open_is_not(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    made = draft(sandbox, who, 1000)
    assert client.invoices.delete(made.id).deleted
    assert client.invoice_items.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice"):
        client.invoices.retrieve(made.id)
    kept = sent(sandbox, who, 1000)
    with pytest.raises(stripe.InvalidRequestError, match="no longer a draft"):
        client.invoices.delete(kept.id)


def test_an_invoice_advances_by_itself_if_asked(sandbox: Sandbox) -> None:
    made = draft(sandbox, zoo(sandbox), 1000, auto_advance=True)
    left = draft(sandbox, zoo(sandbox), 1000)
    sandbox.control("clock", advance_days=1)
    assert (status(sandbox, made), status(sandbox, left)) == ("open", "draft")
    assert sandbox.happened().count("invoice.sent") == 1


def test_an_invoice_to_be_charged_is_charged_when_it_is_opened(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), customer(sandbox)
    made = client.invoices.create({"customer": who.id, "currency": "eur"})
    client.invoice_items.create({"customer": who.id, "invoice": made.id, "amount": 1200})
    with pytest.raises(stripe.InvalidRequestError, match="collection method is `send_invoice`"):
        client.invoices.send_invoice(made.id)
    client.invoices.finalize_invoice(made.id, {"auto_advance": True})
    sandbox.control("clock", advance_seconds=5)
    assert status(sandbox, made) == "paid"


def test_a_cheque_is_seen_elsewhere_and_moves_no_balance(sandbox: Sandbox) -> None:
    client, invoice = sandbox.client(), sent(sandbox, zoo(sandbox), 250_000)
    paid = client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid_off_stripe, paid.amount_remaining) == (
        "paid", 250_000, 0,
    )  # fmt: skip
    assert eur(sandbox) == {}
    assert client.charges.list().data == []
    assert client.balance_transactions.list().data == []
    assert "invoice.paid" in sandbox.happened()
    assert "invoice.payment_succeeded" not in sandbox.happened()
    assert sandbox.form(f"/invoice/{invoice.id}", **FILLED)[0] == 303
    assert eur(sandbox) == {}


def test_an_invoice_is_voided_or_written_off(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    first, second = sent(sandbox, who, 1000), sent(sandbox, who, 2000)
    assert client.invoices.void_invoice(first.id).status == "void"
    with pytest.raises(stripe.InvalidRequestError):
        client.invoices.pay(first.id, {"paid_out_of_band": True})
    off = client.invoices.mark_uncollectible(second.id)
    assert (off.status, off.status_details.uncollectible.reason) == (
        "uncollectible", "user_forgiven",
    )  # fmt: skip
    text = sandbox.call("GET", f"/invoice/{second.id}")[2].decode()
    assert "written off" in text
    assert "<form" not in text
    assert client.invoices.pay(second.id, {"paid_out_of_band": True}).status == "paid"
    states = [each.status for each in client.payment_intents.list().data]
    assert states == ["canceled", "canceled"]


def test_each_customer_has_an_account_of_its_own(sandbox: Sandbox) -> None:
    client, who, other = sandbox.client(), zoo(sandbox), zoo(sandbox)
    wanted = {
        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
        "currency": "eur",
        "funding_type": "bank_transfer",
    }
    told = [client.customers.funding_instructions.create(each.id, wanted) for each in (who, other)]
    ibans = [each.bank_transfer.financial_addresses[0].iban.iban for each in told]
    assert ibans[0] != ibans[1]
    assert all(scheme_of(iban) == "sepa_debit" for iban in ibans)
    assert ibans[0] == account(who.id)["iban"]
    text = sandbox.call("GET", f"/invoice/{sent(sandbox, who, 1000).id}")[2].decode()
    assert ibans[0] in text.replace(" ", "")


def test_a_transfer_of_the_right_sum_pays_and_costs_a_fee(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    invoice = sent(sandbox, who, 50_000)
    sandbox.control("transfers", invoice=invoice.id)
    assert status(sandbox, invoice) == "paid"
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    (charge,) = client.charges.list({"expand": ["data.balance_transaction"]}).data
    assert (charge.payment_method_details.type, charge.balance_transaction.fee) == (
        "customer_balance", 250,
    )  # fmt: skip
    assert charge.balance_transaction.type == "payment"
    books = eur(sandbox)
    assert (books["cash"], books["charges"], books["pending"]) == (0, 50_000, 49_750)
    moves = client.customers.cash_balance_transactions.list(who.id).data
    assert [(each.type, each.net_amount, each.ending_balance) for each in moves] == [
        ("applied_to_payment", -50_000, 0),
        ("funded", 50_000, 50_000),
    ]
    found = client.customers.cash_balance_transactions.retrieve(who.id, moves[1].id)
    assert found.funded.bank_transfer.reference == invoice.number
    assert sandbox.happened().count("customer_cash_balance_transaction.created") == 2
    assert "cash_balance.funds_available" not in sandbox.happened()


def test_too_little_pays_nothing_until_the_rest_comes(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    invoice = sent(sandbox, who, 50_000)
    sandbox.control("transfers", invoice=invoice.id, under=500)
    found = client.invoices.retrieve(invoice.id)
    assert (found.status, found.amount_remaining, found.amount_paid) == ("open", 50_000, 0)
    assert client.customers.cash_balance.retrieve(who.id).available.to_dict() == {"eur": 49_500}
    books = eur(sandbox)
    assert (books["cash"], books["charges"], books["balance"]) == (49_500, 0, 0)
    sandbox.control("transfers", customer=who.id, amount=500)
    assert status(sandbox, invoice) == "paid"
    assert client.customers.cash_balance.retrieve(who.id).available is None


def test_too_much_stays_and_pays_the_next_invoice(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    sandbox.control("transfers", invoice=sent(sandbox, who, 50_000).id, over=2000)
    assert client.customers.cash_balance.retrieve(who.id).available.to_dict() == {"eur": 2000}
    assert sandbox.happened().count("cash_balance.funds_available") == 1
    assert eur(sandbox)["cash"] == 2000
    assert status(sandbox, sent(sandbox, who, 1500)) == "paid"
    assert eur(sandbox)["cash"] == 500
    assert eur(sandbox)["charges"] == 51_500


def test_a_transfer_finds_what_it_names_then_what_it_equals_then_the_oldest(
    sandbox: Sandbox,
) -> None:
    who = zoo(sandbox)
    oldest, equal, named, part = (sent(sandbox, who, sum) for sum in (1000, 3000, 2000, 4000))
    every = (oldest, equal, named, part)

    def paid() -> list[bool]:
        return [status(sandbox, each) == "paid" for each in every]

    reference = f"membership {named.number.lower()}, thanks"
    sandbox.control("transfers", customer=who.id, amount=2000, reference=reference)
    assert paid() == [False, False, True, False]
    sandbox.control("transfers", customer=who.id, amount=3000)
    assert paid() == [False, True, True, False]
    sandbox.control("transfers", customer=who.id, amount=1500)
    assert paid() == [True, True, True, False]
    assert eur(sandbox)["cash"] == 500


def test_several_invoices_are_paid_together_before_the_oldest_alone(sandbox: Sandbox) -> None:
    who = zoo(sandbox)
    every = [sent(sandbox, who, sum) for sum in (1000, 3000, 4000)]
    sandbox.control("transfers", customer=who.id, amount=7000)
    assert [status(sandbox, each) for each in every] == ["open", "paid", "paid"]
    assert eur(sandbox)["cash"] == 0


def test_a_transfer_pays_no_card_s_invoice_and_none_that_is_long_overdue(
    sandbox: Sandbox,
) -> None:
    who = zoo(sandbox)
    by_card = sent(sandbox, who, 1000, payment_settings={"payment_method_types": ["card"]})
    old = sent(sandbox, who, 2000, days_until_due=1)
    sandbox.control("clock", advance_days=32)
    sandbox.control("transfers", customer=who.id, amount=3000)
    assert (status(sandbox, by_card), status(sandbox, old)) == ("open", "open")
    assert eur(sandbox)["cash"] == 3000


def test_stripe_s_own_helper_brings_a_transfer_too(sandbox: Sandbox) -> None:
    who = zoo(sandbox)
    invoice = sent(sandbox, who, 1000)
    made = sandbox.client().test_helpers.customers.fund_cash_balance(
        who.id, {"amount": 1000, "currency": "eur", "reference": invoice.number}
    )
    assert (made.type, made.net_amount) == ("funded", 1000)
    assert status(sandbox, invoice) == "paid"


@pytest.mark.parametrize(
    "wanted",
    [{"customer": "cus_none", "amount": 5}, {"amount": 0}, {"amount": -5}, {"currency": "xyz"}],
)
def test_a_transfer_that_cannot_be_is_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    body = {"customer": zoo(sandbox).id, "amount": 100} | wanted
    assert sandbox.call("POST", "/_control/transfers", json.dumps(body))[0] == 400
    assert eur(sandbox) == {}


def test_a_subscription_by_invoice_is_paid_from_the_bank(sandbox: Sandbox) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    recurring = {"interval": "year"}
    price = client.prices.create(
        {
            "currency": "eur", "unit_amount": 250_000, "recurring": recurring,
            "product_data": {"name": "Contribution"},
        }
    )  # fmt: skip
    made = client.subscriptions.create(
        {
            "customer": who.id, "items": [{"price": price.id}],
            "collection_method": "send_invoice", "days_until_due": 30,
            "payment_settings": BY_TRANSFER,
        }
    )  # fmt: skip
    sandbox.control("clock", advance_days=1)
    (invoice,) = client.invoices.list({"subscription": made.id}).data
    sandbox.control("clock", advance_days=31)
    assert client.subscriptions.retrieve(made.id).status == "past_due"
    sandbox.control("transfers", invoice=invoice.id)
    assert status(sandbox, invoice) == "paid"
    assert client.subscriptions.retrieve(made.id).status == "active"
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    # Half a per cent would be 12.50; the fee has a ceiling.
    assert eur(sandbox)["fees"] == 500
