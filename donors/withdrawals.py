"""Money of a gift that a bank takes back, in a dispute or because a debit came back after all.

Booked only from Stripe's balance transactions, each once and never backwards: a withdrawal
stands when it is booked, and what comes again is a further one. Who brings the news, how often
and in which order does not matter.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from donors import holding, journals, settlements
from donors.models import Dispute, Gift, HeldGift, Withdrawal, WithdrawalKind
from funding import clock, jobs
from funding.audit import log
from funding.gateway.disputes import Move
from funding.ledger import accounts, book
from funding.ledger.book import Leg
from funding.ledger.models import Reason
from funding.money import split


class NotValuedYet(Exception):
    """The gift's own value is not booked yet; what was taken of it is booked after that."""


class WithdrawalMismatch(Exception):
    """The balance transaction cannot be about this gift as we know it. Nothing was booked."""


@transaction.atomic
def take_down(
    *,
    gift_id: int,
    kind: WithdrawalKind,
    source: str,
    taken_minor: int,
    moves: Sequence[Move],
    dispute: Dispute | None = None,
) -> int:
    """Book what these balance transactions moved of a gift. Returns how many were new.

    `taken_minor` is what one withdrawal takes in the gift's currency; it counts where Stripe
    tells the move in another one. Raises NotValuedYet and WithdrawalMismatch.
    """
    gift = settlements.lock(gift_id)
    held = holding.unaccepted(gift)
    known = set(
        Withdrawal.objects.filter(balance_transaction__in=[move.id for move in moves]).values_list(
            "balance_transaction", flat=True
        )
    )
    new = [move for move in moves if move.id not in known]
    if new and (gift.final_at if held is None else held.valued_at) is None:
        raise NotValuedYet(f"gift {gift.pk} has no value yet, and {new[0].id} takes of it")
    # What was taken comes first, however Stripe orders its list.
    for move in sorted(new, key=lambda move: (move.created_at, move.gross.minor > 0)):
        minor = _amount(gift, source, taken_minor, move)
        _book(gift, kind, source, minor, move, dispute, held)
    if new:
        book.settle_constraints()
    return len(new)


def _amount(gift: Gift, source: str, taken_minor: int, move: Move) -> int:
    """What a move is in the gift's currency, signed as Stripe signs it."""
    if move.gross.currency == gift.currency or not move.gross.minor:
        return move.gross.minor
    if move.gross.minor < 0:
        return -taken_minor
    return outstanding(source)


def outstanding(source: str) -> int:
    """What this dispute or failure has taken of its gift and not brought again."""
    rows = Withdrawal.objects.filter(source=source)
    return -(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _book(
    gift: Gift,
    kind: WithdrawalKind,
    source: str,
    minor: int,
    move: Move,
    dispute: Dispute | None,
    held: HeldGift | None,
) -> None:
    total = (gift if held is None else held).withdrawn_minor - minor
    if total < 0 or (move.gross.minor and not minor):
        raise WithdrawalMismatch(f"gift {gift.pk}: {move.id} brings back what was not taken")
    if (gift if held is None else held).value_currency != move.gross.currency:
        raise WithdrawalMismatch(f"gift {gift.pk} settled in {gift.value_currency}, not {move.id}")
    key = f"withdrawal:{move.id}:book"
    _post(gift, held, key, _reason(kind, minor), move, _legs(gift, minor, move, total, held))
    Withdrawal.objects.create(
        gift=gift,
        kind=kind,
        source=source,
        dispute=dispute,
        balance_transaction=move.id,
        amount_minor=minor,
        value_currency=move.gross.currency,
        value_minor=move.gross.minor,
        fee_minor=move.fee.minor,
        entry_key=key,
        happened_at=move.created_at,
        booked_at=clock.now(),
    )
    log.record(
        actor="stripe",
        action="gift.withdrawn" if minor <= 0 else "gift.reinstated",
        subject=f"gift:{gift.pk}",
        transaction=move.id,
        minor=minor,
        currency=gift.currency,
    )
    if held is not None:
        holding.moved(held, gift, withdrawn=-minor)
    else:
        gift.withdrawn_minor = total
        settlements.restate(gift)
    jobs.after_commit("donors.tasks.stop_pledge", gift.pk)


def _post(
    gift: Gift, held: HeldGift | None, key: str, reason: Reason, move: Move, legs: list[Leg]
) -> None:
    entity = gift.entity
    day = settlements.booking_day(entity.pk, entity.zone, move.created_at)
    if held is not None:
        holding.post_as(held, key=key, legs=legs, day=day, actor="stripe")
        return
    book.post(
        entity_id=entity.pk,
        key=key,
        reason=reason,
        cause=f"gift:{gift.pk}",
        actor="stripe",
        happened_on=day,
        legs=legs,
    )


def _reason(kind: WithdrawalKind, minor: int) -> Reason:
    if kind == WithdrawalKind.LATE_FAILURE:
        return Reason.LATE_FAILURE
    return Reason.DISPUTE if minor <= 0 else Reason.DISPUTE_REVERSED


def _legs(gift: Gift, minor: int, move: Move, total_minor: int, held: HeldGift | None) -> list[Leg]:
    shares = settlements.shares_of(gift)
    if held is not None:
        # Nothing stands on its lines yet, so each move is split by itself.
        parts = split(-minor, [share.gross_minor for share in shares])
    else:
        parts = settlements.parts_going(gift, shares, gift.refunded_minor + total_minor)
    clearing = accounts.clearing_of(gift.entity_id)
    if minor <= 0:
        return journals.taken_back(
            shares,
            parts=parts,
            currency=gift.currency,
            value=-move.gross,
            fee=move.fee,
            clearing=clearing,
        )
    return journals.came_again(
        shares,
        parts=[-part for part in parts],
        currency=gift.currency,
        value=move.gross,
        fee=move.fee,
        clearing=clearing,
    )
