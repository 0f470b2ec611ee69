"""Invoices by hand: drafts, and what stands on them."""

from __future__ import annotations

from typing import Any

from . import events, invoice_contents, products
from .currencies import MAXIMUM
from .invoice_contents import PAYMENT_SETTINGS
from .invoice_lines import pending, pricing_of, put_on, totals, with_lines
from .invoices import DRAFT_SECONDS
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation
from .wire import Refusal
from .world import World

_TEXTS = ("description", "footer")
MAX_CUSTOM_FIELDS = 4


@operation(
    "post",
    "/v1/invoices",
    *_TEXTS,
    "auto_advance",
    "collection_method",
    "currency",
    "custom_fields.name",
    "custom_fields.value",
    "customer",
    "days_until_due",
    "default_payment_method",
    "due_date",
    "metadata",
    "pending_invoice_items_behavior",
    *(f"payment_settings.{name}" for name in PAYMENT_SETTINGS),
)
def create(call: Call) -> dict[str, Any]:
    """A draft; with `auto_advance` it is finalized an hour later."""
    world, params = call.world, call.params
    if "customer" not in params:
        raise Refusal(
            "Missing required param: customer.", code="parameter_missing", param="customer"
        )
    if "default_payment_method" in params:
        world.demand(
            "payment_method", params["default_payment_method"], param="default_payment_method"
        )
    invoice = blank(world, params)
    if params.get("auto_advance"):
        invoice["automatically_finalizes_at"] = world.now() + DRAFT_SECONDS
        world.later(DRAFT_SECONDS, "invoice_finalize", invoice["id"])
    world.save(invoice)
    world.store.note(invoice["id"], "days_until_due", params.get("days_until_due"))
    if params.get("pending_invoice_items_behavior") == "include":
        for item in pending(world, invoice["customer"], invoice["currency"]):
            invoice = put_on(world, invoice, item)
    events.emit(world, "invoice.created", invoice)
    return invoice


