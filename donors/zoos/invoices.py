"""Invoices: issued with a number that has no gap, mailed, cancelled, replaced, let go."""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import Contribution, Invoice, InvoiceState, PayInto
from donors.zoos import accounts, proformas, references, words
from funding import clock, jobs
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document, DocumentState
from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.mail import outbox

logger = logging.getLogger(__name__)

# How long a zoo has to pay.
DAYS: Final = dt.timedelta(days=30)
_LEASE: Final = dt.timedelta(minutes=5)


class NotOpen(Refused):
    """It is paid, in part or in full, or cancelled."""


class NoReason(Refused):
    """What is let go or called back is so for a reason."""


class NoAccount(Refused):
    """Nobody has written down yet into which account zoos pay."""


def issue(row: Contribution, *, period_on: dt.date) -> Invoice | None:
    """Issue the invoice of a locked promise for one of its days, in the open transaction.

    None while no account is known that it could print. It takes the place of a pro-forma.
    """
    account = accounts.current(row.entity_id)
    if account is None:
        return None
    announced = proformas.standing(row)
    made = _row(row, period_on, row.amount_minor, row.order_number)
    # Only where there is one, so that the facts of other invoices stay what they were.
    more = {"proforma": announced.name} if announced else {}
    _number(made, account, before=None, more=more)
    if announced:
        register.replace(document_id=announced.pk, by_id=_document(made).pk, actor="system")
    return made


def _row(row: Contribution, period_on: dt.date, minor: int, order_number: str) -> Invoice:
    assert row.fund is not None
    now, today = clock.now(), clock.today(row.entity.zone)
    made = Invoice.objects.create(
        contribution=row,
        zoo=row.zoo,
        entity=row.entity,
        fund=row.fund,
        order_number=order_number,
        currency=row.currency,
        amount_minor=minor,
        period_on=period_on,
        issued_on=today,
        due_on=today + DAYS,
        created_at=now,
        due_at=now,
    )
    made.reference = references.reference(row.entity.series, made.pk)
    made.save(update_fields=["reference"])
    return made


def _number(
    invoice: Invoice,
    account: PayInto,
    *,
    before: Document | None,
    more: Mapping[str, str] | None = None,
) -> None:
    document = register.issue(
        entity_id=invoice.entity_id,
        template="invoice",
        key=f"invoice:{invoice.pk}:document",
        snapshot=_snapshot(invoice, account, before) | dict(more or {}),
        language=invoice.zoo.language,
    )
    invoice.document = document
    invoice.save(update_fields=["document"])
    log.record(
        actor="system",
        action="invoice.issued",
        subject=f"invoice:{invoice.pk}",
        document=document.name,
        minor=invoice.amount_minor,
        currency=invoice.currency,
    )
    jobs.after_commit("donors.tasks.make_invoice", invoice.pk)


def _snapshot(invoice: Invoice, account: PayInto, before: Document | None) -> dict[str, object]:
    zoo = invoice.zoo
    return {
        "entity": paper.entity_facts(invoice.entity),
        "zoo": {
            "legal_name": zoo.legal_name,
            "address": zoo.billing_address.splitlines(),
            "country": zoo.organisation.country,
            "vat_number": zoo.vat_number,
            "attention": zoo.finance_name,
        },
        "order_number": invoice.order_number,
        "currency": invoice.currency,
        "minor": invoice.amount_minor,
        "fund": invoice.fund.name,
        "purpose": invoice.fund.purpose,
        "wish": invoice.contribution.wish,
        "pace": invoice.contribution.pace,
        "promised_on": invoice.contribution.created_at.date().isoformat(),
        "period_on": invoice.period_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "reference": references.spaced(invoice.reference),
        "account": {
            "holder": account.holder,
            "bank": account.bank,
            "iban": references.spaced(account.iban),
            "bic": account.bic,
        },
        "replaces": before.name if before else None,
        "site_url": settings.SITE_URL,
    }


