"""A member objects to the written procedure for urgent cases, and the motion has time again."""

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import User
from grants import ballots, motions, notices, recusals, votes
from grants.models import Motion, Objection


class NotUrgent(Refused):
    """The vote is not open by the urgent procedure, or not any more."""


class NoVoter(Refused):
    """The person has no vote in the motion."""


class ReasonMissing(Refused):
    """An objection says why."""


def make(*, motion_id: int, reason: str, by: User) -> Objection:
    """Give an urgent motion the ordinary span, counted from when it was put. Votes stand.

    Once it is made, whoever objects again gets the one that stands. Raises NotUrgent, NoVoter,
    ReasonMissing.
    """
    said = " ".join(reason.replace("\0", "").split())[:400]
    if not said:
        raise ReasonMissing(_("Write why. It stands in the minute."))
    with transaction.atomic():
        motion = motions.lock(motion_id)
        if not may_make(motion, by):
            raise NoVoter(_("You have no vote in this motion."))
        if standing := Objection.objects.filter(motion=motion).first():
            return standing
        now, was = clock.now(), motion.closes_at
        if not motion.urgent_why or not votes.is_open(motion):
            raise NotUrgent(_("This vote is not open by the urgent procedure."))
        assert motion.put_at is not None
        motion.closes_at = motion.due_at = max(was, motion.put_at + motions.SHORTEST)
        motion.save(update_fields=["closes_at", "due_at"])
        made = Objection.objects.create(
            motion=motion, member=by, reason=said, made_at=now, closed_at=was
        )
        log.record(actor=f"user:{by.pk}", action="motion.objected", subject=motions.cause(motion))
        notices.tell_voters(motion, ballots.entitled(motion))
    return made


def may_make(motion: Motion, member: User) -> bool:
    """Whether the person has a vote on something in it."""
    voters = ballots.voters(motion).values()
    return roles.has(member, *recusals.MEMBERS) and any(member.pk in each for each in voters)


def of(motion: Motion) -> Objection | None:
    """The objection that was made, with who made it."""
    return Objection.objects.filter(motion=motion).select_related("member").first()
