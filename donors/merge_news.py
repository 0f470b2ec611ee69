"""After donors were brought together or parted, Stripe writes to whom the pledges are now.

Stripe mails its own words about cards and invoices to a customer's address. The customers of the
pledges that moved follow their donor, after the fact and until Stripe has heard it.
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from donors.models import Merge, Pledge
from funding import clock, jobs
from funding.gateway import customers
from funding.gateway.client import Missing, Rejected, Unreachable

logger = logging.getLogger(__name__)

_LEASE: Final = dt.timedelta(minutes=5)
_LOOK_AGAIN: Final = dt.timedelta(hours=6)


def fall_due(made: Merge) -> None:
    """In the transaction that moves pledges: let Stripe be told. Nothing, where none moved."""
    if not _moved(made).exists():
        return
    made.due_at, made.attempts = clock.now(), made.attempts + 1
    made.save(update_fields=["due_at", "attempts"])
    jobs.after_commit("donors.tasks.tell_of_merge", made.pk)


def tell(merge_id: int) -> bool:
    """Tell Stripe for each customer the address of its donor of today. Whether it was done.

    Raises Unreachable; harmless when repeated.
    """
    made = Merge.objects.get(pk=merge_id)
    if made.due_at is None:
        return False
    for customer, email in sorted(set(_moved(made).values_list("customer", "donor__email"))):
        key = f"merge:{made.pk}:{made.attempts}:{customer}"
        try:
            customers.write_to(key=key, customer=customer, email=email)
        except (Missing, Rejected) as error:
            logger.warning("customer of %s was not told: %s", made, error)
    return _told(made)


@transaction.atomic
def _told(made: Merge) -> bool:
    """Note it, unless it was undone meanwhile: then there is something else to tell."""
    now = Merge.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if now.undone_at != made.undone_at:
        return False
    now.due_at, now.error = None, ""
    now.save(update_fields=["due_at", "error"])
    return True


def waiting() -> QuerySet[Merge]:
    """Those of which Stripe has not been told."""
    return Merge.objects.filter(due_at__isnull=False)


def sweep(*, limit: int = 50) -> int:
    """Tell Stripe what it has not been told. Returns how many were."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(merge_id: int) -> int:
    now = clock.now()
    rows = waiting().filter(pk=merge_id)
    if not rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE):
        return 0
    try:
        return int(tell(merge_id))
    except Unreachable as error:
        attempts = Merge.objects.values_list("attempts", flat=True).get(pk=merge_id)
        wait = min(_LOOK_AGAIN, dt.timedelta(minutes=1) * 2 ** min(attempts, 10))
        rows.update(error=error.sentence[:2000], due_at=clock.now() + wait)
        return 0


def _moved(made: Merge) -> QuerySet[Pledge]:
    return Pledge.objects.filter(pk__in=made.moved.get("pledges", [])).exclude(customer="")
