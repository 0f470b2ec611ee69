"""What an invoice says: from whom to whom, for what, how much, and how it can be paid."""

from __future__ import annotations

from typing import Any

from . import invoice_lines
from .subscription_items import items_of
from .world import World

_BALANCE = "payment_method_options.customer_balance"
# What is honoured of the settings that say how something can be paid.
PAYMENT_SETTINGS = (
    "payment_method_types",
    f"{_BALANCE}.funding_type",
    f"{_BALANCE}.bank_transfer.type",
    f"{_BALANCE}.bank_transfer.eu_bank_transfer.country",
)


def body(
    world: World,
    subscription: dict[str, Any],
    reason: str,
    start: int,
    end: int,
    *,
    periodic: bool = True,
) -> dict[str, Any]:
    """The draft of an invoice of a subscription for a period; not kept yet.

    On it stands first what waits for it, and then the period itself if it is `periodic`.
    """
    settings = dict(subscription["payment_settings"])
    del settings["save_default_payment_method"]
    invoice = world.new("invoice", "in") | _head(world, subscription)
    invoice |= {
        "auto_advance": True,
        "billing_reason": reason,
        "payment_settings": settings | {"default_mandate": None},
        "period_start": start,
        "period_end": end,
        "status": "draft",
    }
    lines = [
        invoice_lines.of_invoiceitem(world, invoice, each) for each in waiting(world, subscription)
    ]
    if periodic:
        lines += [
            invoice_lines.of_item(world, invoice, each, start, end)
            for each in items_of(subscription)
        ]
    return shown(invoice_lines.with_lines(invoice, lines))


def waiting(world: World, subscription: dict[str, Any]) -> list[dict[str, Any]]:
    """The invoice items that wait for the next invoice of a subscription."""
    customer, currency = subscription["customer"], subscription["currency"]
    return invoice_lines.pending(world, customer, currency, subscription["id"])


def shown(invoice: dict[str, Any]) -> dict[str, Any]:
    """An invoice without what Stripe shows only when it is asked for."""
    for name in ("confirmation_secret", "payments"):
        del invoice[name]
    return invoice | {"webhooks_delivered_at": invoice["created"]}


def payment_settings(given: dict[str, Any]) -> dict[str, Any]:
    """How something can be paid, as an object shows what a request said of it."""
    options = given.get("payment_method_options")
    if options and "customer_balance" in options:
        balance = options["customer_balance"] or {}
        transfer = balance.get("bank_transfer") or {}
        options = {
            "customer_balance": {
                "bank_transfer": {
                    "eu_bank_transfer": transfer.get("eu_bank_transfer"),
                    "type": transfer.get("type"),
                },
                "funding_type": balance.get("funding_type"),
            }
        }
    return {
        "payment_method_options": options or None,
        "payment_method_types": given.get("payment_method_types") or None,
    }


def _head(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    """Who owes it to whom, and why."""
    customer = world.get("customer", subscription["customer"])
    return addressed(world, customer) | {
        "collection_method": subscription["collection_method"],
        "currency": subscription["currency"],
        "description": subscription["description"],
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
                "subscription_proration_date": None,
            },
            "type": "subscription_details",
        },
    }


def addressed(world: World, customer: dict[str, Any]) -> dict[str, Any]:
    """From whom an invoice is, and to whom."""
    return {
        "account_country": "SE",
        "account_name": world.options.merchant,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "discounts": [],
        "test_clock": customer["test_clock"],
    }
