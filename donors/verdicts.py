"""What becomes of a gift that is held: accepted, or declined by two people and sent back.

A verdict is proposed once and decided once. Up to the limit of one person accepting needs no
second one; declining always does.
"""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from donors import acceptance, gifts, holding, settlements
from donors.intake import offline
from donors.models import (
    Gift,
    GiftState,
    HeldGift,
    HeldState,
    HeldVerdict,
    Refund,
    RefundState,
    Verdict,
    VerdictState,
)
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.gateway.client import Unreachable
from funding.ledger import book
from funding.money import Money
from funding.users import second
from funding.users.models import User

logger = logging.getLogger(__name__)

_LIVE = [RefundState.PROPOSED, RefundState.REQUESTED, RefundState.PENDING]


class NotHeld(Refused):
    """It is not held, was decided before, or money of it has gone."""


class NeedsAReason(Refused):
    """Nobody declines a gift without telling the giver why."""


@transaction.atomic
def propose(*, held_id: int, verdict: str, reason: str, by: User) -> HeldVerdict:
    """Say what shall become of a held gift; where no second person is needed it is done.

    `reason` is told to the giver when it is declined. Refuses: NotHeld, NeedsAReason,
    SecondPersonNeeded for somebody without the role.
    """
    second.must_keep_money(by)
    gift, held = _lock(held_id)
    live = [VerdictState.PROPOSED, VerdictState.STANDS]
    if held.state != HeldState.WAITING or held.verdicts.filter(state__in=live).exists():
        raise NotHeld(_("Somebody has said what becomes of this gift. Look at it again."))
    if verdict == Verdict.DECLINE and not reason.strip():
        raise NeedsAReason(_("Write why it is declined. The giver reads it."))
    if verdict == Verdict.ACCEPT:
        _must_be_whole(held, gift)
    needs_second = verdict == Verdict.DECLINE or _is_over(gift, held)
    made = HeldVerdict.objects.create(
        held=held,
        verdict=Verdict(verdict),
        reason=reason.strip()[:400],
        needs_second=needs_second,
        state=VerdictState.PROPOSED if needs_second else VerdictState.STANDS,
        proposed_by=f"user:{by.pk}",
        proposed_at=clock.now(),
        decided_at=None if needs_second else clock.now(),
    )
    _note(made, gift, by, "proposed" if needs_second else "decided")
    if not needs_second:
        _carry_out(made, held, gift, by)
    return made


def confirm(*, verdict_id: int, by: User) -> HeldVerdict:
    """Agree as the second person; it is done. Refuses: NotHeld, SecondPersonNeeded."""
    return _decide(verdict_id, by, VerdictState.STANDS)


def turn_down(*, verdict_id: int, by: User) -> HeldVerdict:
    """Disagree as the second person; the gift goes on waiting. Refuses: SecondPersonNeeded."""
    return _decide(verdict_id, by, VerdictState.TURNED_DOWN)


@transaction.atomic
def _decide(verdict_id: int, by: User, state: VerdictState) -> HeldVerdict:
    second.must_keep_money(by)
    held_id = HeldVerdict.objects.values_list("held_id", flat=True).get(pk=verdict_id)
    gift, held = _lock(held_id)
    made = HeldVerdict.objects.select_for_update().get(pk=verdict_id)
    if made.state != VerdictState.PROPOSED:
        raise NotHeld(_("This was decided before, or the money has gone."))
    second.must_be_another(by, made.proposed_by)
    if state == VerdictState.STANDS and made.verdict == Verdict.ACCEPT:
        _must_be_whole(held, gift)
    made.state, made.decided_by, made.decided_at = state, f"user:{by.pk}", clock.now()
    made.save(update_fields=["state", "decided_by", "decided_at"])
    _note(made, gift, by, "decided" if state == VerdictState.STANDS else "turned_down")
    if state == VerdictState.STANDS:
        _carry_out(made, held, gift, by)
    return made


def _carry_out(made: HeldVerdict, held: HeldGift, gift: Gift, by: User) -> None:
    if made.verdict == Verdict.ACCEPT:
        _accept(held, gift, by)
    else:
        held.state = HeldState.DECLINED
        held.save(update_fields=["state"])
        _send_back(held, gift, by, made.reason)
        holding.mail(gift, "gift_declined", key=f"held:{held.pk}:declined", why=made.reason)
    book.settle_constraints()


