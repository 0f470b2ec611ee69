"""How a subscription begins: on a Checkout page, or by the API for what is saved or by invoice.

One that is begun by the API and charged at once is incomplete until its first invoice is paid; it
has 23 hours for that, and then has never begun.
"""

from __future__ import annotations

from typing import Any

from . import (
    billing,
    clock_limits,
    collecting,
    events,
    invoice_contents,
    invoices,
    payments,
    setups,
)
from .calendars import next_after
from .invoices import DRAFT_SECONDS
from .metadata import merged
from .registry import Call, operation, timer
from .settlement import DAY
from .subscription_items import Wanted, asked, keep, make_item
from .wire import Refusal
from .world import World

INCOMPLETE_SECONDS = 23 * 3600
TRIAL_WARNING_SECONDS = 3 * DAY
_HONOURED = (
    "billing_cycle_anchor",
    "billing_mode.type",
    "collection_method",
    "customer",
    "days_until_due",
    "default_payment_method",
    "description",
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
    "payment_behavior",
    "proration_behavior",
    "trial_end",
    "trial_period_days",
    *(f"payment_settings.{name}" for name in invoice_contents.PAYMENT_SETTINGS),
    "payment_settings.save_default_payment_method",
)


def begin(
    world: World, session: dict[str, Any], intent: dict[str, Any], method: dict[str, Any]
) -> dict[str, Any]:
    """Begins the subscription of a session whose first payment is made or on its way."""
    with world.within(world.get("customer", intent["customer"])):
        return _begin(world, session, intent, method)


def _begin(
    world: World, session: dict[str, Any], intent: dict[str, Any], method: dict[str, Any]
) -> dict[str, Any]:
    given = world.store.noted(session["id"], "subscription")
    items = world.store.noted(session["id"], "items")
    customer = intent["customer"]
    setups.attach(world, world.get("payment_method", method["id"]), customer)
    now = world.now()
    subscription = make(
        world,
        [Wanted(each["price"], each["quantity"]) for each in items],
        now,
        customer=customer,
        default_payment_method=method["id"],
        description=given.get("description"),
        metadata=given["metadata"],
    )
    invoice = invoices.make(
        world,
        subscription,
        "subscription_create",
        start=now,
        end=now,
    )
    invoice = invoices.open_(world, invoice)
    invoices.payment_of(world, invoice, intent)
    invoice = world.save(invoice | {"attempted": True, "attempt_count": 1})
    if world.get("payment_intent", intent["id"])["status"] == "succeeded":
        invoice = invoices.paid(world, invoice)
    world.save(world.get("subscription", subscription["id"]) | {"latest_invoice": invoice["id"]})
    return {"subscription": subscription["id"], "invoice": invoice["id"]}


payments.BEGINS["subscription"] = begin


