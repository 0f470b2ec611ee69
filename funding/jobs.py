"""The doorbell and the rounds of the night watch.

What must happen is a row that says it has not happened yet. `after_commit` only wakes a
worker sooner; `sweep` finds every such row again, whether or not the bell was heard.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from django.db import transaction
from kombu.exceptions import OperationalError

from funding.celery import app

logger = logging.getLogger(__name__)

Sweep = Callable[[], int]

# name -> function that does what is due, once, and returns how many rows it moved. Every app
# registers its own sweeps when it starts; the order is the order of registration.
SWEEPS: Final[dict[str, Sweep]] = {}


def register_sweep(name: str, sweep: Sweep) -> None:
    """Add a sweep to the rounds. The name is shown in logs and must be unique."""
    if SWEEPS.setdefault(name, sweep) is not sweep:
        raise ValueError(f"Two sweeps are called {name}.")


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
    moved = 0
    for name, sweep in SWEEPS.items():
        try:
            done = sweep()
        except Exception:
            # The outermost frame of the watch: a broken sweep must not starve the others.
            logger.exception("sweep failed name=%s", name)
            continue
        if done:
            logger.info("sweep name=%s moved=%s", name, done)
        moved += done
    return moved
