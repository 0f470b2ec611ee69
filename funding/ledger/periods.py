"""Periods of an entity's calendar: opened, closed once, never opened again."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from funding import clock
from funding.audit import log
from funding.ledger.models import Period
from funding.ledger.refusals import PeriodClosed, refusing
from funding.parties.models import Entity


def open_period(
    *, entity_id: int, name: str, starts_on: dt.date, ends_on: dt.date, actor: str
) -> Period:
    """A new period; both days belong to it. Raises PeriodOverlaps."""
    with refusing(), transaction.atomic():
        period = Period.objects.create(
            entity_id=entity_id, name=name, starts_on=starts_on, ends_on=ends_on
        )
        log.record(actor=actor, action="period.opened", subject=f"period:{period.pk}")
    return period


def close(*, period_id: int, actor: str) -> Period:
    """Close a period for good: from now on nothing is booked on its days.

    Waits for entries that are being written. There is no way back, by rule and by trigger: a
    mistake found later is put right by a reversal on a later day. Raises PeriodClosed.
    """
    with refusing(), transaction.atomic():
        period = Period.objects.select_for_update(no_key=True).get(pk=period_id)
        # The instant is taken once every entry in hand is written, so that no entry of the
        # period bears a later one.
        Entity.objects.select_for_update().get(pk=period.entity_id)
        if period.closed_at is not None:
            raise PeriodClosed(f"{period.name} is closed already.")
        period.closed_at, period.closed_by = clock.now(), actor
        period.save(update_fields=["closed_at", "closed_by"])
        log.record(actor=actor, action="period.closed", subject=f"period:{period.pk}")
    return period


def open_day(*, entity_id: int, day: dt.date) -> dt.date:
    """The day itself, or the first one after it that lies in no closed period."""
    closed = Period.objects.filter(entity_id=entity_id, closed_at__isnull=False)
    while ends_on := closed.filter(starts_on__lte=day, ends_on__gte=day).aggregate(
        last=Max("ends_on")
    )["last"]:
        day = ends_on + dt.timedelta(days=1)
    return day
