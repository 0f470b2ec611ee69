"""Early fraud warnings: an issuer tells of fraud before anybody disputes, and moves no money."""

from __future__ import annotations

from typing import Any

from . import events
from .listing import one_of, page
from .registry import LISTING, Call, operation, timer
from .wire import Refusal
from .world import World

TYPES = (
    "made_with_stolen_card", "made_with_lost_card", "made_with_counterfeit_card",
    "card_never_received", "fraudulent_card_application", "unauthorized_use_of_card", "misc",
)  # fmt: skip


def warn(world: World, charge: dict[str, Any], fraud_type: str = TYPES[0]) -> dict[str, Any]:
    """An issuer warns of a charge; it can be acted on while there is something to refund."""
    if fraud_type not in TYPES:
        raise Refusal(f"fraud_type is one of {', '.join(TYPES)}.", param="fraud_type")
    if not charge["paid"] or charge["payment_method_details"]["type"] != "card":
        raise Refusal(f"Nobody warns of charge {charge['id']}: no card was charged.")
    made = world.new(
        "radar.early_fraud_warning",
        "issfr",
        actionable=not (charge["disputed"] or charge["refunded"]),
        charge=charge["id"],
        fraud_type=fraud_type,
        payment_intent=charge["payment_intent"],
    )
    world.save(made)
    events.emit(world, "radar.early_fraud_warning.created", made)
    return made


def settle(world: World, charge: str) -> None:
    """A charge was disputed or refunded in full: there is nothing left to act on."""
    for found in world.store.select("radar.early_fraud_warning", {"charge": [charge]}):
        if found["actionable"]:
            events.change(world, found, "radar.early_fraud_warning.updated", actionable=False)


@timer("fraud_warning")
def warn_by_card(world: World, id: str) -> None:
    """What the issuer of a test card tells after a payment."""
    charge = world.get("charge", id)
    if charge["paid"]:
        warn(world, charge)


@operation("get", "/v1/radar/early_fraud_warnings/{early_fraud_warning}")
def retrieve(call: Call) -> dict[str, Any]:
    """One warning."""
    return call.world.demand("radar.early_fraud_warning", call.id)


@operation("get", "/v1/radar/early_fraud_warnings", *LISTING, "charge", "created", "payment_intent")
def listed(call: Call) -> dict[str, Any]:
    """Warnings, by charge or payment intent if wanted."""
    return page(call, "radar.early_fraud_warning", one_of(call.params, "charge", "payment_intent"))
