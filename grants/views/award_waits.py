"""What of an award waits for an officer or a chair between its adoption and its end."""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from funding import clock, waits
from funding.users.models import User
from funding.waits import Wait
from grants import agreements, changes, closings, disbursements, publications, tranches
from grants.agreements import MAY_COUNTERSIGN, MAY_DRAW_UP
from grants.changes import MAY_CONFIRM
from grants.closings import MAY_CLOSE
from grants.models import (
    Agreement,
    Award,
    AwardChange,
    AwardState,
    ChangeState,
    Disbursement,
    ReportKind,
    ReportSending,
    Schedule,
    TrancheCondition,
)
from grants.reports import MAY_ANSWER
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


def agreements_to_draw_up(user: User) -> list[Wait]:
    """Awards with a schedule and a budget whose agreement is lacking, or out of date."""
    return [
        _agreement(award, _("Draw up the agreement for %(work)s"), _("to draw up"), since)
        for award, last, since in _scheduled(user)
        if (last is None or not (last.accepted_at or agreements.is_up_to_date(last)))
        and not agreements.lack(award)
    ]


def agreements_to_sign(user: User) -> list[Wait]:
    """Agreements that an applicant has accepted and nobody has signed for the entity."""
    return [
        _agreement(award, _("Sign the agreement for %(work)s"), _("to sign"), last.accepted_at)
        for award, last, _since in _scheduled(user)
        if last is not None
        and last.accepted_at
        and not last.countersigned_at
        and not agreements.why_not_countersign(last, user)
    ]


def changes_to_answer(user: User) -> list[Wait]:
    """Changes that a grantee asks for and this person can approve, first or second."""
    rows = AwardChange.objects.filter(
        state__in=[ChangeState.ASKED, ChangeState.CHECKED], award__state=AwardState.ACTIVE
    )
    return [
        Wait(
            title=_("Answer a change of %(work)s") % {"work": row.award.application.project.title},
            url=reverse("grants:award_change", kwargs={"pk": row.award_id, "number": row.number}),
            sentence=_("The grantee asks for other days or another budget, and waits for it."),
            since=row.approved_at or row.asked_at,
            state=_("to be answered") if row.approved_at is None else _("second person"),
        )
        for row in rows.select_related("award__application__project")
        if not changes.why_not_approve(row, user)
    ]


def reports_to_read(user: User) -> list[Wait]:
    """Reports that were sent and nobody has answered."""
    rows = ReportSending.objects.filter(answer="").select_related("report__award__entity")
    return [
        Wait(
            title=_("Read the %(report)s of %(work)s")
            % {
                "report": ReportKind(row.report.kind).label.lower(),
                "work": row.report.award.application.project.title,
            },
            url=_report_url(row.report.award_id, row.report.kind),
            sentence=_("What waits for it cannot be paid before it is accepted."),
            since=row.sent_at,
            state=_("to be read"),
        )
        for row in rows
        if not disbursements.why_not_award(row.report.award, user)
    ]


def reports_to_publish(user: User) -> list[Wait]:
    """Accepted reports whose grantees agreed, of which nobody has said whether they are shown."""
    rows = publications.undecided().select_related(
        "report__award__entity", "report__award__application__project"
    )
    return [
        Wait(
            title=_("Publish the %(report)s of %(work)s, or say why not")
            % {
                "report": ReportKind(row.report.kind).label.lower(),
                "work": row.report.award.application.project.title,
            },
            url=_report_url(row.report.award_id, row.report.kind),
            sentence=_("Whoever gave for it would read it where they follow their money."),
            since=row.step_at or row.answered_at or row.sent_at,
            state=_("to be published"),
        )
        for row in rows.order_by("pk")
        if not disbursements.why_not_award(row.report.award, user)
    ]


def awards_to_close(user: User) -> list[Wait]:
    """Awards whose final report is accepted, with what keeps them from their end."""
    found = []
    for award, _last, _since in _scheduled(user):
        told = closings.final(award)
        if told is None:
            continue
        lacks = closings.lacks(award)
        found.append(
            Wait(
                title=_("Close the award for %(work)s") % {"work": award.application.project.title},
                url=reverse("grants:award_closing", kwargs={"pk": award.pk}),
                sentence=" ".join(lacks) or _("Nothing is owed any more. Write the last word."),
                since=told.answered_at or told.sent_at,
                state=_("not ready") if lacks else _("to close"),
            )
        )
    return found


def register() -> None:
    """Called when the app starts."""
    waits.register("schedules to make", schedules_to_make, *MAY_MAKE)
    waits.register("agreements to draw up", agreements_to_draw_up, *MAY_DRAW_UP)
    waits.register("agreements to sign", agreements_to_sign, *MAY_COUNTERSIGN)
    waits.register("reports to read", reports_to_read, *MAY_ANSWER)
    waits.register("changes to answer", changes_to_answer, *MAY_CONFIRM)
    waits.register("reports to publish", reports_to_publish, *MAY_ANSWER)
    waits.register("awards to close", awards_to_close, *MAY_CLOSE)
    waits.register("milestones", milestones_to_look_at, *MAY_MEET)


def _scheduled(user: User) -> list[tuple[Award, Agreement | None, dt.datetime]]:
    """Active awards with a schedule that the person may deal with, and their agreements."""
    rows = Award.objects.filter(state=AwardState.ACTIVE, schedules__isnull=False).distinct()
    found = []
    for award in rows.whole():
        schedule = tranches.current(award.pk)
        if schedule is not None and not disbursements.why_not_award(award, user):
            found.append((award, agreements.current(award.pk), schedule.made_at))
    return found


def _agreement(award: Award, words: str, state: str, since: dt.datetime) -> Wait:
    return Wait(
        title=words % {"work": award.application.project.title},
        url=reverse("grants:award_agreement", kwargs={"pk": award.pk}),
        sentence=_("Nothing that waits for it can be paid before."),
        since=since,
        state=state,
    )


def _report_url(award_id: int, kind: str) -> str:
    return reverse("grants:award_report", kwargs={"pk": award_id, "kind": kind})


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
