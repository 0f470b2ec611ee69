"""Setting out in which parts an award is paid, and saying that what a part waits for has come.

An officer makes the schedule from a proposal, and may make it anew until something hangs on it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.money import Money, split
from funding.users import roles
from funding.users.models import Role, User
from grants import disbursements, texts, tranches
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    Agreement,
    Award,
    AwardChange,
    AwardState,
    DisbursementState,
    Fulfilment,
    Schedule,
    Tranche,
    TrancheCondition,
)

MOST_PARTS: Final = 8
MAY_MAKE: Final = (Role.OFFICER,)
MAY_MEET: Final = (Role.OFFICER, Role.CHAIR)
# The usual parts in hundredths: on signing, on the interim report, held back to the end.
_USUAL: Final = (
    (60, TrancheCondition.SIGNED),
    (30, TrancheCondition.INTERIM),
    (10, TrancheCondition.FINAL),
)
_SIGNING: Final = dt.timedelta(days=14)
_WORK: Final = dt.timedelta(days=365)
# The final report is due within three months of the work, as the award's letter says.
_AFTER: Final = dt.timedelta(days=90)
_FARTHEST: Final = dt.timedelta(days=3653)


class NotASchedule(Refused):
    """The parts do not make a schedule of this award. `at` is the part to look at, from 0."""

    def __init__(self, sentence: str, at: int | None = None) -> None:
        super().__init__(sentence)
        self.at = at


class ScheduleFixed(Refused):
    """Something hangs on the schedule already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part as it is wanted: minor units of the award, the day it is due, what it waits for."""

    amount_minor: int
    due_on: dt.date
    condition: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole schedule as it is wanted, with the days of its reports."""

    parts: tuple[Wanted, ...]
    interim_due_on: dt.date | None
    final_due_on: dt.date


def to_cover(award: Award) -> Money:
    """What a schedule made now would have to add up to: what can still be asked for, with what
    was asked for as a part of the schedule that stands."""
    left = disbursements.left_to_request(award)
    parts = award.disbursements.filter(tranche_number__isnull=False)
    asked = parts.exclude(state=DisbursementState.DECLINED)
    return left + Money(sum(asked.values_list("amount_minor", flat=True)), award.currency)


def proposed(award: Award) -> Plan:
    """The usual schedule: most on signing, some on the interim report, the rest at the end."""
    today, project = clock.today(award.entity.zone), award.application.project
    first = max(project.starts_on or today, today + _SIGNING)
    end = max(project.ends_on or first + _WORK, first + dt.timedelta(days=60))
    interim, final = first + (end - first) / 2, end + _AFTER
    days = {
        TrancheCondition.SIGNED: first,
        TrancheCondition.INTERIM: interim + dt.timedelta(days=30),
        TrancheCondition.FINAL: final + dt.timedelta(days=30),
    }
    sums = split(to_cover(award).minor, [share for share, _condition in _USUAL])
    parts = tuple(
        Wanted(minor, days[condition], condition)
        for minor, (_share, condition) in zip(sums, _USUAL, strict=True)
        if minor
    )
    return Plan(parts, interim, final)


def told(schedule: Schedule) -> Plan:
    """A schedule that was made, as it was wanted."""
    parts = tuple(
        Wanted(row.amount_minor, row.due_on, row.condition, row.words)
        for row in schedule.tranches.order_by("number")
    )
    return Plan(parts, schedule.interim_due_on, schedule.final_due_on)


@transaction.atomic
def make(*, award_id: int, plan: Plan, after: int, by: User) -> Schedule:
    """Set out how an award is paid. The same again is the schedule that stands.

    `after` is the version that the maker was shown, 0 for none. Raises WrongPerson, WrongState,
    NotASchedule, ScheduleFixed, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by, MAY_MAKE)
    disbursements.must_be_active(award)
    standing = tranches.current(award_id)
    plan = _cleaned(plan)
    if standing is not None and told(standing) == plan:
        return standing
    if (standing.version if standing else 0) != after:
        raise WrongState(_("Another schedule was made meanwhile. Look at it first."))
    _must_be_free(award)
    must_fit(award, plan)
    row = _write(award, plan, after + 1, by)
    book.settle_constraints()
    log.record(
        actor=f"user:{by.pk}",
        action="schedule.made",
        subject=f"award:{award.pk}",
        version=row.version,
        parts=len(plan.parts),
    )
    return row


@transaction.atomic
def meet(*, award_id: int, number: int, words: str, by: User) -> Fulfilment:
    """Say that what a part of an award waits for has come; said before, that stands.

    Raises WrongPerson, WrongState without words, tranches.NotAPart,
    disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by, MAY_MEET)
    disbursements.must_be_active(award)
    part = next((each for each in tranches.of(award) if each.number == number), None)
    if part is None:
        raise tranches.NotAPart(_("This award has no such part."))
    if part.met is not None:
        return part.met
    if part.row.condition == TrancheCondition.SIGNED:
        raise WrongState(_("The applicant accepts the agreement on its own page."))
    if part.row.condition != TrancheCondition.MILESTONE:
        raise WrongState(_("The report is accepted on its own page."))
    if not texts.one_line(words):
        raise WrongState(_("Write what has come, and where it can be seen."))
    return fulfil(award, number, texts.one_line(words)[:400], by)


