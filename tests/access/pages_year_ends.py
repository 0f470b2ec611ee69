"""Who may ask for the statements of a whole year."""

import datetime as dt
from typing import Any

from donors import year_ends
from donors.models import YearEnd
from tests.access.pages_disputes import KEEPERS
from tests.access.pages_site import gift
from tests.access.table import Page
from tests.access.world import World


def year_end(world: World) -> YearEnd:
    """The statements of a year."""
    return year_ends.begin(
        entity=world.of(gift).entity,
        begins_on=dt.date(2025, 1, 1),
        ends_on=dt.date(2025, 12, 31),
        mails=False,
        actor="user:1",
    )


def _year_end(world: World) -> dict[str, Any]:
    return {"pk": world.of(year_end).pk}


PAGES = [
    Page("donors:year_ends", KEEPERS),
    # Nothing was chosen: the answer is 422.
    Page("donors:year_end_begin", KEEPERS, method="POST"),
    Page("donors:year_end", KEEPERS, _year_end),
]
