"""Who may see the pages of applicants."""

import uuid
from typing import Any

from funding.users.models import User
from grants import applications, rounds
from grants.applications import Content
from grants.models import Application, Round
from tests.access.table import SIGNED_IN, Page
from tests.access.world import World, entity, general
from tests.grants.applications.cast import TEAM, terms, written


def call(world: World) -> Round:
    """An open round."""
    fund = world.of(general)
    made = rounds.create(entity_id=world.of(entity).pk, terms=terms(fund), by=world["pat"])
    return rounds.publish(round_id=made.pk, by=world["pat"])


def _begun(world: World, by: User) -> Application:
    draft = applications.start(
        uuid=uuid.uuid4(),
        round_id=world.of(call).pk,
        content=Content("Dogs", "T3", "research", body=TEAM),
        by=by,
    )
    return applications.save(
        application_id=draft.pk, version=draft.version, content=written(), by=by
    )


def draft(world: World) -> Application:
    """One that Asel is writing."""
    return _begun(world, world["asel"])


def sent(world: World) -> Application:
    """One that Asel has sent."""
    begun = _begun(world, world["asel"])
    return applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])


def _call(world: World) -> dict[str, Any]:
    return {"slug": world.of(call).slug}


def _draft(world: World) -> dict[str, Any]:
    return {"uuid": world.of(draft).uuid}


def _sent(world: World) -> dict[str, Any]:
    return {"uuid": world.of(sent).uuid}


def _entity(world: World) -> dict[str, Any]:
    return {"entity": world.of(entity).slug}


def hidden(world: World) -> Round:
    """A round that nobody but the officer sees yet."""
    facts = terms(world.of(general), name="Call of the officer")
    return rounds.create(entity_id=world.of(entity).pk, terms=facts, by=world["pat"])


def _hidden(world: World) -> dict[str, Any]:
    return {"slug": world.of(hidden).slug}


PAGES = [
    Page("grants:apply", SIGNED_IN),
    Page("grants:apply_start", SIGNED_IN, _call),
    Page("grants:apply_start", SIGNED_IN, _call, method="POST"),
    Page("grants:apply_application", {"asel"}, _draft, state="draft"),
    Page("grants:apply_application", {"asel"}, _sent, state="sent"),
    Page("grants:apply_save", {"asel"}, _draft, method="POST"),
    Page("grants:apply_autosave", {"asel"}, _draft, method="POST"),
    Page("grants:apply_withdraw", {"asel"}, _draft, state="draft", method="POST"),
    Page("grants:apply_withdraw", {"asel"}, _sent, state="sent", method="POST"),
    Page("grants:officer", {"pat"}),
    Page("grants:officer_applications", {"pat"}),
    Page("grants:officer_application", {"pat"}, _sent, state="sent"),
    Page("grants:officer_application", {"pat"}, _draft, state="draft", but={"pat": "404"}),
    Page("grants:officer_round_new", {"pat"}, _entity),
    Page("grants:officer_round_new", {"pat"}, _entity, method="POST"),
    Page("grants:officer_round", {"pat"}, _hidden),
    Page("grants:officer_round", {"pat"}, _hidden, method="POST"),
    Page("grants:officer_publish", {"pat"}, _hidden, method="POST"),
]
