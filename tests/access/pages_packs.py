"""Who may see the auditor's packs: treasurer, administrators, and a chair who is out of nothing."""

from typing import Any

from grants import packs
from grants.models import Pack
from tests.access.pages_payments import award
from tests.access.table import Page
from tests.access.world import World

READERS = {"tara", "ada", "dan"}


def waiting(world: World) -> Pack:
    """One that waits for the worker."""
    return packs.ask(award_id=world.of(award).pk, by=world["tara"])


def _pack(world: World) -> dict[str, Any]:
    return {"pk": world.of(waiting).pk}


def done(world: World) -> Pack:
    """One that is made."""
    pack = world.of(waiting)
    packs.make(pack.pk)
    return pack


def _file(world: World) -> dict[str, Any]:
    return {"pk": world.of(done).pk}


PAGES = [
    Page("grants:packs", READERS),
    Page(
        "grants:pack_ask",
        READERS,
        method="POST",
        sends=lambda world: {"award": str(world.of(award).pk)},
    ),
    Page("grants:pack", READERS, _pack),
    Page("grants:pack_file", READERS, _file),
]
