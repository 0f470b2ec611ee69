"""Payouts: what Stripe sends to our bank, where it is, and which movements it is made of.

A status goes forward here: sent, arrived, failed, also failed after it had arrived. An event
is a hint; the list is walked anyway, because a payout fails days after everybody forgot it.
"""

import datetime as dt
import logging
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Kind as Alarm
from funding.audit import log
from funding.errors import Refused
from funding.gateway import entries, transactions
from funding.gateway.client import client, speaking
from funding.gateway.models import Movement, Payout, PayoutStatus
from funding.money import Money

logger = logging.getLogger(__name__)

# So long a payout is looked at again each time: what fails, fails within some days.
_LOOK_BACK: Final = dt.timedelta(days=35)
_RANK: Final = {
    PayoutStatus.PENDING: 0,
    PayoutStatus.IN_TRANSIT: 1,
    PayoutStatus.PAID: 2,
    PayoutStatus.FAILED: 3,
    PayoutStatus.CANCELED: 3,
}


def walk() -> int:
    """Look at every payout of the last weeks. Returns how many changed. Raises Unreachable."""
    since = clock.now() - _LOOK_BACK
    open_since = Payout.objects.filter(
        status__in=[PayoutStatus.PENDING, PayoutStatus.IN_TRANSIT]
    ).order_by("created_at")
    oldest = open_since.values_list("created_at", flat=True).first()
    if oldest is not None:
        since = min(since, oldest)
    with speaking():
        found = client().v1.payouts.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
        told = list(found.auto_paging_iter())
    changed = sum(_take_one(each) for each in reversed(told))
    for payout in unlisted():
        list_movements(payout)
    return changed


def _take_one(told: Any) -> int:  # noqa: ANN401 -- the SDK's class is partly untyped
    """One that cannot be booked holds up no other; it is looked at again each time."""
    try:
        return take_down(told)
    except Refused:
        logger.exception("payout %s cannot be booked", told.id)
        return 0


def follow(stripe_id: str) -> bool:
    """Look one payout up and book what it says. Raises Unreachable or Missing."""
    with speaking():
        told = client().v1.payouts.retrieve(stripe_id)
    take_down(told)
    payout = unlisted().filter(stripe_id=stripe_id).first()
    if payout is not None:
        list_movements(payout)
    return True


def unlisted() -> QuerySet[Payout]:
    """Automatic payouts whose movements we have not listed since Stripe knows them all."""
    has_some = Exists(Movement.objects.filter(payout=OuterRef("pk")))
    return Payout.objects.filter(Q(is_reconciled=True) | ~has_some).filter(
        is_automatic=True, listed_at__isnull=True
    )


def list_movements(payout: Payout) -> None:
    """Learn which movements a payout is made of; store those that no walk has met."""
    is_whole = payout.is_reconciled
    ids = transactions.of_payout(payout.stripe_id)
    Movement.objects.filter(stripe_id__in=ids).update(payout=payout)
    if is_whole:
        Payout.objects.filter(pk=payout.pk).update(listed_at=clock.now())


def members(payout: Payout) -> QuerySet[Movement]:
    """What a payout is made of, without the line that takes the sum out of the balance."""
    return payout.movements.exclude(source=payout.stripe_id, category="payout")


def sum_of(payout: Payout) -> Money:
    """The net sum of its movements, which is its amount when the books are right."""
    total = members(payout).aggregate(sum=Sum("net_minor"))["sum"] or 0
    return Money(total, payout.currency)


@transaction.atomic
def take_down(told: Any) -> int:  # noqa: ANN401 -- the SDK's class is partly untyped
    """Keep what Stripe says of a payout, and book where it is. 1 when that is news."""
    now = clock.now()
    status = PayoutStatus(told.status)
    made, is_new = Payout.objects.get_or_create(
        stripe_id=told.id,
        defaults={
            "status": status,
            "currency": told.currency.upper(),
            "amount_minor": told.amount,
            "is_automatic": bool(told.automatic),
            "created_at": _instant(told.created),
            "arrival_on": _instant(told.arrival_date).date(),
            "told_at": now,
        },
    )
    payout = Payout.objects.select_for_update(no_key=True).get(pk=made.pk)
    is_news = is_new or _RANK[status] > _RANK[PayoutStatus(payout.status)]
    if is_news:
        payout.status = status
        payout.failure = (getattr(told, "failure_message", None) or "")[:400]
    payout.arrival_on = _instant(told.arrival_date).date()
    payout.is_reconciled |= told.reconciliation_status == "completed"
    payout.told_at = now
    _place(payout, now)
    payout.save()
    if is_news:
        _tell(payout)
    return int(is_news)


def _place(payout: Payout, now: dt.datetime) -> None:
    """Book that it is at the bank, or that the bank gave it back after it was."""
    if payout.status == PayoutStatus.PAID and payout.arrived_at is None:
        payout.arrived_at = now
        entries.book_arrival(payout, now, verb="arrived")
    if payout.came_back and payout.arrived_at and payout.returned_at is None:
        payout.returned_at = now
        entries.book_arrival(payout, now, verb="returned")


def _tell(payout: Payout) -> None:
    log.record(
        actor="stripe",
        action=f"payout.{payout.status}",
        subject=f"payout:{payout.pk}",
        minor=payout.amount_minor,
        currency=payout.currency,
    )
    if payout.status == PayoutStatus.FAILED:
        alarms.sound(
            kind=Alarm.PAYOUT_FAILED,
            subject=f"payout:{payout.pk}",
            sentence=_(
                "The bank did not take the payout of %(sum)s. It is at Stripe again. %(why)s"
            )
            % {"sum": payout.amount.text(), "why": payout.failure},
            page=reverse("payout", kwargs={"pk": payout.pk}),
        )
    elif payout.status == PayoutStatus.PAID:
        for failed in Payout.objects.filter(
            status=PayoutStatus.FAILED, currency=payout.currency, created_at__lt=payout.created_at
        ):
            alarms.clear(
                kind=Alarm.PAYOUT_FAILED,
                subject=f"payout:{failed.pk}",
                why=_("A later payout has arrived."),
            )


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
