"""Gifts of past years, and what went back of them, told as Stripe tells it."""

import datetime as dt
import itertools

from donors import refunds, settlements, withdrawals
from donors.models import Dispute, DisputeStatus, Gift, Refund, WithdrawalKind
from funding.gateway.disputes import Move
from funding.gateway.payments import Payment, Value
from funding.gateway.refunds import RefundFacts
from funding.ledger.models import Fund
from funding.money import Money
from tests import make

_numbers = itertools.count(1)


def at(day: str, hour: int = 12) -> dt.datetime:
    """Noon of a day, UTC."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), dt.UTC)


def given(
    fund: Fund, minor: int, when: dt.datetime, *more: tuple[int, int], **facts: object
) -> Gift:
    """A gift that was received then, and whose value is known."""
    gift = make.gift(fund, **{"lines": ((fund.pk, minor), *more)} | facts)
    number = next(_numbers)
    payment = Payment(
        id=f"pi_stated_{number}",
        status="succeeded",
        reference=str(gift.uuid),
        amount=gift.gross,
        is_paid=True,
        charge=f"ch_stated_{number}",
        paid_at=when,
        method="Card ending 4242",
        trouble="",
        value=Value(f"txn_stated_{number}", Money(gift.gross_minor, "EUR"), Money(0, "EUR")),
    )
    return settlements.settle(gift_id=gift.pk, payment=payment)


def given_back(gift: Gift, minor: int) -> Refund:
    """Stripe gives so much of it back now."""
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor="user:1"
    )
    _told(refund, "succeeded", None)
    return refund


def could_not(refund: Refund) -> None:
    """What was given back comes again now."""
    back = Value(
        f"txn_back_{refund.pk}", Money(refund.amount_minor, refund.gift.currency), Money(0, "EUR")
    )
    _told(refund, "failed", back)


def _told(refund: Refund, status: str, failure: Value | None) -> None:
    amount = Money(refund.amount_minor, refund.gift.currency)
    facts = RefundFacts(
        id=f"re_{refund.pk}",
        status=status,
        reference=str(refund.uuid),
        payment_intent=refund.gift.payment_intent,
        amount=amount,
        value=Value(f"txn_re_{refund.pk}", -amount, Money(0, "EUR")),
        failure=failure,
    )
    refunds._apply(refund.pk, facts)


def disputed(gift: Gift, minor: int, when: dt.datetime) -> None:
    """The bank takes so much of it then, or brings it again where the sum is above zero."""
    dispute, _made = Dispute.objects.get_or_create(
        stripe_id=f"du_{gift.pk}",
        defaults={
            "gift": gift,
            "status": DisputeStatus.NEEDS_RESPONSE,
            "currency": gift.currency,
            "amount_minor": abs(minor),
            "opened_at": when,
            "told_at": when,
            "due_at": when,
        },
    )
    name = f"txn_du_{gift.pk}_{next(_numbers)}"
    withdrawals.take_down(
        gift_id=gift.pk,
        kind=WithdrawalKind.DISPUTE,
        source=dispute.stripe_id,
        taken_minor=abs(minor),
        moves=[Move(name, Money(minor, gift.currency), Money(0, "EUR"), when)],
        dispute=dispute,
    )