def blank(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """A draft for a customer on which nothing stands; not kept yet."""
    customer = world.demand("customer", params["customer"], param="customer")
    currency = params.get("currency", world.options.settlement_currency)
    currency = products.checked_currency(currency, "currency")
    invoice = world.new("invoice", "in") | invoice_contents.addressed(world, customer)
    invoice |= totals(0) | {
        "auto_advance": params.get("auto_advance", False),
        "billing_reason": "manual",
        "collection_method": params.get("collection_method", "charge_automatically"),
        "currency": currency,
        "custom_fields": custom_fields(params),
        "default_payment_method": params.get("default_payment_method"),
        "due_date": _due_date(world, params),
        "metadata": merged({}, params.get("metadata")),
        "payment_settings": invoice_contents.payment_settings(params.get("payment_settings", {}))
        | {"default_mandate": None},
        "period_start": world.now(),
        "period_end": world.now(),
        "status": "draft",
    }
    invoice |= {name: params.get(name) or None for name in _TEXTS}
    invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
    return invoice_contents.shown(invoice)


def custom_fields(params: dict[str, Any]) -> list[dict[str, str]] | None:
    """What else stands on an invoice, such as the number of an order."""
    given = params.get("custom_fields") or []
    if len(given) > MAX_CUSTOM_FIELDS:
        raise Refusal(
            f"An invoice has at most {MAX_CUSTOM_FIELDS} custom fields.", param="custom_fields"
        )
    return [{"name": each["name"], "value": each["value"]} for each in given] or None


def _due_date(world: World, params: dict[str, Any]) -> int | None:
    sends = params.get("collection_method") == "send_invoice"
    days, due = params.get("days_until_due"), params.get("due_date")
    if not sends and (days is not None or due is not None):
        name = "due_date" if days is None else "days_until_due"
        raise Refusal(
            f"You can only specify `{name}` if the collection method is `send_invoice`.",
            param=name,
        )
    if sends and (days is None) == (due is None):
        raise Refusal(
            "Invoices with `collection_method` `send_invoice` must specify one of `due_date` and "
            "`days_until_due`.",
            param="days_until_due",
        )
    if due is not None and due <= world.now():
        raise Refusal("`due_date` must be in the future.", param="due_date")
    return due


@operation("delete", "/v1/invoices/{invoice}")
def delete(call: Call) -> dict[str, Any]:
    """Throws a draft away, with what stands on it."""
    world = call.world
    invoice = draft(world, call.id)
    if invoice["parent"]:
        raise Refusal("You can only delete draft invoices that no subscription made.")
    for item in world.store.select("invoiceitem", {"invoice": [invoice["id"]]}):
        world.store.delete(item["id"])
    world.store.delete(invoice["id"])
    events.emit(world, "invoice.deleted", invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def draft(world: World, id: str, param: str | None = None) -> dict[str, Any]:
    """An invoice that can still be changed."""
    invoice = world.demand("invoice", id, param=param)
    if invoice["status"] != "draft":
        raise Refusal(
            f"This invoice is no longer a draft: it is {invoice['status']}.",
            code="invoice_not_editable",
            param=param,
        )
    return invoice


@operation(
    "post",
    "/v1/invoiceitems",
    "amount",
    "currency",
    "customer",
    "description",
    "invoice",
    "metadata",
    "period.end",
    "period.start",
    "price_data.currency",
    "price_data.product",
    "price_data.unit_amount",
    "quantity",
    "subscription",
)
def create_item(call: Call) -> dict[str, Any]:
    """What stands on an invoice, or waits for the customer's next one."""
    return make_item(call.world, call.params)


def make_item(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """An invoice item that a request asks for."""
    invoice = draft(world, params["invoice"], "invoice") if "invoice" in params else None
    owner = params.get("customer") or (invoice or {}).get("customer")
    if owner is None:
        raise Refusal(
            "Missing required param: customer.", code="parameter_missing", param="customer"
        )
    customer = world.demand("customer", owner, param="customer")
    if invoice is not None and invoice["customer"] != customer["id"]:
        raise Refusal("The invoice is another customer's.", param="invoice")
    parent = _for_subscription(world, params, customer["id"])
    amount, currency, pricing = _worth(world, params)
    if invoice is not None and invoice["currency"] != currency:
        raise Refusal(
            f"The currency of the invoice is {invoice['currency']}, not {currency}.",
            param="currency",
        )
    quantity = params.get("quantity", 1)
    now = world.now()
    item = world.new(
        "invoiceitem", "ii", amount=amount, currency=currency, customer=customer["id"], date=now,
        description=params.get("description"), discountable=True, discounts=[],
        metadata=merged({}, params.get("metadata")), net_amount=amount, parent=parent,
        period=params.get("period", {"start": now, "end": now}), pricing=pricing,
        quantity=quantity, quantity_decimal=str(quantity), tax_rates=[],
        test_clock=customer["test_clock"],
    )  # fmt: skip
    world.save(item)
    if invoice is not None:
        put_on(world, invoice, item)
    return world.get("invoiceitem", item["id"])


def _for_subscription(world: World, params: dict[str, Any], customer: str) -> dict[str, Any] | None:
    """The subscription for whose invoice an item waits, if the request names one."""
    if "subscription" not in params:
        return None
    found = world.demand("subscription", params["subscription"], param="subscription")
    if found["customer"] != customer:
        raise Refusal("The subscription is another customer's.", param="subscription")
    details = {"subscription": found["id"], "subscription_item": None}
    return {"subscription_details": details, "type": "subscription_details"}


def _worth(world: World, params: dict[str, Any]) -> tuple[int, str, dict[str, Any] | None]:
    """The amount of an item in minor units, its currency, and the price that it comes from."""
    if ("amount" in params) == ("price_data" in params):
        raise Refusal("You must specify either `amount` or `price_data`.", param="amount")
    if "amount" in params:
        if params.get("quantity", 1) != 1:
            raise Refusal("`quantity` goes with `price_data`, not with `amount`.", param="quantity")
        currency = params.get("currency", world.options.settlement_currency)
        amount, pricing = params["amount"], None
    else:
        data = params["price_data"]
        world.demand("product", data["product"], param="price_data[product]")
        price = products.make_price(world, data, data["product"], active=False)
        currency, amount = data["currency"], price["unit_amount"] * params.get("quantity", 1)
        pricing = pricing_of(price)
    if abs(amount) > MAXIMUM:
        raise Refusal("The amount is too large.", code="amount_too_large", param="amount")
    return amount, products.checked_currency(currency, "currency"), pricing


@operation("get", "/v1/invoiceitems/{invoiceitem}")
def retrieve_item(call: Call) -> dict[str, Any]:
    """One item."""
    return call.world.demand("invoiceitem", call.id)


@operation("get", "/v1/invoiceitems", *LISTING, "created", "customer", "invoice")
def listed_items(call: Call) -> dict[str, Any]:
    """Items, by customer or invoice if wanted."""
    return page(call, "invoiceitem", one_of(call.params, "customer", "invoice"))


@operation("delete", "/v1/invoiceitems/{invoiceitem}")
def delete_item(call: Call) -> dict[str, Any]:
    """Takes an item away, off its draft too."""
    world = call.world
    item = world.demand("invoiceitem", call.id)
    if item["invoice"]:
        invoice = draft(world, item["invoice"], "invoice")
        left = [line for line in invoice["lines"]["data"] if _item_of(line) != item["id"]]
        world.save(with_lines(invoice, left))
    world.store.delete(item["id"])
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


def _item_of(line: dict[str, Any]) -> str | None:
    parent = line["parent"]
    details = parent["invoice_item_details"] or parent["subscription_item_details"]
    return str(details["invoice_item"]) if details["invoice_item"] else None
