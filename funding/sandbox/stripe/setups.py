"""Setting up a card or account for later: setup intents, and payment methods of customers."""

from __future__ import annotations

from typing import Any, Literal

from . import events
from .cards import Card, card_of
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
    """Sets a payment method up for the session's customer, is refused it, or asks the bank."""
    intent = intent_of(world, session) | {"payment_method": method["id"], "last_setup_error": None}
    if card is None or not card.three_d_secure:
        return _decide(world, session, intent, method, card)
    place = "pay" if session["object"] == "checkout.session" else "portal"
    url = f"{world.options.public_url}/{place}/{session['id']}/3ds"
    events.change(
        world, intent, "setup_intent.requires_action",
        status="requires_action",
        next_action={
            "redirect_to_url": {"return_url": session["success_url"], "url": url},
            "type": "redirect_to_url",
        },
    )  # fmt: skip
    return "requires_action"


def authenticate(world: World, session: dict[str, Any], *, passed: bool) -> State:
    """The cardholder's answer to 3-D Secure, on a page that takes no money."""
    intent = intent_of(world, session) | {"next_action": None}
    method = world.get("payment_method", intent["payment_method"])
    if passed:
        number = world.store.noted(method["id"], "number")
        return _decide(world, session, intent, method, card_of(number))
    return _fails(world, session, intent, method, {
        "code": "setup_intent_authentication_failure",
        "message": "We are unable to authenticate your payment method. Please choose a different "
        "payment method and try again.",
        "type": "invalid_request_error",
    })  # fmt: skip


def waits(world: World, session: dict[str, Any]) -> bool:
    """Whether the next step is the cardholder's."""
    return bool(intent_of(world, session)["status"] == "requires_action")


def _decide(
    world: World,
    session: dict[str, Any],
    intent: dict[str, Any],
    method: dict[str, Any],
    card: Card | None,
) -> State:
    if card is not None and card.decline is not None and not card.can_be_kept:
        return _fails(world, session, intent, method, {
            "code": card.decline.code,
            "decline_code": card.decline.decline_code,
            "message": card.decline.message,
            "type": "card_error",
        })  # fmt: skip
    if session["customer"]:
        attach(world, method, session["customer"])
    events.change(world, intent, "setup_intent.succeeded", next_action=None, status="succeeded")
    return "succeeded"


def _fails(
    world: World,
    session: dict[str, Any],
    intent: dict[str, Any],
    method: dict[str, Any],
    error: dict[str, Any],
) -> State:
    world.store.note(session["id"], "trouble", error["message"])
    events.change(
        world, intent, "setup_intent.setup_failed",
        last_setup_error=error | {"payment_method": method},
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )  # fmt: skip
    return "declined"


def give_up(world: World, session: dict[str, Any]) -> None:
    """A page that was never finished sets nothing up any more."""
    intent = intent_of(world, session)
    if intent["status"] not in ("succeeded", "canceled"):
        events.change(
            world, intent, "setup_intent.canceled",
            cancellation_reason="abandoned", next_action=None, status="canceled",
        )  # fmt: skip


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
