"""Fund reports: asked for on a page, made by the worker, kept as numbered documents.

The row is the queue. Making one takes three steps, each harmless when repeated: the books are
read at one moment, the figures are frozen under a number, the pages are laid out. A worker that
dies on the way leaves a row that a sweep finds again.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from funding import clock, jobs
from funding.audit import log
from funding.documents import register
from funding.documents.making import fingerprint
from funding.documents.models import Document, DocumentState
from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.site import report_figures
from funding.site.models import MOST_ATTEMPTS, FundReport, ReportState
from funding.users.models import User

logger = logging.getLogger(__name__)

# Longer than a task may run, so that a row with a lease has a worker or had one that died.
LEASE: Final = dt.timedelta(minutes=6)
FIRST_WAIT: Final = dt.timedelta(seconds=30)
LONGEST_YEARS: Final = 30
_OPEN: Final = (ReportState.WAITING, ReportState.RUNNING)


class PeriodNotOver(Refused):
    """The books of these days are not written yet."""


class PeriodImpossible(Refused):
    """The days do not make a period that a report could cover."""


class NothingToReport(Refused):
    """There is no such fund, or none in this currency."""


def ask(
    *, entity_id: int, fund_id: int | None, currency: str, starts_on: dt.date, ends_on: dt.date,
    by: User,
) -> FundReport:  # fmt: skip
    """Ask for the report on a fund, or without one on all of an entity in a currency.

    Asked for before, it is the same row: one under way goes on, one that is done is compared
    with the books again. Raises PeriodNotOver, PeriodImpossible, NothingToReport.
    """
    entity = Entity.objects.get(pk=entity_id)
    _must_be_over(entity, starts_on, ends_on)
    _must_have_funds(entity, fund_id, currency)
    with transaction.atomic():
        now = clock.now()
        report, is_new = FundReport.objects.get_or_create(
            entity=entity,
            fund=None if fund_id is None else Fund.objects.get(pk=fund_id),
            currency=currency,
            starts_on=starts_on,
            ends_on=ends_on,
            defaults={"asked_by": by, "asked_at": now, "due_at": now},
        )
        report = _lock(report.pk)
        if is_new or report.state not in _OPEN:
            _put_in_line(report, by)
    return report


def ask_again(*, report_id: int, by: User) -> FundReport:
    """Have a report compared with the books again, or tried again where it failed."""
    with transaction.atomic():
        report = _lock(report_id)
        if report.state not in _OPEN:
            _put_in_line(report, by)
    return report


def make(report_id: int) -> bool:
    """Take a report as far as it will go; whether it is done. Harmless when repeated.

    Two workers at once make one report: the first takes the row, the second finds it taken.
    """
    if not claim(report_id):
        return False
    try:
        told = read(report_id)
        document = issue(report_id, told)
        register.render(document.pk)
    except CannotRender as error:
        logger.warning("report %s waits for its pages", report_id)
        _put_off(report_id, f"{error} {error.__cause__ or ''}".strip())
        return False
    except Exception as error:
        # Whatever went wrong is told to the person who asked, and tried again.
        logger.exception("report %s cannot be made", report_id)
        _put_off(report_id, f"{type(error).__name__}: {error}")
        return False
    finish(report_id)
    return True


def claim(report_id: int) -> bool:
    """Take the row for this worker, for as long as a task may run; False when it is not free."""
    now = clock.now()
    free = FundReport.objects.filter(
        pk=report_id, state__in=_OPEN, due_at__lte=now, attempts__lt=MOST_ATTEMPTS
    )
    taken = free.update(
        state=ReportState.RUNNING, step=0, attempts=F("attempts") + 1, due_at=now + LEASE
    )
    return taken == 1


def read(report_id: int) -> dict[str, Any]:
    """Everything that the report will print, all of it as the books were at one moment."""
    with one_moment():
        report = _reports().get(pk=report_id)
        told = report_figures.facts(report)
    _advance(report_id, 1)
    return told


@transaction.atomic
def issue(report_id: int, told: dict[str, Any]) -> Document:
    """Freeze the figures under a number, unless the document that stands says the same.

    One that says something else is replaced, and the new one says what changed.
    """
    report = _lock(report_id)
    mark = fingerprint(told)
    standing = report.document
    if standing is None or report.sha256 != mark or standing.state != DocumentState.VALID:
        before = standing if standing and standing.state == DocumentState.VALID else None
        report.version += 1
        report.document = register.issue(
            entity_id=report.entity_id,
            template="fund_report",
            key=f"report:{report.pk}:{report.version}",
            snapshot=_snapshot(told, before),
            language="en",
            actor=f"user:{report.asked_by_id}",
        )
        report.sha256 = mark
        if before is not None:
            register.replace(document_id=before.pk, by_id=report.document.pk, actor="system")
        log.record(
            actor="system",
            action="report.issued",
            subject=f"report:{report.pk}",
            document=report.document.name,
        )
    report.step = max(report.step, 2)
    report.save(update_fields=["document", "sha256", "version", "step"])
    assert report.document is not None
    return report.document


@transaction.atomic
def finish(report_id: int) -> None:
    """Say that the report is done, once its pages are there."""
    report = _lock(report_id)
    if report.state not in _OPEN or report.document is None:
        return
    if report.document.rendered_at is None:
        return
    report.state, report.step, report.done_at = ReportState.DONE, report.steps, clock.now()
    report.error = ""
    report.save(update_fields=["state", "step", "done_at", "error"])


def waiting() -> QuerySet[FundReport]:
    """The reports that are asked for and not made yet."""
    return FundReport.objects.filter(state__in=_OPEN)


def failed() -> QuerySet[FundReport]:
    """The reports that could not be made, the oldest first."""
    return FundReport.objects.filter(state=ReportState.FAILED).order_by("asked_at", "pk")


def sweep(*, limit: int = 20) -> int:
    """Make what is due, oldest first. Returns how many reports came to their end."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(
        make(pk) if attempts < MOST_ATTEMPTS else _give_up(pk, _died())
        for pk, attempts in list(due.values_list("pk", "attempts")[:limit])
    )


