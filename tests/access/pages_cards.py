"""Who may see which cards were refused, and ask givers for a mailed link."""

from typing import Any

from donors.brake import episodes, gate
from donors.brake.origins import Seen
from funding.mail import links
from tests.access.pages_disputes import KEEPERS
from tests.access.pages_site import gift
from tests.access.table import EVERYBODY, Page
from tests.access.world import World


def _link(world: World) -> dict[str, Any]:
    given = world.of(gift)
    origin = gate.note(gift=given, seen=Seen("203.0.113.7", given.donor.email, "a device"))
    return {"token": links.sign(gate.PURPOSE, str(origin.pk))}


def _episode(world: World) -> dict[str, Any]:
    del world
    return {"pk": episodes.begin_by_hand(actor="user:1").pk}


PAGES = [
    # Whoever has the link may; a link that is none is told so with 410.
    Page("donors:give_confirm", EVERYBODY, _link, is_guessed=False),
    Page("donors:card_testing", KEEPERS),
    Page("donors:card_testing_begin", KEEPERS, method="POST"),
    Page("donors:card_testing_end", KEEPERS, _episode, method="POST"),
]
