"""Pro-forma papers of a promise: for whoever has to approve it, before its first invoice.

A pro-forma asks for no payment and takes no number of the series of invoices: it is counted in
a series of its own. The same promise gives the same paper. One that says something else
replaces it, as does the invoice when it comes; a promise that ends leaves none that counts.
"""

from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from donors.models import Contribution, ContributionState, Proforma
from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.making import fingerprint
from funding.documents.models import Document, DocumentState
from funding.errors import Refused

_AHEAD: Final = (ContributionState.PROPOSED, ContributionState.RUNNING)


class NothingAhead(Refused):
    """No invoice of this promise is still to come, or it comes today."""


@transaction.atomic
def ask(*, contribution_id: int, actor: str) -> Proforma:
    """The pro-forma paper of a promise as it stands today.

    The one that is there, when it says the same and still counts. Its pages follow from the
    worker. Refuses: NothingAhead.
    """
    row = Contribution.objects.select_for_update(no_key=True).get(pk=contribution_id)
    must_be_ahead(row)
    told = _told(row)
    mark, last = fingerprint(told), latest(row)
    is_valid = last is not None and last.document.state == DocumentState.VALID
    if last is not None and is_valid and last.sha256 == mark:
        return last
    version = last.version + 1 if last else 1
    before = last.document if last is not None and is_valid else None
    document = _freeze(row, version, told, before, actor)
    made = Proforma.objects.create(
        contribution=row,
        version=version,
        document=document,
        sha256=mark,
        asked_by=actor,
        asked_at=clock.now(),
    )
    log.record(
        actor=actor,
        action="proforma.issued",
        subject=f"contribution:{row.pk}",
        document=document.name,
    )
    return made


def must_be_ahead(row: Contribution) -> None:
    """Refuses a promise of which no invoice is to come after today: NothingAhead."""
    if row.state not in _AHEAD:
        raise NothingAhead(_("No invoice follows of this promise, so there is no pro-forma of it."))
    if row.next_on is not None and row.next_on <= clock.today(row.entity.zone):
        raise NothingAhead(_("The invoice of this promise is issued today. Use that one."))


def is_ahead(row: Contribution) -> bool:
    """Whether a pro-forma can be asked for today."""
    try:
        must_be_ahead(row)
    except NothingAhead:
        return False
    return True


def latest(row: Contribution) -> Proforma | None:
    """The version that was made last."""
    rows = Proforma.objects.filter(contribution=row).select_related("document")
    return rows.defer("document__content").order_by("-version").first()


def standing(row: Contribution) -> Document | None:
    """The pro-forma document of a locked promise that still counts."""
    found = latest(row)
    is_valid = found is not None and found.document.state == DocumentState.VALID
    return found.document if found is not None and is_valid else None


def void(row: Contribution, *, actor: str) -> None:
    """Of a locked promise whose next invoice is not to come as it was said: no paper counts."""
    if found := standing(row):
        register.void(document_id=found.pk, actor=actor)


def _freeze(
    row: Contribution, version: int, told: dict[str, Any], before: Document | None, actor: str
) -> Document:
    document = register.issue(
        entity_id=row.entity_id,
        template="proforma",
        key=f"proforma:{row.pk}:{version}",
        snapshot=told
        | {"replaces": before.name if before else None, "site_url": settings.SITE_URL},
        language=row.zoo.language,
        actor=actor,
    )
    if before is not None:
        register.replace(document_id=before.pk, by_id=document.pk, actor=actor)
    return document


def _told(row: Contribution) -> dict[str, Any]:
    """Every printed fact. Nothing of it changes with the day on which it is asked for."""
    zoo, fund = row.zoo, row.fund
    return {
        "entity": paper.entity_facts(row.entity),
        "zoo": {
            "legal_name": zoo.legal_name,
            "address": zoo.billing_address.splitlines(),
            "country": zoo.organisation.country,
            "vat_number": zoo.vat_number,
            "attention": zoo.finance_name,
        },
        # By this name both sides speak of it before there is an invoice.
        "promise": reference(row),
        "order_number": row.order_number,
        "currency": row.currency,
        "minor": row.amount_minor,
        "fund": fund.name if fund else "",
        "purpose": fund.purpose if fund else "",
        "wish": row.wish,
        "pace": row.pace,
        "promised_on": row.created_at.date().isoformat(),
        "starts_on": row.starts_on.isoformat(),
        "invoice_on": row.next_on.isoformat() if row.next_on else None,
        "language": zoo.language,
    }


def reference(row: Contribution) -> str:
    """How papers name a promise: 'MF-Z42'. No payment is matched by it."""
    return f"{row.entity.series}-Z{row.pk}"
