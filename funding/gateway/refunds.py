"""Refunds: asking for one, and reading what became of it."""

from dataclasses import dataclass
from typing import Any

from funding.gateway.client import client, speaking
from funding.gateway.payments import Value, value_of
from funding.money import Money

_EXPAND = ["balance_transaction", "failure_balance_transaction"]


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund as Stripe tells it now. `failure` is set when the money has come back."""

    id: str
    status: str  # pending, requires_action, succeeded, failed or canceled
    reference: str
    payment_intent: str
    amount: Money
    value: Value | None
    failure: Value | None


def create(*, key: str, reference: str, payment_intent: str, amount: Money) -> RefundFacts:
    """Ask for a refund. The same key asks once. Raises Unreachable, Missing or Rejected."""
    with speaking():
        made = client().v1.refunds.create(
            {
                "payment_intent": payment_intent,
                "amount": amount.minor,
                "reason": "requested_by_customer",
                "metadata": {"refund": reference},
                "expand": ["balance_transaction", "failure_balance_transaction"],
            },
            options={"idempotency_key": key},
        )
    return _facts(made)


def fetch(refund_id: str) -> RefundFacts:
    """What became of a refund. Raises Unreachable or Missing."""
    with speaking():
        return _facts(client().v1.refunds.retrieve(refund_id, {"expand": _EXPAND}))


def of_payment(payment_intent: str) -> list[RefundFacts]:
    """Every refund of a payment, oldest first. Raises Unreachable."""
    with speaking():
        found = client().v1.refunds.list(
            {
                "payment_intent": payment_intent,
                "limit": 100,
                "expand": [f"data.{name}" for name in _EXPAND],
            }
        )
        return [_facts(each) for each in reversed(list(found.auto_paging_iter()))]


def _facts(refund: Any) -> RefundFacts:  # noqa: ANN401 -- the SDK's class is partly untyped
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    intent = refund.payment_intent
    return RefundFacts(
        id=refund.id,
        status=refund.status or "pending",
        reference=str(metadata.get("refund", "")),
        payment_intent=intent if isinstance(intent, str) else getattr(intent, "id", ""),
        amount=Money(refund.amount, refund.currency.upper()),
        value=value_of(refund.balance_transaction),
        failure=value_of(getattr(refund, "failure_balance_transaction", None)),
    )
