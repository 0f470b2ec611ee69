"""Money given back, whether we ask Stripe for it or somebody did in Stripe's dashboard."""

import datetime as dt
import logging
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from donors import held_refunds, holding, journals, settlements
from donors.models import Gift, GiftState, Means, Refund, RefundState
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.gateway import refunds as gateway
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.payments import Value
from funding.gateway.refunds import RefundFacts
from funding.ledger import accounts, book
from funding.ledger.models import Reason
from funding.money import Money, split

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(minutes=2)
_LIVE = [RefundState.PROPOSED, RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED]
_GONE = {"failed", "canceled"}


class _OutOfStep(Exception):
    """More would be given back than was paid, so an earlier refund must have come back."""


class NothingToRefund(Refused):
    """The gift was not received, or less of it is left than is to be given back."""


class MoneyWithBank(Refused):
    """A bank has taken money of the gift back, and Stripe refunds nothing beside that."""


class TokenReused(Refused):
    """The form was sent again with another sum under the same token."""


@transaction.atomic
def request(
    *,
    gift_id: int,
    amount_minor: int,
    reason: str,
    actor: str,
    token: UUID | None = None,
    keeps_pledge: bool = False,
) -> Refund:
    """Write a refund down; a worker asks Stripe for it, or somebody pays it: `intake.returns`.

    Above the limit it is only proposed, and nothing is sent before `approvals.approve`. The
    same token twice is one refund. A regular gift of which it is an instalment ends once the
    money has gone, in part too, unless `keeps_pledge`. Refuses: NothingToRefund, MoneyWithBank,
    TokenReused.
    """
    if not reason.strip():
        raise Refused(_("Write why the money is given back."))
    gift = settlements.lock(gift_id)
    if token is not None and (standing := Refund.objects.filter(uuid=token).first()):
        if (standing.gift_id, standing.amount_minor) != (gift.pk, amount_minor):
            raise TokenReused(_("This form was sent before with another sum. Open it again."))
        return standing
    must_be_left(gift, amount_minor)
    now = clock.now()
    needs_second = _is_over_the_limit(gift, amount_minor)
    refund = Refund.objects.create(
        uuid=token or uuid4(),
        gift=gift,
        amount_minor=amount_minor,
        reason=reason.strip(),
        keeps_pledge=keeps_pledge,
        needs_second=needs_second,
        state=RefundState.PROPOSED if needs_second else RefundState.REQUESTED,
        requested_by=actor,
        created_at=now,
        due_at=now,
    )
    log.record(
        actor=actor,
        action="refund.proposed" if needs_second else "refund.requested",
        subject=f"gift:{gift.pk}",
        refund=refund.pk,
        minor=amount_minor,
    )
    if not needs_second and not gift.is_by_hand:
        jobs.after_commit("donors.tasks.send_refund", refund.pk)
    return refund


