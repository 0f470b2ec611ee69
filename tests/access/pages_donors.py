"""Who may see the pages of giving."""

from typing import Any

from donors import news
from donors.models import Donor
from funding.mail import links
from tests import make
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, general


def promised(world: World) -> str:
    """The number of a gift that is not paid yet; whoever knows it may see how it goes."""
    return str(make.gift(world.of(general)).uuid)


def _news(world: World) -> dict[str, Any]:
    donor = Donor.objects.get(pk=make.gift(world.of(general)).donor_id)
    return {"token": links.sign(news.STOP, str(donor.pk))}


PAGES = [
    Page("donors:give", EVERYBODY),
    Page("donors:give", EVERYBODY, method="POST"),
    Page(
        "donors:give_sum",
        EVERYBODY,
        sends=lambda _: {"amount": "10", "currency": "EUR"},
    ),
    # The signature in the address says whose news it is; another one is told that it is over.
    Page("donors:news_stop", EVERYBODY, _news, is_guessed=False),
    Page("donors:news_stop", EVERYBODY, _news, method="POST", is_guessed=False),
    Page("donors:thanks", EVERYBODY, sends=lambda world: {"gift": world.of(promised)}),
]
