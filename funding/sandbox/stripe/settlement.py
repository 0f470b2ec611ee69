"""Balance transactions: what a charge or a refund is worth in the currency of the balance.

A charge's transaction comes a moment after its success, as with Stripe's asynchronous capture,
and its money becomes available two days later, at midnight UTC.
"""

from __future__ import annotations

from typing import Any

from . import events
from .accounts import ACCOUNTS
from .books import Leg
from .cards import CARDS
from .currencies import conversion_fee, convert, debit_fee, processing_fee, rate, transfer_fee
from .listing import one_of, page
from .registry import LISTING, Call, operation, timer
from .wire import Refusal
from .world import World

DAY = 24 * 3600
CLEARING_DAYS = 2


@timer("settle_charge")
def settle_charge(world: World, id: str) -> None:
    """Makes the balance transaction of a successful charge, once."""
    charge = world.store.get(id)
    if charge is None or charge["balance_transaction"]:
        return
    currency, settlement = charge["currency"], world.options.settlement_currency
    amount = convert(charge["amount"], currency, settlement)
    method = charge["payment_method_details"]["type"]
    kept = processing_fee(amount, settlement)
    if method == "customer_balance":
        kept = transfer_fee(amount, settlement)
    elif method != "card":
        kept = debit_fee(method, amount, settlement)
    fees = [fee("Stripe processing fees", kept, settlement)]
    if currency != settlement:
        fees.append(fee("Stripe currency conversion fee", conversion_fee(amount), settlement))
    number = world.store.noted(charge["payment_method"], "number") or ""
    card, account = CARDS.get(number), ACCOUNTS.get(number)
    at_once = card is not None and card.available_at_once
    transaction = make(
        world,
        type="charge" if method == "card" else "payment",
        category="charge",
        amount=amount,
        fees=fees,
        source=charge["id"],
        currency=currency,
        description=charge["description"],
        clears=not at_once,
    )
    place = "available" if at_once else "pending"
    legs = [Leg("unsettled", currency, -charge["amount"])]
    if currency != settlement:
        legs += [Leg("fx", currency, charge["amount"]), Leg("fx", settlement, -amount)]
    legs += [
        Leg(place, settlement, transaction["net"]),
        Leg("fees", settlement, transaction["fee"]),
    ]
    world.books.post("charge settled", charge["id"], legs)
    events.change(world, charge, "charge.updated", balance_transaction=transaction["id"])
    if (card and card.dispute) or (account and account.dispute):
        world.later(world.options.dispute_seconds, "dispute_by_card", charge["id"])
    if card and card.warns:
        world.later(world.options.dispute_seconds, "fraud_warning", charge["id"])


def settle_refund(world: World, refund: dict[str, Any]) -> dict[str, Any]:
    """Takes a refund from the available balance; the fee of the charge stays with Stripe."""
    currency, settlement = refund["currency"], world.options.settlement_currency
    amount = convert(refund["amount"], currency, settlement)
    method = world.get("charge", refund["charge"])["payment_method_details"]["type"]
    type = "refund" if method == "card" else "payment_refund"
    transaction = _of_refund(world, type, "refund", refund, -amount)
    legs = [Leg("refunds", currency, refund["amount"]), Leg("available", settlement, -amount)]
    if currency != settlement:
        legs += [Leg("fx", currency, -refund["amount"]), Leg("fx", settlement, amount)]
    world.books.post("refund", refund["id"], legs)
    return transaction


def settle_refund_failure(world: World, refund: dict[str, Any]) -> dict[str, Any]:
    """Puts a refund that could not be delivered back, at the very amount that was taken."""
    currency, settlement = refund["currency"], world.options.settlement_currency
    taken = world.get("balance_transaction", refund["balance_transaction"])
    amount = -taken["amount"]
    transaction = _of_refund(world, "refund_failure", "refund_failure", refund, amount)
    legs = [
        Leg("refund_failures", currency, -refund["amount"]),
        Leg("available", settlement, amount),
    ]
    if currency != settlement:
        legs += [Leg("fx", currency, refund["amount"]), Leg("fx", settlement, -amount)]
    world.books.post("refund failed", refund["id"], legs)
    return transaction


