"""Each due part of a pledge: an invoice at Stripe, and one gift once its money comes.

Stripe makes one invoice for a period and one payment for an invoice, and a database
constraint holds one row and one gift to it: however often news of it comes, it is one gift.
"""

import datetime as dt
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from donors import debits, pledge_mails, public_names, settlements, splits, tributes
from donors.models import (
    Gift,
    GiftLine,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeState,
)
from funding import clock
from funding.audit import log
from funding.gateway import invoices, payments
from funding.gateway.invoices import Invoice
from funding.gateway.payments import Payment
from funding.money import split

_NO_PAYMENT = "Marked as paid at Stripe, and no payment was made."
# An answer is not wanted about these any more.
_OVER = Q(state=InstalmentState.PAID) & Q(gift__final_at__isnull=False) | Q(
    state__in=[InstalmentState.SKIPPED, InstalmentState.UNPAID]
)


def follow_if_open(pledge_id: int, invoice: str) -> None:
    """Look an invoice of a pledge up, unless all is known of it. Refuses: Unreachable."""
    if Instalment.objects.filter(_OVER, invoice=invoice).exists():
        return
    asked_at = clock.now()
    take_down(pledge_id=pledge_id, bill=invoices.fetch(invoice), asked_at=asked_at)


def take_down(*, pledge_id: int, bill: Invoice, asked_at: dt.datetime) -> None:
    """Write down how an instalment stands, and book its money once it is here.

    A draft is not due yet, and one over nothing is not an instalment. Refuses: Unreachable.
    """
    if bill.status == "draft" or not bill.amount.minor:
        return
    instalment = _project(pledge_id, bill, asked_at)
    if not bill.payment_intent or bill.status in ("void", "uncollectible"):
        return
    payment = payments.fetch_payment(bill.payment_intent)
    if payment.is_paid:
        with transaction.atomic():
            gift = _gift_of(instalment.pk, payment)
            settlements.settle(gift_id=gift.pk, payment=payment)
    elif payment.debit is not None and (instalment.gift_id or not payment.debit.has_failed):
        debits.follow(gift_id=_gift_of(instalment.pk, payment).pk, payment=payment)


@transaction.atomic
def _project(pledge_id: int, bill: Invoice, asked_at: dt.datetime) -> Instalment:
    pledge = _lock(pledge_id)
    # Whoever books the money locks no pledge, so the row itself is locked: what was read of it
    # before would be written after, and the instalment would be open for ever.
    rows = Instalment.objects.select_for_update(no_key=True)
    instalment, is_new = rows.get_or_create(
        invoice=bill.id,
        defaults={
            "pledge": pledge,
            "fund_id": pledge.fund_id,
            "currency": bill.amount.currency,
            "amount_minor": bill.amount.minor - bill.cover_minor,
            "cover_minor": bill.cover_minor,
            "due_on": bill.due_at.astimezone(ZoneInfo(pledge.entity.zone)).date(),
            "created_at": clock.now(),
            "told_at": asked_at,
        },
    )
    if is_new:
        splits.freeze(instalment, splits.of(pledge))
    is_late = not is_new and asked_at < instalment.told_at
    if is_late or instalment.state == InstalmentState.PAID:
        return instalment
    instalment.attempts, instalment.next_try_at = bill.attempts, bill.next_try_at
    instalment.payment_intent = bill.payment_intent
    instalment.asks_giver, instalment.pay_url = bill.asks_giver, bill.pay_url
    instalment.trouble, instalment.told_at = bill.trouble, asked_at
    _stand(instalment, pledge, bill)
    instalment.save()
    if instalment.state == InstalmentState.OPEN and (bill.trouble or bill.asks_giver):
        # One mail for each attempt that failed, however often it is told.
        pledge_mails.failed(instalment)
    return instalment


