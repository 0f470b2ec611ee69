"""What the books make of a gift: received, valued, given up.

Stripe delivers hints at least once and in any order, and three parties may bring the same
news: every rule here is harmless when repeated and never goes backwards.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from donors import acceptance, followers, holding, journals, receipts
from donors.journals import Share
from donors.models import (
    Gift,
    GiftState,
    HeldGift,
    Instalment,
    InstalmentState,
    InvoiceCard,
    Refund,
)
from donors.pools import matches
from funding import clock
from funding.audit import log
from funding.gateway.payments import Payment, Value
from funding.ledger import accounts, book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Posting, Reason
from funding.money import Money
from funding.users import guests


class PaymentMismatch(Exception):
    """Stripe's payment is not the one that this gift asked for. Nothing was booked."""


@transaction.atomic
def settle(*, gift_id: int, payment: Payment) -> Gift:
    """Book a paid gift in full and let its receipt fall due; book its value when known.

    A gift that had been given up is settled all the same when the money came after all. A large
    or odd one is held: its money is in no fund before somebody accepts it. Raises
    PaymentMismatch, and refuses nothing: the money is here.
    """
    gift = lock(gift_id)
    _check(gift, payment)
    held = holding.unaccepted(gift)
    if held is None and gift.settled_at is None:
        held = _hold(gift, payment)
        if held is None:
            _book_received(gift, payment)
    if payment.value is not None and held is not None and held.valued_at is None:
        _value_held(held, gift, payment.value)
    elif payment.value is not None and held is None and gift.final_at is None:
        _book_value(gift, payment.value)
    book.settle_constraints()
    return gift


def take_up(gift: Gift, held: HeldGift, *, day: dt.date) -> None:
    """Book a gift through Stripe that was held, now that it is accepted, as it came."""
    worth = None
    if held.valued_at is not None and held.value_minor is not None:
        gross, fee = (
            Money(minor or 0, held.value_currency) for minor in (held.value_minor, held.fee_minor)
        )
        worth = Value(held.balance_transaction, gross, fee)
    payment = Payment(
        id=gift.payment_intent,
        status="succeeded",
        reference=str(gift.uuid),
        amount=gift.gross,
        is_paid=True,
        charge=gift.charge,
        paid_at=held.paid_at,
        method=gift.method,
        trouble="",
        value=worth,
    )
    _book_received(gift, payment, day)
    if worth is not None:
        _book_value(gift, worth, day)


def _hold(gift: Gift, payment: Payment) -> HeldGift | None:
    """Hold a paid gift that a person is to look at first; None for any other.

    What pays an invoice was looked at when it was promised.
    """
    if InvoiceCard.objects.filter(gift=gift).exists():
        return None
    worth = payment.value.gross if payment.value else None
    funds = [line.fund for line in gift.lines.select_related("fund")]
    why = acceptance.reasons(gift, funds=funds, worth=worth)
    if not why:
        return None
    paid_at, entity = payment.paid_at or clock.now(), gift.entity
    gift.payment_intent, gift.charge, gift.method = payment.id, payment.charge, payment.method
    gift.attempts = 0
    _note_paid(gift, paid_at)
    return holding.hold(
        gift,
        reasons=why,
        paid_at=paid_at,
        day=booking_day(entity.pk, entity.zone, paid_at),
        legs=journals.received(
            shares_of(gift), currency=gift.currency, clearing=accounts.clearing_of(entity.pk)
        ),
        actor="stripe",
    )


def _value_held(held: HeldGift, gift: Gift, value: Value) -> None:
    legs = _value_legs(gift, value)
    if value.fee or gift.currency != value.gross.currency:
        day = booking_day(gift.entity_id, gift.entity.zone, clock.now())
        holding.post(held, verb="value", legs=legs, day=day, actor="stripe")
    holding.value(held, worth=value.gross, fee=value.fee, transaction=value.id)


@transaction.atomic
def fail(*, gift_id: int, why: str) -> Gift:
    """Give up a gift that is not going to be paid.

    One that was paid stays as it is, and so does one that is on its way by direct debit, which
    only `debits.fail` ends: nobody is at its payment page any more.
    """
    gift = lock(gift_id)
    if gift.state != GiftState.PENDING or gift.is_processing:
        return gift
    gift.state, gift.ended_at, gift.ended_why = GiftState.FAILED, clock.now(), why[:200]
    gift.save(update_fields=["state", "ended_at", "ended_why"])
    log.record(actor="stripe", action="gift.failed", subject=f"gift:{gift.pk}", why=why[:200])
    return gift


def lock(gift_id: int) -> Gift:
    """The gift, locked for the rest of the transaction."""
    return Gift.objects.select_for_update(no_key=True).get(pk=gift_id)


def by_reference(reference: str) -> Gift | None:
    """The gift whose id stands in a payment's metadata."""
    try:
        return Gift.objects.filter(uuid=UUID(reference)).first()
    except ValueError:
        return None


def restate(gift: Gift) -> None:
    """Set the state of the locked, received gift after money of it left or came again."""
    if gift.refunded_minor == gift.gross_minor:
        gift.state = GiftState.REFUNDED
    elif gift.left_minor == 0:
        gift.state = GiftState.DISPUTED
    else:
        gift.state = GiftState.SETTLED
    gift.ended_at = (gift.ended_at or clock.now()) if gift.left_minor == 0 else None
    gift.save(update_fields=["refunded_minor", "withdrawn_minor", "state", "ended_at"])
    receipts.correct(gift)
    matches.ring(gift)
    followers.tell(gift)


