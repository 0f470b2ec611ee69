"""Goal: of two workers or two people at once, one report comes, read at one moment."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from funding.documents.models import Document
from funding.errors import Refused
from funding.ledger.models import Entry
from funding.site import reports
from funding.site.models import FundReport, ReportState
from funding.users.models import Role, User
from tests.people import make_person
from tests.site.report_world import Life
from tests.site.test_reports import again, asked, begun


def together(*deeds: Callable[[], object]) -> list[object]:
    """Run all at once; what each returned or raised."""
    barrier, said = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            barrier.wait()
            said.append(deed())
        except Refused as error:
            said.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.fixture
def real(committed: None) -> tuple[Life, User]:
    """The same with real commits."""
    return begun(), make_person("tara@example.org", "Tara", Role.TREASURER)


def test_two_workers_at_once_make_one_document(real: tuple[Life, User]) -> None:
    report = asked(*real)
    said = together(lambda: reports.make(report.pk), lambda: reports.make(report.pk))
    assert sorted(map(str, said)) == ["False", "True"]
    assert Document.objects.count() == 1
    assert (again(report).state, report.attempts) == (ReportState.DONE, 1)


def test_two_workers_that_both_hold_the_row_still_issue_one_document(
    real: tuple[Life, User],
) -> None:
    report = asked(*real)
    reports.claim(report.pk)
    told = reports.read(report.pk)
    said = together(
        lambda: reports.issue(report.pk, told).pk, lambda: reports.issue(report.pk, told).pk
    )
    assert said[0] == said[1]
    assert Document.objects.count() == 1


def test_without_the_row_taken_both_workers_would_read_and_number(
    real: tuple[Life, User],
) -> None:
    """The control: what `claim` decides in one statement, a look beforehand cannot."""
    report = asked(*real)
    barrier, found = threading.Barrier(2), []

    def look_then_take() -> None:
        row = FundReport.objects.get(pk=report.pk)
        barrier.wait()
        if row.state == ReportState.WAITING:
            found.append(row.pk)

    together(look_then_take, look_then_take)
    assert found == [report.pk] * 2


def test_two_people_who_ask_at_once_ask_for_one_report(real: tuple[Life, User]) -> None:
    lived, tara = real
    said = together(lambda: asked(lived, tara).pk, lambda: asked(lived, tara).pk)
    assert said[0] == said[1]
    assert FundReport.objects.count() == 1


def test_all_is_read_at_one_moment_whatever_is_booked_meanwhile(
    real: tuple[Life, User],
) -> None:
    lived, _tara = real

    def gift() -> None:
        lived.gives(dt.date(2025, 6, 1), 9_000, lived.funds[0])

    with reports.one_moment():
        before = Entry.objects.count()
        together(gift)
        assert Entry.objects.count() == before
    assert Entry.objects.count() == before + 1


def test_without_one_moment_a_second_look_sees_another_book(real: tuple[Life, User]) -> None:
    """The control: an ordinary transaction reads what was committed meanwhile."""
    lived, _tara = real
    with transaction.atomic():
        before = Entry.objects.count()
        together(lambda: lived.gives(dt.date(2025, 6, 1), 9_000, lived.funds[0]))
        assert Entry.objects.count() == before + 1