def _is_over_the_limit(gift: Gift, amount_minor: int) -> bool:
    """Whether one person may not do this alone, in the entity's currency.

    Several small refunds of one gift count together. Foreign money whose value is not known
    yet counts by its own figure.
    """
    alone = gift.refunds.filter(state__in=_LIVE, needs_second=False)
    total = amount_minor + (
        alone.exclude(requested_by="stripe").aggregate(sum=Sum("amount_minor"))["sum"] or 0
    )
    if gift.value_minor is not None and gift.currency != gift.entity.currency:
        total = -(-total * gift.value_minor // gift.gross_minor)
    return total > settings.REFUND_LIMIT_MINOR


def must_be_left(gift: Gift, amount_minor: int) -> None:
    """Refuse unless so much of the locked gift can still be given back.

    Refuses: NothingToRefund, MoneyWithBank.
    """
    left = left_of(gift)
    if gift.is_processing:
        sentence = _("This gift is still on its way by direct debit. Wait until the money is here.")
        raise NothingToRefund(sentence)
    if gift.state == GiftState.HELD:
        raise NothingToRefund(_("This gift is held. Decline it, and the money goes back."))
    if gift.settled_at is None:
        raise NothingToRefund(_("This gift was not received, so nothing can be given back."))
    if gift.withdrawn_minor:
        sentence = _(
            "The donor's bank has taken %(sum)s of this gift back. Nothing more of it can be "
            "given back while the bank has the money."
        )
        taken = Money(gift.withdrawn_minor, gift.currency)
        raise MoneyWithBank(sentence % {"sum": taken.text()})
    if not 0 < amount_minor <= left:
        sentence = _("%(left)s of this gift can still be given back.")
        raise NothingToRefund(sentence % {"left": Money(left, gift.currency).text()})


def left_of(gift: Gift) -> int:
    """Minor units that can still be given back: what was paid less every refund not undone.

    Nothing, while a bank has taken any of it back.
    """
    return 0 if gift.withdrawn_minor else gift.gross_minor - _live_minor(gift)


def _live_minor(gift: Gift) -> int:
    return gift.refunds.filter(state__in=_LIVE).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def send(refund_id: int) -> None:
    """Ask Stripe for a refund that was written down. Refuses: Unreachable.

    The key is made of the row, so that however often this runs Stripe gives back once. What
    Stripe will never do, it says at once, and the refund has failed.
    """
    refund = Refund.objects.select_related("gift").get(pk=refund_id)
    gift = refund.gift
    if refund.state != RefundState.REQUESTED or gift.is_by_hand:
        return
    try:
        facts = (_find_made(refund) if _must_look_first(refund) else None) or _create(refund, gift)
    except Rejected as error:
        _give_up(refund_id, str(error))
        return
    _take_down(refund.pk, facts)


def _create(refund: Refund, gift: Gift) -> RefundFacts:
    version = refund.key_version
    try:
        return gateway.create(
            key=f"refund:{refund.uuid}:create:{version}",
            reference=str(refund.uuid),
            payment_intent=gift.payment_intent,
            amount=Money(refund.amount_minor, gift.currency),
        )
    except Unreachable as error:
        if error.is_stored:
            Refund.objects.filter(pk=refund.pk, key_version=version).update(key_version=version + 1)
        raise


def _must_look_first(refund: Refund) -> bool:
    # A key is no protection when Stripe has forgotten it (after a day) or answers it with a
    # failure for ever: then what was done is looked up before it is asked for again.
    is_old = clock.now() - (refund.decided_at or refund.created_at) > dt.timedelta(hours=20)
    return is_old or refund.key_version > 1


def _find_made(refund: Refund) -> RefundFacts | None:
    made = gateway.of_payment(refund.gift.payment_intent)
    return next((facts for facts in made if facts.reference == str(refund.uuid)), None)


def follow(stripe_id: str) -> bool:
    """Look a refund up at Stripe and book what it says. False when it is not about us."""
    facts = gateway.fetch(stripe_id)
    refund = Refund.objects.filter(stripe_id=facts.id).first() or _by_reference(facts.reference)
    if refund is None:
        refund = _take_in(facts)
    if refund is None:
        return False
    _take_down(refund.pk, facts)
    return True


def _take_down(refund_id: int, facts: RefundFacts) -> None:
    try:
        _apply(refund_id, facts)
    except _OutOfStep:
        # Stripe gives no more back than was paid: an earlier refund has failed since, and
        # nobody has told us yet.
        for each in gateway.of_payment(facts.payment_intent):
            earlier = Refund.objects.filter(stripe_id=each.id).exclude(pk=refund_id).first()
            if earlier is not None:
                _apply(earlier.pk, each)
        _apply(refund_id, facts)


def _by_reference(reference: str) -> Refund | None:
    try:
        return Refund.objects.filter(uuid=UUID(reference)).first()
    except ValueError:
        return None


@transaction.atomic
def _take_in(facts: RefundFacts) -> Refund | None:
    """A row for a refund made in Stripe's dashboard. None when its gift is not ours."""
    gift_id = (
        Gift.objects.filter(payment_intent=facts.payment_intent or "-")
        .values_list("pk", flat=True)
        .first()
    )
    if gift_id is None:
        return None
    gift = settlements.lock(gift_id)
    now = clock.now()
    refund, _made = Refund.objects.get_or_create(
        stripe_id=facts.id,
        defaults={
            "gift": gift,
            "amount_minor": facts.amount.minor,
            "requested_by": "stripe",
            "reason": "Made in Stripe's dashboard.",
            "state": RefundState.PENDING,
            "created_at": now,
            "due_at": now,
        },
    )
    return refund


@transaction.atomic
def _apply(refund_id: int, facts: RefundFacts) -> None:
    """Book what a refund has become. Never backwards: given back, then perhaps returned."""
    gift_id = Refund.objects.values_list("gift_id", flat=True).get(pk=refund_id)
    gift = settlements.lock(gift_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state == RefundState.FAILED and refund.stripe_id:
        return
    refund.stripe_id = facts.id
    # Stripe takes the money from our balance when its transaction appears, even while the
    # refund itself is still pending; the books follow the money, the state the refund.
    came_back = facts.status in _GONE and facts.failure is not None
    is_new = refund.booked_at is None and facts.value is not None
    if is_new and facts.value is not None:
        _book(gift, refund, facts.value, in_passing=came_back)
    is_done = facts.status == "succeeded" and refund.booked_at is not None
    refund.state = RefundState.SUCCEEDED if is_done else RefundState.PENDING
    refund.ended_at = refund.ended_at or (clock.now() if is_done else None)
    if facts.status in _GONE:
        _return(gift, refund, facts, in_passing=is_new)
    refund.error = ""
    refund.save()
    book.settle_constraints()


def _book(gift: Gift, refund: Refund, value: Value, *, in_passing: bool) -> None:
    """Book what went out. In passing: it is known to have come back, so the gift stays whole."""
    held = holding.unaccepted(gift)
    if held is not None:
        held_refunds.went(held, gift, refund, value)
        return
    shares = settlements.shares_of(gift)
    total = gift.refunded_minor + refund.amount_minor
    if in_passing:
        parts = split(refund.amount_minor, [share.gross_minor for share in shares])
    elif total > gift.gross_minor:
        raise _OutOfStep
    else:
        parts = settlements.parts_going(gift, shares, total + gift.withdrawn_minor)
    now, entity = clock.now(), gift.entity
    book.post(
        entity_id=entity.pk,
        key=f"refund:{refund.pk}:book",
        reason=Reason.REFUND,
        cause=f"gift:{gift.pk}",
        actor=refund.requested_by,
        happened_on=settlements.booking_day(entity.pk, entity.zone, now),
        legs=journals.given_back(
            shares,
            parts=parts,
            currency=gift.currency,
            value=-value.gross,
            fee=value.fee,
            clearing=accounts.clearing_of(entity.pk),
        ),
    )
    refund.booked_at, refund.balance_transaction = now, value.id
    if not in_passing:
        _set_refunded(gift, total)


def _return(gift: Gift, refund: Refund, facts: RefundFacts, *, in_passing: bool) -> None:
    now, entity = clock.now(), gift.entity
    if refund.booked_at is not None:
        if facts.failure is None:
            return
        held = holding.unaccepted(gift)
        if held is not None:
            held_refunds.came_back(held, gift, refund, facts.failure)
        else:
            book.post(
                entity_id=entity.pk,
                key=f"refund:{refund.pk}:returned",
                reason=Reason.REFUND_RETURNED,
                cause=f"gift:{gift.pk}",
                actor="stripe",
                happened_on=settlements.booking_day(entity.pk, entity.zone, now),
                legs=settlements.came_back(gift, refund, facts.failure),
            )
        refund.failure_transaction = facts.failure.id
        if not in_passing and held is None:
            _set_refunded(gift, gift.refunded_minor - refund.amount_minor)
    refund.state, refund.ended_at = RefundState.FAILED, now
    log.record(actor="stripe", action="refund.failed", subject=f"gift:{gift.pk}", refund=refund.pk)


def _set_refunded(gift: Gift, total_minor: int) -> None:
    gift.refunded_minor = total_minor
    log.record(actor="stripe", action="gift.refunded", subject=f"gift:{gift.pk}", minor=total_minor)
    settlements.restate(gift)
    jobs.after_commit("donors.tasks.stop_pledge", gift.pk)


def waiting() -> QuerySet[Refund]:
    """The refunds that Stripe is asked for, or that it has not finished."""
    states = [RefundState.REQUESTED, RefundState.PENDING]
    return Refund.objects.filter(state__in=states, gift__means=Means.STRIPE)


def sweep(*, limit: int = 200) -> int:
    """Send what was asked for, and look after what Stripe has not finished."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(refund_id: int) -> int:
    now = clock.now()
    rows = Refund.objects.filter(pk=refund_id)
    claimed = rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE)
    if not claimed:
        return 0
    refund = rows.get()
    try:
        if refund.state == RefundState.REQUESTED:
            send(refund_id)
        else:
            follow(refund.stripe_id)
    except Exception as error:
        if not isinstance(error, (Missing, Unreachable)):
            logger.exception("refund %s cannot be followed", refund_id)
        rows.update(error=f"{type(error).__name__}: {error}"[:2000])
    wait = min(dt.timedelta(hours=2), dt.timedelta(seconds=20 * 2 ** min(refund.attempts, 10)))
    rows.update(due_at=clock.now() + wait)
    return int(rows.get().state != refund.state)


@transaction.atomic
def _give_up(refund_id: int, why: str) -> None:
    """Stripe will not do it: say so on the row; the money is still with us."""
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state != RefundState.REQUESTED:
        return
    logger.error("refund %s was rejected: %s", refund_id, why)
    refund.state, refund.ended_at, refund.error = RefundState.FAILED, clock.now(), why[:2000]
    refund.save()
    log.record(actor="system", action="refund.rejected", subject=f"gift:{refund.gift_id}")
