"""Whose money a payment or charge is: a gift's of its own, or an instalment's."""

from donors import gifts, subscriptions
from donors.models import Gift
from funding.gateway import payments


def follow_payment(payment_intent: str) -> bool:
    """Follow the gift or instalment behind a payment. False when it is none of ours."""
    return gifts.follow_payment(payment_intent) or subscriptions.follow_payment(payment_intent)


def follow_charge(charge_id: str) -> bool:
    """Follow the gift or instalment behind a charge. False when it is none of ours."""
    known = Gift.objects.filter(charge=charge_id).values_list("payment_intent", flat=True).first()
    payment_intent = known or payments.payment_of_charge(charge_id)
    return bool(payment_intent) and follow_payment(payment_intent)
