"""Subscriptions: due by the calendar, changed, paused, ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import changing, collecting, events, invoices, prorations
from .billing import LIVING
from .invoices import DRAFT_SECONDS
from .listing import WITHOUT_CLOCK, one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .subscribing import own_method, schedule
from .subscription_items import Change, end_after, items_of, with_period
from .wire import Refusal, no_such
from .world import World

# What else happens when a period is over, and when a subscription that has a schedule has ended.
NEXT_PHASE: list[Callable[[World, dict[str, Any]], None]] = []
ENDED: list[Callable[[World, dict[str, Any]], None]] = []
RENEWED = ("active", "trialing", "past_due", "unpaid")


@timer("subscription_cycle")
def cycle(world: World, id: str) -> None:
    """A period is over: the next begins, and its invoice is made."""
    subscription = world.get("subscription", id)
    start = _start_of_next(subscription)
    if subscription["status"] not in RENEWED or start != world.now():
        return  # It has ended, or its calendar was moved since.
    if subscription["schedule"]:
        for told in NEXT_PHASE:
            told(world, subscription)
        subscription = world.get("subscription", id)
        if subscription["status"] not in RENEWED or _start_of_next(subscription) != world.now():
            return
    if subscription["cancel_at_period_end"]:
        end(world, subscription, "cancellation_requested")
        return
    until = end_after(subscription, subscription["billing_cycle_anchor"], start)
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    subscription = world.get("subscription", id) | {"status": status}
    subscription = with_period(subscription, start, until)
    schedule(world, subscription)
    invoice = invoices.make(
        world,
        subscription,
        "subscription_cycle",
        start=start,
        end=until,
    )
    events.change(
        world, subscription, "customer.subscription.updated", latest_invoice=invoice["id"]
    )
    paused = subscription["pause_collection"]
    if paused and paused["behavior"] == "void":
        invoices.void(world, invoices.open_(world, invoice))
    elif status == "unpaid":
        world.save(invoice | {"auto_advance": False})  # Nothing more is asked for by itself.
    else:
        world.later(DRAFT_SECONDS, "invoice_finalize", invoice["id"])


def _start_of_next(subscription: dict[str, Any]) -> int:
    return int(items_of(subscription)[0]["current_period_end"])


def end(world: World, subscription: dict[str, Any], reason: str) -> dict[str, Any]:
    """A subscription is over, at once; what is open on it is not tried again."""
    now = world.now()
    details = (subscription["cancellation_details"] or {}) | {"reason": reason}
    for invoice in world.store.select(
        "invoice", {"parent.subscription_details.subscription": [subscription["id"]]}
    ):
        if invoice["status"] == "draft":
            invoices.void(world, invoices.open_(world, invoice))
        elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
            world.save(invoice | {"next_payment_attempt": None, "auto_advance": False})
    ended = events.change(
        world,
        subscription,
        "customer.subscription.deleted",
        canceled_at=now,
        cancellation_details=details,
        ended_at=now,
        pause_collection=None,
        status="canceled",
    )
    if ended["schedule"]:
        for told in ENDED:
            told(world, ended)
    return ended


@timer("subscription_resumes")
def resume_by_clock(world: World, id: str) -> None:
    """A pause is over, unless another was asked for since."""
    subscription = world.get("subscription", id)
    paused = subscription["pause_collection"]
    if paused and paused["resumes_at"] == world.now():
        events.change(world, subscription, "customer.subscription.updated", pause_collection=None)


@operation("get", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve(call: Call) -> dict[str, Any]:
    """One subscription, ended ones too."""
    return call.world.demand("subscription", call.id)


@operation("get", "/v1/subscriptions", *LISTING, "created", "customer", "status", "test_clock")
def listed(call: Call) -> dict[str, Any]:
    """Subscriptions; without a state those that have not ended."""
    filters = dict(one_of(call.params, "customer", "test_clock"))
    status = call.params.get("status")
    if status == "ended":
        filters["status"] = ("canceled", "incomplete_expired")
    elif status and status != "all":
        filters["status"] = (status,)
    elif not status:
        filters["status"] = ("incomplete", *LIVING)
    shows_all = {"customer", "test_clock"} & call.params.keys()
    return page(call, "subscription", filters, [] if shows_all else [WITHOUT_CLOCK])


@operation(
    "post",
    "/v1/subscriptions/{subscription_exposed_id}",
    "billing_cycle_anchor.type",
    "cancel_at_period_end",
    "cancellation_details.comment",
    "cancellation_details.feedback",
    "default_payment_method",
    "description",
    "items.deleted",
    "items.id",
    "items.metadata",
    "items.price",
    "items.price_data.currency",
    "items.price_data.product",
    "items.price_data.recurring.interval",
    "items.price_data.recurring.interval_count",
    "items.price_data.unit_amount",
    "items.quantity",
    "metadata",
    "off_session",
    "pause_collection.behavior",
    "pause_collection.resumes_at",
    "pause_collection",
    *changing.HOW,
    "trial_end",
)
def update(call: Call) -> dict[str, Any]:
    """Changes a subscription, and what is charged or credited for the time that runs."""
    world, params = call.world, call.params
    subscription = world.demand("subscription", call.id)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refusal(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="subscription_canceled",
        )
    changed = dict(subscription)
    changed["metadata"] = merged(subscription["metadata"], params.get("metadata"))
    if "description" in params:
        changed["description"] = params["description"]
    if "cancel_at_period_end" in params:
        changed |= _ending(world, subscription, ends=params["cancel_at_period_end"])
    if "cancellation_details" in params:
        details = params["cancellation_details"]
        changed["cancellation_details"] = changed["cancellation_details"] | {
            name: details.get(name) or None for name in ("comment", "feedback") if name in details
        }
    if "default_payment_method" in params:
        changed["default_payment_method"] = own_method(
            world, subscription["customer"], params["default_payment_method"]
        )
    if "pause_collection" in params:
        changed["pause_collection"] = _pause(world, subscription, params["pause_collection"])
    if {"items", "trial_end", "billing_cycle_anchor"} & params.keys():
        return changing.change(world, subscription, params, changed=changed)
    return events.change(world, changed, "customer.subscription.updated")


def _ending(world: World, subscription: dict[str, Any], *, ends: bool) -> dict[str, Any]:
    period_end = subscription["items"]["data"][0]["current_period_end"]
    return {
        "cancel_at": period_end if ends else None,
        "cancel_at_period_end": ends,
        "canceled_at": world.now() if ends else None,
    }


def end_with_period(world: World, subscription: dict[str, Any], *, ends: bool) -> None:
    """Lets a subscription end when what is paid for is over, or go on after all."""
    changes = _ending(world, subscription, ends=ends)
    events.change(world, subscription, "customer.subscription.updated", **changes)


def _pause(
    world: World, subscription: dict[str, Any], wanted: dict[str, Any] | str
) -> dict[str, Any] | None:
    if not isinstance(wanted, dict):
        return None
    if wanted["behavior"] != "void":
        raise Refusal(
            "This sandbox pauses collection with behavior void only.", status=501, type="api_error"
        )
    resumes = wanted.get("resumes_at")
    if resumes is not None:
        if resumes <= world.now():
            raise Refusal("`resumes_at` must be in the future.", param="pause_collection")
        world.later(resumes - world.now(), "subscription_resumes", subscription["id"])
    return {"behavior": wanted["behavior"], "resumes_at": resumes}


@operation("delete", "/v1/subscriptions/{subscription_exposed_id}", "invoice_now", "prorate")
def cancel(call: Call) -> dict[str, Any]:
    """Ends a subscription now. One that has ended is not found, as with Stripe."""
    subscription = call.world.demand("subscription", call.id)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        no_such("subscription", call.id, in_path=True)
    return end_now(call.world, subscription, call.params)


def end_now(world: World, subscription: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Ends a subscription at once, and gives back what is not used if the request says so."""
    if params.get("prorate"):
        changes = [Change(each, None) for each in items_of(subscription)]
        prorations.prorate(world, subscription, changes, world.now())
    if params.get("invoice_now"):
        changing.bill(world, subscription, {}, full=False)
        subscription = world.get("subscription", subscription["id"])
    return end(world, subscription, "cancellation_requested")


