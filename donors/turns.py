"""Changes of pledges are made: said to Stripe, and taken down as done or refused.

The call carries a key of the change's row, so that it is made once however often it is tried.
What Stripe will not do is refused with its reason, and all stays as it was.
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from donors import instalments, pledge_mails, pledges, rhythms, splits, subscriptions
from donors.models import ChangeKind, ChangeState, EndedWhy, Pledge, PledgeChange, Rhythm
from funding import clock
from funding.audit import log
from funding.gateway import invoices
from funding.gateway import subscriptions as gateway
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.invoices import Declined
from funding.gateway.subscriptions import Plan
from funding.money import Money

logger = logging.getLogger(__name__)

# So many attempts that broke off, and somebody is told.
STUCK_AFTER: Final = 8
_LEASE: Final = dt.timedelta(minutes=2)


def make(change_id: int) -> PledgeChange:
    """Do at Stripe what was asked for, and take it down. Harmless when repeated.

    Never raises for what Stripe says: the row tells whether it was done, refused or waits.
    """
    change = PledgeChange.objects.select_related("pledge__fund").get(pk=change_id)
    if change.state != ChangeState.ASKED:
        return change
    asked_at = clock.now()
    try:
        plan = _call(change)
    except Unreachable as error:
        _wait(change, error)
    except (Declined, Rejected, Missing) as error:
        _refuse(change_id, str(error))
        _look(change)
    else:
        _done(change_id, plan, asked_at)
        _look(change)
    return PledgeChange.objects.select_related("pledge").get(pk=change_id)


def _call(change: PledgeChange) -> Plan | None:
    """Say it to Stripe. None when Stripe need not know."""
    pledge, key = change.pledge, f"change:{change.uuid}:{change.kind}:{change.key_version}"
    if change.kind == ChangeKind.FUND:
        return None
    if change.kind == ChangeKind.END:
        return _end(change, key)
    if change.kind == ChangeKind.RETRY:
        invoices.pay(change.after["invoice"], key=key)
        return gateway.fetch(pledge.subscription)
    plan = gateway.fetch(pledge.subscription)
    if plan.ended_at is not None:
        raise Rejected("The subscription has ended.")
    return _update(change, plan, key)


def _update(change: PledgeChange, plan: Plan, key: str) -> Plan:
    pledge, after = change.pledge, change.after
    match change.kind:
        case ChangeKind.AMOUNT | ChangeKind.RHYTHM:
            rhythm = Rhythm(after.get("rhythm", pledge.rhythm))
            return gateway.reprice(
                plan,
                key=key,
                amount=Money(after["amount_minor"], pledge.currency),
                cover=Money(after["cover_minor"], pledge.currency),
                recurring=rhythms.RECURRING[rhythm],
            )
        case ChangeKind.DAY:
            return gateway.move(plan, key=key, next_at=dt.datetime.fromisoformat(after["next_at"]))
        case ChangeKind.SKIP | ChangeKind.PAUSE:
            until = dt.datetime.fromisoformat(after["resumes_at"])
            return gateway.pause(plan, key=key, until=until)
        case ChangeKind.RESUME:
            return gateway.resume(plan, key=key)
        case _:
            return gateway.charge_from(plan, key=key, method=after["method_id"])


def _end(change: PledgeChange, key: str) -> Plan:
    plan = gateway.cancel(change.pledge.subscription)
    # The page of an unpaid instalment must not take money for a pledge that is over.
    instalment = instalments.open_of(change.pledge)
    invoice = instalment.invoice if instalment else change.after.get("invoice")
    if invoice:
        try:
            invoices.void(invoice, key=f"{key}:void")
        except Rejected:
            logger.info("invoice %s was not open any more", invoice)
    return plan


@transaction.atomic
def _done(change_id: int, plan: Plan | None, asked_at: dt.datetime) -> None:
    row = PledgeChange.objects.values_list("pledge_id", flat=True).get(pk=change_id)
    pledge = pledges.lock(row)
    change = PledgeChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.state != ChangeState.ASKED:
        return
    for name in ("amount_minor", "cover_minor", "rhythm", "fund_id"):
        if name in change.after:
            setattr(pledge, name, change.after[name])
    pledge.save()
    if "shares" in change.after:
        splits.write(pledge, splits.read(change.before | change.after))
    if plan is not None:
        why = EndedWhy(change.after["why"]) if change.kind == ChangeKind.END else None
        pledge = subscriptions.project(pledge_id=pledge.pk, plan=plan, asked_at=asked_at, why=why)
    if change.kind == ChangeKind.METHOD:
        change.after = change.after | {"method": pledge.method}
    change.state, change.ended_at, change.error = ChangeState.DONE, clock.now(), ""
    change.save()
    _log(change)
    change.pledge = pledge
    if change.kind not in (ChangeKind.RETRY, ChangeKind.END):
        pledge_mails.changed(change)


def _log(change: PledgeChange) -> None:
    log.record(
        actor=change.actor,
        action=f"pledge.{change.kind}.{change.state}",
        subject=f"pledge:{change.pledge_id}",
        change=change.pk,
    )


@transaction.atomic
def _refuse(change_id: int, why: str) -> None:
    change = PledgeChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.state == ChangeState.ASKED:
        give_up(change, why)


def give_up(change: PledgeChange, why: str) -> None:
    """Refuse the locked change with a reason. All stays as it was."""
    change.state, change.ended_at, change.error = ChangeState.REFUSED, clock.now(), why[:2000]
    change.save(update_fields=["state", "ended_at", "error"])
    _log(change)


def _wait(change: PledgeChange, error: Unreachable) -> None:
    """Try again later. An answer that Stripe keeps needs another key, and asks for the same."""
    rows = PledgeChange.objects.filter(pk=change.pk, state=ChangeState.ASKED)
    if error.is_stored:
        rows.filter(key_version=change.key_version).update(key_version=F("key_version") + 1)
    wait = dt.timedelta(minutes=2 ** min(change.attempts, 7))
    rows.update(attempts=F("attempts") + 1, due_at=clock.now() + wait, error=error.sentence)


def _look(change: PledgeChange) -> None:
    """Take down at once what a retried payment came to."""
    if change.kind != ChangeKind.RETRY:
        return
    try:
        instalments.follow_if_open(change.pledge_id, change.after["invoice"])
    except (Unreachable, Missing):
        # The round that looks after every pledge will.
        Pledge.objects.filter(pk=change.pledge_id).update(due_at=clock.now())


def waiting() -> QuerySet[PledgeChange]:
    """The changes that are asked for and not done yet."""
    return PledgeChange.objects.filter(state=ChangeState.ASKED)


def stuck() -> QuerySet[PledgeChange]:
    """The changes that could not be made for some time, the oldest first."""
    return waiting().filter(attempts__gte=STUCK_AFTER).order_by("created_at", "pk")


def sweep(*, limit: int = 200) -> int:
    """Make every change that is due. Returns how many have ended."""
    now = clock.now()
    due = waiting().filter(due_at__lte=now).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(change_id: int) -> int:
    now = clock.now()
    rows = waiting().filter(pk=change_id, due_at__lte=now)
    if not rows.update(due_at=now + _LEASE):
        return 0
    return int(make(change_id).state != ChangeState.ASKED)
