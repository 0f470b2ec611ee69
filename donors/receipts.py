"""The paper that a gift earns: issued once it is paid, corrected by a further one.

Issuing takes the number in a short transaction of its own; rendering and mailing follow and
may fail and be repeated without a second number or a second mail.
"""

import datetime as dt
import logging
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from donors.models import Gift, Receipt, ReceiptState, WithdrawalKind
from donors.pools import matches, shown
from funding import clock, jobs
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document, DocumentState
from funding.documents.register import CannotRender
from funding.mail import outbox
from funding.money import Money

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(minutes=5)
# With waits that double from a minute they reach over four hours; then somebody has to look.
MOST_ATTEMPTS = 9
_FIRST_WAIT = dt.timedelta(minutes=1)


def fall_due(gift: Gift) -> Receipt:
    """Note, in the transaction that books the gift, that it has earned a receipt."""
    now = clock.now()
    receipt = Receipt.objects.create(
        gift=gift, gives_minor=gift.left_minor, created_at=now, due_at=now
    )
    jobs.after_commit("donors.tasks.make_receipt", receipt.pk)
    return receipt


def correct(gift: Gift) -> None:
    """Correct, replace or void after a refund or a bank changed what was given.

    In the transaction of that change; the gift is locked by the caller. A receipt not yet
    issued is corrected before anyone saw it; one that is out is replaced by a further one, or
    void when nothing is left.
    """
    latest = Receipt.objects.select_for_update().filter(gift=gift).order_by("-version").first()
    if latest is None:
        return
    left = gift.left_minor
    if left == 0:
        _end_papers(gift, latest)
    elif latest.state == ReceiptState.ISSUED:
        _correct_issued(gift, latest, left)
    elif latest.gives_minor != left or latest.state == ReceiptState.NOT_NEEDED:
        latest.gives_minor = left
        _set_state(latest, ReceiptState.DUE)
        jobs.after_commit("donors.tasks.make_receipt", latest.pk)


def withdraw(gift: Gift) -> None:
    """End every paper of a locked gift that was entered by mistake, and tell who has one."""
    latest = Receipt.objects.select_for_update().filter(gift=gift).order_by("-version").first()
    if latest is not None:
        _end_papers(gift, latest, template="receipt_mistake")


def _end_papers(gift: Gift, latest: Receipt, *, template: str = "") -> None:
    """Nothing is left of the gift: no paper of it stands, and whoever has one is told."""
    if latest.state == ReceiptState.DUE:
        _set_state(latest, ReceiptState.NOT_NEEDED)
    issued = gift.receipts.filter(document__isnull=False).select_related("document")
    for receipt in issued.filter(document__state=DocumentState.VALID):
        register.void(document_id=_document(receipt).pk, actor="system")
    told = issued.filter(mailed_at__isnull=False).order_by("-version").first()
    if told is not None:
        _queue_void_mail(gift, told, _document(told), template=template)


def _document(receipt: Receipt) -> Document:
    assert receipt.document is not None
    return receipt.document


def _set_state(receipt: Receipt, state: ReceiptState) -> None:
    receipt.state, receipt.due_at = state, clock.now()
    receipt.save(update_fields=["state", "due_at", "gives_minor"])


def _correct_issued(gift: Gift, latest: Receipt, left: int) -> None:
    is_valid = _document(latest).state == DocumentState.VALID
    if left == latest.gives_minor and is_valid:
        return
    _further(gift, latest, left)


def _further(gift: Gift, latest: Receipt, left: int) -> None:
    now = clock.now()
    receipt = Receipt.objects.create(
        gift=gift, version=latest.version + 1, gives_minor=left, created_at=now, due_at=now
    )
    jobs.after_commit("donors.tasks.make_receipt", receipt.pk)


def reissue(gift: Gift) -> None:
    """Replace a locked gift's receipt that is out, because another of its facts has changed."""
    latest = Receipt.objects.select_for_update().filter(gift=gift).order_by("-version").first()
    if latest is not None and latest.state == ReceiptState.ISSUED and gift.left_minor:
        _further(gift, latest, gift.left_minor)


def make(receipt_id: int) -> None:
    """Take a receipt as far as it will go today: number, PDF, mail. Harmless when repeated."""
    document_id = issue(receipt_id)
    if document_id is None:
        return
    _match_first(receipt_id)
    try:
        register.render(document_id)
    except CannotRender:
        logger.warning("receipt %s waits for its PDF", receipt_id)
    mail_out(receipt_id)


