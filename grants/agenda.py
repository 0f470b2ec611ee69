"""What waits for the committee, for its chair, and for the treasurer."""

import datetime as dt
from typing import Final

from babel.dates import format_datetime
from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from funding import clock, waits
from funding.users import roles
from funding.users.models import Role, User
from funding.waits import Wait
from grants import ballots, declarations, ratifications, recusals, votes
from grants.models import Application, ApplicationState, ItemState, Motion, MotionState, Round
from grants.models.applications import ApplicationQuerySet

LOST: Final = (ItemState.REJECTED, ItemState.NO_QUORUM, ItemState.UNRATIFIED)


def register() -> None:
    """Called when the app starts."""
    waits.register("interests", to_declare, *recusals.MEMBERS)
    waits.register("rulings", to_rule, Role.CHAIR)
    waits.register("votes", open_votes, *recusals.MEMBERS)
    waits.register("declines", missing_reasons, Role.CHAIR)
    waits.register("ratifications", to_ratify, Role.TRUSTEE, Role.CHAIR)
    waits.register("short funds", short_funds, Role.CHAIR, Role.TREASURER)


def to_declare(user: User) -> list[Wait]:
    """Rounds whose call is over, with applications that a member has not declared on."""
    silent = (
        Application.objects.filter(state=ApplicationState.SUBMITTED)
        .filter(round__closes_at__lte=clock.now())
        .undeclared_by(user)
        .on_the_bench(user)
    )
    rows = silent.values("round").annotate(left=Count("pk"), since=Min("round__closes_at"))
    rounds = Round.objects.in_bulk([row["round"] for row in rows])
    return [_silent(rounds[row["round"]], row["left"], row["since"]) for row in rows]


def to_rule(user: User) -> list[Wait]:
    """Interests of other members on which a chair rules."""
    return [
        Wait(
            title=_("May %(who)s take part in “%(title)s”?")
            % {"who": row.member, "title": row.application.project.title},
            url=reverse("grants:committee_ruling", kwargs={"pk": row.pk}),
            sentence=_("A member declared some interest. Until you rule on it, they do not vote."),
            since=row.declared_at,
            state=_("to be ruled on"),
        )
        for row in declarations.unruled(user)
    ]


def _silent(round_: Round, left: int, since: dt.datetime) -> Wait:
    sentence = ngettext(
        "One application is closed to you until you do.",
        "%(n)s applications are closed to you until you do.",
        left,
    )
    return Wait(
        title=_("Say what interest you have in %(round)s") % {"round": round_.name},
        url=reverse("grants:committee_declarations", kwargs={"slug": round_.slug}),
        sentence=sentence % {"n": left},
        since=since,
        state=_("to be declared"),
    )


def open_votes(user: User) -> list[Wait]:
    """Motions on which a member has not voted yet."""
    rows = Motion.objects.filter(state=MotionState.OPEN, closes_at__gt=clock.now())
    rows = rows.filter(counted_at__isnull=True)
    return [
        _vote(motion, left)
        for motion in rows.select_related("round")
        if (left := len(to_vote(motion, user)))
    ]


def to_vote(motion: Motion, user: User) -> list[int]:
    """The items of an open motion on which the person may vote and has not, by their ids."""
    done = votes.own(motion.pk, user)
    return [pk for pk, may in ballots.voters(motion).items() if user.pk in may and pk not in done]


def to_ratify(user: User) -> list[Wait]:
    """Motions that wait for this trustee, or that no trustee can answer, for the chair."""
    found = []
    for motion in ratifications.waiting():
        assert motion.counted_at is not None
        is_mine = not ratifications.why_not(motion, user)
        if not is_mine and (not roles.has(user, Role.CHAIR) or ratifications.able(motion)):
            continue
        url = reverse("grants:committee_ratification", kwargs={"pk": motion.pk})
        told = {"number": motion.number, "round": motion.round.name}
        mine = _("The committee adopted it. Until you answer its money is held and nobody is told.")
        nobody = _("Nobody holds the role of a trustee who may answer. An administrator gives it.")
        found.append(
            Wait(
                title=_("Ratify motion %(number)s of %(round)s") % told
                if is_mine
                else _("Motion %(number)s of %(round)s waits for a trustee") % told,
                url=url if is_mine else _page(motion),
                sentence=mine if is_mine else nobody,
                since=motion.counted_at,
                state=_("to be ratified"),
                look="wait" if is_mine else "stop",
            )
        )
    return found


def missing_reasons(user: User) -> list[Wait]:
    """Applications that a vote did not fund and whose applicants have not been told why."""
    mine = set(Application.objects.decided_by(user).values_list("pk", flat=True))
    return [_reason(row) for row in undeclined() if row.pk in mine]


def undeclined() -> ApplicationQuerySet:
    """Applications that were voted on, not funded, and stand in no other motion."""
    rows = Application.objects.filter(state=ApplicationState.SUBMITTED)
    lost = rows.filter(items__state__in=LOST).distinct()
    return lost.exclude(items__state=ItemState.OPEN).select_related("project")


def short_funds(user: User) -> list[Wait]:
    """Motions that could not be decided because a fund fell short."""
    chairs = roles.has(user, Role.CHAIR)
    rows = Motion.objects.filter(state=MotionState.OPEN).exclude(error="")
    return [
        Wait(
            title=_("Motion %(number)s of %(round)s cannot be decided")
            % {"number": motion.number, "round": motion.round.name},
            url=_page(motion) if chairs else reverse("funds"),
            sentence=_("%(short)s Once the money is there, the decision is made by itself.")
            % {"short": motion.error},
            since=motion.closes_at,
            state=_("fund short"),
        )
        for motion in rows.select_related("round")
    ]


def _reason(application: Application) -> Wait:
    decided = application.items.aggregate(last=Max("motion__decided_at"))["last"]
    title = _("Say why “%(title)s” is not funded") % {"title": application.project.title}
    return Wait(
        title=title,
        url=reverse("grants:committee_decline", kwargs={"uuid": application.uuid}),
        sentence=_("The vote is over. Your reason is mailed to the applicant."),
        since=decided,
        state=_("open"),
    )


def _vote(motion: Motion, left: int) -> Wait:
    sentence = ngettext(
        "One application waits for your vote until %(until)s UTC.",
        "%(n)s applications wait for your vote until %(until)s UTC.",
        left,
    )
    assert motion.put_at is not None
    return Wait(
        title=_("Vote on motion %(number)s of %(round)s")
        % {"number": motion.number, "round": motion.round.name},
        url=_page(motion),
        sentence=sentence % {"n": left, "until": _until(motion.closes_at)},
        since=motion.put_at,
        state=_("urgent") if motion.urgent_why else _("open"),
    )


def _page(motion: Motion) -> str:
    return reverse("grants:committee_motion", kwargs={"pk": motion.pk})


def _until(instant: dt.datetime) -> str:
    locale = {"en": "en_GB"}.get(language := get_language() or "en", language)
    return str(format_datetime(instant.astimezone(dt.UTC), "d MMMM, HH:mm", locale=locale))
