"""Who may see the officer's check of applications, and the letters that decline."""

import datetime as dt
from typing import Any

from funding import clock
from grants import desk_checks, letters
from grants.models import Application, CheckResult, Round
from tests.access.pages_committee import body, call, members, sent
from tests.access.table import Page
from tests.access.world import World
from tests.grants.decisions.cast import application, none_declared


def unchecked(world: World) -> Application:
    """An application of a round that checks first, which nobody has checked."""
    now = clock.now()
    round_ = Round.objects.create(
        slug="checked-call",
        name="A call that checks",
        entity=world.of(body),
        currency="EUR",
        maximum_minor=10**7,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
        published_at=now - dt.timedelta(days=60),
        checks_first=True,
    )
    found = application(round_, world["asel"], "Unchecked", 10_000)
    none_declared(found, world.of(members))
    return found


def not_eligible(world: World) -> Application:
    """Another of it, which an officer found not eligible."""
    first = world.of(unchecked)
    found = application(first.round, world["asel"], "Wolves", 10_000)
    none_declared(found, world.of(members))
    asked = desk_checks.questions(found)
    finding = desk_checks.Finding(
        [desk_checks.Answer(text, is_ok=True) for text in asked],
        CheckResult.NOT_ELIGIBLE,
        "scope",
        "Wolves.",
    )
    desk_checks.check(application_id=found.pk, finding=finding, by=world["pat"])
    return found


def _unchecked(world: World) -> dict[str, Any]:
    return {"uuid": world.of(unchecked).uuid}


def _not_eligible(world: World) -> dict[str, Any]:
    return {"uuid": world.of(not_eligible).uuid}


def written_to(world: World) -> Application:
    """An application on which a letter is written and not sent."""
    found = sent(world, "Written to")
    words = letters.Words("need", "No.")
    letters.lay_out(letters.write(application_id=found.pk, words=words, by=world["dan"]))
    return found


def told(world: World) -> Application:
    """An application whose applicant has the letter that declines."""
    found = sent(world, "Told")
    letters.decline(application_id=found.pk, words=letters.Words("need", "No."), by=world["dan"])
    return found


def _written_to(world: World) -> dict[str, Any]:
    return {"uuid": world.of(written_to).uuid}


def _told(world: World) -> dict[str, Any]:
    return {"uuid": world.of(told).uuid}


def _call(world: World) -> dict[str, Any]:
    return {"slug": world.of(call).slug}


PAGES = [
    Page("grants:officer_check", {"pat"}, _unchecked),
    Page("grants:officer_check", {"pat"}, _unchecked, method="POST"),
    Page(
        "grants:committee_second_look",
        {"dan"},
        _not_eligible,
        method="POST",
        sends=lambda _: {"do": "send_back", "why": "Look again."},
    ),
    Page("grants:committee_letters", {"dan"}, _call),
    Page("grants:committee_letters", {"dan"}, _call, method="POST"),
    Page(
        "grants:committee_decline_letter",
        {"dan"},
        _written_to,
        state="not sent",
        but={"pat without factor": "factor"},
    ),
    Page("grants:committee_decline_letter", {"dan", "pat"}, _told),
    Page("grants:apply_letter", {"asel"}, _told),
    Page("grants:apply_letter", (), _written_to, state="not sent", is_guessed=False),
    Page(
        "grants:committee_application",
        (),
        _unchecked,
        state="not checked",
        but={"carol without factor": "factor", "dan without factor": "factor"},
        is_guessed=False,
    ),
    Page(
        "grants:committee_application",
        {"dan"},
        _not_eligible,
        state="not eligible",
        but={"carol without factor": "factor"},
        is_guessed=False,
    ),
]
