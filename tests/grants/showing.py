"""Projects and rounds in the states that the public pages must tell apart."""

import datetime as dt
from typing import Any

from funding import clock
from funding.parties.models import Organisation
from grants.models import Application, ApplicationState, Area, Project, Round, RoundFund
from tests.grants.payments import cast
from tests.grants.payments.cast import Stage
from tests.people import make_person

SECRET = "Nobody should read this title"


def shown(**facts: Any) -> Stage:
    """An award whose project and round are published, the round drawing on all its funds."""
    at = cast.stage(**facts)
    project = at.award.application.project
    project.title, project.summary = "Dens in the steppe", "We look for dens.\n\nThen we count."
    project.country, project.province = "MN", "Dornod"
    project.starts_on, project.ends_on = dt.date(2026, 9, 1), dt.date(2027, 8, 31)
    project.published_at = clock.now()
    project.save()
    call = at.award.application.round
    call.call, call.criteria, call.published_at = "Ask us.", "What helps.", clock.now()
    call.save()
    for fund in at.funds:
        RoundFund.objects.create(round=call, fund=fund, envelope_minor=50_000)
    return at


def asked(call: Round, state: str, **facts: Any) -> Application:
    """One more application in the round, by somebody else, for a project that nobody may see."""
    now, number = clock.now(), Project.objects.count()
    sent = state != ApplicationState.DRAFT
    decided = state in {ApplicationState.AWARDED, ApplicationState.DECLINED}
    body = Organisation.objects.create(name=f"Secret team {number}", country="NP", created_at=now)
    project = project_of(body, slug=f"secret-{number}", title=f"{SECRET} {number}", **facts)
    return Application.objects.create(
        round=call,
        project=project,
        applicant=make_person(f"secret-{number}@applicant.example", f"Secret Person {number}"),
        minimum_minor=1_000,
        ask_minor=2_000,
        state=state,
        created_at=now,
        saved_at=now,
        submitted_at=now if sent else None,
        submitted={} if sent else None,
        sha256=cast.HASH if sent else "",
        decided_at=now if decided else None,
        decline_reason="Too far from the strategy." if state == "declined" else "",
    )


def project_of(body: Organisation, **facts: Any) -> Project:
    """A project, not published unless said otherwise."""
    return Project.objects.create(
        **{
            "organisation": body,
            "summary": "Work.",
            "country": "NP",
            "theme_id": "T2",
            "area": Area.objects.get(pk="raising-awareness"),
        }
        | facts
    )


def published(**facts: Any) -> Project:
    """A project with a public page and no award."""
    number = Project.objects.count()
    body = Organisation.objects.create(name=f"Team {number}", country="NP", created_at=clock.now())
    told = {"slug": f"open-{number}", "title": f"Open {number}", "published_at": clock.now()}
    return project_of(body, **told | facts)
