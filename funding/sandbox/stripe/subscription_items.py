"""What a subscription is for: its prices, each an item."""

from __future__ import annotations

from typing import Any

from .world import World


def make_item(
    world: World, subscription: str, price: dict[str, Any], start: int, end: int
) -> dict[str, Any]:
    """One price of a subscription, for a period."""
    item = world.new("subscription_item", "si", length=14)
    item |= {
        "current_period_start": start,
        "current_period_end": end,
        "metadata": {},
        "plan": plan_of(price),
        "price": price,
        "quantity": 1,
        "subscription": subscription,
        "tax_rates": [],
    }
    return item


def plan_of(price: dict[str, Any]) -> dict[str, Any]:
    """The price in the words of the years before prices."""
    return {
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "id": price["id"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "object": "plan",
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
