"""Bank transfers of each country: where a customer sends money to, and what is told of its coming.

Every customer has accounts of their own, invented and the same every time. Money in a currency
for which Stripe keeps no accounts arrives as if from the euro area.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from .registry import Call, operation
from .wire import Refusal

# Where the emulator keeps euro accounts. Stripe has more countries and other schemes.
COUNTRIES = ("BE", "DE", "ES", "FR", "IE", "NL")
BIC = "SANDDE00XXX"
BANK = "Sandbox Bank"
_NOWHERE = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def account(customer: str, country: str = "DE") -> dict[str, str]:
    """The euro account that is a customer's own."""
    number = f"00000000{_digits(customer, 10)}"
    letters = "".join(str(int(letter, 36)) for letter in f"{number}{country}00")
    return {"iban": f"{country}{98 - int(letters) % 97:02d}{number}", "bic": BIC}


def _digits(customer: str, count: int) -> str:
    return str(int(hashlib.sha256(customer.encode()).hexdigest(), 16))[:count]


def _sort_code(customer: str) -> dict[str, str]:
    return {"account_number": _digits(customer, 8), "sort_code": "108800"}


def _aba(customer: str) -> dict[str, str]:
    return {
        "account_number": _digits(customer, 12),
        "account_type": "checking",
        "bank_name": BANK,
        "routing_number": "110000000",
    }


def _swift(customer: str) -> dict[str, str]:
    return {
        "account_number": _digits(customer, 12),
        "account_type": "checking",
        "bank_name": BANK,
        "swift_code": "SANDUS00XXX",
    }


def _zengin(customer: str) -> dict[str, str]:
    return {
        "account_number": _digits(customer, 7),
        "account_type": "futsu",
        "bank_code": "9999",
        "bank_name": BANK,
        "branch_code": _digits(customer[::-1], 3),
        "branch_name": "Sandbox",
    }


def _spei(customer: str) -> dict[str, str]:
    # A CLABE: bank, town, account and a check digit with the weights 3, 7, 1.
    number = f"999180{_digits(customer, 11)}"
    total = sum(int(digit) * (3, 7, 1)[i % 3] % 10 for i, digit in enumerate(number))
    return {"bank_code": "999", "bank_name": BANK, "clabe": f"{number}{-total % 10}"}


class _Address(NamedTuple):
    """One account of a customer, as its country writes them."""

    type: str
    networks: tuple[str, ...]
    record: Callable[[str], dict[str, str]]


class _Kind(NamedTuple):
    """The transfers of a country."""

    type: str
    country: str
    addresses: tuple[_Address, ...]
    told: dict[str, str]
    """What the bank tells of the sender's account."""


_EURO = _Kind("eu_bank_transfer", "", (), {"bic": "BANKXX22", "iban_last4": "0001"})
_KINDS = {
    "eur": _EURO,
    "gbp": _Kind(
        "gb_bank_transfer", "GB",
        (_Address("sort_code", ("bacs", "chaps", "fps"), _sort_code),),
        {"account_number_last4": "1113", "sort_code": "108800"},
    ),
    "jpy": _Kind(
        "jp_bank_transfer", "JP", (_Address("zengin", ("zengin",), _zengin),),
        {"sender_bank": "A bank", "sender_branch": "A branch"},
    ),
    # The library has nothing for what a Mexican bank tells of the sender.
    "mxn": _Kind("mx_bank_transfer", "MX", (_Address("spei", ("spei",), _spei),), {}),
    "usd": _Kind(
        "us_bank_transfer", "US",
        (_Address("aba", ("ach", "domestic_wire_us"), _aba), _Address("swift", ("swift",), _swift)),
        {"network": "ach"},
    ),
}  # fmt: skip


def funded(currency: str, sender: str, reference: str) -> dict[str, Any]:
    """What is told of a transfer that came."""
    kind = _KINDS.get(currency, _EURO)
    details = {kind.type: kind.told | {"sender_name": sender}} if kind.told else {}
    return {**details, "reference": reference or None, "type": kind.type}


def rows(customer: str, currency: str) -> list[tuple[str, str]]:
    """Where to send money to, for people to read; nothing where there is no such account."""
    if currency == "eur":
        to = account(customer)
        return [("IBAN", to["iban"]), ("BIC", to["bic"])]
    if currency not in _KINDS:
        return []
    record = _KINDS[currency].addresses[0].record(customer)
    return [(name.replace("_", " ").capitalize(), value) for name, value in record.items()]


@operation(
    "post",
    "/v1/customers/{customer}/funding_instructions",
    "bank_transfer.eu_bank_transfer.country",
    "bank_transfer.requested_address_types",
    "bank_transfer.type",
    "currency",
    "funding_type",
)
def instruct(call: Call) -> dict[str, Any]:
    """Where a customer sends money to."""
    world, params = call.world, call.params
    customer = world.demand("customer", call.id)
    transfer, currency = params["bank_transfer"], params["currency"].lower()
    kind = _KINDS.get(currency)
    if kind is None or transfer["type"] != kind.type:
        raise Refusal(
            f"The currency {currency} is not supported with the bank transfer type "
            f"{transfer['type']}.",
            param="currency",
        )
    country = _country(transfer) if kind is _EURO else kind.country
    wanted = transfer.get("requested_address_types")
    found = [
        {
            each.type: each.record(customer["id"]) | _holder(world.options.merchant),
            "supported_networks": list(each.networks),
            "type": each.type,
        }
        for each in _addresses(kind, country)
        if not wanted or each.type in wanted
    ]
    if not found:
        raise Refusal(
            f"A {kind.type} has none of the requested address types.",
            param="bank_transfer[requested_address_types]",
        )
    body = world.contract.blank("funding_instructions") | {"currency": currency}
    body["bank_transfer"] = {"country": country, "financial_addresses": found, "type": kind.type}
    return body


def _holder(name: str) -> dict[str, Any]:
    return {
        "account_holder_address": _NOWHERE,
        "account_holder_name": name,
        "bank_address": _NOWHERE,
    }


def _addresses(kind: _Kind, country: str) -> tuple[_Address, ...]:
    if kind is not _EURO:
        return kind.addresses
    return (_Address("iban", ("sepa",), lambda id: account(id, country) | {"country": country}),)


def _country(transfer: dict[str, Any]) -> str:
    country: str = transfer.get("eu_bank_transfer", {}).get("country", "")
    if country not in COUNTRIES:
        raise Refusal(
            f"The country must be one of {', '.join(COUNTRIES)}.",
            param="bank_transfer[eu_bank_transfer][country]",
        )
    return country
