"""Sounding an alarm, and letting it end: by itself when its cause is gone, or by a person.

All of it works inside the transaction of the deed that notices the cause, and is undone with
it. Nothing is mailed here: an alert that nobody was told of is the row that waits for that.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock, logs
from funding.alerts.models import SYSTEM, Alert, Kind
from funding.audit import log
from funding.errors import Refused

# Somebody closed it and the cause goes on: for so long the same cause opens no other.
REST: Final = dt.timedelta(days=7)
_LONGEST: Final = 500
_LONGEST_PAGE: Final = 200

# One statement, so that two who notice the same cause at once make one row.
_SOUND = """
INSERT INTO alerts_alert (kind, subject, sentence, page, first_at, last_at, times,
                          closed_by, closed_why)
VALUES (%s, %s, %s, %s, %s, %s, 1, '', '')
ON CONFLICT (kind, subject) WHERE closed_at IS NULL
DO UPDATE SET sentence = excluded.sentence, page = excluded.page,
              last_at = excluded.last_at, times = alerts_alert.times + 1
RETURNING times
"""


class AlreadyClosed(Refused):
    """Somebody else, or the end of the cause, closed it first."""


class NeedsAReason(Refused):
    """Nobody closes an alert without saying why."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong with one subject, in a sentence for people, and the page to mend it on."""

    sentence: str
    page: str = ""


def sound(*, kind: str, subject: str, sentence: str, page: str = "") -> bool:
    """Say that something is wrong. True when this opened an alert that was not there.

    The same kind and subject again is the same alert: it keeps its row, counts, and takes the
    new sentence. `page` is a path of ours. None of it may hold personal data; an address that
    slipped into the sentence is masked. Nothing of it may undo the deed that it speaks of, so
    what is too long is cut.
    """
    word, now = Kind(kind).value, clock.now()
    if _rests(word, subject, now):
        return False
    said = logs.masked(sentence)[:_LONGEST]
    shown = page if len(page) <= _LONGEST_PAGE else ""
    with connection.cursor() as cursor:
        cursor.execute(_SOUND, [word, subject, said, shown, now, now])
        is_new: bool = cursor.fetchone()[0] == 1
    return is_new


def _rests(kind: str, subject: str, now: dt.datetime) -> bool:
    """Whether a person closed it lately and the cause has been there ever since."""
    last = Alert.objects.filter(kind=kind, subject=subject).order_by("-pk").first()
    if last is None or last.closed_at is None:
        return False
    if last.gone_at is not None or last.closed_at <= now - REST:
        return False
    last.last_at, last.times = now, last.times + 1
    last.save(update_fields=["last_at", "times"])
    return True


def clear(*, kind: str, subject: str, why: str) -> bool:
    """Say that the cause is gone. True when this closed an open alert; else harmless."""
    now = clock.now()
    rows = Alert.objects.filter(kind=Kind(kind).value, subject=subject, gone_at__isnull=True)
    rows.filter(closed_at__isnull=False).update(gone_at=now)
    closed = rows.filter(closed_at__isnull=True).update(
        closed_at=now, closed_by=SYSTEM, closed_why=why[:_LONGEST], gone_at=now
    )
    return bool(closed)


@transaction.atomic
def match(*, kind: str, causes: Mapping[str, Cause], why: str, among: str = "") -> int:
    """Let the alerts of a kind be exactly these, by subject. Returns how many began or ended.

    For those who look at everything at once: what is there sounds, what is not is cleared with
    the reason `why`. `among` narrows it to subjects that begin so, where several look for one
    kind.
    """
    begun = sum(
        sound(kind=kind, subject=subject, sentence=cause.sentence, page=cause.page)
        for subject, cause in sorted(causes.items())
    )
    standing = Alert.objects.filter(
        kind=Kind(kind).value, gone_at__isnull=True, subject__startswith=among
    )
    gone = set(standing.values_list("subject", flat=True)) - set(causes)
    return begun + sum(clear(kind=kind, subject=subject, why=why) for subject in sorted(gone))


@transaction.atomic
def close(*, alert_id: int, why: str, actor: str) -> Alert:
    """A person has dealt with it, and says how. Refuses: NeedsAReason, AlreadyClosed.

    When the cause is still there it stays quiet for a week, and then opens again.
    """
    if not why.strip():
        raise NeedsAReason(_("Write what was done about it, or why nothing has to be."))
    alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
    if not alert.is_open:
        raise AlreadyClosed(_("This alert was closed before."))
    alert.closed_at, alert.closed_by = clock.now(), actor
    alert.closed_why = why.strip()[:_LONGEST]
    alert.save(update_fields=["closed_at", "closed_by", "closed_why"])
    log.record(
        actor=actor,
        action="alert.closed",
        subject=f"alert:{alert.pk}",
        kind=alert.kind,
        about=alert.subject,
    )
    return alert


def opened() -> QuerySet[Alert]:
    """The open alerts, the newest first."""
    return Alert.objects.filter(closed_at__isnull=True).order_by("-first_at", "-pk")
