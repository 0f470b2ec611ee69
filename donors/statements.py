"""Statements of what donors gave in some days: asked for, made by the worker, kept.

The row is the queue. The facts are frozen under a number in a short transaction that holds the
gifts, and the pages are laid out after it. Asked for again, a statement whose facts are the
same is the same document.
"""

import datetime as dt
import logging
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from donors import papers, statement_facts
from donors.models import Donor, Gift, Statement, StatementState
from donors.models.statements import MOST_ATTEMPTS
from donors.statement_facts import Days
from funding import clock, jobs
from funding.audit import log
from funding.documents import register
from funding.documents.making import Queue, fingerprint
from funding.documents.models import Document, DocumentState
from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.parties.models import Entity

logger = logging.getLogger(__name__)

LONGEST_YEARS: Final = 30


class PeriodImpossible(Refused):
    """The days do not make a period that a statement could cover, or are not over."""


class NothingToState(Refused):
    """No money of this donor moved in these days."""


def order(
    *, donor: Donor, entity: Entity, begins_on: dt.date, ends_on: dt.date, actor: str
) -> Statement:
    """Ask for the statement of what a donor gave to an entity in these days.

    Asked for before, it is the same row: one that waits goes on, one that is done is compared
    with the facts of today. Refuses: PeriodImpossible, NothingToState.
    """
    must_be_over(entity, begins_on, ends_on)
    days = Days(begins_on, ends_on, entity.zone)
    if not statement_facts.has_any(_gifts(donor.pk, entity.pk), days):
        _void_what_stands(donor, entity, days, actor)
        raise NothingToState(_("We received nothing from you in these days."))
    now = clock.now()
    with transaction.atomic():
        row, is_new = Statement.objects.get_or_create(
            donor=donor,
            entity=entity,
            begins_on=begins_on,
            ends_on=ends_on,
            defaults={"asked_by": actor, "asked_at": now, "due_at": now},
        )
        row = Statement.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if is_new or row.state != StatementState.WAITING:
            _put_in_line(row, actor)
    return row


def make(statement_id: int) -> bool:
    """Take a statement as far as it will go; whether it is done. Harmless when repeated.

    Two workers at once make one: the first takes the row, the second finds it taken.
    """
    if not QUEUE.claim(statement_id):
        return False
    try:
        document = issue(statement_id)
        register.render(document.pk)
    except CannotRender as error:
        logger.warning("statement %s waits for its pages", statement_id)
        QUEUE.put_off(statement_id, f"{error} {error.__cause__ or ''}".strip())
        return False
    except NothingToState:
        # What was there when it was asked for had been entered by mistake.
        _end_empty(statement_id)
        return False
    except Exception as error:
        logger.exception("statement %s cannot be made", statement_id)
        QUEUE.put_off(statement_id, f"{type(error).__name__}: {error}")
        return False
    Statement.objects.filter(pk=statement_id, state=StatementState.WAITING).update(
        state=StatementState.DONE, error=""
    )
    return True


@transaction.atomic
def issue(statement_id: int) -> Document:
    """Freeze the facts under a number, unless the document that stands says the same.

    One that says something else is replaced.
    """
    row = Statement.objects.select_for_update(of=("self",)).get(pk=statement_id)
    told = _told(row)
    mark = fingerprint(told)
    standing = row.document
    is_valid = standing is not None and standing.state == DocumentState.VALID
    if standing is not None and is_valid and row.sha256 == mark:
        return standing
    row.version += 1
    document = register.issue(
        entity_id=row.entity_id,
        template="statement",
        key=f"statement:{row.pk}:{row.version}",
        snapshot=told
        | {
            "replaces": standing.name if standing is not None and is_valid else None,
            "site_url": settings.SITE_URL,
        },
        language=told["language"],
        actor=row.asked_by,
    )
    row.document, row.sha256 = document, mark
    row.save(update_fields=["document", "sha256", "version"])
    if standing is not None and is_valid:
        register.replace(document_id=standing.pk, by_id=document.pk, actor="system")
    log.record(
        actor="system",
        action="statement.issued",
        subject=f"statement:{row.pk}",
        document=document.name,
    )
    return document


