"""Reminding a zoo of what is overdue: on a few planned days, all of it in one mail."""

import datetime as dt
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from donors.models import Invoice, InvoiceState, Zoo
from funding import clock
from funding.documents import paper
from funding.mail import outbox

# So many days after the last day for paying, and never again after the last of them.
PLAN: Final = (7, 21, 45)


def is_due(invoice: Invoice, today: dt.date) -> bool:
    """Whether the next reminder of this invoice is planned for today or was before."""
    if invoice.state != InvoiceState.OPEN or invoice.reminded >= len(PLAN):
        return False
    return today >= invoice.due_on + dt.timedelta(days=PLAN[invoice.reminded])


def remind() -> int:
    """Remind every zoo of which an invoice is due for it. Returns how many mails that made."""
    zoos = Zoo.objects.filter(
        invoices__state=InvoiceState.OPEN, invoices__due_on__lt=clock.today("UTC")
    )
    ids = list(zoos.order_by("pk").distinct().values_list("pk", flat=True))
    return sum(remind_one(pk) for pk in ids)


@transaction.atomic
def remind_one(zoo_id: int) -> int:
    """One mail about everything that is overdue, if one of it is due for a reminder today.

    Whatever else is overdue counts as reminded too, so that the next mail is not tomorrow's.
    """
    zoo = Zoo.objects.select_for_update(no_key=True).get(pk=zoo_id)
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",))
    late = [
        invoice
        for invoice in rows.filter(zoo=zoo, state=InvoiceState.OPEN).order_by("due_on", "pk")
        if invoice.due_on < clock.today(invoice.entity.zone)
    ]
    due = [each for each in late if is_due(each, clock.today(each.entity.zone))]
    if not due:
        return 0
    _mail(zoo, late)
    for invoice in late:
        passed = (clock.today(invoice.entity.zone) - invoice.due_on).days
        # After weeks without a sweep the days that were missed are not made up one by one.
        invoice.reminded = max(invoice.reminded, sum(1 for days in PLAN if days <= passed))
        invoice.save(update_fields=["reminded"])
    return 1


def _mail(zoo: Zoo, late: list[Invoice]) -> None:
    first = late[0]
    counted = "-".join(str(each.reminded) for each in late)
    entity = paper.entity_facts(first.entity)
    desk = reverse("donors:zoo_desk", kwargs={"uuid": zoo.uuid})
    outbox.queue(
        key=f"zoo:{zoo.pk}:reminder-{first.pk}-{counted}-{clock.today(first.entity.zone)}",
        cause=f"zoo:{zoo.pk}",
        to_address=zoo.finance_email,
        to_name=zoo.finance_name or zoo.legal_name,
        template="invoice_reminder",
        context={
            "entity": entity,
            "illustrative": entity["is_illustrative"],
            "zoo": zoo.name,
            "rows": [_row(each) for each in late],
            "here_url": f"{settings.SITE_URL}{desk}",
        },
        language=zoo.language,
    )


def _row(invoice: Invoice) -> dict[str, object]:
    assert invoice.document is not None
    return {
        "name": invoice.document.name,
        "open": invoice.open,
        "paid": invoice.paid if invoice.paid_minor else None,
        "due_on": invoice.due_on,
        "reference": invoice.document.snapshot["reference"],
    }
