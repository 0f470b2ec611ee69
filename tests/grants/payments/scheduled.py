"""A schedule of the cast's award, as an officer makes it."""

import datetime as dt
from typing import Any

from funding import clock
from grants import agreements, schedules, tranches
from grants.models import Agreement, Fulfilment, ReportKind, Schedule
from grants.schedules import Plan, Wanted
from tests.grants.payments.cast import Stage
from tests.grants.payments.reported import reported

USUAL = ((60_000, "signed", ""), (30_000, "interim", ""), (10_000, "final", ""))


def plan(*parts: tuple[int, str, str], **days: dt.date | None) -> Plan:
    """Parts of these sums, conditions and words, a month apart."""
    today = clock.today("UTC")
    wanted: dict[str, Any] = {
        "interim_due_on": today + dt.timedelta(days=100),
        "final_due_on": today + dt.timedelta(days=300),
    }
    return Plan(
        tuple(
            Wanted(minor, today + dt.timedelta(days=30 * at), condition, words)
            for at, (minor, condition, words) in enumerate(parts or USUAL, 1)
        ),
        **wanted | days,
    )


def scheduled(set_: Stage, *parts: tuple[int, str, str], **facts: Any) -> Schedule:
    """Pat, the officer, sets the award out."""
    wanted: dict[str, Any] = {"plan": plan(*parts), "after": 0, "by": set_.pat} | facts
    return schedules.make(award_id=set_.award.pk, **wanted)


def agreed(set_: Stage, **facts: Any) -> Agreement:
    """Pat draws the agreement up, and Asel accepts it."""
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    wanted: dict[str, Any] = {"sha256": drawn.sha256, "name": "Asel Example", "by": set_.asel}
    return agreements.accept(award_id=set_.award.pk, **wanted | facts)


def met(set_: Stage, number: int = 1, **facts: Any) -> Fulfilment:
    """Pat says that what a part waits for has come; what waits for the agreement is agreed on."""
    part = next((each for each in tranches.of(set_.award) if each.number == number), None)
    if part is not None and part.row.condition == "signed":
        agreed(set_)
        return Fulfilment.objects.get(award=set_.award, tranche_number=number)
    if part is not None and part.row.condition in ReportKind.values:
        reported(set_, part.row.condition)
        return Fulfilment.objects.get(award=set_.award, tranche_number=number)
    wanted: dict[str, Any] = {"words": "Seen on paper, in the file.", "by": set_.pat} | facts
    return schedules.meet(award_id=set_.award.pk, number=number, **wanted)
