"""The end of a vote: it is counted once, and what is adopted becomes awards.

Money held for the motion turns into promises in one transaction, so that nobody ever sees it
free in between. A fund that has fallen short meanwhile stops the whole decision, not a part.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.ledger import balances, book
from funding.ledger.models import Fund
from funding.ledger.refusals import refusing
from funding.money import Money
from grants import awards, ballots, motions, ratifications, votes
from grants.models import (
    Application,
    ApplicationState,
    Choice,
    Item,
    ItemState,
    Motion,
    MotionState,
    Project,
    Vote,
)

logger = logging.getLogger(__name__)

_AGAIN: Final = dt.timedelta(minutes=5)


class NotYet(Refused):
    """The vote is still open."""


class FundShort(Refused):
    """A fund no longer has what was held in it, so nothing of the motion is decided."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on one application, and what follows from them."""

    voters: int
    pro: int
    contra: int
    abstained: int

    @property
    def cast(self) -> int:
        """How many took part, abstaining or not."""
        return self.pro + self.contra + self.abstained

    @property
    def needed(self) -> int:
        """How many have to take part: more than half, and at least three."""
        return max(self.voters // 2 + 1, ballots.FEWEST)

    @property
    def result(self) -> ItemState:
        """Adopted by more votes for than against, when enough took part."""
        if self.cast < self.needed:
            return ItemState.NO_QUORUM
        return ItemState.ADOPTED if self.pro > self.contra else ItemState.REJECTED


def count(choices: Iterable[str], voters: int) -> Tally:
    """The tally of these votes, when so many could vote."""
    sums = Counter(choices)
    return Tally(voters, sums[Choice.FOR], sums[Choice.AGAINST], sums[Choice.ABSTAIN])


def tallies(motion: Motion) -> dict[int, Tally]:
    """The tally of each item. Votes of people who may not vote do not count."""
    voters = ballots.voters(motion)
    found: dict[int, list[str]] = {pk: [] for pk in voters}
    rows = Vote.objects.filter(item__motion=motion)
    for item_id, user_id, choice in rows.values_list("item_id", "member_id", "choice"):
        if user_id in voters[item_id]:
            found[item_id].append(choice)
    return {pk: count(found[pk], len(voters[pk])) for pk in voters}


def is_due(motion: Motion) -> bool:
    """Whether an open motion can be counted: its time is up, or everybody has voted."""
    if motion.state != MotionState.OPEN or ratifications.is_waiting(motion):
        return False
    if motion.counted_at is not None:
        return True
    return clock.now() >= motion.closes_at or votes.have_all_voted(motion)


def close(*, motion_id: int) -> Motion:
    """Count a motion and carry out what it decides, once; again: the motion as it stands.

    Raises NotYet, and FundShort with the sum that lacks; the motion then stays open past its
    deadline, says so, and is tried again.
    """
    try:
        with refusing(), transaction.atomic():
            return _close(motion_id)
    except NotYet:
        raise
    except Refused as refusal:
        _note(motion_id, refusal.sentence)
        raise


def look(motion_id: int) -> None:
    """Whoever looks at a motion whose time is up has it counted."""
    motion = Motion.objects.get(pk=motion_id)
    if is_due(motion):
        try:
            close(motion_id=motion_id)
        except Refused:
            # Said on the page, and to those who can mend it.
            logger.info("motion %s cannot be decided yet", motion_id)


def sweep() -> int:
    """Count every motion whose time is up; one that cannot be decided is tried again."""
    now = clock.now()
    unanswered = Q(counted_at__isnull=False, ratification__isnull=True)
    rows = Motion.objects.filter(state=MotionState.OPEN).exclude(unanswered)
    due = list(rows.filter(due_at__lte=now).order_by("due_at", "pk").values_list("pk", flat=True))
    waiting = [motion.pk for motion in rows.filter(due_at__gt=now) if votes.have_all_voted(motion)]
    return sum(_sweep_one(pk) for pk in due + waiting)


def _sweep_one(motion_id: int) -> int:
    try:
        close(motion_id=motion_id)
    except Refused as refusal:
        logger.warning("motion %s is not decided: %s", motion_id, refusal.sentence)
        return 0
    return 1


def _close(motion_id: int) -> Motion:
    motion = motions.lock(motion_id)
    if motion.state != MotionState.OPEN:
        return motion
    if not is_due(motion):
        raise NotYet(_("This vote is still open."))
    items = list(
        motion.items.filter(state=ItemState.OPEN).select_related(
            "application__round__entity", "application__project"
        )
    )
    if motion.counted_at is None and _must_be_ratified(motion, items):
        ratifications.begin(motion)
        return motion
    _count(motion, items)
    adopted = [item for item in items if item.state == ItemState.ADOPTED]
    motions.release_holds(motion, actor="system")
    _must_be_funded(adopted)
    for item in adopted:
        _award(item)
    now = clock.now()
    motion.state, motion.decided_at = MotionState.DECIDED, now
    motion.due_at, motion.attempts, motion.error = now, 0, ""
    motion.save()
    log.record(
        actor="system",
        action="motion.decided",
        subject=motions.cause(motion),
        adopted=len(adopted),
        of=len(items),
    )
    jobs.after_commit("grants.tasks.make_minute", motion.pk)
    book.settle_constraints()
    return motion


def _count(motion: Motion, items: list[Item]) -> None:
    """Write down what became of each item. An application taken back is not decided."""
    ids = [item.application_id for item in items]
    rows = Application.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    states = {row.pk: row.state for row in rows}
    found, answer = tallies(motion), ratifications.of(motion)
    is_refused = answer is not None and not answer.is_agreed
    for item in items:
        is_there = states[item.application_id] == ApplicationState.SUBMITTED
        item.state = found[item.pk].result if is_there else ItemState.WITHDRAWN
        if is_refused and item.state == ItemState.ADOPTED:
            item.state = ItemState.UNRATIFIED
        item.save(update_fields=["state"])


def _must_be_ratified(motion: Motion, items: list[Item]) -> bool:
    """Whether the call wants a trustee's word, and something is adopted that needs it."""
    found = tallies(motion)
    return motion.round.is_ratified and any(
        found[item.pk].result == ItemState.ADOPTED
        and item.application.state == ApplicationState.SUBMITTED
        for item in items
    )


def _must_be_funded(adopted: list[Item]) -> None:
    """Raises FundShort, naming every fund that lacks money and how much."""
    wanted: Counter[int] = Counter()
    for item in adopted:
        wanted.update(dict(item.shares.values_list("fund_id", "amount_minor")))
    has = balances.figures(wanted)
    names = dict(Fund.objects.filter(pk__in=wanted).values_list("pk", "name"))
    short = [
        _("%(fund)s is %(sum)s short.")
        % {
            "fund": names[fund_id],
            "sum": Money(
                minor - has[fund_id].available.minor, has[fund_id].available.currency
            ).text(),
        }
        for fund_id, minor in sorted(wanted.items())
        if has[fund_id].available.minor < minor
    ]
    if short:
        raise FundShort(" ".join(short))


def _award(item: Item) -> None:
    awards.adopt(item=item, actor="system")
    now = clock.now()
    application = item.application
    application.state, application.decided_at = ApplicationState.AWARDED, now
    application.save(update_fields=["state", "decided_at"])
    Project.objects.filter(pk=application.project_id, published_at__isnull=True).update(
        published_at=now
    )


def _note(motion_id: int, sentence: str) -> None:
    Motion.objects.filter(pk=motion_id, state=MotionState.OPEN).update(
        error=sentence[:2000], attempts=F("attempts") + 1, due_at=clock.now() + _AGAIN
    )
