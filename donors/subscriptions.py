"""How a pledge stands at Stripe, copied here: whoever brings the news, and never backwards."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from donors import (
    earlier_pledges,
    instalments,
    pledge_mails,
    pledges,
    rhythms,
    splits,
    tributes,
)
from donors.gifts import PAGE_LIVES, waits_for_link
from donors.models import ChangeKind, ChangeState, EndedWhy, Pledge, PledgeState
from donors.models.pledges import RUNNING
from funding import clock
from funding.audit import log
from funding.gateway import invoices, subscriptions
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.subscriptions import Plan
from funding.users import guests

logger = logging.getLogger(__name__)

LEASE: Final = dt.timedelta(minutes=2)
# Webhooks tell of what happens; without any, a day is how late we may be.
_LOOK_AGAIN: Final = dt.timedelta(hours=24)
# So many looks in a row that broke off, and somebody is told.
STUCK_AFTER: Final = 8
# A page must live half an hour when it is made, so one not made in this time never will be.
GIVE_UP_AFTER: Final = PAGE_LIVES - dt.timedelta(minutes=35)
_NOT_BEGUN: Final = (PledgeState.STARTED, PledgeState.LEFT)
_WHY: Final = {"payment_failed": EndedWhy.LAPSED, "payment_disputed": EndedWhy.DISPUTED}


def follow(pledge_id: int) -> Pledge:
    """Ask Stripe how a pledge stands, and take that down. Refuses: Unreachable."""
    pledge = Pledge.objects.get(pk=pledge_id)
    if pledge.state in (PledgeState.ENDED, PledgeState.LEFT):
        return pledge
    if not (pledge.checkout or pledge.subscription):
        return pledge
    subscription = pledge.subscription
    if not subscription:
        page = subscriptions.fetch_page(pledge.checkout)
        if page.status == "expired":
            return leave(pledge_id=pledge_id)
        subscription = page.subscription
        if not subscription:
            return pledge
    asked_at = clock.now()
    pledge = project(pledge_id=pledge_id, plan=subscriptions.fetch(subscription), asked_at=asked_at)
    for invoice in invoices.latest(subscription):
        instalments.follow_if_open(pledge_id, invoice)
    pledge.refresh_from_db()
    return pledge


@transaction.atomic
def leave(*, pledge_id: int) -> Pledge:
    """Give up a pledge whose page was left. One that has begun stays as it is."""
    pledge = pledges.lock(pledge_id)
    if pledge.state == PledgeState.STARTED:
        pledge.state, pledge.ended_at = PledgeState.LEFT, clock.now()
        pledge.save(update_fields=["state", "ended_at"])
        tributes.give_up(pledge)
        log.record(actor="stripe", action="pledge.left", subject=f"pledge:{pledge.pk}")
    return pledge


@transaction.atomic
def project(
    *, pledge_id: int, plan: Plan, asked_at: dt.datetime, why: EndedWhy | None = None
) -> Pledge:
    """Take down how a subscription stands. What was asked earlier than the row knows, and
    whatever comes after an end, changes nothing. `why` is ours, where we have ended it.
    """
    pledge = pledges.lock(pledge_id)
    if pledge.state == PledgeState.ENDED or (pledge.told_at and asked_at < pledge.told_at):
        return pledge
    before = pledge.state
    _copy(pledge, plan, asked_at)
    _stand(pledge, plan, why)
    pledge.save()
    if pledge.state != before:
        log.record(
            actor="stripe",
            action=f"pledge.{pledge.state}",
            subject=f"pledge:{pledge.pk}",
            before=before,
        )
    if pledge.state != before and pledge.is_running and plan.status != "incomplete":
        earlier_pledges.continued(pledge)
    if pledge.state == PledgeState.ENDED:
        instalments.give_up(pledge)
        tributes.give_up(pledge)
        pledge_mails.ended(pledge)
    elif before in _NOT_BEGUN or (pledge.again_of_id and before == PledgeState.BEHIND):
        _welcome(pledge, plan)
    return pledge


def _welcome(pledge: Pledge, plan: Plan) -> None:
    """Say once that it runs. One whose first payment waits for its bank does not run yet."""
    if pledge.donor.email:
        guests.ensure(pledge.donor.email, pledge.donor.name)
    if plan.status != "incomplete" and pledge.instalments.count() <= 1:
        pledge_mails.begun(pledge)


def _copy(pledge: Pledge, plan: Plan, asked_at: dt.datetime) -> None:
    """What is Stripe's to say. A sum that somebody changed there is what will be taken."""
    if plan.amount != pledge.gross:
        log.record(
            actor="stripe",
            action="pledge.followed",
            subject=f"pledge:{pledge.pk}",
            before=pledge.gross.minor,
            after=plan.amount.minor,
        )
        pledge.amount_minor, pledge.cover_minor = plan.amount.minor, 0
        splits.write(pledge, splits.of(pledge))
    pledge.rhythm = rhythms.rhythm_of(plan.recurring) or pledge.rhythm
    pledge.subscription, pledge.customer = plan.id, plan.customer
    pledge.item, pledge.product = plan.item, plan.product
    pledge.method = plan.method or pledge.method
    pledge.card_ends_on, pledge.next_at = plan.card_ends_on, plan.next_at
    pledge.told_at = asked_at


def _stand(pledge: Pledge, plan: Plan, why: EndedWhy | None) -> None:
    now = clock.now()
    pledge.began_at = pledge.began_at or now
    pledge.resumes_at = None
    if plan.ended_at is not None:
        pledge.state, pledge.ended_at = PledgeState.ENDED, plan.ended_at
        never = EndedWhy.LAPSED if plan.status == "incomplete_expired" else EndedWhy.STRIPE
        known = why or _asked_why(pledge) or _WHY.get(plan.ended_reason)
        pledge.ended_why = known or never
        return
    pledge.ended_at = None
    if plan.is_paused:
        pledge.state, pledge.resumes_at = PledgeState.PAUSED, plan.resumes_at
    elif plan.status in ("active", "trialing"):
        pledge.state = PledgeState.ACTIVE
    else:
        pledge.state = PledgeState.BEHIND


