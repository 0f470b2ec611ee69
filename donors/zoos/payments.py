"""What a line of a bank statement pays of an invoice: all of it, a part, never more.

The money becomes an ordinary gift of the zoo, with its entry and its receipt; the invoice only
counts it. What came beyond the invoice stays in the line, to be a gift of its own or sent back.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import followers
from donors.intake import matching, offline
from donors.intake.matching import NotThisOne, Suggestion, Target
from donors.intake.offline import Slip
from donors.models import (
    BankLine,
    BankPart,
    Donor,
    Gift,
    Invoice,
    InvoicePayment,
    InvoiceState,
    Means,
)
from donors.zoos import invoices, pauses, references
from funding import clock
from funding.audit import log
from funding.ledger import book, periods, verify
from funding.ledger.book import Leg
from funding.ledger.models import Reason
from funding.money import Money

INVOICE: Final = "invoice"

_COUNTS: Final = """
SELECT 'invoice ' || i.id,
       'counts ' || i.paid_minor || ', payments ' || coalesce(sum(p.minor - p.gone_minor), 0)
FROM donors_invoice i
LEFT JOIN donors_invoicepayment p ON p.invoice_id = i.id AND p.undone_at IS NULL
GROUP BY i.id HAVING i.paid_minor <> coalesce(sum(p.minor - p.gone_minor), 0)
"""


@dataclass(frozen=True, slots=True)
class Paying:
    """Which invoice a part of a line pays, and how much of it in the invoice's own currency."""

    invoice_id: int
    minor: int


def register() -> None:
    """Let invoices be what lines turn out to be, and their sums be verified."""
    matching.register_target(INVOICE, Target(gettext_lazy("An invoice"), suggest, take, let_go))
    followers.register("invoices", follow)
    verify.register("invoice_counts_its_payments", _COUNTS)


def suggest(line: BankLine) -> list[Suggestion]:
    """The invoices whose reference or number the payer wrote, and those of the payer's name."""
    if line.amount_minor < 0:
        return []
    named = _named(line)
    rows = Invoice.objects.filter(entity=line.entity_id, state=InvoiceState.OPEN)
    rows = rows.select_related("zoo", "fund", "document").order_by("due_on", "pk")
    found = [each for each in rows if each.fund.currency == line.currency]
    by_name = [each for each in found if each.pk in named]
    by_payer = [each for each in found if each.pk not in named and _is_payer(each, line)]
    return [_suggestion(each, line, is_named=each.pk in named) for each in by_name + by_payer]


def _named(line: BankLine) -> set[int]:
    wrote = f"{line.text} {line.reference}"
    rows = Invoice.objects.filter(reference__in=references.found_in(wrote))
    named = set(rows.values_list("pk", flat=True))
    others = Invoice.objects.filter(entity=line.entity_id, state=InvoiceState.OPEN)
    said = wrote.upper().replace(" ", "")
    for invoice in others.select_related("document"):
        if invoice.document is not None and invoice.document.name in said:
            named.add(invoice.pk)
    return named


def _is_payer(invoice: Invoice, line: BankLine) -> bool:
    names = {invoice.zoo.legal_name.casefold(), invoice.zoo.name.casefold()}
    return line.payer_name.casefold() in names and invoice.open == line.left


def _suggestion(invoice: Invoice, line: BankLine, *, is_named: bool) -> Suggestion:
    is_own = invoice.currency == line.currency
    minor = min(line.left_minor, invoice.open_minor) if is_own else invoice.open_minor
    said = {"invoice": invoice.document, "zoo": invoice.zoo.name, "open": invoice.open.text()}
    if not is_own:
        why = _("The payer wrote its reference, and the bank changed the money.")
    elif is_named:
        why = _("The payer wrote its reference.")
    else:
        why = _("It is open with the same sum for a zoo of this name.")
    return Suggestion(
        kind=INVOICE,
        key=str(invoice.pk),
        words=_("Invoice %(invoice)s of %(zoo)s, %(open)s open") % said,
        why=why,
        amount=Money(minor, line.currency) if is_own else line.left,
        # What the bank made of other money only a person can judge.
        is_certain=is_own and is_named and invoice.open == line.left,
        what=Paying(invoice.pk, minor),
    )


def take(part: BankPart, what: object, actor: str) -> str:
    """Count the part on the invoice, and enter the gift that it is.

    Refuses: NotThisOne, when the invoice is not open, or asks for less than this.
    """
    line = part.line
    assert isinstance(what, Paying)
    invoice = invoices.lock(what.invoice_id)
    _must_fit(invoice, line, part, what.minor)
    is_own = invoice.currency == line.currency
    donor = Donor.objects.get(organisation=invoice.zoo.organisation_id)
    gift = offline.enter(
        slip=Slip(
            token=part.token,
            entity_id=line.entity_id,
            donor_id=donor.pk,
            donor_name=invoice.zoo.legal_name,
            lines=((invoice.fund_id, what.minor),),
            currency=invoice.currency,
            means=Means.BANK,
            place=line.place_id,
            received_on=line.booked_on,
            reference=f"{line.reference[:110]}/{invoice.reference}",
            value=None if is_own else Money(part.amount_minor, line.currency),
            language=invoice.zoo.language,
            is_asked=True,
        ),
        actor=actor,
        happened_on=matching.open_day(line),
    )
    InvoicePayment.objects.create(
        invoice=invoice,
        gift=gift,
        minor=what.minor,
        paid_on=line.booked_on,
        created_at=clock.now(),
    )
    invoice.paid_minor += what.minor
    invoices.restate(invoice)
    log.record(
        actor=actor,
        action="invoice.paid",
        subject=f"invoice:{invoice.pk}",
        minor=what.minor,
        currency=invoice.currency,
        gift=gift.pk,
    )
    return f"gift:{gift.pk}"


