"""Taking the money of invoices: by the clock, again after a failure, by hand, on a page.

A draft is opened and charged an hour after it was made. What the bank declines is tried again
three, five and seven days after the failure before it, a stand-in for Stripe's Smart Retries;
after the last the subscription ends.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Literal

from . import billing, charges, debits, events
from .cards import Card, Decline, card_of
from .invoices import (
    await_money,
    invoice_of,
    open_,
    paid,
    paid_elsewhere,
    payment_of,
    send,
    subscription_of,
)
from .payments import error
from .registry import Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import World

RETRY_DAYS = (3, 5, 7)
How = Literal["by_clock", "by_hand", "on_page", "confirmed"]
Outcome = Literal["paid", "processing", "action", "declined"]
_MISSING = Decline("missing", "", "There is no payment method to charge.")
_MANDATE_OVER = Decline("payment_method_not_available", "", "The mandate has ended.")


@dataclass(frozen=True)
class _Try:
    """One attempt to take the money of an invoice."""

    world: World
    invoice: dict[str, Any]
    intent: dict[str, Any]
    method: dict[str, Any] | None
    how: How
    counts: bool
    """Whether it is one of the planned attempts, or the first of all."""


def collect(
    world: World,
    invoice: dict[str, Any],
    how: How = "by_clock",
    method: dict[str, Any] | None = None,
) -> Outcome:
    """One attempt to take the money of an open invoice, by what is saved or by a `method`.

    As with Stripe, what people try after the first attempt changes nothing about those that are
    planned. On a page a card that wants 3-D Secure asks for it, and then is `confirmed`.
    """
    intent = payment_of(world, invoice)
    if method is None:
        method = _saved(world, invoice)
    counts = how == "by_clock" or not invoice["attempt_count"]
    done = invoice["attempt_count"] + (1 if counts else 0)
    invoice = invoice | {"attempted": True, "attempt_count": done}
    this = _Try(world, invoice, intent, method, how, counts)
    if method is None:
        return _declined(this, _MISSING)
    if method["type"] != "card":
        return _by_debit(this, method)
    card = card_of(world.store.noted(method["id"], "number"))
    wish = "" if how == "on_page" else _wish(world, invoice)
    if how == "on_page":
        asks = card.three_d_secure
    else:
        asks = wish == "requires_action" or (card.every_time and not wish)
    if asks and how != "confirmed":
        return _needs_giver(this, method)
    return _by_card(this, method, card, _decline(world, method, card, wish))


def _by_debit(this: _Try, method: dict[str, Any]) -> Outcome:
    this.world.save(this.invoice | {"next_payment_attempt": None})
    if debits.begin(this.world, this.intent, method) is None:
        return _declined(this, _MANDATE_OVER)
    return "processing"


def _by_card(this: _Try, method: dict[str, Any], card: Card, decline: Decline | None) -> Outcome:
    world = this.world
    played = replace(card, decline=decline)
    intent = this.intent | {"payment_method": method["id"]}
    secured = this.how == "confirmed"
    charge = charges.make_charge(world, intent, method, played, secured=secured)
    intent = intent | {"latest_charge": charge["id"], "next_action": None}
    if decline is not None:
        return _declined(replace(this, intent=intent), decline, charge=charge["id"])
    world.save(intent)
    events.change(
        world,
        intent,
        "payment_intent.succeeded",
        amount_received=intent["amount"],
        last_payment_error=None,
        status="succeeded",
    )
    paid(world, this.invoice)
    return "paid"


def _saved(world: World, invoice: dict[str, Any]) -> dict[str, Any] | None:
    """What an invoice is charged to."""
    subscription = subscription_of(world, invoice)
    own = subscription["default_payment_method"] if subscription is not None else None
    return _usable(world, invoice["customer"], own or invoice["default_payment_method"])


def saved_method(world: World, subscription: dict[str, Any]) -> dict[str, Any] | None:
    """What a subscription is charged to."""
    return _usable(world, subscription["customer"], subscription["default_payment_method"])


def _usable(world: World, customer: str, own: str | None) -> dict[str, Any] | None:
    # What is left of a deleted customer has no settings.
    settings = world.get("customer", customer).get("invoice_settings") or {}
    id = own or settings.get("default_payment_method")
    method = world.get("payment_method", id) if id else None
    # One that was taken away from its customer can be charged no more.
    return method if method and method["customer"] else None


def _wish(world: World, invoice: dict[str, Any]) -> str:
    """What a control request wants of this attempt; it is good for one."""
    subscription = subscription_of(world, invoice)
    about = invoice["id"] if subscription is None else subscription["id"]
    left = world.store.noted(about, "wishes") or []
    if not left:
        return ""
    world.store.note(about, "wishes", left[1:])
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


def _needs_giver(this: _Try, method: dict[str, Any]) -> Outcome:
    world, invoice = this.world, this.invoice
    url = f"{world.options.public_url}/invoice/{invoice['id']}/3ds"
    events.change(
        world,
        this.intent | {"payment_method": method["id"]},
        "payment_intent.requires_action",
        status="requires_action",
        next_action={
            "redirect_to_url": {"return_url": None, "url": url},
            "type": "redirect_to_url",
        },
    )
    if this.how != "on_page":  # There the customer is asked at once, and nothing has failed.
        invoice = _plan(world, invoice) if this.counts else world.save(invoice)
        events.emit(world, "invoice.payment_action_required", invoice)
        events.emit(world, "invoice.payment_failed", invoice)
        if this.counts:
            _fall_behind(world, invoice)
    return "action"


def unconfirmed(world: World, invoice: dict[str, Any]) -> Outcome:
    """The customer did not confirm a payment at the bank."""
    intent = payment_of(world, invoice)
    method = world.get("payment_method", intent["payment_method"])
    this = _Try(world, invoice, intent, method, "on_page", counts=False)
    code = "payment_intent_authentication_failure"
    told = "We are unable to authenticate your payment method. Please choose a different payment "
    return _declined(this, Decline(code, "", f"{told}method and try again."))


def refused(world: World, invoice: dict[str, Any], method: dict[str, Any], why: str) -> Outcome:
    """An account that was typed on a page cannot be debited."""
    this = _Try(world, invoice, payment_of(world, invoice), method, "on_page", counts=False)
    return _declined(this, Decline("bank_account_unusable", "", why))


def _declined(this: _Try, decline: Decline, charge: str | None = None) -> Outcome:
    told: dict[str, Any] = error(decline.code, decline.message, this.method or {})
    if this.method is None:
        del told["payment_method"]
    told |= {"decline_code": decline.decline_code} if decline.decline_code else {}
    told |= {"charge": charge} if charge else {}
    events.change(
        this.world,
        this.intent,
        "payment_intent.payment_failed",
        last_payment_error=told,
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    fails(this.world, this.invoice, counts=this.counts)
    return "declined"


def fails(world: World, invoice: dict[str, Any], *, counts: bool = True) -> None:
    """An attempt failed: the next one is planned, or the subscription ends."""
    invoice = _plan(world, invoice) if counts else world.save(invoice)
    events.emit(world, "invoice.payment_failed", invoice)
    if counts:
        _fall_behind(world, invoice)


def _plan(world: World, invoice: dict[str, Any]) -> dict[str, Any]:
    done = invoice["attempt_count"]
    subscription = subscription_of(world, invoice)
    goes_on = (
        done <= len(RETRY_DAYS)
        and subscription is not None
        and subscription["status"] not in ("incomplete", "canceled")
    )
    at = world.now() + RETRY_DAYS[done - 1] * DAY if goes_on else None
    invoice = world.save(invoice | {"next_payment_attempt": at, "auto_advance": goes_on})
    if at is not None:
        world.later(at - world.now(), "invoice_retry", invoice["id"])
    return invoice


def _fall_behind(world: World, invoice: dict[str, Any]) -> None:
    from . import subscriptions

    subscription = subscription_of(world, invoice)
    # What never began, rests or has ended cannot fall behind.
    if subscription is None or subscription["status"] in ("canceled", "incomplete", "paused"):
        return
    status = "past_due"
    if invoice["next_payment_attempt"] is None:
        status = billing.after_last_attempt(world)
    if status == "canceled":
        subscriptions.end(world, subscription, "payment_failed")
    elif subscription["status"] != status:
        events.change(world, subscription, "customer.subscription.updated", status=status)


@timer("invoice_finalize")
def finalize_by_clock(world: World, id: str) -> None:
    """The hour in which a draft can be changed is over."""
    invoice = world.get("invoice", id)
    if invoice["status"] != "draft" or _is_gone(world, invoice):
        return
    invoice = open_(world, invoice)
    if invoice["collection_method"] == "send_invoice":
        await_money(world, invoice)
        send(world, world.get("invoice", id))
    elif not invoice["amount_due"]:
        paid(world, invoice)
    else:
        collect(world, invoice)


def _is_gone(world: World, invoice: dict[str, Any]) -> bool:
    return bool(world.get("customer", invoice["customer"]).get("deleted"))


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
    with world.within(invoice):
        if status == "paid":
            paid(world, invoice)
        else:
            fails(world, invoice)


debits.ENDED.append(debit_ended)


@operation(
    "post", "/v1/invoices/{invoice}/pay", "off_session", "paid_out_of_band", "payment_method"
)
def pay(call: Call) -> dict[str, Any]:
    """An attempt to take the money now, or the word that it came without Stripe."""
    world = call.world
    invoice = world.demand("invoice", call.id)
    if invoice["status"] == "paid":
        raise Refusal("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(f"This invoice is {invoice['status']}; only open ones can be paid.")
    if payment_of(world, invoice)["status"] == "processing":
        raise Refusal("The payment of this invoice is still being processed.")
    if call.params.get("paid_out_of_band"):
        return paid_elsewhere(world, invoice)
    outcome = collect(world, invoice, "by_hand", _wanted(call, invoice))
    if outcome in ("declined", "action"):
        raise refusal(world, invoice)
    return world.get("invoice", invoice["id"])


def refusal(world: World, invoice: dict[str, Any], *, stays: bool = True) -> Refusal:
    """What an attempt by the API is answered that failed or that the bank asks about."""
    told = payment_of(world, invoice)["last_payment_error"] or {}
    return Refusal(
        told.get("message") or "This payment requires additional user action.",
        status=402,
        type="card_error",
        code=told.get("code") or "invoice_payment_intent_requires_action",
        stays=stays,
    )


def _wanted(call: Call, invoice: dict[str, Any]) -> dict[str, Any] | None:
    """The payment method that the request names, which must be the customer's."""
    if "payment_method" not in call.params:
        return None
    method = call.world.demand(
        "payment_method", call.params["payment_method"], param="payment_method"
    )
    if method["customer"] != invoice["customer"]:
        raise Refusal(
            f"The payment method {method['id']} is not attached to the customer.",
            param="payment_method",
        )
    return method
