"""What referees write of an application: asked by mail as it is sent, once each, by a link.

The link needs no account. It is good for one person's words on one application, until they
have answered or three weeks are over.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.mail import forgetting, links
from funding.users.models import User
from grants import identities, naming_notices, texts
from grants.models import Application, ApplicationState, Referee

LIVES: Final = dt.timedelta(days=21)
# How long before the end a referee is reminded, once each.
AHEAD: Final = tuple(dt.timedelta(days=days) for days in (7, 2))
PURPOSE: Final = "reference"
LONGEST: Final = 8_000
# A reference to what was not funded is read by nobody after that.
KEPT: Final = dt.timedelta(days=365)
_GONE: Final = "erased"


class ReferenceEnded(Refused):
    """It was answered, taken back, or its day is over."""


class NothingWritten(Refused):
    """A reference without words, or with more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One referee and how far it is; `words` only for who may read them."""

    referee: Referee
    words: str

    @property
    def state(self) -> str:
        """In a word, for a page."""
        row = self.referee
        if row.written_at:
            return "written"
        if row.declined_at:
            return "declined"
        return "waits" if is_open(row) else "over"


def ask(application: Application) -> None:
    """Mail each referee who was not asked yet, in the open transaction. Again: nothing."""
    now = clock.now()
    rows = Referee.objects.select_for_update(no_key=True).filter(
        application=application, asked_at=None, withdrawn_at=None, may_be_asked=True
    )
    for row in rows.exclude(email="").order_by("position"):
        row.asked_at, row.expires_at = now, now + LIVES
        row.save(update_fields=["asked_at", "expires_at"])
        naming_notices.reference_asked(row)


def withdraw(application: Application) -> None:
    """Ask nobody any more, in the open transaction. What was answered stays."""
    rows = Referee.objects.filter(application=application, withdrawn_at=None)
    rows.filter(written_at=None, declined_at=None).update(withdrawn_at=clock.now())


def referee_of(token: str) -> Referee | None:
    """Whose link this is; None for a link that is not ours or too old."""
    told = links.read(PURPOSE, token, lives=LIVES)
    if told is None:
        return None
    rows = Referee.objects.select_related(
        "application__project__organisation", "application__round__entity", "application__applicant"
    )
    return rows.filter(uuid=told, erased_at=None).first()


def is_open(row: Referee) -> bool:
    """Whether the referee can still answer."""
    is_answered = row.written_at or row.declined_at or row.withdrawn_at
    return (
        not is_answered
        and row.expires_at is not None
        and clock.now() < row.expires_at
        and row.application.state == ApplicationState.SUBMITTED
    )


@transaction.atomic
def write(*, referee_id: int, words: str, may_applicant_read: bool) -> Referee:
    """Keep what a referee wrote, for good. The same again: nothing.

    Raises NothingWritten, ReferenceEnded.
    """
    said = texts.paragraphs(words)
    if not said:
        raise NothingWritten(_("Write what you want to say."))
    if len(said) > LONGEST:
        sentence = _("Write at most %(most)s characters; these are %(there)s.")
        raise NothingWritten(sentence % {"most": LONGEST, "there": len(said)})
    row = _lock(referee_id)
    if row.words == said and row.may_applicant_read == may_applicant_read:
        return row
    _must_be_open(row)
    row.words, row.may_applicant_read, row.written_at = said, may_applicant_read, clock.now()
    row.save(update_fields=["words", "may_applicant_read", "written_at"])
    _record(row, "written")
    return row


@transaction.atomic
def decline(*, referee_id: int) -> Referee:
    """The referee does not want to write. Again: nothing. Raises ReferenceEnded."""
    row = _lock(referee_id)
    if row.declined_at is None:
        _must_be_open(row)
        row.declined_at = clock.now()
        row.save(update_fields=["declined_at"])
        _record(row, "declined")
    return row


def _lock(referee_id: int) -> Referee:
    # The application before the referee, so that no decision comes between look and word.
    told = Referee.objects.get(pk=referee_id)
    Application.objects.select_for_update(no_key=True).get(pk=told.application_id)
    return Referee.objects.select_for_update(no_key=True).get(pk=referee_id)


def _must_be_open(row: Referee) -> None:
    if not is_open(row):
        raise ReferenceEnded(
            _("This was answered already, or it is no longer needed. Nothing was changed.")
        )


def for_readers(application: Application, person: User) -> list[Reference]:
    """What referees wrote, for those to whom the application is open; nothing while names of
    its applicant are hidden from the person."""
    if not application.round.asks_references or identities.is_hidden(application, person):
        return []
    return [Reference(row, row.words) for row in _rows(application)]


def for_applicant(application: Application) -> list[Reference]:
    """Who was asked and how far it is; the words only where their writer lets them be read."""
    if not application.round.asks_references:
        return []
    rows = _rows(application)
    return [Reference(row, row.words if row.may_applicant_read else "") for row in rows]


def _rows(application: Application) -> list[Referee]:
    rows = Referee.objects.filter(application=application, asked_at__isnull=False)
    still = rows.filter(Q(withdrawn_at=None) | Q(written_at__isnull=False))
    return list(still.select_related("application").order_by("position", "pk"))


def due(now: dt.datetime | None = None) -> QuerySet[Referee]:
    """The referees who are to be reminded."""
    at = now or clock.now()
    which = Q(pk__in=[])
    for number, ahead in enumerate(AHEAD):
        which |= Q(reminded=number, expires_at__lte=at + ahead)
    return Referee.objects.filter(
        which,
        expires_at__gt=at,
        written_at=None,
        declined_at=None,
        withdrawn_at=None,
        application__state=ApplicationState.SUBMITTED,
    )


def sweep() -> int:
    """Remind whoever has not answered, and let go what is past its year."""
    return sum(_remind(pk) for pk in list(due().values_list("pk", flat=True)[:100])) + _let_go()


@transaction.atomic
def _remind(referee_id: int) -> int:
    _lock(referee_id)
    now = clock.now()
    row = due(now).filter(pk=referee_id).select_related("application__round__entity").first()
    if row is None or row.expires_at is None:
        return 0
    # Whoever missed the first is not reminded twice in a day.
    end = row.expires_at
    row.reminded = sum(end - ahead <= now for ahead in AHEAD)
    row.save(update_fields=["reminded"])
    naming_notices.reference_asked(row, reminder=row.reminded)
    return 1


def past() -> QuerySet[Referee]:
    """Referees of what was not funded, a year after it ended."""
    before = clock.now() - KEPT
    ended = Q(application__state=ApplicationState.DECLINED, application__decided_at__lt=before)
    ended |= Q(application__state=ApplicationState.WITHDRAWN, application__saved_at__lt=before) & Q(
        application__round__closes_at__lt=before
    )
    return Referee.objects.filter(ended, erased_at=None)


def _let_go() -> int:
    rows = list(past().values_list("pk", flat=True)[:100])
    for pk in rows:
        erase([pk], with_words=True)
    return len(rows)


def erase(ids: Iterable[int], *, with_words: bool) -> None:
    """Take these people out: names, address, and, where told, what they wrote. Again: nothing.

    That somebody was asked, and when, stays.
    """
    for pk in ids:
        with transaction.atomic():
            row = Referee.objects.select_for_update(no_key=True).get(pk=pk)
            if row.erased_at is None:
                row.erased_at = clock.now()
            facts: dict[str, Any] = {"organisation": "", "relation": "", "name": _GONE}
            facts["email"] = f"{_GONE}-{row.pk}@erased.invalid"
            if with_words and row.words:
                facts["words"] = _GONE
            if row.withdrawn_at is None and not row.written_at and not row.declined_at:
                facts["withdrawn_at"] = row.erased_at
            for name, value in facts.items():
                setattr(row, name, value)
            row.save(update_fields=[*facts, "erased_at"])
        for number in range(len(AHEAD) + 1):
            forgetting.forget(naming_notices.reference_key(pk, number))


def _record(row: Referee, verb: str) -> None:
    log.record(
        actor="link",
        action=f"reference.{verb}",
        subject=f"application:{row.application_id}",
        referee=row.pk,
    )
