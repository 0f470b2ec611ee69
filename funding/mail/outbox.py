"""The outbox: a mail is queued with the deed that causes it, and sent with no transaction open.

queued -> sending (claimed, committed) -> SMTP -> sent. A server that cannot take it now puts
it back with a longer wait each time; an address that is refused for good ends it as failed.
News whose reader has had enough meanwhile is not taken up: it ends as withheld.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from funding import clock, jobs
from funding.audit import log
from funding.mail import bounces, guards, pauses, writing
from funding.mail.models import Attachment, Mail, MailState, Withheld
from funding.mail.posting import NotNow, Postbox, Undeliverable, refuse_line_breaks

logger = logging.getLogger(__name__)

# Twelve attempts with waits that double from a minute reach over a day and a half.
ATTEMPTS: Final = 12
FIRST_WAIT: Final = dt.timedelta(minutes=1)
# Longer than all of an SMTP conversation's time limits together.
CLAIM_HOLDS: Final = dt.timedelta(minutes=5)
BATCH: Final = 100

# 'mail' in the upper half of the advisory lock's number keeps it apart from other locks.
_LOCK_SPACE: Final = 0x6D61696C << 32


class MailConflict(Exception):
    """The same key came again for another person or cause: a fault of the caller."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a mail."""

    name: str
    content_type: str
    content: bytes


def queue(
    *,
    key: str,
    cause: str,
    to_address: str,
    to_name: str,
    template: str,
    context: Mapping[str, Any],
    language: str = "en",
    attachments: Sequence[File] = (),
    reply_to: str = "",
    stop_url: str = "",
) -> Mail:
    """Write a mail into the outbox, in the open transaction or a short one, and ring.

    The words come from templates/emails/<template>.txt and .html and are fixed here, as is
    the Message-ID. The same key again adds none; for another address or cause: MailConflict.
    Answers go to `reply_to`, else to the contact of the entity in the context. A mail to nobody,
    because they asked to be forgotten, stays here as a fact. News names in `stop_url` where one
    click ends it, and is withheld when it was (`guards`).
    """
    guards.must_be_known(stop_url)
    refuse_line_breaks(to_address, to_name, reply_to, *(file.name for file in attachments))
    with transaction.atomic():
        if mail := Mail.objects.filter(key=key).first():
            return _same(mail, cause, to_address)
        letter, now = writing.write(template, context, language), clock.now()
        mail, is_new = Mail.objects.get_or_create(
            key=key,
            defaults={
                "cause": cause,
                "to_address": to_address,
                "to_name": to_name,
                "reply_to": reply_to or context.get("entity", {}).get("contact_email", ""),
                "stop_url": stop_url,
                "subject": letter.subject,
                "text": letter.text,
                "html": letter.html,
                "message_id": message_id(key, now),
                "language": language,
                "queued_at": now,
                "due_at": now,
                "state": MailState.QUEUED if to_address else MailState.LET_GO,
            },
        )
        if not is_new:
            return _same(mail, cause, to_address)
        _attach(mail, attachments)
        jobs.after_commit("funding.mail.tasks.deliver", mail.pk)
    return mail


def waiting() -> QuerySet[Mail]:
    """The mails that are still to be sent."""
    return Mail.objects.filter(state__in=[MailState.QUEUED, MailState.SENDING])


def about(cause: str) -> QuerySet[Mail]:
    """The mails of a cause, the oldest first, without their bodies."""
    return Mail.objects.filter(cause=cause).defer("text", "html").order_by("queued_at", "pk")


def sent_with_prefix(prefix: str) -> int:
    """How many mails have a key that begins so, in whatever state."""
    return Mail.objects.filter(key__startswith=prefix).count()


def deliver(mail_id: int) -> bool:
    """Send one mail if it is due and nobody else is sending it. True when it has left."""
    if pauses.is_on():
        return False
    with Postbox() as box:
        return _deliver(mail_id, box)


def send_due() -> int:
    """Send what waits, oldest first, over one connection. Returns how many mails have left.

    Finds again what a worker claimed and never finished; that goes out under its first
    Message-ID.
    """
    now = clock.now()
    if pauses.is_on():
        return 0
    _give_up_on_lost_claims(now)
    due = Mail.objects.filter(_claimable(now)).order_by("due_at", "pk")
    left = 0
    with Postbox() as box:
        for mail_id in list(due.values_list("pk", flat=True)[:BATCH]):
            left += _deliver(mail_id, box)
            if box.is_shut:
                # The others keep their attempts for when the server answers again.
                break
    return left