def documents(report: FundReport) -> list[Document]:
    """Every document that was made of a report, the latest first, without their bytes."""
    keys = [f"report:{report.pk}:{version}" for version in range(1, report.version + 1)]
    found = Document.objects.filter(key__in=keys).defer("content")
    return list(found.order_by("-issued_at", "-pk"))


def _reports() -> QuerySet[FundReport]:
    return FundReport.objects.select_related("entity", "fund__fees_from")


def _lock(report_id: int) -> FundReport:
    return FundReport.objects.select_for_update(of=("self",)).get(pk=report_id)


def _must_be_over(entity: Entity, starts_on: dt.date, ends_on: dt.date) -> None:
    if ends_on < starts_on:
        raise PeriodImpossible(_("The last day lies before the first."))
    if ends_on > clock.today(entity.zone):
        raise PeriodNotOver(_("These days are not over yet. Take today as the last day."))
    if ends_on.year - starts_on.year > LONGEST_YEARS:
        raise PeriodImpossible(_("A report covers thirty years at most."))


def _must_have_funds(entity: Entity, fund_id: int | None, currency: str) -> None:
    funds = Fund.objects.filter(entity=entity, currency=currency, is_treasury=False)
    if fund_id is not None:
        funds = funds.filter(pk=fund_id)
    if not funds.exists():
        raise NothingToReport(_("There is no such fund in this currency."))


def _put_in_line(report: FundReport, by: User) -> None:
    now = clock.now()
    report.asked_by, report.asked_at = by, now
    report.state, report.step, report.done_at = ReportState.WAITING, 0, None
    report.due_at, report.attempts, report.error = now, 0, ""
    report.save()
    log.record(actor=f"user:{by.pk}", action="report.asked", subject=f"report:{report.pk}")
    jobs.after_commit("funding.site.tasks.make_report", report.pk)


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is the books of one moment, whatever is posted meanwhile.

    Inside an open transaction, which has read already, it can only join that.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _advance(report_id: int, step: int) -> None:
    """Show how far it is, in a transaction of its own."""
    FundReport.objects.filter(pk=report_id, state__in=_OPEN, step__lt=step).update(step=step)


def _put_off(report_id: int, why: str) -> None:
    report = FundReport.objects.get(pk=report_id)
    if report.attempts >= MOST_ATTEMPTS:
        _give_up(report_id, why)
        return
    wait = FIRST_WAIT * 2 ** (report.attempts - 1)
    FundReport.objects.filter(pk=report_id, state=ReportState.RUNNING).update(
        state=ReportState.WAITING, step=0, due_at=clock.now() + wait, error=why[:2000]
    )


def _give_up(report_id: int, why: str) -> int:
    given_up = FundReport.objects.filter(pk=report_id, state__in=_OPEN).update(
        state=ReportState.FAILED, error=why[:2000]
    )
    if given_up:
        log.record(actor="system", action="report.failed", subject=f"report:{report_id}")
    return given_up


def _died() -> str:
    return _("The worker stopped five times before the report was done.")


def _snapshot(told: dict[str, Any], before: Document | None) -> dict[str, Any]:
    return told | {
        "drawings": report_figures.drawings(told),
        "replaces": before.name if before else None,
        "changes": report_figures.changes(before.snapshot, told) if before else [],
        "site_url": settings.SITE_URL,
    }
