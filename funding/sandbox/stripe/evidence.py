"""Evidence in a dispute: its fields, their limits, and the words of Stripe's test mode."""

from __future__ import annotations

from typing import Any, Literal

from .wire import Refusal, no_such
from .world import World

FILES = (
    "cancellation_policy", "customer_communication", "customer_signature",
    "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
    "shipping_documentation", "uncategorized_file",
)  # fmt: skip
TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_email_address", "customer_name", "customer_purchase_ip",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_tracking_number", "uncategorized_text",
)  # fmt: skip
MAX_TEXT, MAX_TOTAL = 20_000, 150_000

Verdict = Literal["won", "lost", "escalated"]
# What `uncategorized_text` must be, to the letter, for the bank to decide soon.
WORDS: dict[str, Verdict] = {
    "winning_evidence": "won",
    "losing_evidence": "lost",
    "escalate_inquiry_evidence": "escalated",
}


def merged(world: World, before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Evidence after an update; an empty value forgets a field."""
    for name, value in given.items():
        param = f"evidence[{name}]"
        if name in FILES and value:
            _check_file(world, value, param)
        if name in TEXTS and len(value) > MAX_TEXT:
            raise Refusal(
                f"Invalid string: must be at most {MAX_TEXT} characters, not {len(value)}.",
                param=param,
            )
    after = before | {name: value or None for name, value in given.items() if name != "appeal"}
    if "appeal" in given:
        after["appeal"] = _appeal(world, before["appeal"], given["appeal"] or {})
    if sum(len(after[name] or "") for name in TEXTS) > MAX_TOTAL:
        raise Refusal(
            f"The combined character count of all fields is limited to {MAX_TOTAL}.",
            param="evidence",
        )
    return after


def is_given(evidence: dict[str, Any]) -> bool:
    """Whether there is any evidence."""
    return any(value for name, value in evidence.items() if name != "enhanced_evidence")


def verdict(evidence: dict[str, Any]) -> Verdict | None:
    """What the test words in the evidence make the bank decide."""
    card = (evidence["appeal"] or {}).get("card") or {}
    return WORDS.get(card.get("reason_for_filing") or evidence["uncategorized_text"] or "")


def _check_file(world: World, id: str, param: str) -> None:
    file = world.store.get(id)
    if file is None or file["object"] != "file":
        no_such("file upload", id, param=param)
    if file["purpose"] != "dispute_evidence":
        raise Refusal(f"The file {id} is not for dispute_evidence.", param=param)


def _appeal(
    world: World, before: dict[str, Any] | None, given: dict[str, Any]
) -> dict[str, Any] | None:
    card: dict[str, Any] = dict((before or {}).get("card") or {})
    card |= given.get("card") or {}
    files = card.get("supporting_files") or []
    for i, id in enumerate(files):
        _check_file(world, id, f"evidence[appeal][card][supporting_files][{i}]")
    reason = card.get("reason_for_filing") or None
    if not files and not reason:
        return None
    return {"card": {"reason_for_filing": reason, "supporting_files": files}}