def _attach(mail: Mail, files: Sequence[File]) -> None:
    Attachment.objects.bulk_create(
        Attachment(mail=mail, name=file.name, content_type=file.content_type, content=file.content)
        for file in files
    )


def _same(mail: Mail, cause: str, to_address: str) -> Mail:
    if (mail.cause, mail.to_address) != (cause, to_address):
        raise MailConflict(f"{mail.key} is in the outbox for another person or cause.")
    return mail


def message_id(key: str, queued_at: dt.datetime) -> str:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    digest = hashlib.sha256(f"{key} {queued_at.isoformat()}".encode()).hexdigest()
    return f"<{digest[:32]}@{host}>"


def _claimable(now: dt.datetime) -> Q:
    return Q(state=MailState.QUEUED, due_at__lte=now) | Q(
        state=MailState.SENDING, claimed_at__lt=now - CLAIM_HOLDS, attempts__lt=ATTEMPTS
    )


def _deliver(mail_id: int, box: Postbox) -> bool:
    with _alone(mail_id) as alone:
        mail = _claim(mail_id) if alone else None
        if mail is None:
            return False
        try:
            box.post(mail)
        except Undeliverable as error:
            _give_up(mail, str(error))
            logger.warning("mail refused mail=%s why=%s", mail.pk, error)
            return False
        except NotNow as error:
            _try_later(mail, str(error))
            return False
        _end(mail, MailState.SENT, sent_at=clock.now())
        if mail.error:
            bounces.arrived(mail.cause)
        return True


@contextmanager
def _alone(mail_id: int) -> Iterator[bool]:
    """Whether no other living session is sending this mail.

    The age of a claim is told by a clock that a rehearsal may move by a day while a worker
    speaks SMTP; the lock is held by the worker's session and ends with it, not with time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_SPACE + mail_id])
        got_it = cursor.fetchone()[0]
    try:
        yield got_it
    finally:
        if got_it:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_SPACE + mail_id])


@transaction.atomic
def _claim(mail_id: int) -> Mail | None:
    """Take a mail up, if it is due and may still leave."""
    now = clock.now()
    due = Mail.objects.filter(_claimable(now), pk=mail_id)
    news = due.exclude(stop_url="").defer("text", "html").first()
    if news is not None and (why := guards.against(news)) is not None:
        _withhold(news, why)
        return None
    claimed = due.update(state=MailState.SENDING, attempts=F("attempts") + 1, claimed_at=now)
    return Mail.objects.prefetch_related("attachments").get(pk=mail_id) if claimed else None


def _withhold(mail: Mail, why: Withheld) -> None:
    """Record, in the open transaction, that a mail is not sent, and why."""
    # Whoever took it before may have died after the server's 250: then it says so.
    was_taken = mail.state == MailState.SENDING
    held = Mail.objects.filter(pk=mail.pk, state=mail.state).update(
        state=MailState.WITHHELD,
        withheld_for=why,
        claimed_at=None,
        error="A worker that was lost had taken it up before, and may have sent it."
        if was_taken
        else "",
    )
    if held:
        log.record(actor="system", action="mail.withheld", subject=f"mail:{mail.pk}", why=why.value)
        bounces.settle(mail.cause, f"Not sent: {why.label}.")


def _end(mail: Mail, state: MailState, **fields: Any) -> None:  # noqa: ANN401 -- column values
    # Once the server has said 250 the mail is sent, whatever a sweep thought meanwhile.
    held = {} if state == MailState.SENT else {"state": MailState.SENDING}
    Mail.objects.filter(pk=mail.pk, **held).update(
        state=state, claimed_at=None, **({"error": ""} | fields)
    )


@transaction.atomic
def _give_up(mail: Mail, why: str) -> None:
    _end(mail, MailState.FAILED, error=why)
    bounces.sound(mail, why)


def _try_later(mail: Mail, why: str) -> None:
    if mail.attempts >= ATTEMPTS:
        _give_up(mail, why)
        logger.error("mail given up mail=%s why=%s", mail.pk, why)
        return
    wait = FIRST_WAIT * 2 ** (mail.attempts - 1)
    _end(mail, MailState.QUEUED, error=why, due_at=clock.now() + wait)
    logger.warning("mail waits mail=%s attempts=%s why=%s", mail.pk, mail.attempts, why)


def _give_up_on_lost_claims(now: dt.datetime) -> None:
    lost = Mail.objects.filter(
        state=MailState.SENDING, claimed_at__lt=now - CLAIM_HOLDS, attempts__gte=ATTEMPTS
    )
    for mail in lost.order_by("pk"):
        _give_up(mail, "Every worker that took it was lost.")
