"""Disputes: what a cardholder's bank takes back, and what may come again.

needs_response -> under_review -> won | lost, and lost by itself when the deadline passes without
evidence. An inquiry takes no money: warning_needs_response -> warning_under_review ->
warning_closed, or it is escalated to a dispute. A lost dispute can be appealed. Money moves only
in the balance transactions: at the withdrawal, with Stripe's fee, and at a win, without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import events, evidence, fraud, settlement, withdrawals
from .cards import CARDS
from .currencies import display
from .listing import one_of, page
from .metadata import merged
from .registry import LISTING, Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import World

RESPONSE_DAYS = 9
REVIEW_DAYS = 60
INQUIRY_DAYS = 120

WARNINGS = ("warning_needs_response", "warning_under_review")
WAITING = ("needs_response", "warning_needs_response", "appeal_needs_response")
REVIEWED = {
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
    "appeal_needs_response": "appeal_under_review",
}
CLOSED = ("won", "lost", "warning_closed", "prevented")
MOVES: Mapping[str, tuple[str, ...]] = {
    "warning_needs_response": ("warning_under_review", "warning_closed", "needs_response"),
    "warning_under_review": ("warning_closed", "needs_response"),
    "warning_closed": (),
    "needs_response": ("under_review", "won", "lost"),
    "under_review": ("won", "lost"),
    "won": (),
    "lost": ("appeal_needs_response", "won"),
    "appeal_needs_response": ("appeal_under_review", "won", "lost"),
    "appeal_under_review": ("won", "lost"),
    "prevented": (),
}
OPENINGS = ("needs_response", "warning_needs_response", "prevented")
# Stripe's reasons, with the code by which Visa calls each.
REASONS = {
    "bank_cannot_process": None, "check_returned": None, "credit_not_processed": "13.6",
    "customer_initiated": None, "debit_not_authorized": None, "duplicate": "12.6.1",
    "fraudulent": "10.4", "general": "10", "incorrect_account_details": None,
    "insufficient_funds": None, "noncompliant": None, "product_not_received": "13.1",
    "product_unacceptable": "13.3", "subscription_canceled": "13.2", "unrecognized": "10",
}  # fmt: skip


def withdrawn(world: World, charge: str) -> int:
    """What disputes hold back of a charge at this moment, in its own currency."""
    found = world.store.select("dispute", {"charge": [charge]})
    return sum(dispute["amount"] for dispute in found if withdrawals.holds(dispute))


def dispute(
    world: World,
    charge: dict[str, Any],
    *,
    amount: int | None = None,
    reason: str | None = None,
    status: str = "needs_response",
    case: str | None = None,
    due_in_days: int = RESPONSE_DAYS,
) -> dict[str, Any]:
    """A bank disputes `amount` minor units of a charge, or what was not refunded of it.

    A debit is taken back for good: its dispute is lost as soon as it is made. One that is
    `prevented` was blocked and cost nothing, or with the case `resolution` paid back at no fee.
    """
    reason = reason or ("fraudulent" if _is_card(charge) else "debit_not_authorized")
    amount = _checked(world, charge, amount, reason, status)
    settlement.settle_charge(world, charge["id"])
    charge = world.get("charge", charge["id"])
    cases = {"warning_needs_response": "inquiry", "prevented": case or "block"}
    case = cases.get(status, "chargeback")
    made = _made(world, charge, amount, reason, case) | {"status": status}
    if status in WAITING:
        made = _ask(world, made, due_in_days)
    if status in WARNINGS:
        world.later(INQUIRY_DAYS * DAY, "inquiry_ends", made["id"])
    takes = case in ("chargeback", "resolution")
    if takes:
        made = withdrawals.take(world, made, fee=case == "chargeback")
    world.save(made)
    events.emit(world, "charge.dispute.created", made)
    if takes:
        events.emit(world, "charge.dispute.funds_withdrawn", made)
    if not charge["disputed"]:
        events.change(world, charge, "charge.updated", disputed=True)
        fraud.settle(world, charge["id"])
    if status == "needs_response" and not _is_card(charge):
        made = move(world, made, "lost")
    return made


def _made(
    world: World, charge: dict[str, Any], amount: int, reason: str, case: str
) -> dict[str, Any]:
    made = world.new(
        "dispute",
        "du",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=True,
        network_reason_code=REASONS[reason],
        payment_intent=charge["payment_intent"],
        payment_method_details=_method_details(charge, case, reason),
        reason=reason,
    )
    made["evidence"]["enhanced_evidence"] = made["evidence_details"]["enhanced_eligibility"] = {}
    return made


def _checked(
    world: World, charge: dict[str, Any], amount: int | None, reason: str, status: str
) -> int:
    if not charge["paid"] or charge["status"] != "succeeded":
        raise Refusal(f"Charge {charge['id']} was not successful and cannot be disputed.")
    if status != "needs_response" and not _is_card(charge):
        raise Refusal("The bank of a debit takes its money back, or does not.", param="status")
    if reason not in REASONS:
        raise Refusal(f"No such reason: {reason}. There are {', '.join(REASONS)}.", param="reason")
    if status not in OPENINGS:
        raise Refusal(f"A dispute begins as one of {', '.join(OPENINGS)}.", param="status")
    left = charge["amount"] - withdrawn(world, charge["id"])
    if amount is None:
        # A bank that has not seen the refund yet disputes the whole.
        amount = min(left, charge["amount"] - charge["amount_refunded"]) or left
    if not 1 <= amount <= left:
        currency = charge["currency"]
        raise Refusal(
            f"{display(left, currency)} of this charge can be disputed, not "
            f"{display(amount, currency)}.",
            param="amount",
        )
    return amount


def _is_card(charge: dict[str, Any]) -> bool:
    return bool(charge["payment_method_details"]["type"] == "card")


def _method_details(charge: dict[str, Any], case: str, reason: str) -> dict[str, Any] | None:
    if not _is_card(charge):
        return None
    brand = charge["payment_method_details"]["card"]["brand"]
    return {
        "card": {
            "brand": brand,
            "case_type": case,
            "network": brand,
            "network_reason_code": REASONS[reason],
        },
        "type": "card",
    }


def _ask(world: World, body: dict[str, Any], days: int) -> dict[str, Any]:
    """Asks for evidence until the end of a day."""
    due_by = (world.now() // DAY + days) * DAY - 1
    world.later(due_by + 1 - world.now(), "dispute_due", body["id"])
    return body | {
        "evidence_details": body["evidence_details"] | {"due_by": due_by, "past_due": False}
    }


def move(
    world: World, body: dict[str, Any], status: str, *, fee_returned: bool = False
) -> dict[str, Any]:
    """Takes a dispute from one status to another, with the money and the events of the move."""
    if status not in MOVES[body["status"]]:
        allowed = ", ".join(MOVES[body["status"]]) or "nothing else"
        raise Refusal(
            f"A dispute that is {body['status']} becomes {allowed}, not {status}.", param="status"
        )
    before, happened = body, "charge.dispute.updated"
    body = body | {"status": status}
    told: list[str] = []
    if status in WAITING:
        body = _ask(world, body, RESPONSE_DAYS)
    if status == "needs_response":  # An inquiry was escalated.
        details = body["payment_method_details"]
        card = details["card"] | {"case_type": "chargeback"}
        body["payment_method_details"] = details | {"card": card}
        body = withdrawals.take(world, body, fee=True)
        told.append("charge.dispute.funds_withdrawn")
    if status == "won" and withdrawals.holds(body):
        body = withdrawals.give_back(world, body, fee_returned=fee_returned)
        told.append("charge.dispute.funds_reinstated")
    if status in CLOSED:
        happened = "charge.dispute.closed"
    world.save(body)
    for type in (*told, happened) if status in CLOSED else (happened, *told):
        events.emit(world, type, body, before=before)
    return body


@operation("get", "/v1/disputes/{dispute}")
def retrieve(call: Call) -> dict[str, Any]:
    """One dispute."""
    return call.world.demand("dispute", call.id)


@operation("get", "/v1/disputes", *LISTING, "created", "charge", "payment_intent")
def listed(call: Call) -> dict[str, Any]:
    """Disputes, by charge or payment intent if wanted."""
    return page(call, "dispute", one_of(call.params, "charge", "payment_intent"))


@operation(
    "post",
    "/v1/disputes/{dispute}",
    *(f"evidence.{name}" for name in (*evidence.TEXTS, *evidence.FILES, "appeal")),
    "metadata",
    "submit",
)
def update(call: Call) -> dict[str, Any]:
    """Takes evidence, which is sent to the bank unless `submit` is false, and metadata."""
    world, params = call.world, call.params
    found = _open(world, call.id)
    given = params.get("evidence", {})
    sends = params.get("submit", bool(given))
    if (given or sends) and found["status"] not in WAITING:
        raise Refusal(
            f"Evidence for this dispute was submitted, and it is {found['status']}.", began=True
        )
    kept = evidence.merged(world, found["evidence"], given)
    if sends and not evidence.is_given(kept):
        raise Refusal("There is no evidence to submit.", param="evidence")
    details = found["evidence_details"] | {"has_evidence": evidence.is_given(kept)}
    changes: dict[str, Any] = {
        "evidence": kept,
        "evidence_details": details,
        "metadata": merged(found["metadata"], params.get("metadata")),
    }
    if sends:
        details["submission_count"] += 1
        changes["status"] = REVIEWED[found["status"]]
        _decide_later(world, found["id"], evidence.verdict(kept))
    return events.change(world, found, "charge.dispute.updated", **changes)


def _decide_later(world: World, id: str, verdict: evidence.Verdict | None) -> None:
    """Without a test word the bank takes its time, and then believes its customer."""
    wait = world.options.dispute_decision_seconds if verdict else REVIEW_DAYS * DAY
    world.store.note(id, "verdict", [world.now() + wait, verdict or "lost"])
    world.later(wait, "dispute_decided", id)


@operation("post", "/v1/disputes/{dispute}/close")
def close(call: Call) -> dict[str, Any]:
    """Accepts a dispute: it is lost. An inquiry is answered by evidence or by a refund."""
    world = call.world
    found = _open(world, call.id)
    if found["status"] not in ("needs_response", "appeal_needs_response"):
        raise Refusal(f"A dispute that is {found['status']} cannot be closed.", began=True)
    return move(world, found, "lost")


def _open(world: World, id: str) -> dict[str, Any]:
    found = world.demand("dispute", id)
    if found["status"] in CLOSED:
        raise Refusal("This dispute is already closed.", began=True)
    return found


def charge_refunded(world: World, charge: dict[str, Any]) -> None:
    """A charge was refunded in full: the bank has nothing more to ask."""
    for found in world.store.select("dispute", {"charge": [charge["id"]]}):
        if found["status"] in WARNINGS:
            move(world, found, "warning_closed")


@timer("dispute_by_card")
def by_card(world: World, id: str) -> None:
    """What the bank of a test card or account does after a payment."""
    charge = world.get("charge", id)
    card = CARDS.get(world.store.noted(charge["payment_method"], "number"))
    if withdrawn(world, id) or charge["refunded"] or not charge["paid"]:
        return
    if card is None:
        dispute(world, charge)
    elif card.dispute == "inquiry":
        dispute(world, charge, reason="general", status="warning_needs_response")
    elif card.dispute == "twice":
        half = charge["amount"] // 2
        dispute(world, charge, amount=half)
        dispute(world, world.get("charge", id), amount=charge["amount"] - half)
    elif card.dispute:
        dispute(world, charge, reason=card.dispute)


@timer("dispute_due")
def due(world: World, id: str) -> None:
    """The deadline has passed: without evidence a dispute is lost, and an inquiry goes on."""
    found = world.get("dispute", id)
    details = found["evidence_details"]
    if found["status"] not in WAITING or details["due_by"] >= world.now():
        return
    found["evidence_details"] = details | {"past_due": True}
    if found["status"] in WARNINGS:
        events.change(world, found, "charge.dispute.updated")
    else:
        move(world, found, "lost")


@timer("dispute_decided")
def decide(world: World, id: str) -> None:
    """The bank decides on evidence."""
    found = world.get("dispute", id)
    due_at, verdict = world.store.noted(id, "verdict")
    if found["status"] not in REVIEWED.values() or world.now() < due_at:
        return
    if found["status"] == "warning_under_review":
        status = "needs_response" if verdict == "escalated" else "warning_closed"
    else:
        status = "won" if verdict == "won" else "lost"
    move(world, found, status)


@timer("inquiry_ends")
def end_inquiry(world: World, id: str) -> None:
    """After months a bank no longer makes a dispute of an inquiry."""
    found = world.get("dispute", id)
    if found["status"] in WARNINGS:
        move(world, found, "warning_closed")
