"""The register of documents: taking a number, ending a document's worth, making its bytes.

A document is issued first, with its number and every fact that it prints. Its bytes follow,
made once by `render` with no transaction open, and never again.
"""

import datetime as dt
import hashlib
import json
import logging
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, QuerySet

from funding import clock, jobs
from funding.audit import log
from funding.documents import rendering
from funding.documents.checks import CannotRender as CannotRender
from funding.documents.checks import available
from funding.documents.models import Document, DocumentState, Gap, Sequence
from funding.errors import Refused
from funding.parties.models import Entity

logger = logging.getLogger(__name__)

# 23 letters and digits that are not taken for one another, in print or in handwriting; sixteen
# of them are 72 bits.
ALPHABET: Final = "34679ACDEFHJKMNPQRTVWXY"
CODE_LENGTH: Final = 16

FIRST_WAIT: Final = dt.timedelta(seconds=30)
LONGEST_WAIT: Final = dt.timedelta(hours=1)
BATCH: Final = 50
# With their waits they reach over five hours; then somebody has to look at it.
MOST_ATTEMPTS: Final = 12

Snapshot = Mapping[str, Any]

# Papers that a body counts by themselves, by template. No body's letters have a hyphen in them.
APART: Final = {"certificate": "C", "proforma": "P", "submission": "A"}


class DocumentConflict(Exception):
    """The same key came again with other facts: a fault of the caller, never of a person."""


class DocumentEnded(Refused):
    """The document is void or replaced already, and that is final."""


def issue(
    *,
    entity_id: int,
    template: str,
    key: str,
    snapshot: Snapshot,
    language: str,
    actor: str = "system",
) -> Document:
    """Take the next number of the template's series and year, and freeze the facts under it.

    Joins the open transaction or makes a short one. The number is final when that commits; a
    rollback leaves no gap. The same key and facts return the document that is there already;
    the same key with other facts raises DocumentConflict.
    """
    facts = json.loads(json.dumps(snapshot))
    with transaction.atomic():
        if document := Document.objects.filter(key=key).first():
            return _same(document, entity_id, template, facts)
        entity = Entity.objects.get(pk=entity_id)
        issued_on = clock.today(entity.zone)
        series = series_of(entity, template)
        sequence = _locked_sequence(entity, series, issued_on.year)
        # Another writer may have issued this very document while we waited for the lock.
        if document := Document.objects.filter(key=key).first():
            return _same(document, entity_id, template, facts)
        now = clock.now()
        document = Document.objects.create(
            entity=entity,
            template=template,
            series=series,
            year=issued_on.year,
            number=_next_number(sequence),
            key=key,
            verify_code=_new_code(),
            snapshot=facts,
            language=language,
            issued_at=now,
            issued_on=issued_on,
            due_at=now,
        )
        log.record(
            actor=actor,
            action="document.issued",
            subject=f"document:{document.pk}",
            number=document.name,
            key=key,
        )
        jobs.after_commit("funding.documents.tasks.render", document.pk)
    return document


def series_of(entity: Entity, template: str = "") -> str:
    """The series in which a body counts this kind of paper: 'MF', or 'MF-C' for certificates."""
    apart = APART.get(template)
    return f"{entity.series}-{apart}" if apart else entity.series


def all_series(entity: Entity) -> list[str]:
    """Every series that a body counts its papers in."""
    return [series_of(entity), *(series_of(entity, template) for template in APART)]


def skip(*, entity_id: int, series: str, year: int, last: int, why: str, actor: str) -> Gap | None:
    """Declare the next numbers of a series and year, up to `last`, as never to be given.

    None when the series has come that far already.
    """
    with transaction.atomic():
        entity = Entity.objects.get(pk=entity_id)
        sequence = _locked_sequence(entity, series, year)
        if sequence.last >= last:
            return None
        gap = Gap.objects.create(
            entity=entity,
            series=series,
            year=year,
            first=sequence.last + 1,
            last=last,
            why=why,
            declared_at=clock.now(),
            declared_by=actor,
        )
        # The database lets a sequence leap only over a gap that has been declared.
        sequence.last = last
        sequence.save(update_fields=["last"])
        log.record(
            actor=actor, action="document.gap_declared", subject=f"gap:{gap.pk}", numbers=str(gap)
        )
    return gap


def void(*, document_id: int, actor: str) -> Document:
    """Say that a document no longer confirms anything. Its number and bytes stay.

    Harmless when repeated; raises DocumentEnded when it has been replaced.
    """
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=document_id)
        if document.state == DocumentState.VOID:
            return document
        if document.state == DocumentState.REPLACED:
            raise DocumentEnded(f"{document.name} has been replaced and cannot be voided.")
        document.state = DocumentState.VOID
        document.ended_at = clock.now()
        document.save(update_fields=["state", "ended_at"])
        log.record(actor=actor, action="document.voided", subject=f"document:{document.pk}")
    return document


def replace(*, document_id: int, by_id: int, actor: str) -> Document:
    """Say that a later document of the same entity stands in a document's place.

    Harmless when repeated; raises DocumentEnded when either of the two has ended already.
    """
    with transaction.atomic():
        both = Document.objects.select_for_update(no_key=True).filter(pk__in=[document_id, by_id])
        found = {document.pk: document for document in both.order_by("pk")}
        document, successor = found[document_id], found[by_id]
        if document.state == DocumentState.REPLACED and document.replaced_by_id == by_id:
            return document
        if document.state != DocumentState.VALID or successor.state != DocumentState.VALID:
            raise DocumentEnded(f"{document.name} cannot be replaced by {successor.name}.")
        if document.entity_id != successor.entity_id or document.pk >= successor.pk:
            raise Refused("A document is replaced by a later one of the same entity.")
        document.state = DocumentState.REPLACED
        document.replaced_by = successor
        document.ended_at = clock.now()
        document.save(update_fields=["state", "replaced_by", "ended_at"])
        log.record(
            actor=actor,
            action="document.replaced",
            subject=f"document:{document.pk}",
            by=successor.pk,
        )
    return document


