"""Invoices: each due part of a subscription, and how far Stripe has come with its money."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import stripe

from funding.gateway.client import Rejected, client, speaking
from funding.gateway.reading import id_of, instant
from funding.money import Money

_EXPAND: Final = ["payments.data.payment.payment_intent"]


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as Stripe tells it now. `amount` is all that it asks for."""

    id: str
    status: str  # draft, open, paid, uncollectible or void
    subscription: str
    reference: str
    amount: Money
    cover_minor: int
    due_at: dt.datetime
    attempts: int
    next_try_at: dt.datetime | None
    payment_intent: str
    asks_giver: bool
    trouble: str
    pay_url: str


class Declined(Exception):
    """The bank said no to an attempt, or wants to hear the donor first. Nothing was taken."""


def fetch(invoice: str) -> Invoice:
    """How an invoice stands. Raises Unreachable or Missing."""
    with speaking():
        return _invoice(client().v1.invoices.retrieve(invoice, {"expand": _EXPAND}))


def latest(subscription: str, *, limit: int = 4) -> list[str]:
    """The ids of a subscription's newest invoices, the oldest of them first."""
    with speaking():
        found = client().v1.invoices.list({"subscription": subscription, "limit": limit})
    return [each.id for each in reversed(found.data)]


def of_payment(payment_intent: str) -> str:
    """The id of the invoice that a payment is for; empty when it is for none."""
    with speaking():
        found: Any = client().v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 1}
        )
    return id_of(found.data[0].invoice) if found.data else ""


def pay(invoice: str, *, key: str) -> None:
    """Try to take the money now. Raises Declined, Unreachable, Missing or Rejected.

    One that is paid already stays as it is.
    """
    with speaking():
        try:
            client().v1.invoices.pay(invoice, options={"idempotency_key": key})
        except stripe.CardError as error:
            raise Declined(error.user_message or str(error)) from error
        except stripe.InvalidRequestError as error:
            if error.code != "invoice_already_paid":
                raise Rejected(error.user_message or str(error)) from error


def void(invoice: str, *, key: str) -> None:
    """Ask no more for an invoice that is open. Raises as `pay`."""
    with speaking():
        client().v1.invoices.void_invoice(invoice, options={"idempotency_key": key})


def _invoice(found: Any) -> Invoice:  # noqa: ANN401 -- the SDK's own class is partly untyped
    told = found.parent.subscription_details if found.parent else None
    note = told.metadata.to_dict() if told is not None and told.metadata else {}
    intent = _intent(found)
    error = getattr(intent, "last_payment_error", None)
    lines = found.lines.data
    return Invoice(
        id=found.id,
        status=found.status or "draft",
        subscription=id_of(told.subscription) if told is not None else "",
        reference=str(note.get("pledge", "")),
        amount=Money(found.total, found.currency.upper()),
        cover_minor=_cover(note, found.total),
        due_at=instant(lines[0].period.start if lines else found.created),
        attempts=found.attempt_count,
        next_try_at=instant(found.next_payment_attempt),
        payment_intent=id_of(intent),
        asks_giver=getattr(intent, "status", "") == "requires_action",
        trouble=str(error.message or "")[:400] if error is not None else "",
        pay_url=found.hosted_invoice_url or "",
    )


def _intent(found: Any) -> Any:  # noqa: ANN401 -- an id or an object, or nothing yet
    for each in found.payments.data if found.payments else []:
        if intent := getattr(each.payment, "payment_intent", None):
            return intent
    return None


def _cover(note: dict[str, Any], total: int) -> int:
    """The part that pays the fee, as it was agreed when the invoice was made."""
    amount, cover = str(note.get("amount", "")), str(note.get("cover", ""))
    if amount.isdecimal() and cover.isdecimal() and int(amount) + int(cover) == total:
        return int(cover)
    return 0
