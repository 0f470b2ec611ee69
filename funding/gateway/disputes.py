"""Disputes and early fraud warnings: what Stripe tells of them, and our answers."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from funding.gateway.client import client, speaking
from funding.gateway.payments import Payment, value_of
from funding.gateway.reading import id_of, instant
from funding.money import Money


@dataclass(frozen=True, slots=True)
class Move:
    """One balance transaction: `gross` as it moves our balance, `fee` what Stripe kept beside."""

    id: str
    gross: Money
    fee: Money
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as Stripe tells it now."""

    id: str
    status: str
    reason: str
    case_type: str
    network_code: str
    amount: Money
    charge: str
    payment_intent: str
    is_refundable: bool
    created_at: dt.datetime
    due_by: dt.datetime | None
    is_past_due: bool
    submissions: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class WarningFacts:
    """An issuer's warning as Stripe tells it now."""

    id: str
    charge: str
    fraud_type: str
    is_actionable: bool
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """A debit's charge: the payment as it was when its money came, and what took it back."""

    id: str
    payment: Payment
    failure: Move | None


@dataclass(frozen=True, slots=True)
class News:
    """Ids of the disputes and warnings that began since an instant."""

    disputes: list[str]
    warnings: list[str]


def fetch(dispute_id: str) -> DisputeFacts:
    """How a dispute stands. Raises Unreachable or Missing."""
    with speaking():
        return _facts(client().v1.disputes.retrieve(dispute_id))


def upload(*, key: str, name: str, content: bytes) -> str:
    """Hand a paper over and return its id there. The same key hands it over once.

    Raises Unreachable or Rejected.
    """
    paper = BytesIO(content)
    paper.name = name
    with speaking():
        made = client().v1.files.create(
            {"purpose": "dispute_evidence", "file": paper},
            options={"idempotency_key": key},
        )
    return str(made.id)


def submit(dispute_id: str, *, key: str, evidence: Mapping[str, str]) -> DisputeFacts:
    """Send evidence to the bank, for good. Raises Unreachable, Missing or Rejected."""
    params: Any = {"evidence": dict(evidence), "submit": True}
    with speaking():
        return _facts(
            client().v1.disputes.update(dispute_id, params, options={"idempotency_key": key})
        )


def appeal(dispute_id: str, *, key: str, reason: str, files: list[str]) -> DisputeFacts:
    """Appeal against a loss, for good. Raises Unreachable, Missing or Rejected."""
    card = {"reason_for_filing": reason, "supporting_files": files or ""}
    params: Any = {"evidence": {"appeal": {"card": card}}, "submit": True}
    with speaking():
        return _facts(
            client().v1.disputes.update(dispute_id, params, options={"idempotency_key": key})
        )


def accept(dispute_id: str, *, key: str) -> DisputeFacts:
    """Close a dispute as lost, for good. Raises Unreachable, Missing or Rejected."""
    with speaking():
        return _facts(client().v1.disputes.close(dispute_id, options={"idempotency_key": key}))


def fetch_warning(warning_id: str) -> WarningFacts:
    """An issuer's warning. Raises Unreachable or Missing."""
    with speaking():
        found: Any = client().v1.radar.early_fraud_warnings.retrieve(warning_id)
    return WarningFacts(
        id=found.id,
        charge=id_of(found.charge),
        fraud_type=found.fraud_type or "",
        is_actionable=bool(found.actionable),
        created_at=instant(found.created),
    )


def fetch_charge(charge_id: str) -> ChargeFacts:
    """A charge with its value and, if it failed late, its failure. Raises Unreachable, Missing."""
    expand = ["balance_transaction", "failure_balance_transaction"]
    with speaking():
        found: Any = client().v1.charges.retrieve(charge_id, {"expand": expand})
    failure = getattr(found, "failure_balance_transaction", None)
    value = value_of(found.balance_transaction)
    return ChargeFacts(
        id=found.id,
        payment=Payment(
            id=id_of(found.payment_intent),
            status="succeeded" if value else found.status,
            reference="",
            amount=Money(found.amount, found.currency.upper()),
            is_paid=value is not None,
            charge=found.id,
            paid_at=instant(found.created),
            method="",
            trouble="",
            value=value,
        ),
        failure=move_of(failure) if failure else None,
    )


def news(since: dt.datetime) -> News:
    """What began since then, the oldest first. Raises Unreachable."""
    wanted: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
    with speaking():
        disputes = client().v1.disputes.list(wanted).auto_paging_iter()
        warnings = client().v1.radar.early_fraud_warnings.list(wanted).auto_paging_iter()
        return News(
            [each.id for each in reversed(list(disputes))],
            [each.id for each in reversed(list(warnings))],
        )


def _facts(found: Any) -> DisputeFacts:  # noqa: ANN401 -- the SDK's class is partly untyped
    details = found.evidence_details
    due = getattr(details, "due_by", None)
    card = getattr(getattr(found, "payment_method_details", None), "card", None)
    return DisputeFacts(
        id=found.id,
        status=found.status or "unknown",
        reason=found.reason or "",
        case_type=getattr(card, "case_type", None) or "",
        network_code=getattr(found, "network_reason_code", None) or "",
        amount=Money(found.amount, found.currency.upper()),
        charge=id_of(found.charge),
        payment_intent=id_of(getattr(found, "payment_intent", None)),
        is_refundable=bool(found.is_charge_refundable),
        created_at=instant(found.created),
        due_by=instant(due) if due else None,
        is_past_due=bool(getattr(details, "past_due", False)),
        submissions=int(getattr(details, "submission_count", 0) or 0),
        moves=tuple(move_of(each) for each in found.balance_transactions),
    )


def move_of(transaction: Any) -> Move:  # noqa: ANN401 -- an expanded balance transaction
    """One balance transaction as it moved our balance."""
    currency = transaction.currency.upper()
    return Move(
        id=transaction.id,
        gross=Money(transaction.amount, currency),
        fee=Money(transaction.fee, currency),
        created_at=instant(transaction.created),
    )
