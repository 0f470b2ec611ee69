"""The doorbell and the rounds of the night watch.

What must happen is a row that says it has not happened yet. `after_commit` only wakes a
worker sooner; `sweep` finds every such row again, whether or not the bell was heard.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Min, QuerySet, Value
from kombu.exceptions import OperationalError

from funding import clock
from funding.alerts import rounds
from funding.celery import app

logger = logging.getLogger(__name__)

Sweep = Callable[[], int]

# name -> function that does what is due, once, and returns how many rows it moved. Every app
# registers its own sweeps when it starts; the order is the order of registration.
SWEEPS: Final[dict[str, Sweep]] = {}
# name of a sweep -> the rows that wait for it, due or not. They have a `due_at`.
WAITING: Final[dict[str, Callable[[], QuerySet[Any]]]] = {}
# name -> what is done once in each night, such as comparing all of the books.
NIGHTLY: Final[dict[str, Callable[[], object]]] = {}

# The calendar is UTC's; by then no receiving body is in the middle of its working day.
NIGHT_BEGINS: Final = dt.time(2, 0)
# 'nite' in the upper half of the advisory lock's number keeps it apart from other locks.
_NIGHT_LOCK: Final = 0x6E697465 << 32


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due for one sweep at this moment: how many rows, and since when the oldest."""

    count: int
    oldest: dt.datetime | None


def register_sweep(
    name: str, sweep: Sweep, waiting: Callable[[], QuerySet[Any]] | None = None
) -> None:
    """Add a sweep to the rounds. The name is shown in logs and must be unique.

    `waiting` gives the rows that it looks after, so that it shows when they grow old.
    """
    if SWEEPS.setdefault(name, sweep) is not sweep:
        raise ValueError(f"Two sweeps are called {name}.")
    if waiting is not None:
        WAITING[name] = waiting


def register_nightly(name: str, deed: Callable[[], object]) -> None:
    """Add what is done once in each night. The name must be unique among sweeps as well."""
    if name in SWEEPS or NIGHTLY.setdefault(name, deed) is not deed:
        raise ValueError(f"Two rounds are called {name}.")


def after_commit(task: str, *args: int | str) -> None:
    """Ring for a task by its dotted name once the open transaction has been committed.

    Never raises: with the broker down the row stays due and the next sweep finds it.
    """
    transaction.on_commit(partial(_ring, task, args), robust=True)


def _ring(task: str, args: tuple[int | str, ...]) -> None:
    try:
        app.send_task(task, args=args, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("bell not heard task=%s error=%s", task, type(error).__name__)


def sweep_once() -> int:
    """Run every sweep once. Returns how many rows moved; one failing sweep stops no other."""
    return sum(_run(name, sweep) for name, sweep in SWEEPS.items())


def nightly_once() -> int:
    """Do what this night has not done yet. Returns how many deeds came to their end.

    Two workers at once: the second leaves the night to the first.
    """
    with _alone_at_night() as alone:
        if not alone:
            return 0
        done = rounds.ends()
        due = [name for name in NIGHTLY if _is_due_tonight(done.get(name))]
        return sum(_run(name, partial(_did, NIGHTLY[name])) for name in due)


def backlogs() -> dict[str, Backlog]:
    """What is due for each sweep that has rows to look after, in one query."""
    now = clock.now()
    counts = [
        # A constant to group by makes one row of each, and one query of all.
        waiting()
        .filter(due_at__lte=now)
        .order_by()
        .annotate(sweep=Value(name))
        .values("sweep")
        .annotate(count=Count("pk"), oldest=Min("due_at"))
        .values_list("sweep", "count", "oldest")
        for name, waiting in WAITING.items()
    ]
    if not counts:
        return {}
    first, *others = counts
    found = {name: Backlog(count, oldest) for name, count, oldest in first.union(*others, all=True)}
    return {name: found.get(name, Backlog(0, None)) for name in WAITING}


def _run(name: str, deed: Sweep) -> int:
    try:
        done = deed()
        rounds.succeeded(name)
    except Exception as error:
        # The outermost frame of the watch: a broken round must not starve the others.
        logger.exception("round failed name=%s", name)
        _note_failure(name, error)
        return 0
    if done:
        logger.info("round name=%s moved=%s", name, done)
    return done


def _did(deed: Callable[[], object]) -> int:
    deed()
    return 1


def _note_failure(name: str, error: Exception) -> None:
    try:
        rounds.failed(name, error)
    except DatabaseError:
        # Without a database every round fails, and the log has said so.
        logger.warning("failure not noted name=%s", name)


def _is_due_tonight(last: dt.datetime | None) -> bool:
    now = clock.now()
    begins = dt.datetime.combine(now.date(), NIGHT_BEGINS, dt.UTC)
    if now < begins:
        begins -= dt.timedelta(days=1)
    return last is None or last < begins


@contextmanager
def _alone_at_night() -> Iterator[bool]:
    """Whether no other living session is at it. The lock ends with its session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_NIGHT_LOCK])
        got_it = cursor.fetchone()[0]
    try:
        yield got_it
    finally:
        if got_it:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_NIGHT_LOCK])