def documents(row: Statement) -> list[Document]:
    """Every document that was made of a statement, the latest first, without their bytes."""
    keys = [f"statement:{row.pk}:{version}" for version in range(1, row.version + 1)]
    return list(Document.objects.filter(key__in=keys).defer("content").order_by("-pk"))


def waiting() -> QuerySet[Statement]:
    """The statements that are asked for and not made yet."""
    return Statement.objects.filter(state=StatementState.WAITING)


def failed() -> QuerySet[Statement]:
    """The statements that could not be made, the oldest first."""
    return Statement.objects.filter(state=StatementState.FAILED).order_by("asked_at", "pk")


QUEUE: Final = Queue(
    waiting, lambda row: f"statement:{row.pk}", "statement.failed", most_attempts=MOST_ATTEMPTS
)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Put one that could not be made into the line again. Harmless when it is not so any more."""
    row = failed().select_for_update(of=("self",)).filter(pk=pk).first()
    if row is not None:
        _put_in_line(row, actor)


def sweep(*, limit: int = 50) -> int:
    """Make what is due, oldest first. Returns how many statements were made."""
    return sum(make(pk) for pk in QUEUE.due(limit))


def _gifts(donor_id: int, entity_id: int) -> QuerySet[Gift]:
    return Gift.objects.filter(donor=donor_id, entity=entity_id)


def _void_what_stands(donor: Donor, entity: Entity, days: Days, actor: str) -> None:
    """A gift that had been entered by mistake leaves no statement that still counts."""
    standing = Document.objects.filter(
        pk__in=Statement.objects.filter(
            donor=donor, entity=entity, begins_on=days.begins_on, ends_on=days.ends_on
        ).values("document"),
        state=DocumentState.VALID,
    )
    for pk in standing.values_list("pk", flat=True):
        register.void(document_id=pk, actor=actor)


@transaction.atomic
def _end_empty(statement_id: int) -> None:
    row = Statement.objects.select_for_update(of=("self",)).get(pk=statement_id)
    days = Days(row.begins_on, row.ends_on, row.entity.zone)
    _void_what_stands(row.donor, row.entity, days, "system")
    QUEUE.end_empty(statement_id)


def _told(row: Statement) -> dict[str, Any]:
    """The facts of one moment: whatever changes a gift waits until they are frozen."""
    gifts = _gifts(row.donor_id, row.entity_id)
    list(gifts.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    donor = Donor.objects.get(pk=row.donor_id)
    days = Days(row.begins_on, row.ends_on, row.entity.zone)
    told = statement_facts.facts(gifts=gifts, entity=row.entity, days=days, name=donor.name)
    if not told["sums"]:
        raise NothingToState(_("We received nothing from you in these days."))
    told["donor"] |= papers.facts(donor)
    return told | {"language": papers.language(donor)}


def must_be_over(entity: Entity, begins_on: dt.date, ends_on: dt.date) -> None:
    """Refuse days of which no paper is made. Refuses: PeriodImpossible."""
    if ends_on < begins_on:
        raise PeriodImpossible(_("The last day lies before the first."))
    if ends_on > clock.today(entity.zone):
        raise PeriodImpossible(_("These days are not over yet. Take today as the last day."))
    if ends_on.year - begins_on.year > LONGEST_YEARS:
        raise PeriodImpossible(_("A statement covers thirty years at most."))


def _put_in_line(row: Statement, actor: str) -> None:
    now = clock.now()
    row.asked_by, row.asked_at, row.due_at = actor, now, now
    row.state, row.attempts, row.error = StatementState.WAITING, 0, ""
    row.save()
    log.record(actor=actor, action="statement.asked", subject=f"statement:{row.pk}")
    jobs.after_commit("donors.tasks.make_statement", row.pk)
