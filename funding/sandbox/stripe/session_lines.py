"""What is paid for on a Checkout page: its lines, their prices, and what they come to."""

from __future__ import annotations

from typing import Any

from . import products
from .currencies import MAXIMUM, WHOLE_HUNDREDS, convert, display, exponent, minimum
from .wire import Refusal
from .world import World


def lines(world: World, given: list[dict[str, Any]], mode: str) -> list[dict[str, Any]]:
    """The items of a page, of which each has a price."""
    items = []
    for i, line in enumerate(given):
        place = f"line_items[{i}]"
        if ("price" in line) == ("price_data" in line):
            raise Refusal(f"You must specify either `price` or `price_data`: {place}.", param=place)
        quantity = line.get("quantity")
        if quantity is None:
            raise Refusal(
                f"Missing required param: {place}[quantity].",
                code="parameter_missing",
                param=f"{place}[quantity]",
            )
        if quantity < 1:
            raise Refusal(
                "This value must be greater than or equal to 1.", param=f"{place}[quantity]"
            )
        price = _price(world, line, place)
        if (price["type"] == "recurring") != (mode == "subscription"):
            raise Refusal(
                f"You specified `{mode}` mode but passed a {price['type']} price.", param=place
            )
        product = world.get("product", price["product"])
        amount = price["unit_amount"] * quantity
        items.append(
            world.new(
                "item",
                "li",
                amount_subtotal=amount,
                amount_total=amount,
                currency=price["currency"],
                description=product["name"],
                price=price,
                quantity=quantity,
            )
        )
        for name in ("discounts", "taxes"):
            del items[-1][name]
    return items


def _price(world: World, line: dict[str, Any], place: str) -> dict[str, Any]:
    if "price" in line:
        return world.demand("price", line["price"], param=f"{place}[price]")
    given = line["price_data"]
    if ("product" in given) == ("product_data" in given):
        raise Refusal(
            "You must specify either `product` or `product_data`.", param=f"{place}[price_data]"
        )
    if "product" in given:
        product = world.demand("product", given["product"], param=f"{place}[price_data][product]")
    else:
        product = products.make_product(world, given["product_data"], active=False)
    price = {"currency": given["currency"], "unit_amount": given.get("unit_amount")}
    if "recurring" in given:
        price["recurring"] = given["recurring"]
    return products.make_price(world, price, product["id"], active=False)


def sum_of(world: World, items: list[dict[str, Any]]) -> tuple[int, str]:
    """What the items come to, and in which currency; refused where Stripe would not take it."""
    currency = items[0]["currency"]
    if any(item["currency"] != currency for item in items):
        raise Refusal("All line items must have the same currency.", param="line_items")
    total = sum(item["amount_total"] for item in items)
    settlement = world.options.settlement_currency
    floor = minimum(currency, settlement)
    if total < floor:
        worth = display(convert(total, currency, settlement), settlement)
        raise Refusal(
            f"The Checkout Session's total amount due must add up to at least "
            f"{display(floor, currency)}; {display(total, currency)} is about {worth}.",
            code="amount_too_small",
        )
    if total > MAXIMUM:
        raise Refusal(
            f"The Checkout Session's total amount due must be no more than "
            f"{display(MAXIMUM, currency)}.",
            code="amount_too_large",
        )
    whole = 100 if currency in WHOLE_HUNDREDS else 10 if exponent(currency) == 3 else 1
    if total % whole:
        raise Refusal(
            f"Amounts in {currency} must be divisible by {whole}.",
            code="invalid_charge_amount_no_decimal_compatible"
            if whole == 100
            else "parameter_invalid_integer",
        )
    return total, currency
