"""Who may see reviews, ask for them, and stand at the workbench."""

import datetime as dt
from typing import Any

from funding import clock
from funding.parties.models import Entity
from grants import declarations, reviews
from grants.models import Application, Criterion, Round
from tests import make
from tests.access.table import COMMITTEE, Page
from tests.access.world import World
from tests.grants.decisions.cast import application, none_declared


def body(world: World) -> Entity:
    """A receiving body of its own."""
    del world
    return make.entity()


def call(world: World) -> Round:
    """A round that is over, wants one review, and has its marks in by their day."""
    now = clock.now()
    made = Round.objects.create(
        slug="review-call",
        name="A call",
        entity=world.of(body),
        call="Work.",
        criteria="Sense.",
        currency="EUR",
        maximum_minor=10**7,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
        published_at=now - dt.timedelta(days=60),
        reviews_wanted=2,
        marks_due_at=now - dt.timedelta(days=1),
    )
    Criterion.objects.create(round=made, position=0, name="Need", question="Is it?")
    return made


def asked(world: World) -> Application:
    """An application that Carol and Dan are asked to review."""
    found = application(world.of(call), world["asel"], "Asked", 10_000)
    none_declared(found, [world["carol"], world["dan"]])
    reviews.assign(round_id=world.of(call).pk, by=world["dan"])
    return found


def left(world: World) -> Application:
    """One that both have stepped out of."""
    found = application(world.of(call), world["asel"], "Left by both", 10_000)
    for name in ("carol", "dan"):
        declarations.step_out(application_id=found.pk, reason="Kin.", by=world[name])
    return found


def _slug(world: World) -> dict[str, Any]:
    return {"slug": world.of(call).slug}


def _asked(world: World) -> dict[str, Any]:
    return {"uuid": world.of(asked).uuid}


def _left(world: World) -> dict[str, Any]:
    return {"uuid": world.of(left).uuid}


PAGES = [
    Page("grants:committee_review", COMMITTEE, _asked),
    Page(
        "grants:committee_review",
        COMMITTEE,
        _asked,
        method="POST",
        sends=lambda _: {"version": "0", "do": "save"},
    ),
    *(
        Page(
            "grants:committee_review",
            (),
            _left,
            state="stepped out",
            method=method,
            but={
                "carol": "403",
                "dan": "403",
                "carol without factor": "factor",
                "dan without factor": "factor",
            },
            is_guessed=False,
        )
        for method in ("GET", "POST")
    ),
    Page(
        "grants:committee_autosave",
        COMMITTEE,
        _asked,
        method="POST",
        sends=lambda _: {"version": "0"},
    ),
    Page("grants:committee_expertise", COMMITTEE),
    Page("grants:committee_expertise", COMMITTEE, method="POST"),
    Page("grants:committee_reviewers", {"dan", "pat"}, _slug),
    Page("grants:committee_reviewers", {"dan", "pat"}, _slug, method="POST"),
    Page("grants:committee_assign", {"dan", "pat"}, _slug, method="POST"),
    Page("grants:committee_workbench", COMMITTEE, _slug),
    Page("grants:committee_workbench", COMMITTEE, _slug, method="POST"),
]