@operation(
    "post",
    "/v1/subscriptions/{subscription}/pause",
    "bill_for.unused_time_from.type",
    "bill_for.outstanding_usage_through.type",
    "type",
)
def pause(call: Call) -> dict[str, Any]:
    """Stops a subscription and its invoices until it is resumed; nothing is credited."""
    world = call.world
    subscription = world.demand("subscription", call.id)
    if subscription["status"] not in ("active", "trialing"):
        raise Refusal(
            f"A subscription that is {subscription['status']} cannot be paused.", param="status"
        )
    unused = call.params.get("bill_for", {}).get("unused_time_from", {})
    if unused.get("type") != "none":
        raise Refusal(
            "This sandbox credits no unused time; say bill_for[unused_time_from][type]=none.",
            status=501,
            type="api_error",
        )
    paused = {
        "subscription": {"type": "pause_requested"},
        "transitioned_at": world.now(),
        "type": "subscription",
    }
    return events.change(
        world,
        subscription,
        "customer.subscription.paused",
        status="paused",
        status_details={"paused": paused},
    )


@operation(
    "post",
    "/v1/subscriptions/{subscription}/resume",
    "billing_cycle_anchor.type",
    "payment_behavior",
    "proration_behavior",
)
def resume(call: Call) -> dict[str, Any]:
    """Lets a paused subscription go on: a new period begins now, and is paid for."""
    world, params = call.world, call.params
    subscription = world.demand("subscription", call.id)
    if subscription["status"] != "paused":
        raise Refusal("Only paused subscriptions can be resumed.", param="status")
    if params.get("billing_cycle_anchor", {}).get("type", "now") != "now":
        raise Refusal("This sandbox resumes with a new cycle only.", status=501, type="api_error")
    now = world.now()
    until = end_after(subscription, now, now)
    changed = with_period(subscription, now, until)
    on_success = params.get("payment_behavior") == "resume_on_payment_success"
    if not on_success:
        changed |= {"status": "active", "status_details": None}
    changed["billing_cycle_anchor"] = now
    invoice = invoices.make(world, changed, "subscription_update", start=now, end=until)
    world.save(changed | {"latest_invoice": invoice["id"]})
    schedule(world, changed)
    invoice = invoices.open_(world, invoice)
    if on_success:
        collecting.collect(world, invoice)
    else:
        world.save(invoice | {"auto_advance": False})
        events.emit(world, "customer.subscription.resumed", changed, before=subscription)
    return world.get("subscription", call.id)
