"""Debits that came back after they had been paid: booked from the failure's transaction."""

from django.db import transaction

from donors import charges, debits, settlements, subscriptions, withdrawals
from donors.models import Gift, WithdrawalKind
from funding.gateway import disputes as gateway
from funding.gateway import payments


def follow(charge_id: str) -> bool:
    """Look a charge up and book that its money went back, if it did. False when not ours.

    A gift that nobody had settled while the money was here is settled first, as it was then,
    so that the books show both.
    """
    facts = gateway.fetch_charge(charge_id)
    gift = _gift_of(facts.id, facts.payment.id)
    if gift is None:
        return False
    if facts.failure is None:
        return charges.follow_charge(charge_id)
    # The payment tells the method and the day of the money, which a paper may have to name.
    payment = payments.fetch_payment(facts.payment.id)
    if gift.final_at is None:
        settlements.settle(gift_id=gift.pk, payment=payment)
    with transaction.atomic():
        withdrawals.take_down(
            gift_id=gift.pk,
            kind=WithdrawalKind.LATE_FAILURE,
            source=facts.id,
            taken_minor=facts.payment.amount.minor,
            moves=[facts.failure],
        )
        debits.tell_returned(gift_id=gift.pk, payment=payment)
    return True


def _gift_of(charge: str, payment_intent: str) -> Gift | None:
    found = Gift.objects.filter(charge=charge).first()
    if found is None and payment_intent:
        found = Gift.objects.filter(payment_intent=payment_intent).first()
    if found is None and payment_intent:
        reference = payments.fetch_payment(payment_intent).reference
        found = settlements.by_reference(reference)
    if found is None and payment_intent and subscriptions.follow_payment(payment_intent):
        found = Gift.objects.filter(payment_intent=payment_intent).first()
    return found
