"""Customers."""

from __future__ import annotations

from typing import Any

from . import clock_limits, events
from .listing import WITHOUT_CLOCK, one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation
from .world import World, secret

_FIELDS = ("name", "email", "phone", "description")
_HONOURED = (
    *_FIELDS,
    "address",
    "preferred_locales",
    "metadata",
    "invoice_settings.default_payment_method",
)
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def make(world: World, **fields: Any) -> dict[str, Any]:
    """A new customer, with its event."""
    customer = world.new(
        "customer",
        "cus",
        length=14,
        balance=0,
        delinquent=False,
        invoice_prefix=secret(8).upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        next_invoice_sequence=1,
        preferred_locales=[],
        tax_exempt="none",
        metadata={},
    )
    # Stripe leaves out what is only shown when it is asked for.
    for name in ("cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax"):
        del customer[name]
    del customer["tax_ids"]
    customer |= fields
    world.save(customer)
    events.emit(world, "customer.created", customer)
    return customer


def _changes(params: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {n: params[n] or None for n in _FIELDS if n in params}
    if "address" in params:
        given = params["address"]
        changes["address"] = {n: given.get(n) for n in _ADDRESS} if given else None
    if "preferred_locales" in params:
        changes["preferred_locales"] = params["preferred_locales"]
    return changes


@operation("post", "/v1/customers", *_HONOURED, "test_clock")
def create(call: Call) -> dict[str, Any]:
    """A new customer."""
    metadata, changes = merged({}, call.params.get("metadata")), _changes(call.params)
    if "test_clock" in call.params:
        changes["test_clock"] = clock_limits.join(call.world, call.params["test_clock"])
    return make(call.world, metadata=metadata, **changes)


@operation("get", "/v1/customers/{customer}")
def retrieve(call: Call) -> dict[str, Any]:
    """One customer, or the mark that is left of it."""
    found = call.world.store.get(call.id)
    return found if found and found.get("deleted") else call.world.demand("customer", call.id)


@operation("post", "/v1/customers/{customer}", *_HONOURED)
def update(call: Call) -> dict[str, Any]:
    """Changes a customer."""
    world = call.world
    customer = world.demand("customer", call.id)
    metadata = merged(customer["metadata"], call.params.get("metadata"))
    changes = _changes(call.params) | {"metadata": metadata}
    wanted = call.params.get("invoice_settings", {})
    if "default_payment_method" in wanted:
        method = wanted["default_payment_method"] or None
        if method:
            world.demand("payment_method", method, param="invoice_settings[default_payment_method]")
        kept = customer["invoice_settings"] | {"default_payment_method": method}
        changes["invoice_settings"] = kept
    return events.change(world, customer, "customer.updated", **changes)


def set_default(world: World, customer: str, method: str) -> None:
    """From now on invoices are charged to a payment method of the customer's."""
    found = world.get("customer", customer)
    kept = found["invoice_settings"] | {"default_payment_method": method}
    events.change(world, found, "customer.updated", invoice_settings=kept)


@operation("get", "/v1/customers", *LISTING, "created", "email", "test_clock")
def listed(call: Call) -> dict[str, Any]:
    """Customers, by e-mail address if wanted (upper and lower case differ, as with Stripe).

    Those on a test clock are shown only where it is named.
    """
    where: list[tuple[str, object]] = [("coalesce(json_extract(body, '$.deleted'), 0) = ?", 0)]
    if "test_clock" not in call.params:
        where.append(WITHOUT_CLOCK)
    return page(call, "customer", one_of(call.params, "email", "test_clock"), where)
