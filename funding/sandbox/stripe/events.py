"""Events: what happened, with the object as it was at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import deliveries
from .listing import page
from .registry import Call, operation
from .wire import Refusal, no_such
from .world import API_VERSION, World

# Stripe tells of an event for thirty days, and then of it no more.
KEPT_SECONDS = 30 * 24 * 3600


def emit(
    world: World, type: str, body: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Records an event and owes it to every endpoint that wants it.

    `before` is the object before the change; what differs becomes `previous_attributes`.
    """
    event = world.new("event", "evt", type=type, api_version=API_VERSION)
    event["data"] = {"object": dict(body)}
    if before is not None:
        event["data"]["previous_attributes"] = {
            name: value for name, value in before.items() if body.get(name) != value
        }
    event["request"] = {
        "id": world.origin.request,
        "idempotency_key": world.origin.idempotency_key,
    }
    problems = world.contract.object(event)
    if problems:
        raise world.broken(f"event {type}", problems)
    event["pending_webhooks"] = deliveries.owe(world, event)
    world.save(event)
    return event


def change(world: World, body: dict[str, Any], type: str, **fields: Any) -> dict[str, Any]:
    """Saves an object with changed fields and emits the event of that change."""
    after = body | fields
    before = world.store.get(body["id"])
    world.save(after)
    emit(world, type, after, before=before)
    return after


@operation("get", "/v1/events/{id}")
def retrieve(call: Call) -> dict[str, Any]:
    """One event, if it is not too old."""
    found = call.world.demand("event", call.id)
    if found["created"] <= call.world.now() - KEPT_SECONDS:
        no_such("event", call.id, in_path=True)
    return found


@operation(
    "get",
    "/v1/events",
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "type",
    "types",
    "delivery_success",
)
def listed(call: Call) -> dict[str, Any]:
    """Events of the last thirty days, by time, type and whether every endpoint took them."""
    params = call.params
    if "type" in params and "types" in params:
        raise Refusal("You cannot specify both `type` and `types`.", param="types")
    if len(params.get("types", [])) > 20:
        raise Refusal("You can specify up to 20 event types.", param="types")
    filters: dict[str, list[str]] = {}
    where: list[tuple[str, object]] = [("created > ?", call.world.now() - KEPT_SECONDS)]
    if "types" in params:
        filters["type"] = params["types"]
    elif "type" in params and "*" not in params["type"]:
        filters["type"] = [params["type"]]
    elif "type" in params:
        where.append(("json_extract(body, '$.type') GLOB ?", params["type"]))
    if "delivery_success" in params:
        owed = (
            "id {} (SELECT event FROM deliveries WHERE state <> 'delivered' AND state <> ?)"
        ).format("NOT IN" if params["delivery_success"] else "IN")
        where.append((owed, "withdrawn"))
    return page(call, "event", filters, where)
