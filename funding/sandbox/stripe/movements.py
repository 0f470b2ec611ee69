"""Movements of the balance that no payment made: Stripe's own fees, adjustments, reserves, others.

They come without a source and without an event, as from Stripe: who does not walk the balance
transactions never hears of them.
"""

from __future__ import annotations

from typing import Any

from . import settlement
from .books import OTHERS, Leg
from .wire import Refusal
from .world import World

# What payments, disputes and payouts make is made by them alone.
MADE_ELSEWHERE = (
    "charge", "charge_failure", "dispute", "dispute_reversal", "payout", "payout_reversal",
    "refund", "refund_failure",
)  # fmt: skip


def move(
    world: World,
    *,
    category: str,
    type: str,
    amount: int,
    fee: int,
    description: str | None,
    balance_type: str,
) -> dict[str, Any]:
    """Moves the balance by `amount` less `fee`, minor units, negative where Stripe takes it.

    Money of another `balance_type` than `payments` is not in the balance that is paid out.
    """
    if category in MADE_ELSEWHERE:
        raise Refusal(f"A {category} is not made by hand.", param="reporting_category")
    if not category or not (amount or fee):
        raise Refusal("A category and an amount or a fee are needed.", param="amount")
    settled = world.options.settlement_currency
    fees = [settlement.fee("Stripe fee", fee, settled)] if fee else []
    made = settlement.make(
        world, type=type, category=category, amount=amount, fees=fees, description=description
    ) | {"balance_type": balance_type}
    problems = world.contract.object(made)
    if problems:
        raise Refusal(f"Stripe has no such movement: {problems[0]}")
    world.save(made)
    place = "available" if balance_type == "payments" else "elsewhere"
    legs = [
        Leg(place, settled, amount - fee),
        Leg("fees" if place == "available" else "other", settled, fee),
        Leg(OTHERS.get(category, "other"), settled, -amount),
    ]
    world.books.post(category, made["id"], legs)
    return made
