"""Setting up a card or account for later: setup intents, and payment methods of customers."""

from __future__ import annotations

from typing import Any, Literal

from . import events
from .cards import Card
from .listing import one_of, page
from .registry import LISTING, Call, operation
from .wire import Refusal
from .world import World, secret

State = Literal["succeeded", "requires_action", "declined"]


def intent_of(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """The setup intent of a session, made when it is first needed."""
    if session["setup_intent"]:
        return world.get("setup_intent", session["setup_intent"])
    intent = world.new(
        "setup_intent",
        "seti",
        allowed_payment_method_types=session["allowed_payment_method_types"],
        customer=session["customer"],
        metadata=world.store.noted(session["id"], "setup")["metadata"],
        payment_method_options={},
        payment_method_types=session["payment_method_types"],
        status="requires_payment_method",
        usage="off_session",
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secret(25)}"
    for name in ("attach_to_self", "managed_payments"):
        intent.pop(name, None)
    world.save(intent)
    session["setup_intent"] = intent["id"]
    world.save(session)
    events.emit(world, "setup_intent.created", intent)
    return intent


def keep(world: World, session: dict[str, Any], method: dict[str, Any], card: Card | None) -> State:
    """Sets a payment method up for the session's customer, or is refused it."""
    intent = intent_of(world, session) | {"payment_method": method["id"]}
    if card is not None and card.decline is not None and not card.can_be_kept:
        error = {
            "code": card.decline.code,
            "decline_code": card.decline.decline_code,
            "message": card.decline.message,
            "payment_method": method,
            "type": "card_error",
        }
        world.store.note(session["id"], "trouble", card.decline.message)
        events.change(
            world, intent, "setup_intent.setup_failed",
            last_setup_error=error, payment_method=None,
        )  # fmt: skip
        return "declined"
    if session["customer"]:
        attach(world, method, session["customer"])
    events.change(world, intent, "setup_intent.succeeded", status="succeeded")
    return "succeeded"


def attach(world: World, method: dict[str, Any], customer: str) -> dict[str, Any]:
    """Lets a payment method be a customer's."""
    if method["customer"] == customer:
        return method
    return events.change(world, method, "payment_method.attached", customer=customer)


@operation("get", "/v1/setup_intents/{intent}")
def retrieve(call: Call) -> dict[str, Any]:
    """One setup intent."""
    return call.world.demand("setup_intent", call.id)


@operation("get", "/v1/payment_methods", *LISTING, "customer", "type")
def listed(call: Call) -> dict[str, Any]:
    """Payment methods of a customer."""
    return page(call, "payment_method", one_of(call.params, "customer", "type"))


@operation("post", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call) -> dict[str, Any]:
    """Takes a payment method away from its customer; it cannot be used again."""
    method = call.world.demand("payment_method", call.id)
    if not method["customer"]:
        raise Refusal("The payment method you provided is not attached to a customer.")
    return events.change(call.world, method, "payment_method.detached", customer=None)