def _accept(held: HeldGift, gift: Gift, by: User) -> None:
    day, actor = holding.today(gift), f"user:{by.pk}"
    holding.release(held, day=day, actor=actor)
    # The database refuses to receive a gift that is held, so this is said before.
    held.state, held.ended_at = HeldState.ACCEPTED, clock.now()
    held.save(update_fields=["state", "ended_at"])
    if gift.is_by_hand:
        offline.take_up(gift, held, day=day, actor=actor)
    else:
        settlements.take_up(gift, held, day=day)


def _send_back(held: HeldGift, gift: Gift, by: User, reason: str) -> None:
    now = clock.now()
    refund = Refund.objects.create(
        gift=gift,
        amount_minor=gift.gross_minor - held.gone_minor,
        reason=reason,
        state=RefundState.REQUESTED,
        requested_by=f"user:{by.pk}",
        created_at=now,
        due_at=now,
    )
    if not gift.is_by_hand:
        jobs.after_commit("donors.tasks.send_refund", refund.pk)


@transaction.atomic
def send_back_again(*, held_id: int, by: User) -> None:
    """Try once more to send a declined gift back, after Stripe refused. Refuses: NotHeld."""
    second.must_keep_money(by)
    gift, held = _lock(held_id)
    if held.state != HeldState.DECLINED or gift.refunds.filter(state__in=_LIVE).exists():
        raise NotHeld(_("Its money is on the way back, or went."))
    _send_back(held, gift, by, held.verdicts.get(state=VerdictState.STANDS).reason)
    log.record(actor=f"user:{by.pk}", action="gift.sent_back_again", subject=f"gift:{gift.pk}")


def _lock(held_id: int) -> tuple[Gift, HeldGift]:
    gift_id = HeldGift.objects.values_list("gift_id", flat=True).get(pk=held_id)
    gift = settlements.lock(gift_id)
    held = HeldGift.objects.select_for_update(no_key=True).get(pk=held_id)
    return gift, held


def _must_be_whole(held: HeldGift, gift: Gift) -> None:
    moved = gift.withdrawals.exists() or gift.refunds.filter(booked_at__isnull=False).exists()
    if held.gone_minor or moved or gift.refunds.filter(state__in=_LIVE).exists():
        sentence = _("Money of this gift went back, or the bank asks for it. Decline it.")
        raise NotHeld(sentence)
    if any(line.fund.closed_on for line in gift.lines.select_related("fund")):
        raise NotHeld(_("Its fund was closed meanwhile, so it cannot take the money."))


def _is_over(gift: Gift, held: HeldGift) -> bool:
    worth = None
    if held.value_minor is not None:
        worth = Money(held.value_minor, held.value_currency)
    return acceptance.over_one_person(gift, worth, settings.REFUND_LIMIT_MINOR)


def _note(made: HeldVerdict, gift: Gift, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"verdict.{verb}",
        subject=f"gift:{gift.pk}",
        verdict=made.verdict,
        minor=gift.gross_minor,
        currency=gift.currency,
    )


def waiting() -> QuerySet[HeldGift]:
    """The gifts whose money waits for a word or for its way back, the oldest first."""
    rows = HeldGift.objects.filter(ended_at=None).select_related("gift__entity", "gift__donor")
    return rows.order_by("held_at", "pk")


def without_value() -> QuerySet[HeldGift]:
    """Held gifts of which Stripe has not told the value yet."""
    return HeldGift.objects.filter(ended_at=None, valued_at=None, gift__state=GiftState.HELD)


def sweep(*, limit: int = 50) -> int:
    """Ask after the value of what is held. Returns how many became known."""
    due = without_value().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_sweep_one(held) for held in list(due[:limit]))


def _sweep_one(held: HeldGift) -> int:
    rows = HeldGift.objects.filter(pk=held.pk)
    wait = min(dt.timedelta(hours=2), dt.timedelta(seconds=20 * 2 ** min(held.attempts, 10)))
    rows.update(attempts=F("attempts") + 1, due_at=clock.now() + wait)
    try:
        gifts.follow(held.gift_id)
    except Unreachable:
        return 0
    except Exception:
        logger.exception("held gift %s cannot be followed", held.pk)
        return 0
    return int(rows.filter(valued_at__isnull=False).exists())
