"""What an invoice will say: a change is made, looked at, and taken back as if it never was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import (
    changing,
    credits,
    drafting,
    invoice_contents,
    invoice_lines,
    invoices,
    subscribing,
    subscription_items,
)
from .registry import Call, operation
from .wire import Refusal
from .world import World

_ITEM = (
    "amount",
    "currency",
    "description",
    "metadata",
    "period.end",
    "period.start",
    "price_data.currency",
    "price_data.product",
    "price_data.unit_amount",
    "quantity",
)
_DETAILS = (
    "billing_cycle_anchor.type",
    "cancel_at_period_end",
    "cancel_now",
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
    "proration_behavior",
    "proration_date",
    "trial_end",
)
_CHANGES = ("items", "trial_end", "billing_cycle_anchor")


@operation(
    "post",
    "/v1/invoices/create_preview",
    "currency",
    "customer",
    "preview_mode",
    "subscription",
    *(f"invoice_items.{name}" for name in _ITEM),
    *(f"subscription_details.{name}" for name in _DETAILS),
)
def preview(call: Call) -> dict[str, Any]:
    """The next invoice of a subscription or a customer, perhaps after a change; nothing is kept."""
    world, params = call.world, call.params
    if params.get("preview_mode", "next") != "next":
        raise Refusal("This sandbox previews the next invoice.", status=501, type="api_error")
    with _taken_back(world):
        return _preview(world, params)


@contextmanager
def _taken_back(world: World) -> Iterator[None]:
    """Nothing that is done here stays."""
    world.store.run("SAVEPOINT preview")
    try:
        yield
    finally:
        world.store.run("ROLLBACK TO preview")
        world.store.run("RELEASE preview")


def _preview(world: World, params: dict[str, Any]) -> dict[str, Any]:
    subscription = _subscription(world, params)
    customer = params.get("customer") or (subscription or {}).get("customer")
    if customer is None:
        raise Refusal(
            "You must specify either `customer` or `subscription`.",
            code="parameter_missing",
            param="customer",
        )
    customer = world.demand("customer", customer, param="customer")["id"]
    if subscription is not None and subscription["customer"] != customer:
        raise Refusal("The subscription is another customer's.", param="subscription")
    details = params.get("subscription_details", {})
    for item in params.get("invoice_items", []):
        asked = {"customer": customer} | item
        if subscription is not None:
            asked |= {"subscription": subscription["id"], "currency": subscription["currency"]}
        drafting.make_item(world, asked | item)
    if subscription is not None:
        return _of_subscription(world, subscription, details)
    if "items" in details:
        return _of_new(world, customer, details)
    return _of_customer(world, customer, params)


def _subscription(world: World, params: dict[str, Any]) -> dict[str, Any] | None:
    if "subscription" in params:
        found = world.demand("subscription", params["subscription"], param="subscription")
        if found["status"] in ("canceled", "incomplete_expired"):
            raise _none()
        return found
    return None


def _none() -> Refusal:
    return Refusal("No upcoming invoices for customer", status=404, code="invoice_upcoming_none")


def _of_subscription(
    world: World, subscription: dict[str, Any], details: dict[str, Any]
) -> dict[str, Any]:
    if "cancel_at_period_end" in details:
        subscription |= {"cancel_at_period_end": details["cancel_at_period_end"]}
    latest = subscription["latest_invoice"]
    if any(name in details for name in _CHANGES):
        changed = changing.change(world, subscription, details, collects=False)
        if changed["latest_invoice"] != latest:
            return _shown(world, world.get("invoice", changed["latest_invoice"]), details)
        subscription = changed
    ends = subscription["cancel_at_period_end"]
    if details.get("cancel_now") or ends or subscription["status"] == "paused":
        if not invoice_contents.waiting(world, subscription):
            raise _none()
        now = world.now()
        body = invoice_contents.body(world, subscription, "upcoming", now, now, periodic=False)
        return _shown(world, body, details)
    return _shown(world, invoices.upcoming(world, subscription), details)


def _of_new(world: World, customer: str, details: dict[str, Any]) -> dict[str, Any]:
    """The first invoice of a subscription that is not made yet."""
    given = subscription_items.asked(world, details["items"])
    now = world.now()
    made = subscribing.make(world, given, now, customer=customer, metadata={},
                            collection_method="charge_automatically")  # fmt: skip
    end = subscription_items.items_of(made)[0]["current_period_end"]
    body = invoice_contents.body(world, made, "upcoming", now, end)
    for line in body["lines"]["data"]:
        line["subscription"] = None
        if details_of_item := line["parent"]["subscription_item_details"]:
            details_of_item["subscription"] = None
    body["parent"] = None
    return _shown(world, body, details)


def _of_customer(world: World, customer: str, params: dict[str, Any]) -> dict[str, Any]:
    """The next of a customer's subscriptions, or what waits without one."""
    living = {"customer": [customer], "status": ["active", "past_due", "trialing"]}
    found = [
        each
        for each in world.store.select("subscription", living)
        if not each["cancel_at_period_end"]
    ]
    if found:
        first = min(found, key=_end_of)
        return _shown(world, invoices.upcoming(world, first), {})
    currency = params.get("currency", world.options.settlement_currency)
    waits = invoice_lines.pending(world, customer, currency)
    if not waits:
        raise _none()
    body = drafting.blank(world, {"customer": customer, "currency": currency})
    lines = [invoice_lines.of_invoiceitem(world, body, each) for each in waits]
    return _shown(world, invoice_lines.with_lines(body, lines), {})


def _end_of(subscription: dict[str, Any]) -> int:
    return int(subscription_items.items_of(subscription)[0]["current_period_end"])


def _shown(world: World, invoice: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """An invoice that is none yet: without a number, with an id that leads nowhere."""
    id = f"upcoming_{invoice['id'].removeprefix('upcoming_')}"
    body = invoice | credits.asked(world, invoice) | {"billing_reason": "upcoming", "id": id}
    parent = body["parent"]
    if parent and "proration_date" in details:
        dated = {"subscription_proration_date": details["proration_date"]}
        parent = parent | {"subscription_details": parent["subscription_details"] | dated}
    lines = [line | {"invoice": id} for line in body["lines"]["data"]]
    held = body["lines"] | {"data": lines, "url": f"/v1/invoices/{id}/lines"}
    return body | {"lines": held, "parent": parent}
