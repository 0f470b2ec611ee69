"""Events, movements and payouts that do not go on, for the list of stuck work."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from funding import clock, jobs, stuck
from funding.audit import log
from funding.gateway import movements, payouts
from funding.gateway.inbox import given_up
from funding.gateway.models import Event, EventState, Movement, MovementState, Payout
from funding.money import Money
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
    stuck.register(
        "movements",
        stuck_movements,
        retry_movement,
        show=show_movement,
        label=gettext_lazy("Movements at Stripe that cannot be booked"),
    )
    stuck.register(
        "payouts",
        stuck_payouts,
        retry_payout,
        show=show_payout,
        label=gettext_lazy("Payouts that cannot be followed"),
    )


def stuck_movements() -> QuerySet[Movement]:
    """Movements whose attempts are used up, oldest first."""
    rows = Movement.objects.filter(state=MovementState.WAITING, attempts__gte=movements.ATTEMPTS)
    return rows.order_by("happened_at", "pk")


def show_movement(row: Movement) -> Stuck:
    """A movement as the list shows it."""
    what = f"{row.category} {Money(row.net_minor, row.currency).text()} {row.stripe_id}"
    return Stuck(row.pk, what, row.seen_at, row.attempts, row.error)


@transaction.atomic
def retry_movement(*, pk: int, actor: str) -> None:
    """Try to book it once more, with all its attempts."""
    if stuck_movements().filter(pk=pk).update(attempts=0, due_at=clock.now()):
        log.record(actor=actor, action="movement.retried", subject=f"movement:{pk}")


def stuck_payouts() -> QuerySet[Payout]:
    """Payouts whose attempts are used up, oldest first."""
    return Payout.objects.filter(attempts__gte=payouts.ATTEMPTS).order_by("created_at", "pk")


def show_payout(row: Payout) -> Stuck:
    """A payout as the list shows it."""
    what = f"{Money(row.amount_minor, row.currency).text()} {row.stripe_id}"
    return Stuck(row.pk, what, row.created_at, row.attempts, row.error)


@transaction.atomic
def retry_payout(*, pk: int, actor: str) -> None:
    """Ask after it once more, with all its attempts."""
    if stuck_payouts().filter(pk=pk).update(attempts=0, due_at=clock.now()):
        log.record(actor=actor, action="payout.retried", subject=f"payout:{pk}")


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
