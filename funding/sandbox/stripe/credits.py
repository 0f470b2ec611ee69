"""The credit balance of customers: what an invoice gave back or was too small to ask for.

Below nothing the customer has a credit, above it owes. It is no money at Stripe, so the books know
nothing of it: it only changes what the next invoice asks for when it is opened.
"""

from __future__ import annotations

from typing import Any

from . import events
from .currencies import MAXIMUM, minimum
from .listing import page
from .metadata import merged
from .products import checked_currency
from .registry import LISTING, Call, operation
from .wire import Refusal, no_such
from .world import World

KIND = "customer_balance_transaction"


def balance(world: World, customer: str, currency: str) -> int:
    """What a customer owes besides invoices, in minor units; a credit is below nothing."""
    for each in world.store.select(KIND, {"customer": [customer]}):
        if each["currency"] == currency:
            return int(each["ending_balance"])
    return 0


def move(
    world: World, customer: str, currency: str, amount: int, type: str, **fields: Any
) -> dict[str, Any]:
    """Adds to what a customer owes, or takes from it, and tells of it."""
    ending = balance(world, customer, currency) + amount
    made = world.new(
        KIND, "cbtxn", amount=amount, currency=currency, customer=customer,
        ending_balance=ending, type=type, **{"metadata": {}} | fields,
    )  # fmt: skip
    world.save(made)
    found = world.get("customer", customer)
    if not found.get("deleted"):
        own = found["currency"] or currency
        changes = {"currency": own, "balance": balance(world, customer, own)}
        events.change(world, found, "customer.updated", **changes)
    return made


def asked(world: World, invoice: dict[str, Any]) -> dict[str, int]:
    """What an invoice asks for beside the customer's balance, and what that is afterwards."""
    currency = invoice["currency"]
    start = balance(world, invoice["customer"], currency)
    due, ending = invoice["total"] + start, 0
    charged = invoice["collection_method"] == "charge_automatically"
    if due < 0 or (charged and due < minimum(currency, world.options.settlement_currency)):
        due, ending = 0, due
    return {
        "amount_due": due,
        "amount_remaining": due,
        "ending_balance": ending,
        "starting_balance": start,
    }


def apply(world: World, invoice: dict[str, Any]) -> dict[str, int]:
    """Settles an invoice that is opened with the customer's balance; gives what it asks for."""
    found = asked(world, invoice)
    moved = found["ending_balance"] - found["starting_balance"]
    if moved:
        small = moved == invoice["total"]
        type = "invoice_too_small" if small else "applied_to_invoice"
        customer, currency = invoice["customer"], invoice["currency"]
        move(world, customer, currency, moved, type, invoice=invoice["id"])
    return found


def undo(world: World, invoice: dict[str, Any]) -> None:
    """The balance as it was before an invoice that is void now."""
    moved = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if moved:
        customer, currency = invoice["customer"], invoice["currency"]
        type = "unapplied_from_invoice"
        move(world, customer, currency, -moved, type, invoice=invoice["id"])


@operation(
    "post", "/v1/customers/{customer}/balance_transactions",
    "amount", "currency", "description", "metadata",
)  # fmt: skip
def create(call: Call) -> dict[str, Any]:
    """A credit or a debit by hand."""
    world, params = call.world, call.params
    customer = world.demand("customer", call.id)
    currency = checked_currency(params["currency"], "currency")
    if abs(params["amount"]) > MAXIMUM:
        raise Refusal("The amount is too large.", code="amount_too_large", param="amount")
    fields = {
        "description": params.get("description") or None,
        "metadata": merged({}, params.get("metadata")),
    }
    return move(world, customer["id"], currency, params["amount"], "adjustment", **fields)


@operation("get", "/v1/customers/{customer}/balance_transactions", *LISTING)
def listed(call: Call) -> dict[str, Any]:
    """What changed a customer's balance."""
    customer = call.world.demand("customer", call.id)
    return page(call, KIND, {"customer": (customer["id"],)})


@operation("get", "/v1/customers/{customer}/balance_transactions/{transaction}")
def retrieve(call: Call) -> dict[str, Any]:
    """One change of a customer's balance."""
    found = call.world.demand(KIND, call.ids["transaction"])
    if found["customer"] != call.ids["customer"]:
        no_such(KIND, call.ids["transaction"], in_path=True)
    return found
