"""Checkout sessions and payments: what we ask Stripe for, and what it says came of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import stripe

from funding.gateway.client import Rejected, client, speaking
from funding.gateway.reading import id_of, metadata_of
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
    """A payment as Stripe tells it now. Money came only when `is_paid`.

    What a debit brought may have gone again since; that is a movement of its own.
    """

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
    trouble_code: str = ""
    debit: "Debit | None" = None


@dataclass(frozen=True, slots=True)
class Debit:
    """A payment taken from a bank account: on its way for days, then paid or failed."""

    mandate: str
    expected_on: dt.date | None
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Mandate:
    """The customer's word that an account may be debited, and whether it still stands."""

    id: str
    reference: str
    is_active: bool


# How money can come by the currency that is given, beside a card.
_DEBITS: Final = {"EUR": "sepa_debit", "GBP": "bacs_debit"}
NAMES: Final = {"sepa_debit": "SEPA Direct Debit", "bacs_debit": "Bacs Direct Debit"}


def methods_for(currency: str) -> list[str]:
    """What the payment page offers for gifts in a currency, in Stripe's words."""
    return ["card", _DEBITS[currency]] if currency in _DEBITS else ["card"]


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
        "allowed_payment_method_types": methods_for(order.lines[0][1].currency),
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
        reference=metadata_of(found, "gift"),
        amount=Money(found.amount, found.currency.upper()),
        is_paid=charge is not None and _has_come(found, charge),
        charge=charge.id if charge is not None else "",
        paid_at=_paid_at(charge),
        method=_method(charge),
        trouble=_trouble(found),
        trouble_code=_trouble_code(found),
        value=value_of(charge.balance_transaction) if charge is not None else None,
        debit=_debit(found, charge),
    )


def fetch_mandate(mandate_id: str) -> Mandate:
    """What a customer signed, and whether it still stands. Raises Unreachable or Missing."""
    with speaking():
        found: Any = client().v1.mandates.retrieve(mandate_id)
    details = found.payment_method_details
    scheme = getattr(details, details.type, None)
    reference = getattr(scheme, "reference", None) or ""
    return Mandate(found.id, str(reference), found.status != "inactive")


def payment_of_charge(charge_id: str) -> str:
    """The id of the payment that a charge belongs to; empty for a charge without one."""
    with speaking():
        found: Any = client().v1.charges.retrieve(charge_id)
    return id_of(found.payment_intent)


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
        payment_intent=id_of(session.payment_intent),
        reference=session.client_reference_id or "",
    )


def _has_come(found: Any, charge: Any) -> bool:  # noqa: ANN401
    # A debit that fails after its money came is not paid any more, though it was.
    gone = bool(getattr(charge, "failure_balance_transaction", None))
    return gone or (found.status == "succeeded" and bool(charge.paid))


def _paid_at(charge: Any) -> dt.datetime | None:  # noqa: ANN401
    """The instant of the payment; a debit's is that of its money, or not known yet."""
    if charge is None:
        return None
    told = charge if _scheme(charge) == "" else charge.balance_transaction
    if told is None or isinstance(told, str):
        return None
    return dt.datetime.fromtimestamp(told.created, dt.UTC)


def _scheme(charge: Any) -> str:  # noqa: ANN401
    """'sepa_debit' or 'bacs_debit'; empty for a card and when there is no charge."""
    details = charge.payment_method_details if charge is not None else None
    return details.type if details is not None and details.type in NAMES else ""


def _debit(found: Any, charge: Any) -> Debit | None:  # noqa: ANN401
    scheme = _scheme(charge)
    if not scheme:
        return None
    details = getattr(charge.payment_method_details, scheme)
    expected = getattr(details, "expected_debit_date", None)
    return Debit(
        mandate=id_of(getattr(details, "mandate", None)),
        expected_on=dt.date.fromisoformat(expected) if expected else None,
        has_failed=charge.status == "failed" or found.status == "canceled",
    )


def _method(charge: Any) -> str:  # noqa: ANN401
    details = charge.payment_method_details if charge is not None else None
    if details is None:
        return ""
    if scheme := _scheme(charge):
        return f"{NAMES[scheme]} ending {getattr(details, scheme).last4}"
    card = getattr(details, "card", None)
    return f"Card ending {card.last4}" if card is not None else ""


def _trouble_code(found: Any) -> str:  # noqa: ANN401
    error = found.last_payment_error
    return str(error.code or "") if error is not None else ""


def _trouble(found: Any) -> str:  # noqa: ANN401
    error = found.last_payment_error
    return str(error.message or "") if error is not None else ""
