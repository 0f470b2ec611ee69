"""Invoices: made for each period of a subscription; draft -> open -> paid | void."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import credits, events, invoice_contents
from .registry import timer
from .settlement import DAY
from .subscription_items import end_after, items_of
from .world import World, secret

DRAFT_SECONDS = 3600
# Who else wants to know that an invoice was sent and waits for its money.
AWAITED: list[Callable[[World, dict[str, Any]], None]] = []


def make(
    world: World,
    subscription: dict[str, Any],
    reason: str,
    *,
    start: int,
    end: int,
    periodic: bool = True,
) -> dict[str, Any]:
    """The invoice of a subscription for what waits, and for a period if `periodic`; a draft."""
    invoice = invoice_contents.body(world, subscription, reason, start, end, periodic=periodic)
    for item in invoice_contents.waiting(world, subscription):
        world.save(item | {"invoice": invoice["id"]})
    world.save(invoice)
    world.store.note(invoice["id"], "days_until_due", subscription["days_until_due"])
    events.emit(world, "invoice.created", invoice)
    return invoice


def upcoming(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    """What the next invoice of a subscription will be; it is not kept."""
    start = items_of(subscription)[0]["current_period_end"]
    end = end_after(subscription, subscription["billing_cycle_anchor"], start)
    invoice = invoice_contents.body(world, subscription, "upcoming", start, end)
    invoice |= credits.asked(world, invoice)
    id = invoice["id"].replace("in_", "upcoming_in_", 1)
    return invoice | {"id": id, "next_payment_attempt": start + DRAFT_SECONDS}


def open_(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """A draft becomes what it is: numbered, payable, with a page of its own."""
    customer = world.get("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    world.save(customer | {"next_invoice_sequence": number + 1})
    page_url = f"{world.options.public_url}/invoice/{invoice['id']}"
    days = world.store.noted(invoice["id"], "days_until_due")
    asked = credits.apply(world, invoice)
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
        **asked,
    )


def await_money(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """An invoice that is not charged by itself is open, and perhaps paid for already."""
    if not invoice["amount_due"]:
        return paid(world, invoice)
    payment_of(world, invoice)
    for told in AWAITED:
        told(world, invoice)
    return world.get("invoice", invoice["id"])


def send(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """Sends an open invoice to its customer; here the mail is only an event."""
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
    invoice = _is_paid(world, invoice, attempted=True)
    events.emit(world, "invoice.payment_succeeded", invoice)
    for payment in settled:
        events.emit(world, "invoice_payment.paid", payment)
    _in_order(world, invoice)
    return invoice


def paid_elsewhere(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """The money of an invoice came to the payee without Stripe; no balance moves."""
    drop_payment(world, invoice)
    amount = invoice["amount_due"]
    invoice = _is_paid(world, invoice, amount_paid_off_stripe=amount)
    _in_order(world, invoice, elsewhere=True)
    return invoice


def _is_paid(world: World, invoice: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return events.change(
        world,
        invoice,
        "invoice.paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        next_payment_attempt=None,
        status="paid",
        status_details=None,
        status_transitions=invoice["status_transitions"] | {"paid_at": world.now()},
        **fields,
    )


def drop_payment(world: World, invoice: dict[str, Any]) -> None:
    """Nobody pays an invoice at Stripe any more: its payment intent is canceled."""
    for payment in world.store.select("invoice_payment", {"invoice": [invoice["id"]]}):
        intent = world.get("payment_intent", payment["payment"]["payment_intent"])
        if intent["status"] not in ("succeeded", "processing", "canceled"):
            events.change(
                world,
                intent,
                "payment_intent.canceled",
                canceled_at=world.moment(),
                cancellation_reason="void_invoice",
                next_action=None,
                status="canceled",
            )
            dates = {"canceled_at": world.now(), "paid_at": None}
            world.save(payment | {"status": "canceled", "status_transitions": dates})


def _in_order(world: World, invoice: dict[str, Any], *, elsewhere: bool = False) -> None:
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
    if keeps and invoice["amount_due"] and not elsewhere:
        method = payment_of(world, invoice)["payment_method"]
        if method and world.get("payment_method", method)["customer"]:
            changed["default_payment_method"] = method
    if changed != subscription:
        word = "resumed" if resumes else "updated"
        events.change(world, changed, f"customer.subscription.{word}")


def void(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    """Nothing is due on an invoice any more."""
    drop_payment(world, invoice)
    credits.undo(world, invoice)
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
