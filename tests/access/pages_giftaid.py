"""Who may see the pages of Gift Aid."""

from typing import Any

from donors.giftaid import claims
from donors.models import Claim, Declaration, Gift
from tests.access.table import SIGNED_IN, Page
from tests.access.world import World
from tests.donors import taxpayers
from tests.donors.taxpayers import Society

KEEPERS = {"tara", "ada"}


def society(world: World) -> Society:
    """A British body with a declared gift."""
    del world
    made = taxpayers.society()
    made.declare()
    return made


def gift(world: World) -> Gift:
    """One that can be claimed."""
    return world.of(society).gift()


def claim(world: World) -> Claim:
    """One that is being put together."""
    world.of(gift)
    return claims.gather(entity_id=world.of(society).entity.pk, actor="user:1")


def declared(world: World) -> Declaration:
    """What Alice has declared."""
    return world.of(society).declare(email=world["alice"].email)


def _declared(world: World) -> dict[str, Any]:
    return {"pk": world.of(declared).pk}


def _claim(world: World) -> dict[str, Any]:
    return {"pk": world.of(claim).pk}


def _gift(world: World) -> dict[str, Any]:
    return {"uuid": world.of(gift).uuid}


def _body(world: World) -> dict[str, Any]:
    world.of(gift)
    return {"slug": world.of(society).entity.slug}


PAGES = [
    Page("donors:declarations", SIGNED_IN),
    # Nothing was given to a body that claims it: the page is shown again.
    Page("donors:declarations", SIGNED_IN, method="POST"),
    Page("donors:declaration_cancel", {"alice"}, _declared, method="POST"),
    Page("donors:gift_aid", KEEPERS),
    Page("donors:gift_aid_gather", KEEPERS, _body, method="POST"),
    Page("donors:gift_aid_claim", KEEPERS, _claim),
    Page("donors:gift_aid_schedule", KEEPERS, lambda world: _claim(world) | {"part": 1}),
    Page("donors:gift_aid_send", KEEPERS, _claim, method="POST"),
    Page("donors:gift_aid_drop", KEEPERS, _claim, method="POST"),
    # It was not sent: nothing is paid of it.
    Page("donors:gift_aid_pay", KEEPERS, _claim, method="POST"),
    Page("donors:gift_declare", KEEPERS, _gift),
    # Without a name: the answer is 422.
    Page("donors:gift_declare", KEEPERS, _gift, method="POST"),
]
