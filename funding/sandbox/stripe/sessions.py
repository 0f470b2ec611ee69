"""Checkout sessions, to pay once, to subscribe or to set up: made, shown, expired."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from . import events, setups
from .accounts import CURRENCY, NAMES
from .expanding import includable
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .session_lines import lines, sum_of
from .wire import Refusal
from .world import World

MIN_OPEN_SECONDS, MAX_OPEN_SECONDS = 30 * 60, 24 * 3600
_INTENT = ("metadata", "description", "statement_descriptor_suffix", "receipt_email")
_PRICE_DATA = ("currency", "unit_amount", "product", "product_data.name")
_HONOURED = (
    "mode",
    "submit_type",
    "ui_mode",
    "client_reference_id",
    "metadata",
    "customer",
    "customer_email",
    "customer_creation",
    "line_items.quantity",
    "line_items.price",
    *(f"line_items.price_data.{name}" for name in _PRICE_DATA),
    "line_items.price_data.recurring.interval",
    "line_items.price_data.recurring.interval_count",
    "line_items.price_data.product_data.description",
    "line_items.price_data.product_data.metadata",
    "line_items.price_data.product_data.images",
    *(f"payment_intent_data.{name}" for name in _INTENT),
    "subscription_data.metadata",
    "subscription_data.description",
    "subscription_data.billing_mode.type",
    "setup_intent_data.metadata",
    "currency",
    "adaptive_pricing.enabled",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
    "locale",
    "success_url",
    "cancel_url",
    "expires_at",
)
_ZERO = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
_HIDDEN = ("line_items", "optional_items", "managed_payments")


@operation("post", "/v1/checkout/sessions", *_HONOURED)
def create(call: Call) -> dict[str, Any]:
    """A page to pay on. The payment intent is made when somebody tries to pay."""
    world, params = call.world, call.params
    _check_mode(params)
    intent = _intent_data(params.get("payment_intent_data", {}))
    session = world.new("checkout.session", "cs_test", length=58)
    session |= _urls(params) | _people(world, params)
    mode = params.get("mode", "payment")
    items = lines(world, params.get("line_items", []), mode)
    total, currency = sum_of(world, items) if items else (None, params.get("currency"))
    session |= {
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        "amount_subtotal": total,
        "amount_total": total,
        "client_reference_id": params.get("client_reference_id"),
        "currency": currency,
        "expires_at": _expiry(world, params.get("expires_at")),
        "locale": params.get("locale"),
        "metadata": merged({}, params.get("metadata")),
        "mode": mode,
        "payment_method_collection": "always" if mode == "subscription" else "if_required",
        "payment_method_options": {},
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "submit_type": params.get("submit_type"),
        "total_details": _ZERO if items else None,
        "ui_mode": "hosted_page",
        "url": f"{world.options.public_url}/pay/{session['id']}",
    } | _method_types(params, currency)
    if mode != "payment":
        session["customer_creation"] = None
    for name in _HIDDEN:
        session.pop(name, None)
    world.save(session)
    world.store.note(session["id"], "items", items)
    world.store.note(session["id"], "intent", intent)
    for name in ("subscription", "setup"):
        given = params.get(f"{name}_data" if name == "subscription" else "setup_intent_data", {})
        data = given | {"metadata": merged({}, given.get("metadata"))}
        world.store.note(session["id"], name, data)
    if mode == "setup":
        setups.intent_of(world, session)
    world.later(session["expires_at"] - world.now(), "session_expiry", session["id"])
    return session


def _check_mode(params: dict[str, Any]) -> None:
    mode = params.get("mode", "payment")
    if mode == "setup" and "submit_type" in params:
        raise Refusal("You can not pass `submit_type` in `setup` mode.", param="submit_type")
    for other, name in (("payment", "payment_intent_data"), ("subscription", "subscription_data")):
        if name in params and mode != other:
            raise Refusal(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    ui_mode = params.get("ui_mode", "hosted_page")
    if ui_mode != "hosted_page":
        raise Refusal(f"This sandbox has no ui_mode {ui_mode}.", status=501, type="api_error")
    if mode == "setup" and not {"currency", "allowed_payment_method_types"} & params.keys():
        raise Refusal("Missing required param: currency.", code="parameter_missing")
    if mode == "setup" and params.get("line_items"):
        raise Refusal("You can not pass `line_items` in `setup` mode.", param="line_items")
    if mode != "setup" and not params.get("line_items"):
        raise Refusal(
            "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )


def _urls(params: dict[str, Any]) -> dict[str, str | None]:
    if "success_url" not in params:
        raise Refusal(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    for name in ("success_url", "cancel_url"):
        parts = urlsplit(params.get(name, "https://absent.invalid/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal("Not a valid URL", code="url_invalid", param=name)
    return {"success_url": params["success_url"], "cancel_url": params.get("cancel_url")}


def _people(world: World, params: dict[str, Any]) -> dict[str, Any]:
    customer, email = params.get("customer"), params.get("customer_email")
    if customer and email:
        raise Refusal(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    if customer and "customer_creation" in params:
        raise Refusal(
            "You can not pass `customer_creation` when `customer` is given.",
            param="customer_creation",
        )
    if customer:
        email = world.demand("customer", customer, param="customer")["email"]
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Refusal(
            f"Invalid email address: {email}", code="email_invalid", param="customer_email"
        )
    return {
        "customer": customer,
        "customer_email": None if customer else email,
        "customer_creation": None if customer else params.get("customer_creation", "if_required"),
        "customer_details": details(email) if email else None,
    }


def details(email: str | None, name: str | None = None) -> dict[str, Any]:
    """Who pays, as a session shows it."""
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _expiry(world: World, wanted: int | None) -> int:
    now = world.now()
    if wanted is None:
        return now + MAX_OPEN_SECONDS
    # The caller's clock and ours may read a second apart.
    if wanted < now + MIN_OPEN_SECONDS - 5:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if wanted > now + MAX_OPEN_SECONDS + 5:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return wanted


def _method_types(params: dict[str, Any], currency: str | None) -> dict[str, Any]:
    """How one can pay: by card, and by the debits in this currency that the caller allows."""
    allowed = params.get("allowed_payment_method_types")
    excluded = params.get("excluded_payment_method_types") or None
    left = [
        type
        for type in ("card", *CURRENCY)
        if type in (["card"] if allowed is None else allowed)
        and type not in (excluded or [])
        and (currency is None or CURRENCY.get(type, currency) == currency)
    ]
    if not left:
        raise Refusal(
            "No payment method type is left for this Checkout Session; this sandbox pays by card, "
            f"and by {' and '.join(NAMES.values())} in the currency of each."
        )
    return {
        "allowed_payment_method_types": allowed,
        "excluded_payment_method_types": excluded,
        "payment_method_types": left,
    }


def _intent_data(given: dict[str, Any]) -> dict[str, Any]:
    suffix = given.get("statement_descriptor_suffix")
    if suffix is not None and (
        len(suffix) > 22
        or not re.search(r"[A-Za-z]", suffix)
        or re.search(r"[<>\\'\"*]", suffix)
        or not suffix.isascii()
    ):
        raise Refusal(
            "The statement descriptor suffix must be Latin text of at most 22 characters with at "
            "least one letter and none of < > \\ ' \" *.",
            param="payment_intent_data[statement_descriptor_suffix]",
        )
    return given | {"metadata": merged({}, given.get("metadata"))}


@operation("get", "/v1/checkout/sessions/{session}")
def retrieve(call: Call) -> dict[str, Any]:
    """One session."""
    return call.world.demand("checkout.session", call.id)


@operation(
    "get",
    "/v1/checkout/sessions",
    *LISTING,
    "created",
    "customer",
    "payment_intent",
    "status",
)
def listed(call: Call) -> dict[str, Any]:
    """Sessions, by customer, payment intent or status if wanted."""
    filters = one_of(call.params, "customer", "payment_intent", "status")
    return page(call, "checkout.session", filters)


@operation("get", "/v1/checkout/sessions/{session}/line_items", "limit")
def line_items(call: Call) -> dict[str, Any]:
    """What is paid for."""
    session = call.world.demand("checkout.session", call.id)
    return shown_items(call.world, session)


@includable("checkout.session", "line_items")
def shown_items(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """The lines of a session as a list object."""
    return {
        "object": "list",
        "data": world.store.noted(session["id"], "items"),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


@operation("post", "/v1/checkout/sessions/{session}/expire")
def expire(call: Call) -> dict[str, Any]:
    """Closes an open session before its time."""
    session = call.world.demand("checkout.session", call.id)
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}.",
            began=True,
        )
    return close(call.world, session)


@timer("session_expiry")
def expire_by_clock(world: World, id: str) -> None:
    """Closes a session whose time is over, unless it was paid."""
    session = world.store.get(id)
    if session is not None and session["status"] == "open":
        close(world, session)


def close(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """An open session can be paid no more."""
    if session["mode"] == "setup":
        setups.give_up(world, session)
    known = session["payment_intent"] or world.store.noted(session["id"], "intent_id")
    if known:
        intent = world.get("payment_intent", known)
        if intent["status"] != "canceled":
            events.change(
                world,
                intent,
                "payment_intent.canceled",
                status="canceled",
                next_action=None,
                canceled_at=world.now(),
                cancellation_reason="expired",
            )
    session = session | {"status": "expired", "url": None}
    world.save(session)
    events.emit(world, "checkout.session.expired", session)
    return session
