"""The items of subscriptions in the API: looked at, added, changed, taken away."""

from __future__ import annotations

from typing import Any

from . import changing, subscription_items
from .registry import LISTING, Call, operation
from .subscription_items import items_of
from .wire import Refusal, no_such
from .world import World

_PRICE = (
    "metadata",
    "price",
    "price_data.currency",
    "price_data.product",
    "price_data.recurring.interval",
    "price_data.recurring.interval_count",
    "price_data.unit_amount",
    "quantity",
)
_ENDED = ("canceled", "incomplete_expired")


@operation("post", "/v1/subscription_items", "subscription", *_PRICE, *changing.HOW)
def create(call: Call) -> dict[str, Any]:
    """One more price of a subscription."""
    world, params = call.world, dict(call.params)
    subscription = world.demand("subscription", params.pop("subscription"), param="subscription")
    before = {each["id"] for each in items_of(subscription)}
    after = _change(world, subscription, params, {})
    (made,) = [each for each in items_of(after) if each["id"] not in before]
    return made


@operation("post", "/v1/subscription_items/{item}", "off_session", *_PRICE, *changing.HOW)
def update(call: Call) -> dict[str, Any]:
    """Another price or quantity."""
    world = call.world
    subscription = subscription_items.find(world, call.id)
    after = _change(world, subscription, dict(call.params), {"id": call.id})
    return _of(after, call.id)


@operation("delete", "/v1/subscription_items/{item}", *changing.HOW)
def delete(call: Call) -> dict[str, Any]:
    """Takes a price away; the last one stays."""
    subscription = subscription_items.find(call.world, call.id)
    gone = {"id": call.id, "deleted": True}
    _change(call.world, subscription, dict(call.params), gone)
    return {"id": call.id, "object": "subscription_item", "deleted": True}


def _change(
    world: World, subscription: dict[str, Any], params: dict[str, Any], item: dict[str, Any]
) -> dict[str, Any]:
    if subscription["status"] in _ENDED:
        raise Refusal(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="subscription_canceled",
        )
    how = {name: params[name] for name in changing.HOW if name in params}
    given = {name: value for name, value in params.items() if name not in (*how, "expand")}
    given.pop("off_session", None)
    return changing.change(world, subscription, how | {"items": [item | given]})


def _of(subscription: dict[str, Any], id: str) -> dict[str, Any]:
    return next(each for each in items_of(subscription) if each["id"] == id)


@operation("get", "/v1/subscription_items/{item}")
def retrieve(call: Call) -> dict[str, Any]:
    """One item."""
    return _of(subscription_items.find(call.world, call.id), call.id)


@operation("get", "/v1/subscription_items", *LISTING, "subscription")
def listed(call: Call) -> dict[str, Any]:
    """The items of a subscription, the newest first."""
    params = call.params
    found = call.world.demand("subscription", params["subscription"], param="subscription")
    items = items_of(found)[::-1]
    ids = [each["id"] for each in items]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            no_such("subscription item", params[name], param=name)
    if "starting_after" in params:
        items = items[ids.index(params["starting_after"]) + 1 :]
    if "ending_before" in params:
        items = items[: ids.index(params["ending_before"])]
    limit = params.get("limit", 10)
    return {
        "object": "list",
        "data": items[:limit],
        "has_more": len(items) > limit,
        "url": call.path,
    }
