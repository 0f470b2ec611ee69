"""What waits for those who ask for money, in their own language: drafts, and awards of theirs.

Somebody who acts for a zoo may apply too, and reads both in one inbox.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from funding import clock, waits
from funding.documents import paper
from funding.money import Money
from funding.users.models import User
from funding.waits import Wait
from grants import (
    agreements,
    applications,
    award_budgets,
    bank_details,
    changes,
    coapplicants,
    disbursements,
    messages,
    reports,
    texts,
    tranches,
)
from grants.models import (
    Application,
    ApplicationState,
    Award,
    AwardState,
    BankDetails,
    ChangeState,
    Completion,
    CompletionState,
)

# How long before its end a round reminds those who have begun.
REMINDS: Final = dt.timedelta(days=14)


def closing_drafts(user: User) -> list[Wait]:
    """What waits for an applicant: drafts in rounds that close soon."""
    now = clock.now()
    drafts = Application.objects.own(user).filter(
        state=ApplicationState.DRAFT,
        round__closes_at__gt=now,
        round__closes_at__lte=now + REMINDS,
    )
    sentence = _("Your draft is not sent. %(round)s closes on %(end)s.")
    return [
        Wait(
            title=_("Send your application: %(title)s") % {"title": draft.project.title},
            url=reverse("grants:apply_application", kwargs={"uuid": draft.uuid}),
            sentence=sentence
            % {"round": draft.round.name, "end": texts.instant(draft.round.closes_at)},
            since=max(draft.created_at, draft.round.closes_at - REMINDS),
            state=_("draft"),
        )
        for draft in drafts.select_related("project", "round")
    ]


def to_complete(user: User) -> list[Wait]:
    """Applications that came back to their applicant, to be completed by a day."""
    now = clock.now()
    rows = Completion.objects.filter(
        application__applicant=user,
        application__state=ApplicationState.SUBMITTED,
        state=CompletionState.OPEN,
        due_at__gt=now,
    )
    sentence = _("Something is missing. Complete it by %(end)s.")
    return [
        Wait(
            title=_("Complete your application: %(title)s")
            % {"title": row.application.project.title},
            url=reverse("grants:apply_completion", kwargs={"uuid": row.application.uuid}),
            sentence=sentence % {"end": texts.instant(row.due_at)},
            since=row.asked_at,
            state=_("sent back"),
        )
        for row in rows.select_related("application__project")
    ]


def own_awards(user: User) -> list[Wait]:
    """What the applicant of an award can do: say where it is paid to, and ask for money."""
    rows = Award.objects.own(user).filter(state=AwardState.ACTIVE)
    return [wait for award in rows.whole() for wait in _own(award)]


def for_who_applies(user: User) -> list[Wait]:
    """Messages of the office that nobody of those who apply has answered."""
    mine = Application.objects.commented_by(user)
    sentence = _("The office of the fund wrote about it in %(round)s, and waits for an answer.")
    return [
        Wait(
            title=_("Answer the fund about %(title)s") % {"title": each.project.title},
            url=reverse("grants:apply_messages", kwargs={"uuid": each.uuid}),
            sentence=sentence % {"round": each.round.name},
            since=since,
            state=_("message"),
        )
        for each, since in messages.waiting(mine, from_office=True)
    ]


def invited(user: User) -> list[Wait]:
    """Invitations that somebody can take up."""
    return [
        Wait(
            title=_("Apply together: %(title)s") % {"title": each.application.project.title},
            url=reverse("grants:apply_invitation", kwargs={"token": coapplicants.token_of(each)}),
            sentence=_("%(who)s asks you to join an application in %(round)s.")
            % {"who": each.application.applicant, "round": each.application.round.name},
            since=each.created_at,
            state=_("invitation"),
        )
        for each in coapplicants.waiting_for(user)
        if applications.may_change(each.application)
    ]


def register() -> None:
    """Called when the app starts."""
    waits.register("messages of the office", for_who_applies)
    waits.register("invitations to apply", invited)
    waits.register("applicants' drafts", closing_drafts)
    waits.register("applications sent back", to_complete)
    waits.register("own awards", own_awards)


def _agreement(award: Award) -> Iterator[Wait]:
    """What the applicant has to fit or to accept before the money can be asked for."""
    work = award.application.project.title
    last = agreements.current(award.pk)
    if award_budgets.is_lacking(award):
        yield Wait(
            title=_("Fit your budget to the award: %(work)s") % {"work": work},
            url=reverse("grants:award_budget", kwargs={"pk": award.pk}),
            sentence=_("The award is less than you asked for. Say what it pays of each line."),
            since=award.adopted_at,
            state=_("budget"),
        )
    elif last and not last.accepted_at and agreements.is_up_to_date(last):
        yield Wait(
            title=_("Read and accept the agreement: %(work)s") % {"work": work},
            url=reverse("grants:award_agreement", kwargs={"pk": award.pk}),
            sentence=_("Nothing that waits for it can be paid before."),
            since=last.drawn_up_at,
            state=_("to be accepted"),
        )


def _changes(award: Award) -> Iterator[Wait]:
    """An amendment that waits to be accepted."""
    change = changes.waiting(award)
    if change is None or change.state != ChangeState.OFFERED:
        return
    work = award.application.project.title
    yield Wait(
        title=_("Read and accept the amendment: %(work)s") % {"work": work},
        url=reverse("grants:award_change", kwargs={"pk": award.pk, "number": change.number}),
        sentence=_("The change that you asked for counts once you have accepted it."),
        since=change.confirmed_at or change.approved_at or change.asked_at,
        state=_("to be accepted"),
    )


def _reports(award: Award) -> Iterator[Wait]:
    """Reports that are due soon, or late."""
    for due in reports.dues(award):
        if due.light not in {"soon", "late"}:
            continue
        told = {"report": due.name, "day": texts.day(due.due_on)}
        url = reverse("grants:award_report", kwargs={"pk": award.pk, "kind": due.kind})
        yield Wait(
            title=_("Send your report: %(work)s") % {"work": award.application.project.title},
            url=url,
            sentence=_("%(report)s, due on %(day)s.") % told,
            since=award.adopted_at,
            state=_("late") if due.light == "late" else _("due soon"),
            look="stop" if due.light == "late" else "wait",
        )


def _own(award: Award) -> Iterator[Wait]:
    details, work = bank_details.current(award.pk), award.application.project.title
    yield from _agreement(award)
    yield from _changes(award)
    yield from _reports(award)
    if details is None:
        yield Wait(
            title=_("Say where your award is paid to: %(work)s") % {"work": work},
            url=reverse("grants:award_bank", kwargs={"pk": award.pk}),
            sentence=_("Without bank details nothing can be paid."),
            since=award.adopted_at,
            state=_("bank details"),
        )
    elif found := _to_ask(award, details):
        left, since = found
        yield Wait(
            title=_("Ask for money of your award: %(work)s") % {"work": work},
            url=reverse("grants:award_ask", kwargs={"pk": award.pk}),
            sentence=_("%(left)s of it can still be asked for, when you need it.")
            % {"left": left.text(paper.locale())},
            since=since,
            state=_("can be asked for"),
        )


def _to_ask(award: Award, details: BankDetails) -> tuple[Money, dt.datetime] | None:
    """What can be asked for now, of the parts of an award if it has any, and since when."""
    left = disbursements.left_to_request(award)
    if not left:
        return None
    if tranches.current(award.pk) is None:
        last = award.disbursements.order_by("-number").first()
        return left, last.requested_at if last else details.entered_at
    ready = tranches.ready(award)
    if not ready:
        return None
    met = [part.met.met_at for part in ready if part.met]
    whole = Money(sum(part.amount.minor for part in ready), award.currency)
    return whole, max([*met, details.entered_at])