def make(
    world: World, wanted: list[Wanted], anchor: int, end: int | None = None, **fields: Any
) -> dict[str, Any]:
    """A subscription to some prices, with its calendar; its first period ends with `end`."""
    now = world.now()
    subscription = world.new("subscription", "sub")
    customer = world.get("customer", fields["customer"])
    if customer["test_clock"]:
        clock_limits.has_room(world, customer)
    price = wanted[0].price
    recurring = price["recurring"]
    if end is None:
        end = next_after(anchor, recurring["interval"], recurring["interval_count"], now)
    subscription |= {
        "billing_cycle_anchor": anchor,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": now,
        },
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "currency": price["currency"],
        "default_tax_rates": [],
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": "active",
        "test_clock": customer["test_clock"],
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    } | fields
    subscription["items"] = {
        "object": "list",
        "data": [make_item(world, subscription["id"], each, now, end) for each in wanted],
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
    keep(world, subscription)
    events.emit(world, "customer.subscription.created", subscription)
    schedule(world, subscription)
    return subscription


def schedule(world: World, subscription: dict[str, Any]) -> None:
    """Sets what is due in the period of a subscription: its end, and what is told before it."""
    id, now = subscription["id"], world.now()
    end = subscription["items"]["data"][0]["current_period_end"]
    world.later(end - now, "subscription_cycle", id)
    before = billing.upcoming_days(world) * DAY
    if end - before > now:
        world.later(end - before - now, "invoice_upcoming", id)
    if subscription["status"] == "trialing":
        wait = max(subscription["trial_end"] - TRIAL_WARNING_SECONDS - now, 0)
        world.later(wait, "trial_will_end", id)


@timer("invoice_upcoming")
def tell_upcoming(world: World, id: str) -> None:
    """The next invoice is told some days before it is made and charged."""
    subscription = world.get("subscription", id)
    item = subscription["items"]["data"][0]
    end = item["current_period_end"]
    wanted = subscription["status"] in ("active", "trialing", "past_due")
    by_card = subscription["collection_method"] == "charge_automatically"
    in_time = end - billing.upcoming_days(world) * DAY == world.now()
    if wanted and by_card and in_time and not subscription["cancel_at_period_end"]:
        events.emit(world, "invoice.upcoming", invoices.upcoming(world, subscription))


@timer("trial_will_end")
def tell_trial_end(world: World, id: str) -> None:
    """A trial ends in three days, or sooner where it is shorter."""
    subscription = world.get("subscription", id)
    left = (subscription["trial_end"] or 0) - world.now()
    if subscription["status"] == "trialing" and 0 < left <= TRIAL_WARNING_SECONDS:
        events.emit(world, "customer.subscription.trial_will_end", subscription)


@operation("post", "/v1/subscriptions", *_HONOURED)
def create(call: Call) -> dict[str, Any]:
    """A subscription that nobody begins on a page."""
    world, params = call.world, call.params
    customer = world.demand("customer", _required(params, "customer"), param="customer")
    wanted = asked(world, _required(params, "items"))
    sends = params.get("collection_method") == "send_invoice"
    _check(world, params, customer, sends=sends)
    now = world.now()
    trial = _trial_end(params, now)
    anchor = _anchor(params, now) or trial or now
    waits = trial is not None or anchor > now
    status = "trialing" if trial else "active" if sends or waits else "incomplete"
    given = params.get("payment_settings", {})
    subscription = make(
        world,
        wanted,
        anchor,
        anchor if waits else None,
        collection_method=params.get("collection_method", "charge_automatically"),
        customer=customer["id"],
        days_until_due=params.get("days_until_due"),
        default_payment_method=params.get("default_payment_method"),
        description=params.get("description"),
        metadata=merged({}, params.get("metadata")),
        payment_settings=invoice_contents.payment_settings(given)
        | {"save_default_payment_method": given.get("save_default_payment_method", "off")},
        status=status,
        trial_start=now if trial else None,
        trial_end=trial,
    )
    if not waits:
        _first_invoice(world, subscription, params)
    return world.get("subscription", subscription["id"])


def _first_invoice(world: World, subscription: dict[str, Any], params: dict[str, Any]) -> None:
    now = world.now()
    invoice = invoices.make(world, subscription, "subscription_create", start=now, end=now)
    world.save(subscription | {"latest_invoice": invoice["id"]})
    if subscription["collection_method"] == "send_invoice":
        world.later(DRAFT_SECONDS, "invoice_finalize", invoice["id"])
        return
    world.later(INCOMPLETE_SECONDS, "subscription_incomplete", subscription["id"])
    invoice = invoices.open_(world, invoice)
    behavior = params.get("payment_behavior", "allow_incomplete")
    if not invoice["amount_due"]:
        invoices.paid(world, invoice)
    elif behavior == "default_incomplete":
        invoices.payment_of(world, invoice)
    else:
        outcome = collecting.collect(world, invoice)
        if outcome in ("declined", "action") and behavior == "error_if_incomplete":
            raise collecting.refusal(world, invoice, stays=False)
        if outcome == "processing":  # A debit on its way is trusted.
            subscription = world.get("subscription", subscription["id"])
            events.change(world, subscription, "customer.subscription.updated", status="active")


@timer("subscription_incomplete")
def expire(world: World, id: str) -> None:
    """The first invoice was not paid in time: the subscription has never begun."""
    subscription = world.get("subscription", id)
    if subscription["status"] != "incomplete":
        return
    invoice = world.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(world, invoice)
    events.change(
        world,
        subscription,
        "customer.subscription.updated",
        ended_at=world.now(),
        status="incomplete_expired",
    )


def _required(params: dict[str, Any], name: str) -> Any:
    if name not in params:
        raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return params[name]


def _check(world: World, params: dict[str, Any], customer: dict[str, Any], *, sends: bool) -> None:
    if sends and "days_until_due" not in params:
        raise Refusal(
            "You must pass `days_until_due` when `collection_method` is `send_invoice`.",
            param="days_until_due",
        )
    if not sends and "days_until_due" in params:
        raise Refusal(
            "You can only pass `days_until_due` when `collection_method` is `send_invoice`.",
            param="days_until_due",
        )
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise Refusal("`pending_if_incomplete` is for updates only.", param="payment_behavior")
    if "default_payment_method" in params:
        own_method(world, customer["id"], params["default_payment_method"])
        return
    charged = not sends and not _waits(params)
    if (
        charged
        and params.get("payment_behavior") != "default_incomplete"
        and not (customer["invoice_settings"]["default_payment_method"])
    ):
        raise Refusal(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="resource_missing",
        )


def _waits(params: dict[str, Any]) -> bool:
    return bool({"trial_end", "trial_period_days", "billing_cycle_anchor"} & params.keys())


def _trial_end(params: dict[str, Any], now: int) -> int | None:
    if "trial_period_days" in params:
        if params["trial_period_days"] < 1:
            raise Refusal("A trial has at least one day.", param="trial_period_days")
        return now + int(params["trial_period_days"]) * DAY
    end = params.get("trial_end")
    if end in (None, "now"):
        return None
    if end <= now:
        raise Refusal("`trial_end` must be in the future.", param="trial_end")
    return int(end)


def _anchor(params: dict[str, Any], now: int) -> int | None:
    anchor = params.get("billing_cycle_anchor")
    if anchor is None:
        return None
    if anchor <= now:
        raise Refusal("`billing_cycle_anchor` must be in the future.", param="billing_cycle_anchor")
    if params.get("proration_behavior") != "none":
        raise Refusal(
            "This sandbox anchors a cycle without proration only.", status=501, type="api_error"
        )
    return int(anchor)


def own_method(world: World, customer: str, id: str) -> str:
    """The id of a payment method that is the customer's; another's is refused."""
    method = world.demand("payment_method", id, param="default_payment_method")
    if method["customer"] != customer:
        raise Refusal(
            "The customer does not have a payment method with the ID "
            f"{method['id']}. The payment method must be attached to the customer.",
            param="default_payment_method",
        )
    return str(method["id"])
