"""Refunds of gifts that came past Stripe: asked for as any refund, paid by bank, and noted here.

`refunds.request` and the second person's word above the limit come first, as for every refund.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from donors import holding, journals, settlements
from donors.models import Gift, HeldGift, Refund, RefundState
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import accounts, book
from funding.ledger.models import Reason
from funding.money import Money, split


class NotToPay(Refused):
    """The refund waits for a second person, was paid or turned down, or is Stripe's to pay."""


class WrongPayment(Refused):
    """The account, the day or the sum that left it cannot be right."""


@dataclass(frozen=True, slots=True)
class _Way:
    """From where, when and how much money left, and who says so."""

    place: str
    day: dt.date
    worth: Money
    actor: str


@transaction.atomic
def paid(
    *,
    refund_id: int,
    place: str,
    paid_on: dt.date,
    reference: str,
    actor: str,
    value: Money | None = None,
) -> Refund:
    """Note that a refund left a bank account of ours, and book it on that day.

    `value` is what left the account when that is another currency than the gift's. The same
    payment twice changes nothing. Refuses: NotToPay, WrongPayment, PeriodClosed.
    """
    gift = settlements.lock(Refund.objects.values_list("gift_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    said = (place, paid_on, reference.strip())
    if refund.state == RefundState.SUCCEEDED and said == _said(refund):
        return refund
    if not gift.is_by_hand or refund.state != RefundState.REQUESTED:
        raise NotToPay(_("This refund is not waiting to be paid by bank."))
    worth = _worth(gift, refund, place, paid_on, reference, value)
    total = gift.refunded_minor + refund.amount_minor
    held = holding.unaccepted(gift)
    _book(gift, held, refund, _Way(place, paid_on, worth, actor))
    now = clock.now()
    refund.state, refund.booked_at, refund.ended_at = RefundState.SUCCEEDED, now, now
    refund.place_id, refund.paid_on, refund.reference = said
    refund.save()
    log.record(actor=actor, action="gift.refunded", subject=f"gift:{gift.pk}", minor=total)
    if held is not None:
        holding.moved(held, gift, refunded=refund.amount_minor)
    else:
        gift.refunded_minor = total
        settlements.restate(gift)
    book.settle_constraints()
    return refund


def _book(gift: Gift, held: HeldGift | None, refund: Refund, way: _Way) -> None:
    shares = settlements.shares_of(gift)
    if held is not None:
        parts = split(refund.amount_minor, [share.gross_minor for share in shares])
    else:
        total = gift.refunded_minor + refund.amount_minor
        parts = settlements.parts_going(gift, shares, total)
    legs = journals.given_back(
        shares,
        parts=parts,
        currency=gift.currency,
        value=way.worth,
        fee=Money(0, way.worth.currency),
        clearing=way.place,
    )
    key = f"refund:{refund.pk}:book"
    if held is not None:
        holding.post_as(held, key=key, legs=legs, day=way.day, actor=way.actor)
        return
    book.post(
        entity_id=gift.entity_id,
        key=key,
        reason=Reason.REFUND,
        cause=f"gift:{gift.pk}",
        actor=way.actor,
        happened_on=way.day,
        legs=legs,
    )


def _said(refund: Refund) -> tuple[str | None, dt.date | None, str]:
    return refund.place_id, refund.paid_on, refund.reference


def _worth(
    gift: Gift,
    refund: Refund,
    place: str,
    paid_on: dt.date,
    reference: str,
    value: Money | None,
) -> Money:
    """What left the account. Refuses: WrongPayment."""
    if place not in accounts.banks_of(gift.entity_id):
        raise WrongPayment(_("Choose a bank account of the body that received the gift."))
    if not reference.strip():
        raise WrongPayment(_("Write what the bank calls the payment."))
    if paid_on > clock.today(gift.entity.zone) or paid_on < (gift.received_on or paid_on):
        raise WrongPayment(_("It was paid after the gift came, and not after today."))
    own = Money(refund.amount_minor, gift.currency)
    if gift.currency == gift.value_currency:
        if value not in (None, own):
            raise WrongPayment(_("The whole sum goes back, in the currency of the gift."))
        return own
    if value is None or value.currency != gift.value_currency or value.minor <= 0:
        sentence = _("Write in %s what left the account.")
        raise WrongPayment(sentence % gift.value_currency)
    return value
