"""Gifts on their way by direct debit: promised at once, money days later, and sometimes never.

A debit is a promise until Stripe says that it is paid. Until then nothing is booked, no receipt
falls due and no public figure counts it; the donor is told when the bank is expected to pay.
Whoever brings the news, how often and in which order: the payment is looked up again, and the
rules here go forward only.
"""

import datetime as dt
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import settlements
from donors.models import Gift, GiftState, Instalment
from funding import clock
from funding.audit import log
from funding.documents import paper
from funding.gateway import payments
from funding.gateway.client import Missing
from funding.gateway.payments import Mandate, Payment
from funding.mail import outbox
from funding.money import Money
from funding.users import guests

# A bank takes days; asking more often would tell nothing sooner that a webhook did not tell.
LOOK_AGAIN: Final = dt.timedelta(hours=6)
# What `Gift.is_processing` is in a query.
ON_THEIR_WAY: Final = Q(state=GiftState.PENDING, processing_since__isnull=False)

_WHY: Final = {
    "insufficient_funds": gettext_lazy("There was not enough in the account."),
    "debit_not_authorized": gettext_lazy("The bank says that the debit was not agreed to."),
    "account_closed": gettext_lazy("The account is closed."),
    "bank_account_restricted": gettext_lazy("The account takes no direct debits."),
    "charge_exceeds_source_limit": gettext_lazy("The sum is above a limit of the account."),
    "charge_exceeds_transaction_limit": gettext_lazy("The sum is above a limit of the account."),
}


def follow(*, gift_id: int, payment: Payment) -> Gift:
    """Write down how far a debit that is not paid has come. Refuses: Unreachable."""
    debit = payment.debit
    assert debit is not None
    if debit.has_failed:
        return fail(gift_id=gift_id, payment=payment)
    return promise(gift_id=gift_id, payment=payment, mandate=_look_up(debit.mandate))


def _look_up(mandate_id: str) -> Mandate | None:
    try:
        return payments.fetch_mandate(mandate_id) if mandate_id else None
    except Missing:
        # The debit stands whether or not its mandate can be shown.
        return None


@transaction.atomic
def promise(*, gift_id: int, payment: Payment, mandate: Mandate | None) -> Gift:
    """Note that a debit is on its way, and tell the donor once. No money is booked.

    A gift that was received or given up stays as it is. Raises PaymentMismatch.
    """
    gift = settlements.lock(gift_id)
    if gift.state != GiftState.PENDING:
        return gift
    is_new = gift.processing_since is None
    if is_new:
        _note(gift, payment)
        gift.attempts, gift.due_at = 0, clock.now() + LOOK_AGAIN
    gift.error = ""
    _note_mandate(gift, mandate)
    gift.save()
    if is_new:
        log.record(
            actor="stripe",
            action="gift.promised",
            subject=f"gift:{gift.pk}",
            minor=gift.gross_minor,
            currency=gift.currency,
        )
        if gift.donor.email:
            guests.ensure(gift.donor.email, gift.donor.name)
        _mail(gift, "debit_pending")
    return gift


@transaction.atomic
def fail(*, gift_id: int, payment: Payment) -> Gift:
    """Give up a gift whose debit the bank refused, and tell the donor once. Nothing was taken.

    A gift that was received stays as it is: what goes back later is a withdrawal. Raises
    PaymentMismatch.
    """
    gift = settlements.lock(gift_id)
    if gift.state != GiftState.PENDING:
        return gift
    _note(gift, payment)
    why = _why(gift, payment)
    gift.state, gift.ended_at, gift.ended_why = GiftState.FAILED, clock.now(), why
    gift.error = ""
    gift.save()
    log.record(actor="stripe", action="gift.failed", subject=f"gift:{gift.pk}", why=why)
    if not Instalment.objects.filter(gift=gift).exists():
        # The donor of a pledge is told when it is tried again, which this mail would deny.
        _mail(gift, "debit_failed", why=why)
    return gift


