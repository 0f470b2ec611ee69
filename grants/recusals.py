"""Stepping out of an application: whoever has an interest in it neither reads nor decides it."""

from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants.models import Application, ApplicationState, Item, ItemState, Motion, Recusal, Vote

MEMBERS: Final = (Role.COMMITTEE, Role.CHAIR)


class NotAMember(Refused):
    """Only the committee steps out, votes and decides."""


class Recused(Refused):
    """The person has stepped out of this application."""


class DecidedAlready(Refused):
    """The application was decided before."""


class ReasonMissing(Refused):
    """A step that others will ask about needs its reason."""


# A sentence that says why a member may have an interest in an application, or nothing. Each
# is asked with the application and the member; layers above add what they alone can know.
Source = Callable[[Application, User], str]


def _same_body(application: Application, member: User) -> str:
    body = application.project.organisation
    if body.memberships.filter(user=member, ended_at__isnull=True).exists():
        return _("You act for %(body)s, which applies.") % {"body": body.name}
    return ""


SOURCES: Final[list[Source]] = [_same_body]


def flags(application: Application, member: User) -> list[str]:
    """What speaks for stepping out, as sentences for the member."""
    return [said for source in SOURCES if (said := source(application, member))]


def of(application_id: int, member: User) -> Recusal | None:
    """The member's own step out of an application."""
    return Recusal.objects.filter(application_id=application_id, member=member).first()


def is_out(application: Application, member: User) -> bool:
    """Whether the member has stepped out, or applied and so was never in."""
    return application.applicant_id == member.pk or of(application.pk, member) is not None


def out_of(application_ids: list[int]) -> dict[int, set[int]]:
    """Who is out of each of these applications: users' ids by the application's id."""
    found: dict[int, set[int]] = {pk: set() for pk in application_ids}
    own = Application.objects.filter(pk__in=application_ids).values_list("pk", "applicant_id")
    rows = Recusal.objects.filter(application__in=application_ids)
    for application_id, user_id in [*own, *rows.values_list("application_id", "member_id")]:
        found[application_id].add(user_id)
    return found


def must_be_in(application: Application, member: User) -> None:
    """Raises Recused for a member who is out of the application."""
    if is_out(application, member):
        sentence = _("You stepped out of “%(title)s”. Another member takes this step.")
        raise Recused(sentence % {"title": application.project.title})


@transaction.atomic
def declare(*, application_id: int, reason: str, by: User) -> Recusal:
    """Step out of an application that is not decided yet; a vote on it is taken back.

    Again: the step that stands. Raises NotAMember, ReasonMissing, DecidedAlready.
    """
    if not roles.has(by, *MEMBERS):
        raise NotAMember(_("Only members of the committee step out of an application."))
    if not reason.strip():
        raise ReasonMissing(_("Write why, for yourself and the chair. Nobody else sees it."))
    # Motions before applications, as the one who counts the votes does.
    wanted = Motion.objects.filter(
        items__application=application_id, items__state=ItemState.OPEN
    ).values("pk")
    list(Motion.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    application = Application.objects.select_for_update(no_key=True).get(pk=application_id)
    if standing := of(application_id, by):
        return standing
    if application.state != ApplicationState.SUBMITTED:
        raise DecidedAlready(_("This application is not open for a decision any more."))
    recusal = Recusal.objects.create(
        application=application, member=by, reason=reason.strip(), declared_at=clock.now()
    )
    _take_votes_back(application_id, by)
    log.record(
        actor=f"user:{by.pk}",
        action="recusal.declared",
        subject=f"application:{application_id}",
    )
    return recusal


def _take_votes_back(application_id: int, by: User) -> None:
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
