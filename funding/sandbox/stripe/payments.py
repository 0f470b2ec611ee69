"""Paying a Checkout session: payment intents and their states.

requires_payment_method -> requires_action (3-D Secure) -> succeeded, and back to
requires_payment_method when the card is declined or the check fails; canceled when the session
expires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from . import charges, customers, events, sessions, setups
from .cards import Card, card_of
from .listing import one_of, page
from .registry import LISTING, Call, operation
from .world import World, secret

State = Literal["succeeded", "processing", "requires_action", "declined"]
Begun = Callable[[World, dict[str, Any], dict[str, Any], dict[str, Any]], dict[str, Any]]
# mode of a session -> what begins when it is complete: the fields that the session then has.
BEGINS: dict[str, Begun] = {}


@dataclass(frozen=True)
class Payer:
    """Who pays, as typed on the page."""

    email: str
    name: str
    expiry: tuple[int, int] = (12, 2034)
    """Month and year of the card."""


def pay(world: World, session: dict[str, Any], card: Card, payer: Payer) -> State:
    """One attempt to pay an open session, or to set a card up where nothing is to be paid."""
    method = charges.make_method(world, card, payer.expiry, billing(payer))
    if session["mode"] == "setup":
        return kept(world, session, setups.keep(world, session, method, card))
    intent = intent_of(world, session)
    world.store.note(intent["id"], "payer", [payer.email, payer.name])
    intent = intent | {"payment_method": method["id"], "last_payment_error": None}
    if card.three_d_secure:
        url = f"{world.options.public_url}/pay/{session['id']}/3ds"
        events.change(
            world,
            intent,
            "payment_intent.requires_action",
            status="requires_action",
            next_action={
                "redirect_to_url": {"return_url": session["success_url"], "url": url},
                "type": "redirect_to_url",
            },
        )
        return "requires_action"
    return _charge(world, session, intent, method, card, secured=False)


def billing(payer: Payer) -> dict[str, Any]:
    """Who pays, as a payment method shows it."""
    return {
        "address": None,
        "email": payer.email,
        "name": payer.name or None,
        "phone": None,
        "tax_id": None,
    }


def kept(world: World, session: dict[str, Any], state: setups.State) -> State:
    """Closes a setup page whose card or account is kept."""
    if state == "succeeded":
        session = world.get("checkout.session", session["id"]) | {"status": "complete", "url": None}
        world.save(session)
        events.emit(world, "checkout.session.completed", session)
    return state


def authenticate(world: World, session: dict[str, Any], *, passed: bool) -> State:
    """The cardholder's answer to 3-D Secure."""
    if session["mode"] == "setup":
        return kept(world, session, setups.authenticate(world, session, passed=passed))
    intent = world.get("payment_intent", intent_id(world, session))
    method = world.get("payment_method", intent["payment_method"])
    card = card_of(world.store.noted(method["id"], "number"))
    intent = intent | {"next_action": None}
    if passed:
        return _charge(world, session, intent, method, card, secured=True)
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again."
    )
    code = "payment_intent_authentication_failure"
    failed(world, intent, error(code, message, method, "invalid_request_error"))
    return "declined"


def waits_for_3ds(world: World, session: dict[str, Any]) -> bool:
    """Whether the next step is the cardholder's."""
    if session["status"] != "open":
        return False
    if session["mode"] == "setup":
        return setups.waits(world, session)
    known = intent_id(world, session)
    return bool(known) and bool(world.get("payment_intent", known)["status"] == "requires_action")


def intent_id(world: World, session: dict[str, Any]) -> str:
    """The id of the payment intent that pays a session; empty before somebody tries to pay.

    That of a subscription is its first invoice's, and the session does not show it.
    """
    return session["payment_intent"] or world.store.noted(session["id"], "intent_id") or ""


