"""How the rounds of the watch went: the last good end of each, and for how long there was none."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models import F

from funding import clock
from funding.alerts.models import Round

_SUCCEEDED: Final = """
INSERT INTO alerts_round (name, succeeded_at, error, missed, late) VALUES (%s, %s, '', 0, 0)
ON CONFLICT (name) DO UPDATE
SET succeeded_at = excluded.succeeded_at, failing_since = NULL, error = '', missed = 0
"""
_FAILED: Final = """
INSERT INTO alerts_round (name, failing_since, error, missed, late) VALUES (%s, %s, %s, 0, 0)
ON CONFLICT (name) DO UPDATE
SET failing_since = coalesce(alerts_round.failing_since, excluded.failing_since),
    error = excluded.error
"""


def succeeded(name: str) -> None:
    """A round came to its end."""
    with connection.cursor() as cursor:
        cursor.execute(_SUCCEEDED, [name, clock.now()])


def failed(name: str, error: Exception) -> None:
    """A round broke off. Only the kind of the error is kept: its words may hold anything."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [name, clock.now(), type(error).__name__])


def ends() -> dict[str, dt.datetime]:
    """The last good end of each round that ever had one."""
    rows = Round.objects.filter(succeeded_at__isnull=False).values_list("name", "succeeded_at")
    return {name: at for name, at in rows if at is not None}


def look(names: Collection[str], late: Collection[str]) -> dict[str, Round]:
    """Count one more look at these rounds, and at which of them old work waits.

    Returns them as they are then. A round counts its missed looks down itself, by ending well.
    """
    Round.objects.bulk_create([Round(name=name) for name in sorted(names)], ignore_conflicts=True)
    seen = Round.objects.filter(name__in=names)
    seen.update(missed=F("missed") + 1)
    seen.filter(name__in=late).update(late=F("late") + 1)
    seen.exclude(name__in=late).update(late=0)
    return {row.name: row for row in seen}
