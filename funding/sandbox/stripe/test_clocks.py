"""Test clocks: time of their own, for up to three customers and what is billed to them.

What is billed to such a customer is made, changed and due by its clock, which stands still until it
is advanced. Money keeps the account's own time, as with Stripe: charges, debits and events do not
move with a test clock. An advance takes a moment, in which webhooks already tell what happens and
nothing on the clock can be changed.
"""

from __future__ import annotations

from typing import Any

from . import clock_limits, events, leaving
from .calendars import after
from .listing import page
from .registry import LISTING, TIMERS, Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import CLOCK, World

MOST_INTERVALS, MOST_YEARS = 2, 2
KEPT_DAYS = 30
# From the request to what is due, and from then until the clock stands still.
ADVANCE_SECONDS, SETTLE_SECONDS = 1, 1
# What lives by the clock of its customer.
_FOLLOWERS = ("invoice", "invoiceitem", "subscription", "subscription_schedule")


@operation("post", "/v1/test_helpers/test_clocks", "customer", "frozen_time", "name")
def create(call: Call) -> dict[str, Any]:
    """A clock that stands at an instant; a customer that is there already can be put on it."""
    world, params = call.world, call.params
    if params["frozen_time"] < 1:
        raise Refusal("`frozen_time` must be a time after 1970.", param="frozen_time")
    clock = world.new(
        CLOCK,
        "clock",
        deletes_after=world.now() + KEPT_DAYS * DAY,
        frozen_time=params["frozen_time"],
        name=params.get("name") or None,
        status="ready",
        status_details={"advancing": None},
    )
    world.save(clock)
    world.later(KEPT_DAYS * DAY, "test_clock_ends", clock["id"])
    if "customer" in params:
        _move(world, world.demand("customer", params["customer"], param="customer"), clock)
    events.emit(world, "test_helpers.test_clock.created", clock)
    return clock


def _move(world: World, customer: dict[str, Any], clock: dict[str, Any]) -> None:
    """Puts a customer with all that is due for it on a clock."""
    if customer["test_clock"]:
        raise Refusal("This customer is attached to a test clock already.", param="customer")
    clock_limits.has_room(world, customer, 0)
    mine = [
        each
        for kind in _FOLLOWERS
        for each in world.store.select(kind, {"customer": [customer["id"]]})
    ]
    for each in (customer, *mine):
        world.save(each | {"test_clock": clock["id"]})
        world.move_timers(each["id"], clock["id"])


@operation("get", "/v1/test_helpers/test_clocks/{test_clock}")
def retrieve(call: Call) -> dict[str, Any]:
    """One clock."""
    return call.world.demand(CLOCK, call.id)


@operation("get", "/v1/test_helpers/test_clocks", *LISTING)
def listed(call: Call) -> dict[str, Any]:
    """All clocks."""
    return page(call, CLOCK)


@operation("post", "/v1/test_helpers/test_clocks/{test_clock}/advance", "frozen_time")
def advance(call: Call) -> dict[str, Any]:
    """Sends a clock on its way to a later instant."""
    world, target = call.world, call.params["frozen_time"]
    clock = world.demand(CLOCK, call.id)
    clock_limits.ready(clock)
    if target <= clock["frozen_time"]:
        raise Refusal(
            "`frozen_time` must be after the test clock's current frozen time.",
            param="frozen_time",
        )
    if target > _latest(world, clock):
        raise Refusal(
            f"A test clock cannot be advanced by more than {MOST_INTERVALS} intervals of its "
            f"shortest subscription, nor by more than {MOST_YEARS} years without one.",
            param="frozen_time",
        )
    world.later(ADVANCE_SECONDS, "test_clock_advances", clock["id"])
    return events.change(
        world,
        clock,
        "test_helpers.test_clock.advancing",
        status="advancing",
        status_details={"advancing": {"target_frozen_time": target}},
    )


def _latest(world: World, clock: dict[str, Any]) -> int:
    """The last instant to which a clock can be advanced at one go."""
    now = clock["frozen_time"]
    ends = [
        after(now, rhythm["interval"], rhythm["interval_count"], MOST_INTERVALS)
        for customer in _customers(world, clock)
        for each in clock_limits.living(world, customer["id"])
        for rhythm in (item["price"]["recurring"] for item in each["items"]["data"])
    ]
    return min(ends, default=after(now, "year", 1, MOST_YEARS))


def _customers(world: World, clock: dict[str, Any]) -> list[dict[str, Any]]:
    return world.store.select("customer", {"test_clock": [clock["id"]]})


@timer("test_clock_advances")
def arrive(world: World, id: str) -> None:
    """What is due until the target happens; nothing can be changed yet."""
    clock = world.store.get(id)
    if clock is not None:
        _run(world, clock)
        world.later(SETTLE_SECONDS, "test_clock_is_ready", id)


@timer("test_clock_is_ready")
def settle(world: World, id: str) -> None:
    """The clock stands still again."""
    clock = world.store.get(id)
    if clock is not None:
        events.change(
            world,
            clock,
            "test_helpers.test_clock.ready",
            frozen_time=_run(world, clock),
            status="ready",
            status_details={"advancing": None},
        )


def _run(world: World, clock: dict[str, Any]) -> int:
    target: int = clock["status_details"]["advancing"]["target_frozen_time"]
    while found := world.next_timer(clock["id"], target):
        due, name, about = found
        with world.frozen(clock["id"], due):
            TIMERS[name](world, about)
    return target


@operation("delete", "/v1/test_helpers/test_clocks/{test_clock}")
def delete(call: Call) -> dict[str, Any]:
    """Deletes a clock with its customers."""
    clock = call.world.demand(CLOCK, call.id)
    clock_limits.ready(clock)
    return _end(call.world, clock)


@timer("test_clock_ends")
def end_by_clock(world: World, id: str) -> None:
    """A clock that was forgotten is deleted."""
    clock = world.store.get(id)
    if clock is not None:
        _end(world, clock)


def _end(world: World, clock: dict[str, Any]) -> dict[str, Any]:
    for customer in _customers(world, clock):
        with world.within(customer):
            leaving.leave(world, customer)
    world.drop_timers(clock["id"])
    world.store.delete(clock["id"])
    events.emit(world, "test_helpers.test_clock.deleted", clock)
    return {"id": clock["id"], "object": CLOCK, "deleted": True}
