"""Telling those in charge what is wrong: one mail for each person, however many alerts began.

An open alert that nobody was told of is the row that waits for it. A burst is let come to its
end first, so that fifty alerts of one bad minute are one mail.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from funding import clock
from funding.alerts.models import Alert
from funding.mail import outbox
from funding.users import roles
from funding.users.models import Role, User

# A burst is over when so long nothing new began; nobody waits longer than the second.
CALM: Final = dt.timedelta(minutes=2)
LONGEST: Final = dt.timedelta(minutes=10)
# What ends and begins again within this time is told again only when it lasts.
LATELY: Final = dt.timedelta(hours=1)
SHOWN: Final = 20


@transaction.atomic
def tell() -> int:
    """Mail what began and is still so to everybody in charge. Returns how many alerts."""
    now = clock.now()
    waiting = _waiting(now)
    if not waiting or not _is_time(waiting, now):
        return 0
    people = list(roles.holders(Role.TREASURER, Role.ADMINISTRATOR))
    for person in people:
        _mail(waiting, person)
    if not people:
        # The first who takes office is told then.
        return 0
    Alert.objects.filter(pk__in=[alert.pk for alert in waiting]).update(told_at=now)
    return len(waiting)


def _waiting(now: dt.datetime) -> list[Alert]:
    same = Alert.objects.filter(
        kind=OuterRef("kind"), subject=OuterRef("subject"), told_at__gt=now - LATELY
    )
    rows = Alert.objects.filter(closed_at__isnull=True, told_at__isnull=True)
    # Two workers at once: the second finds nothing left to tell.
    rows = rows.exclude(Exists(same)).select_for_update(skip_locked=True, of=("self",))
    return list(rows.order_by("first_at", "pk"))


def _is_time(waiting: Sequence[Alert], now: dt.datetime) -> bool:
    first, last = waiting[0].first_at, waiting[-1].first_at
    return last <= now - CALM or first <= now - LONGEST


def _mail(alerts: Sequence[Alert], person: User) -> None:
    outbox.queue(
        # Each alert is told once, so its number is that of one mail.
        key=f"alerts:{alerts[0].pk}:user:{person.pk}",
        cause=f"alerts:user:{person.pk}",
        to_address=person.email,
        to_name=person.name,
        template="alerts",
        context={
            "count": len(alerts),
            "shown": alerts[:SHOWN],
            "more": max(0, len(alerts) - SHOWN),
            "first_kind": alerts[0].kind_label,
            "page": reverse("alerts"),
        },
    )
