"""Rounds are written and published; applicants begin, keep, send and withdraw."""

import dataclasses
import datetime as dt
import uuid
from functools import partial
from typing import Final
from uuid import UUID

from funding.ledger.models import Fund
from funding.parties.models import Organisation
from funding.sandbox.demo import opening, people
from funding.sandbox.demo.catalogue.calls import (
    CALLS,
    POSTPONED,
    PROJECTS,
    REQUESTS,
    Call,
    Request,
)
from funding.sandbox.demo.catalogue.cast import CAST
from funding.sandbox.demo.catalogue.projects import Project
from funding.sandbox.demo.scenes import Days, Scene
from funding.users.models import User
from grants import applications, attachments, budgets, conditions, gaps, rounds
from grants import terms as calls
from grants.applications import Content
from grants.models import Application, ApplicationState, Round

_NAMES: Final = UUID("0f6f0d0b-6c67-4a41-9d6b-2a1c9f0f7a55")
_BODY_OF: Final = {person.key: person.body for person in CAST}
_SEASONS: Final = ("Winter", "Spring", "Summer", "Autumn")


def scenes(days: Days) -> list[Scene]:
    """Every step of every round and application."""
    found = [Scene(call.written, partial(write, call, days)) for call in CALLS]
    found += [
        Scene(call.published, partial(publish, call, days))
        for call in CALLS
        if call.published is not None
    ]
    found.append(Scene(POSTPONED[1], partial(postpone, days)))
    for request in REQUESTS:
        found.append(Scene(request.begun, partial(begin, request, days)))
        kept = request.kept if request.sent is None else request.sent + 0.05
        if kept is not None:
            found.append(Scene(kept, partial(keep, request, days)))
        if request.sent is not None:
            found.append(Scene(request.sent, partial(send, request)))
        if request.withdrawn is not None:
            found.append(Scene(request.withdrawn, partial(take_back, request)))
    return found


def round_of(key: str, days: Days) -> Round:
    """The round of this name in the catalogue."""
    call = next(each for each in CALLS if each.key == key)
    return Round.objects.get(name=_name(call, days))


def application_of(ref: str) -> Application:
    """The application for this project of the catalogue."""
    return Application.objects.get(uuid=_uuid(ref))


def write(call: Call, days: Days) -> None:
    """The officer writes a round."""
    if Round.objects.filter(name=_name(call, days)).exists():
        return
    funds = dict(Fund.objects.values_list("slug", "pk"))
    terms = calls.Terms(
        name=_name(call, days),
        call=call.call,
        criteria=call.criteria,
        maximum_minor=call.maximum_minor,
        opens_at=days.at(call.opens, hour=9),
        closes_at=days.at(call.closes, hour=22),
        grace_minutes=call.grace_minutes,
        decides_on=days.at(call.decides).date(),
        envelopes=tuple((funds[slug], minor) for slug, minor in call.envelopes),
        steps=_steps(call, days),
        limits=call.limits,
        asked=call.asked,
        conditions=call.conditions,
        cost_limits=call.cost_limits,
    )
    rounds.create(entity_id=opening.entity().pk, terms=terms, by=people.one("pat"))


def _steps(call: Call, days: Days) -> calls.Steps:
    due = call.marks_due
    return calls.Steps(
        checks_first=call.checks_first,
        reviews_wanted=call.reviews,
        marks_due_at=None if due is None else days.at(due).replace(minute=0, second=0),
        is_blind=call.is_blind,
    )


def publish(call: Call, days: Days) -> None:
    """And shows it to everybody."""
    rounds.publish(round_id=round_of(call.key, days).pk, by=people.one("pat"))


def postpone(days: Days) -> None:
    """And tells that some applicants of a round will wait longer for its decision."""
    key, _, decides = POSTPONED
    round_ = round_of(key, days)
    terms = dataclasses.replace(calls.of(round_), decides_on=days.at(decides).date())
    rounds.change(round_id=round_.pk, terms=terms, by=people.one("pat"))


def begin(request: Request, days: Days) -> None:
    """An applicant answers what is asked first, and begins with a title and a first thought."""
    project = PROJECTS[request.ref]
    round_ = round_of(request.call, days)
    whole = _content(request, round_.decides_on)
    first = Content(title=whole.title, theme=whole.theme, area=whole.area, summary=whole.summary)
    applications.start(
        uuid=_uuid(request.ref),
        round_id=round_.pk,
        content=first,
        organisation_id=_body(project).pk,
        answers={each.pk: each.wanted for each in conditions.asked(round_)},
        by=people.one(project.applicant),
    )


def keep(request: Request, days: Days) -> None:
    """And writes the rest, with the budget."""
    application = application_of(request.ref)
    if application.state != ApplicationState.DRAFT or application.version > 1:
        return
    project = PROJECTS[request.ref]
    applications.save(
        application_id=application.pk,
        version=application.version,
        content=_content(request, round_of(request.call, days).decides_on),
        by=people.one(project.applicant),
    )
    _attach(application, people.one(project.applicant))


def _attach(application: Application, by: User) -> None:
    """The budget as a table of their own, illustrative as all else."""
    rows = [f"{line.what},{line.quantity}" for line in gaps.lines_of(application)]
    content = "\n".join(["what,how many", *rows, ""]).encode()
    attachments.add(
        application_id=application.pk,
        name="budget (illustrative).csv",
        size=len(content),
        blocks=[content],
        by=by,
    )


def send(request: Request) -> None:
    """And sends it."""
    application = application_of(request.ref)
    if application.state != ApplicationState.DRAFT:
        return
    applications.submit(
        application_id=application.pk,
        version=application.version,
        by=people.one(PROJECTS[request.ref].applicant),
    )


def take_back(request: Request) -> None:
    """Another funder was quicker."""
    applications.withdraw(
        application_id=application_of(request.ref).pk,
        by=people.one(PROJECTS[request.ref].applicant),
    )


def _content(request: Request, decides_on: dt.date) -> Content:
    project = PROJECTS[request.ref]
    starts_on = decides_on + dt.timedelta(days=14)
    return Content(
        title=project.title,
        theme=project.theme,
        area=project.area,
        summary=project.summary,
        methods=project.methods,
        country=project.country,
        province=project.province,
        starts_on=starts_on,
        ends_on=starts_on + dt.timedelta(days=project.months * 30),
        minimum_minor=project.minimum_minor,
        minimum_reason=project.minimum_reason,
        may_be_shown_unfunded=request.may_be_shown,
        lines=tuple(
            budgets.Line(each.category, each.what, each.quantity, each.unit_minor, each.source)
            for each in project.lines
        ),
    )


def _body(project: Project) -> Organisation:
    return people.body(_BODY_OF[project.applicant])


def _name(call: Call, days: Days) -> str:
    opens = days.at(call.opens)
    # The winter of a December belongs to the year that follows.
    season = _SEASONS[opens.month % 12 // 3]
    return call.name.format(season=season, year=opens.year + (opens.month == 12))


def _uuid(ref: str) -> UUID:
    return uuid.uuid5(_NAMES, ref)
