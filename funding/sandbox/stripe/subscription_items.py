"""What a subscription is for: up to twenty prices with a quantity, each an item, in one rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from . import products
from .calendars import next_after
from .metadata import merged
from .wire import Refusal, no_such
from .world import World

MOST = 20


class Wanted(NamedTuple):
    """An item that is asked for."""

    price: dict[str, Any]
    quantity: int = 1
    metadata: dict[str, str] | None = None


class Change(NamedTuple):
    """An item before and after; None where it was not there yet, or is there no more."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None


def make_item(
    world: World, subscription: str, wanted: Wanted, start: int, end: int
) -> dict[str, Any]:
    """One price of a subscription, for a period."""
    item = world.new("subscription_item", "si", length=14)
    item |= {
        "current_period_start": start,
        "current_period_end": end,
        "metadata": wanted.metadata or {},
        "plan": plan_of(wanted.price),
        "price": wanted.price,
        "quantity": wanted.quantity,
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


def amount(item: dict[str, Any]) -> int:
    """What an item costs for a period, in minor units."""
    return int(item["price"]["unit_amount"] * item["quantity"])


def items_of(subscription: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a subscription."""
    found: list[dict[str, Any]] = subscription["items"]["data"]
    return found


def total(subscription: dict[str, Any]) -> int:
    """What a subscription costs for a period, in minor units."""
    return sum(amount(each) for each in items_of(subscription))


def with_items(subscription: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    """The subscription with these items."""
    return subscription | {"items": subscription["items"] | {"data": items}}


def with_period(subscription: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """The subscription in another period; all its items have the same."""
    period = {"current_period_start": start, "current_period_end": end}
    return with_items(subscription, [each | period for each in items_of(subscription)])


def rhythm_of(subscription: dict[str, Any]) -> tuple[str, int]:
    """How often a subscription is due: an interval and how many of it."""
    recurring = items_of(subscription)[0]["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def end_after(subscription: dict[str, Any], anchor: int, instant: int) -> int:
    """The first end of a period after an instant."""
    return next_after(anchor, *rhythm_of(subscription), instant)


def keep(world: World, subscription: dict[str, Any]) -> dict[str, Any]:
    """Saves a subscription, and lets it be found by its items."""
    world.save(subscription)
    for each in items_of(subscription):
        world.store.tag(subscription["id"], "item", each["id"])
    return subscription


def find(world: World, id: str) -> dict[str, Any]:
    """The subscription that has an item."""
    found = world.store.select("subscription", {"item": [id]}, limit=1)
    if not found or all(item["id"] != id for item in items_of(found[0])):
        no_such("subscription item", id, in_path=True)
    return found[0]


def asked(world: World, given: list[dict[str, Any]]) -> list[Wanted]:
    """The items of a subscription that is to be made."""
    found = [
        Wanted(
            price_of(world, each, f"items[{i}]"),
            quantity_of(each, f"items[{i}]"),
            merged({}, each.get("metadata")),
        )
        for i, each in enumerate(given)
    ]
    check([each.price for each in found])
    return found


def check(prices: Sequence[dict[str, Any]]) -> None:
    """Refuses prices that cannot stand on one subscription."""
    if not prices:
        raise Refusal("A subscription must have at least one active price.", param="items")
    if len(prices) > MOST:
        raise Refusal(f"A subscription has at most {MOST} items.", param="items")
    if len({each["currency"] for each in prices}) > 1:
        raise Refusal("All prices of a subscription must have the same currency.", param="items")
    rhythms = {(p["recurring"]["interval"], p["recurring"]["interval_count"]) for p in prices}
    if len(rhythms) > 1:
        raise Refusal(
            "This sandbox bills all prices of a subscription in one rhythm.",
            status=501,
            type="api_error",
        )


def price_of(world: World, given: dict[str, Any], place: str) -> dict[str, Any]:
    """The price that a request names, or makes with its own words."""
    if ("price" in given) == ("price_data" in given):
        raise Refusal("You must specify either `price` or `price_data`.", param=place)
    if "price" in given:
        price = world.demand("price", given["price"], param=f"{place}[price]")
    else:
        data = given["price_data"]
        world.demand("product", data["product"], param=f"{place}[price_data][product]")
        price = products.make_price(world, data, data["product"], active=False)
    if price["type"] != "recurring":
        raise Refusal(
            f"The price specified is set to `type=one_time` but this field only accepts prices "
            f"with `type=recurring`: {price['id']}.",
            param=f"{place}[price]",
        )
    return price


def quantity_of(given: dict[str, Any], place: str, otherwise: int = 1) -> int:
    """How many times a price is wanted."""
    quantity = given.get("quantity", otherwise)
    if quantity < 0:
        raise Refusal(
            "Invalid non-negative integer",
            code="parameter_invalid_integer",
            param=f"{place}[quantity]",
        )
    return int(quantity)


def changed(
    world: World, subscription: dict[str, Any], given: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[Change]]:
    """The subscription with items changed, added and taken away; nothing is kept yet."""
    items = {each["id"]: each for each in items_of(subscription)}
    start, end = (items_of(subscription)[0][f"current_period_{word}"] for word in ("start", "end"))
    changes: list[Change] = []
    for i, each in enumerate(given):
        place = f"items[{i}]"
        if "id" not in each:
            if each.get("deleted"):
                raise Refusal("Missing required param: id.", param=f"{place}[id]")
            metadata = merged({}, each.get("metadata"))
            wanted = Wanted(price_of(world, each, place), quantity_of(each, place), metadata)
            item = make_item(world, subscription["id"], wanted, start, end)
            changes.append(Change(None, item))
            items[item["id"]] = item
            continue
        before = items.get(each["id"])
        if before is None:
            no_such("subscription item", str(each["id"]), param=f"{place}[id]")
        if each.get("deleted"):
            del items[before["id"]]
            changes.append(Change(before, None))
        else:
            items[before["id"]] = after = _altered(world, before, each, place)
            changes.append(Change(before, after))
    check([each["price"] for each in items.values()])
    if (
        items_of(with_items(subscription, list(items.values())))[0]["price"]["currency"]
        != (subscription["currency"])
    ):
        raise Refusal("The price must match the currency of the subscription.", param="items")
    return with_items(subscription, list(items.values())), changes


def _altered(
    world: World, before: dict[str, Any], given: dict[str, Any], place: str
) -> dict[str, Any]:
    after = before | {
        "metadata": merged(before["metadata"], given.get("metadata")),
        "quantity": quantity_of(given, place, before["quantity"]),
    }
    if {"price", "price_data"} & given.keys():
        price = price_of(world, given, place)
        after |= {"price": price, "plan": plan_of(price)}
    return after
