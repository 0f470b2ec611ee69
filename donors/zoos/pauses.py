"""Contributions that stand still because money of them went back.

Whoever takes money back may not want to be asked for more. No invoice falls due until the
treasurer has asked the zoo and says that it goes on, or ends it.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import (
    Contribution,
    ContributionState,
    Gift,
    Invoice,
    PausedWhy,
    WithdrawalKind,
)
from donors.zoos import contributions, proformas
from funding import clock
from funding.audit import log
from funding.documents import paper
from funding.errors import Refused
from funding.mail import outbox
from funding.money import Money


class NotPaused(Refused):
    """It runs, or has ended."""


def pause(invoice: Invoice, gift: Gift, gone: Money) -> None:
    """Let nothing more fall due after money of a locked gift went back that paid this invoice.

    In the transaction of that change, with the invoice locked. One that does not run stays as it
    is, so that a second piece of the same news changes nothing. The finance contact is mailed.
    """
    running = Contribution.objects.filter(pk=invoice.contribution_id)
    # Looked at first: a promise that ended may be held by whoever waits for this invoice.
    if not running.filter(state=ContributionState.RUNNING).exists():
        return
    row = contributions.lock(invoice.contribution_id)
    if row.state != ContributionState.RUNNING:
        return
    row.state, row.paused_at, row.paused_why = ContributionState.PAUSED, clock.now(), _why(gift)
    row.save(update_fields=["state", "paused_at", "paused_why"])
    proformas.void(row, actor="system")
    log.record(
        actor="system",
        action="contribution.paused",
        subject=f"contribution:{row.pk}",
        why=row.paused_why,
        gift=gift.pk,
    )
    _mail(row, invoice, gone, row.paused_at)


@transaction.atomic
def go_on(*, contribution_id: int, actor: str) -> Contribution:
    """Let invoices fall due again, from the next day of its rhythm; again: nothing.

    What would have fallen due meanwhile is not asked for. Refuses: NotPaused.
    """
    row = contributions.lock(contribution_id)
    if row.state == ContributionState.RUNNING:
        return row
    if row.state != ContributionState.PAUSED:
        raise NotPaused(_("This promise is not paused."))
    today = clock.today(row.entity.zone)
    while row.next_on is not None and row.next_on < today:
        row.next_on = contributions.day_after(row)
    row.state, row.paused_at, row.paused_why = ContributionState.RUNNING, None, ""
    row.save(update_fields=["state", "next_on", "paused_at", "paused_why"])
    log.record(actor=actor, action="contribution.goes_on", subject=f"contribution:{row.pk}")
    return row


def waiting() -> QuerySet[Contribution]:
    """What is paused, the longest first."""
    rows = Contribution.objects.filter(state=ContributionState.PAUSED)
    return rows.select_related("zoo__organisation").order_by("paused_at", "pk")


def _why(gift: Gift) -> PausedWhy:
    """Why money of it is not here; a bank's word is the stronger reason."""
    if gift.withdrawn_minor:
        latest = gift.withdrawals.order_by("-pk").first()
        if latest is not None and latest.kind == WithdrawalKind.LATE_FAILURE:
            return PausedWhy.BOUNCED
        return PausedWhy.DISPUTED
    return PausedWhy.REFUNDED


def _mail(row: Contribution, invoice: Invoice, gone: Money, at: dt.datetime) -> None:
    zoo, entity = row.zoo, paper.entity_facts(row.entity)
    desk = reverse("donors:zoo_desk", kwargs={"uuid": zoo.uuid})
    outbox.queue(
        key=f"contribution:{row.pk}:paused-{at.isoformat()}",
        cause=f"contribution:{row.pk}",
        to_address=zoo.finance_email,
        to_name=zoo.finance_name or zoo.legal_name,
        template="contribution_paused",
        context={
            "entity": entity,
            "illustrative": entity["is_illustrative"],
            "zoo": zoo.name,
            "document_name": invoice.document.name if invoice.document else "",
            "gone": gone,
            "why": str(row.paused_why),
            "here_url": f"{settings.SITE_URL}{desk}",
        },
        language=zoo.language,
    )
