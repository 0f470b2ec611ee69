"""Who may see what a donor's own account keeps: statements, choices, addresses;
and who may bring two donors together."""

from typing import Any

from donors import email_changes, merges, statements
from donors.models import EmailChange, Merge, Statement
from funding import clock
from funding.mail import links
from tests import make
from tests.access.pages_site import gift
from tests.access.table import EVERYBODY, SIGNED_IN, Page
from tests.access.world import World, general


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


def change(world: World) -> EmailChange:
    """Alice's wish for another address."""
    return email_changes.ask(
        user=world["alice"],
        old_email=world["alice"].email,
        new_email="alice@later.example",
        language="en",
    )


def _link(world: World) -> dict[str, Any]:
    return {"token": links.sign(email_changes.OLD, str(world.of(change).uuid))}


def _two(world: World, at: str) -> tuple[int, int]:
    """Two donors who gave to the same fund."""
    one, two = (make.gift(world.of(general), email=f"{name}@{at}") for name in ("one", "two"))
    return one.donor_id, two.donor_id


def pair(world: World) -> dict[str, Any]:
    """Two donors, to be brought together."""
    kept, gone = _two(world, "merges.example")
    return {"kept": kept, "gone": gone}


def merge(world: World) -> Merge:
    """Two others, who were."""
    kept, gone = _two(world, "merged.example")
    return merges.merge(kept_id=kept, gone_id=gone, why="Same card.", actor="user:1")


KEEPERS = {"tara", "ada"}
PAGES = [
    Page("donors:merge_list", KEEPERS),
    Page("donors:merge_preview", KEEPERS, sends=lambda world: world.of(pair)),
    # Without a reason: the answer is 409.
    Page("donors:merge_do", KEEPERS, method="POST", sends=lambda world: world.of(pair)),
    Page("donors:merge_undo", KEEPERS, lambda world: {"pk": world.of(merge).pk}, method="POST"),
    Page("donors:choices", SIGNED_IN),
    Page("donors:choices", SIGNED_IN, method="POST"),
    Page("donors:email_change", SIGNED_IN, factorless="factor"),
    # A form without an address: the answer is 422.
    Page("donors:email_change", SIGNED_IN, method="POST", factorless="factor"),
    # Whoever has the link may; a link that is none is told so with 410.
    Page("donors:email_confirm", EVERYBODY, _link, is_guessed=False),
    Page("donors:email_confirm", EVERYBODY, _link, method="POST", is_guessed=False),
    Page("donors:email_withdraw", SIGNED_IN, method="POST"),
    Page("donors:statement_list", SIGNED_IN),
    # A form without a period: whoever gave is told so with 422, the others are led back.
    Page("donors:statement_ask", SIGNED_IN, method="POST"),
    Page("donors:statement_file", {"alice"}, _file),
]