def fulfil(award: Award, number: int, words: str, by: User) -> Fulfilment:
    """Write down that a part may be asked for. The award is locked by the caller."""
    row, is_new = Fulfilment.objects.get_or_create(
        award=award,
        tranche_number=number,
        defaults={"words": words, "met_by": by, "met_at": clock.now()},
    )
    if is_new:
        log.record(
            actor=f"user:{by.pk}",
            action="tranche.met",
            subject=f"award:{award.pk}",
            number=number,
        )
    return row


def is_fixed(award: Award) -> bool:
    """Whether something hangs on the schedule, so that it stays as it is."""
    parts = award.disbursements.filter(tranche_number__isnull=False)
    return (
        award.fulfilments.exists()
        or Agreement.objects.filter(award=award, accepted_at__isnull=False).exists()
        or parts.exclude(state=DisbursementState.DECLINED).exists()
    )


def is_open(award: Award) -> bool:
    """Whether a schedule of this award can be made, or made anew."""
    if award.state != AwardState.ACTIVE or is_fixed(award):
        return False
    return bool(disbursements.left_to_request(award))


def move(award: Award, plan: Plan, change: AwardChange, by: User) -> Schedule:
    """Write the schedule that an accepted change makes. The award is locked by the caller."""
    standing = tranches.current(award.pk)
    return _write(award, plan, (standing.version if standing else 0) + 1, by, change)


def _write(
    award: Award, plan: Plan, version: int, by: User, change: AwardChange | None = None
) -> Schedule:
    schedule = Schedule.objects.create(
        award=award,
        change=change,
        version=version,
        amount_minor=sum(part.amount_minor for part in plan.parts),
        interim_due_on=plan.interim_due_on,
        final_due_on=plan.final_due_on,
        made_by=by,
        made_at=clock.now(),
    )
    last = len(plan.parts)
    Tranche.objects.bulk_create(
        Tranche(
            schedule=schedule,
            number=number,
            amount_minor=part.amount_minor,
            due_on=part.due_on,
            condition=part.condition,
            words=part.words,
            is_retention=number == last and part.condition == TrancheCondition.FINAL,
        )
        for number, part in enumerate(plan.parts, 1)
    )
    return schedule


def _cleaned(plan: Plan) -> Plan:
    parts = tuple(
        Wanted(
            part.amount_minor,
            part.due_on,
            part.condition,
            texts.one_line(part.words) if part.condition == TrancheCondition.MILESTONE else "",
        )
        for part in plan.parts
    )
    return Plan(parts, plan.interim_due_on, plan.final_due_on)


def _must_be_somebody_else(award: Award, by: User, wanted: Sequence[Role]) -> None:
    if not roles.has(by, *wanted):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)


def _must_be_free(award: Award) -> None:
    if is_fixed(award):
        raise ScheduleFixed(_("Payments hang on this schedule already, so it stays as it is."))
    waiting = [DisbursementState.REQUESTED, DisbursementState.CHECKED]
    if award.disbursements.filter(state__in=waiting).exists():
        sentence = _("A payment is open. Pay or decline it first, then set out the rest.")
        raise WrongState(sentence)


def must_fit(award: Award, plan: Plan) -> None:
    """Raise NotASchedule for parts and days that are no schedule of this award."""
    if not plan.parts:
        raise NotASchedule(_("Write at least one part."))
    if len(plan.parts) > MOST_PARTS:
        raise NotASchedule(_("A schedule has at most %(n)s parts.") % {"n": MOST_PARTS})
    for at, part in enumerate(plan.parts):
        if part.amount_minor <= 0:
            raise NotASchedule(_("Each part is above nought."), at)
        if part.condition == TrancheCondition.MILESTONE and not part.words:
            raise NotASchedule(_("Write what the milestone is."), at)
        if part.condition == TrancheCondition.INTERIM and plan.interim_due_on is None:
            raise NotASchedule(_("Write when the interim report is due that this waits for."), at)
    whole = Money(sum(part.amount_minor for part in plan.parts), award.currency)
    rest = to_cover(award)
    if whole != rest:
        sentence = _("The parts come to %(whole)s. They have to come to %(rest)s.")
        raise NotASchedule(sentence % {"whole": whole.text(), "rest": rest.text()})
    _must_have_days(award, plan)


def _must_have_days(award: Award, plan: Plan) -> None:
    first = award.adopted_at.date()
    days = [part.due_on for part in plan.parts] + [plan.final_due_on]
    days += [plan.interim_due_on] if plan.interim_due_on else []
    if min(days) < first or max(days) > first + _FARTHEST:
        raise NotASchedule(_("Each day is after the award and within ten years of it."))
    if plan.interim_due_on and plan.interim_due_on >= plan.final_due_on:
        raise NotASchedule(_("The interim report comes before the final one."))
