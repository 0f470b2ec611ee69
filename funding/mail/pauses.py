"""A pause of the outbox: mails wait until a person has looked at them and lets them go."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from funding import clock
from funding.audit import log
from funding.mail.models import Mail, MailState, Pause

_WAITING = (MailState.QUEUED, MailState.SENDING)


def begin(*, why: str) -> Pause:
    """Let no mail leave from now on. A pause that is on already goes on."""
    found = Pause.objects.filter(ended_at__isnull=True).first()
    return found or Pause.objects.create(began_at=clock.now(), why=why)


def is_on() -> bool:
    """Whether mails are paused."""
    return Pause.objects.filter(ended_at__isnull=True).exists()


def held() -> QuerySet[Mail]:
    """The mails that wait for the end of the pause, the oldest first."""
    waiting = Mail.objects.filter(state__in=_WAITING) if is_on() else Mail.objects.none()
    return waiting.order_by("queued_at", "pk")


@transaction.atomic
def leave(*, pk: int, actor: str) -> bool:
    """One of the held mails is not to be sent at all. False when it is not held any more."""
    if not is_on():
        return False
    left = Mail.objects.filter(pk=pk, state__in=_WAITING).update(
        state=MailState.LET_GO, claimed_at=None
    )
    if left:
        log.record(actor=actor, action="mail.let_go", subject=f"mail:{pk}")
    return bool(left)


@transaction.atomic
def leave_older(*, than: dt.datetime, actor: str) -> int:
    """None of the held mails that were written by an instant is to be sent. How many."""
    older = list(held().filter(queued_at__lte=than).values_list("pk", flat=True))
    return sum(leave(pk=pk, actor=actor) for pk in older)


@transaction.atomic
def end(*, actor: str) -> bool:
    """Let the mails that are left go. False when there is no pause any more."""
    pause = Pause.objects.select_for_update(no_key=True).filter(ended_at__isnull=True).first()
    if pause is None:
        return False
    pause.ended_at, pause.ended_by = clock.now(), actor
    pause.save(update_fields=["ended_at", "ended_by"])
    log.record(actor=actor, action="mail.pause_ended", subject=f"pause:{pause.pk}")
    return True
