"""How the fund's works are: the page for people, of what the metrics tell programs."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import clock, jobs
from funding.alerts.models import Round
from funding.gateway import transactions
from funding.gateway.models import Event
from funding.jobs import Backlog
from funding.site import health as signs
from funding.site import watching
from funding.site.treasury import DESK
from funding.users import access

# The signs of life, in the order in which one depends on the next.
NAMES: Final[dict[str, str | Promise]] = {
    "database": gettext_lazy("Database"),
    "queue": gettext_lazy("Queue of bells"),
    "worker": gettext_lazy("Workers"),
    "scheduler": gettext_lazy("Scheduler"),
    "fold": gettext_lazy("Folding of balances"),
    "tail": gettext_lazy("Postings not folded yet"),
}


@dataclass(frozen=True, slots=True)
class Course:
    """One round: how it went last, and what is due for it."""

    name: str
    row: Round | None
    backlog: Backlog | None
    is_nightly: bool
    now: dt.datetime

    @property
    def stands(self) -> bool:
        """Whether it has not come to its end for too long."""
        most = watching.NIGHTLY_MISSES if self.is_nightly else watching.SWEEP_MISSES
        return self.row is not None and self.row.missed >= most

    @property
    def is_failing(self) -> bool:
        """Whether it broke off the last time."""
        return self.row is not None and self.row.failing_since is not None

    @property
    def is_late(self) -> bool:
        """Whether something has been due for it for long."""
        oldest = self.backlog.oldest if self.backlog else None
        return oldest is not None and oldest < self.now - watching.OLD


@never_cache
@require_safe
@access.role(*DESK)
def health(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what lives, what stands still, and what waits."""
    told = signs.told()
    context = {
        "signs": [(NAMES[name], told[name]) for name in NAMES],
        "is_well": all(sign.ok for sign in told.values()),
        "last_event": last_event(),
        "last_walk": last_walk(),
        "courses": courses(),
        "as_of": clock.now(),
    }
    return render(request, "site/health.html", context)


def last_event() -> dt.datetime | None:
    """When Stripe last told us something."""
    newest = Event.objects.order_by("-pk").values_list("received_at", flat=True)
    return newest.first()


def last_walk() -> dt.datetime | None:
    """When we last read all of Stripe's account book."""
    return transactions.last_walk()


def courses() -> list[Course]:
    """Every round, in the order in which they are made, those of the night last."""
    rows = {row.name: row for row in Round.objects.all()}
    backlogs, now = jobs.backlogs(), clock.now()
    return [
        Course(name, rows.get(name), backlogs.get(name), name in jobs.NIGHTLY, now)
        for name in [*jobs.SWEEPS, *jobs.NIGHTLY]
    ]
