"""Who may see the messages about an application."""

import uuid
from typing import Any

from funding import clock
from grants import messages
from grants.models import Application, Recusal
from tests.access.pages_apply import draft, sent, shared
from tests.access.table import Page
from tests.access.world import World


def asked_about(world: World) -> Application:
    """A draft about which Asel has written to the office."""
    begun = world.of(shared)
    messages.write(
        application_id=begun.pk,
        uuid=uuid.uuid4(),
        text="May we?",
        by=world["asel"],
        from_office=False,
    )
    return begun


def officer_out(world: World) -> Application:
    """One that was sent, of which the officer has stepped out."""
    done = sent(world)
    Recusal.objects.create(
        application=done, member=world["pat"], reason="Kin.", declared_at=clock.now()
    )
    return done


def _words(world: World) -> dict[str, Any]:
    del world
    return {"text": "Hello.", "message": str(uuid.uuid4())}


def _draft(world: World) -> dict[str, Any]:
    return {"uuid": world.of(draft).uuid}


def _sent(world: World) -> dict[str, Any]:
    return {"uuid": world.of(sent).uuid}


def _shared(world: World) -> dict[str, Any]:
    return {"uuid": world.of(shared).uuid}


def _asked_about(world: World) -> dict[str, Any]:
    return {"uuid": world.of(asked_about).uuid}


def _officer_out(world: World) -> dict[str, Any]:
    return {"uuid": world.of(officer_out).uuid}


PAGES = [
    Page("grants:apply_messages", {"asel", "alice", "bob"}, _shared),
    Page("grants:apply_messages", {"asel", "alice"}, _shared, method="POST", sends=_words),
    Page("grants:apply_messages", {"asel"}, _sent, state="sent"),
    Page("grants:apply_messages", {"asel"}, _sent, state="sent", method="POST", sends=_words),
    Page("grants:officer_messages", {"pat"}, _sent, state="sent"),
    Page("grants:officer_messages", {"pat"}, _sent, state="sent", method="POST", sends=_words),
    Page("grants:officer_messages", {"pat"}, _draft, state="quiet draft", but={"pat": "404"}),
    Page("grants:officer_messages", {"pat"}, _asked_about, state="draft, asked about"),
    *(
        Page(
            "grants:officer_messages",
            {"pat"},
            _officer_out,
            state="stepped out",
            method=method,
            sends=_words,
            but={"pat": "403"},
            is_guessed=False,
        )
        for method in ("GET", "POST")
    ),
]
