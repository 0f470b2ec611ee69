"""Goal: the report is asked for and had in a browser, with scripts and without them."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect

from funding.site import reports
from funding.site.models import FundReport, ReportState
from funding.users.models import Role, User
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import make_person, sign_in
from tests.site.random_life import random_life
from tests.site.report_world import Life
from tests.site.test_reports import asked, due_now

pytestmark = pytest.mark.browser


@pytest.fixture
def lived(site: Site) -> Life:
    """Two funds with two years behind them."""
    del site
    return random_life(3, 60)


@pytest.fixture
def tara(lived: Life) -> User:
    del lived
    return make_person("tara@example.org", "Tara Lindqvist", Role.TREASURER)


def window(
    browser: Browser, site: Site, user: User, width: int = 1280, scheme: str = "light",
    **more: object,
) -> Iterator[BrowserContext]:  # fmt: skip
    """A browser in which the person has signed in."""
    client = Client()
    sign_in(client, user)
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=site.url,
        **more,  # type: ignore[arg-type]
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    yield context
    context.close()


def test_a_report_is_watched_until_its_document_is_there(
    browser: Browser, site: Site, lived: Life, tara: User
) -> None:
    for context in window(browser, site, tara):
        page = context.new_page()
        page.goto(f"/funds/{lived.funds[0].slug}/")
        page.get_by_role("link", name="Reports of this fund").click()
        panel = page.locator("form.panel")
        panel.get_by_label("Period").select_option("Days of your own, below")
        panel.get_by_label("First day").fill("2025-01-01")
        panel.get_by_label("Last day").fill("2025-06-30")
        panel.get_by_role("button", name="Make the report").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Making the report on General fund"
        )
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 0)
        report = FundReport.objects.get()
        reports.claim(report.pk)
        told = reports.read(report.pk)
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 1)
        reports.issue(report.pk, told)
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 2)
        due_now(report)
        reports.sweep()
        expect(page.get_by_role("heading", name="General fund")).to_be_visible()
        expect(page.get_by_role("heading", name="Documents")).to_be_visible()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download the PDF").click()
        assert waiting.value.suggested_filename.endswith("-000001.pdf")


def test_without_scripts_the_page_loads_itself_again(
    browser: Browser, site: Site, lived: Life, tara: User
) -> None:
    report = asked(lived, tara, lived.funds[0])
    for context in window(browser, site, tara, java_script_enabled=False):
        page = context.new_page()
        page.goto(f"/reports/{report.pk}/")
        expect(page.get_by_text("In line: the worker has not begun yet.")).to_be_visible()
        reports.make(report.pk)
        expect(page.get_by_text("Download the PDF")).to_be_visible(timeout=10_000)


def test_axe_finds_nothing_in_any_state(
    browser: Browser, site: Site, lived: Life, tara: User
) -> None:
    done, waiting, running, failed = (
        asked(lived, tara, lived.funds[0], starts_on=dt.date(2025, month, 1))
        for month in (1, 2, 3, 4)
    )
    reports.make(done.pk)
    lived.gives(dt.date(2025, 5, 5), 100, lived.funds[0])
    reports.ask_again(report_id=done.pk, by=tara)
    reports.make(done.pk)
    reports.claim(running.pk)
    reports.read(running.pk)
    FundReport.objects.filter(pk=failed.pk).update(
        state=ReportState.FAILED, error="This machine lacks pango-1.0."
    )
    addresses = ["/reports/", "/reports/?state=failed", "/reports/?state=done&fund=all"]
    addresses += [f"/reports/{each.pk}/" for each in (done, waiting, running, failed)]
    troubles = []
    for context in window(browser, site, tara):
        page = context.new_page()
        for address in addresses:
            page.goto(address)
            troubles += faults_in_every_view(page)
    assert troubles == []
