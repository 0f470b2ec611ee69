"""The second person's word on a refund over the limit."""

from django.db import transaction
from django.utils.translation import gettext as _

from donors.models import Refund, RefundState
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User


class SecondPersonNeeded(Refused):
    """The refund was decided before, or by whom it cannot be."""


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
    if not roles.has(by, Role.TREASURER, Role.ADMINISTRATOR):
        raise SecondPersonNeeded(_("A treasurer or an administrator decides on this refund."))
    if refund.state != RefundState.PROPOSED:
        raise SecondPersonNeeded(_("This refund was decided before."))
    if refund.requested_by == f"user:{by.pk}":
        raise SecondPersonNeeded(_("You proposed this refund, so another person decides on it."))
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
