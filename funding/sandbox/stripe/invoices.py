"""Invoices: made for each period of a subscription; draft -> open -> paid | void."""

from __future__ import annotations

from typing import Any

from . import events
from .expanding import includable
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation
from .wire import Refusal
from .world import World, secret

DRAFT_SECONDS = 3600


def make(
    world: World, subscription: dict[str, Any], reason: str, *, amount: int, start: int, end: int
) -> dict[str, Any]:
    """The invoice of a subscription for a period, as a draft."""
    item = subscription["items"]["data"][0]
    invoice = world.new("invoice", "in") | _head(world, subscription)
    invoice |= {
        "amount_due": amount,
        "amount_paid_off_stripe": 0,
        "amount_remaining": amount,
        "auto_advance": True,
        "billing_reason": reason,
        "period_start": start,
        "period_end": end,
        "status": "draft",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": world.now(),
    }
    invoice["lines"] = _lines(world, invoice, item, amount, start, end)
    for name in ("confirmation_secret", "payments"):
        del invoice[name]
    world.save(invoice)
    events.emit(world, "invoice.created", invoice)
    return invoice


def _head(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    """Who owes it to whom, and why."""
    customer = world.get("customer", subscription["customer"])
    return {
        "account_country": "SE",
        "account_name": world.options.merchant,
        "collection_method": subscription["collection_method"],
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "description": subscription["description"],
        "discounts": [],
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


def _lines(
    world: World, invoice: dict[str, Any], item: dict[str, Any], amount: int, start: int, end: int
) -> dict[str, Any]:
    line = world.new("line_item", "il")
    line |= {
        "amount": amount,
        "currency": invoice["currency"],
        "description": world.get("product", item["price"]["product"])["name"],
        "discount_amounts": [],
        "discountable": True,
        "invoice": invoice["id"],
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"start": start, "end": end},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        },
        "quantity": 1,
        "quantity_decimal": "1",
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
    }
    return {
        "object": "list",
        "data": [line],
        "has_more": False,
        "url": f"/v1/invoices/{invoice['id']}/lines",
    }


def open_(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """A draft becomes what it is: numbered, payable, with a page of its own."""
    customer = world.get("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    world.save(customer | {"next_invoice_sequence": number + 1})
    page_url = f"{world.options.public_url}/invoice/{invoice['id']}"
    return events.change(
        world,
        invoice,
        "invoice.finalized",
        effective_at=world.now(),
        hosted_invoice_url=page_url,
        invoice_pdf=f"{page_url}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        status="open",
        status_transitions=invoice["status_transitions"] | {"finalized_at": world.now()},
    )


def payment_of(
    world: World, invoice: dict[str, Any], intent: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The payment intent of an invoice, made when it is first needed, or the one given."""
    known = world.store.select("invoice_payment", {"invoice": [invoice["id"]]}, limit=1)
    if known:
        return world.get("payment_intent", known[0]["payment"]["payment_intent"])
    if intent is None:
        intent = world.new(
            "payment_intent",
            "pi",
            amount=invoice["amount_due"],
            amount_details={"tip": {}},
            capture_method="automatic_async",
            currency=invoice["currency"],
            customer=invoice["customer"],
            description=invoice["description"],
            metadata={},
            payment_method_options={},
            payment_method_types=["card", "sepa_debit", "bacs_debit"],
            status="requires_payment_method",
        )
        intent["client_secret"] = f"{intent['id']}_secret_{secret(25)}"
        for name in ("hooks", "managed_payments", "payment_details", "payment_record"):
            del intent[name]
        del intent["presentment_details"]
        world.save(intent)
        events.emit(world, "payment_intent.created", intent)
    payment = world.new(
        "invoice_payment",
        "inpay",
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        status="open",
    )
    payment["payment"] = {"type": "payment_intent", "payment_intent": intent["id"]}
    world.save(payment)
    return intent


def payment_status(world: World, invoice: dict[str, Any]) -> str:
    """How far the payment of an invoice is, in the words of its payment intent."""
    known = world.store.select("invoice_payment", {"invoice": [invoice["id"]]}, limit=1)
    if not known:
        return "requires_payment_method"
    return str(world.get("payment_intent", known[0]["payment"]["payment_intent"])["status"])


def paid(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """The money of an invoice is here."""
    (payment,) = world.store.select("invoice_payment", {"invoice": [invoice["id"]]}, limit=1)
    payment = world.save(
        payment
        | {
            "amount_paid": invoice["amount_due"],
            "status": "paid",
            "status_transitions": {"canceled_at": None, "paid_at": world.now()},
        }
    )
    invoice = events.change(
        world,
        invoice,
        "invoice.paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        next_payment_attempt=None,
        status="paid",
        status_transitions=invoice["status_transitions"] | {"paid_at": world.now()},
    )
    events.emit(world, "invoice.payment_succeeded", invoice)
    events.emit(world, "invoice_payment.paid", payment)
    subscription = subscription_of(world, invoice)
    if subscription is not None and subscription["status"] in ("past_due", "incomplete", "unpaid"):
        events.change(world, subscription, "customer.subscription.updated", status="active")
    return invoice


def void(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """Nothing is due on an invoice any more."""
    return events.change(
        world,
        invoice,
        "invoice.voided",
        amount_remaining=0,
        next_payment_attempt=None,
        status="void",
        status_transitions=invoice["status_transitions"] | {"voided_at": world.now()},
    )


def subscription_of(world: World, invoice: dict[str, Any]) -> dict[str, Any] | None:
    """The subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return world.get("subscription", details["subscription"]) if details else None


def invoice_of(world: World, intent: str) -> dict[str, Any] | None:
    """The invoice that a payment intent pays."""
    found = world.store.select("invoice_payment", {"payment.payment_intent": [intent]}, limit=1)
    return world.get("invoice", found[0]["invoice"]) if found else None


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
