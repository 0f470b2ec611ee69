"""Bank transfers: money of customers at Stripe, and how it finds the invoices that wait for it.

Each customer has an account number of its own. What arrives there is the customer's until it pays
an invoice: it is in no balance of the payee, and stands in the books as cash that is owed. Stripe
puts it on invoices by itself, in the order that it documents: the one whose number the payer named;
else one, or up to five together, of exactly this amount; else the oldest that it covers. No invoice
is paid in part, and what is left over stays with the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from . import bank_transfers, charges, events, invoices
from .books import Leg
from .listing import page
from .products import checked_currency
from .registry import LISTING, Call, operation
from .settlement import DAY
from .wire import Refusal, no_such
from .world import World

KIND = "customer_cash_balance_transaction"
OVERDUE_DAYS, MOST_TOGETHER, MOST_TRIED = 30, 5, 12


def balances(world: World, customer: str) -> dict[str, int]:
    """What a customer has at Stripe, by currency, in minor units."""
    found: dict[str, int] = {}
    for each in world.store.select(KIND, {"customer": [customer]}, newest_first=False):
        found[each["currency"]] = each["ending_balance"]
    return found


def _move(world: World, customer: str, currency: str, amount: int, **what: Any) -> dict[str, Any]:
    """Adds to a customer's cash, or takes from it, and tells of it."""
    ending = balances(world, customer).get(currency, 0) + amount
    made = world.new(
        KIND,
        "ccsbtxn",
        currency=currency,
        customer=customer,
        ending_balance=ending,
        net_amount=amount,
        **what,
    )
    world.save(made)
    legs = [Leg("cash", currency, amount), Leg("cash_owed", currency, -amount)]
    world.books.post(f"cash {made['type']}", made["id"], legs)
    events.emit(world, f"{KIND}.created", made)
    return made


def arrive(
    world: World, customer: dict[str, Any], amount: int, currency: str, reference: str, sender: str
) -> dict[str, Any]:
    """A bank transfer of minor units arrives for a customer, with the payer's own words."""
    currency = checked_currency(currency, "currency")
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    transfer = bank_transfers.funded(currency, sender, reference)
    made = _move(
        world, customer["id"], currency, amount,
        type="funded", funded={"bank_transfer": transfer},
    )  # fmt: skip
    reconcile(world, customer["id"], currency, reference, amount)
    if balances(world, customer["id"])[currency]:
        events.emit(world, "cash_balance.funds_available", shown(world, customer["id"]))
    return made


def reconcile(
    world: World, customer: str, currency: str, reference: str = "", arrived: int = 0
) -> None:
    """Puts a customer's cash on the invoices that wait for it, as far as it covers them."""
    with world.within(world.get("customer", customer)):
        waiting = _waiting(world, customer, currency)
        named = [each for each in waiting if each["number"].upper() in reference.upper()]
        for invoice in [*named, *_exact(waiting, arrived), *waiting]:
            left = balances(world, customer).get(currency, 0)
            if left >= invoice["amount_remaining"] and _is_waiting(world, invoice["id"]):
                _pay(world, invoice)


def _exact(waiting: Sequence[dict[str, Any]], amount: int) -> list[dict[str, Any]]:
    """The oldest invoice of this amount, or the fewest that come to it together."""
    for count in range(1, MOST_TOGETHER + 1):
        for group in combinations(waiting[:MOST_TRIED], count):
            if sum(each["amount_remaining"] for each in group) == amount:
                return list(group)
    return []


def _is_waiting(world: World, id: str) -> bool:
    invoice = world.get("invoice", id)
    return invoice["status"] == "open" and invoices.payment_status(world, invoice) not in (
        "processing", "succeeded",
    )  # fmt: skip


def _waiting(world: World, customer: str, currency: str) -> list[dict[str, Any]]:
    """Invoices that a transfer can pay, the oldest first."""
    found = world.store.select(
        "invoice", {"customer": [customer], "status": ["open"]}, newest_first=False
    )
    return [
        each
        for each in found
        if each["currency"] == currency and takes_transfers(each)
        and (each["due_date"] or world.now()) > world.now() - OVERDUE_DAYS * DAY
        and _is_waiting(world, each["id"])
    ]  # fmt: skip


