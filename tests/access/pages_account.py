"""Who may see what a donor's own account keeps: statements."""

from typing import Any

from donors import statements
from donors.models import Statement
from funding import clock
from tests.access.pages_site import gift
from tests.access.table import SIGNED_IN, Page
from tests.access.world import World


def statement(world: World) -> Statement:
    """Over this year, of Alice's gift."""
    given = world.of(gift)
    today = clock.today(given.entity.zone)
    row = statements.order(
        donor=given.donor,
        entity=given.entity,
        begins_on=today.replace(month=1, day=1),
        ends_on=today,
        actor=f"user:{world['alice'].pk}",
    )
    assert statements.make(row.pk)
    row.refresh_from_db()
    return row


def _file(world: World) -> dict[str, Any]:
    return {"pk": world.of(statement).pk, "version": 1}


PAGES = [
    Page("donors:statement_list", SIGNED_IN),
    # A form without a period: whoever gave is told so with 422, the others are led back.
    Page("donors:statement_ask", SIGNED_IN, method="POST"),
    Page("donors:statement_file", {"alice"}, _file),
]
