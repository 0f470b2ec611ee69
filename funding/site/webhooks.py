"""What happens when Stripe says something: the one table, and the door it comes in by."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from donors import debits, disputes, gifts, late_failures, refunds, warnings
from funding import limits
from funding.gateway import inbox, movements, payouts, transactions
from funding.gateway.models import Event

Follow = Callable[[str], bool]

# Event type -> what is asked after, by the id of the object that the event tells of. Each
# looks the object up again, so that order, repetition and age of events do not matter.
TABLE: Final[dict[str, Follow]] = {
    "checkout.session.completed": gifts.follow_page,
    "checkout.session.async_payment_succeeded": gifts.follow_page,
    "checkout.session.async_payment_failed": gifts.follow_page,
    "checkout.session.expired": gifts.follow_page,
    "payment_intent.processing": gifts.follow_payment,
    "payment_intent.succeeded": gifts.follow_payment,
    "payment_intent.payment_failed": gifts.follow_payment,
    "payment_intent.canceled": gifts.follow_payment,
    "charge.updated": gifts.follow_charge,
    "mandate.updated": debits.follow_mandate,
    "refund.created": refunds.follow,
    "refund.updated": refunds.follow,
    "refund.failed": refunds.follow,
    "payout.created": payouts.follow,
    "payout.updated": payouts.follow,
    "payout.paid": payouts.follow,
    "payout.failed": payouts.follow,
    "payout.canceled": payouts.follow,
    "payout.reconciliation_completed": payouts.follow,
    "charge.failed": late_failures.follow,
    "charge.dispute.created": disputes.follow,
    "charge.dispute.updated": disputes.follow,
    "charge.dispute.closed": disputes.follow,
    "charge.dispute.funds_withdrawn": disputes.follow,
    "charge.dispute.funds_reinstated": disputes.follow,
    "radar.early_fraud_warning.created": warnings.follow,
    "radar.early_fraud_warning.updated": warnings.follow,
}
# The same for the lines of Stripe's own account book, by reporting category. Payouts, fees and
# reserves are the Treasury's and are booked by its rules; what is in neither goes to suspense.
MOVEMENTS: Final[dict[str, Follow]] = {
    "charge": gifts.follow_charge,
    "refund": refunds.follow,
    "refund_failure": refunds.follow,
    "dispute": disputes.follow,
    "dispute_reversal": disputes.follow,
    "charge_failure": late_failures.follow,
}


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Only Stripe may: its signature is the key."""
    try:
        inbox.receive(request.body, request.headers.get("Stripe-Signature"))
    except inbox.BadSignature:
        is_first = limits.hit(limits.FORGED_WEBHOOK_BY_ADDRESS, limits.address(request))
        return HttpResponse(status=400 if is_first else 429)
    return HttpResponse(status=200)


def follow_event(event: Event) -> bool:
    """Handle one event of the inbox. False when it is not about us."""
    follow = TABLE.get(event.kind)
    return follow(event.object_id) if follow and event.object_id else False


def walk_movements() -> int:
    """Read all of Stripe's account book that is new, and follow what no entry stands for.

    Returns how much was new or was booked. Raises Unreachable; what was read is kept.
    """
    new = transactions.walk()
    changed = payouts.walk()
    return new + changed + follow_movements()


def follow_movements() -> int:
    """Follow every movement that is due. Returns how many were booked."""
    return movements.sweep(MOVEMENTS)
