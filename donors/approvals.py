"""The second person's word on a refund over the limit."""

from django.db import transaction

from donors.models import Refund, RefundState
from funding import clock, jobs
from funding.audit import log
from funding.users import second
from funding.users.models import User


def approve(*, refund_id: int, by: User) -> Refund:
    """Agree, as the second person, to a refund over the limit; a worker asks Stripe for it.

    Refuses: SecondPersonNeeded.
    """
    return _decide(refund_id, by, RefundState.REQUESTED)


def decline(*, refund_id: int, by: User) -> Refund:
    """Turn a proposed refund down as the second person. Refuses: SecondPersonNeeded."""
    return _decide(refund_id, by, RefundState.DECLINED)


@transaction.atomic
def _decide(refund_id: int, by: User, state: RefundState) -> Refund:
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    is_open = refund.state == RefundState.PROPOSED
    proposed_by = refund.requested_by
    second.must_decide(by, proposed_by=proposed_by, is_open=is_open, noun="this refund")
    refund.state = state
    refund.decided_by, refund.decided_at = f"user:{by.pk}", clock.now()
    if state == RefundState.REQUESTED:
        refund.due_at = refund.decided_at
        jobs.after_commit("donors.tasks.send_refund", refund.pk)
    else:
        refund.ended_at = clock.now()
    refund.save()
    log.record(
        actor=refund.decided_by,
        action=f"refund.{'approved' if state == RefundState.REQUESTED else 'declined'}",
        subject=f"gift:{refund.gift_id}",
        refund=refund.pk,
    )
    return refund
