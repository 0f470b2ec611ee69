"""What there is of regular giving and of invoices, all in one, for a page that shows it."""

from __future__ import annotations

from typing import Any

from . import billing, cash, collecting, invoices
from .billing import LIVING
from .calendars import rhythm
from .subscription_items import total
from .world import World

MOST = 30


def overview(world: World) -> dict[str, Any]:
    """The newest subscriptions that have not ended, what is owed, and what waits to be used."""
    living = {"status": ("incomplete", *LIVING)}
    return {
        "billing": billing.state(world),
        "cash": _cash(world),
        "invoices": [
            _invoice(world, each)
            for each in world.store.select("invoice", {"status": ["open"]}, limit=MOST)
        ],
        "subscriptions": [
            _subscription(world, each)
            for each in world.store.select("subscription", living, limit=MOST)
        ],
    }


def _who(world: World, customer: str) -> str:
    found = world.get("customer", customer)
    return str(found.get("name") or found.get("email") or customer)


def _subscription(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    item = subscription["items"]["data"][0]
    method = collecting.saved_method(world, subscription)
    return {
        "id": subscription["id"],
        "amount": total(subscription),
        "currency": subscription["currency"],
        "customer": _who(world, subscription["customer"]),
        "ends": subscription["cancel_at"],
        "method": method,
        "next": item["current_period_end"],
        "paused": bool(subscription["pause_collection"]) or subscription["status"] == "paused",
        "rhythm": rhythm(item["price"]["recurring"]),
        "sent": subscription["collection_method"] == "send_invoice",
        "status": subscription["status"],
        "wishes": world.store.noted(subscription["id"], "wishes") or [],
    }


def _invoice(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": invoice["id"],
        "amount": invoice["amount_remaining"],
        "attempts": invoice["attempt_count"],
        "currency": invoice["currency"],
        "customer": _who(world, invoice["customer"]),
        "due": invoice["due_date"],
        "next_attempt": invoice["next_payment_attempt"],
        "number": invoice["number"],
        "payment": invoices.payment_status(world, invoice),
        "takes_transfers": cash.takes_transfers(invoice),
        "url": invoice["hosted_invoice_url"],
    }


def _cash(world: World) -> list[dict[str, Any]]:
    """Customers who have sent more than they have paid with."""
    customers = {each["customer"] for each in world.store.select(cash.KIND)}
    return [
        {"customer": _who(world, customer), "currency": currency, "amount": amount}
        for customer in sorted(customers)
        for currency, amount in cash.balances(world, customer).items()
        if amount
    ]
