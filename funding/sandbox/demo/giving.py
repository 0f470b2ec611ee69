"""Visitors give, pay by card, get their receipts, and some get money back."""

import datetime as dt
import uuid
from functools import partial
from typing import Final
from uuid import UUID

from donors import disputes, fees, gifts, late_failures, receipts, refunds
from donors.models import Gift, GiftState, Receipt, ReceiptState, Refund, RefundState
from donors.public_names import Shown
from funding import clock
from funding.ledger.models import Fund
from funding.mail import outbox
from funding.money import Money
from funding.sandbox.demo import hand, opening, people
from funding.sandbox.demo.catalogue.gifts import VISITS, Visit
from funding.sandbox.demo.scenes import Days, Scene, wait_until

_NAMES: Final = UUID("6f2c1c0e-5d0b-4a0e-9d5e-0e6b8f6b2b11")
_MINUTES: Final = dt.timedelta(minutes=3)
_PAGE_LEFT: Final = gifts.PAGE_LIVES + dt.timedelta(minutes=5)


# When a bank has answered a debit, and when it has taken one back that does not hold.
_LOOKS: Final = (4, 10)


def scenes(_days: Days) -> list[Scene]:
    """Every visit at its hour, and what became of debits some days later."""
    found = []
    for number, visit in enumerate(VISITS):
        at, deed = visit.days_ago + ((number * 5) % 11) / 24, partial(play, visit, str(number))
        looks = [at - days for days in _LOOKS if visit.account and at > days]
        found += [Scene(days_ago, deed) for days_ago in (at, *looks)]
    return found


def play(visit: Visit, ref: str) -> None:
    """One visit from the amount to the receipt, however far it had come before."""
    gift = gifts.start(wish(visit, ref))
    if gift.state == GiftState.PENDING:
        gifts.checkout(gift.pk)
        gift.refresh_from_db()
    if not visit.pays:
        return
    if gift.final_at is None and gift.state != GiftState.FAILED:
        _pay(gift, visit)
    gift.refresh_from_db()
    if gift.settled_at is None:
        return
    _paper(gift)
    if visit.account and late_failures.follow(gift.charge):
        _paper(gift)
    if visit.give_back and not gift.refunds.filter(state=RefundState.SUCCEEDED).exists():
        _give_back(gift, visit.give_back)
    if visit.disputes:
        disputes.follow(hand.dispute(gift.charge))
        _paper(gift)


def wish(visit: Visit, ref: str) -> gifts.Wish:
    """What a visitor asks for on the giving page."""
    fund = Fund.objects.get(slug=visit.fund)
    amount = Money(visit.minor, visit.currency)
    return gifts.Wish(
        token=uuid.uuid5(_NAMES, ref),
        entity_id=opening.entity().pk,
        lines=((fund.pk, visit.minor),),
        currency=visit.currency,
        cover_minor=fees.cover_for(amount).minor if visit.cover else 0,
        name=visit.name,
        email=visit.email,
        shown=Shown(visit.shown, visit.shows_sum) if visit.shown else None,
        message=visit.message,
        news=False,
        language="en",
    )


def _pay(gift: Gift, visit: Visit) -> None:
    # A story that was broken off may have paid already and not have heard of it.
    gift = gifts.follow(gift.pk)
    if gift.is_processing:
        return
    if gift.state == GiftState.PENDING:
        if visit.account:
            hand.debit(gift.checkout, visit.account)
        else:
            hand.pay(gift.checkout, visit.card)
        gift = gifts.follow(gift.pk)
        if gift.is_processing:
            return
    wait_until(clock.now() + (_PAGE_LEFT if gift.state == GiftState.PENDING else _MINUTES))
    gifts.follow(gift.pk)


def _paper(gift: Gift) -> None:
    for receipt in Receipt.objects.filter(gift=gift).exclude(state=ReceiptState.NOT_NEEDED):
        receipts.make(receipt.pk)
    outbox.send_due()


def _give_back(gift: Gift, minor: int) -> None:
    wait_until(clock.now() + dt.timedelta(days=1))
    refund = Refund.objects.filter(gift=gift).first() or refunds.request(
        gift_id=gift.pk,
        amount_minor=minor,
        reason="The donor had meant to give less and wrote to us.",
        actor=people.actor("tara"),
    )
    refunds.send(refund.pk)
    wait_until(clock.now() + _MINUTES)
    refund.refresh_from_db()
    if refund.stripe_id:
        refunds.follow(refund.stripe_id)
    _paper(gift)
