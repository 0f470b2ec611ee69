"""Pledges that end because an instalment was given back or is fought over.

Whoever wants money back does not want to give it again next month, whether all of it or a part;
only the treasurer who gives it back can say that the regular gift goes on. What is to be stopped
is read from the gifts themselves, so that no road by which the news came can be forgotten.
"""

from django.db.models import Q

from donors import changes, turns
from donors.changes import NotRunning
from donors.models import EndedWhy, Pledge, RefundState, WithdrawalKind
from donors.models.pledges import RUNNING

# All of one refund: it was booked and not undone, and nobody said that the pledge goes on.
_REFUNDED = Q(
    instalments__gift__refunds__booked_at__isnull=False,
    instalments__gift__refunds__state__in=[RefundState.PENDING, RefundState.SUCCEEDED],
    instalments__gift__refunds__keeps_pledge=False,
)
_DISPUTED = Q(instalments__gift__withdrawals__kind=WithdrawalKind.DISPUTE)


def stop_of(gift_id: int) -> int:
    """Stop the pledge of this gift, if there is a reason. Returns how many were stopped."""
    return _stop(Q(instalments__gift_id=gift_id))


def sweep(*, limit: int = 50) -> int:
    """Stop every pledge that is to be stopped. Returns how many were."""
    return _stop(Q(), limit)


def _stop(which: Q, limit: int = 1) -> int:
    # Two reasons may hold of one pledge; the bank's is the stronger.
    reasons = ((_DISPUTED, EndedWhy.DISPUTED), (_REFUNDED, EndedWhy.REFUNDED))
    done = 0
    for condition, why in reasons:
        rows = Pledge.objects.filter(which, condition, state__in=RUNNING).distinct()
        for pledge_id in list(rows.order_by("pk").values_list("pk", flat=True)[:limit]):
            done += _stop_one(pledge_id, why)
    return done


def _stop_one(pledge_id: int, why: EndedWhy) -> int:
    try:
        change = changes.end(pledge_id=pledge_id, actor="system", why=why)
    except NotRunning:
        return 0  # Somebody ended it meanwhile.
    return int(turns.make(change.pk).state == "done")
