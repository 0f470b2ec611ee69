"""What the law keeps of people who were removed, and letting it go when its years are over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from donors.models import BankLine, ClaimLine, Gift
from funding import clock
from funding.audit import log
from funding.documents import register
from funding.parties import keeping
from funding.parties.keeping import Ground
from funding.parties.models import Entity
from funding.site.privacy import removing
from funding.site.privacy.models import Kept, KeptWhat
from funding.site.privacy.persons import Person

PIECE: Final = 100
_GONE: Final = "erased"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one body keeps of one kind for one duty: how much, and until when at the latest."""

    entity: Entity
    what: str
    ground: str
    years: int
    count: int
    first_until: dt.date
    last_until: dt.date


@dataclass(frozen=True, slots=True)
class Stay:
    """What one body would keep of a person, for which duty, until which day at the latest."""

    entity: Entity
    ground: Ground
    until: dt.date


def kept() -> QuerySet[Kept]:
    """What is still kept."""
    return Kept.objects.filter(scrubbed_at__isnull=True)


def shelves() -> list[Shelf]:
    """What is kept, by body, kind and duty, with the days on which it goes."""
    rows = kept().values("entity", "what", "ground").order_by("entity", "what", "ground")
    bodies = Entity.objects.in_bulk()
    return [
        _shelf(bodies[row["entity"]], row)
        for row in rows.annotate(
            count=Count("pk"), first=Min("counts_from"), last=Max("counts_from")
        )
    ]


def _shelf(entity: Entity, row: Mapping[str, Any]) -> Shelf:
    ground = Ground(str(row["ground"]))
    first, last = row["first"], row["last"]
    return Shelf(
        entity=entity,
        what=KeptWhat(str(row["what"])).label,
        ground=ground.value,
        years=keeping.years(entity, ground),
        count=row["count"],
        first_until=keeping.until(entity, ground, first),
        last_until=keeping.until(entity, ground, last),
    )


def would_keep(person: Person) -> list[Stay]:
    """What the law would keep of a person for now, for each body that received from them."""
    gifts = Gift.objects.filter(donor__in=person.donor_ids, settled_at__isnull=False)
    stays = []
    for entity in Entity.objects.filter(pk__in=gifts.values("entity")).order_by("pk"):
        last = gifts.filter(entity=entity).aggregate(last=Max("settled_at"))["last"]
        day = last.astimezone(ZoneInfo(entity.zone)).date()
        stays.append(Stay(entity, Ground.BOOKS, keeping.until(entity, Ground.BOOKS, day)))
        lines = ClaimLine.objects.filter(gift__in=gifts, claim__entity=entity)
        claimed = lines.aggregate(last=Max("given_on"))["last"]
        if claimed is not None:
            stays.append(Stay(entity, Ground.AID, keeping.until(entity, Ground.AID, claimed)))
    return stays


def over() -> QuerySet[Kept]:
    """What no law keeps today any longer, each by its own body's years."""
    which = Q(pk__in=[])
    for entity in Entity.objects.order_by("pk"):
        today = clock.today(entity.zone)
        for ground in Ground:
            before = keeping.over_before(entity, ground, today)
            which |= Q(entity=entity, ground=ground.value, counts_from__lt=before)
    return kept().filter(which)


def let_go() -> int:
    """Remove what no law keeps any longer, a piece at a time. Returns how many things went."""
    done = 0
    while piece := list(over().order_by("pk").values_list("pk", flat=True)[:PIECE]):
        done += sum(_let_one_go(pk) for pk in piece)
    return done


@transaction.atomic
def _let_one_go(pk: int) -> int:
    row = Kept.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if row is None or row.scrubbed_at is not None:
        return 0
    if row.what == KeptWhat.DECLARATION:
        claimed = removing.last_claimed(row.number)
        if claimed is not None and claimed > row.counts_from:
            # Another gift was claimed on it since: its years begin anew.
            row.counts_from = claimed
            row.save(update_fields=["counts_from"])
            return 0
    _scrub(row)
    row.scrubbed_at = clock.now()
    row.save(update_fields=["scrubbed_at"])
    log.record(actor="system", action="kept.let_go", subject=f"{row.what}:{row.number}")
    return 1


def _scrub(row: Kept) -> None:
    match KeptWhat(row.what):
        case KeptWhat.DOCUMENT:
            register.scrub(row.number)
        case KeptWhat.DECLARATION:
            removing.scrub_declaration(row.number)
        case KeptWhat.REFERENCE:
            Gift.objects.filter(pk=row.number).update(reference=f"{_GONE}:{row.number}")
        case KeptWhat.BANK_LINE:
            BankLine.objects.filter(pk=row.number).update(
                payer_name="", payer_iban="", text="", reference=f"{_GONE}:{row.number}"
            )
