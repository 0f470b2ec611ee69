"""The money of disputes: taken with a fee, and given back."""

from __future__ import annotations

from typing import Any

from . import settlement
from .books import Leg
from .currencies import convert
from .world import World

FEE_EURO_CENTS = 2000


def holds(dispute: dict[str, Any]) -> bool:
    """Whether a dispute has taken money that did not come back."""
    return bool(sum(part["amount"] for part in dispute["balance_transactions"]) < 0)


def take(world: World, body: dict[str, Any], *, fee: bool) -> dict[str, Any]:
    """The dispute after its amount, and Stripe's fee, were taken from the balance."""
    currency, settled = body["currency"], world.options.settlement_currency
    amount = convert(body["amount"], currency, settled)
    charged = convert(FEE_EURO_CENTS, "eur", settled) if fee else 0
    transaction = settlement.make(
        world,
        type="adjustment",
        category="dispute",
        amount=-amount,
        fees=[settlement.fee("Dispute fee", charged, settled)] if fee else [],
        source=body["id"],
        currency=currency,
        description=f"Chargeback withdrawal for {body['charge']}",
    )
    legs = [
        Leg("disputes", currency, body["amount"]),
        Leg("dispute_fees", settled, charged),
        Leg("available", settled, -amount - charged),
        *_exchange(currency, settled, -body["amount"], amount),
    ]
    world.books.post("dispute", body["id"], legs)
    return _with(body, transaction)


def give_back(world: World, body: dict[str, Any], *, fee_returned: bool) -> dict[str, Any]:
    """The dispute after the very amount that was taken came back."""
    taken = body["balance_transactions"][0]
    currency, settled = body["currency"], world.options.settlement_currency
    amount, charged = -taken["amount"], -taken["fee"] if fee_returned else 0
    transaction = settlement.make(
        world,
        type="adjustment",
        category="dispute_reversal",
        amount=amount,
        fees=[settlement.fee("Dispute fee refund", charged, settled)] if charged else [],
        source=body["id"],
        currency=currency,
        description=f"Chargeback reversal for {body['charge']}",
    )
    legs = [
        Leg("dispute_reversals", currency, -body["amount"]),
        Leg("dispute_fees", settled, charged),
        Leg("available", settled, amount - charged),
        *_exchange(currency, settled, body["amount"], -amount),
    ]
    world.books.post("dispute reversed", body["id"], legs)
    return _with(body, transaction)


def _exchange(currency: str, settled: str, foreign: int, own: int) -> list[Leg]:
    if currency == settled:
        return []
    return [Leg("fx", currency, foreign), Leg("fx", settled, own)]


def _with(body: dict[str, Any], transaction: dict[str, Any]) -> dict[str, Any]:
    after = body | {"balance_transactions": [*body["balance_transactions"], transaction]}
    return after | {"is_charge_refundable": not holds(after)}
