"""Papers that the worker makes. The row that asks for one is the queue.

Statements, papers of followed money and copies of personal data stand in such tables: with
`state`, `due_at`, `attempts` and `error`. A worker takes a row for some minutes; one that dies
leaves it due again, and after the last attempt it is said why there is no paper.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Model, QuerySet

from funding import clock
from funding.audit import log

_LEASE: Final = dt.timedelta(minutes=6)
_FIRST_WAIT: Final = dt.timedelta(seconds=30)
_DIED: Final = "The worker stopped before it was made."


@dataclass(frozen=True, slots=True)
class Queue[Row: Model]:
    """The rows of one table that wait, and how the log names one that could not be made."""

    waiting: Callable[[], QuerySet[Row]]
    subject: Callable[[Row], str]
    failed_as: str
    most_attempts: int

    def claim(self, pk: int) -> bool:
        """Take a row that is due; False when somebody has it, or its last attempt is used up."""
        due = self.waiting().filter(pk=pk, due_at__lte=clock.now())
        until = clock.now() + _LEASE
        if due.filter(attempts__lt=self.most_attempts).update(
            attempts=F("attempts") + 1, due_at=until
        ):
            return True
        # Its last worker died on the way.
        if due.filter(attempts=self.most_attempts).exists():
            self.give_up(pk, _DIED)
        return False

    def put_off(self, pk: int, why: str) -> None:
        """Have a row wait twice as long as the last time, or give it up after its last attempt."""
        attempts = self.waiting().filter(pk=pk).values_list("attempts", flat=True).first()
        if attempts is None:
            return
        if attempts >= self.most_attempts:
            self.give_up(pk, why)
            return
        wait = _FIRST_WAIT * 2 ** (attempts - 1)
        self.waiting().filter(pk=pk).update(due_at=clock.now() + wait, error=why[:2000])

    def give_up(self, pk: int, why: str) -> None:
        """Say why there is no paper. Harmless when the row waits no more."""
        row = self.waiting().filter(pk=pk).first()
        if row and self.waiting().filter(pk=pk).update(state="failed", error=why[:2000]):
            log.record(actor="system", action=self.failed_as, subject=self.subject(row))

    def end_empty(self, pk: int) -> None:
        """End one of which nothing is left to show: that is no failure, and is not tried again."""
        row = self.waiting().filter(pk=pk).first()
        if row and self.waiting().filter(pk=pk).update(state="empty", error=""):
            log.record(actor="system", action="paper.empty", subject=self.subject(row))

    def due(self, limit: int) -> list[int]:
        """The rows to make now, the oldest first."""
        rows = self.waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
        return list(rows.values_list("pk", flat=True)[:limit])


def fingerprint(told: dict[str, Any]) -> str:
    """By which it is seen whether a paper would say the same again."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
