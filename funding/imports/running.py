"""The way of an import: read and staged, checked in batches, taken in whole.

Reading is one transaction, each batch of checks is one, and all of the taking-in is one: a
worker that dies leaves a row that says how far it came, and whoever finds it goes on there.
What is taken in is seen by nobody before all of it is.
"""

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from typing import Final

from celery import current_task
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.imports import reading
from funding.imports.kinds import KINDS, Kind, Verdict
from funding.imports.models import WORKING, Import, Row, RowState, State
from funding.imports.reading import Marks, Unreadable
from funding.ledger import bulk
from funding.ledger.refusals import refusing

logger = logging.getLogger(__name__)

BATCH: Final = 1_000
# Longer than a task may run, so that a row with a lease has a worker or had one that died.
_LEASE: Final = dt.timedelta(minutes=10)
# A task checks for so long and then rings for the next, well below its time limit.
_SLICE_SECONDS: Final = 60.0
_MOST_ATTEMPTS: Final = 9
_CHECKED: Final = ("checked_count", "bad_count", "known_count", "attempts", "error", "options")
_JUDGE = """
UPDATE imports_row r SET state = u.state, error = u.error
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS u (id, state, error) WHERE r.id = u.id
"""


class NotNow(Refused):
    """The import is not at this step, or has left it."""


class NameMissing(Refused):
    """A field that every row needs has no column."""


class NeedsAnotherPerson(Refused):
    """Whoever brought this file is not the one who has it taken in."""


class SentBefore(Refused):
    """The very same file is being imported, or was taken in."""


def start(
    *, kind: str, entity_id: int, name: str, content: bytes, options: dict[str, object], actor: str
) -> Import:
    """Take a file in hand; nothing of it stands anywhere yet. Refuses: Unreadable, SentBefore."""
    if not content or len(content) > reading.MOST_BYTES:
        raise Unreadable(_("The file is empty, or larger than 40 MB."))
    digest, now = hashlib.sha256(content).hexdigest(), clock.now()
    same = Import.objects.filter(
        kind=kind, entity_id=entity_id, digest=digest, options__place=options.get("place")
    )
    if same.exclude(state__in=[State.DROPPED, State.FAULTY, State.DONE]).exists():
        raise SentBefore(_("This very file is being imported already."))
    batch = Import(
        kind=kind,
        entity_id=entity_id,
        name=name[:200],
        content=content,
        digest=digest,
        options=options,
        started_by=actor,
        started_at=now,
        due_at=now,
    )
    rule = KINDS[kind]
    reader = rule.reader(batch, content) if rule.reader else None
    if reader is None:
        batch.headers = reading.headers(content)
        batch.mapping = reading.guess(rule, batch.headers)
    else:
        batch.state = State.READING
    with transaction.atomic():
        batch.save()
        log.record(actor=actor, action="import.started", subject=f"import:{batch.pk}", kind=kind)
        if batch.state == State.READING:
            _ring(batch)
    return batch


@transaction.atomic
def name_columns(*, import_id: int, mapping: dict[str, str], actor: str) -> Import:
    """Say which column is which field; it is read then. Refuses: NotNow, NameMissing."""
    batch = lock(import_id)
    if batch.state not in {State.MAPPING, State.FAULTY, State.CHECKED} or batch.content is None:
        raise NotNow(_("This import has gone on since. Look at it again."))
    kind = KINDS[batch.kind]
    named = {field: column for field, column in mapping.items() if column in batch.headers}
    needed = [field for field in kind.fields if field.is_needed and batch.headers]
    lacking = [str(field.words) for field in needed if not named.get(field.name)]
    if lacking:
        raise NameMissing(_("Say which column is: %s.") % ", ".join(lacking))
    batch.mapping, batch.state = named, State.READING
    batch.save(update_fields=["mapping", "state"])
    log.record(actor=actor, action="import.columns_named", subject=f"import:{batch.pk}")
    _ring(batch)
    return batch


@transaction.atomic
def accept(*, import_id: int, actor: str) -> Import:
    """Have all new rows taken in. The second time changes nothing.

    Refuses: NotNow, NeedsAnotherPerson.
    """
    batch = lock(import_id)
    if batch.state in {State.BOOKING, State.DONE}:
        return batch
    if batch.state != State.CHECKED:
        raise NotNow(_("This import is not checked, or has mistakes."))
    if KINDS[batch.kind].needs_two and actor == batch.started_by:
        raise NeedsAnotherPerson(
            _("You brought this file, so another treasurer or administrator has it taken in.")
        )
    batch.state, batch.accepted_by, batch.accepted_at = State.BOOKING, actor, clock.now()
    batch.save(update_fields=["state", "accepted_by", "accepted_at"])
    log.record(actor=actor, action="import.accepted", subject=f"import:{batch.pk}")
    _ring(batch)
    return batch


