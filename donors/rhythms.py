"""The calendar of regular giving. Pure arithmetic on dates.

A day of the month is one from 1 to 28, so that every month has it and Stripe never moves it.
A pledge that was begun on the 31st keeps to the last day of shorter months; Stripe sees to it.
"""

import calendar
import datetime as dt
from typing import Final

from donors.models import Rhythm
from funding.gateway.subscriptions import Recurring

RECURRING: Final = {
    Rhythm.MONTHLY: Recurring("month", 1),
    Rhythm.QUARTERLY: Recurring("month", 3),
    Rhythm.YEARLY: Recurring("year", 1),
}
MONTHS: Final = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}
DAYS: Final = range(1, 29)


def rhythm_of(recurring: Recurring) -> Rhythm | None:
    """The rhythm in our words; None for one that we do not offer."""
    return next((ours for ours, theirs in RECURRING.items() if theirs == recurring), None)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a month that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def next_days(today: dt.date) -> list[tuple[Rhythm, dt.date]]:
    """When the second instalment of a pledge is due that is begun today, for each rhythm."""
    return [(rhythm, months_after(today, months)) for rhythm, months in MONTHS.items()]


def moved(next_on: dt.date, *, day: int, today: dt.date) -> dt.date:
    """The next instalment on another day of the month: in its own month, or if that is over,
    in the month after. Never today, whose charge may be under way.
    """
    if day not in DAYS:
        raise ValueError(f"{day} is no day of every month.")
    wanted = next_on.replace(day=day)
    return wanted if wanted > today else months_after(today.replace(day=day), 1)


def per_year(rhythm: Rhythm) -> int:
    """How many instalments a year has."""
    return 12 // MONTHS[rhythm]
