"""What a zoo is asked for once its pool has ended: an ordinary promise, and its invoice.

Before the zoo has paid anything, the invoice follows what is matched. After that it stands as
it was paid, and what was paid too much is a credit that the treasurer settles with the zoo.
"""

import uuid
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from donors.models import (
    ContributionState,
    Invoice,
    InvoiceState,
    MatchCredit,
    MatchingPool,
    Pace,
    PoolState,
)
from donors.zoos import contributions, invoices, words
from donors.zoos.contributions import Offer
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.money import Money

_WHY: Final = "A gift that was matched went back to its giver."


class NoCredit(Refused):
    """The zoo has paid no more than was matched."""


def bill(pool: MatchingPool) -> None:
    """Promise in the zoo's name what its locked, ended pool has matched, in the transaction.

    The invoice is issued with it, or as soon as an account is known that it can print.
    """
    if not pool.matched_minor:
        return
    made = contributions.promise(
        zoo_id=pool.zoo_id,
        offer=Offer(
            token=uuid.uuid5(pool.uuid, "bill"),
            entity_id=pool.entity_id,
            currency=pool.currency,
            amount_minor=pool.matched_minor,
            pace=Pace.ONCE,
            starts_on=clock.today(pool.entity.zone),
            fund_id=pool.fund_id,
            wish=_wish(pool),
            order_number=pool.order_number,
        ),
        actor=pool.stopped_by or "system",
    )
    pool.contribution = made
    pool.save(update_fields=["contribution"])
    contributions.bill(made.pk)


def _wish(pool: MatchingPool) -> str:
    with translation.override(pool.zoo.language):
        count = pool.matches.filter(amount_minor__gt=0).count()
        return ngettext(
            "Matching of %(count)s gift made from %(first)s to %(last)s",
            "Matching of %(count)s gifts made from %(first)s to %(last)s",
            count,
        ) % {
            "count": count,
            "first": date_format(pool.from_on, "DATE_FORMAT"),
            "last": date_format(pool.until_on, "DATE_FORMAT"),
        }


def adjust_all() -> int:
    """Lower what is asked for wherever gifts went back before the zoo paid.

    Done once a night, so that a day of refunds makes one new invoice. Returns how many.
    """
    rows = MatchingPool.objects.filter(
        state=PoolState.ENDED, contribution__amount_minor__gt=F("matched_minor")
    )
    return sum(adjust(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def adjust(pool_id: int) -> bool:
    """Have the open, unpaid invoice of a pool ask for what is matched now. False: nothing to do."""
    pool = MatchingPool.objects.select_for_update(no_key=True).get(pk=pool_id)
    if pool.contribution_id is None:
        return False
    row = contributions.lock(pool.contribution_id)
    if row.state == ContributionState.RUNNING:
        return _lower_promise(pool)
    standing = row.invoices.exclude(state=InvoiceState.CANCELLED).first()
    if standing is None:
        return False
    invoice = invoices.lock(standing.pk)
    too_much = invoice.amount_minor > pool.matched_minor
    if invoice.state != InvoiceState.OPEN or invoice.paid_minor or not too_much:
        return False
    if not pool.matched_minor:
        invoices.cancel(invoice_id=invoice.pk, why=_WHY, actor="system")
        return True
    invoices.replace(
        invoice_id=invoice.pk,
        amount_minor=pool.matched_minor,
        order_number=invoice.order_number,
        why=_WHY,
        actor="system",
    )
    return True


def _lower_promise(pool: MatchingPool) -> bool:
    """As long as no invoice is out, what is promised follows what is matched."""
    assert pool.contribution_id is not None
    row = contributions.lock(pool.contribution_id)
    if not pool.matched_minor:
        contributions.end(contribution_id=row.pk, actor="system")
        return True
    if row.amount_minor <= pool.matched_minor:
        return False
    row.amount_minor = pool.matched_minor
    row.save(update_fields=["amount_minor"])
    log.record(
        actor="system",
        action="contribution.lowered",
        subject=f"contribution:{row.pk}",
        minor=row.amount_minor,
        currency=row.currency,
    )
    return True


def invoice_of(pool: MatchingPool) -> Invoice | None:
    """The pool's invoice that stands, or none yet."""
    if pool.contribution is None:
        return None
    rows = pool.contribution.invoices.exclude(state=InvoiceState.CANCELLED)
    return rows.select_related("document").order_by("pk").last()


def credit(pool: MatchingPool) -> Money:
    """What the zoo has paid beyond what stays matched, and nothing was agreed about yet.

    What was given back to the zoo of its payments is no credit any more.
    """
    invoice = invoice_of(pool)
    if invoice is None or not invoice.paid_minor:
        return Money(0, pool.currency)
    paid = invoice.payments.filter(undone_at=None).select_related("gift")
    kept = sum(min(each.minor, each.gift.left_minor) for each in paid)
    settled = pool.credits.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(max(0, kept - pool.matched_minor - settled), pool.currency)


@transaction.atomic
def settle_credit(*, pool_id: int, words_said: str, actor: str) -> MatchCredit:
    """Write down what was agreed with the zoo about its credit, other than to give it back.

    Refuses: NoCredit.
    """
    pool = MatchingPool.objects.select_for_update(no_key=True).get(pk=pool_id)
    open_now = credit(pool)
    said = words.one_line(words_said, 300)
    if not open_now:
        raise NoCredit(_("The zoo has paid no more than is matched."))
    if not said:
        raise NoCredit(_("Write what was agreed with the zoo, and with whom."))
    made = MatchCredit.objects.create(
        pool=pool,
        amount_minor=open_now.minor,
        words=said,
        decided_by=actor,
        decided_at=clock.now(),
    )
    log.record(
        actor=actor,
        action="pool.credit_settled",
        subject=f"pool:{pool.pk}",
        minor=made.amount_minor,
        currency=pool.currency,
    )
    return made


def with_credit() -> QuerySet[MatchingPool]:
    """The pools in which a credit is possible: ended, invoiced, and gifts went back since."""
    return MatchingPool.objects.filter(
        contribution__invoices__paid_minor__gt=F("matched_minor"), state=PoolState.ENDED
    ).distinct()
