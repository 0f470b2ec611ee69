"""Disputes: followed as Stripe tells them, booked from what they moved, and answered.

An answer goes in three beats: what a treasurer decided is committed with the reason, Stripe is
asked first whether it has it already and then told with a key of the row, and the outcome is
committed. Whatever stops in between is found by `sweep`.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import charges, evidence, settlements, withdrawals
from donors.evidence import NotOpen
from donors.models import Dispute, DisputeStatus, Gift, Intent, WithdrawalKind
from donors.models.disputes import ASKING, ENDED
from funding import clock, jobs
from funding.alerts import alarms
from funding.alerts.models import Kind as AlertKind
from funding.audit import log
from funding.errors import Refused
from funding.gateway import disputes as gateway
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.disputes import DisputeFacts

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(minutes=2)
_LOOK_AGAIN = dt.timedelta(hours=6)
# So many attempts in a row that broke off, and somebody is told.
STUCK_AFTER = 8
_NEWS_OF = dt.timedelta(days=14)


class NeedsAReason(Refused):
    """Nobody answers a bank without writing down why."""


class NothingToSend(Refused):
    """There is no evidence to send."""


def follow(dispute_id: str) -> bool:
    """Look a dispute up at Stripe, show how it stands and book what it moved.

    False when it is not about a gift of ours. What cannot be booked yet is tried again.
    """
    asked_at = clock.now()
    facts = gateway.fetch(dispute_id)
    gift_id = gift_of(facts.charge)
    if gift_id is None:
        return False
    _take_down(gift_id, facts, asked_at)
    return True


def gift_of(charge: str) -> int | None:
    """The gift behind a charge, settled and valued first where that is still to be done."""
    rows = Gift.objects.filter(charge=charge)
    if not rows.filter(final_at__isnull=False).exists() and not charges.follow_charge(charge):
        return None
    return rows.values_list("pk", flat=True).first()


def _take_down(gift_id: int, facts: DisputeFacts, asked_at: dt.datetime) -> None:
    dispute = _project(gift_id, facts, asked_at)
    rows = Dispute.objects.filter(pk=dispute.pk)
    try:
        withdrawals.take_down(
            gift_id=gift_id,
            kind=WithdrawalKind.DISPUTE,
            source=facts.id,
            taken_minor=facts.amount.minor,
            moves=facts.moves,
            dispute=dispute,
        )
    except (withdrawals.NotValuedYet, withdrawals.WithdrawalMismatch) as error:
        logger.warning("dispute %s is not booked yet: %s", dispute.pk, error)
        rows.update(error=str(error)[:2000], due_at=clock.now() + dt.timedelta(minutes=1))
    else:
        rows.update(error="", attempts=0)


@transaction.atomic
def _project(gift_id: int, facts: DisputeFacts, asked_at: dt.datetime) -> Dispute:
    """Write down how it stands. What was asked earlier than the row knows changes nothing."""
    gift = settlements.lock(gift_id)
    dispute, is_new = Dispute.objects.select_for_update().get_or_create(
        stripe_id=facts.id,
        defaults={
            "gift": gift,
            "status": "unknown",
            "currency": facts.amount.currency,
            "amount_minor": facts.amount.minor,
            "opened_at": facts.created_at,
            "told_at": asked_at,
            "due_at": clock.now() + _LOOK_AGAIN,
        },
    )
    if not is_new and asked_at < dispute.told_at:
        return dispute
    before = "" if is_new else dispute.status
    _copy(dispute, facts, asked_at)
    dispute.save()
    if dispute.status != before:
        _tell(gift, dispute, before)
    return dispute


def _copy(dispute: Dispute, facts: DisputeFacts, asked_at: dt.datetime) -> None:
    dispute.status, dispute.reason = facts.status, facts.reason
    dispute.case_type, dispute.network_code = facts.case_type, facts.network_code
    dispute.currency, dispute.amount_minor = facts.amount.currency, facts.amount.minor
    dispute.is_refundable, dispute.due_by = facts.is_refundable, facts.due_by
    dispute.is_past_due, dispute.submissions = facts.is_past_due, facts.submissions
    dispute.told_at = asked_at
    is_over = facts.status in ENDED
    dispute.ended_at = (dispute.ended_at or clock.now()) if is_over else None


def _tell(gift: Gift, dispute: Dispute, before: str) -> None:
    log.record(
        actor="stripe",
        action="dispute.moved" if before else "dispute.opened",
        subject=f"gift:{gift.pk}",
        dispute=dispute.pk,
        status=dispute.status,
        before=before,
    )
    subject = f"dispute:{dispute.pk}"
    if not before or dispute.status in ASKING:
        sentence = _("%(sum)s of a gift is disputed: %(status)s.") % {
            "sum": dispute.amount.text(),
            "status": dispute.status_text,
        }
        page = page_of(dispute)
        alarms.sound(kind=AlertKind.DISPUTE_OPENED, subject=subject, sentence=sentence, page=page)
    elif before in ASKING:
        alarms.clear(kind=AlertKind.DISPUTE_OPENED, subject=subject, why=dispute.status_text)


def page_of(dispute: Dispute) -> str:
    """The treasurer's page of a dispute."""
    return reverse("donors:dispute", kwargs={"uuid": dispute.uuid})


