"""The accountable body has the last word on what the committee adopts, where the call says so.

One trustee answers for it, who has no seat on the committee and did not apply: with the chair
who put the motion and the members who voted for it that is more than four eyes. Until then the
money stays held, nothing is awarded and no letter goes.
"""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import motions, notices, recusals
from grants.models import Application, CoApplicant, Motion, MotionState, Ratification

LONGEST: Final = 400


class NotYours(Refused):
    """The person does not answer for the accountable body on this motion."""


class NotWaiting(Refused):
    """The motion waits for no answer."""


class ReasonMissing(Refused):
    """A refusal says why."""


def of(motion: Motion) -> Ratification | None:
    """The answer that was given, with who gave it."""
    return Ratification.objects.filter(motion=motion).select_related("member").first()


def is_waiting(motion: Motion) -> bool:
    """Whether the votes are counted and no trustee has answered."""
    return (
        motion.state == MotionState.OPEN
        and motion.counted_at is not None
        and not Ratification.objects.filter(motion=motion).exists()
    )


def begin(motion: Motion) -> None:
    """Keep that the votes of a motion, which the caller has locked, are counted, and ask."""
    motion.counted_at = clock.now()
    motion.attempts, motion.error = 0, ""
    motion.save(update_fields=["counted_at", "attempts", "error"])
    log.record(actor="system", action="motion.counted", subject=motions.cause(motion))
    notices.to_ratify(motion, able(motion))


def able(motion: Motion) -> list[User]:
    """The trustees who may answer, by name."""
    return [each for each in roles.holders(Role.TRUSTEE) if not why_not(motion, each)]


def why_not(motion: Motion, person: User) -> str:
    """Why the person may not answer on the motion; empty where they may."""
    if not roles.has(person, Role.TRUSTEE):
        return _("Only a trustee of the accountable body ratifies.")
    frozen = motion.frozen or {}
    seats = {each["id"] for each in frozen.get("members", [])} | {motion.put_by_id}
    if person.pk in seats or roles.has(person, *recusals.MEMBERS):
        return _("You have a seat on the committee. Another trustee ratifies.")
    asked = Application.objects.filter(items__motion=motion)
    joined = CoApplicant.objects.filter(application__in=asked, person=person)
    out = set().union(*recusals.out_of(list(asked.values_list("pk", flat=True))).values())
    if person.pk in out or joined.exists():
        return _("You have a part in an application of this motion. Another trustee ratifies.")
    return ""


@transaction.atomic
def answer(*, motion_id: int, is_agreed: bool, reason: str, by: User) -> Ratification:
    """Ratify what the committee adopted, or refuse it with a reason. The decision follows.

    The same answer of the same person again: the one that stands. Raises NotYours, NotWaiting,
    ReasonMissing.
    """
    said = " ".join(reason.replace("\0", "").split())[:LONGEST]
    motion = motions.lock(motion_id)
    if sentence := why_not(motion, by):
        raise NotYours(sentence)
    if standing := of(motion):
        if (standing.member_id, standing.is_agreed) == (by.pk, is_agreed):
            return standing
        raise NotWaiting(_("%(name)s has answered before.") % {"name": standing.member})
    if not is_waiting(motion):
        raise NotWaiting(_("This motion waits for no answer."))
    if not is_agreed and not said:
        raise ReasonMissing(_("Write why. It stands in the minute."))
    now = clock.now()
    made = Ratification.objects.create(
        motion=motion, member=by, is_agreed=is_agreed, reason=said, made_at=now
    )
    motion.due_at = now
    motion.save(update_fields=["due_at"])
    log.record(
        actor=f"user:{by.pk}",
        action="motion.ratified" if is_agreed else "motion.not_ratified",
        subject=motions.cause(motion),
    )
    jobs.after_commit("grants.tasks.close_motion", motion.pk)
    return made


def waiting() -> list[Motion]:
    """The motions that wait for a trustee, the oldest first."""
    rows = Motion.objects.filter(state=MotionState.OPEN, counted_at__isnull=False)
    found = rows.filter(ratification__isnull=True).select_related("round")
    return list(found.order_by("counted_at"))
