"""What a restore changes beyond bringing rows back, within its transaction.

The world went on after the backup: mails were sent, numbers were given, people signed out. The
books cannot know which, so nothing that was given is given again, and nothing is sent twice
unless a person says so.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib.sessions.models import Session
from django.db import connection

from funding import clock
from funding.audit import log
from funding.documents import register
from funding.documents.models import Gap, Sequence
from funding.mail import pauses
from funding.parties.models import Entity
from funding.recovery.archive import Manifest
from funding.recovery.models import Restore
from funding.recovery.refusals import CannotRestore

# A fund that issues more documents than this in a day says itself how far it had come.
NUMBERS_A_DAY: Final = 1_000
IDS: Final = {"bigint": 1_000_000, "integer": 100_000}
_SERIES: Final = re.compile(r"([A-Z0-9]+(?:-[A-Z]+)?-\d{4})=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was changed: numbers left out, mails that wait, and people to sign in again."""

    restore: Restore
    gaps: list[Gap]
    mails: int
    sessions: int


def highest(texts: list[str]) -> dict[str, int]:
    """'MF-2026=231' for each series of which the last number is known. Refuses: CannotRestore."""
    found = {}
    for text in texts:
        told = _SERIES.fullmatch(text)
        if told is None:
            raise CannotRestore(f"'{text}' is no last number; write it like MF-2026=231.")
        found[told[1]] = int(told[2])
    return found


def settle(*, file: str, manifest: Manifest, last: Mapping[str, int]) -> Aftermath:
    """Write the restore down, and keep apart what came before it from what follows.

    Refuses: CannotRestore, for a last number that the backup itself goes beyond.
    """
    now = clock.now()
    taken_at = dt.datetime.fromisoformat(manifest["taken_at"])
    restore = Restore.objects.create(
        file=file,
        sha256=manifest["sha256"],
        version=manifest["version"],
        taken_at=taken_at,
        restored_at=max(now, taken_at),
    )
    _leap()
    gaps = _leave_numbers_out(restore, last)
    pauses.begin(why=restore.cause)
    sessions = Session.objects.all().delete()[0]
    log.record(
        actor="system",
        action="backup.restored",
        subject=restore.cause,
        file=file,
        taken_at=manifest["taken_at"],
        sha256=manifest["sha256"],
    )
    return Aftermath(restore, gaps, pauses.held().count(), sessions)


def _leap() -> None:
    """Let no id be given twice: Stripe, mails and logs still hold those given since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, sequencename), data_type::text,"
            " coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'"
        )
        for name, kind, last in cursor.fetchall():
            if kind in IDS:
                cursor.execute("SELECT setval(%s::regclass, %s)", [name, last + IDS[kind]])


def _leave_numbers_out(restore: Restore, last: Mapping[str, int]) -> list[Gap]:
    days = (restore.restored_at - restore.taken_at).days + 1
    unknown = dict(last)
    found = []
    for entity in Entity.objects.order_by("pk"):
        for series, year in product(register.all_series(entity), _years(restore, entity)):
            name = f"{series}-{year}"
            told = unknown.pop(name, None)
            before = _last(entity, series, year)
            if told is not None and told < before:
                raise CannotRestore(
                    f"The backup holds {name}-{before:06d}, which is beyond {told}."
                )
            gap = register.skip(
                entity_id=entity.pk,
                series=series,
                year=year,
                last=before + days * NUMBERS_A_DAY if told is None else told,
                why=f"May have been given between {restore.taken_at:%Y-%m-%d %H:%M} and "
                f"{restore.restored_at:%Y-%m-%d %H:%M} UTC; those books were lost.",
                actor="system",
            )
            found += [gap] if gap else []
    if unknown:
        raise CannotRestore(f"There is no series {', '.join(unknown)} since the backup.")
    return found


def _years(restore: Restore, entity: Entity) -> range:
    zone = ZoneInfo(entity.zone)
    begin, end = restore.taken_at.astimezone(zone), restore.restored_at.astimezone(zone)
    return range(begin.year, end.year + 1)


def _last(entity: Entity, series: str, year: int) -> int:
    rows = Sequence.objects.filter(entity=entity, series=series, year=year)
    return rows.values_list("last", flat=True).first() or 0
