"""What happens when Stripe says something: the one table, and the door it comes in by."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from donors import (
    charges,
    debits,
    disputes,
    gifts,
    late_failures,
    methods,
    refunds,
    subscriptions,
    warnings,
)
from donors.brake import refusals
from funding import limits
from funding.gateway import inbox, movements, payouts, transactions
from funding.gateway.models import Event

Follow = Callable[[str], bool]


def either(*follows: Follow) -> Follow:
    """Ask each in turn whose object it is, until one says that it is theirs."""
    return lambda object_id: any(follow(object_id) for follow in follows)


def noting(note: Callable[[str], None], follow: Follow) -> Follow:
    """Let somebody take note first, and then ask whose object it is."""

    def told(object_id: str) -> bool:
        note(object_id)
        return follow(object_id)

    return told


_page = either(gifts.follow_page, subscriptions.follow_page, methods.follow_setup_page)

# Event type -> what is asked after, by the id of the object that the event tells of. Each
# looks the object up again, so that order, repetition and age of events do not matter.
TABLE: Final[dict[str, Follow]] = {
    "checkout.session.completed": _page,
    "checkout.session.async_payment_succeeded": _page,
    "checkout.session.async_payment_failed": _page,
    "checkout.session.expired": _page,
    "payment_intent.processing": charges.follow_payment,
    "payment_intent.succeeded": charges.follow_payment,
    "payment_intent.payment_failed": charges.follow_payment,
    "payment_intent.canceled": charges.follow_payment,
    "charge.updated": charges.follow_charge,
    "mandate.updated": debits.follow_mandate,
    "customer.subscription.created": subscriptions.follow_subscription,
    "customer.subscription.updated": subscriptions.follow_subscription,
    "customer.subscription.deleted": subscriptions.follow_subscription,
    "customer.subscription.paused": subscriptions.follow_subscription,
    "customer.subscription.resumed": subscriptions.follow_subscription,
    "invoice.finalized": subscriptions.follow_invoice,
    "invoice.paid": subscriptions.follow_invoice,
    "invoice.payment_failed": subscriptions.follow_invoice,
    "invoice.payment_action_required": subscriptions.follow_invoice,
    "invoice.voided": subscriptions.follow_invoice,
    "invoice.marked_uncollectible": subscriptions.follow_invoice,
    "refund.created": refunds.follow,
    "refund.updated": refunds.follow,
    "refund.failed": refunds.follow,
    "payout.created": payouts.follow,
    "payout.updated": payouts.follow,
    "payout.paid": payouts.follow,
    "payout.failed": payouts.follow,
    "payout.canceled": payouts.follow,
    "payout.reconciliation_completed": payouts.follow,
    "charge.failed": noting(refusals.note, late_failures.follow),
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
    "charge": charges.follow_charge,
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