def _match_first(receipt_id: int) -> None:
    """Have pools decide before the mail is written, so that it can tell what they add."""
    gift_id = Receipt.objects.values_list("gift_id", flat=True).get(pk=receipt_id)
    if matches.concerns(gift_id):
        matches.consider(gift_id)


@transaction.atomic
def issue(receipt_id: int) -> int | None:
    """Give a due receipt its number and freeze its facts. Returns its document's id.

    None when it is not needed any more, or when a gift was given back first.
    """
    gift_id = Receipt.objects.values_list("gift_id", flat=True).get(pk=receipt_id)
    # The gift first, as a refund does: whoever comes second sees what the first one did.
    gift = Gift.objects.select_for_update(no_key=True).get(pk=gift_id)
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    if receipt.state != ReceiptState.DUE:
        return receipt.document_id
    before = _previous_document(receipt)
    document = register.issue(
        entity_id=gift.entity_id,
        template="receipt",
        key=f"receipt:{receipt.pk}:document",
        snapshot=_snapshot(gift, receipt, before),
        language=gift.language,
    )
    receipt.state, receipt.document = ReceiptState.ISSUED, document
    receipt.save(update_fields=["state", "document"])
    if before is not None and before.state == DocumentState.VALID:
        register.replace(document_id=before.pk, by_id=document.pk, actor="system")
    log.record(
        actor="system",
        action="receipt.issued",
        subject=f"gift:{gift.pk}",
        document=document.name,
        minor=receipt.gives_minor,
    )
    return int(document.pk)


def _previous_document(receipt: Receipt) -> Document | None:
    earlier = (
        Receipt.objects.filter(
            gift_id=receipt.gift_id, version__lt=receipt.version, document__isnull=False
        )
        .select_related("document")
        .order_by("-version")
        .first()
    )
    return earlier.document if earlier else None


def _snapshot(gift: Gift, receipt: Receipt, before: Document | None) -> dict[str, object]:
    entity = gift.entity
    assert gift.settled_at is not None
    received = gift.settled_at.astimezone(ZoneInfo(entity.zone))
    lines = gift.lines.select_related("fund").order_by("position")
    return {
        "entity": paper.entity_facts(entity),
        "donor": {"name": gift.donor_name},
        "gift": {
            "uuid": str(gift.uuid),
            "received_at": gift.settled_at.isoformat(),
            "received_on": received.date().isoformat(),
            "zone": entity.zone,
            "currency": gift.currency,
            "method": gift.method,
        },
        "lines": [
            {
                "fund": line.fund.name,
                "purpose": line.fund.purpose,
                "surplus": line.fund.surplus,
                "minor": line.amount_minor,
            }
            for line in lines
        ],
        "cover_minor": gift.cover_minor,
        "given_minor": gift.gross_minor,
        "refunded_minor": gift.gross_minor - receipt.gives_minor,
        "is_taken_back": gift.withdrawn_minor > 0,
        "gives_minor": receipt.gives_minor,
        "benefit": _benefit(gift),
        "replaces": before.name if before else None,
        "site_url": settings.SITE_URL,
    }


def _benefit(gift: Gift) -> object:
    if not gift.benefit_minor:
        return "none"
    return {"minor": gift.benefit_minor, "words": gift.benefit_words}


@transaction.atomic
def mail_out(receipt_id: int) -> None:
    """Put the receipt's mail into the outbox, once; the paper after it where it was owed."""
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    document = receipt.document
    if document is None or document.state != DocumentState.VALID:
        # Ended before anybody was told of it: there is nothing to tell.
        return
    has_paper = document.rendered_at is not None
    if not receipt.gift.donor.address:
        # Nobody to mail it to: the paper is printed and handed over once it is made.
        receipt.mailed_at, receipt.owes_document = clock.now(), False
        receipt.save(update_fields=["mailed_at", "owes_document"])
        return
    is_second = receipt.mailed_at is not None
    if is_second and not (receipt.owes_document and has_paper):
        return
    kind = "paper" if is_second else "mail"
    _queue_receipt_mail(receipt, document, key=f"receipt:{receipt.pk}:{kind}")
    receipt.mailed_at = receipt.mailed_at or clock.now()
    receipt.owes_document = not has_paper
    receipt.save(update_fields=["mailed_at", "owes_document"])