def _asked_why(pledge: Pledge) -> EndedWhy | None:
    """Why we have asked for the end, when its news is here before the answer to our call."""
    asked = pledge.changes.filter(kind=ChangeKind.END, state=ChangeState.ASKED).first()
    return EndedWhy(asked.after["why"]) if asked else None


def follow_page(session_id: str) -> bool:
    """Follow the pledge behind a page. False when it is not one of ours."""
    pledge = Pledge.objects.filter(checkout=session_id).first()
    if pledge is None:
        pledge = pledges.by_reference(subscriptions.fetch_page(session_id).reference)
        if pledge is None:
            return False
        # We stopped between Stripe's answer and writing it down: pick the page up now.
        Pledge.objects.filter(pk=pledge.pk, checkout="").update(checkout=session_id)
    follow(pledge.pk)
    return True


def follow_subscription(subscription: str) -> bool:
    """Follow the pledge behind a subscription. False when it is not one of ours."""
    asked_at = clock.now()
    pledge = Pledge.objects.filter(subscription=subscription).first()
    plan = subscriptions.fetch(subscription)
    pledge = pledge or pledges.by_reference(plan.reference)
    if pledge is None:
        return False
    project(pledge_id=pledge.pk, plan=plan, asked_at=asked_at)
    return True


def follow_invoice(invoice_id: str) -> bool:
    """Follow the instalment behind an invoice. False when it is not of a pledge of ours."""
    asked_at = clock.now()
    bill = invoices.fetch(invoice_id)
    pledge = Pledge.objects.filter(subscription=bill.subscription).exclude(subscription="").first()
    pledge = pledge or pledges.by_reference(bill.reference)
    if pledge is None:
        return False
    if pledge.began_at is None:
        follow_subscription(bill.subscription)
    instalments.take_down(pledge_id=pledge.pk, bill=bill, asked_at=asked_at)
    return True


def follow_payment(payment_intent: str) -> bool:
    """Follow the instalment that a payment is for. False when it is for none of ours."""
    invoice = invoices.of_payment(payment_intent)
    return bool(invoice) and follow_invoice(invoice)


# Asked to be begun again, and not known at Stripe yet: looked after by `comebacks`.
COMING_BACK: Final = Q(
    state=PledgeState.STARTED, again_of__isnull=False, checkout="", subscription=""
)


def waiting() -> QuerySet[Pledge]:
    """The pledges that are begun or may begin."""
    return Pledge.objects.filter(state__in=[PledgeState.STARTED, *RUNNING])


def stuck() -> QuerySet[Pledge]:
    """The pledges that could not be followed for some time, the oldest first."""
    return waiting().filter(failures__gte=STUCK_AFTER).order_by("created_at", "pk")


def sweep(*, limit: int = 200) -> int:
    """Ask after every pledge that is due. Returns how many have moved."""
    due = waiting().exclude(COMING_BACK).filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(
        _sweep_one(pledge_id) for pledge_id in list(due.values_list("pk", flat=True)[:limit])
    )


def _sweep_one(pledge_id: int) -> int:
    now = clock.now()
    rows = Pledge.objects.filter(pk=pledge_id)
    if not rows.filter(due_at__lte=now).update(due_at=now + LEASE):
        return 0
    return look(pledge_id, _look_after)


def look(pledge_id: int, step: Callable[[int], None]) -> int:
    """Do a step with a pledge that was claimed, and say when it is due next. 1 if it moved."""
    rows, before = Pledge.objects.filter(pk=pledge_id), _standing(pledge_id)
    try:
        step(pledge_id)
    except (Missing, Rejected, Unreachable) as error:
        _failed(rows, error)
    except Exception as error:
        logger.exception("pledge %s cannot be followed", pledge_id)
        _failed(rows, error)
    else:
        rows.update(failures=0, error="", due_at=next_look(rows.get()))
    return int(_standing(pledge_id) != before)


def _failed(rows: QuerySet[Pledge], error: Exception) -> None:
    told = f"{type(error).__name__}: {error}"[:2000]
    rows.update(error=told, failures=F("failures") + 1)
    wait = dt.timedelta(minutes=2 ** min(rows.get().failures, 7))
    rows.update(due_at=clock.now() + wait)


def next_look(pledge: Pledge) -> dt.datetime:
    """When to ask again without being told: in a day, or soon after the next instalment."""
    now = clock.now()
    if pledge.state == PledgeState.STARTED:
        return now + pledges.FIRST_LOOK
    soon = pledge.next_at + dt.timedelta(hours=2) if pledge.next_at else now + _LOOK_AGAIN
    return min(max(soon, now + dt.timedelta(hours=1)), now + _LOOK_AGAIN)


def _standing(pledge_id: int) -> tuple[object, ...]:
    values = Pledge.objects.values_list("state", "next_at", "checkout", "method")
    paid = instalments.standing_of(pledge_id)
    return (*values.get(pk=pledge_id), paid)


def _look_after(pledge_id: int) -> None:
    pledge = Pledge.objects.get(pk=pledge_id)
    if pledge.state == PledgeState.STARTED and not pledge.checkout:
        if clock.now() - pledge.created_at > GIVE_UP_AFTER:
            leave(pledge_id=pledge_id)
            return
        if waits_for_link(pledge):
            return
        # Whether Stripe made the page is unknown; the same key tells without making another.
        pledges.checkout(pledge_id)
    follow(pledge_id)
