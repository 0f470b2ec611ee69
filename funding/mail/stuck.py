"""Mails that did not arrive, for the list of stuck work: sent again, or let go."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock, jobs, stuck
from funding.audit import log
from funding.mail import bounces
from funding.mail.models import Mail, MailState
from funding.stuck import Stuck


def register() -> None:
    """Add them to the list."""
    stuck.register(
        "mails",
        bounces.lost,
        retry,
        show=show,
        label=gettext_lazy("Mails that did not arrive"),
        leave=leave,
    )


def show(mail: Mail) -> Stuck:
    """A mail as the list shows it: what it is about, never to whom it went."""
    what = _("%(cause)s, %(state)s") % {"cause": mail.cause, "state": mail.get_state_display()}
    page = stuck.page_of(mail.cause)
    return Stuck(mail.pk, what, mail.queued_at, mail.attempts, mail.error, page)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Send it once more, with all its attempts and the same Message-ID."""
    mail = bounces.lost().select_for_update().filter(pk=pk).first()
    if mail is None:
        return
    # Its error stays until it has left: then the alert of its cause ends.
    mail.state, mail.sent_at, mail.attempts = MailState.QUEUED, None, 0
    mail.due_at = clock.now()
    mail.save(update_fields=["state", "sent_at", "attempts", "due_at"])
    log.record(actor=actor, action="mail.retried", subject=f"mail:{mail.pk}", cause=mail.cause)
    jobs.after_commit("funding.mail.tasks.deliver", mail.pk)


@transaction.atomic
def leave(*, pk: int, actor: str, why: str) -> None:
    """Nobody will get it: the address is dead, or the person was told otherwise."""
    mail = bounces.lost().select_for_update().filter(pk=pk).first()
    if mail is None:
        return
    mail.state = MailState.LET_GO
    mail.save(update_fields=["state"])
    log.record(actor=actor, action="mail.let_go", subject=f"mail:{mail.pk}", cause=mail.cause)
    bounces.settle(mail.cause, why)
