"""A subscription costs something else, or another time: what that is credited and charged.

Where the rhythm stays, the time that runs is prorated: at the next invoice, at once, or not at all.
Where the rhythm changes, or the cycle is to begin anew, a full period begins and is invoiced now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    collecting,
    events,
    invoice_contents,
    invoices,
    prorations,
    subscription_items,
)
from .subscribing import schedule
from .subscription_items import Change, items_of
from .wire import Refusal
from .world import World

# What a request can say of a change besides the items.
HOW = ("payment_behavior", "proration_behavior", "proration_date")
_LATEST_TRIAL_SECONDS = 2 * 366 * 24 * 3600


def change(
    world: World,
    subscription: dict[str, Any],
    params: Mapping[str, Any],
    *,
    changed: dict[str, Any] | None = None,
    collects: bool = True,
) -> dict[str, Any]:
    """The subscription with the items, the trial or the anchor that are wanted, kept and told.

    `changed` has other changes that are told with it; without `collects` nothing is charged for an
    invoice that is made. Raises Refusal.
    """
    behavior = params.get("proration_behavior", "create_prorations")
    now = world.now()
    at = prorations.checked_date(items_of(subscription)[0], params.get("proration_date"), now)
    after, changes = dict(changed or subscription), list[Change]()
    if "items" in params:
        after, changes = subscription_items.changed(world, after, params["items"])
    other = subscription_items.rhythm_of(after) != subscription_items.rhythm_of(subscription)
    anew = params.get("billing_cycle_anchor", {}).get("type") == "now" or other
    anew = anew and subscription["status"] != "trialing"  # A trial stays as long as it is.
    moves = "trial_end" in params
    if moves or anew:  # Nothing remains of the period that runs.
        changes = [Change(each, None) for each in items_of(subscription)]
    if moves:
        after = _moved(world, after, params["trial_end"])
    elif anew:
        until = subscription_items.end_after(after, now, now)
        after = subscription_items.with_period(after, now, until) | {"billing_cycle_anchor": now}
    if behavior != "none":
        prorations.prorate(world, subscription, changes, at)
    told = events.change(world, after, "customer.subscription.updated")
    subscription_items.keep(world, told)
    if moves or anew:
        schedule(world, told)
    lives = told["status"] in ("active", "past_due")
    if (anew and not moves and lives) or behavior == "always_invoice":
        bill(world, told, params, full=anew and not moves and lives, collects=collects)
    return world.get("subscription", subscription["id"])


def _moved(world: World, subscription: dict[str, Any], trial_end: int | str) -> dict[str, Any]:
    """The next charge at another instant: the time until then is a trial."""
    now = world.now()
    if not isinstance(trial_end, int) or trial_end <= now:
        raise Refusal("Invalid timestamp: must be an integer Unix timestamp in the future.")
    if trial_end > subscription["billing_cycle_anchor"] + _LATEST_TRIAL_SECONDS:
        raise Refusal("`trial_end` is too far in the future.", param="trial_end")
    return subscription_items.with_period(subscription, now, trial_end) | {
        "billing_cycle_anchor": trial_end,
        "status": "trialing",
        "trial_start": now,
        "trial_end": trial_end,
    }


def bill(
    world: World,
    subscription: dict[str, Any],
    params: Mapping[str, Any],
    *,
    full: bool,
    collects: bool = True,
) -> dict[str, Any] | None:
    """An invoice at once: for the period that begins if `full`, and for all that waits.

    None where nothing waits. Raises Refusal where the request wants all or nothing and the payment
    fails.
    """
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise Refusal("This sandbox keeps no pending updates.", status=501, type="api_error")
    if not full and not invoice_contents.waiting(world, subscription):
        return None
    first, now = items_of(subscription)[0], world.now()
    start, end = first["current_period_start"], first["current_period_end"]
    if not full:
        start, end = now, now
    invoice = invoices.make(
        world, subscription, "subscription_update", start=start, end=end, periodic=full
    )
    world.save(subscription | {"latest_invoice": invoice["id"]})
    if not collects:
        return invoice
    invoice = invoices.open_(world, invoice)
    if invoice["collection_method"] == "send_invoice":
        invoices.await_money(world, invoice)
        invoices.send(world, world.get("invoice", invoice["id"]))
    elif not invoice["amount_due"]:
        invoices.paid(world, invoice)
    elif behavior == "default_incomplete":
        invoices.payment_of(world, invoice)
    else:
        outcome = collecting.collect(world, invoice)
        if outcome in ("declined", "action") and behavior == "error_if_incomplete":
            raise collecting.refusal(world, invoice, stays=False)
    return world.get("invoice", invoice["id"])