@transaction.atomic
def drop(*, import_id: int, actor: str) -> Import:
    """Put an import aside; its rows are forgotten. Refuses: NotNow, once it is being taken in."""
    batch = lock(import_id)
    if batch.state in {State.BOOKING, State.DONE}:
        raise NotNow(_("This import is being taken in, or was. It stays."))
    if batch.state != State.DROPPED:
        batch.state, batch.ended_at, batch.content = State.DROPPED, clock.now(), None
        batch.save(update_fields=["state", "ended_at", "content"])
        batch.rows.all().delete()
        log.record(actor=actor, action="import.dropped", subject=f"import:{batch.pk}")
    return batch


def work(import_id: int) -> int:
    """Take an import as far as it will go in one task. Returns how many steps it made."""
    now = clock.now()
    rows = Import.objects.filter(pk=import_id, state__in=WORKING, due_at__lte=now)
    if not rows.update(due_at=now + _LEASE, attempts=F("attempts") + 1):
        return 0
    try:
        with _unremembered():
            return _work(import_id)
    except Exception as error:
        logger.exception("import %s cannot go on", import_id)
        batch = Import.objects.get(pk=import_id)
        wait = dt.timedelta(seconds=20 * 2 ** min(batch.attempts, 10))
        told = f"{type(error).__name__}: {error}"[:2000]
        Import.objects.filter(pk=import_id).update(error=told, due_at=clock.now() + wait)
        return 0


@contextmanager
def _unremembered() -> Iterator[None]:
    """Let the driver keep no statement to prepare: those of a file are as long as its rows are
    many, none comes twice, and a hundred of them would be kept."""
    connection.ensure_connection()
    driver = connection.connection
    before, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = before


def _work(import_id: int) -> int:
    stop, steps = time.monotonic() + _SLICE_SECONDS, 0
    while time.monotonic() < stop:
        batch = Import.objects.defer("content").get(pk=import_id)
        if batch.state == State.READING:
            read(import_id)
        elif batch.state == State.CHECKING:
            check_some(import_id)
        elif batch.state == State.BOOKING:
            take_in(import_id)
        else:
            return steps
        steps += 1
    Import.objects.filter(pk=import_id).update(due_at=clock.now(), attempts=0)
    jobs.after_commit("funding.imports.tasks.work", import_id)
    return steps


@transaction.atomic
def read(import_id: int) -> None:
    """Stage all rows of the file, in one transaction."""
    batch = lock(import_id)
    if batch.state != State.READING or batch.content is None:
        return
    kind, content = KINDS[batch.kind], bytes(batch.content)
    batch.rows.all().delete()
    source = kind.reader(batch, content) if kind.reader else None
    if source is None:
        source = reading.rows(content, batch.mapping)
    marks, count = Marks(kind.fields), 0
    for some in batched(source, BATCH):
        Row.objects.bulk_create(
            Row(batch=batch, number=number, values=values, key=marks.of(values))
            for number, values in some
        )
        count += len(some)
    batch.row_count, batch.checked_count, batch.bad_count, batch.known_count = count, 0, 0, 0
    batch.state, batch.said = (State.CHECKING, []) if count else (State.FAULTY, [_empty()])
    batch.attempts, batch.error = 0, ""
    batch.save()


def _empty() -> str:
    return _("The file has no rows.")


@transaction.atomic
def check_some(import_id: int) -> None:
    """Judge the next batch of rows; after the last one, the file as a whole."""
    batch = lock(import_id)
    if batch.state != State.CHECKING:
        return
    kind = KINDS[batch.kind]
    rows = list(batch.rows.filter(state=RowState.STAGED).order_by("number")[:BATCH])
    if not rows:
        batch.said = kind.whole(batch)
        is_wrong = bool(batch.bad_count or batch.said)
        batch.state = State.FAULTY if is_wrong else State.CHECKED
        batch.save(update_fields=["said", "state", "options"])
        return
    verdicts = _judge(batch, kind, rows)
    _write_down(rows, verdicts)
    batch.checked_count += len(rows)
    batch.bad_count += sum(1 for each in verdicts if each.error)
    batch.known_count += sum(1 for each in verdicts if each.is_known)
    batch.attempts, batch.error = 0, ""
    batch.save(update_fields=_CHECKED)


