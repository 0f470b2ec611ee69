"""Looking for what stands still and what went wrong, and sounding the alarm for it.

Two looks: `sweep` reads rows and is one of the rounds itself; `look` watches the rounds, and
is rung by the scheduler beside them, since a round that hangs cannot say so.
"""

import datetime as dt
import logging
from collections import Counter
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from funding import clock, jobs, stuck
from funding.alerts import alarms, rounds
from funding.alerts.alarms import Cause
from funding.alerts.models import Kind, Round
from funding.ledger import balances, verify
from funding.ledger.models import Fund
from funding.site import health, treasury

logger = logging.getLogger(__name__)

# A look is made every minute. So many without a good end, or with old work, and it is said.
SWEEP_MISSES: Final = 10
NIGHTLY_MISSES: Final = 36 * 60
LATE_LOOKS: Final = 3
OLD: Final = dt.timedelta(minutes=30)
BELLS: Final = "bells"
TAIL: Final = "tail"
# Mails that bounced have an alarm of their own.
_TOLD_OTHERWISE: Final = frozenset({"mails"})


def sweep() -> int:
    """Sound and clear what rows tell: funds under zero, and work that is stuck."""
    return _funds_under_zero() + _stuck()


def look() -> None:
    """Sound and clear what stands still: rounds, the queue of bells, and the fold."""
    late = _late()
    names = {*jobs.SWEEPS, *jobs.NIGHTLY, BELLS, TAIL}
    seen = rounds.look(names, late.keys())
    alarms.match(
        kind=Kind.SWEEP_STANDS,
        causes=_standing(seen),
        why=_("The round has come to its end again."),
    )
    alarms.match(
        kind=Kind.QUEUE_STANDS,
        causes={
            f"queue:{name}": Cause(sentence, reverse("health"))
            for name, sentence in late.items()
            if seen[name].late >= LATE_LOOKS
        },
        why=_("Nothing old waits there any more."),
    )


def verify_books() -> None:
    """Recompute every invariant of the ledger, and sound the alarm for each that is broken."""
    wrong = [difference for difference in verify.verify() if not difference.is_notice]
    counts = Counter(difference.invariant for difference in wrong)
    causes = {
        f"verify:{invariant}": Cause(
            _("The invariant %(name)s is broken in %(count)s places. “ledger verify” names them.")
            % {"name": invariant, "count": count}
        )
        for invariant, count in counts.items()
    }
    if causes:
        logger.error("the books differ invariants=%s", ",".join(sorted(counts)))
    alarms.match(
        kind=Kind.BOOKS_DIFFER, causes=causes, why=_("The invariant holds again."), among="verify:"
    )


def _funds_under_zero() -> int:
    funds = list(Fund.objects.filter(is_treasury=False).order_by("pk"))
    causes = {
        f"fund:{row.fund.pk}": Cause(
            _("%(fund)s is overdrawn by %(sum)s. It promises nothing more until it is filled.")
            % {"fund": row.fund.name, "sum": row.short.text()},
            reverse("fund_desk", kwargs={"slug": row.fund.slug}),
        )
        for row in treasury.rows_of(funds)
        if row.is_overdrawn
    }
    return alarms.match(
        kind=Kind.FUND_UNDER_ZERO, causes=causes, why=_("The fund is no longer under zero.")
    )


def _stuck() -> int:
    causes = {
        f"stuck:{name}": Cause(
            _("%(what)s: %(count)s.") % {"what": stuck.SOURCES[name].label, "count": count},
            f"{reverse('stuck')}#{name}",
        )
        for name, count in stuck.counts().items()
        if count and name not in _TOLD_OTHERWISE
    }
    return alarms.match(
        kind=Kind.WORK_STUCK, causes=causes, why=_("Nothing of it is stuck any more.")
    )


def _standing(seen: dict[str, Round]) -> dict[str, Cause]:
    most = dict.fromkeys(jobs.SWEEPS, SWEEP_MISSES) | dict.fromkeys(jobs.NIGHTLY, NIGHTLY_MISSES)
    return {
        f"sweep:{name}": Cause(_why_it_stands(seen[name]), reverse("health"))
        for name, misses in most.items()
        if seen[name].missed >= misses
    }


def _why_it_stands(row: Round) -> str:
    told = {"name": row.name, "error": row.error}
    if row.error:
        return _("The round “%(name)s” breaks off each time: %(error)s.") % told
    if row.succeeded_at is None:
        return _("The round “%(name)s” has never come to its end.") % told
    return _("The round “%(name)s” no longer comes to its end.") % told


def _late() -> dict[str, str]:
    """Where old work waits at this moment, and what that is."""
    old = clock.now() - OLD
    found = {
        name: _("%(count)s rows of “%(name)s” are due, the oldest for more than half an hour.")
        % {"name": name, "count": backlog.count}
        for name, backlog in jobs.backlogs().items()
        if backlog.oldest is not None and backlog.oldest < old
    }
    tail = balances.tail()
    if tail > health.LONGEST_TAIL:
        found[TAIL] = _("%s postings are not folded into the balances yet.") % tail
    try:
        bells = health.bells()
    except (RedisError, OSError):
        return found | {BELLS: _("The queue of the workers cannot be reached.")}
    if bells > health.LONGEST_QUEUE:
        found[BELLS] = _("%s bells wait for a worker.") % bells
    return found
