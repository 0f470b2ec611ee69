"""Paying an invoice on a payment page: just what is open, once, and nothing lost.

The page makes an ordinary gift of the zoo, which settles by webhook, return or sweep. A transfer
may come while it is open: then the invoice takes what it still asks for, and the rest is over.
"""

import logging
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from donors import followers, gifts
from donors.models import (
    Donor,
    Gift,
    GiftLine,
    GiftState,
    Invoice,
    InvoiceCard,
    InvoicePayment,
    InvoiceState,
)
from donors.zoos import invoices
from donors.zoos.invoices import NotOpen
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.gateway import payments as gateway
from funding.gateway.client import Rejected, Unreachable
from funding.ledger import holds
from funding.ledger.models import Hold
from funding.money import Money, exponent

logger = logging.getLogger(__name__)

# A page that would close in a moment is no page to send anybody to.
_LEFT: Final = gifts.PAGE_LIVES / 4


class NotByCard(Refused):
    """Cards take no such sum, or the fund is kept in other money than cards bring."""


class OnItsWay(Refused):
    """A debit of this invoice is on its way already."""


def register() -> None:
    """Let settled pages count, and close those that ask for what is not open any more."""
    followers.register("invoice cards", follow)
    jobs.register_sweep("invoice pages", sweep)


@transaction.atomic
def pay(*, invoice_id: int, actor: str) -> Gift:
    """Write down that the zoo pays what is open on a page; `gifts.checkout` leads there.

    As long as that page is open and the sum is the same, it is the same one, however often it
    is asked for. Refuses: NotOpen, NotByCard, OnItsWay.
    """
    invoice = invoices.lock(invoice_id)
    if invoice.state != InvoiceState.OPEN:
        raise NotOpen(_("Nothing of this invoice is open."))
    _must_be_for_cards(invoice)
    for card in _pending(invoice):
        if card.gift.is_processing:
            raise OnItsWay(_("A direct debit for this invoice is on its way already."))
        lives = card.gift.checkout_expires_at - clock.now() > _LEFT
        if lives and card.gift.gross_minor == invoice.open_minor:
            return card.gift
    gift = _gift(invoice)
    InvoiceCard.objects.create(
        invoice=invoice, gift=gift, made_by=actor, created_at=gift.created_at
    )
    log.record(
        actor=actor,
        action="invoice.card_page",
        subject=f"invoice:{invoice.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
        gift=gift.pk,
    )
    return gift


def is_payable(invoice: Invoice) -> bool:
    """Whether a page could be made for it now."""
    try:
        _must_be_for_cards(invoice)
    except NotByCard:
        return False
    return invoice.state == InvoiceState.OPEN


def follow(gift: Gift) -> None:
    """Count a locked gift that came by such a page, once; let go of what was held of it.

    Nothing is refused here: the money has come.
    """
    card = InvoiceCard.objects.filter(gift=gift).first()
    if card is None or gift.settled_at is None:
        return
    if card.counted_at is None:
        _count(card, gift)
    elif card.over_minor and not over(card).minor:
        _release(card, "system")


def over(card: InvoiceCard) -> Money:
    """What of its gift is beyond the invoice and still here."""
    counted = InvoicePayment.objects.filter(gift=card.gift_id).first()
    gift = Gift.objects.get(pk=card.gift_id)
    left = gift.left_minor - (counted.minor if counted else 0)
    return Money(max(0, min(card.over_minor, left)), gift.currency)


def undecided() -> list[InvoiceCard]:
    """What came beyond an invoice and was neither kept nor given back, the oldest first."""
    rows = InvoiceCard.objects.filter(over_minor__gt=0, kept_at=None)
    found = rows.select_related("gift", "invoice__zoo__organisation").order_by("counted_at", "pk")
    return [card for card in found if over(card).minor]


@transaction.atomic
def keep(*, card_id: int, actor: str) -> InvoiceCard:
    """The zoo means what is over as a gift of its own; again: nothing.

    Refuses: NotOpen, when nothing is over.
    """
    card = InvoiceCard.objects.select_for_update(no_key=True).get(pk=card_id)
    if card.kept_at is not None:
        return card
    if not over(card).minor:
        raise NotOpen(_("Nothing came beyond this invoice, or it was given back."))
    card.kept_at, card.kept_by = clock.now(), actor
    card.save(update_fields=["kept_at", "kept_by"])
    _release(card, actor)
    log.record(actor=actor, action="invoice.over_kept", subject=f"invoice:{card.invoice_id}")
    return card


