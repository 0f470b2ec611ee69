"""Promising money: an adopted item becomes an award, booked in one entry."""

from funding import clock, jobs
from funding.audit import log
from grants import entries
from grants.models import Award, AwardShare, Item


def adopt(*, item: Item, actor: str) -> Award:
    """Promise what an item says, in the open transaction of the decision; again: nothing.

    The funds are locked and the money held for it is let go by the caller, in the same
    transaction. Whether the funds have it is judged at its end.
    """
    standing = Award.objects.filter(item=item).first()
    if standing is not None:
        return standing
    application, now = item.application, clock.now()
    round_ = application.round
    award = Award.objects.create(
        item=item,
        application=application,
        entity=round_.entity,
        currency=round_.currency,
        amount_minor=item.amount_minor,
        adopted_at=now,
        due_at=now,
    )
    parts = dict(item.shares.order_by("fund_id").values_list("fund_id", "amount_minor"))
    AwardShare.objects.bulk_create(
        AwardShare(award=award, fund_id=fund_id, amount_minor=minor)
        for fund_id, minor in parts.items()
    )
    entries.adopted(award, parts, actor=actor)
    log.record(
        actor=actor,
        action="award.adopted",
        subject=f"award:{award.pk}",
        minor=award.amount_minor,
        currency=award.currency,
    )
    jobs.after_commit("grants.tasks.make_letter", award.pk)
    return award
