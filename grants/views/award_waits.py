"""What of an award waits for an officer or a chair between its adoption and its end."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from funding import clock, waits
from funding.users.models import User
from funding.waits import Wait
from grants import disbursements, tranches
from grants.models import Award, AwardState, Disbursement, Schedule, TrancheCondition
from grants.schedules import MAY_MAKE, MAY_MEET


def schedules_to_make(user: User) -> list[Wait]:
    """Awards of which nothing was asked for yet and that have no schedule."""
    rows = Award.objects.filter(
        ~Exists(Schedule.objects.filter(award=OuterRef("pk"))),
        ~Exists(Disbursement.objects.filter(award=OuterRef("pk"))),
        state=AwardState.ACTIVE,
        is_taken_over=False,
    )
    return [
        Wait(
            title=_("Set out in which parts %(work)s is paid")
            % {"work": award.application.project.title},
            url=reverse("grants:award_schedule", kwargs={"pk": award.pk}),
            sentence=_("Until it has a schedule, any part of it can be asked for."),
            since=award.adopted_at,
            state=_("no schedule"),
        )
        for award in rows.whole()
        if not disbursements.why_not_award(award, user)
    ]


def milestones_to_look_at(user: User) -> list[Wait]:
    """Parts of awards whose day has come and that wait for a milestone."""
    rows = Award.objects.filter(state=AwardState.ACTIVE, schedules__isnull=False).distinct()
    found = []
    for award in rows.whole():
        if disbursements.why_not_award(award, user):
            continue
        today = clock.today(award.entity.zone)
        for part in tranches.of(award):
            waits_for_it = part.met is None and part.row.condition == TrancheCondition.MILESTONE
            if waits_for_it and part.row.due_on <= today:
                found.append(_milestone(award, part))
    return found


def register() -> None:
    """Called when the app starts."""
    waits.register("schedules to make", schedules_to_make, *MAY_MAKE)
    waits.register("milestones", milestones_to_look_at, *MAY_MEET)


def _milestone(award: Award, part: tranches.Part) -> Wait:
    work = award.application.project.title
    return Wait(
        title=_("Has %(work)s reached its milestone?") % {"work": work},
        url=reverse("grants:award_part", kwargs={"pk": award.pk, "number": part.number}),
        sentence=_("Part %(number)s was wanted by now. %(waits)s")
        % {"number": part.number, "waits": part.waits},
        since=part.row.schedule.made_at,
        state=_("milestone"),
    )