def _of_refund(
    world: World, type: str, category: str, refund: dict[str, Any], amount: int
) -> dict[str, Any]:
    return make(
        world,
        type=type,
        category=category,
        amount=amount,
        source=refund["id"],
        currency=refund["currency"],
        description=refund.get("description"),
    )


def settle_late_failure(world: World, charge: dict[str, Any]) -> dict[str, Any]:
    """Takes the very amount of a debit back; its fee stays with Stripe."""
    currency, settlement = charge["currency"], world.options.settlement_currency
    amount = world.get("balance_transaction", charge["balance_transaction"])["amount"]
    transaction = make(
        world,
        type="payment_failure_refund",
        category="charge_failure",
        amount=-amount,
        source=charge["id"],
        currency=currency,
        description=f"REFUND FOR FAILED CHARGE ({charge['id']})",
    )
    legs = [
        Leg("charge_failures", currency, charge["amount"]),
        Leg("available", settlement, -amount),
    ]
    if currency != settlement:
        legs += [Leg("fx", currency, -charge["amount"]), Leg("fx", settlement, amount)]
    world.books.post("charge failed late", charge["id"], legs)
    return transaction


def fee(description: str, amount: int, currency: str) -> dict[str, Any]:
    """One part of what Stripe keeps of a transaction."""
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }


def make(
    world: World,
    *,
    type: str,
    category: str,
    amount: int,
    fees: list[dict[str, Any]] | None = None,
    source: str | None = None,
    currency: str | None = None,
    description: str | None = None,
    clears: bool = False,
) -> dict[str, Any]:
    """A balance transaction of `amount` minor units of the balance's currency.

    `currency` is that of its source, where there is one. With `clears` its money is pending for
    two days; otherwise it is available, or taken, at once.
    """
    settlement, now, fees = world.options.settlement_currency, world.now(), fees or []
    fee = sum(part["amount"] for part in fees)
    foreign = currency is not None and currency != settlement
    transaction = world.new(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=(now // DAY + CLEARING_DAYS) * DAY if clears else now,
        balance_type="payments",
        currency=settlement,
        description=description,
        # For display only: the amounts are computed from exact fractions.
        exchange_rate=round(float(rate(currency, settlement)), 6) if currency and foreign else None,
        fee=fee,
        fee_details=fees,
        net=amount - fee,
        reporting_category=category,
        source=source,
        status="pending" if clears else "available",
        type=type,
    )
    world.save(transaction)
    if clears:
        world.later(transaction["available_on"] - now, "clear_transaction", transaction["id"])
    return transaction


@timer("clear_transaction")
def clear_transaction(world: World, id: str) -> None:
    """Money becomes available."""
    transaction = world.get("balance_transaction", id)
    world.save(transaction | {"status": "available"})
    currency, net = transaction["currency"], transaction["net"]
    legs = [Leg("pending", currency, -net), Leg("available", currency, net)]
    world.books.post("available", id, legs)


@operation("get", "/v1/balance_transactions/{id}")
def retrieve(call: Call) -> dict[str, Any]:
    """One balance transaction."""
    return call.world.demand("balance_transaction", call.id)


@operation(
    "get", "/v1/balance_transactions", *LISTING, "created", "currency", "payout", "source", "type"
)
def listed(call: Call) -> dict[str, Any]:
    """Balance transactions; those of an automatic payout are known, itself among them."""
    payout = call.params.get("payout")
    if payout and not call.world.demand("payout", payout, param="payout")["automatic"]:
        raise Refusal(
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
            param="payout",
        )
    filters = one_of(call.params, "currency", "payout", "source", "type")
    return page(call, "balance_transaction", filters)


@operation("get", "/v1/balance")
def balance(call: Call) -> dict[str, Any]:
    """The Stripe balance, told from the books and not from the transactions."""
    world = call.world
    body = world.contract.blank("balance")
    for name in ("connect_reserved", "instant_available", "issuing"):
        del body[name]
    del body["refund_and_dispute_prefunding"]
    for place in ("available", "pending"):
        amounts = {world.options.settlement_currency: 0} | world.books.balance(place)
        body[place] = [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in amounts.items()
        ]
    return body