def intent_of(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """The payment intent of a session, made when it is first needed."""
    if known := intent_id(world, session):
        return world.get("payment_intent", known)
    given = world.store.noted(session["id"], "intent")
    intent = world.new(
        "payment_intent",
        "pi",
        allowed_payment_method_types=session["allowed_payment_method_types"],
        amount=session["amount_total"],
        amount_details={"tip": {}},
        capture_method="automatic_async",
        currency=session["currency"],
        customer=session["customer"],
        description=given.get("description"),
        excluded_payment_method_types=session["excluded_payment_method_types"],
        metadata=given["metadata"],
        payment_method_options={},
        payment_method_types=session["payment_method_types"],
        receipt_email=given.get("receipt_email"),
        statement_descriptor_suffix=given.get("statement_descriptor_suffix"),
        status="requires_payment_method",
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secret(25)}"
    for name in ("hooks", "managed_payments", "payment_details", "payment_record"):
        del intent[name]
    del intent["presentment_details"]
    world.save(intent)
    world.store.note(session["id"], "intent_id", intent["id"])
    if session["mode"] == "payment":
        session["payment_intent"] = intent["id"]
        world.save(session)
    events.emit(world, "payment_intent.created", intent)
    return intent


def _charge(
    world: World,
    session: dict[str, Any],
    intent: dict[str, Any],
    method: dict[str, Any],
    card: Card,
    *,
    secured: bool,
) -> State:
    if card.decline is None:
        intent = with_customer(world, session, intent, method)
    charge = charges.make_charge(world, intent, method, card, secured=secured)
    intent = intent | {"latest_charge": charge["id"], "next_action": None}
    if card.decline is not None:
        told = error(card.decline.code, card.decline.message, method)
        told |= {"charge": charge["id"], "decline_code": card.decline.decline_code}
        failed(world, intent, told)
        return "declined"
    world.save(intent)
    events.change(
        world,
        intent,
        "payment_intent.succeeded",
        amount_received=intent["amount"],
        last_payment_error=None,
        status="succeeded",
    )
    complete(world, session, intent, payment_status="paid")
    return "succeeded"


def with_customer(
    world: World, session: dict[str, Any], intent: dict[str, Any], method: dict[str, Any]
) -> dict[str, Any]:
    """The intent with a customer, where the session asks for one to be made."""
    wanted = session["customer_creation"] == "always" or session["mode"] == "subscription"
    if not wanted or intent["customer"]:
        return intent
    email, name = world.store.noted(intent["id"], "payer")
    customer = customers.make(world, email=email, name=name or None)
    world.save(method | {"customer": customer["id"]})
    return intent | {"customer": customer["id"]}


def trouble(world: World, session: dict[str, Any]) -> str:
    """Why the last attempt on a session's page failed; empty when none did."""
    known = intent_id(world, session)
    if not known:
        return world.store.noted(session["id"], "trouble") or ""
    failed = world.get("payment_intent", known)["last_payment_error"]
    return failed["message"] if failed else ""


def failed(world: World, intent: dict[str, Any], error: dict[str, Any]) -> None:
    """An attempt to pay failed, and another can be made."""
    events.change(
        world,
        intent,
        "payment_intent.payment_failed",
        last_payment_error=error,
        payment_method=None,
        status="requires_payment_method",
    )


def error(
    code: str, message: str, method: dict[str, Any], type: str = "card_error"
) -> dict[str, Any]:
    """Why an attempt failed, as a payment intent tells it."""
    return {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code}",
        "message": message,
        "payment_method": method,
        "type": type,
    }


def complete(
    world: World, session: dict[str, Any], intent: dict[str, Any], *, payment_status: str
) -> None:
    """The customer is through; the money is here, or `unpaid` and on its way."""
    email, name = world.store.noted(intent["id"], "payer")
    if session["mode"] in BEGINS:
        method = world.get("payment_method", intent["payment_method"])
        session = session | BEGINS[session["mode"]](world, session, intent, method)
    session = session | {
        "customer": intent["customer"],
        "customer_details": sessions.details(email, name or None),
        "payment_status": payment_status,
        "status": "complete",
        "url": None,
    }
    world.save(session)
    events.emit(world, "checkout.session.completed", session)


@operation("get", "/v1/payment_intents/{intent}")
def retrieve(call: Call) -> dict[str, Any]:
    """One payment intent."""
    return call.world.demand("payment_intent", call.id)


@operation("get", "/v1/payment_intents", *LISTING, "created", "customer")
def listed(call: Call) -> dict[str, Any]:
    """Payment intents, by customer if wanted."""
    return page(call, "payment_intent", one_of(call.params, "customer"))
