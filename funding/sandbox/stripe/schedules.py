"""Subscription schedules: what a subscription costs in phases that follow each other.

A schedule is made of a subscription that runs, or begins one itself. Where a phase begins, its
items take the place of those before, prorated as the phase says; after the last the subscription
goes on by itself, or ends.
"""

from __future__ import annotations

from typing import Any

from . import changing, events, invoices, phases, subscribing, subscriptions
from .invoices import DRAFT_SECONDS
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .subscription_items import Wanted, items_of
from .wire import Refusal
from .world import World

KIND = "subscription_schedule"
RUNNING = ("not_started", "active")
_PHASES = tuple(f"phases.{name}" for name in phases.HONOURED)


@operation(
    "post",
    "/v1/subscription_schedules",
    "customer",
    "default_settings.default_payment_method",
    "end_behavior",
    "from_subscription",
    "metadata",
    "start_date",
    *_PHASES,
)
def create(call: Call) -> dict[str, Any]:
    """A schedule of a subscription that runs, or of one that begins now or later."""
    world, params = call.world, call.params
    if "from_subscription" in params:
        return _from_subscription(world, params)
    for name in ("customer", "phases"):
        if name not in params:
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    customer = world.demand("customer", params["customer"], param="customer")
    now = world.now()
    start = params.get("start_date", "now")
    start = now if start == "now" else start
    if start < now:
        raise Refusal("This sandbox begins no subscription in the past.", status=501,
                      type="api_error")  # fmt: skip
    schedule = _blank(world, customer, params) | {
        "phases": phases.read(world, params["phases"], start),
    }
    world.save(schedule)
    events.emit(world, "subscription_schedule.created", schedule)
    if start > now:
        world.later(start - now, "schedule_phase", schedule["id"])
        return schedule
    return _begin(world, schedule)


def _blank(world: World, customer: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    given = params.get("default_settings", {}).get("default_payment_method")
    if given is not None:
        subscribing.own_method(world, customer["id"], given)
    schedule = world.new(KIND, "sub_sched") | {
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": world.now(),
        },
        "customer": customer["id"],
        "end_behavior": _end_behavior(params, "release"),
        "metadata": merged({}, params.get("metadata")),
        "status": "not_started",
        "test_clock": customer["test_clock"],
    }
    schedule["default_settings"] |= {
        "billing_cycle_anchor": "automatic",
        "collection_method": "charge_automatically",
        "default_payment_method": given,
    }
    schedule["default_settings"]["invoice_settings"]["issuer"] = {"account": None, "type": "self"}
    return schedule


def _end_behavior(params: dict[str, Any], otherwise: str) -> str:
    behavior: str = params.get("end_behavior", otherwise)
    if behavior not in ("cancel", "release"):
        raise Refusal(
            "This sandbox lets a schedule end with cancel or release.",
            status=501,
            type="api_error",
        )
    return behavior


def _from_subscription(world: World, params: dict[str, Any]) -> dict[str, Any]:
    if params.keys() & {"customer", "default_settings", "end_behavior", "phases", "start_date"}:
        raise Refusal(
            "You cannot set other parameters when `from_subscription` is set.",
            param="from_subscription",
        )
    id = params["from_subscription"]
    subscription = world.demand("subscription", id, param="from_subscription")
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refusal("A subscription that has ended has no schedule.", param="from_subscription")
    if subscription["schedule"]:
        raise Refusal(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"{subscription['schedule']}.",
            param="from_subscription",
        )
    customer = world.get("customer", subscription["customer"])
    phase = phases.running(subscription)
    schedule = _blank(world, customer, params) | {
        "current_phase": phases.dates(phase),
        "phases": [phase],
        "status": "active",
        "subscription": id,
    }
    world.save(schedule)
    events.emit(world, "subscription_schedule.created", schedule)
    _wait(world, schedule)
    events.change(world, subscription, "customer.subscription.updated", schedule=schedule["id"])
    return schedule


def _wait(world: World, schedule: dict[str, Any]) -> None:
    end = schedule["current_phase"]["end_date"]
    world.later(max(end - world.now(), 0), "schedule_phase", schedule["id"])


def _begin(world: World, schedule: dict[str, Any]) -> dict[str, Any]:
    """The first phase begins, and its subscription with it."""
    phase, now = schedule["phases"][0], world.now()
    wanted = [
        Wanted(world.get("price", each["price"]), each["quantity"], each["metadata"])
        for each in phase["items"]
    ]
    subscription = subscribing.make(
        world,
        wanted,
        now,
        collection_method="charge_automatically",
        customer=schedule["customer"],
        default_payment_method=schedule["default_settings"]["default_payment_method"],
        metadata=dict(phase["metadata"] or {}),
        schedule=schedule["id"],
    )
    end = items_of(subscription)[0]["current_period_end"]
    invoice = invoices.make(world, subscription, "subscription_create", start=now, end=end)
    world.save(subscription | {"latest_invoice": invoice["id"]})
    world.later(DRAFT_SECONDS, "invoice_finalize", invoice["id"])
    schedule = events.change(
        world,
        schedule,
        "subscription_schedule.updated",
        current_phase=phases.dates(phase),
        status="active",
        subscription=subscription["id"],
    )
    _wait(world, schedule)
    return schedule


@timer("schedule_phase")
def next_phase_by_clock(world: World, id: str) -> None:
    """A phase is over, unless the schedule is."""
    schedule = world.store.get(id)
    if schedule is None or schedule["status"] not in RUNNING:
        return
    if schedule["status"] == "not_started":
        if schedule["phases"][0]["start_date"] == world.now():
            _begin(world, schedule)
        return
    next_phase(world, world.get("subscription", schedule["subscription"]))


