"""Webhook endpoints: where events go, and the secret that signs them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .listing import page
from .metadata import merged
from .registry import LISTING, Call, operation
from .wire import Refusal
from .world import secret


@operation(
    "post",
    "/v1/webhook_endpoints",
    "url",
    "enabled_events",
    "api_version",
    "description",
    "metadata",
)
def create(call: Call) -> dict[str, Any]:
    """A new endpoint. Its secret is shown in this answer and never again."""
    world, params = call.world, call.params
    _check_url(params["url"])
    endpoint = world.new(
        "webhook_endpoint",
        "we",
        url=params["url"],
        enabled_events=_events(params["enabled_events"]),
        api_version=params.get("api_version"),
        description=params.get("description") or None,
        metadata=merged({}, params.get("metadata")),
        status="enabled",
    )
    del endpoint["secret"]
    world.save(endpoint)
    signing = f"whsec_{secret(32)}"
    world.store.note(endpoint["id"], "secret", signing)
    return endpoint | {"secret": signing}


@operation("get", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve(call: Call) -> dict[str, Any]:
    """One endpoint, without its secret."""
    return call.world.demand("webhook_endpoint", call.id)


@operation("get", "/v1/webhook_endpoints", *LISTING)
def listed(call: Call) -> dict[str, Any]:
    """All endpoints."""
    return page(call, "webhook_endpoint")


@operation(
    "post",
    "/v1/webhook_endpoints/{webhook_endpoint}",
    "url",
    "enabled_events",
    "disabled",
    "description",
    "metadata",
)
def update(call: Call) -> dict[str, Any]:
    """Changes an endpoint."""
    world, params = call.world, call.params
    endpoint = world.demand("webhook_endpoint", call.id)
    if "url" in params:
        _check_url(params["url"])
        endpoint["url"] = params["url"]
    if "enabled_events" in params:
        endpoint["enabled_events"] = _events(params["enabled_events"])
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merged(endpoint["metadata"], params.get("metadata"))
    return world.save(endpoint)


@operation("delete", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete(call: Call) -> dict[str, Any]:
    """Removes an endpoint; what is owed to it is owed no longer."""
    world = call.world
    endpoint = world.demand("webhook_endpoint", call.id)
    world.store.delete(endpoint["id"])
    world.store.run(
        "UPDATE deliveries SET state = 'withdrawn', error = 'The endpoint was deleted.'"
        " WHERE endpoint = ? AND state IN ('due', 'lost')",
        (endpoint["id"],),
    )
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _events(names: list[str]) -> list[str]:
    if not names:
        raise Refusal("Give at least one event.", param="enabled_events")
    return list(dict.fromkeys(names))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="url",
        )
