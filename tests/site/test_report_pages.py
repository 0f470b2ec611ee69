"""Goal: whoever works for the fund asks for a report, watches it being made, and has it."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding import waits
from funding.documents.models import Document
from funding.ledger.models import Fund
from funding.site import reports
from funding.site.models import FundReport, ReportState
from funding.users.models import Role, User
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person, sign_in
from tests.site.report_world import Life
from tests.site.test_reports import Move, begun, due_now

YEAR = {"starts_on": "2025-01-01", "ends_on": "2025-12-31", "period": "days"}


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Other tests have looked papers up from this address as well."""
    cache.clear()


@pytest.fixture
def lived(db: None) -> Life:
    return begun()


@pytest.fixture
def tara(db: None) -> User:
    return make_person("tara@example.org", "Tara", Role.TREASURER)


@pytest.fixture
def desk(client: Client, tara: User) -> Client:
    """Tara's browser."""
    sign_in(client, tara)
    return client


def fund_of(at: Life) -> Fund:
    return at.funds[0]


def send(desk: Client, subject: str, **facts: str) -> FundReport:
    """Ask on the page; the one report that comes of it."""
    answer = desk.post("/reports/ask/", YEAR | {"subject": subject} | facts)
    assert answer.status_code == 302, answer.content.decode()
    return FundReport.objects.get(pk=int(answer["Location"].split("/")[-2]))


def test_a_report_is_asked_for_watched_and_downloaded(desk: Client, lived: Life) -> None:
    report = send(desk, f"fund:{fund_of(lived).pk}")
    assert (report.fund, report.starts_on) == (fund_of(lived), dt.date(2025, 1, 1))
    address = f"/reports/{report.pk}/"
    page = desk.get(address).text
    assert "In line: the worker has not begun yet." in page
    assert '<progress max="3" value="0" aria-labelledby="far">0 of 3</progress>' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert '<script type="module" src="/static/report.' in page
    reports.claim(report.pk)
    assert "The books are being read." in desk.get(address).text
    told = reports.read(report.pk)
    page = desk.get(address).text
    assert "The figures are being frozen" in page
    assert 'value="1"' in page
    reports.issue(report.pk, told)
    assert "The pages are being laid out." in desk.get(address).text
    due_now(report)
    reports.sweep()
    page = desk.get(address).text
    document = Document.objects.get(template="fund_report")
    assert document.name in page
    assert "refresh" not in page
    assert re.search(r"There on the last day</th><td class=\"n\">50.00<", page)
    file = desk.get(f"/reports/{report.pk}/1.pdf")
    assert file["Content-Type"] == "application/pdf"
    assert file.content == bytes(document.content or b"")
    assert file["Content-Disposition"] == f'attachment; filename="{document.name}.pdf"'


def test_a_version_that_is_not_there_has_no_file(desk: Client, lived: Life) -> None:
    report = send(desk, f"fund:{fund_of(lived).pk}")
    for version in (0, 1, 2):
        assert desk.get(f"/reports/{report.pk}/{version}.pdf").status_code == 404
    reports.claim(report.pk)
    reports.issue(report.pk, reports.read(report.pk))
    assert desk.get(f"/reports/{report.pk}/1.pdf").status_code == 404
    assert f"/reports/{report.pk}/1.pdf" not in desk.get("/reports/").text


def test_all_funds_of_a_body_can_be_asked_for(desk: Client, lived: Life) -> None:
    report = send(desk, f"all:{lived.entity.pk}:EUR")
    assert (report.fund, report.currency, report.entity) == (None, "EUR", lived.entity)
    assert "All funds in EUR" in desk.get("/reports/").text


def test_a_period_that_runs_ends_today(desk: Client, lived: Life, clock_at: Move) -> None:
    clock_at(dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC))
    page = desk.get("/reports/").text
    for words in ("2026, so far", "2025", "The first quarter of 2026, so far"):
        assert words in page
    assert "2024" not in page
    subject = f"fund:{fund_of(lived).pk}"
    report = send(desk, subject, period="year:2026")
    assert (report.starts_on, report.ends_on) == (dt.date(2026, 1, 1), dt.date(2026, 2, 10))
    report = send(desk, subject, period="quarter:8103")
    assert (report.starts_on, report.ends_on) == (dt.date(2025, 10, 1), dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("facts", "status", "sentence"),
    [
        ({"starts_on": ""}, 422, "Choose a day."),
        ({"ends_on": "yesterday"}, 422, "Enter a valid date."),
        ({"period": "year:1066"}, 422, "Select a valid choice."),
        ({"subject": "fund:0"}, 422, "Select a valid choice."),
        ({"ends_on": "2999-01-01"}, 409, "These days are not over yet."),
        ({"ends_on": "2024-12-31"}, 409, "The last day lies before the first."),
    ],
)
def test_what_cannot_be_reported_is_said_on_the_filled_form(
    desk: Client, lived: Life, facts: dict[str, str], status: int, sentence: str
) -> None:
    sent = YEAR | {"subject": f"fund:{fund_of(lived).pk}"} | facts
    answer = desk.post("/reports/ask/", sent)
    assert answer.status_code == status
    page = answer.content.decode()
    assert sentence in page
    assert f'value="{sent["starts_on"]}"' in page or not sent["starts_on"]
    assert not FundReport.objects.exists()