def parts_going(gift: Gift, shares: Sequence[Share], total_minor: int) -> list[int]:
    """How much falls on each line when so much has gone of the gift: refunded and taken back."""
    rows = Posting.objects.filter(
        entry__cause=f"gift:{gift.pk}", account_id__in=["refunds", "disputes"]
    )
    booked = dict(rows.values_list("fund_id").annotate(sum=Sum("amount_minor")))
    return journals.parts_going(
        shares, booked=[booked.get(share.fund_id, 0) for share in shares], total_minor=total_minor
    )


def shares_of(gift: Gift) -> list[Share]:
    """The gift's lines as the journal needs them, in their order."""
    lines = gift.lines.select_related("fund").order_by("position")
    return [
        Share(
            fund_id=line.fund_id,
            fund_currency=line.fund.currency,
            fees_from=line.fund.fees_from_id or line.fund_id,
            amount_minor=line.amount_minor,
            cover_minor=line.cover_minor,
        )
        for line in lines
    ]


def came_back(gift: Gift, refund: Refund, value: Value) -> list[Leg]:
    """What a refund brought back, at what it was worth then; no mere mirror of what had gone."""
    taken = dict(
        Posting.objects.filter(
            entry__key=f"refund:{refund.pk}:book", account_id="refunds"
        ).values_list("fund_id", "amount_minor")
    )
    shares = shares_of(gift)
    gone = journals.given_back(
        shares,
        parts=[taken.get(share.fund_id, 0) for share in shares],
        currency=gift.currency,
        value=value.gross,
        fee=-value.fee,
        clearing=accounts.clearing_of(gift.entity_id),
    )
    return [Leg(leg.account, leg.fund_id, -leg.amount) for leg in gone]


def booking_day(entity_id: int, zone: str, instant: dt.datetime) -> dt.date:
    """The day of an instant in the entity's calendar, or the first open one after it."""
    return periods.open_day(entity_id=entity_id, day=instant.astimezone(ZoneInfo(zone)).date())


def _check(gift: Gift, payment: Payment) -> None:
    asked = Money(gift.gross_minor, gift.currency)
    if not payment.is_paid or payment.amount != asked:
        raise PaymentMismatch(f"gift {gift.pk} asked {asked}, payment {payment.id}")
    if gift.settled_at is not None and gift.charge != payment.charge:
        raise PaymentMismatch(f"gift {gift.pk} was paid by {gift.charge}, not {payment.charge}")


def _book_received(gift: Gift, payment: Payment, day: dt.date | None = None) -> None:
    paid_at = payment.paid_at or clock.now()
    entity = gift.entity
    book.post(
        entity_id=entity.pk,
        key=f"gift:{gift.pk}:settle",
        reason=Reason.GIFT,
        cause=f"gift:{gift.pk}",
        actor="stripe",
        happened_on=day or booking_day(entity.pk, entity.zone, paid_at),
        legs=journals.received(
            shares_of(gift), currency=gift.currency, clearing=accounts.clearing_of(entity.pk)
        ),
    )
    gift.state, gift.settled_at = GiftState.SETTLED, paid_at
    gift.ended_at, gift.ended_why, gift.error = None, "", ""
    gift.payment_intent, gift.charge, gift.method = payment.id, payment.charge, payment.method
    gift.attempts, gift.due_at = 0, clock.now()
    gift.save()
    _note_paid(gift, paid_at)
    log.record(
        actor="stripe",
        action="gift.settled",
        subject=f"gift:{gift.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
    )
    receipts.fall_due(gift)
    followers.tell(gift)
    if gift.donor.email:
        guests.ensure(gift.donor.email, gift.donor.name)


def _note_paid(gift: Gift, paid_at: dt.datetime) -> None:
    """The instalment behind the gift is paid, whatever becomes of the gift."""
    Instalment.objects.filter(gift=gift).update(
        state=InstalmentState.PAID, ended_at=paid_at, next_try_at=None, asks_giver=False, trouble=""
    )


def _value_legs(gift: Gift, value: Value) -> list[Leg]:
    """What Stripe made of the payment. Raises PaymentMismatch."""
    gross = Money(gift.gross_minor, gift.currency)
    shares = shares_of(gift)
    if gross.currency == value.gross.currency and gross != value.gross:
        raise PaymentMismatch(f"gift {gift.pk} gave {gross}, its transaction says {value.gross}")
    if any(share.fund_currency != value.gross.currency for share in shares):
        raise PaymentMismatch(f"gift {gift.pk} settled in {value.gross.currency}")
    return journals.valued(
        shares,
        gross=gross,
        value=value.gross,
        fee=value.fee,
        clearing=accounts.clearing_of(gift.entity_id),
    )


def _book_value(gift: Gift, value: Value, day: dt.date | None = None) -> None:
    entity, final_at = gift.entity, clock.now()
    legs = _value_legs(gift, value)
    is_foreign = gift.currency != value.gross.currency
    if is_foreign or value.fee:
        book.post(
            entity_id=entity.pk,
            key=f"gift:{gift.pk}:value",
            reason=Reason.GIFT_VALUE if is_foreign else Reason.FEE,
            cause=f"gift:{gift.pk}",
            actor="stripe",
            happened_on=day or booking_day(entity.pk, entity.zone, final_at),
            legs=legs,
            final_at=final_at,
        )
    else:
        book.finalise(key=f"gift:{gift.pk}:settle", final_at=final_at)
    gift.balance_transaction, gift.final_at = value.id, final_at
    gift.value_currency = value.gross.currency
    gift.value_minor, gift.fee_minor = value.gross.minor, value.fee.minor
    gift.save(
        update_fields=[
            "balance_transaction",
            "final_at",
            "value_currency",
            "value_minor",
            "fee_minor",
        ]
    )
    matches.ring(gift)
