"""Who may see the card of a gift in somebody's honour, and change it."""

import datetime as dt
from typing import Any

from donors import cards
from donors.models import Tribute, TributeKind
from donors.tributes import Dedication
from funding import clock
from funding.mail import links
from tests import make
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, general

CHANGED = {
    "tribute": "honour",
    "honoree": "Ulla",
    "card_name": "Rosa",
    "card_email": "rosa@reader.example",
}


def waiting(world: World) -> Tribute:
    """One that Alice has ordered for another day."""
    day = clock.today("UTC") + dt.timedelta(days=30)
    asked = Dedication(TributeKind.MEMORY, "Ulla", "", "Rex", "rex@reader.example", day)
    gift = make.gift(world.of(general), email=world["alice"].email, tribute=asked)
    return Tribute.objects.get(gift=gift)


def _waiting(world: World) -> dict[str, Any]:
    return {"uuid": world.of(waiting).uuid}


def _link(world: World) -> dict[str, Any]:
    return {"token": links.sign(cards.REFUSE, str(world.of(waiting).uuid))}


PAGES = [
    Page("donors:tribute", {"alice"}, _waiting),
    Page("donors:tribute", {"alice"}, _waiting, method="POST", sends=lambda _: CHANGED),
    Page("donors:tribute_stop", {"alice"}, _waiting, method="POST"),
    # Whoever has the link may; a link that is none is told so with 410.
    Page("donors:tribute_refuse", EVERYBODY, _link, is_guessed=False),
    Page("donors:tribute_refuse", EVERYBODY, _link, method="POST", is_guessed=False),
]
