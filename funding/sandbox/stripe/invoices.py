"""Invoices: made for each period of a subscription; draft -> open -> paid | void."""

from __future__ import annotations

from typing import Any

from . import events
from .calendars import next_after
from .registry import timer
from .settlement import DAY
from .world import World, secret

DRAFT_SECONDS = 3600
_BALANCE = "payment_method_options.customer_balance"
# What is honoured of the settings that say how something can be paid.
PAYMENT_SETTINGS = (
    "payment_method_types",
    f"{_BALANCE}.funding_type",
    f"{_BALANCE}.bank_transfer.type",
    f"{_BALANCE}.bank_transfer.eu_bank_transfer.country",
)


def make(
    world: World, subscription: dict[str, Any], reason: str, *, amount: int, start: int, end: int
) -> dict[str, Any]:
    """The invoice of a subscription for a period, as a draft."""
    invoice = _body(world, subscription, reason, amount, start, end)
    world.save(invoice)
    world.store.note(invoice["id"], "days_until_due", subscription["days_until_due"])
    events.emit(world, "invoice.created", invoice)
    return invoice


def upcoming(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    """What the next invoice of a subscription will be; it is not kept."""
    item = subscription["items"]["data"][0]
    start, amount = item["current_period_end"], item["price"]["unit_amount"]
    recurring = item["price"]["recurring"]
    end = next_after(
        subscription["billing_cycle_anchor"],
        recurring["interval"],
        recurring["interval_count"],
        start,
    )
    invoice = _body(world, subscription, "upcoming", amount, start, end)
    id = invoice["id"].replace("in_", "upcoming_in_", 1)
    return invoice | {"id": id, "next_payment_attempt": start + DRAFT_SECONDS}


def _body(
    world: World, subscription: dict[str, Any], reason: str, amount: int, start: int, end: int
) -> dict[str, Any]:
    item = subscription["items"]["data"][0]
    settings = dict(subscription["payment_settings"])
    del settings["save_default_payment_method"]
    invoice = world.new("invoice", "in") | _head(world, subscription)
    invoice |= totals(amount) | {
        "auto_advance": True,
        "billing_reason": reason,
        "payment_settings": settings | {"default_mandate": None},
        "period_start": start,
        "period_end": end,
        "status": "draft",
    }
    invoice["lines"] = _lines(world, invoice, item, amount, start, end)
    return shown(invoice)


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
    days = world.store.noted(invoice["id"], "days_until_due")
    due = invoice["due_date"] or (None if days is None else world.now() + days * DAY)
    if due is not None:
        world.later(max(due - world.now(), 0), "invoice_due", invoice["id"])
    return events.change(
        world,
        invoice,
        "invoice.finalized",
        due_date=due,
        effective_at=world.now(),
        hosted_invoice_url=page_url,
        invoice_pdf=f"{page_url}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        status="open",
        status_transitions=invoice["status_transitions"] | {"finalized_at": world.now()},
    )


def send(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """Sends an open invoice to its customer; here the mail is only an event."""
    payment_of(world, invoice)
    events.emit(world, "invoice.sent", invoice)
    return invoice


@timer("invoice_due")
def due(world: World, id: str) -> None:
    """The day is over on which an invoice was to be paid."""
    invoice = world.get("invoice", id)
    if invoice["status"] != "open":
        return
    events.emit(world, "invoice.overdue", invoice)
    subscription = subscription_of(world, invoice)
    if subscription is not None and subscription["status"] == "active":
        events.change(world, subscription, "customer.subscription.updated", status="past_due")


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
    found = world.store.select("invoice_payment", {"invoice": [invoice["id"]]}, limit=1)
    settled = [
        world.save(
            payment
            | {
                "amount_paid": invoice["amount_due"],
                "status": "paid",
                "status_transitions": {"canceled_at": None, "paid_at": world.now()},
            }
        )
        for payment in found
    ]
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
    for payment in settled:
        events.emit(world, "invoice_payment.paid", payment)
    _in_order(world, invoice)
    return invoice


def _in_order(world: World, invoice: dict[str, Any]) -> None:
    """A subscription whose invoice was paid is in order again, and keeps what paid it if asked."""
    subscription = subscription_of(world, invoice)
    if subscription is None or subscription["status"] in ("canceled", "incomplete_expired"):
        return
    changed = dict(subscription)
    resumes = subscription["status"] == "paused" and (
        (invoice["billing_reason"], invoice["id"])
        == ("subscription_update", subscription["latest_invoice"])
    )
    if resumes or subscription["status"] in ("past_due", "incomplete", "unpaid"):
        changed |= {"status": "active", "status_details": None}
    keeps = subscription["payment_settings"]["save_default_payment_method"] == "on_subscription"
    if keeps and invoice["amount_due"]:
        method = payment_of(world, invoice)["payment_method"]
        if method and world.get("payment_method", method)["customer"]:
            changed["default_payment_method"] = method
    if changed != subscription:
        word = "resumed" if resumes else "updated"
        events.change(world, changed, f"customer.subscription.{word}")


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