def _stand(instalment: Instalment, pledge: Pledge, bill: Invoice) -> None:
    if bill.status == "paid" and not bill.payment_intent:
        instalment.state, instalment.trouble = InstalmentState.UNPAID, _NO_PAYMENT
    elif bill.status == "void" and not (bill.attempts or bill.trouble):
        instalment.state = InstalmentState.SKIPPED
    elif bill.status in ("void", "uncollectible") or (
        pledge.state == PledgeState.ENDED and bill.trouble
    ):
        instalment.state = InstalmentState.UNPAID
    else:
        instalment.state = InstalmentState.OPEN
    if instalment.state == InstalmentState.OPEN:
        instalment.ended_at = None
    else:
        instalment.ended_at = instalment.ended_at or clock.now()
        instalment.next_try_at, instalment.asks_giver = None, False


@transaction.atomic
def _gift_of(instalment_id: int, payment: Payment) -> Gift:
    """The gift of an instalment whose money is here or on its way, made when it is first."""
    pledge_id = Instalment.objects.values_list("pledge_id", flat=True).get(pk=instalment_id)
    pledge = _lock(pledge_id)
    instalment = Instalment.objects.select_related("gift").get(pk=instalment_id)
    if instalment.gift is not None:
        _take_up_again(instalment.gift, payment)
        return instalment.gift
    now = clock.now()
    gift = Gift.objects.create(
        form_token=uuid4(),
        entity_id=pledge.entity_id,
        donor_id=pledge.donor_id,
        donor_name=pledge.donor_name,
        currency=instalment.currency,
        amount_minor=instalment.amount_minor,
        cover_minor=instalment.cover_minor,
        language=pledge.language,
        payment_intent=payment.id,
        created_at=now,
        checkout_expires_at=now,
        due_at=now,
    )
    lines = splits.of_instalment(instalment)
    covers = split(instalment.cover_minor, [minor for _fund, minor in lines])
    GiftLine.objects.bulk_create(
        GiftLine(gift=gift, fund_id=fund, amount_minor=minor, cover_minor=cover, position=index)
        for index, ((fund, minor), cover) in enumerate(zip(lines, covers, strict=True))
    )
    tributes.hand_over(pledge, gift)
    public_names.hand_over(pledge, gift)
    instalment.gift = gift
    instalment.save(update_fields=["gift"])
    log.record(
        actor="stripe",
        action="gift.started",
        subject=f"gift:{gift.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
        pledge=pledge.pk,
    )
    return gift


def _take_up_again(gift: Gift, payment: Payment) -> None:
    """A bank that refused a debit is asked again under the same payment, by another charge."""
    debit = payment.debit
    if debit is None or debit.has_failed or payment.charge == gift.charge:
        return
    gift = settlements.lock(gift.pk)
    if gift.state != GiftState.FAILED:
        return
    gift.state, gift.ended_at, gift.ended_why = GiftState.PENDING, None, ""
    gift.processing_since, gift.expected_on = None, None
    gift.mandate, gift.mandate_lost_at = "", None
    gift.save()
    log.record(actor="stripe", action="gift.tried_again", subject=f"gift:{gift.pk}")


def give_up(pledge: Pledge) -> None:
    """Ask no more for what is open of an ended pledge. A debit on its way may still come."""
    rows = pledge.instalments.filter(state=InstalmentState.OPEN)
    rows.exclude(gift__state=GiftState.PENDING).update(
        state=InstalmentState.UNPAID, ended_at=clock.now(), next_try_at=None, asks_giver=False
    )


def open_of(pledge: Pledge) -> Instalment | None:
    """The instalment whose payment failed and can be tried again, the newest."""
    rows = pledge.instalments.filter(state=InstalmentState.OPEN).exclude(
        gift__state=GiftState.PENDING
    )
    return rows.order_by("-due_on", "-pk").first()


def standing_of(pledge_id: int) -> list[tuple[object, ...]]:
    """What a look may change, to tell whether it did."""
    rows = Instalment.objects.filter(pledge_id=pledge_id).order_by("pk")
    return list(rows.values_list("state", "attempts", "gift__state", "gift__final_at"))


def _lock(pledge_id: int) -> Pledge:
    return Pledge.objects.select_for_update(no_key=True).get(pk=pledge_id)
