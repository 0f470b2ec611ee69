"""What else a line of a statement can be: a refund, or a declined gift, that left our account."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import matching, returns
from donors.intake.matching import NotThisOne, NotUndone, Suggestion, Target
from donors.models import BankLine, BankPart, Means, Refund, RefundState

PAID_BACK: Final = "paidback"


def register() -> None:
    """Let lines be money that was to be paid back by bank."""
    words = gettext_lazy("Money paid back to a giver")
    matching.register_target(PAID_BACK, Target(words, suggest, take, let_go))


def suggest(line: BankLine) -> list[Suggestion]:
    """The refunds of this sum that wait to be paid; certain when there is one."""
    if line.amount_minor > 0 or line.matched_minor:
        return []
    rows = list(
        Refund.objects.filter(
            state=RefundState.REQUESTED,
            amount_minor=-line.amount_minor,
            gift__entity_id=line.entity_id,
            gift__currency=line.currency,
            gift__value_currency=line.currency,
        )
        .exclude(gift__means=Means.STRIPE)
        .select_related("gift")
        .order_by("pk")
    )
    return [
        Suggestion(
            kind=PAID_BACK,
            key=str(refund.pk),
            words=_("Paid back to %s") % refund.gift.donor_name,
            why=_("This sum waits to be paid back: %s") % refund.reason,
            amount=line.left,
            is_certain=len(rows) == 1,
            what=refund.pk,
        )
        for refund in rows
    ]


def take(part: BankPart, what: object, actor: str) -> str:
    """Note that it was paid, on the line's day and with the bank's reference."""
    line = part.line
    assert isinstance(what, int)
    refund = Refund.objects.select_related("gift").get(pk=what)
    if line.amount_minor > 0 or part.amount_minor != refund.amount_minor:
        raise NotThisOne(_("This line did not pay that sum."))
    returns.paid(
        refund_id=refund.pk,
        place=line.place_id,
        paid_on=line.booked_on,
        reference=line.reference,
        actor=actor,
    )
    return f"refund:{refund.pk}"


def let_go(part: BankPart, why: str, actor: str) -> None:
    """Money that left the account has left it. Refuses: NotUndone."""
    del part, why, actor
    raise NotUndone(_("This money was paid back, and the giver’s paper says so. It stays."))
