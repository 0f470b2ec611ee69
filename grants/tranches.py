"""The parts in which an award is paid: which there are, and which may be asked for now.

Questions only. An award without a schedule has no parts, and any part of it can be asked for.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.errors import Refused
from funding.money import Money
from grants.models import (
    Award,
    Disbursement,
    DisbursementState,
    Fulfilment,
    Schedule,
    Tranche,
    TrancheCondition,
)

# What a part waits for, and who has to do something about it.
_WAITS: Final = {
    TrancheCondition.SIGNED: gettext_lazy("It waits for the agreement to be accepted."),
    TrancheCondition.INTERIM: gettext_lazy("It waits for the interim report to be accepted."),
    TrancheCondition.FINAL: gettext_lazy("It waits for the final report to be accepted."),
}


class NotYetDue(Refused):
    """What the part of the award waits for has not come."""


class NotAPart(Refused):
    """The award has no such part, or the payment is not of one."""


class OverThePart(Refused):
    """More than the part of the award comes to."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an award: what it waits for, whether that has come, and its payment."""

    row: Tranche
    amount: Money
    met: Fulfilment | None
    payment: Disbursement | None

    @property
    def number(self) -> int:
        """Its number in the schedule."""
        return self.row.number

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked for now."""
        return self.met is not None and self.payment is None

    @property
    def waits(self) -> str:
        """What it waits for, as a sentence; empty once that has come."""
        if self.met is not None:
            return ""
        if self.row.condition == TrancheCondition.MILESTONE:
            return _("It waits for a milestone: %(words)s") % {"words": self.row.words}
        return str(_WAITS[TrancheCondition(self.row.condition)])


def current(award_id: int) -> Schedule | None:
    """The schedule that counts: the last version."""
    return Schedule.objects.filter(award_id=award_id).order_by("-version").first()


def of(award: Award) -> list[Part]:
    """The parts of an award in their order; none where it has no schedule."""
    schedule = current(award.pk)
    if schedule is None:
        return []
    met = {row.tranche_number: row for row in award.fulfilments.select_related("met_by")}
    open_ = award.disbursements.exclude(state=DisbursementState.DECLINED)
    paid = {row.tranche_number: row for row in open_.filter(tranche_number__isnull=False)}
    return [
        Part(
            row=row,
            amount=Money(row.amount_minor, award.currency),
            met=met.get(row.number),
            payment=paid.get(row.number),
        )
        for row in schedule.tranches.order_by("number")
    ]


def ready(award: Award) -> list[Part]:
    """The parts that can be asked for now."""
    return [part for part in of(award) if part.is_ready]


def must_be_ready(award: Award, number: int | None, amount_minor: int) -> None:
    """Refuse a payment that is no part of the award's schedule, or before its time.

    Raises NotAPart, NotYetDue, OverThePart. The award is locked by the caller.
    """
    parts = {part.number: part for part in of(award)}
    if not parts and number is None:
        return
    part = parts.get(number or 0)
    if part is None:
        raise NotAPart(_("Choose the part of the award that the payment is for."))
    if part.payment is not None:
        sentence = _("Part %(number)s was asked for already, in payment %(payment)s.")
        raise NotAPart(sentence % {"number": part.number, "payment": part.payment.number})
    if part.met is None:
        raise NotYetDue(part.waits)
    if amount_minor > part.amount.minor:
        sentence = _("Part %(number)s comes to %(sum)s, and no more can be asked for with it.")
        raise OverThePart(sentence % {"number": part.number, "sum": part.amount.text()})


def report_days(schedule: Schedule) -> list[tuple[str, dt.date]]:
    """When its reports are due, the interim one first, as it is called on pages."""
    days = [(_("Interim report"), schedule.interim_due_on)] if schedule.interim_due_on else []
    return [*days, (_("Final report"), schedule.final_due_on)]
