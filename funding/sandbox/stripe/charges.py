"""Charges and payment methods: attempts to take money from a card."""

from __future__ import annotations

from typing import Any

from . import events
from .books import Leg
from .cards import Card
from .expanding import includable
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation
from .world import World

_CHECKS = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}


def make_method(
    world: World, card: Card, expiry: tuple[int, int], billing: dict[str, Any]
) -> dict[str, Any]:
    """The payment method for a card that was typed in; its number is kept out of sight."""
    method = world.new("payment_method", "pm", type="card", billing_details=billing)
    method = {
        name: value
        for name, value in method.items()
        if value is not None or name in ("customer", "metadata")
    }
    method["allow_redisplay"] = "limited"
    method["metadata"] = {}
    method["card"] = {
        "brand": card.brand,
        "checks": dict(_CHECKS),
        "country": "IE",
        "display_brand": card.brand,
        "exp_month": expiry[0],
        "exp_year": expiry[1],
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    world.save(method)
    world.store.note(method["id"], "number", card.number)
    return method


def make_charge(
    world: World, intent: dict[str, Any], method: dict[str, Any], card: Card, *, secured: bool
) -> dict[str, Any]:
    """Takes the money of a payment intent from a card, or fails to; books it and tells of it."""
    decline = card.decline
    charge = world.new(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=0 if decline else intent["amount"],
        billing_details=method["billing_details"],
        calculated_statement_descriptor=world.options.merchant.upper()[:22],
        captured=decline is None,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=_outcome(card),
        paid=decline is None,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={
            "type": "card",
            "card": _card_details(card, method, intent["amount"], secured=secured),
        },
        radar_options={},
        receipt_email=intent["receipt_email"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        status="failed" if decline else "succeeded",
    )
    for name in ("authorization_code", "level3", "presentment_details", "refunds", "transfer"):
        del charge[name]
    world.save(charge)
    if decline:
        events.emit(world, "charge.failed", charge)
        return charge
    book(world, charge)
    events.emit(world, "charge.succeeded", charge)
    return charge


def make_transfer(world: World, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    """Takes the money of a payment intent from what its customer has at Stripe."""
    charge = world.new(
        "charge",
        "py",
        amount=intent["amount"],
        amount_captured=intent["amount"],
        billing_details=method["billing_details"],
        captured=True,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        fraud_details={},
        metadata=dict(intent["metadata"]),
        paid=True,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "customer_balance", "customer_balance": {}},
        radar_options={},
        status="succeeded",
    )
    for name in ("authorization_code", "level3", "presentment_details", "refunds", "transfer"):
        del charge[name]
    world.save(charge)
    book(world, charge)
    events.emit(world, "charge.succeeded", charge)
    return charge


def book(world: World, charge: dict[str, Any]) -> None:
    """Books the money of a successful charge, whose value is told a moment later."""
    legs = [
        Leg("customers", charge["currency"], -charge["amount"]),
        Leg("unsettled", charge["currency"], charge["amount"]),
    ]
    world.books.post("charge", charge["id"], legs)
    world.later(world.options.balance_transaction_delay_seconds, "settle_charge", charge["id"])


def _outcome(card: Card) -> dict[str, Any]:
    decline = card.decline
    outcome: dict[str, Any] = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    if decline and decline.blocked:
        outcome |= {
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "risk_level": "highest",
            "risk_score": 100,
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        }
    elif decline:
        outcome |= {
            "network_status": "declined_by_network",
            "reason": decline.decline_code,
            "seller_message": f"The bank returned the decline code `{decline.decline_code}`.",
            "type": "issuer_declined",
        }
    return outcome


def _card_details(
    card: Card, method: dict[str, Any], amount: int, *, secured: bool
) -> dict[str, Any]:
    return {
        "amount_authorized": None if card.decline else amount,
        "authorization_code": None,
        "brand": card.brand,
        "checks": dict(_CHECKS),
        "country": method["card"]["country"],
        "exp_month": method["card"]["exp_month"],
        "exp_year": method["card"]["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": _three_d_secure() if secured else None,
        "wallet": None,
    }


def _three_d_secure() -> dict[str, Any]:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


@operation("get", "/v1/charges/{charge}")
def retrieve(call: Call) -> dict[str, Any]:
    """One charge."""
    return call.world.demand("charge", call.id)


@operation("get", "/v1/charges", *LISTING, "created", "customer", "payment_intent")
def listed(call: Call) -> dict[str, Any]:
    """Charges, failed ones included."""
    return page(call, "charge", one_of(call.params, "customer", "payment_intent"))


@operation("post", "/v1/charges/{charge}", "metadata", "description", "receipt_email")
def update(call: Call) -> dict[str, Any]:
    """Changes what does not concern the money."""
    world, params = call.world, call.params
    charge = world.demand("charge", call.id)
    changes: dict[str, Any] = {"metadata": merged(charge["metadata"], params.get("metadata"))}
    for name in ("description", "receipt_email"):
        if name in params:
            changes[name] = params[name] or None
    return events.change(world, charge, "charge.updated", **changes)


@includable("charge", "refunds")
def refunds_of(world: World, charge: dict[str, Any]) -> dict[str, Any]:
    """The refunds of a charge as a list object."""
    found = world.store.select("refund", {"charge": [charge["id"]]}, limit=11)
    return {
        "object": "list",
        "data": found[:10],
        "has_more": len(found) > 10,
        "url": f"/v1/charges/{charge['id']}/refunds",
    }


@operation("get", "/v1/payment_methods/{payment_method}")
def retrieve_method(call: Call) -> dict[str, Any]:
    """One payment method."""
    return call.world.demand("payment_method", call.id)