def _judge(batch: Import, kind: Kind, rows: list[Row]) -> list[Verdict]:
    """The rule's verdicts, and that no two rows of the file have one key."""
    keys = [row.key for row in rows]
    first: dict[str, int] = {}
    same = batch.rows.filter(key__in=keys).order_by("-number").values_list("key", "number")
    first.update(same)
    return [
        Verdict(error=_("Line %s has the same reference.") % first[row.key])
        if first[row.key] < row.number and not verdict.error
        else verdict
        for row, verdict in zip(rows, kind.check(batch, rows), strict=True)
    ]


def _write_down(rows: list[Row], verdicts: list[Verdict]) -> None:
    states = [
        RowState.BAD if each.error else RowState.KNOWN if each.is_known else RowState.GOOD
        for each in verdicts
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _JUDGE,
            [
                [row.pk for row in rows],
                [state.value for state in states],
                [each.error[:300] for each in verdicts],
            ],
        )


def take_in(import_id: int) -> None:
    """Book every new row, in one transaction. What a rule refuses by now refuses all of it."""
    try:
        with refusing(), transaction.atomic():
            batch = lock(import_id)
            if batch.state == State.BOOKING:
                _take(batch)
    except Refused as refusal:
        logger.warning("import %s was refused", import_id)
        Import.objects.filter(pk=import_id, state=State.BOOKING).update(
            state=State.FAULTY, said=[refusal.sentence], accepted_by="", accepted_at=None
        )


def _take(batch: Import) -> None:
    kind, actor, done, counted = KINDS[batch.kind], batch.accepted_by, 0, 0
    for rows in _good(batch):
        for row, verdict in zip(rows, kind.check(batch, rows), strict=True):
            if verdict.error:
                sentence = _("Line %(line)s: %(why)s")
                raise NotNow(sentence % {"line": row.number, "why": verdict.error})
            if verdict.is_known:
                sentence = _("Line %s was taken in by somebody else meanwhile. Check it again.")
                raise NotNow(sentence % row.number)
        kind.take(batch, rows, actor)
        done += len(rows)
        # Only for the eye: nobody else sees the transaction before its end.
        cache.set(_progress_key(batch.pk), done, 600)
        if done >= 2 * counted:
            bulk.count_grown()
            counted = done
    if kind.finish is not None:
        kind.finish(batch, actor)
    bulk.count_grown()
    batch.state, batch.ended_at, batch.content = State.DONE, clock.now(), None
    batch.attempts, batch.error, batch.said = 0, "", []
    batch.save()
    # What it said stands in the books and with its donors now; the rest is not kept.
    batch.rows.all().delete()
    log.record(actor=actor, action="import.done", subject=f"import:{batch.pk}", rows=done)


def _good(batch: Import) -> Iterator[list[Row]]:
    last = 0
    while True:
        rows = batch.rows.filter(state=RowState.GOOD, number__gt=last).order_by("number")
        some = list(rows[:BATCH])
        if not some:
            return
        yield some
        last = some[-1].number


def taken(batch: Import) -> int:
    """How many rows the worker has taken in so far, while it does."""
    return int(cache.get(_progress_key(batch.pk), 0))


def _progress_key(pk: int) -> str:
    return f"import-{pk}-taken"


def lock(import_id: int) -> Import:
    """The import, locked for the rest of the transaction."""
    return Import.objects.select_for_update(no_key=True).get(pk=import_id)


def _ring(batch: Import) -> None:
    Import.objects.filter(pk=batch.pk).update(due_at=clock.now(), attempts=0, error="")
    jobs.after_commit("funding.imports.tasks.work", batch.pk)


def waiting() -> QuerySet[Import]:
    """The imports that the worker goes on with by itself."""
    return Import.objects.filter(state__in=WORKING, attempts__lt=_MOST_ATTEMPTS)


def sweep(*, limit: int = 5) -> int:
    """Go on with the imports that are due.

    In the worker's own round each is only rung for: its task may run for longer than the round,
    which has all the other queues to look after. Who sweeps by hand goes on with them here.
    """
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    if not _is_in_a_round():
        return sum(work(pk) for pk in ids)
    for pk in ids:
        jobs.after_commit("funding.imports.tasks.work", pk)
    return 0


def _is_in_a_round() -> bool:
    """Whether a worker runs this as a part of another task."""
    return bool(current_task) and not current_task.request.called_directly
