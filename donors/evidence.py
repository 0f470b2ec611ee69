"""Our evidence in a dispute: words and papers, kept with us until a treasurer sends them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.models import Dispute, EvidenceFile
from funding import clock
from funding.audit import log
from funding.documents.models import Document
from funding.errors import Refused
from funding.gateway import disputes as gateway
from funding.gateway.client import Unreachable

# Stripe's limits: a field, all fields together, and all papers together.
MOST_LETTERS: Final = 20_000
MOST_LETTERS_TOGETHER: Final = 150_000
MOST_BYTES: Final = 4_500_000

# The words that serve a gift, by their names at Stripe. It knows others, for goods and trips.
TEXTS: Final = {
    "product_description": gettext_lazy("What was paid for"),
    "customer_name": gettext_lazy("Name of the donor"),
    "customer_email_address": gettext_lazy("E-mail address of the donor"),
    "service_date": gettext_lazy("Day of the gift"),
    "refund_policy_disclosure": gettext_lazy("How donors learn when gifts are given back"),
    "refund_refusal_explanation": gettext_lazy("Why it was not given back"),
    "duplicate_charge_explanation": gettext_lazy("Why it was not charged twice"),
    "uncategorized_text": gettext_lazy("Everything else that the bank should know"),
}
# What an appeal is filed with; of all the fields it takes this one and the papers.
REASON: Final = "uncategorized_text"
LONG: Final = frozenset(TEXTS) - {"customer_name", "customer_email_address", "service_date"}
PAPERS: Final = {
    "receipt": gettext_lazy("Receipt"),
    "customer_communication": gettext_lazy("Letters between the donor and us"),
    "service_documentation": gettext_lazy("What became of the gift"),
    "refund_policy": gettext_lazy("Our rules for giving back"),
    "uncategorized_file": gettext_lazy("Any other paper"),
}
_KINDS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


class NotOpen(Refused):
    """The bank does not wait for our answer, or one is on its way."""


class NotEvidence(Refused):
    """The words or the paper are none that the bank takes."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was sent to us."""

    field: str
    name: str
    content: bytes


def lock_open(dispute_id: int) -> Dispute:
    """The dispute, locked, while it can be answered. Refuses: NotOpen."""
    dispute = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute_id)
    if dispute.intent:
        raise NotOpen(_("An answer to this dispute is on its way to the bank."))
    if not dispute.is_open_to_us:
        raise NotOpen(_("The bank does not wait for an answer to this dispute."))
    return dispute


@transaction.atomic
def write(*, dispute_id: int, texts: Mapping[str, str], papers: list[Paper], actor: str) -> Dispute:
    """Keep words and papers; nothing is sent. A paper takes the place of one for its field.

    Refuses: NotOpen, NotEvidence.
    """
    dispute = lock_open(dispute_id)
    kept = {name: text.strip() for name, text in texts.items() if text.strip()}
    if kept.keys() - TEXTS.keys():
        raise NotEvidence(_("The bank does not know one of these fields."))
    longest = max((len(text) for text in kept.values()), default=0)
    if longest > MOST_LETTERS or sum(map(len, kept.values())) > MOST_LETTERS_TOGETHER:
        raise NotEvidence(_("This is longer than banks read: 20,000 letters for one answer."))
    dispute.evidence = kept
    dispute.save(update_fields=["evidence"])
    for paper in papers:
        _keep(dispute, paper, actor)
    _check_size(dispute)
    log.record(
        actor=actor,
        action="dispute.evidence_kept",
        subject=f"gift:{dispute.gift_id}",
        dispute=dispute.pk,
        fields=" ".join(sorted(kept)),
        papers=" ".join(sorted(paper.field for paper in papers)),
    )
    return dispute


def _keep(dispute: Dispute, paper: Paper, actor: str) -> None:
    kind = next((kind for start, kind in _KINDS.items() if paper.content.startswith(start)), None)
    if kind is None or paper.field not in PAPERS:
        raise NotEvidence(_("%s is no PDF, PNG or JPEG; banks take no other papers.") % paper.name)
    dispute.files.filter(field=paper.field).delete()
    EvidenceFile.objects.create(
        dispute=dispute,
        field=paper.field,
        name=paper.name[:120],
        content_type=kind,
        content=paper.content,
        added_by=actor,
        added_at=clock.now(),
    )


def _check_size(dispute: Dispute) -> None:
    size = sum(len(bytes(file.content)) for file in dispute.files.all())
    if size > MOST_BYTES:
        sentence = _("All papers together may have 4.5 MB. Leave one out, or make it smaller.")
        raise NotEvidence(sentence)


@transaction.atomic
def take_out(*, dispute_id: int, field: str, actor: str) -> None:
    """Take a paper out again. Refuses: NotOpen."""
    dispute = lock_open(dispute_id)
    dispute.files.filter(field=field).delete()
    log.record(
        actor=actor,
        action="dispute.paper_taken_out",
        subject=f"gift:{dispute.gift_id}",
        dispute=dispute.pk,
        paper=field,
    )


@transaction.atomic
def add_receipt(*, dispute_id: int, actor: str) -> bool:
    """Put our own receipt among the papers. False when there is none to put. Refuses: NotOpen."""
    dispute = lock_open(dispute_id)
    document = receipt_of(dispute)
    if document is None or document.content is None:
        return False
    paper = Paper("receipt", f"{document.name}.pdf", bytes(document.content))
    _keep(dispute, paper, actor)
    _check_size(dispute)
    return True


def receipt_of(dispute: Dispute) -> Document | None:
    """The paper of the gift that was mailed first, void or not: what the donor was told."""
    receipt = (
        dispute.gift.receipts.filter(document__rendered_at__isnull=False)
        .select_related("document")
        .order_by("version")
        .first()
    )
    return receipt.document if receipt else None


def is_there(dispute: Dispute) -> bool:
    """Whether there is anything to send."""
    if dispute.is_appeal:
        return bool(dispute.evidence.get(REASON))
    return bool(dispute.evidence) or dispute.files.exists()


def hand_over(dispute: Dispute) -> dict[str, str]:
    """Hand Stripe the papers that it has not got; their ids there by field.

    Each has a key of its own and is written down as soon as it is there. Refuses: Unreachable.
    """
    return {file.field: file.stripe_id or _hand_over(file) for file in dispute.files.order_by("pk")}


def _hand_over(file: EvidenceFile) -> str:
    rows = EvidenceFile.objects.filter(pk=file.pk)
    try:
        made = gateway.upload(
            key=f"evidence:{file.uuid}:upload:{file.key_version}",
            name=file.name,
            content=bytes(file.content),
        )
    except Unreachable as error:
        if error.is_stored:
            rows.filter(key_version=file.key_version).update(key_version=file.key_version + 1)
        raise
    rows.update(stripe_id=made)
    return made


def proposed(dispute: Dispute) -> dict[str, str]:
    """Words to begin with, from what we know of the gift; they are changed at will."""
    gift = dispute.gift
    if dispute.evidence:
        return dict(dispute.evidence)
    funds = ", ".join(line.fund.name for line in gift.lines.select_related("fund"))
    received = gift.settled_at or gift.created_at
    return {
        "product_description": _("A gift of %(sum)s to %(entity)s, for: %(funds)s.")
        % {"sum": gift.gross.text(), "entity": gift.entity.legal_name, "funds": funds},
        "customer_name": gift.donor_name,
        "customer_email_address": gift.donor.email,
        "service_date": received.date().isoformat(),
    }
