"""Who may see projects, rounds and the open books: everybody, once they are published."""

import datetime as dt

from funding import clock
from grants.models import Award, Project, Round
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, entity
from tests.grants import showing

NOBODY: frozenset[str] = frozenset()


def call(world: World, **facts: object) -> Round:
    """A round that is open."""
    now = clock.now()
    told = {"slug": "public-call", "name": "Call", "published_at": now} | facts
    return Round.objects.create(
        **told,
        entity=world.of(entity),
        currency="EUR",
        maximum_minor=100_000,
        opens_at=now - dt.timedelta(days=1),
        closes_at=now + dt.timedelta(days=9),
        decides_on=now.date() + dt.timedelta(days=30),
    )


def hidden_call(world: World) -> Round:
    """A round that is still being written."""
    return call(world, slug="hidden-call", published_at=None)


def project(world: World) -> Project:
    """A published one."""
    del world
    return showing.published()


def hidden_project(world: World) -> Project:
    """One that is not published."""
    del world
    return showing.published(published_at=None)


def unfunded_project(world: World) -> Project:
    """One whose application was declined, though its row says that it is published."""
    declined = showing.asked(world.of(call), "declined", published_at=clock.now())
    return declined.project


def register(world: World) -> dict[str, str]:
    """The file of it, which is there once a grant is published."""
    if not Award.objects.filter(application__project__published_at__isnull=False).exists():
        showing.shown()
    del world
    return {"form": "json"}


PAGES = [
    Page("transparency", EVERYBODY),
    Page("grants:grants", EVERYBODY),
    Page("next_euro", EVERYBODY),
    Page("grants:register", EVERYBODY),
    Page("grants:grants_360giving", EVERYBODY, register),
    Page("grants:projects", EVERYBODY),
    Page("grants:project", EVERYBODY, lambda world: {"slug": world.of(project).slug}),
    Page(
        "grants:project",
        NOBODY,
        lambda world: {"slug": world.of(hidden_project).slug},
        state="not published",
        stranger="404",
    ),
    Page(
        "grants:project",
        NOBODY,
        lambda world: {"slug": world.of(unfunded_project).slug},
        state="not funded",
        stranger="404",
    ),
    Page("grants:rounds", EVERYBODY),
    Page("grants:round_call", EVERYBODY, lambda world: {"slug": world.of(call).slug}),
    Page(
        "grants:round_call",
        NOBODY,
        lambda world: {"slug": world.of(hidden_call).slug},
        state="not published",
        stranger="404",
    ),
]
