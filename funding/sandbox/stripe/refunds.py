"""Refunds, by an API key or in Stripe's dashboard."""

from __future__ import annotations

from typing import Any

from . import disputes, events, fraud, settlement
from .cards import CARDS
from .currencies import WHOLE_HUNDREDS, display
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .wire import Refusal
from .world import World


@operation("post", "/v1/refunds", "charge", "payment_intent", "amount", "reason", "metadata")
def create(call: Call) -> dict[str, Any]:
    """Gives money back, all that is left or a part."""
    params = call.params
    charge = charge_of(call.world, params)
    return refund(
        call.world,
        charge,
        params.get("amount"),
        reason=params.get("reason"),
        metadata=merged({}, params.get("metadata")),
    )


def charge_of(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The charge that a refund is to be made of."""
    if ("charge" in params) == ("payment_intent" in params):
        raise Refusal(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if "charge" in params:
        return world.demand("charge", params["charge"], param="charge")
    intent = world.demand("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
            began=True,
        )
    return world.get("charge", intent["latest_charge"])


def refund(
    world: World,
    charge: dict[str, Any],
    amount: int | None,
    *,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Refunds `amount` minor units of a charge, or what is left of it if none is given."""
    amount = _checked(world, charge, amount)
    # A refund needs the value of its charge; if that is still on its way, it comes now.
    settlement.settle_charge(world, charge["id"])
    charge = world.get("charge", charge["id"])
    card = CARDS.get(world.store.noted(charge["payment_method"], "number") or "")
    behaviour = card.refund if card else "at_once"
    is_card = charge["payment_method_details"]["type"] == "card"
    made = world.new(
        "refund",
        "re" if is_card else "pyr",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details=_destination() if is_card else None,
        metadata=metadata or {},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=reason,
        status="pending" if behaviour == "later" else "succeeded",
    )
    made["balance_transaction"] = settlement.settle_refund(world, made)["id"]
    for name in ("description", "failure_reason", "failure_balance_transaction"):
        del made[name]
    for name in ("instructions_email", "next_action", "pending_reason", "presentment_details"):
        del made[name]
    world.save(made)
    events.emit(world, "refund.created", made)
    _tell_charge(world, charge, amount, "charge.refunded")
    if charge["amount_refunded"] + amount == charge["amount"]:
        disputes.charge_refunded(world, charge)
        fraud.settle(world, charge["id"])
    if behaviour == "later":
        world.later(world.options.refund_pending_seconds, "refund_succeeds", made["id"])
    elif behaviour == "fails_later":
        world.later(world.options.refund_failure_seconds, "refund_fails", made["id"])
    return made


def _destination() -> dict[str, Any]:
    return {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"}


def _checked(world: World, charge: dict[str, Any], amount: int | None) -> int:
    if not charge["paid"]:
        raise Refusal(
            f"Charge {charge['id']} was not successful and cannot be refunded.",
            code="charge_not_refundable",
            began=True,
        )
    if disputes.withdrawn(world, charge["id"]):
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            began=True,
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            began=True,
        )
    amount = left if amount is None else amount
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        currency = charge["currency"]
        raise Refusal(
            f"Refund amount ({display(amount, currency)}) is greater than unrefunded amount on "
            f"charge ({display(left, currency)})",
            param="amount",
            began=True,
        )
    if charge["currency"] in WHOLE_HUNDREDS and amount % 100:
        raise Refusal(
            f"Amounts in {charge['currency']} must be divisible by 100.",
            code="invalid_charge_amount_no_decimal_compatible",
            param="amount",
        )
    return amount


def _tell_charge(world: World, charge: dict[str, Any], change: int, type: str) -> None:
    refunded = charge["amount_refunded"] + change
    events.change(
        world,
        charge,
        type,
        amount_refunded=refunded,
        refunded=refunded == charge["amount"],
    )


@timer("refund_succeeds")
def succeed(world: World, id: str) -> None:
    """A refund that was pending arrived."""
    found = world.get("refund", id)
    if found["status"] == "pending":
        events.change(world, found, "refund.updated", status="succeeded")


@timer("refund_fails")
def fail(world: World, id: str) -> None:
    """The bank could not take a refund: the money is in the balance again."""
    found = world.get("refund", id)
    if found["status"] == "failed":
        return
    transaction = settlement.settle_refund_failure(world, found)
    changes: dict[str, Any] = {
        "failure_balance_transaction": transaction["id"],
        "failure_reason": "lost_or_stolen_card",
        "status": "failed",
    }
    failed = found | changes
    world.save(failed)
    events.emit(world, "refund.failed", failed)
    events.emit(world, "refund.updated", failed, before=found)
    _tell_charge(world, world.get("charge", found["charge"]), -found["amount"], "charge.updated")


@operation("get", "/v1/refunds/{refund}")
def retrieve(call: Call) -> dict[str, Any]:
    """One refund."""
    return call.world.demand("refund", call.id)


@operation("get", "/v1/refunds", *LISTING, "created", "charge", "payment_intent")
def listed(call: Call) -> dict[str, Any]:
    """Refunds, by charge or payment intent if wanted."""
    return page(call, "refund", one_of(call.params, "charge", "payment_intent"))


@operation("post", "/v1/refunds/{refund}", "metadata")
def update(call: Call) -> dict[str, Any]:
    """Changes a refund's metadata."""
    world = call.world
    found = world.demand("refund", call.id)
    metadata = merged(found["metadata"], call.params.get("metadata"))
    return events.change(world, found, "refund.updated", metadata=metadata)
