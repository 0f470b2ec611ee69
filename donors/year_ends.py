"""The end of a year: a statement for every donor, made by the worker in small pieces.

Each piece is one short transaction that moves the row on, so that a worker that dies half way
costs one piece, and whoever comes next begins behind the last. Two at once do each piece once.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import statements
from donors.models import Donor, Gift, StatementState, YearEnd, YearEndShare
from donors.models.year_ends import YearEndState
from donors.statements import NothingToState
from funding import clock, jobs
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import DocumentState
from funding.errors import Refused
from funding.mail import outbox
from funding.parties.models import Entity

logger = logging.getLogger(__name__)

# Donors in one transaction, and statements mailed in one: half a second of a worker's time.
PIECE: Final = 100
_LOOK_AGAIN: Final = dt.timedelta(minutes=1)


class NotOver(Refused):
    """The days have not passed yet, or do not make a period."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a year end has come, in numbers of donors."""

    asked: int
    made: int
    failed: int
    mailed: int

    @property
    def percent(self) -> int:
        """How many of those asked for are made, in whole percent."""
        return 100 * (self.made + self.failed) // self.asked if self.asked else 0


def begin(
    *, entity: Entity, begins_on: dt.date, ends_on: dt.date, mails: bool, actor: str
) -> YearEnd:
    """Ask for the statements of all who gave in these days. The same days again is the same one.

    Asked for again when it is done, it looks at everybody again: a statement whose facts are as
    they were stands, and is not mailed twice. Refuses: NotOver.
    """
    if ends_on < begins_on or ends_on >= clock.today(entity.zone):
        raise NotOver(_("Choose days that are over."))
    now = clock.now()
    with transaction.atomic():
        row, is_new = YearEnd.objects.get_or_create(
            entity=entity,
            begins_on=begins_on,
            ends_on=ends_on,
            defaults={"mails": mails, "asked_by": actor, "asked_at": now, "due_at": now},
        )
        row = YearEnd.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if is_new or row.state == YearEndState.DONE:
            row.state, row.reached, row.done_at = YearEndState.GATHERING, 0, None
            row.mails, row.due_at, row.failures, row.error = mails, now, 0, ""
            row.save()
            log.record(actor=actor, action="yearend.asked", subject=f"yearend:{row.pk}")
            jobs.after_commit("donors.tasks.go_on_with_year_end", row.pk)
    return row


def go_on(year_end_id: int, *, piece: int = PIECE) -> bool:
    """One piece of work, of so many donors. True when there was something to do.

    Harmless when repeated.
    """
    with transaction.atomic():
        rows = YearEnd.objects.select_for_update(of=("self",), skip_locked=True)
        row = rows.exclude(state=YearEndState.DONE).filter(pk=year_end_id).first()
        if row is None:
            return False
        gathers = row.state == YearEndState.GATHERING
        moved = _gather(row, piece) if gathers else _mail(row, piece)
        if not moved:
            _end_if_all_is_made(row)
        row.due_at = clock.now() if moved else clock.now() + _LOOK_AGAIN
        row.save()
        if moved:
            jobs.after_commit("donors.tasks.go_on_with_year_end", row.pk)
    return moved


def _gather(row: YearEnd, number: int) -> bool:
    """Ask for the statements of the next donors who gave to the entity."""
    gave = Gift.objects.filter(entity=row.entity_id, settled_at__isnull=False)
    known = Donor.objects.filter(erased_at__isnull=True)
    donors = known.filter(pk__gt=row.reached, pk__in=gave.values("donor"))
    piece = list(donors.order_by("pk")[:number])
    for donor in piece:
        _ask(row, donor)
        row.reached = donor.pk
    if len(piece) < number:
        row.state = YearEndState.MAKING
    return True


def _ask(row: YearEnd, donor: Donor) -> None:
    try:
        statement = statements.order(
            donor=donor,
            entity=row.entity,
            begins_on=row.begins_on,
            ends_on=row.ends_on,
            actor=row.asked_by,
        )
    except NothingToState:
        return
    YearEndShare.objects.get_or_create(year_end=row, donor=donor, defaults={"statement": statement})


def _mail(row: YearEnd, number: int) -> bool:
    """Put the next statements that are made into the outbox."""
    if not row.mails:
        return False
    ready = (
        row.shares.filter(
            mailed_at__isnull=True,
            statement__state=StatementState.DONE,
            statement__document__rendered_at__isnull=False,
            statement__document__state=DocumentState.VALID,
        )
        .exclude(donor__email="")
        .select_related("donor", "statement__document")
    )
    piece = list(ready.order_by("pk")[:number])
    for share in piece:
        _queue(row, share)
        share.mailed_at = share.looked_at = clock.now()
        share.mailed_version = share.statement.version
    YearEndShare.objects.bulk_update(piece, ["mailed_at", "looked_at", "mailed_version"])
    return bool(piece)


def _queue(row: YearEnd, share: YearEndShare) -> None:
    document, donor = share.statement.document, share.donor
    assert document is not None
    entity = paper.entity_facts(row.entity)
    outbox.queue(
        key=f"yearend:{row.pk}:{share.pk}",
        cause=f"statement:{share.statement_id}",
        to_address=donor.email,
        to_name=donor.name,
        template="statement",
        context={
            "document_name": document.name,
            "begins_on": row.begins_on,
            "ends_on": row.ends_on,
            "verify_url": register.verify_url(document),
            "account_url": f"{settings.SITE_URL}{reverse('donors:statement_list')}",
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=donor.language,
        attachments=[
            outbox.File(f"{document.name}.pdf", "application/pdf", bytes(document.content or b""))
        ],
    )


def _end_if_all_is_made(row: YearEnd) -> None:
    if row.state != YearEndState.MAKING:
        return
    if row.shares.filter(statement__state=StatementState.WAITING).exists():
        return
    row.state, row.done_at = YearEndState.DONE, clock.now()
    log.record(
        actor="system",
        action="yearend.done",
        subject=f"yearend:{row.pk}",
        statements=row.shares.count(),
    )


def progress(row: YearEnd) -> Progress:
    """How far it has come. Statements that could not be made are on the page of stuck work."""
    shares = row.shares
    return Progress(
        asked=shares.count(),
        made=shares.filter(statement__state=StatementState.DONE).count(),
        failed=shares.filter(statement__state=StatementState.FAILED).count(),
        mailed=shares.filter(mailed_at__isnull=False).count(),
    )


def waiting() -> QuerySet[YearEnd]:
    """Those that are not done."""
    return YearEnd.objects.exclude(state=YearEndState.DONE)


def sweep(*, limit: int = 20) -> int:
    """Go on with what is due: so many pieces at most. Returns how many there were."""
    pieces = 0
    for year_end_id in list(
        waiting().filter(due_at__lte=clock.now()).order_by("due_at").values_list("pk", flat=True)
    ):
        while pieces < limit and _go_on_safely(year_end_id):
            pieces += 1
    return pieces


def _go_on_safely(year_end_id: int) -> bool:
    try:
        return go_on(year_end_id)
    except Exception as error:
        logger.exception("year end %s cannot go on", year_end_id)
        YearEnd.objects.filter(pk=year_end_id).update(
            failures=F("failures") + 1,
            error=f"{type(error).__name__}: {error}"[:2000],
            due_at=clock.now() + _LOOK_AGAIN,
        )
        return False
