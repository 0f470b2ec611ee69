"""What lies ahead of a pledge: on which days money is taken, as far as anybody can tell."""

import datetime as dt
from zoneinfo import ZoneInfo

from donors import rhythms
from donors.models import Pledge, PledgeState, Rhythm


def day(pledge: Pledge, instant: dt.datetime | None) -> dt.date | None:
    """The day of an instant in the receiving body's calendar."""
    return None if instant is None else instant.astimezone(ZoneInfo(pledge.entity.zone)).date()


def next_on(pledge: Pledge) -> dt.date | None:
    """The day on which the next instalment falls due, whether or not a pause lets it fall away."""
    return day(pledge, pledge.next_at)


def is_skip(pledge: Pledge) -> bool:
    """Whether the pause that runs leaves out only what is due before it ends by a day."""
    if pledge.resumes_at is None or pledge.next_at is None:
        return False
    return dt.timedelta(0) <= pledge.resumes_at - pledge.next_at <= dt.timedelta(days=1)


def taken_on(pledge: Pledge) -> dt.date | None:
    """The day on which money is taken next; None when nobody can tell it yet."""
    due_on, resumes_on = next_on(pledge), day(pledge, pledge.resumes_at)
    if pledge.state != PledgeState.PAUSED or due_on is None:
        return due_on
    if resumes_on is None:
        return None
    for times in range(13):
        due_on = after(pledge, times)
        if due_on is None or due_on >= resumes_on:
            return due_on
    return None


def after(pledge: Pledge, times: int) -> dt.date | None:
    """The due day so many rhythms after the next one.

    None where it cannot be told: the 28th of February may stand for the 31st of other months.
    """
    due_on = next_on(pledge)
    if due_on is None or not times:
        return due_on
    is_last = rhythms.months_after(due_on.replace(day=1), 1) - due_on == dt.timedelta(days=1)
    if is_last and due_on.day < 31:
        return None
    return rhythms.months_after(due_on, times * rhythms.MONTHS[Rhythm(pledge.rhythm)])
