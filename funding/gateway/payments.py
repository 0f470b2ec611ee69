"""Checkout sessions and payments: what we ask Stripe for, and what it says came of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import stripe

from funding.gateway.client import Rejected, client, speaking
from funding.money import Money


@dataclass(frozen=True, slots=True)
class Order:
    """What a payment page is to collect. The same order with the same key is one page."""

    key: str
    reference: str
    lines: Sequence[tuple[str, Money]]
    email: str
    expires_at: dt.datetime
    success_url: str
    cancel_url: str
    language: str


@dataclass(frozen=True, slots=True)
class Page:
    """A hosted payment page and how far the visitor has come on it."""

    id: str
    url: str
    status: str  # open, complete or expired
    payment_intent: str
    reference: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a charge or refund was worth in the settlement currency, from its transaction."""

    id: str
    gross: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as Stripe tells it now. Money is here only when `is_paid`."""

    id: str
    status: str
    reference: str
    amount: Money
    is_paid: bool
    charge: str
    paid_at: dt.datetime | None
    method: str
    trouble: str
    value: Value | None


def open_page(order: Order) -> Page:
    """Make the hosted payment page. Raises Unreachable or Rejected."""
    params: Any = {
        "mode": "payment",
        "submit_type": "donate",
        "ui_mode": "hosted_page",
        "client_reference_id": order.reference,
        # A session's metadata is not copied to its payment, so both carry our id.
        "metadata": {"gift": order.reference},
        "payment_intent_data": {
            "metadata": {"gift": order.reference},
            "statement_descriptor_suffix": "GIFT",
        },
        "customer_email": order.email,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "unit_amount": amount.minor,
                    "product_data": {"name": name},
                },
            }
            for name, amount in order.lines
        ],
        # Otherwise Stripe may show and charge another currency than the donor chose.
        "adaptive_pricing": {"enabled": False},
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        "locale": order.language,
    }
    with speaking():
        session = client().v1.checkout.sessions.create(
            params, options={"idempotency_key": order.key}
        )
    return _page(session)


def fetch_page(session_id: str) -> Page:
    """How the visitor came along. Raises Unreachable, Missing or Rejected."""
    with speaking():
        return _page(client().v1.checkout.sessions.retrieve(session_id))


def expire_page(session_id: str) -> None:
    """Close a page that is still open. One that is complete or expired stays as it is."""
    with speaking():
        try:
            client().v1.checkout.sessions.expire(session_id)
        except stripe.InvalidRequestError as error:
            raise Rejected(str(error)) from error


def fetch_payment(payment_intent: str) -> Payment:
    """The payment with its latest charge and value. Raises Unreachable or Missing."""
    with speaking():
        found = client().v1.payment_intents.retrieve(
            payment_intent, {"expand": ["latest_charge.balance_transaction"]}
        )
    charge: Any = found.latest_charge
    return Payment(
        id=found.id,
        status=found.status,
        reference=_from_metadata(found, "gift"),
        amount=Money(found.amount, found.currency.upper()),
        is_paid=found.status == "succeeded" and charge is not None and charge.paid,
        charge=charge.id if charge is not None else "",
        paid_at=dt.datetime.fromtimestamp(charge.created, dt.UTC) if charge else None,
        method=_method(charge),
        trouble=_trouble(found),
        value=value_of(charge.balance_transaction) if charge is not None else None,
    )


def payment_of_charge(charge_id: str) -> str:
    """The id of the payment that a charge belongs to; empty for a charge without one."""
    with speaking():
        found: Any = client().v1.charges.retrieve(charge_id)
    return _id(found.payment_intent)


def value_of(transaction: Any) -> Value | None:  # noqa: ANN401 -- id, object or null
    """The settlement facts of an expanded balance transaction; None while there is none."""
    if transaction is None or isinstance(transaction, str):
        return None
    currency = transaction.currency.upper()
    return Value(
        id=transaction.id,
        gross=Money(transaction.amount, currency),
        fee=Money(transaction.fee, currency),
    )


def _page(session: Any) -> Page:  # noqa: ANN401 -- the SDK's own class is partly untyped
    return Page(
        id=session.id,
        url=session.url or "",
        status=session.status or "open",
        payment_intent=_id(session.payment_intent),
        reference=session.client_reference_id or "",
    )


def _id(value: Any) -> str:  # noqa: ANN401 -- id, object or null
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value.id)


def _from_metadata(found: Any, name: str) -> str:  # noqa: ANN401
    metadata = found.metadata.to_dict() if found.metadata else {}
    return str(metadata.get(name, ""))


def _method(charge: Any) -> str:  # noqa: ANN401
    details = charge.payment_method_details if charge is not None else None
    card = getattr(details, "card", None) if details is not None else None
    return f"Card ending {card.last4}" if card is not None else ""


def _trouble(found: Any) -> str:  # noqa: ANN401
    error = found.last_payment_error
    return str(error.message or "") if error is not None else ""