def test_a_failed_report_says_why_and_is_tried_again(desk: Client, lived: Life, tara: User) -> None:
    report = send(desk, f"fund:{fund_of(lived).pk}")
    FundReport.objects.filter(pk=report.pk).update(
        state=ReportState.FAILED, attempts=5, error="This machine lacks pango-1.0."
    )
    page = desk.get(f"/reports/{report.pk}/").text
    assert "This report could not be made" in page
    assert "This machine lacks pango-1.0." in page
    (wait,) = [each for each in waits.for_user(tara) if "report" in each.title]
    assert wait.url == f"/reports/{report.pk}/"
    answer = desk.post(f"/reports/{report.pk}/again/")
    assert answer["Location"] == f"/reports/{report.pk}/"
    report.refresh_from_db()
    assert (report.state, report.attempts) == (ReportState.WAITING, 0)


def test_a_try_that_did_not_work_is_told_before_the_next(desk: Client, lived: Life) -> None:
    report = send(desk, f"fund:{fund_of(lived).pk}")
    FundReport.objects.filter(pk=report.pk).update(attempts=1, error="No ink.")
    page = desk.get(f"/reports/{report.pk}/").text
    assert "The last try did not work. The next one is made at" in page
    assert "Why: No ink." in page


def test_asked_again_after_a_late_entry_both_documents_can_be_had(
    desk: Client, lived: Life
) -> None:
    report = send(desk, f"fund:{fund_of(lived).pk}")
    reports.make(report.pk)
    lived.gives(dt.date(2025, 11, 1), 100, fund_of(lived))
    desk.post(f"/reports/{report.pk}/again/")
    assert f"/reports/{report.pk}/1.pdf" in desk.get(f"/reports/{report.pk}/").text
    reports.make(report.pk)
    page = desk.get(f"/reports/{report.pk}/").text
    first, second = Document.objects.order_by("pk")
    assert page.index(second.name) < page.index(first.name)
    assert '<span class="state stop">replaced</span>' in page
    assert desk.get(f"/reports/{report.pk}/1.pdf").content != (
        desk.get(f"/reports/{report.pk}/2.pdf").content
    )
    found = desk.get(f"/verify/{first.verify_code}/").text
    assert "It was replaced" in found
    assert "Report of a fund" in found


def test_the_list_is_filtered_and_the_file_has_the_same_rows(desk: Client, lived: Life) -> None:
    one = send(desk, f"fund:{fund_of(lived).pk}")
    send(desk, f"all:{lived.entity.pk}:EUR", starts_on="2025-07-01")
    reports.make(one.pk)

    def rows(query: str) -> int:
        page = desk.get(f"/reports/?{query}").text
        listed = page.count('<th scope="row" class="wide">')
        answer = desk.get(f"/reports/?{query}&csv=1")
        file = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert len(file.decode().strip().splitlines()) == listed + 1
        return listed

    assert rows("") == 2
    assert rows(f"fund={fund_of(lived).slug}") == 1
    assert rows("fund=all") == 1
    assert rows("state=done") == 1
    assert rows("state=failed") == 0
    assert rows("end=2025-03-31") == 1
    assert rows("start=2026-01-01") == 0
    assert rows("state=nonsense&start=never") == 2


def test_from_the_page_of_a_fund_its_report_is_two_clicks_away(
    desk: Client, client: Client, lived: Life
) -> None:
    general = fund_of(lived)
    link = f"/reports/?fund={general.slug}"
    assert link in desk.get(f"/funds/{general.slug}/").text
    assert f'<option value="fund:{general.pk}" selected>' in desk.get(link).text
    assert link not in Client().get(f"/funds/{general.slug}/").text


def test_without_a_fund_the_page_says_what_is_missing(desk: Client) -> None:
    page = desk.get("/reports/").text
    assert "Make the report" not in page
    assert "Nobody has asked for a report yet." in page


def test_bodies_are_told_apart_in_the_choice(desk: Client, lived: Life) -> None:
    make.fund(make.entity(legal_name="Second Body"), "Elsewhere")
    page = desk.get("/reports/").text
    assert '<optgroup label="Second Body">' in page


def test_the_list_takes_as_many_queries_for_many_reports_as_for_one(
    desk: Client, lived: Life
) -> None:
    send(desk, f"fund:{fund_of(lived).pk}")
    desk.get("/reports/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get("/reports/")
        return len(captured)

    few = queries()
    for month in range(1, 9):
        send(desk, f"fund:{fund_of(lived).pk}", starts_on=f"2025-0{month}-02")
    assert queries() == few
