"""When a subscription is due: months and years from an anchor, as Stripe counts them."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping
from typing import Any

_MONTHS = {"month": 1, "year": 12}
_SECONDS = {"day": 24 * 3600, "week": 7 * 24 * 3600}


def after(anchor: int, interval: str, count: int, times: int) -> int:
    """The anchor so many intervals later. A day that a month has not is its last day."""
    if interval in _SECONDS:
        return anchor + _SECONDS[interval] * count * times
    start = dt.datetime.fromtimestamp(anchor, dt.UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + _MONTHS[interval] * count * times, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_after(anchor: int, interval: str, count: int, instant: int) -> int:
    """The first end of a period after an instant."""
    times = 1
    while (end := after(anchor, interval, count, times)) <= instant:
        times += 1
    return end


def rhythm(recurring: Mapping[str, Any]) -> str:
    """How often, in words: `every month`, `every 3 months`."""
    count, interval = recurring["interval_count"], recurring["interval"]
    return f"every {interval}" if count == 1 else f"every {count} {interval}s"


def day(instant: int) -> str:
    """The day of an instant as people write it, in UTC."""
    moment = dt.datetime.fromtimestamp(instant, dt.UTC)
    return f"{moment.day} {moment:%B %Y}"
