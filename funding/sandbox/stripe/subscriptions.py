"""Subscriptions: begun on a Checkout page, due by the calendar, changed, paused, ended."""

from __future__ import annotations

from typing import Any

from . import events, invoices, payments, products, setups
from .calendars import next_after
from .invoices import DRAFT_SECONDS
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .wire import Refusal, no_such
from .world import World

# What can still be due: the others have ended or never began.
LIVING = ("active", "trialing", "past_due", "unpaid", "paused")


def begin(
    world: World, session: dict[str, Any], intent: dict[str, Any], method: dict[str, Any]
) -> dict[str, Any]:
    """Begins the subscription of a session whose first payment is made or on its way."""
    given = world.store.noted(session["id"], "subscription")
    (item,) = world.store.noted(session["id"], "items")
    customer = intent["customer"]
    setups.attach(world, world.get("payment_method", method["id"]), customer)
    now = world.now()
    subscription = _make(world, customer, item["price"], method["id"], given, now)
    invoice = invoices.make(
        world,
        subscription,
        "subscription_create",
        amount=intent["amount"],
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


def _make(
    world: World,
    customer: str,
    price: dict[str, Any],
    method: str,
    given: dict[str, Any],
    now: int,
) -> dict[str, Any]:
    subscription = world.new("subscription", "sub")
    recurring = price["recurring"]
    end = next_after(now, recurring["interval"], recurring["interval_count"], now)
    subscription |= {
        "billing_cycle_anchor": now,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": now,
        },
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "currency": price["currency"],
        "customer": customer,
        "default_payment_method": method,
        "default_tax_rates": [],
        "description": given.get("description"),
        "metadata": given["metadata"],
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": "active",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }
    subscription["items"] = {
        "object": "list",
        "data": [_item(world, subscription["id"], price, now, end)],
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
    world.save(subscription)
    events.emit(world, "customer.subscription.created", subscription)
    world.later(end - now, "subscription_cycle", subscription["id"])
    return subscription


def _item(
    world: World, subscription: str, price: dict[str, Any], start: int, end: int
) -> dict[str, Any]:
    item = world.new("subscription_item", "si", length=14)
    item |= {
        "current_period_start": start,
        "current_period_end": end,
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "quantity": 1,
        "subscription": subscription,
        "tax_rates": [],
    }
    return item


def _plan(price: dict[str, Any]) -> dict[str, Any]:
    """The price in the words of the years before prices."""
    return {
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "id": price["id"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "object": "plan",
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


@timer("subscription_cycle")
def cycle(world: World, id: str) -> None:
    """A period is over: the next begins, and its invoice is made."""
    subscription = world.get("subscription", id)
    item = subscription["items"]["data"][0]
    start = item["current_period_end"]
    if subscription["status"] not in LIVING or start != world.now():
        return  # It has ended, or its calendar was moved since.
    if subscription["cancel_at_period_end"]:
        end(world, subscription, "cancellation_requested")
        return
    recurring = item["price"]["recurring"]
    until = next_after(
        subscription["billing_cycle_anchor"],
        recurring["interval"],
        recurring["interval_count"],
        start,
    )
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    subscription = world.get("subscription", id) | {"status": status}
    subscription = with_item(subscription, current_period_start=start, current_period_end=until)
    world.later(until - start, "subscription_cycle", id)
    invoice = invoices.make(
        world,
        subscription,
        "subscription_cycle",
        amount=item["price"]["unit_amount"],
        start=start,
        end=until,
    )
    events.change(
        world, subscription, "customer.subscription.updated", latest_invoice=invoice["id"]
    )
    paused = subscription["pause_collection"]
    if paused and paused["behavior"] == "void":
        invoices.void(world, invoices.open_(world, invoice))
    else:
        world.later(DRAFT_SECONDS, "invoice_finalize", invoice["id"])


def with_item(subscription: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The subscription with its only item changed."""
    held = subscription["items"]
    return subscription | {"items": held | {"data": [held["data"][0] | fields]}}


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
    return events.change(
        world,
        subscription,
        "customer.subscription.deleted",
        canceled_at=now,
        cancellation_details=details,
        ended_at=now,
        pause_collection=None,
        status="canceled",
    )


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


@operation("get", "/v1/subscriptions", *LISTING, "created", "customer", "status")
def listed(call: Call) -> dict[str, Any]:
    """Subscriptions; without a state those that have not ended."""
    filters = dict(one_of(call.params, "customer"))
    status = call.params.get("status")
    if status == "ended":
        filters["status"] = ("canceled", "incomplete_expired")
    elif status and status != "all":
        filters["status"] = (status,)
    elif not status:
        filters["status"] = ("incomplete", *LIVING)
    return page(call, "subscription", filters)


@operation(
    "post",
    "/v1/subscriptions/{subscription_exposed_id}",
    "cancel_at_period_end",
    "cancellation_details.comment",
    "cancellation_details.feedback",
    "default_payment_method",
    "description",
    "items.id",
    "items.price_data.currency",
    "items.price_data.product",
    "items.price_data.recurring.interval",
    "items.price_data.recurring.interval_count",
    "items.price_data.unit_amount",
    "metadata",
    "pause_collection.behavior",
    "pause_collection.resumes_at",
    "pause_collection",
    "proration_behavior",
    "trial_end",
)
def update(call: Call) -> dict[str, Any]:
    """Changes a subscription; nothing is charged or credited for the time that runs."""
    world, params = call.world, call.params
    subscription = world.demand("subscription", call.id)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refusal(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="subscription_canceled",
        )
    changed = dict(subscription)
    changed["metadata"] = merged(subscription["metadata"], params.get("metadata"))
    for name in ("cancel_at_period_end", "description"):
        if name in params:
            changed[name] = params[name]
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        period_end = subscription["items"]["data"][0]["current_period_end"]
        changed |= {
            "cancel_at": period_end if ends else None,
            "canceled_at": world.now() if ends else None,
        }
    if "cancellation_details" in params:
        details = params["cancellation_details"]
        changed["cancellation_details"] = changed["cancellation_details"] | {
            name: details.get(name) or None for name in ("comment", "feedback") if name in details
        }
    if "default_payment_method" in params:
        changed["default_payment_method"] = _own_method(world, subscription, params)
    if "pause_collection" in params:
        changed["pause_collection"] = _pause(world, subscription, params["pause_collection"])
    if "items" in params:
        changed = _priced(world, changed, params)
    if "trial_end" in params:
        changed = _moved(world, changed, params["trial_end"])
    return events.change(world, changed, "customer.subscription.updated")


def _own_method(world: World, subscription: dict[str, Any], params: dict[str, Any]) -> str:
    method = world.demand(
        "payment_method", params["default_payment_method"], param="default_payment_method"
    )
    if method["customer"] != subscription["customer"]:
        raise Refusal(
            "The customer does not have a payment method with the ID "
            f"{method['id']}. The payment method must be attached to the customer.",
            param="default_payment_method",
        )
    return str(method["id"])


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


def _priced(world: World, subscription: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    (given,) = params["items"]
    item = subscription["items"]["data"][0]
    if given.get("id") != item["id"]:
        no_such("subscription item", str(given.get("id")), param="items[0][id]")
    if params.get("proration_behavior") != "none":
        raise Refusal(
            "This sandbox changes prices without proration only.", status=501, type="api_error"
        )
    data = given["price_data"]
    world.demand("product", data["product"], param="items[0][price_data][product]")
    if data["currency"] != subscription["currency"]:
        raise Refusal("The price must match the currency of the subscription.", param="items")
    price = products.make_price(world, data, data["product"], active=False)
    same = all(
        price["recurring"][name] == item["price"]["recurring"][name]
        for name in ("interval", "interval_count")
    )
    if not same and "trial_end" not in params:
        raise Refusal(
            "This sandbox changes the interval only together with trial_end; Stripe would charge "
            "at once.",
            status=501,
            type="api_error",
        )
    return with_item(subscription, price=price, plan=_plan(price))


def _moved(world: World, subscription: dict[str, Any], trial_end: int | str) -> dict[str, Any]:
    """The next charge at another instant: the time until then is a trial."""
    now = world.now()
    if not isinstance(trial_end, int) or trial_end <= now:
        raise Refusal("Invalid timestamp: must be an integer Unix timestamp in the future.")
    if trial_end > subscription["billing_cycle_anchor"] + 2 * 366 * 24 * 3600:
        raise Refusal("`trial_end` is too far in the future.", param="trial_end")
    world.later(trial_end - now, "subscription_cycle", subscription["id"])
    subscription = with_item(subscription, current_period_start=now, current_period_end=trial_end)
    return subscription | {
        "billing_cycle_anchor": trial_end,
        "status": "trialing",
        "trial_start": now,
        "trial_end": trial_end,
    }


@operation("delete", "/v1/subscriptions/{subscription_exposed_id}", "invoice_now", "prorate")
def cancel(call: Call) -> dict[str, Any]:
    """Ends a subscription now. One that has ended is not found, as with Stripe."""
    subscription = call.world.demand("subscription", call.id)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        no_such("subscription", call.id, in_path=True)
    return end(call.world, subscription, "cancellation_requested")
