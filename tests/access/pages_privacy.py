"""Who may see what is held on a person, and ask for it."""

from typing import Any

from funding.mail import links
from funding.site.privacy import copies, persons
from funding.site.privacy.models import DataCopy
from tests.access.pages_site import gift
from tests.access.table import SIGNED_IN, WITHOUT, Answer, Page
from tests.access.world import STAFF, World


def copy(world: World) -> DataCopy:
    """Of all that is held on Alice, made for her."""
    world.of(gift)
    alice = world["alice"]
    row = copies.order(person=persons.of_user(alice), actor=f"user:{alice.pk}", language="en")
    assert copies.make(row.pk)
    row.refresh_from_db()
    return row


def _file(world: World) -> dict[str, Any]:
    return {"uuid": world.of(copy).uuid, "form": "json"}


def _link(world: World) -> dict[str, Any]:
    return {"token": links.sign(copies.PURPOSE, str(world.of(copy).uuid))}


def _donor(world: World) -> dict[str, Any]:
    return {"pk": world.of(gift).donor_id}


def _body(world: World) -> dict[str, Any]:
    return {"slug": world.of(gift).entity.slug}


def _desk_file(world: World) -> dict[str, Any]:
    return _donor(world) | _file(world)


KEEPERS = {"pat", "tara", "ada"}
# Everybody shows first who they are, and learns only then that a file is not theirs.
UNPROVED: dict[str, Answer] = {f"{name}{WITHOUT}": "factor" for name in STAFF}
PAGES = [
    Page("data", SIGNED_IN),
    Page("data_ask", SIGNED_IN, method="POST", factorless="factor"),
    # Whoever has signed in is led to their own page, and told there when the link is not theirs.
    Page("data_copy", SIGNED_IN, _link, is_guessed=False),
    Page("data_file", {"alice"}, _file, but=UNPROVED),
    Page("data_erase", SIGNED_IN, factorless="factor"),
    # Alice is asked about under another row; those who hold an office are refused with 409.
    Page("data_erase", SIGNED_IN, method="POST", factorless="factor"),
    Page("data_stay", SIGNED_IN, method="POST"),
    Page("privacy_erase", KEEPERS, _donor, method="POST"),
    Page("privacy_kept", KEEPERS),
    Page("privacy_years", {"tara", "ada"}, _body, method="POST", sends=lambda _: {"books": "8"}),
    Page("privacy_desk", KEEPERS),
    Page("privacy_person", KEEPERS, _donor),
    Page("privacy_copy", KEEPERS, _donor, method="POST"),
    Page("privacy_file", KEEPERS, _desk_file),
]
