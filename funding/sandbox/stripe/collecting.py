"""Taking the money of invoices: by the clock, again after a failure, by hand, on a page.

A draft is opened and charged an hour after it was made. What the bank declines is tried again
three, five and seven days after the failure before it, a stand-in for Stripe's Smart Retries;
after the last the subscription ends.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from . import charges, debits, events
from .cards import Card, Decline, card_of
from .invoices import invoice_of, open_, paid, payment_of, subscription_of
from .payments import error
from .registry import Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import World

RETRY_DAYS = (3, 5, 7)


def collect(world: World, invoice: dict[str, Any], *, on_page: bool = False) -> str:
    """One attempt to take the money of an open invoice: paid, processing, action or declined."""
    subscription = subscription_of(world, invoice)
    intent = payment_of(world, invoice)
    method_id = _method(world, subscription, invoice)
    invoice = invoice | {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if method_id is None:
        return _declined(world, invoice, intent, None, Decline("missing", "missing", "No card."))
    method = world.get("payment_method", method_id)
    world.save(invoice)
    if method["type"] != "card":
        if debits.begin(world, intent, method) is None:
            refused = Decline("payment_method_not_available", "", "The mandate has ended.")
            return _declined(world, invoice, intent, method, refused)
        return "processing"
    card = card_of(world.store.noted(method["id"], "number"))
    wish = _wish(world, subscription)
    asks = wish == "requires_action" or (card.every_time and not wish)
    if asks and not on_page:
        return _needs_giver(world, invoice, intent, method)
    decline = _decline(world, method, card, wish)
    return _by_card(world, invoice, intent, method, card, decline, secured=on_page)


def _by_card(
    world: World,
    invoice: dict[str, Any],
    intent: dict[str, Any],
    method: dict[str, Any],
    card: Card,
    decline: Decline | None,
    *,
    secured: bool,
) -> str:
    played = Card(card.number, card.label, card.brand, card.funding, decline, refund=card.refund,
                  available_at_once=card.available_at_once, dispute=card.dispute,
                  warns=card.warns)  # fmt: skip
    intent = intent | {"payment_method": method["id"]}
    charge = charges.make_charge(world, intent, method, played, secured=secured)
    intent = intent | {"latest_charge": charge["id"], "next_action": None}
    if decline is not None:
        return _declined(world, invoice, intent, method, decline, charge=charge["id"])
    world.save(intent)
    events.change(
        world,
        intent,
        "payment_intent.succeeded",
        amount_received=intent["amount"],
        last_payment_error=None,
        status="succeeded",
    )
    paid(world, invoice)
    return "paid"


def _method(
    world: World, subscription: dict[str, Any] | None, invoice: dict[str, Any]
) -> str | None:
    customer = world.get("customer", invoice["customer"])
    own = subscription["default_payment_method"] if subscription is not None else None
    found: str | None = own or customer["invoice_settings"]["default_payment_method"]
    # One that was taken away from its customer can be charged no more.
    return found if found and world.get("payment_method", found)["customer"] else None


def _wish(world: World, subscription: dict[str, Any] | None) -> str:
    """What a control request wants of this attempt; it is good for one."""
    if subscription is None:
        return ""
    left = world.store.noted(subscription["id"], "wishes") or []
    if not left:
        return ""
    world.store.note(subscription["id"], "wishes", left[1:])
    return str(left[0])


def _decline(world: World, method: dict[str, Any], card: Card, wish: str) -> Decline | None:
    if wish and wish not in ("succeeds", "requires_action"):
        return Decline("card_declined", wish, "Your card was declined.")
    if wish == "succeeds":
        return None
    today = dt.datetime.fromtimestamp(world.now(), dt.UTC)
    if (method["card"]["exp_year"], method["card"]["exp_month"]) < (today.year, today.month):
        return Decline("expired_card", "expired_card", "Your card has expired.")
    return card.decline


def _needs_giver(
    world: World, invoice: dict[str, Any], intent: dict[str, Any], method: dict[str, Any]
) -> str:
    url = f"{world.options.public_url}/invoice/{invoice['id']}"
    events.change(
        world,
        intent | {"payment_method": method["id"]},
        "payment_intent.requires_action",
        status="requires_action",
        next_action={
            "redirect_to_url": {"return_url": None, "url": url},
            "type": "redirect_to_url",
        },
    )
    invoice = _plan(world, invoice)
    events.emit(world, "invoice.payment_action_required", invoice)
    events.emit(world, "invoice.payment_failed", invoice)
    _fall_behind(world, invoice)
    return "action"


def _declined(
    world: World,
    invoice: dict[str, Any],
    intent: dict[str, Any],
    method: dict[str, Any] | None,
    decline: Decline,
    *,
    charge: str | None = None,
) -> str:
    told = error(decline.code, decline.message, method or {}) if method else None
    if told is not None:
        told |= {"decline_code": decline.decline_code}
        told |= {"charge": charge} if charge else {}
    events.change(
        world,
        intent,
        "payment_intent.payment_failed",
        last_payment_error=told,
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    fails(world, invoice)
    return "declined"


def fails(world: World, invoice: dict[str, Any]) -> None:
    """An attempt failed: the next one is planned, or the subscription ends."""
    invoice = _plan(world, invoice)
    events.emit(world, "invoice.payment_failed", invoice)
    _fall_behind(world, invoice)


def _plan(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    done = invoice["attempt_count"]
    goes_on = done <= len(RETRY_DAYS) and subscription_of(world, invoice) is not None
    at = world.now() + RETRY_DAYS[done - 1] * DAY if goes_on else None
    invoice = world.save(invoice | {"next_payment_attempt": at, "auto_advance": goes_on})
    if at is not None:
        world.later(at - world.now(), "invoice_retry", invoice["id"])
    return invoice


def _fall_behind(world: World, invoice: dict[str, Any]) -> None:
    from . import subscriptions

    subscription = subscription_of(world, invoice)
    if subscription is None or subscription["status"] == "canceled":
        return
    if invoice["next_payment_attempt"] is None:
        subscriptions.end(world, subscription, "payment_failed")
    elif subscription["status"] != "past_due":
        events.change(world, subscription, "customer.subscription.updated", status="past_due")


@timer("invoice_finalize")
def finalize_by_clock(world: World, id: str) -> None:
    """The hour in which a draft can be changed is over."""
    invoice = world.get("invoice", id)
    if invoice["status"] != "draft":
        return
    invoice = open_(world, invoice)
    if not invoice["amount_due"]:
        payment_of(world, invoice)
        paid(world, invoice)
    else:
        collect(world, invoice)


@timer("invoice_retry")
def retry_by_clock(world: World, id: str) -> None:
    """A planned attempt, unless the invoice was paid or another plan was made."""
    invoice = world.get("invoice", id)
    if invoice["status"] == "open" and invoice["next_payment_attempt"] == world.now():
        collect(world, invoice)


def debit_ended(world: World, intent: dict[str, Any], status: str) -> None:
    """The debit that pays an invoice has ended, well or not."""
    invoice = invoice_of(world, intent["id"])
    if invoice is None or invoice["status"] != "open":
        return
    if status == "paid":
        paid(world, invoice)
    else:
        fails(world, invoice)


debits.ENDED.append(debit_ended)


@operation("post", "/v1/invoices/{invoice}/pay", "payment_method")
def pay(call: Call) -> dict[str, Any]:
    """An attempt to take the money now."""
    world = call.world
    invoice = world.demand("invoice", call.id)
    if invoice["status"] == "paid":
        raise Refusal("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise Refusal(f"This invoice is {invoice['status']}; only open ones can be paid.")
    outcome = collect(world, invoice)
    if outcome in ("declined", "action"):
        intent = payment_of(world, invoice)
        told = intent["last_payment_error"] or {}
        raise Refusal(
            told.get("message") or "This payment requires additional user action.",
            status=402,
            type="card_error",
            code=told.get("code") or "invoice_payment_intent_requires_action",
            stays=True,
        )
    return world.get("invoice", invoice["id"])
