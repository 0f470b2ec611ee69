"""Prorations: what was paid for and is not used, and what is used before it is paid for.

Both are invoice items that wait for the next invoice, counted to the second and rounded each for
itself to the minor unit, halves away from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from . import events
from .calendars import day
from .currencies import half_up
from .invoice_lines import pricing_of, subscription_of
from .subscription_items import Change, amount
from .wire import Refusal
from .world import World

# The states in which the time that runs is paid for, or is to be.
_COUNTED = ("active", "past_due", "unpaid")


def share(amount: int, start: int, end: int, instant: int) -> int:
    """What of an amount for a period is left of it at an instant, in minor units."""
    if end <= start:
        return 0
    return half_up(Fraction(amount * (end - instant), end - start))


def prorate(
    world: World, subscription: dict[str, Any], changes: Sequence[Change], instant: int
) -> list[dict[str, Any]]:
    """The invoice items of changes to a subscription, as it was before them."""
    if subscription["status"] not in _COUNTED:
        return []  # A trial is free, and what rests or never began is not paid for.
    made = []
    for before, after in changes:
        if before and after and _costs_the_same(before, after):
            continue
        for item, sign, words in ((before, -1, "Unused"), (after, 1, "Remaining")):
            if item is not None and item["quantity"] and instant < item["current_period_end"]:
                made.append(_invoice_item(world, subscription, item, sign, words, instant))
    return made


def _costs_the_same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return all(
        before[name] == after[name]
        for name in ("quantity", "price", "current_period_start", "current_period_end")
    )


def checked_date(subscription_item: dict[str, Any], wanted: int | None, now: int) -> int:
    """The instant from which is counted: now, or one that the request names in the period."""
    if wanted is None:
        return now
    start, end = (subscription_item[f"current_period_{word}"] for word in ("start", "end"))
    if not start <= wanted <= end:
        raise Refusal(
            "Invalid `proration_date`: it must be within the current period.",
            param="proration_date",
        )
    return wanted


def _invoice_item(
    world: World,
    subscription: dict[str, Any],
    item: dict[str, Any],
    sign: int,
    words: str,
    instant: int,
) -> dict[str, Any]:
    start, end = item["current_period_start"], item["current_period_end"]
    worth = sign * share(amount(item), start, end, instant)
    name = world.get("product", item["price"]["product"])["name"]
    quantity = item["quantity"]
    what = name if quantity == 1 else f"{quantity} × {name}"
    made = world.new(
        "invoiceitem",
        "ii",
        amount=worth,
        currency=subscription["currency"],
        customer=subscription["customer"],
        date=world.now(),
        description=f"{words} time on {what} after {day(instant)}",
        discountable=False,
        discounts=[],
        metadata={},
        net_amount=worth,
        parent={
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_details",
        },
        period={"start": instant, "end": end},
        pricing=pricing_of(item["price"]),
        proration=True,
        proration_details={
            "credited_items": _credited(world, item) if sign < 0 else None,
            "discount_amounts": [],
        },
        quantity=quantity,
        quantity_decimal=str(quantity),
        tax_rates=[],
        test_clock=subscription["test_clock"],
    )
    world.save(made)
    events.emit(world, "invoiceitem.created", made)
    return made


def _credited(world: World, item: dict[str, Any]) -> dict[str, Any] | None:
    """What was charged for an item last, and is now given back in part."""
    subscription = item["subscription"]
    customer = world.get("subscription", subscription)["customer"]
    for each in world.store.select("invoiceitem", {"customer": [customer]}):
        details = (each["parent"] or {}).get("subscription_details") or {}
        mine = subscription_of(each) == subscription
        if mine and details["subscription_item"] == item["id"] and each["amount"] > 0:
            if each["invoice"]:
                break
            return {
                "invoice_item": each["id"],
                "invoice_line_item_details": None,
                "type": "invoice_item",
            }
    for invoice in world.store.select(
        "invoice", {"parent.subscription_details.subscription": [subscription]}
    ):
        lines = [line["id"] for line in invoice["lines"]["data"] if _charges(line, item["id"])]
        if lines:
            return {
                "invoice_item": None,
                "invoice_line_item_details": {
                    "invoice": invoice["id"],
                    "invoice_line_items": lines,
                },
                "type": "invoice_line_items",
            }
    return None


def _charges(line: dict[str, Any], item: str) -> bool:
    details = line["parent"]["subscription_item_details"]
    return bool(details and details["subscription_item"] == item and line["amount"] > 0)
