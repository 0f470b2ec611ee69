"""Goal: each country's customers are told where to send money, and it pays their invoices."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import DELAY_SECONDS, Sandbox
from tests.sandbox.test_stripe_invoices_by_hand import status, zoo

BY = {
    "eur": ("eu_bank_transfer", "DE", {"iban": ["sepa"]}),
    "gbp": ("gb_bank_transfer", "GB", {"sort_code": ["bacs", "chaps", "fps"]}),
    "jpy": ("jp_bank_transfer", "JP", {"zengin": ["zengin"]}),
    "mxn": ("mx_bank_transfer", "MX", {"spei": ["spei"]}),
    "usd": ("us_bank_transfer", "US", {"aba": ["ach", "domestic_wire_us"], "swift": ["swift"]}),
}


def wanted(currency: str, **more: Any) -> dict[str, Any]:
    """Parameters that ask where to send money of a currency to."""
    transfer: dict[str, Any] = {"type": BY[currency][0]}
    if currency == "eur":
        transfer["eu_bank_transfer"] = {"country": "DE"}
    return {
        "bank_transfer": transfer | more, "currency": currency, "funding_type": "bank_transfer",
    }  # fmt: skip


def told(sandbox: Sandbox, who: Any, currency: str, **more: Any) -> Any:
    """Where a customer sends money of a currency to."""
    funding = sandbox.client().customers.funding_instructions
    return funding.create(who.id, wanted(currency, **more))


@pytest.mark.parametrize("currency", BY)
def test_a_country_has_its_own_accounts_and_each_customer_others(
    sandbox: Sandbox, currency: str
) -> None:
    who, (kind, country, networks) = zoo(sandbox), BY[currency]
    first = told(sandbox, who, currency)
    assert (first.currency, first.bank_transfer.type, first.bank_transfer.country) == (
        currency, kind, country,
    )  # fmt: skip
    addresses = first.bank_transfer.financial_addresses
    assert {each.type: each.supported_networks for each in addresses} == networks
    assert all(each[each.type].account_holder_name == "Sandbox account" for each in addresses)
    assert told(sandbox, who, currency) == first
    assert told(sandbox, zoo(sandbox), currency) != first


def test_a_mexican_account_has_a_right_check_digit(sandbox: Sandbox) -> None:
    for _time in range(5):
        (address,) = told(sandbox, zoo(sandbox), "mxn").bank_transfer.financial_addresses
        digits = [int(digit) for digit in address.spei.clabe]
        weighted = [d * (3, 7, 1)[i % 3] % 10 for i, d in enumerate(digits[:-1])]
        assert len(digits) == 18
        assert (sum(weighted) + digits[-1]) % 10 == 0


@pytest.mark.parametrize(
    ("currency", "more"),
    [
        ("gbp", {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}}),
        ("usd", {"type": "gb_bank_transfer"}),
        ("usd", {"requested_address_types": ["iban"]}),
        ("eur", {"eu_bank_transfer": {"country": "SE"}}),
    ],
)
def test_what_does_not_go_together_is_refused(
    sandbox: Sandbox, currency: str, more: dict[str, Any]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        told(sandbox, zoo(sandbox), currency, **more)


def test_a_currency_without_accounts_is_refused(sandbox: Sandbox) -> None:
    who, funding = zoo(sandbox), sandbox.client().customers.funding_instructions
    with pytest.raises(stripe.InvalidRequestError, match="sek is not supported"):
        funding.create(who.id, wanted("eur") | {"currency": "sek"})


def test_only_the_addresses_that_are_asked_for_are_told(sandbox: Sandbox) -> None:
    found = told(sandbox, zoo(sandbox), "gbp", requested_address_types=["sort_code", "iban"])
    assert [each.type for each in found.bank_transfer.financial_addresses] == ["sort_code"]


@pytest.mark.parametrize("currency", BY)
def test_a_transfer_in_its_currency_pays_and_says_where_it_came_from(
    sandbox: Sandbox, currency: str
) -> None:
    client, who = sandbox.client(), zoo(sandbox)
    kind, _country, _networks = BY[currency]
    by_transfer = {
        "payment_method_types": ["customer_balance"],
        "payment_method_options": {"customer_balance": {
            "funding_type": "bank_transfer", "bank_transfer": {"type": kind},
        }},
    }  # fmt: skip
    invoice = client.invoices.create(
        {
            "customer": who.id, "collection_method": "send_invoice", "days_until_due": 30,
            "currency": currency, "payment_settings": by_transfer,
        }
    )  # fmt: skip
    client.invoice_items.create(
        {"customer": who.id, "invoice": invoice.id, "amount": 50_000, "currency": currency}
    )
    invoice = client.invoices.send_invoice(invoice.id)
    page = sandbox.call("GET", f"/invoice/{invoice.id}")[2].decode()
    assert "Pay by bank transfer" in page
    made = client.test_helpers.customers.fund_cash_balance(
        who.id, {"amount": 50_000, "currency": currency, "reference": invoice.number}
    )
    transfer = made.funded.bank_transfer.to_dict()
    assert transfer["type"] == kind
    assert (kind in transfer) == (currency != "mxn")
    assert status(sandbox, invoice) == "paid"
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    assert sandbox.control("books")["currencies"][currency]["cash"] == 0


def test_an_account_on_the_page_is_the_one_that_the_api_tells(sandbox: Sandbox) -> None:
    who = zoo(sandbox)
    settings = {"payment_method_types": ["customer_balance"]}
    client = sandbox.client()
    made = client.invoices.create(
        {
            "customer": who.id, "collection_method": "send_invoice", "days_until_due": 30,
            "currency": "gbp", "payment_settings": settings,
        }
    )  # fmt: skip
    client.invoice_items.create(
        {"customer": who.id, "invoice": made.id, "amount": 900, "currency": "gbp"}
    )
    client.invoices.send_invoice(made.id)
    (address,) = told(sandbox, who, "gbp").bank_transfer.financial_addresses
    page = sandbox.call("GET", f"/invoice/{made.id}")[2].decode()
    assert address.sort_code.account_number in page
    assert "Sort code" in page
    assert "IBAN" not in page
