"""Goal: asked for once or often, by one or by two, there is one report, and it is made."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funding import clock, jobs
from funding.audit.models import Record
from funding.documents import register
from funding.documents.models import Document, DocumentState
from funding.ledger.models import Fund
from funding.site import reports
from funding.site.models import FundReport, ReportState
from funding.users.models import Role, User
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person
from tests.site import report_world
from tests.site.report_world import Life

YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
Move = Callable[[dt.datetime], None]


@pytest.fixture
def lived(db: None) -> Life:
    """Two funds; one of them had a gift in the year."""
    return begun()


def begun() -> Life:
    """The same, within whatever transaction there is."""
    made = report_world.life()
    made.gives(dt.date(2025, 3, 14), 5_000, made.funds[0])
    return made


@pytest.fixture
def tara(db: None) -> User:
    """The treasurer."""
    return make_person("tara@example.org", "Tara", Role.TREASURER)


def asked(at: Life, by: User, fund: Fund | None = None, **facts: object) -> FundReport:
    """The report on a fund in 2025, or without one on all."""
    wanted: dict[str, Any] = {
        "entity_id": at.entity.pk,
        "fund_id": fund.pk if fund else None,
        "currency": "EUR",
        "starts_on": YEAR[0],
        "ends_on": YEAR[1],
        "by": by,
    } | facts
    return reports.ask(**wanted)


def again(report: FundReport) -> FundReport:
    report.refresh_from_db()
    return report


def due_now(report: FundReport) -> None:
    """The time that the row waits for has come."""
    FundReport.objects.filter(pk=report.pk).update(due_at=clock.now())


def test_days_that_are_not_over_are_refused(lived: Life, tara: User) -> None:
    today = clock.today(lived.entity.zone)
    with pytest.raises(reports.PeriodNotOver):
        asked(lived, tara, ends_on=today + dt.timedelta(days=1))
    with pytest.raises(reports.PeriodImpossible):
        asked(lived, tara, starts_on=dt.date(2025, 2, 2), ends_on=dt.date(2025, 2, 1))
    with pytest.raises(reports.PeriodImpossible):
        asked(lived, tara, starts_on=dt.date(1900, 1, 1))
    assert not FundReport.objects.exists()
    assert asked(lived, tara, starts_on=today, ends_on=today).state == ReportState.WAITING


def test_a_fund_of_others_the_treasury_and_an_empty_currency_are_refused(
    lived: Life, tara: User
) -> None:
    treasury = Fund.objects.get(entity=lived.entity, is_treasury=True)
    other = make.fund(make.entity())
    for facts in ({"fund": treasury}, {"fund": other}, {"currency": "GBP"}):
        with pytest.raises(reports.NothingToReport):
            asked(lived, tara, **facts)
    assert not FundReport.objects.exists()


def test_a_report_is_read_numbered_and_laid_out(lived: Life, tara: User) -> None:
    report = asked(lived, tara, lived.funds[0])
    assert (report.state, report.step, report.steps) == (ReportState.WAITING, 0, 3)
    assert reports.make(report.pk)
    again(report)
    document = report.document
    assert document is not None
    assert (report.state, report.step, report.version) == (ReportState.DONE, 3, 1)
    assert bytes(document.content or b"").startswith(b"%PDF")
    assert document.template == "fund_report"
    assert document.snapshot["moved"]["closing"] == 5_000
    assert (report.error, report.done_at is None) == ("", False)
    assert [row.action for row in Record.objects.filter(subject=f"report:{report.pk}")] == [
        "report.asked",
        "report.issued",
    ]


def test_asked_again_while_under_way_it_is_the_same_report(lived: Life, tara: User) -> None:
    first, second = asked(lived, tara), asked(lived, tara)
    assert first.pk == second.pk
    assert Record.objects.filter(action="report.asked").count() == 1
    reports.claim(first.pk)
    assert asked(lived, tara).state == ReportState.RUNNING
    assert asked(lived, tara, lived.funds[0]).pk != first.pk


def test_asked_again_the_document_stands_while_the_books_say_the_same(
    lived: Life, tara: User
) -> None:
    report = asked(lived, tara)
    reports.make(report.pk)
    document = again(report).document
    assert document is not None
    content, number = bytes(document.content or b""), Document.objects.count()
    # What is booked for other days changes nothing.
    lived.gives(dt.date(2026, 1, 1), 700, lived.funds[0])
    other = make_person("pat@example.org", "Pat", Role.OFFICER)
    asked(lived, other)
    assert again(report).state == ReportState.WAITING
    assert report.document == document
    assert reports.make(report.pk)
    again(report)
    assert (report.document, report.version, report.asked_by) == (document, 1, other)
    assert Document.objects.count() == number
    assert bytes(Document.objects.get(pk=document.pk).content or b"") == content


def test_a_late_entry_makes_a_further_document_that_says_what_changed(
    lived: Life, tara: User
) -> None:
    report = asked(lived, tara)
    reports.make(report.pk)
    first = again(report).document
    assert first is not None
    lived.gives(dt.date(2025, 12, 30), 1_500, lived.funds[1])
    reports.ask_again(report_id=report.pk, by=tara)
    assert reports.make(report.pk)
    second = again(report).document
    first.refresh_from_db()
    assert second is not None
    assert (first.state, first.replaced_by) == (DocumentState.REPLACED, second)
    assert second.state == DocumentState.VALID
    assert second.snapshot["replaces"] == first.name
    assert second.snapshot["changes"] == [
        {"line": "gifts", "was": 5_000, "is": 6_500},
        {"line": "closing", "was": 5_000, "is": 6_500},
        {"line": "available", "was": 5_000 - 12_345, "is": 6_500 - 12_345},
    ]
    assert [each.pk for each in reports.documents(report)] == [second.pk, first.pk]


def test_a_void_document_is_not_handed_out_again(lived: Life, tara: User) -> None:
    report = asked(lived, tara)
    reports.make(report.pk)
    first = again(report).document
    assert first is not None
    register.void(document_id=first.pk, actor="system")
    reports.ask_again(report_id=report.pk, by=tara)
    reports.make(report.pk)
    second = again(report).document
    assert second is not None
    assert second.pk != first.pk
    assert second.snapshot["replaces"] is None


def test_the_same_facts_give_the_same_bytes(lived: Life, tara: User) -> None:
    from funding.documents import rendering

    report = asked(lived, tara)
    reports.make(report.pk)
    document = again(report).document
    assert document is not None
    once_more = rendering.pdf("fund_report", document.facts(), document.language)
    assert once_more == bytes(document.content or b"")


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_worker_killed_between_steps_is_made_good_by_a_sweep(
    lived: Life, tara: User, done: int
) -> None:
    report = asked(lived, tara)
    # The worker takes the row and dies after so many steps.
    assert reports.claim(report.pk)
    if done >= 1:
        told = reports.read(report.pk)
    if done >= 2:
        document = reports.issue(report.pk, told)
    if done >= 3:
        register.render(document.pk)
    assert again(report).step == min(done, 2)
    assert report.state == ReportState.RUNNING
    assert reports.sweep() == 0, "its lease is not over"
    due_now(report)
    assert reports.sweep() == 1
    again(report)
    assert (report.state, report.attempts, report.version) == (ReportState.DONE, 2, 1)
    assert Document.objects.filter(template="fund_report").count() == 1


def test_books_that_change_between_death_and_sweep_are_reported_as_they_are_now(
    lived: Life, tara: User
) -> None:
    report = asked(lived, tara)
    reports.claim(report.pk)
    reports.issue(report.pk, reports.read(report.pk))
    lived.gives(dt.date(2025, 7, 1), 1, lived.funds[0])
    due_now(report)
    assert reports.sweep() == 1
    document = again(report).document
    assert document is not None
    assert document.snapshot["moved"]["closing"] == 5_001
    assert report.version == 2


def test_after_five_deaths_it_is_given_up_and_can_be_asked_for_again(
    lived: Life, tara: User
) -> None:
    report = asked(lived, tara)
    for _ in range(5):
        due_now(report)
        assert reports.claim(report.pk)
    due_now(report)
    assert not reports.claim(report.pk)
    reports.sweep()
    again(report)
    assert report.state == ReportState.FAILED
    assert "stopped five times" in report.error
    assert not Document.objects.exists()
    reports.ask_again(report_id=report.pk, by=tara)
    assert reports.make(report.pk)
    assert (again(report).state, report.error) == (ReportState.DONE, "")


def test_what_went_wrong_is_told_and_tried_again(lived: Life, tara: User) -> None:
    report = asked(lived, tara)
    # There is no fund in this currency, so that nothing can be added up.
    FundReport.objects.filter(pk=report.pk).update(currency="ZZZ")
    for attempt in range(1, 6):
        due_now(report)
        assert not reports.make(report.pk)
        again(report)
        assert report.attempts == attempt
        assert "Movements are those of at least one fund" in report.error
    assert report.state == ReportState.FAILED


def test_a_report_is_not_made_before_its_time_nor_twice(lived: Life, tara: User) -> None:
    report = asked(lived, tara)
    assert reports.make(report.pk)
    assert not reports.make(report.pk)
    assert reports.sweep() == 0
    FundReport.objects.filter(pk=report.pk).update(
        state=ReportState.WAITING, done_at=None, due_at=clock.now() + dt.timedelta(seconds=30)
    )
    assert not reports.make(report.pk)


def test_the_sweep_is_in_the_rounds() -> None:
    assert jobs.SWEEPS["fund reports"] is reports.sweep


def test_a_report_of_another_day_starts_with_that_day(
    lived: Life, tara: User, clock_at: Move
) -> None:
    clock_at(dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC))
    report = asked(lived, tara, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31))
    reports.make(report.pk)
    document = again(report).document
    assert document is not None
    assert (document.year, document.snapshot["to"]) == (2027, "2026-12-31")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"ends_on": dt.date(2024, 1, 1)}, "fundreport_period_runs_forward"),
        ({"currency": "eur"}, "fundreport_currency_is_iso"),
        ({"state": "lost"}, "fundreport_state_is_known"),
        ({"step": 4}, "fundreport_steps_are_counted"),
        ({"attempts": 6}, "fundreport_attempts_are_few"),
        ({"version": 1}, "fundreport_document_has_its_fingerprint"),
        ({"state": "done", "step": 3}, "fundreport_done_has_its_document"),
        ({"state": "failed"}, "fundreport_failed_says_why"),
    ],
)
def test_the_database_refuses_what_must_never_be(
    lived: Life, tara: User, facts: dict[str, object], name: str
) -> None:
    report = asked(lived, tara)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        FundReport.objects.filter(pk=report.pk).update(**facts)


def test_one_row_for_a_fund_and_its_days(lived: Life, tara: User) -> None:
    for fund, name in (
        (lived.funds[0], "fundreport_once_per_fund_and_period"),
        (None, "fundreport_once_per_currency_and_period"),
    ):
        asked(lived, tara, fund)
        twin = lived.report(fund, *YEAR)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            twin.save()
