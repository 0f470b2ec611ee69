"""The phases of a schedule: from when to when, and what a subscription costs in each."""

from __future__ import annotations

from typing import Any

from . import subscription_items
from .calendars import after
from .metadata import merged
from .subscription_items import items_of
from .wire import Refusal
from .world import World

HONOURED = (
    "duration.interval",
    "duration.interval_count",
    "end_date",
    "items.metadata",
    "items.price",
    "items.price_data.currency",
    "items.price_data.product",
    "items.price_data.recurring.interval",
    "items.price_data.recurring.interval_count",
    "items.price_data.unit_amount",
    "items.quantity",
    "metadata",
    "proration_behavior",
)


def read(world: World, given: list[dict[str, Any]], start: int) -> list[dict[str, Any]]:
    """The phases that a request asks for, one after the other from an instant on."""
    if not given:
        raise Refusal("A schedule has at least one phase.", param="phases")
    found = []
    for i, each in enumerate(given):
        place = f"phases[{i}]"
        if "start_date" in each and each["start_date"] != start:
            raise Refusal("Phases follow each other.", param=f"{place}[start_date]")
        wanted = subscription_items.asked(world, each["items"])
        end = _end(each, start, wanted[0].price["recurring"], place)
        phase = _phase(start, end, wanted[0].price["currency"], merged({}, each.get("metadata")))
        phase["proration_behavior"] = each.get("proration_behavior", "create_prorations")
        phase["items"] = [_item(one.price, one.quantity, one.metadata or {}) for one in wanted]
        found.append(phase)
        start = end
    if len({each["currency"] for each in found}) > 1:
        raise Refusal("All phases must have the same currency.", param="phases")
    return found


def _end(given: dict[str, Any], start: int, rhythm: dict[str, Any], place: str) -> int:
    """The end of a phase: a date, a duration, or one interval of its price."""
    if "end_date" in given and "duration" in given:
        raise Refusal("You may specify only one of these: end_date, duration.", param=place)
    if "end_date" not in given:
        length = {"interval_count": 1} | given.get("duration", rhythm)
        return after(start, length["interval"], length["interval_count"], 1)
    end: int = given["end_date"]
    if end <= start:
        raise Refusal("A phase must end after it begins.", param=f"{place}[end_date]")
    return end


def _phase(start: int, end: int, currency: str, metadata: dict[str, str]) -> dict[str, Any]:
    nothing = (
        "application_fee_percent", "automatic_tax", "billing_cycle_anchor", "billing_thresholds",
        "collection_method", "default_payment_method", "default_tax_rates", "description",
        "invoice_settings", "on_behalf_of", "transfer_data", "trial", "trial_end",
    )  # fmt: skip
    return dict.fromkeys(nothing) | {
        "add_invoice_items": [],
        "currency": currency,
        "default_tax_rates": [],
        "discounts": [],
        "end_date": end,
        "items": [],
        "metadata": metadata,
        "proration_behavior": "create_prorations",
        "start_date": start,
    }


def _item(price: dict[str, Any], quantity: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": metadata,
        "plan": price["id"],
        "price": price["id"],
        "quantity": quantity,
        "tax_rates": [],
    }


def running(subscription: dict[str, Any]) -> dict[str, Any]:
    """The period of a subscription as the first phase of a schedule."""
    items = items_of(subscription)
    start, end = items[0]["current_period_start"], items[0]["current_period_end"]
    phase = _phase(start, end, subscription["currency"], dict(subscription["metadata"]))
    phase["items"] = [_item(each["price"], each["quantity"], each["metadata"]) for each in items]
    return phase


def dates(phase: dict[str, Any]) -> dict[str, int]:
    """From when to when a phase is."""
    return {"end_date": phase["end_date"], "start_date": phase["start_date"]}


def as_items(subscription: dict[str, Any], phase: dict[str, Any]) -> list[dict[str, Any]]:
    """What turns the items of a subscription into those of a phase.

    An item whose price stays is kept; of the others each takes the place of one that goes.
    """
    there, wanted = list(items_of(subscription)), list(phase["items"])
    given = []
    for each in phase["items"]:
        same = next((item for item in there if item["price"]["id"] == each["price"]), None)
        if same is not None:
            there.remove(same)
            wanted.remove(each)
            given.append({"id": same["id"], **_asked(each)})
    for each in wanted:
        place = {"id": there.pop(0)["id"]} if there else {}
        given.append(place | _asked(each))
    return [*given, *({"id": item["id"], "deleted": True} for item in there)]


def _asked(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("metadata", "price", "quantity")}
