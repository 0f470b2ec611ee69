"""Stepping out of an application: whoever has an interest in it neither reads nor decides it."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.users.models import User
from grants import flags as flagging
from grants.models import (
    Application,
    ApplicationState,
    Item,
    ItemState,
    Motion,
    Recusal,
    Vote,
)
from grants.models.applications import MEMBERS as MEMBERS


class NotAMember(Refused):
    """Only the committee steps out, votes and decides."""


class Recused(Refused):
    """The person has stepped out of this application."""


class Unchecked(Refused):
    """The officer has not checked the application yet, or found it not eligible."""


class DecidedAlready(Refused):
    """The application was decided before."""


class ReasonMissing(Refused):
    """A step that others will ask about needs its reason."""


# What speaks for an interest. Layers above add what they alone can know.
SOURCES: Final[list[flagging.Source]] = [
    flagging.same_body,
    flagging.same_domain,
    flagging.named,
    flagging.earlier_award,
]


def flags(application: Application, member: User) -> list[str]:
    """What speaks for stepping out, as sentences for the member."""
    return flags_of([application], member)[application.pk]


def flags_of(applications: Sequence[Application], member: User) -> dict[int, list[str]]:
    """The same for many applications, by their ids, with as many questions as for one."""
    found: dict[int, list[str]] = {each.pk: [] for each in applications}
    for source in SOURCES:
        for pk, said in source(applications, member).items():
            found[pk].append(said)
    return found


def of(application_id: int, member: User) -> Recusal | None:
    """The member's own step out of an application."""
    return Recusal.objects.filter(application_id=application_id, member=member).first()


def is_out(application: Application, member: User) -> bool:
    """Whether the member has stepped out, or applied and so was never in."""
    return application.applicant_id == member.pk or of(application.pk, member) is not None


def unknown_to(applications: Sequence[Application], member: User) -> set[int]:
    """Those of which a member does not know before the officer's check, by their ids."""
    asked = {each.pk for each in applications if each.round.checks_first}
    if not asked:
        return set()
    known = Application.objects.filter(pk__in=asked).on_the_bench(member)
    return asked - set(known.values_list("pk", flat=True))


def out_of(application_ids: list[int]) -> dict[int, set[int]]:
    """Who is out of each of these applications: users' ids by the application's id."""
    found: dict[int, set[int]] = {pk: set() for pk in application_ids}
    own = Application.objects.filter(pk__in=application_ids).values_list("pk", "applicant_id")
    rows = Recusal.objects.filter(application__in=application_ids)
    for application_id, user_id in [*own, *rows.values_list("application_id", "member_id")]:
        found[application_id].add(user_id)
    return found


def lock(application_id: int) -> Application:
    """The application, locked together with the open motions in which it stands.

    Motions before applications, as the one who counts the votes does.
    """
    wanted = Motion.objects.filter(
        items__application=application_id, items__state=ItemState.OPEN
    ).values("pk")
    list(Motion.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "round", "applicant", "project__organisation"
    )
    return rows.get(pk=application_id)


def must_be_undecided(application: Application) -> None:
    """Raises DecidedAlready, also while a trustee looks at votes that are counted."""
    counted = Item.objects.filter(
        application=application, state=ItemState.OPEN, motion__counted_at__isnull=False
    )
    if application.state != ApplicationState.SUBMITTED or counted.exists():
        raise DecidedAlready(_("This application is not open for a decision any more."))


def step_out(application: Application, member: User, reason: str, *, actor: User) -> Recusal:
    """Write that a member is out of an application that the caller has locked."""
    recusal, is_new = Recusal.objects.get_or_create(
        application=application,
        member=member,
        defaults={"reason": reason, "declared_at": clock.now()},
    )
    if is_new:
        take_votes_back(application.pk, member)
        log.record(
            actor=f"user:{actor.pk}",
            action="recusal.declared",
            subject=f"application:{application.pk}",
            **({} if actor == member else {"member": member.pk}),
        )
    return recusal


def take_votes_back(application_id: int, by: User) -> None:
    """Votes that count no more; whoever is left may all have voted by now."""
    for item in Item.objects.filter(application=application_id, state=ItemState.OPEN):
        taken, _rows = Vote.objects.filter(item=item, member=by).delete()
        if taken:
            log.record(actor=f"user:{by.pk}", action="vote.taken_back", subject=f"item:{item.pk}")
        jobs.after_commit("grants.tasks.close_motion", item.motion_id)


def note_applicants(application_ids: list[int], voters: set[int]) -> None:
    """Write down that members who apply are out of their own applications."""
    for application in Application.objects.filter(pk__in=application_ids, applicant__in=voters):
        Recusal.objects.get_or_create(
            application=application,
            member_id=application.applicant_id,
            defaults={"reason": "Applied for it.", "declared_at": clock.now()},
        )
