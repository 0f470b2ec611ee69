"""Invoices in the API: looked at, changed in what concerns no money, and voided."""

from __future__ import annotations

from typing import Any

from . import events
from .expanding import includable
from .invoices import void
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation
from .wire import Refusal
from .world import World


@operation("get", "/v1/invoices/{invoice}")
def retrieve(call: Call) -> dict[str, Any]:
    """One invoice."""
    return call.world.demand("invoice", call.id)


@operation("get", "/v1/invoices", *LISTING, "created", "customer", "subscription", "status")
def listed(call: Call) -> dict[str, Any]:
    """Invoices, by customer, subscription or status if wanted."""
    filters = dict(one_of(call.params, "customer", "status"))
    if "subscription" in call.params:
        filters["parent.subscription_details.subscription"] = (call.params["subscription"],)
    return page(call, "invoice", filters)


@operation("post", "/v1/invoices/{invoice}/void")
def void_by_hand(call: Call) -> dict[str, Any]:
    """Voids an open invoice."""
    invoice = call.world.demand("invoice", call.id)
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(f"You can only void open invoices; this one is {invoice['status']}.")
    return void(call.world, invoice)


@operation("post", "/v1/invoices/{invoice}", "metadata", "description")
def update(call: Call) -> dict[str, Any]:
    """Changes what does not concern the money."""
    world, params = call.world, call.params
    invoice = world.demand("invoice", call.id)
    changes: dict[str, Any] = {"metadata": merged(invoice["metadata"], params.get("metadata"))}
    if "description" in params:
        changes["description"] = params["description"] or None
    return events.change(world, invoice, "invoice.updated", **changes)


@operation(
    "get",
    "/v1/invoice_payments",
    *LISTING,
    "invoice",
    "status",
    "payment.type",
    "payment.payment_intent",
)
def listed_payments(call: Call) -> dict[str, Any]:
    """Payments of invoices, by invoice, state or payment intent."""
    filters = dict(one_of(call.params, "invoice", "status"))
    if intent := call.params.get("payment", {}).get("payment_intent"):
        filters["payment.payment_intent"] = (intent,)
    return page(call, "invoice_payment", filters)


@includable("invoice", "payments")
def payments_of(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """The payments of an invoice as a list object."""
    return {
        "object": "list",
        "data": world.store.select("invoice_payment", {"invoice": [invoice["id"]]}),
        "has_more": False,
        "url": f"/v1/invoices/{invoice['id']}/payments",
    }
