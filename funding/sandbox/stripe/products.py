"""Products and prices: what a line of a Checkout page is called and costs."""

from __future__ import annotations

from typing import Any

from .currencies import EURO_VALUE
from .metadata import merged
from .registry import Call, operation
from .wire import Refusal
from .world import World


def make_product(world: World, params: dict[str, Any], *, active: bool = True) -> dict[str, Any]:
    """A new product."""
    product = world.new(
        "product",
        "prod",
        length=14,
        active=params.get("active", active),
        name=params["name"],
        description=params.get("description") or None,
        images=params.get("images") or [],
        metadata=merged({}, params.get("metadata")),
        type="service",
        url=params.get("url") or None,
    )
    product["updated"] = product["created"]
    if "id" in params:
        if world.store.get(params["id"]):
            raise Refusal(
                "Product already exists.", code="resource_already_exists", param="id", began=True
            )
        product["id"] = params["id"]
    return world.save(product)


def make_price(
    world: World, params: dict[str, Any], product: str, *, active: bool = True
) -> dict[str, Any]:
    """A new price in whole minor units, one-time or recurring."""
    currency = checked_currency(params["currency"], "currency")
    if params.get("unit_amount") is None:
        raise Refusal(
            "Missing required param: unit_amount.", code="parameter_missing", param="unit_amount"
        )
    if params["unit_amount"] < 0:
        raise Refusal(
            "Invalid non-negative integer", code="parameter_invalid_integer", param="unit_amount"
        )
    recurring = params.get("recurring")
    price = world.new(
        "price",
        "price",
        active=params.get("active", active),
        currency=currency,
        product=product,
        unit_amount=params["unit_amount"],
        unit_amount_decimal=str(params["unit_amount"]),
        nickname=params.get("nickname") or None,
        lookup_key=params.get("lookup_key") or None,
        metadata=merged({}, params.get("metadata")),
        tax_behavior="unspecified",
        type="recurring" if recurring else "one_time",
        recurring=_recurring(recurring) if recurring else None,
    )
    for name in ("currency_options", "tiers"):
        del price[name]
    return world.save(price)


def _recurring(given: dict[str, Any]) -> dict[str, Any]:
    count = given.get("interval_count", 1)
    if not 1 <= count <= 36:
        raise Refusal("Invalid interval count.", param="recurring[interval_count]")
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def checked_currency(currency: str, param: str) -> str:
    """A currency that Stripe takes, in lower case."""
    if currency.lower() not in EURO_VALUE:
        raise Refusal(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            + ", ".join(sorted(EURO_VALUE)),
            param=param,
        )
    return currency.lower()


@operation(
    "post", "/v1/products", "name", "description", "active", "id", "images", "metadata", "url"
)
def create_product(call: Call) -> dict[str, Any]:
    """A new product."""
    return make_product(call.world, call.params)


@operation("get", "/v1/products/{id}")
def retrieve_product(call: Call) -> dict[str, Any]:
    """One product."""
    return call.world.demand("product", call.id)


@operation(
    "post",
    "/v1/prices",
    "currency",
    "unit_amount",
    "product",
    "product_data.name",
    "product_data.metadata",
    "recurring.interval",
    "recurring.interval_count",
    "active",
    "nickname",
    "lookup_key",
    "metadata",
)
def create_price(call: Call) -> dict[str, Any]:
    """A new price of a product, or of a product made with it."""
    world, params = call.world, call.params
    if ("product" in params) == ("product_data" in params):
        raise Refusal("You must specify either `product` or `product_data`.", param="product")
    if "product" in params:
        product = world.demand("product", params["product"], param="product")
    else:
        product = make_product(world, params["product_data"])
    return make_price(world, params, product["id"])


@operation("get", "/v1/prices/{price}")
def retrieve_price(call: Call) -> dict[str, Any]:
    """One price."""
    return call.world.demand("price", call.id)
