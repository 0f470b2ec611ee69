"""Auditor's packs: asked for on a page, made by the worker, the same bytes for the same facts.

The row is the queue. A pack is written to a file on disk, award by award, and then kept in
pieces, all in one transaction: a worker that dies leaves what was there before and a row that a
sweep finds again. After a month the pieces are let go; the fingerprint stays.
"""

import datetime as dt
import hashlib
import json
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.parties.models import Entity
from funding.users import roles
from funding.users.models import Role, User
from grants import pack_parts, register
from grants.models import Application, Award, Pack, PackPiece, PackState
from grants.models.packs import MOST_ATTEMPTS

logger = logging.getLogger(__name__)

READERS: Final = frozenset({Role.TREASURER, Role.ADMINISTRATOR, Role.CHAIR})
# Longer than a task may run, so that a row with a lease has a worker or had one that died.
LEASE: Final = dt.timedelta(minutes=6)
FIRST_WAIT: Final = dt.timedelta(seconds=30)
LIVES: Final = dt.timedelta(days=30)
PIECE: Final = 256 * 1024
OPEN: Final = (PackState.WAITING, PackState.RUNNING)
# No clock stands in the file, or the same facts would make other bytes on another day.
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_MANIFEST: Final = "manifest.json"


class NotForYou(Refused):
    """Packs are for the treasurer, administrators and a chair who is out of nothing in them."""


class NothingInIt(Refused):
    """No award was decided in that year."""


def ask(
    *, award_id: int | None = None, entity_id: int | None = None, year: int = 0, by: User
) -> Pack:
    """Ask for the pack of an award, or of a body's year; asked for before, it is the same row.

    One under way goes on; one that is there is made again, and has the same fingerprint unless
    facts changed. Raises NotForYou, NothingInIt.
    """
    wanted = _wanted(award_id, entity_id, year)
    if not may_read(wanted["awards"], by):
        raise NotForYou(_("You may not have this pack made."))
    awards = wanted.pop("awards")
    now = clock.now()
    with transaction.atomic():
        pack, is_new = Pack.objects.get_or_create(
            **wanted, defaults={"asked_by": by, "asked_at": now, "due_at": now}
        )
        pack = Pack.objects.select_for_update().get(pk=pack.pk)
        if is_new or pack.state not in OPEN:
            _put_in_line(pack, awards.count(), by)
    return pack


def _wanted(award_id: int | None, entity_id: int | None, year: int) -> dict[str, Any]:
    if award_id is not None:
        award = Award.objects.select_related("entity").get(pk=award_id)
        rows = Award.objects.filter(pk=award_id)
        return {"entity": award.entity, "award": award, "year": None, "awards": rows}
    entity = Entity.objects.get(pk=entity_id or 0)
    decided = _of_year(entity, year)
    if not decided.exists():
        raise NothingInIt(_("No award was decided in that year."))
    return {"entity": entity, "award": None, "year": year, "awards": decided}


def _put_in_line(pack: Pack, steps: int, by: User) -> None:
    now = clock.now()
    pack.asked_by, pack.asked_at, pack.due_at = by, now, now
    pack.state, pack.step, pack.steps = PackState.WAITING, 0, max(steps, 1)
    pack.attempts, pack.error = 0, ""
    pack.save()
    log.record(actor=f"user:{by.pk}", action="pack.asked", subject=_subject(pack))
    jobs.after_commit("grants.tasks.make_pack", pack.pk)


def awards_of(pack: Pack) -> QuerySet[Award]:
    """The awards that a pack tells of."""
    if pack.award_id is not None:
        return Award.objects.filter(pk=pack.award_id)
    return _of_year(pack.entity, pack.year or 0)


def may_read(awards: QuerySet[Award], user: User) -> bool:
    """Whether a person may have these awards told: by role, and out of nothing in their rounds.

    A frozen proposal tells of every application of its round, so whoever stepped out of one of
    them does not get it.
    """
    if not roles.has(user, *READERS):
        return False
    told = Application.objects.sent().filter(round__in=awards.values("application__round"))
    closed = told.exclude(pk__in=told.open_to(user).values("pk"))
    return not closed.exists()


def make(pack_id: int) -> bool:
    """Make a pack; whether it is done. Harmless when repeated, and two at once make one."""
    if not _claim(pack_id):
        return False
    try:
        with tempfile.TemporaryFile() as file:
            with _one_moment():
                pack = Pack.objects.select_related("entity", "award").get(pk=pack_id)
                # Its words are the same, whoever asked.
                with translation.override("en"):
                    names = write(pack, file)
            _keep(pack, file, len(names))
    except Exception as error:
        # Whatever went wrong is told to the person who asked, and tried again.
        logger.exception("pack %s cannot be made", pack_id)
        _put_off(pack_id, f"{type(error).__name__}: {error}")
        return False
    return True


def write(pack: Pack, file: IO[bytes]) -> list[str]:
    """Write the pack into a file, one award in memory at a time. Returns the names in it."""
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for award in _whole(awards_of(pack)):
            for each in pack_parts.of_award(award):
                name = f"award-{award.pk}/{each.path}"
                _add(archive, name, each.content)
                sha256 = hashlib.sha256(each.content).hexdigest()
                told = {"name": name, "bytes": len(each.content), "sha256": sha256}
                listed.append(told | {"what": each.about})
        manifest = json.dumps({"files": listed}, indent=1, ensure_ascii=False).encode() + b"\n"
        _add(archive, _MANIFEST, manifest)
        _add(archive, "README.txt", _readme(pack, listed).encode())
        return archive.namelist()


