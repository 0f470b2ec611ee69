"""Invoices in the API: looked at, changed, opened, sent, voided and written off."""

from __future__ import annotations

from typing import Any

from . import drafting, events, invoices
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


@operation(
    "post",
    "/v1/invoices/{invoice}",
    "auto_advance",
    "custom_fields.name",
    "custom_fields.value",
    "description",
    "due_date",
    "footer",
    "metadata",
)
def update(call: Call) -> dict[str, Any]:
    """Changes what does not concern the money; most of it only while it is a draft."""
    world, params = call.world, call.params
    invoice = world.demand("invoice", call.id)
    changes: dict[str, Any] = {"metadata": merged(invoice["metadata"], params.get("metadata"))}
    if {"custom_fields", "description", "due_date", "footer"} & params.keys():
        drafting.draft(world, call.id)
    for name in ("description", "footer"):
        if name in params:
            changes[name] = params[name] or None
    for name in ("auto_advance", "due_date"):
        if name in params:
            changes[name] = params[name]
    if "custom_fields" in params:
        changes["custom_fields"] = drafting.custom_fields(params)
    return events.change(world, invoice, "invoice.updated", **changes)


@operation("post", "/v1/invoices/{invoice}/finalize", "auto_advance")
def finalize(call: Call) -> dict[str, Any]:
    """Opens a draft: from now on it has a number and a page, and can be paid."""
    world = call.world
    invoice = drafting.draft(world, call.id)
    if "auto_advance" in call.params:
        invoice = invoice | {"auto_advance": call.params["auto_advance"]}
    return _open(world, invoice)


def _open(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    world.demand("customer", invoice["customer"], param="customer")
    if invoice["amount_due"] < 0:
        raise Refusal("This sandbox has no credits; the invoice is below nothing.", status=501,
                      type="api_error")  # fmt: skip
    invoice = invoices.open_(world, invoice | {"automatically_finalizes_at": None})
    charged = invoice["collection_method"] == "charge_automatically"
    if charged and invoice["auto_advance"] and invoice["amount_due"]:
        invoices.payment_of(world, invoice)
        world.later(0, "invoice_retry", invoice["id"])
        return world.save(invoice | {"next_payment_attempt": world.now()})
    return invoices.await_money(world, invoice)


@operation("post", "/v1/invoices/{invoice}/send")
def send(call: Call) -> dict[str, Any]:
    """Sends an invoice to its customer, and opens it if it is a draft."""
    world = call.world
    invoice = world.demand("invoice", call.id)
    if invoice["collection_method"] != "send_invoice":
        raise Refusal(
            "You can only manually send an invoice if its collection method is `send_invoice`."
        )
    if invoice["status"] == "draft":
        invoice = _open(world, invoice)
    if invoice["status"] not in ("open", "paid"):
        raise Refusal(f"You can only send open invoices; this one is {invoice['status']}.")
    if not invoice["customer_email"]:
        raise Refusal(
            "Missing email. In order to create invoices that are sent to the customer, the "
            "customer must have a valid email.",
            code="missing_email",
        )
    return invoices.send(world, invoice)


@operation("post", "/v1/invoices/{invoice}/mark_uncollectible")
def write_off(call: Call) -> dict[str, Any]:
    """Says that an open invoice will not be paid; it still can be."""
    invoice = call.world.demand("invoice", call.id)
    if invoice["status"] != "open":
        raise Refusal(f"You can only write open invoices off; this one is {invoice['status']}.")
    dates = {"marked_uncollectible_at": call.world.now()}
    return events.change(
        call.world,
        invoice,
        "invoice.marked_uncollectible",
        auto_advance=False,
        next_payment_attempt=None,
        status="uncollectible",
        status_details={"uncollectible": {"reason": "user_forgiven"}},
        status_transitions=invoice["status_transitions"] | dates,
    )


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