def tell_returned(*, gift_id: int, payment: Payment) -> None:
    """Tell whoever gets no receipt after all that the debit came and went again.

    In the transaction that books its withdrawal, and once. Whoever has the receipt is told by
    the mail that makes it void.
    """
    gift = settlements.lock(gift_id)
    if gift.left_minor == 0 and not gift.receipts.filter(mailed_at__isnull=False).exists():
        _mail(gift, "debit_failed", why=_why(gift, payment))


def _why(gift: Gift, payment: Payment) -> str:
    """The bank's reason in the donor's words."""
    with translation.override(gift.language):
        return str(_WHY.get(payment.trouble_code, _("The bank gave no reason.")))


def _note(gift: Gift, payment: Payment) -> None:
    debit = payment.debit
    assert debit is not None
    if payment.amount != gift.gross:
        raise settlements.PaymentMismatch(
            f"gift {gift.pk} asked {gift.gross}, payment {payment.id} is {payment.amount}"
        )
    gift.processing_since = gift.processing_since or clock.now()
    gift.payment_intent, gift.charge, gift.method = payment.id, payment.charge, payment.method
    gift.expected_on, gift.mandate = debit.expected_on, debit.mandate


def _note_mandate(gift: Gift, mandate: Mandate | None) -> None:
    if mandate is None:
        return
    gift.mandate, gift.mandate_reference = mandate.id, mandate.reference
    if not mandate.is_active and gift.mandate_lost_at is None:
        gift.mandate_lost_at = clock.now()
        log.record(actor="stripe", action="gift.mandate_lost", subject=f"gift:{gift.pk}")


def follow_mandate(mandate_id: str) -> bool:
    """Note that a mandate has ended before the money came. False when it is not one of ours.

    The debit itself is not ended by this: its bank says what becomes of it.
    """
    ids = list(Gift.objects.filter(mandate=mandate_id).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return False
    mandate = payments.fetch_mandate(mandate_id)
    for gift_id in ids:
        with transaction.atomic():
            gift = settlements.lock(gift_id)
            if gift.is_processing:
                _note_mandate(gift, mandate)
                gift.save(update_fields=["mandate", "mandate_reference", "mandate_lost_at"])
    return True


def on_their_way() -> QuerySet[Gift]:
    """The gifts whose debit has neither come nor failed."""
    return Gift.objects.filter(ON_THEIR_WAY)


def promised_to() -> dict[int, tuple[int, list[Money]]]:
    """By receiving body: how many debits are on their way, and their sum in each currency."""
    rows = (
        on_their_way()
        .order_by("entity_id", "currency")
        .values_list("entity_id", "currency")
        .annotate(number=Count("pk"), minor=Sum(F("amount_minor") + F("cover_minor")))
    )
    found: dict[int, tuple[int, list[Money]]] = {}
    for entity_id, currency, number, minor in rows:
        count, moneys = found.get(entity_id, (0, []))
        found[entity_id] = count + number, [*moneys, Money(minor, currency)]
    return found


def again_url(gift: Gift) -> str:
    """The giving form, filled with the same fund and sum."""
    line = gift.lines.select_related("fund").order_by("position")[0]
    amount = Money(gift.amount_minor, gift.currency).plain()
    asked = urlencode({"fund": line.fund.slug, "amount": amount, "currency": gift.currency})
    return f"{settings.SITE_URL}{reverse('donors:give')}?{asked}"


def _mail(gift: Gift, template: str, *, why: str = "") -> None:
    entity = paper.entity_facts(gift.entity)
    outbox.queue(
        key=f"gift:{gift.pk}:{template}",
        cause=f"gift:{gift.pk}",
        to_address=gift.donor.address,
        to_name=gift.donor_name,
        template=template,
        context={
            "amount": gift.gross,
            "method": gift.method,
            "promised_on": clock.today(gift.entity.zone),
            "expected_on": gift.expected_on,
            "mandate_reference": gift.mandate_reference,
            "why": why,
            "again_url": again_url(gift),
            "thanks_url": f"{settings.SITE_URL}{reverse('donors:thanks')}?gift={gift.uuid}",
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=gift.language,
    )
