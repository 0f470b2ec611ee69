"""A schedule of the cast's award, as an officer makes it."""

import datetime as dt
from typing import Any

from funding import clock
from grants import schedules
from grants.models import Fulfilment, Schedule
from grants.schedules import Plan, Wanted
from tests.grants.payments.cast import Stage

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


def met(set_: Stage, number: int = 1, **facts: Any) -> Fulfilment:
    """Pat says that what a part waits for has come."""
    wanted: dict[str, Any] = {"words": "Seen on paper, in the file.", "by": set_.pat} | facts
    return schedules.meet(award_id=set_.award.pk, number=number, **wanted)
