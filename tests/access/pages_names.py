"""Who may see and change the name that is shown with a gift."""

from typing import Any

from donors import public_names
from donors.models import Gift
from donors.public_names import Shown
from tests.access.pages_pledges import running
from tests.access.pages_site import gift
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}
ASKED = {"shows_name": "on", "shown_name": "Alice of Oslo"}


def shown(world: World) -> Gift:
    """A gift of Alice's with a name that she asked for."""
    found = world.of(gift)
    public_names.choose(thing=found, shown=Shown("Alice of Oslo"), actor="user:1")
    return found


def _gift(world: World) -> dict[str, Any]:
    return {"uuid": world.of(shown).uuid}


def _pledge(world: World) -> dict[str, Any]:
    return {"uuid": world.of(running).uuid}


PAGES = [
    Page("donors:gift_name", {"alice"}, _gift),
    Page("donors:gift_name", {"alice"}, _gift, method="POST", sends=lambda _: ASKED),
    Page("donors:pledge_name", {"alice"}, _pledge),
    Page("donors:pledge_name", {"alice"}, _pledge, method="POST", sends=lambda _: ASKED),
    Page("donors:gift_name_bar", KEEPERS, _gift, method="POST", sends=lambda _: {"why": "A joke."}),
    Page("donors:gift_name_allow", KEEPERS, _gift, method="POST"),
]
