"""Who may see papers of followed money: donors their own, a zoo's people the zoo's."""

import datetime as dt
from typing import Any

from donors.models import Donor, Gift
from funding import clock
from funding.site import followed
from funding.site.models import FollowedKind, FollowedPaper
from tests.access.pages_zoos import KEEPERS, MEMBERS, own
from tests.access.table import SIGNED_IN, Page
from tests.access.world import World, general
from tests.donors.stating import given


def certificate(world: World) -> FollowedPaper:
    """What the zoo gave today, with its pages."""
    gift = given(world.of(general), 50_000, clock.now())
    donor = Donor.objects.get(organisation=world.of(own).organisation_id)
    Gift.objects.filter(pk=gift.pk).update(donor=donor)
    return _made(FollowedKind.CERTIFICATE, donor)


def trail(world: World) -> FollowedPaper:
    """Where the money of Alice went."""
    gift = given(world.of(general), 1_000, clock.now(), email=world["alice"].email)
    return _made(FollowedKind.TRAIL, gift.donor)


def _made(kind: FollowedKind, donor: Donor) -> FollowedPaper:
    entity = Gift.objects.filter(donor=donor).latest("pk").entity
    today = clock.today(entity.zone)
    row = followed.order(
        kind=kind,
        donor=donor,
        entity=entity,
        begins_on=today - dt.timedelta(days=9),
        ends_on=today,
        actor="user:999999",
    )
    assert followed.make(row.pk)
    return row


def _own(world: World) -> dict[str, Any]:
    return {"uuid": world.of(own).uuid}


def _certificate(world: World) -> dict[str, Any]:
    row = world.of(certificate)
    return _own(world) | {"kind": row.kind, "pk": row.pk, "version": 1}


def _trail(world: World) -> dict[str, Any]:
    return {"pk": world.of(trail).pk, "version": 1}


PAGES = [
    Page("account_papers", SIGNED_IN),
    Page("account_paper_ask", SIGNED_IN, method="POST"),
    Page("account_paper", {"alice"}, _trail),
    Page("zoo_money", MEMBERS, _own),
    Page("zoo_papers", MEMBERS, _own),
    Page("zoo_paper_ask", {"bob"}, _own, method="POST"),
    Page("zoo_paper_mail", {"bob"}, _own, method="POST"),
    Page("zoo_paper_file", MEMBERS, _certificate),
    Page("zoo_file_papers", KEEPERS, _own),
    Page("zoo_file_paper_ask", KEEPERS, _own, method="POST"),
    Page("zoo_file_paper", KEEPERS, _certificate),
]