def need_evidence(dispute: Dispute) -> None:
    """Refuses: NothingToSend."""
    if not evidence.is_there(dispute):
        raise NothingToSend(_("There is no evidence yet. Write some, or add a paper."))


def submit(*, dispute_id: int, why: str, actor: str) -> Dispute:
    """Decide to send the evidence as it stands, for good.

    Refuses: NotOpen, NothingToSend, NeedsAReason.
    """
    return _decide(dispute_id, Intent.SUBMIT, why, actor)


def accept(*, dispute_id: int, why: str, actor: str) -> Dispute:
    """Decide to accept the loss, for good. Refuses: NotOpen, NeedsAReason."""
    return _decide(dispute_id, Intent.ACCEPT, why, actor)


@transaction.atomic
def _decide(dispute_id: int, intent: Intent, why: str, actor: str) -> Dispute:
    if not why.strip():
        raise NeedsAReason(_("Write why. It is kept with the dispute."))
    dispute = evidence.lock_open(dispute_id)
    if intent == Intent.SUBMIT:
        need_evidence(dispute)
    if intent == Intent.ACCEPT and not can_be_accepted(dispute):
        sentence = _("The bank only asks. Answer it, or give the gift back; nothing is lost yet.")
        raise NotOpen(sentence)
    dispute.intent, dispute.intent_by, dispute.intent_why = intent, actor, why.strip()[:400]
    dispute.intent_at = dispute.due_at = clock.now()
    dispute.intent_after, dispute.attempts = dispute.submissions, 0
    dispute.error = dispute.refused_why = ""
    # A key keeps its answer, so each decision has one of its own.
    dispute.key_version += 1
    dispute.save()
    log.record(
        actor=actor,
        action=f"dispute.{intent}_decided",
        subject=f"gift:{dispute.gift_id}",
        dispute=dispute.pk,
        why=dispute.intent_why,
    )
    jobs.after_commit("donors.tasks.answer_dispute", dispute.pk)
    return dispute


def can_be_accepted(dispute: Dispute) -> bool:
    """Whether its loss can be accepted: money was taken, and the bank waits for our word."""
    return dispute.is_open_to_us and not dispute.status.startswith("warning")


def answer(dispute_id: int) -> None:
    """Tell Stripe what was decided. Refuses: Unreachable. Harmless when repeated.

    Stripe is asked first, so that what arrived although its answer was lost is not sent again.
    """
    dispute = Dispute.objects.get(pk=dispute_id)
    if not dispute.intent:
        return
    asked_at = clock.now()
    try:
        facts = gateway.fetch(dispute.stripe_id)
        if facts.status in ASKING and facts.submissions <= dispute.intent_after:
            facts = _speak(dispute, is_appeal=facts.status == DisputeStatus.APPEAL_NEEDS_RESPONSE)
            asked_at = clock.now()
    except (Rejected, Missing) as error:
        _give_up(dispute_id, str(error))
        return
    _record(dispute_id, facts)
    _take_down(dispute.gift_id, facts, asked_at)


