"""The lines of an invoice: what a subscription costs for a period, and what else is asked for."""

from __future__ import annotations

from typing import Any

from .subscription_items import amount
from .world import World

_COPIED = (
    "amount", "currency", "description", "discountable", "metadata", "period", "pricing",
    "quantity", "quantity_decimal",
)  # fmt: skip


def of_item(
    world: World, invoice: dict[str, Any], item: dict[str, Any], start: int, end: int
) -> dict[str, Any]:
    """The line of one price of a subscription for a period."""
    line = world.new("line_item", "il")
    price, quantity = item["price"], item["quantity"]
    name = world.get("product", price["product"])["name"]
    return line | {
        "amount": amount(item),
        "currency": invoice["currency"],
        "description": name if quantity == 1 else f"{quantity} × {name}",
        "discount_amounts": [],
        "discountable": True,
        "invoice": invoice["id"],
        "metadata": {},
        "parent": _of_subscription(item["subscription"], item["id"]),
        "period": {"start": start, "end": end},
        "pretax_credit_amounts": [],
        "pricing": pricing_of(price),
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": item["subscription"],
        "subtotal": amount(item),
        "taxes": [],
    }


def pricing_of(price: dict[str, Any]) -> dict[str, Any]:
    """Where the amount of a line comes from."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def of_invoiceitem(world: World, invoice: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """The line of what was asked for by an invoice item."""
    line = world.new("line_item", "il") | {name: item[name] for name in _COPIED}
    details = (item["parent"] or {}).get("subscription_details") or {}
    subscription = details.get("subscription")
    if item["proration"]:
        credited = (item["proration_details"] or {}).get("credited_items") or {}
        parent = _of_subscription(
            subscription,
            details["subscription_item"],
            invoice_item=item["id"],
            credited=credited.get("invoice_line_item_details"),
        )
    else:
        own = {
            "invoice_item": item["id"],
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": subscription,
        }
        parent = {
            "invoice_item_details": own,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    return line | {
        "discount_amounts": [],
        "invoice": invoice["id"],
        "parent": parent,
        "pretax_credit_amounts": [],
        "subscription": subscription,
        "subtotal": item["amount"],
        "taxes": [],
    }


def _of_subscription(
    subscription: str | None,
    item: str,
    *,
    invoice_item: str | None = None,
    credited: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": invoice_item is not None,
            "proration_details": {"credited_items": credited},
            "subscription": subscription,
            "subscription_item": item,
        },
        "type": "subscription_item_details",
    }


def totals(amount: int) -> dict[str, Any]:
    """The sums of an invoice on which nothing is paid yet, in minor units."""
    return {
        "amount_due": amount,
        "amount_paid_off_stripe": 0,
        "amount_remaining": amount,
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def with_lines(invoice: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """A draft with these lines, and what they come to."""
    held = {
        "object": "list",
        "data": lines,
        "has_more": False,
        "url": f"/v1/invoices/{invoice['id']}/lines",
    }
    return invoice | totals(sum(line["amount"] for line in lines)) | {"lines": held}


def put_on(world: World, invoice: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """The draft with one more line; the invoice item waits no longer."""
    world.save(item | {"invoice": invoice["id"]})
    line = of_invoiceitem(world, invoice, item)
    return world.save(with_lines(invoice, [*invoice["lines"]["data"], line]))


def pending(
    world: World, customer: str, currency: str, subscription: str | None = None
) -> list[dict[str, Any]]:
    """The invoice items that wait for a customer's next invoice, or for that of a subscription.

    One that is for a subscription waits for an invoice of that subscription.
    """
    found = world.store.select("invoiceitem", {"customer": [customer]}, newest_first=False)
    return [
        each
        for each in found
        if not each["invoice"] and each["currency"] == currency
        and subscription_of(each) in (None, subscription)
    ]  # fmt: skip


def subscription_of(item: dict[str, Any]) -> str | None:
    """The subscription for whose invoice an invoice item waits."""
    details = (item["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None
