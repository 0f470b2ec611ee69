"""Events given up, for the list of stuck work: handled again, or let go."""

from django.db import transaction
from django.utils.translation import gettext_lazy

from funding import clock, jobs, stuck
from funding.audit import log
from funding.gateway.inbox import given_up
from funding.gateway.models import Event, EventState
from funding.stuck import Stuck


def register() -> None:
    """Add them to the list."""
    stuck.register(
        "events",
        given_up,
        retry,
        show=show,
        label=gettext_lazy("Messages from Stripe that cannot be followed"),
        leave=leave,
    )


def show(event: Event) -> Stuck:
    """An event as the list shows it."""
    what = f"{event.kind} {event.object_id}".strip()
    return Stuck(event.pk, what, event.received_at, event.attempts, event.error)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Follow it once more, with all its attempts."""
    event = given_up().select_for_update().filter(pk=pk).first()
    if event is None:
        return
    event.state, event.handled_at, event.attempts = EventState.WAITING, None, 0
    event.due_at = clock.now()
    event.save(update_fields=["state", "handled_at", "attempts", "due_at"])
    log.record(actor=actor, action="event.retried", subject=f"event:{event.pk}")
    jobs.after_commit("funding.site.tasks.drain_inbox")


@transaction.atomic
def leave(*, pk: int, actor: str, why: str) -> None:
    """What it tells of is known otherwise, or is nothing of ours."""
    event = given_up().select_for_update().filter(pk=pk).first()
    if event is None:
        return
    event.state = EventState.LET_GO
    event.save(update_fields=["state"])
    log.record(actor=actor, action="event.let_go", subject=f"event:{event.pk}", why=why)
