"""Votes of the committee. Nobody sees how another has voted before the end."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import User
from grants import ballots, declarations, motions, recusals
from grants.models import Choice, Item, ItemState, Motion, MotionState, Vote


class VoteClosed(Refused):
    """The vote is over, or was never opened."""


class NoVote(Refused):
    """The person has no vote on this."""


class NotTogether(Refused):
    """What is voted on together is not what the person was shown."""


@transaction.atomic
def cast(*, item_id: int, choice: Choice, by: User) -> Vote:
    """Vote on one application of an open motion; a later vote takes an earlier one's place.

    The deadline is judged while the motion is locked, so that no vote comes in during the
    count. Raises VoteClosed, NoVote, and what `declarations.must_take_part` does.
    """
    motion_id = Item.objects.values_list("motion_id", flat=True).get(pk=item_id)
    return _cast(motions.lock(motion_id), item_id, choice, by)


@transaction.atomic
def cast_together(
    *, motion_id: int, item_ids: Collection[int], choice: Choice, by: User
) -> list[Vote]:
    """Vote the same on every application that nobody is out of: one vote each, all or none.

    `item_ids` are those that the person was shown. Raises NotTogether when somebody has stepped
    out since, and what `cast` does.
    """
    motion = motions.lock(motion_id)
    wanted = ballots.together(motion)
    if not is_open(motion):
        raise VoteClosed(_("This vote is closed."))
    if not wanted or sorted(item_ids) != wanted:
        raise NotTogether(
            _("What is voted on together has changed since you opened the page. Look again.")
        )
    return [_cast(motion, item_id, choice, by) for item_id in wanted]


def _cast(motion: Motion, item_id: int, choice: Choice, by: User) -> Vote:
    """One vote on an item of a motion that the caller has locked."""
    item = Item.objects.select_related("application__project", "application__round").get(pk=item_id)
    now = clock.now()
    if item.state != ItemState.OPEN or not is_open(motion):
        raise VoteClosed(_("This vote is closed."))
    was_there = by.pk in ballots.voters(motion)[item.pk] or recusals.is_out(item.application, by)
    if not roles.has(by, *recusals.MEMBERS) or not was_there:
        raise NoVote(_("You were not on the committee when this motion was put."))
    declarations.must_take_part(item.application, by)
    with declarations.refusing(item.application):
        vote, is_new = Vote.objects.update_or_create(
            item=item, member=by, defaults={"choice": Choice(choice), "cast_at": now}
        )
    # Not how: the log is read by people who must not know before the end.
    log.record(
        actor=f"user:{by.pk}",
        action="vote.cast" if is_new else "vote.changed",
        subject=f"item:{item.pk}",
    )
    jobs.after_commit("grants.tasks.close_motion", motion.pk)
    return vote


def is_open(motion: Motion) -> bool:
    """Whether votes are taken: put, not counted yet, and before its end."""
    is_counted = motion.state != MotionState.OPEN or motion.counted_at is not None
    return not is_counted and clock.now() < motion.closes_at


def own(motion_id: int, member: User) -> dict[int, Choice]:
    """How the member has voted, by the item's id."""
    rows = Vote.objects.filter(item__motion=motion_id, member=member)
    return {row.item_id: Choice(row.choice) for row in rows}


def have_all_voted(motion: Motion) -> bool:
    """Whether nobody is left who could still vote on anything in it."""
    voted: dict[int, set[int]] = defaultdict(set)
    rows = Vote.objects.filter(item__motion=motion).values_list("item_id", "member_id")
    for item_id, user_id in rows:
        voted[item_id].add(user_id)
    return all(members <= voted[pk] for pk, members in ballots.voters(motion).items())