@transaction.atomic
def resend(*, receipt_id: int, actor: str) -> None:
    """Mail the same bytes once more, marked as a copy.

    Before the first mail there is nothing to copy: that mail then goes now, if the paper still
    stands. A copy beside it would be known to nobody who has to tell that the paper ended.
    """
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    document = receipt.document
    if document is None or document.rendered_at is None or not receipt.gift.donor.address:
        return
    if receipt.mailed_at is None:
        mail_out(receipt_id)
        return
    copies = outbox.sent_with_prefix(f"receipt:{receipt.pk}:copy-")
    _queue_receipt_mail(
        receipt, document, key=f"receipt:{receipt.pk}:copy-{copies + 1}", is_copy=True
    )
    log.record(actor=actor, action="receipt.resent", subject=f"gift:{receipt.gift_id}")


def _queue_receipt_mail(
    receipt: Receipt, document: Document, *, key: str, is_copy: bool = False
) -> None:
    gift = receipt.gift
    snapshot = document.snapshot
    files = []
    if document.content is not None:
        content = bytes(document.content)
        files = [outbox.File(f"{document.name}.pdf", "application/pdf", content)]
    currency = gift.currency
    outbox.queue(
        key=key,
        cause=f"gift:{gift.pk}",
        to_address=gift.donor.address,
        to_name=gift.donor_name,
        template="receipt",
        context=_mail_facts(gift, document)
        | {
            "lines": [(line["fund"], Money(line["minor"], currency)) for line in snapshot["lines"]],
            "cover": Money(snapshot["cover_minor"], currency),
            "refunded": Money(snapshot["refunded_minor"], currency),
            "is_taken_back": snapshot.get("is_taken_back", False),
            "total": Money(snapshot["gives_minor"], currency),
            "added": shown.added_to(gift),
            "is_copy": is_copy,
            "pdf_follows": not files,
            "replaced": snapshot["replaces"] or "",
            "verify_url": register.verify_url(document),
        },
        language=gift.language,
        attachments=files,
    )


def _queue_void_mail(gift: Gift, receipt: Receipt, document: Document, *, template: str) -> None:
    if not gift.donor.address:
        return
    outbox.queue(
        key=f"receipt:{receipt.pk}:void",
        cause=f"gift:{gift.pk}",
        to_address=gift.donor.address,
        to_name=gift.donor_name,
        template=template or ("receipt_withdrawn" if gift.withdrawn_minor else "receipt_void"),
        context=_mail_facts(gift, document)
        | {
            "amount": Money(gift.gross_minor, gift.currency),
            "taken": Money(gift.withdrawn_minor, gift.currency),
            "refunded_on": clock.today(gift.entity.zone),
            "is_returned": gift.withdrawals.filter(kind=WithdrawalKind.LATE_FAILURE).exists(),
            "give_url": f"{settings.SITE_URL}{reverse('donors:give')}",
        },
        language=gift.language,
    )


def _mail_facts(gift: Gift, document: Document) -> dict[str, object]:
    entity = document.snapshot["entity"]
    return {
        "donor_name": gift.donor_name,
        "document_name": document.name,
        "method": document.snapshot["gift"]["method"],
        "gift": Money(gift.gross_minor, gift.currency),
        "received_on": dt.date.fromisoformat(document.snapshot["gift"]["received_on"]),
        "entity": entity,
        "illustrative": entity["is_illustrative"],
    }


def _unmade() -> QuerySet[Receipt]:
    stands = Q(document__state=DocumentState.VALID)
    return Receipt.objects.filter(
        Q(state=ReceiptState.DUE)
        | stands & Q(state=ReceiptState.ISSUED, mailed_at__isnull=True)
        | stands & Q(owes_document=True, document__rendered_at__isnull=False)
    )


def waiting() -> QuerySet[Receipt]:
    """The receipts that are to be made or mailed and are tried by themselves."""
    return _unmade().filter(attempts__lt=MOST_ATTEMPTS)


def given_up() -> QuerySet[Receipt]:
    """The receipts whose attempts are used up, the oldest first."""
    return _unmade().filter(attempts__gte=MOST_ATTEMPTS).order_by("created_at", "pk")


def sweep(*, limit: int = 100) -> int:
    """Make every receipt that is due, and mail every paper that is owed."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "id")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(receipt_id: int) -> int:
    now = clock.now()
    rows = Receipt.objects.filter(pk=receipt_id)
    claimed = rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE)
    if not claimed:
        return 0
    try:
        make(receipt_id)
    except Exception as error:
        logger.exception("receipt %s cannot be made", receipt_id)
        wait = _FIRST_WAIT * 2 ** (rows.get().attempts - 1)
        rows.update(error=f"{type(error).__name__}: {error}"[:2000], due_at=clock.now() + wait)
        return 0
    rows.update(error="", attempts=0)
    return 1