def make(invoice_id: int) -> None:
    """Render an invoice and mail it to who sees to it. Harmless when repeated."""
    document_id = Invoice.objects.values_list("document_id", flat=True).get(pk=invoice_id)
    if document_id is None:
        return
    try:
        register.render(document_id)
    except CannotRender:
        logger.warning("invoice %s waits for its PDF", invoice_id)
    mail_out(invoice_id)


@transaction.atomic
def mail_out(invoice_id: int) -> None:
    """Put the mail of an open invoice into the outbox, once."""
    invoice = lock(invoice_id)
    if invoice.mailed_at is not None or invoice.state != InvoiceState.OPEN:
        return
    _queue(invoice, "mail", "invoice")
    invoice.mailed_at = clock.now()
    invoice.save(update_fields=["mailed_at"])


def waiting() -> QuerySet[Invoice]:
    """The open invoices that nobody was mailed yet."""
    return Invoice.objects.filter(mailed_at__isnull=True, state=InvoiceState.OPEN)


def sweep(*, limit: int = 50) -> int:
    """Mail what is due and was not. Returns how many invoices that moved."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        later = clock.now() + _LEASE
        waiting().filter(pk=pk).update(attempts=F("attempts") + 1, due_at=later)
        make(pk)
        done += 1
    return done


@transaction.atomic
def cancel(*, invoice_id: int, why: str, actor: str) -> Invoice:
    """Call an invoice back that nothing was paid on; again: nothing. Its paper is void.

    Refuses: NotOpen, NoReason.
    """
    invoice = lock(invoice_id)
    if invoice.state == InvoiceState.CANCELLED:
        return invoice
    _call_back(invoice, why)
    register.void(document_id=_document(invoice).pk, actor=actor)
    log.record(actor=actor, action="invoice.cancelled", subject=f"invoice:{invoice.pk}")
    if invoice.mailed_at is not None:
        _queue(invoice, "cancelled", "invoice_cancelled")
    return invoice


@transaction.atomic
def replace(
    *, invoice_id: int, amount_minor: int, order_number: str, why: str, actor: str
) -> Invoice:
    """Issue another one in an invoice's place, with its profile, sum and order as they are now.

    Again: the one that was issued then. Refuses: NotOpen, NoReason, NoAccount.
    """
    invoice = lock(invoice_id)
    if invoice.replaced_by is not None:
        return invoice.replaced_by
    account = accounts.current(invoice.entity_id)
    if account is None:
        raise NoAccount(_("Write down first into which account zoos pay."))
    if amount_minor <= 0:
        raise NotOpen(_("Write a sum above zero."))
    before = _document(invoice)
    _call_back(invoice, why)
    order = words.one_line(order_number, 60)
    made = _row(invoice.contribution, invoice.period_on, amount_minor, order)
    _number(made, account, before=before)
    register.replace(document_id=before.pk, by_id=_document(made).pk, actor=actor)
    invoice.replaced_by = made
    invoice.save(update_fields=["replaced_by"])
    log.record(actor=actor, action="invoice.replaced", subject=f"invoice:{invoice.pk}", by=made.pk)
    return made


@transaction.atomic
def forgive(*, invoice_id: int, why: str, actor: str) -> Invoice:
    """Ask no longer for what is still open of an invoice that was paid in part.

    Nothing is booked, because nothing was: a promise is no income. Refuses: NotOpen, NoReason.
    """
    invoice = lock(invoice_id)
    if invoice.state != InvoiceState.OPEN or invoice.paid_minor == 0:
        sentence = _("Only the rest of an invoice that was paid in part is let go.")
        raise NotOpen(sentence)
    reason = _reason(why)
    left = invoice.open_minor
    invoice.forgiven_minor, invoice.forgiven_why = left, reason
    restate(invoice)
    log.record(
        actor=actor,
        action="invoice.forgiven",
        subject=f"invoice:{invoice.pk}",
        minor=left,
        currency=invoice.currency,
    )
    return invoice


@transaction.atomic
def reopen(*, invoice_id: int, why: str, actor: str) -> Invoice:
    """Ask again for money that came and went back, with thirty days from today to pay it.

    The paper and its reference stay as they are. Refuses: NotOpen, NoReason.
    """
    invoice = lock(invoice_id)
    if invoice.state == InvoiceState.CANCELLED or not invoice.returned_minor:
        raise NotOpen(_("Nothing went back of this invoice that could be asked for again."))
    reason, minor = _reason(why), invoice.returned_minor
    invoice.returned_minor = 0
    if invoice.paid_minor == 0:
        # A rest is let go of something that was paid.
        invoice.forgiven_minor, invoice.forgiven_why = 0, ""
    invoice.due_on, invoice.reminded = clock.today(invoice.entity.zone) + DAYS, 0
    invoice.save(update_fields=["due_on", "reminded"])
    restate(invoice)
    log.record(
        actor=actor,
        action="invoice.reopened",
        subject=f"invoice:{invoice.pk}",
        minor=minor,
        currency=invoice.currency,
        why=reason,
    )
    return invoice


def restate(invoice: Invoice) -> None:
    """Set the state of a locked invoice from its sums, and save it."""
    left = invoice.amount_minor - invoice.paid_minor - invoice.forgiven_minor
    if left > invoice.returned_minor:
        invoice.state, invoice.ended_at = InvoiceState.OPEN, None
    else:
        is_back = invoice.returned_minor > 0
        invoice.state = InvoiceState.RETURNED if is_back else InvoiceState.PAID
        invoice.ended_at = clock.now()
    names = "paid_minor forgiven_minor forgiven_why returned_minor state ended_at"
    invoice.save(update_fields=names.split())


def lock(invoice_id: int) -> Invoice:
    """The invoice, locked for the rest of the transaction."""
    return Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)


def _call_back(invoice: Invoice, why: str) -> None:
    if invoice.state != InvoiceState.OPEN or invoice.paid_minor:
        raise NotOpen(_("Something was paid on this invoice, or it is not open any more."))
    invoice.cancelled_why = _reason(why)
    invoice.returned_minor = 0
    invoice.state, invoice.ended_at = InvoiceState.CANCELLED, clock.now()
    invoice.save(update_fields=["cancelled_why", "returned_minor", "state", "ended_at"])


def _reason(why: str) -> str:
    reason = words.one_line(why)
    if not reason:
        raise NoReason(_("Write why."))
    return reason


def _document(invoice: Invoice) -> Document:
    assert invoice.document is not None
    return invoice.document


def _queue(invoice: Invoice, what: str, template: str) -> None:
    document, zoo = _document(invoice), invoice.zoo
    files = []
    if document.content is not None and document.state == DocumentState.VALID:
        files = [outbox.File(f"{document.name}.pdf", "application/pdf", bytes(document.content))]
    place = reverse("donors:zoo_invoice_page", kwargs={"uuid": zoo.uuid, "pk": invoice.pk})
    outbox.queue(
        key=f"invoice:{invoice.pk}:{what}",
        cause=f"invoice:{invoice.pk}",
        to_address=zoo.finance_email,
        to_name=zoo.finance_name or zoo.legal_name,
        template=template,
        context={
            "entity": document.snapshot["entity"],
            "illustrative": document.snapshot["entity"]["is_illustrative"],
            "zoo": zoo.name,
            "document_name": document.name,
            "amount": invoice.amount,
            "fund": invoice.fund.name,
            "order_number": invoice.order_number,
            "due_on": invoice.due_on,
            "reference": document.snapshot["reference"],
            "account": document.snapshot["account"],
            "pdf_follows": not files,
            "here_url": f"{settings.SITE_URL}{place}",
        },
        language=zoo.language,
        attachments=files,
    )
