"""Who may see the pages of giving."""

from tests import make
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, general


def promised(world: World) -> str:
    """The number of a gift that is not paid yet; whoever knows it may see how it goes."""
    return str(make.gift(world.of(general)).uuid)


PAGES = [
    Page("donors:give", EVERYBODY),
    Page("donors:give", EVERYBODY, method="POST"),
    Page(
        "donors:give_sum",
        EVERYBODY,
        sends=lambda _: {"amount": "10", "currency": "EUR"},
    ),
    Page("donors:thanks", EVERYBODY, sends=lambda world: {"gift": world.of(promised)}),
]