def next_phase(world: World, subscription: dict[str, Any]) -> None:
    """Lets the phase begin that is due for a subscription, or its schedule end."""
    schedule = world.get(KIND, subscription["schedule"])
    current, now = schedule["current_phase"], world.now()
    if schedule["status"] != "active" or current["end_date"] > now:
        return
    following = [each for each in schedule["phases"] if each["start_date"] >= current["end_date"]]
    if not following:
        _complete(world, schedule, subscription)
        return
    phase = following[0]
    schedule = events.change(
        world,
        schedule,
        "subscription_schedule.updated",
        current_phase=phases.dates(phase),
    )
    _wait(world, schedule)
    how = {"proration_behavior": phase["proration_behavior"]}
    changed = subscription
    if phase["metadata"]:
        changed = subscription | {"metadata": subscription["metadata"] | phase["metadata"]}
    given = phases.as_items(subscription, phase)
    changing.change(world, subscription, how | {"items": given}, changed=changed)


def _complete(world: World, schedule: dict[str, Any], subscription: dict[str, Any]) -> None:
    ends = schedule["end_behavior"] == "cancel"
    done = {"current_phase": None, "status": "completed", "completed_at": world.now()}
    if not ends:
        done |= _loose(schedule)
    events.change(world, schedule, "subscription_schedule.completed", **done)
    if ends:
        subscriptions.end(world, subscription, "cancellation_requested")
    else:
        events.change(world, subscription, "customer.subscription.updated", schedule=None)


def _loose(schedule: dict[str, Any]) -> dict[str, Any]:
    return {"released_subscription": schedule["subscription"], "subscription": None}


subscriptions.NEXT_PHASE.append(next_phase)


def ended(world: World, subscription: dict[str, Any]) -> None:
    """A subscription ended before its schedule did."""
    schedule = world.get(KIND, subscription["schedule"])
    if schedule["status"] in RUNNING:
        _cancel(world, schedule, "aborted")


subscriptions.ENDED.append(ended)


def _cancel(world: World, schedule: dict[str, Any], word: str) -> dict[str, Any]:
    return events.change(
        world,
        schedule,
        f"subscription_schedule.{word}",
        canceled_at=world.now(),
        current_phase=None,
        status="canceled",
    )


@operation("get", "/v1/subscription_schedules/{schedule}")
def retrieve(call: Call) -> dict[str, Any]:
    """One schedule."""
    return call.world.demand(KIND, call.id)


@operation("get", "/v1/subscription_schedules", *LISTING, "created", "customer")
def listed(call: Call) -> dict[str, Any]:
    """Schedules, by customer if wanted."""
    return page(call, KIND, one_of(call.params, "customer"))


@operation(
    "post",
    "/v1/subscription_schedules/{schedule}",
    "end_behavior",
    "metadata",
    "proration_behavior",
    "phases.start_date",
    *_PHASES,
)
def update(call: Call) -> dict[str, Any]:
    """Other phases from the one that runs on; what is over cannot be changed."""
    world, params = call.world, call.params
    schedule = _running(world, call.id)
    changes: dict[str, Any] = {
        "end_behavior": _end_behavior(params, schedule["end_behavior"]),
        "metadata": merged(schedule["metadata"], params.get("metadata")),
    }
    if "phases" not in params:
        return events.change(world, schedule, "subscription_schedule.updated", **changes)
    start = (schedule["current_phase"] or schedule["phases"][0])["start_date"]
    given = params["phases"][0].get("start_date", start)
    if given != start:
        raise Refusal(
            "You can not modify the start date of the current phase.",
            param="phases[0][start_date]",
        )
    found = phases.read(world, params["phases"], start)
    changes["phases"] = found
    if schedule["status"] == "active":
        if found[0]["end_date"] <= world.now():
            raise Refusal("The current phase must end in the future.", param="phases[0][end_date]")
        changes["current_phase"] = phases.dates(found[0])
    schedule = events.change(world, schedule, "subscription_schedule.updated", **changes)
    if schedule["status"] == "active":
        _wait(world, schedule)
        subscription = world.get("subscription", schedule["subscription"])
        items = phases.as_items(subscription, found[0])
        behavior = params.get("proration_behavior", "create_prorations")
        changing.change(world, subscription, {"items": items, "proration_behavior": behavior})
    return world.get(KIND, schedule["id"])


def _running(world: World, id: str) -> dict[str, Any]:
    schedule = world.demand(KIND, id)
    if schedule["status"] not in RUNNING:
        raise Refusal(
            f"This subscription schedule is {schedule['status']}; only ones that are "
            "`not_started` or `active` can be changed."
        )
    return schedule


@operation("post", "/v1/subscription_schedules/{schedule}/cancel", "invoice_now", "prorate")
def cancel(call: Call) -> dict[str, Any]:
    """Ends a schedule and its subscription at once; without a word the rest is given back."""
    world, params = call.world, {"invoice_now": True, "prorate": True} | call.params
    schedule = _running(world, call.id)
    schedule = _cancel(world, schedule, "canceled")
    if schedule["subscription"]:
        subscription = world.get("subscription", schedule["subscription"])
        subscriptions.end_now(world, subscription, params)
    return schedule


@operation("post", "/v1/subscription_schedules/{schedule}/release", "preserve_cancel_date")
def release(call: Call) -> dict[str, Any]:
    """Lets the subscription go on by itself, as it is."""
    world = call.world
    schedule = _running(world, call.id)
    subscription = schedule["subscription"]
    schedule = events.change(
        world,
        schedule,
        "subscription_schedule.released",
        current_phase=None,
        released_at=world.now(),
        status="released",
        **_loose(schedule),
    )
    if subscription:
        found = world.get("subscription", subscription)
        events.change(world, found, "customer.subscription.updated", schedule=None)
    return schedule
