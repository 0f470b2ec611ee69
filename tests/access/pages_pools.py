"""Who may see and open matching pools: the treasurer's desk, and a zoo's own people."""

from typing import Any
from uuid import uuid4

from donors.models import MatchingPool
from donors.pools import pools
from donors.pools.pools import Terms
from funding import clock
from tests.access.pages_zoos import KEEPERS, MEMBERS, STAFF, own
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, general


def drafted(world: World) -> MatchingPool:
    """One of Bob's zoo that nobody has opened."""
    fund = world.of(general)
    today = clock.today(fund.entity.zone)
    terms = Terms(uuid4(), fund.pk, 500_000, 1, 1, today, today)
    return pools.draft(zoo_id=world.of(own).pk, terms=terms, actor="user:999999")


def _zoo(world: World) -> dict[str, Any]:
    return {"uuid": world.of(own).uuid}


def _pool(world: World) -> dict[str, Any]:
    return {"uuid": world.of(drafted).uuid}


def _step(world: World) -> dict[str, Any]:
    return _pool(world) | {"what": "open"}


def _own_step(world: World) -> dict[str, Any]:
    return _zoo(world) | {"pk": world.of(drafted).pk, "what": "open"}


PAGES = [
    Page("donors:give_matching", EVERYBODY),
    Page("donors:pool_list", STAFF),
    Page("donors:pool", STAFF, _pool),
    # Without a sum: the answer is 422.
    Page("donors:pool_draft", KEEPERS, method="POST"),
    Page("donors:pool_step", KEEPERS, _step, method="POST"),
    Page("donors:zoo_pools", MEMBERS, _zoo),
    Page("donors:zoo_pool_draft", {"bob"}, _zoo, method="POST"),
    Page("donors:zoo_pool_step", {"bob"}, _own_step, method="POST"),
]
