"""What a test clock does not allow, and what of a request lives by one."""

from __future__ import annotations

from typing import Any

from .billing import LIVING
from .operations import Operation
from .registry import Call
from .wire import Refusal
from .world import CLOCK, World

MOST_CUSTOMERS, MOST_SUBSCRIPTIONS = 3, 3
# What is billed: only this lives by the clock of its customer.
_BILLED = ("/v1/customers", "/v1/invoice", "/v1/subscription")
_NAMES = ("customer", "invoice", "subscription", "from_subscription", "test_clock")


def subject(call: Call, operation: Operation) -> dict[str, Any]:
    """The test clock by which a request is carried out; empty where it is the account's time.

    Raises Refusal for a change while that clock is on its way.
    """
    if not operation.template.startswith(_BILLED):
        return {}
    world, named = call.world, [call.params.get(name) for name in _NAMES]
    for id in (*call.ids.values(), *named):
        body = _body(world, id) if isinstance(id, str) else None
        clock = world.clock_of(body) if body else None
        if clock is not None:
            if operation.verb != "get":
                ready(clock)
            return clock
    return {}


def _body(world: World, id: str) -> dict[str, Any] | None:
    if not id.startswith("si_"):
        return world.store.get(id)
    found = world.store.select("subscription", {"item": [id]}, limit=1)
    return found[0] if found else None


def ready(clock: dict[str, Any]) -> None:
    """Refuses to change anything while a clock is on its way."""
    if clock["status"] == "advancing":
        raise Refusal("Test clock advancement underway - cannot perform modifications", status=429)


def join(world: World, id: str) -> str:
    """The clock that a new customer names, which must have room for it."""
    clock = world.demand(CLOCK, id, param="test_clock")
    if len(world.store.select("customer", {"test_clock": [id]})) >= MOST_CUSTOMERS:
        raise Refusal(
            f"A test clock can have at most {MOST_CUSTOMERS} customers.", param="test_clock"
        )
    return str(clock["id"])


def living(world: World, customer: str) -> list[dict[str, Any]]:
    """The subscriptions of a customer that have not ended."""
    status = ["incomplete", *LIVING]
    return world.store.select("subscription", {"customer": [customer], "status": status})


def has_room(world: World, customer: dict[str, Any], more: int = 1) -> None:
    """Refuses subscriptions that are too many for a customer on a test clock."""
    if len(living(world, customer["id"])) + more > MOST_SUBSCRIPTIONS:
        raise Refusal(
            f"A customer on a test clock has at most {MOST_SUBSCRIPTIONS} subscriptions.",
            param="customer",
        )
