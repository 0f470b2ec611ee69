"""Donors promise, and time shows: most go on, one is refused, one pauses, one ends."""

import datetime as dt
import uuid
from functools import partial
from typing import Final
from uuid import UUID

from donors import changes, fees, pledges, receipts, subscriptions, turns
from donors.models import Pledge, PledgeState, Receipt, ReceiptState, Rhythm, TributeKind
from donors.tributes import Dedication
from funding import clock
from funding.ledger.models import Fund
from funding.mail import outbox
from funding.money import Money
from funding.sandbox.demo import hand, opening
from funding.sandbox.demo.catalogue.pledges import HABITS, Habit
from funding.sandbox.demo.scenes import Days, Scene, wait_until

_NAMES: Final = UUID("0c1d7e34-58a2-4f7e-9a55-3b1f6f0f7c21")
_MINUTES: Final = dt.timedelta(minutes=3)
# Longer than the longest month, so that an instalment has been taken by the look after it.
_LOOK_EVERY: Final = 31.5
_PAUSE: Final = dt.timedelta(days=91)


def scenes(_days: Days) -> list[Scene]:
    """Each beginning, a look after each month, and what donors and banks did."""
    found = []
    for number, habit in enumerate(HABITS):
        ref, at = str(number), habit.days_ago + number / 24
        found.append(Scene(at, partial(begin, habit, ref)))
        looks = [at - _LOOK_EVERY * each for each in range(1, 11) if at > _LOOK_EVERY * each]
        found += [Scene(days_ago, partial(look, ref)) for days_ago in [*looks, 0.2]]
        for days_ago, deed in (
            (habit.refused, _refuse),
            (habit.paused, _pause),
            (habit.ended, _end),
        ):
            if days_ago is not None:
                found.append(Scene(days_ago, partial(deed, ref)))
    return found


def begin(habit: Habit, ref: str) -> None:
    """From the form to the first gift, however far it had come before."""
    pledge = pledges.start(_promise(habit, ref))
    if pledge.state == PledgeState.STARTED:
        pledges.checkout(pledge.pk)
        pledge = subscriptions.follow(pledge.pk)
    if pledge.state == PledgeState.STARTED:
        if habit.account:
            hand.debit(pledge.checkout, habit.account)
        else:
            hand.pay(pledge.checkout, habit.card)
        wait_until(clock.now() + _MINUTES)
    look(ref)


def look(ref: str) -> None:
    """What has fallen due since, and its papers."""
    pledge = subscriptions.follow(_of(ref).pk)
    due = Receipt.objects.filter(gift__instalment__pledge=pledge)
    for receipt in due.exclude(state=ReceiptState.NOT_NEEDED):
        receipts.make(receipt.pk)
    outbox.send_due()


def _promise(habit: Habit, ref: str) -> pledges.Promise:
    fund = Fund.objects.get(slug=habit.fund)
    amount = Money(habit.minor, habit.currency)
    return pledges.Promise(
        token=uuid.uuid5(_NAMES, ref),
        entity_id=opening.entity().pk,
        fund_id=fund.pk,
        rhythm=Rhythm(habit.rhythm),
        currency=habit.currency,
        amount_minor=habit.minor,
        cover_minor=fees.cover_for(amount).minor if habit.cover else 0,
        name=habit.name,
        email=habit.email,
        message="",
        news=False,
        language="en",
        lines=tuple((Fund.objects.get(slug=slug).pk, minor) for slug, minor in habit.parts),
        tribute=Dedication(TributeKind.MEMORY, habit.remembers) if habit.remembers else None,
    )


def _of(ref: str) -> Pledge:
    return Pledge.objects.get(form_token=uuid.uuid5(_NAMES, ref))


def _refuse(ref: str) -> None:
    pledge = _of(ref)
    if pledge.state == PledgeState.ACTIVE:
        hand.refuse_next(pledge.subscription)


def _pause(ref: str) -> None:
    pledge = _of(ref)
    if pledge.state == PledgeState.ACTIVE:
        until = (clock.now() + _PAUSE).date()
        change = changes.pause(pledge_id=pledge.pk, until=until, actor=_giver(pledge))
        turns.make(change.pk)


def _end(ref: str) -> None:
    pledge = _of(ref)
    if pledge.is_running:
        turns.make(changes.end(pledge_id=pledge.pk, actor=_giver(pledge)).pk)


def _giver(pledge: Pledge) -> str:
    return f"donor:{pledge.donor_id}"