def sweep(*, limit: int = 50) -> int:
    """Close open pages that ask for what is not open any more. Returns how many closed."""
    rows = InvoiceCard.objects.filter(
        gift__state=GiftState.PENDING, gift__processing_since=None
    ).exclude(gift__checkout="")
    stale = rows.exclude(
        invoice__state=InvoiceState.OPEN,
        gift__amount_minor=F("invoice__amount_minor")
        - F("invoice__paid_minor")
        - F("invoice__forgiven_minor")
        - F("invoice__returned_minor"),
    )
    return sum(_close(card) for card in stale.select_related("gift").order_by("pk")[:limit])


def _close(card: InvoiceCard) -> int:
    try:
        gateway.expire_page(card.gift.checkout)
    except Rejected:
        # It is complete or expired; what came of it is told below.
        logger.info("page of invoice %s is closed already", card.invoice_id)
    except Unreachable:
        return 0
    try:
        return int(gifts.follow(card.gift_id).state != GiftState.PENDING)
    except Unreachable:
        return 0


def _pending(invoice: Invoice) -> list[InvoiceCard]:
    rows = invoice.cards.filter(gift__state=GiftState.PENDING).select_related("gift")
    return list(rows.order_by("-pk"))


def _must_be_for_cards(invoice: Invoice) -> None:
    if invoice.fund.currency != invoice.entity.currency:
        raise NotByCard(_("This fund takes no cards. Please pay by bank."))
    if exponent(invoice.currency) == 3 and invoice.open_minor % 10:
        raise NotByCard(_("Cards take no thousandths. Please pay this one by bank."))


def _gift(invoice: Invoice) -> Gift:
    now, zoo = clock.now(), invoice.zoo
    gift = Gift.objects.create(
        form_token=uuid4(),
        entity=invoice.entity,
        donor=Donor.objects.get(organisation=zoo.organisation_id),
        donor_name=zoo.legal_name,
        currency=invoice.currency,
        amount_minor=invoice.open_minor,
        message=invoice.contribution.wish,
        language=zoo.language,
        created_at=now,
        checkout_expires_at=now + gifts.PAGE_LIVES,
        due_at=now + gifts.FIRST_LOOK,
    )
    GiftLine.objects.create(gift=gift, fund=invoice.fund, amount_minor=invoice.open_minor)
    return gift


def _count(card: InvoiceCard, gift: Gift) -> None:
    invoice = invoices.lock(card.invoice_id)
    asked = invoice.open_minor if invoice.state == InvoiceState.OPEN else 0
    minor = min(gift.gross_minor, asked)
    now = clock.now()
    card.counted_at, card.over_minor = now, gift.gross_minor - minor
    card.save(update_fields=["counted_at", "over_minor"])
    if minor:
        InvoicePayment.objects.create(
            invoice=invoice,
            gift=gift,
            minor=minor,
            paid_on=clock.today(invoice.entity.zone),
            created_at=now,
        )
        invoice.paid_minor += minor
        invoices.restate(invoice)
    log.record(
        actor="stripe",
        action="invoice.paid" if minor else "invoice.paid_twice",
        subject=f"invoice:{invoice.pk}",
        minor=minor,
        over=card.over_minor,
        currency=invoice.currency,
        gift=gift.pk,
    )
    if card.over_minor:
        _hold(card, invoice)


def _hold(card: InvoiceCard, invoice: Invoice) -> None:
    """Keep what is over from being awarded. Foreign money has no value that could be held yet."""
    if invoice.currency != invoice.fund.currency:
        return
    amount = Money(card.over_minor, invoice.currency)
    try:
        with transaction.atomic():
            holds.place(fund_id=invoice.fund_id, cause=_cause(card), amount=amount, actor="system")
    except Refused:
        logger.warning("what is over of invoice %s could not be held", invoice.pk)


def _release(card: InvoiceCard, actor: str) -> None:
    for hold in Hold.objects.filter(cause=_cause(card), released_at=None):
        holds.release(hold_id=hold.pk, actor=actor)


def _cause(card: InvoiceCard) -> str:
    return f"invoicecard:{card.pk}"