def scrub(document_id: int) -> None:
    """Take its facts and bytes from a document that no law keeps any longer.

    Number, day, worth and fingerprint stay, so that a list has no gap. Harmless when repeated.
    """
    rows = Document.objects.filter(pk=document_id, scrubbed_at__isnull=True)
    for document in rows.select_for_update(no_key=True).defer("content"):
        now = clock.now()
        document.snapshot = {"site_url": document.snapshot.get("site_url", "")}
        document.content, document.scrubbed_at, document.error = None, now, ""
        document.rendered_at = document.rendered_at or now
        document.save(update_fields=["snapshot", "content", "scrubbed_at", "rendered_at", "error"])


def find(verify_code: str) -> Document | None:
    """The document with this code, typed in any case, with or without dashes and spaces."""
    typed = unicodedata.normalize("NFKC", verify_code[:60]).upper()
    bare = "".join(char for char in typed if char.isalnum())
    if len(bare) != CODE_LENGTH:
        return None
    found = Document.objects.filter(verify_code=bare).select_related("replaced_by")
    return found.defer("content", "replaced_by__content").first()


def verify_url(document: Document) -> str:
    """Where anyone can see what the document is worth today; the address in its QR code."""
    return f"{document.snapshot['site_url']}/verify/{document.verify_text}/"


def render(document_id: int) -> Document:
    """Make the bytes of a document, once; later calls return what is stored.

    Call it with no transaction open: layout takes a tenth of a second or more. Raises
    CannotRender when this machine cannot make PDFs, or when the layout fails; the document
    then waits for `render_due`.
    """
    document = Document.objects.get(pk=document_id)
    if document.rendered_at is not None:
        return document
    _put_off(document_id)
    try:
        content = rendering.pdf(document.template, document.facts(), document.language)
    except Exception as error:
        # Whatever went wrong is kept beside the document for the officer, and tried again.
        _note(document_id, f"{type(error).__name__}: {error}")
        if not available():
            # It is the machine that lacks something, and no attempt was made.
            _unmade().filter(pk=document_id).update(attempts=1)
        raise CannotRender(f"{document.name} could not be laid out.") from error
    lacking = rendering.missing_letters(_words(document.facts()))
    _unmade().filter(pk=document_id).update(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        rendered_at=clock.now(),
        error=_say_lacking(document, lacking),
    )
    document.refresh_from_db()
    return document


def _unmade() -> QuerySet[Document]:
    return Document.objects.filter(rendered_at__isnull=True)


def waiting() -> QuerySet[Document]:
    """The documents that have no bytes yet and are tried by themselves."""
    return _unmade().filter(attempts__lt=MOST_ATTEMPTS)


def given_up() -> QuerySet[Document]:
    """The documents whose attempts are used up, the oldest first."""
    return _unmade().filter(attempts__gte=MOST_ATTEMPTS).order_by("issued_at", "pk")


def render_due() -> int:
    """Render what waits and is due, oldest first. Returns how many documents got their bytes."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    found = list(due.values_list("pk", flat=True)[:BATCH])
    if not found:
        return 0
    if not available():
        logger.warning("documents wait for Pango count=%s", len(found))
        return 0
    done = 0
    for pk in found:
        try:
            render(pk)
        except CannotRender:
            logger.exception("document not rendered pk=%s", pk)
            continue
        done += 1
    return done


def _same(document: Document, entity_id: int, template: str, facts: Snapshot) -> Document:
    if (document.entity_id, document.template, document.snapshot) != (entity_id, template, facts):
        raise DocumentConflict(f"{document.key} was issued with other facts.")
    return document


def _locked_sequence(entity: Entity, series: str, year: int) -> Sequence:
    with connection.cursor() as cursor:
        # Two first writers of a year meet here: one inserts, the other waits for it.
        cursor.execute(
            "INSERT INTO documents_sequence (entity_id, series, year, last)"
            " VALUES (%s, %s, %s, 0) ON CONFLICT DO NOTHING",
            [entity.pk, series, year],
        )
    return Sequence.objects.select_for_update(no_key=True).get(
        entity=entity, series=series, year=year
    )


def _next_number(sequence: Sequence) -> int:
    sequence.last += 1
    sequence.save(update_fields=["last"])
    return sequence.last


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _put_off(document_id: int) -> None:
    """Count the attempt before it is made, so that a document that kills its worker waits."""
    row = _unmade().filter(pk=document_id)
    attempts = row.values_list("attempts", flat=True).first() or 0
    wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
    row.update(attempts=F("attempts") + 1, due_at=clock.now() + wait)


def _note(document_id: int, error: str) -> None:
    _unmade().filter(pk=document_id).update(error=error[:2000])


def _words(facts: Any) -> str:  # noqa: ANN401 -- any JSON
    """Every text in the facts, run together."""
    if isinstance(facts, dict):
        return " ".join(_words(value) for key, value in facts.items() if key != "logo")
    if isinstance(facts, list):
        return " ".join(_words(value) for value in facts)
    return facts if isinstance(facts, str) else ""


def _say_lacking(document: Document, letters: set[str]) -> str:
    if not letters:
        return ""
    shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in sorted(letters))
    logger.warning("letters without a font document=%s letters=%s", document.pk, shown)
    return f"No font of ours has these letters: {shown}"[:2000]