def _speak(dispute: Dispute, *, is_appeal: bool) -> DisputeFacts:
    version = dispute.key_version
    key = f"dispute:{dispute.uuid}:{dispute.intent}:{version}"
    try:
        if dispute.intent == Intent.ACCEPT:
            return gateway.accept(dispute.stripe_id, key=key)
        papers = evidence.hand_over(dispute)
        if is_appeal:
            reason, files = dispute.evidence.get(evidence.REASON, ""), list(papers.values())
            return gateway.appeal(dispute.stripe_id, key=key, reason=reason, files=files)
        return gateway.submit(dispute.stripe_id, key=key, evidence=dispute.evidence | papers)
    except Unreachable as error:
        if error.is_stored:
            rows = Dispute.objects.filter(pk=dispute.pk, key_version=version)
            rows.update(key_version=version + 1)
        raise


@transaction.atomic
def _record(dispute_id: int, facts: DisputeFacts) -> None:
    """Write down that Stripe has our answer, or that it had closed the dispute before."""
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
    if not dispute.intent:
        return
    now, intent = clock.now(), dispute.intent
    arrived = facts.submissions > dispute.intent_after
    if intent == Intent.ACCEPT:
        arrived = facts.status == "lost"
        dispute.accepted_at = now if arrived else None
    elif arrived:
        dispute.submitted_at = now
    dispute.intent, dispute.attempts = Intent.NOTHING, 0
    dispute.save()
    log.record(
        actor=dispute.intent_by,
        action=f"dispute.{intent}_{'done' if arrived else 'too_late'}",
        subject=f"gift:{dispute.gift_id}",
        dispute=dispute.pk,
    )


@transaction.atomic
def _give_up(dispute_id: int, why: str) -> None:
    """Stripe will not take it: nothing is decided any more, and the page says what it said."""
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
    if not dispute.intent:
        return
    logger.error("the answer to dispute %s was rejected", dispute_id)
    log.record(
        actor="stripe",
        action=f"dispute.{dispute.intent}_rejected",
        subject=f"gift:{dispute.gift_id}",
        dispute=dispute.pk,
    )
    dispute.intent, dispute.refused_why, dispute.attempts = Intent.NOTHING, why[:400], 0
    dispute.save()


def waiting() -> QuerySet[Dispute]:
    """The disputes that are not over, or have something still to be told or booked."""
    return Dispute.objects.filter(~Q(status__in=ENDED) | ~Q(intent="") | ~Q(error=""))


def undone() -> QuerySet[Dispute]:
    """The disputes with something still to be told or booked."""
    return Dispute.objects.filter(~Q(intent="") | ~Q(error=""))


def stuck() -> QuerySet[Dispute]:
    """The disputes that could not be answered or booked for some time, the oldest first."""
    return undone().filter(attempts__gte=STUCK_AFTER).order_by("opened_at", "pk")


def sweep(*, limit: int = 100) -> int:
    """Tell Stripe what was decided, and look after what it has not ended."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(dispute_id: int) -> int:
    now = clock.now()
    rows = Dispute.objects.filter(pk=dispute_id)
    claimed = rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE)
    if not claimed:
        return 0
    dispute = rows.get()
    wait = _LOOK_AGAIN
    try:
        if dispute.intent:
            answer(dispute_id)
        else:
            follow(dispute.stripe_id)
    except Exception as error:
        if not isinstance(error, (Missing, Unreachable)):
            logger.exception("dispute %s cannot be followed", dispute_id)
        rows.update(error=f"{type(error).__name__}: {error}"[:2000])
    after = rows.get()
    if after.intent or after.error:
        wait = min(wait, dt.timedelta(seconds=20 * 2 ** min(dispute.attempts, 10)))
    rows.update(due_at=clock.now() + wait)
    return int((after.status, after.intent) != (dispute.status, dispute.intent))


def look_around(follow_warning: Callable[[str], bool]) -> None:
    """Follow what began lately and moved no money, so that no walk over the money finds it."""
    news = gateway.news(clock.now() - _NEWS_OF)
    for stripe_id in news.disputes:
        if not Dispute.objects.filter(stripe_id=stripe_id).exists():
            follow(stripe_id)
    for stripe_id in news.warnings:
        follow_warning(stripe_id)