def pieces(pack: Pack) -> Iterator[bytes]:
    """The bytes of a pack, a piece at a time."""
    for number in range(PackPiece.objects.filter(pack=pack).count()):
        yield bytes(PackPiece.objects.get(pack=pack, number=number).content)


def waiting() -> QuerySet[Pack]:
    """The packs that are asked for and not made yet."""
    return Pack.objects.filter(state__in=OPEN)


def sweep(*, limit: int = 10) -> int:
    """Make what is due, and let go what has been there long enough. Returns how many moved."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    rows = list(due.values_list("pk", "attempts")[:limit])
    moved = sum(make(pk) if tries < MOST_ATTEMPTS else _give_up(pk, _died()) for pk, tries in rows)
    old = Pack.objects.filter(state=PackState.DONE, expires_at__lte=clock.now())
    return moved + sum(_let_go(pk) for pk in old.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _let_go(pack_id: int) -> int:
    pack = Pack.objects.select_for_update().get(pk=pack_id)
    if pack.state != PackState.DONE or pack.expires_at is None or pack.expires_at > clock.now():
        return 0
    pack.pieces.all().delete()
    pack.state = PackState.LET_GO
    pack.save(update_fields=["state"])
    log.record(actor="system", action="pack.let_go", subject=_subject(pack))
    return 1


def name_of(pack: Pack) -> str:
    """What its file is called."""
    if pack.award_id is not None:
        return f"audit-award-{pack.award_id}.zip"
    return f"audit-{pack.entity.slug}-{pack.year}.zip"


def taken(*, pack: Pack, by: User) -> None:
    """Write down that somebody took a pack away."""
    log.record(
        actor=f"user:{by.pk}",
        action="pack.taken",
        subject=_subject(pack),
        pack=pack.pk,
        sha256=pack.sha256,
    )


def _claim(pack_id: int) -> bool:
    now = clock.now()
    free = Pack.objects.filter(
        pk=pack_id, state__in=OPEN, due_at__lte=now, attempts__lt=MOST_ATTEMPTS
    )
    return (
        free.update(state=PackState.RUNNING, step=0, attempts=F("attempts") + 1, due_at=now + LEASE)
        == 1
    )


@transaction.atomic
def _keep(pack: Pack, file: IO[bytes], files: int) -> None:
    """Put the pieces in the place of those that were there, and say that it is done."""
    row = Pack.objects.select_for_update().get(pk=pack.pk)
    if row.state != PackState.RUNNING:
        return
    row.pieces.all().delete()
    digest, number, size = hashlib.sha256(), 0, 0
    file.seek(0)
    while content := file.read(PIECE):
        PackPiece.objects.create(pack=row, number=number, content=content)
        digest.update(content)
        number, size = number + 1, size + len(content)
    now = clock.now()
    row.state, row.step, row.files, row.size_bytes = PackState.DONE, row.steps, files, size
    row.sha256, row.done_at, row.expires_at, row.error = digest.hexdigest(), now, now + LIVES, ""
    row.save()
    log.record(actor="system", action="pack.made", subject=_subject(row), sha256=row.sha256)


def _put_off(pack_id: int, why: str) -> None:
    pack = Pack.objects.get(pk=pack_id)
    if pack.attempts >= MOST_ATTEMPTS:
        _give_up(pack_id, why)
        return
    due = clock.now() + FIRST_WAIT * 2 ** (pack.attempts - 1)
    running = Pack.objects.filter(pk=pack_id, state=PackState.RUNNING)
    running.update(state=PackState.WAITING, due_at=due, error=why[:2000])


def _give_up(pack_id: int, why: str) -> int:
    given_up = Pack.objects.filter(pk=pack_id, state__in=OPEN).update(
        state=PackState.FAILED, error=why[:2000]
    )
    if given_up:
        pack = Pack.objects.get(pk=pack_id)
        log.record(actor="system", action="pack.failed", subject=_subject(pack))
    return given_up


def _died() -> str:
    return _("The worker stopped five times before the pack was done.")


def _of_year(entity: Entity, year: int) -> QuerySet[Award]:
    rows: QuerySet[Award] = register.rows().filter(entity=entity, decided_on__year=year)
    return rows


def _whole(awards: QuerySet[Award]) -> Iterator[Award]:
    related = ("entity", "letter", "application__round", "application__project__organisation")
    return awards.order_by("pk").select_related(*related).iterator(chunk_size=10)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_WHEN)
    entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _readme(pack: Pack, listed: list[dict[str, Any]]) -> str:
    what = f"award {pack.award_id}" if pack.award_id else f"every award decided in {pack.year}"
    lines = [
        f"{pack.entity.legal_name}: {what}, for an auditor.",
        "",
        "The same facts make the same bytes: a pack that is made again has the same SHA-256",
        f"unless something was added. {_MANIFEST} says the size and the SHA-256 of each file.",
        "Sums that end in _minor are in the smallest unit of their currency. Instants are in UTC.",
        "Of a bank account the last four signs are shown; its SHA-256 tells one from another.",
        "Members' own words on their interests are not here: ask the chair.",
        "",
        *(f"{each['name']}\n    {each['what']}" for each in listed),
        "",
    ]
    return "\n".join(lines)


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside is of one moment; inside an open transaction it joins that."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _subject(pack: Pack) -> str:
    if pack.award_id is not None:
        return f"award:{pack.award_id}"
    return f"entity:{pack.entity_id}:{pack.year}"