def takes_transfers(invoice: dict[str, Any]) -> bool:
    """Whether an invoice is sent, and can be paid from the customer's cash."""
    allowed = invoice["payment_settings"]["payment_method_types"]
    sent = invoice["collection_method"] == "send_invoice"
    return sent and (not allowed or "customer_balance" in allowed)


def _pay(world: World, invoice: dict[str, Any]) -> None:
    intent = invoices.payment_of(world, invoice)
    amount, currency = invoice["amount_remaining"], invoice["currency"]
    method = _method(world, invoice["customer"])
    charge = charges.make_transfer(world, intent, method)
    changes = {"latest_charge": charge["id"], "payment_method": method["id"], "next_action": None}
    world.save(intent | changes)
    _move(
        world, invoice["customer"], currency, -amount,
        type="applied_to_payment", applied_to_payment={"payment_intent": intent["id"]},
    )  # fmt: skip
    events.change(
        world, intent | changes, "payment_intent.succeeded",
        amount_received=amount, last_payment_error=None, status="succeeded",
    )  # fmt: skip
    invoices.paid(world, world.get("invoice", invoice["id"]))


def _method(world: World, customer: str) -> dict[str, Any]:
    """The customer's cash as a payment method, made when it is first needed."""
    filters = {"customer": [customer], "type": ["customer_balance"]}
    found = world.store.select("payment_method", filters, limit=1)
    if found:
        return found[0]
    blank = world.new("payment_method", "pm")
    method = {name: value for name, value in blank.items() if value is not None}
    address = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return world.save(
        method
        | {
            "allow_redisplay": "limited",
            "billing_details": address,
            "customer": customer,
            "customer_balance": {},
            "metadata": {},
            "type": "customer_balance",
        }
    )


def _opened(world: World, invoice: dict[str, Any]) -> None:
    """Cash that was there already pays an invoice as soon as it is open."""
    if takes_transfers(invoice):
        reconcile(world, invoice["customer"], invoice["currency"])


invoices.AWAITED.append(_opened)


def shown(world: World, customer: str) -> dict[str, Any]:
    """A customer's cash as an object."""
    left = {currency: amount for currency, amount in balances(world, customer).items() if amount}
    settings = {"reconciliation_mode": "automatic", "using_merchant_default": True}
    return world.contract.blank("cash_balance") | {
        "available": left or None,
        "customer": customer,
        "settings": settings,
    }


@operation("get", "/v1/customers/{customer}/cash_balance")
def retrieve(call: Call) -> dict[str, Any]:
    """What a customer has at Stripe."""
    return shown(call.world, call.world.demand("customer", call.id)["id"])


@operation("get", "/v1/customers/{customer}/cash_balance_transactions", *LISTING)
def listed(call: Call) -> dict[str, Any]:
    """What came and went of a customer's cash."""
    customer = call.world.demand("customer", call.id)
    return page(call, KIND, {"customer": (customer["id"],)})


@operation("get", "/v1/customers/{customer}/cash_balance_transactions/{transaction}")
def retrieve_transaction(call: Call) -> dict[str, Any]:
    """One movement of a customer's cash."""
    found = call.world.demand(KIND, call.ids["transaction"])
    if found["customer"] != call.ids["customer"]:
        no_such(KIND, call.ids["transaction"], in_path=True)
    return found


@operation(
    "post", "/v1/test_helpers/customers/{customer}/fund_cash_balance",
    "amount", "currency", "reference",
)  # fmt: skip
def fund(call: Call) -> dict[str, Any]:
    """A bank transfer arrives, as Stripe's test helper makes it."""
    world, params = call.world, call.params
    customer = world.demand("customer", call.id)
    reference, sender = params.get("reference", ""), customer["name"] or "A payer"
    made = arrive(world, customer, params["amount"], params["currency"], reference, sender)
    return world.get(KIND, made["id"])
