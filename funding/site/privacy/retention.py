"""What the law keeps of people who were removed, and letting it go when its years are over."""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from donors.models import BankLine, ClaimLine, Gift
from funding import clock
from funding.audit import log
from funding.documents import register
from funding.documents.models import Document
from funding.parties import keeping
from funding.parties.keeping import Ground
from funding.parties.models import Entity
from funding.site.privacy import finders, removing
from funding.site.privacy.models import Kept, KeptWhat
from funding.site.privacy.persons import Person
from grants import files, references

logger = logging.getLogger(__name__)

PIECE: Final = 100
_GONE: Final = "erased"


class CannotGo(Exception):
    """Something stays though no law keeps it any longer."""


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
    """What the law would keep of a person for now: what `removing` keeps, until which day."""
    bodies = Entity.objects.in_bulk()
    by_hand = Gift.objects.filter(donor__in=person.donor_ids, received_on__isnull=False)
    claimed = ClaimLine.objects.filter(declaration__donor__in=person.donor_ids)
    of_books = [
        _last(Document.objects.filter(finders.papers(person)), "entity", "issued_on"),
        _last(by_hand.exclude(reference=""), "entity", "received_on"),
        _last(BankLine.objects.filter(finders.bank_lines(person)), "entity", "booked_on"),
        [(award.entity_id, removing.last_day(award)) for award in removing.funded(person)],
    ]
    stays = []
    for ground, sources in (
        (Ground.BOOKS, of_books),
        (Ground.AID, [_last(claimed, "claim__entity", "given_on")]),
    ):
        days: dict[int, dt.date] = {}
        for number, day in (each for source in sources for each in source):
            days[number] = max(day, days.get(number, day))
        stays += [
            Stay(bodies[number], ground, keeping.until(bodies[number], ground, day))
            for number, day in sorted(days.items())
        ]
    return stays


def _last(rows: QuerySet[Any], body: str, day: str) -> list[tuple[int, dt.date]]:
    """By body, the last of these days."""
    found = rows.order_by().values(body).annotate(last=Max(day))
    return [(row[body], row["last"]) for row in found]


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
    """Remove what no law keeps any longer, a piece at a time. Returns how many things went.

    One that cannot go keeps none of the others. At the end it raises CannotGo, so that the round
    has failed: an alert says so, and it is tried again.
    """
    done = last = stuck = 0
    while piece := list(
        over().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE]
    ):
        tried = [_try_one(pk) for pk in piece]
        done += tried.count(1)
        stuck += tried.count(None)
        last = piece[-1]
    if stuck:
        raise CannotGo(f"{stuck} kept things cannot go; {done} went.")
    return done


def _try_one(pk: int) -> int | None:
    try:
        return _let_one_go(pk)
    except Exception:
        logger.exception("kept thing %s cannot go", pk)
        return None


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
        case KeptWhat.FILE:
            files.forget(file_id=row.number)
        case KeptWhat.REFEREE:
            references.erase([row.number], with_words=True)
        case KeptWhat.REFERENCE:
            Gift.objects.filter(pk=row.number).update(reference=f"{_GONE}:{row.number}")
        case KeptWhat.BANK_LINE:
            BankLine.objects.filter(pk=row.number).update(
                payer_name="", payer_iban="", text="", reference=f"{_GONE}:{row.number}"
            )