def _must_fit(invoice: Invoice, line: BankLine, part: BankPart, minor: int) -> None:
    if line.amount_minor < 0 or invoice.entity_id != line.entity_id:
        raise NotThisOne(_("This line cannot pay this invoice."))
    if invoice.state != InvoiceState.OPEN:
        raise NotThisOne(_("This invoice is paid or cancelled."))
    if not 0 < minor <= invoice.open_minor:
        sentence = _("%s of this invoice is open. What came beyond it is a gift of its own.")
        raise NotThisOne(sentence % invoice.open.text())
    if invoice.currency == line.currency and minor != part.amount_minor:
        raise NotThisOne(_("In one currency a part pays just what it is."))
    if invoice.fund.currency != line.currency:
        sentence = _("The fund is kept in %s. Match this money once the bank has changed it.")
        raise NotThisOne(sentence % invoice.fund.currency)


def let_go(part: BankPart, why: str, actor: str) -> None:
    """Undo the gift, and ask for the money again. What was let go of the rest stays so."""
    gift = Gift.objects.select_for_update(no_key=True).get(pk=int(part.target.partition(":")[2]))
    payment = InvoicePayment.objects.get(gift=gift)
    invoice = invoices.lock(payment.invoice_id)
    # Undone first, so that a gift that was never made is no money that went back.
    payment.undone_at = clock.now()
    payment.save(update_fields=["undone_at"])
    offline.undo(gift=gift, why=why, actor=actor)
    invoice.paid_minor -= payment.minor - payment.gone_minor
    if invoice.paid_minor == 0:
        # A rest is let go of something that was paid.
        invoice.forgiven_minor, invoice.forgiven_why = 0, ""
    invoices.restate(invoice)
    log.record(actor=actor, action="invoice.unpaid", subject=f"invoice:{invoice.pk}", gift=gift.pk)


def follow(gift: Gift) -> None:
    """Count on its invoice what is left of a locked gift that paid one.

    What went back leaves the invoice paid no more, and nobody is dunned for it: the zoo may have
    taken it back on purpose. What comes again counts again, but never beyond what is asked.
    """
    payment = InvoicePayment.objects.filter(gift=gift, undone_at=None).first()
    if payment is None:
        return
    invoice = invoices.lock(payment.invoice_id)
    if invoice.state == InvoiceState.CANCELLED:
        return
    # Of a gift beyond the invoice, what is beyond it goes back first.
    gone = max(0, payment.minor - gift.left_minor)
    change = gone - payment.gone_minor
    if change < 0:
        # Meanwhile other money may have paid what went back.
        room = invoice.amount_minor - invoice.paid_minor - invoice.forgiven_minor
        change = max(change, -room)
    if change == 0:
        return
    payment.gone_minor += change
    payment.save(update_fields=["gone_minor"])
    invoice.paid_minor -= change
    invoice.returned_minor = max(0, invoice.returned_minor + change)
    invoices.restate(invoice)
    log.record(
        actor="system",
        action="invoice.money_back" if change > 0 else "invoice.money_again",
        subject=f"invoice:{invoice.pk}",
        minor=abs(change),
        currency=invoice.currency,
        gift=gift.pk,
    )
    if change > 0:
        pauses.pause(invoice, gift, Money(change, invoice.currency))


def show_bank_fee(*, invoice_id: int, actor: str) -> int:
    """Book as a gift and a cost what banks kept of a payment on the way, for a paid invoice.

    Only where the zoo has shown that it sent the whole: then the gift was the whole, and the fee
    is a cost that was made with it. The rest must have been let go first. Returns the entry.
    Refuses: NotOpen.
    """
    invoice = invoices.lock(invoice_id)
    payment = invoice.payments.filter(undone_at=None).order_by("-pk").first()
    if payment is None or not invoice.forgiven_minor:
        sentence = _("Let the rest go first: what banks kept is the rest of a paid invoice.")
        raise invoices.NotOpen(sentence)
    if invoice.currency != invoice.fund.currency:
        sentence = _("What banks kept of other money is in what they made of it already.")
        raise invoices.NotOpen(sentence)
    kept = Money(invoice.forgiven_minor, invoice.currency)
    entry = book.post(
        entity_id=invoice.entity_id,
        key=f"invoice:{invoice.pk}:bank-fee",
        reason=Reason.FEE,
        cause=f"gift:{payment.gift_id}",
        actor=actor,
        happened_on=periods.open_day(entity_id=invoice.entity_id, day=payment.paid_on),
        legs=[
            Leg("gifts", invoice.fund_id, -kept),
            Leg("bank_fees", invoice.fund_id, kept),
        ],
    )
    log.record(
        actor=actor,
        action="invoice.fee_shown",
        subject=f"invoice:{invoice.pk}",
        minor=kept.minor,
        currency=kept.currency,
    )
    return entry
