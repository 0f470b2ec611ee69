"""Goal: news is read, followed to, written and sent in a browser, on a phone and a desk."""

import re

import pytest
from playwright.sync_api import Browser, Page

from donors import consents
from donors.models import Donor, Purpose
from funding.ledger import trace
from funding.site.news import digests
from funding.users.models import Role, User
from tests.grants import publishing
from tests.journeys.conftest import Site
from tests.journeys.test_money_browser import BUDGET, LOADED
from tests.journeys.test_reports_browser import window
from tests.ledger import making
from tests.ledger.tracing import Books
from tests.looks import faults_in_every_view
from tests.people import make_person
from tests.site.news import writing
from tests.site.test_following import ALICE, awarded, given

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(site: Site) -> User:
    """A giver whose gift paid for a project of which there is news, and who asked for them."""
    del site
    books = Books(making.world())
    alice = make_person(ALICE, "Alice Example")
    given(books.world.snow, 4000, 85)
    award = awarded(books, "Guard-dog vaccination with herders", 2240, books.world.snow)
    for title in ("Two hundred dogs vaccinated", "Three dens were found"):
        writing.published(
            writing.with_picture(
                project_id=award.application.project_id,
                words={
                    "en": writing.words(title=title, alt="A manul between stones"),
                    "sv": writing.words(title="Tre lyor", text="Tre.", alt="En manul"),
                },
            )
        )
    publishing.published(award)
    consents.record_from_form(Donor.objects.get(email=ALICE), Purpose.NEWS)
    while trace.sweep():
        pass
    return alice


def looked(page: Page, path: str) -> list[str]:
    """What axe finds on a page in every view of it, and whether it is too heavy."""
    page.goto(path)
    heavy = page.evaluate(LOADED)
    said = [f"{path} has {heavy} bytes"] if heavy > BUDGET else []
    return said + faults_in_every_view(page)


def test_a_giver_reads_what_their_money_paid_for(browser: Browser, site: Site, alice: User) -> None:
    for context in window(browser, site, alice):
        page = context.new_page()
        troubles = looked(page, "/account/money/")
        page.get_by_role("link", name="Three dens were found").click()
        page.wait_for_url(re.compile("/news/"))
        page.go_back()
        page.get_by_role("link", name="Interim report").click()
        page.wait_for_url(re.compile("/reports/interim/"))
        troubles += faults_in_every_view(page) + looked(page, "/news/")
        assert troubles == []


def test_an_officer_writes_publishes_and_sends(browser: Browser, site: Site, alice: User) -> None:
    pat = make_person("pat@fund.example", "Pat Example", Role.OFFICER)
    for context in window(browser, site, pat):
        page = context.new_page()
        troubles = looked(page, "/officer/news/new/")
        page.get_by_label("Title in English").fill("Snow came early")
        page.get_by_label("What happened").first.fill("It snowed.")
        page.get_by_role("button", name="Keep").click()
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/officer/news/\d+/"))
        troubles += faults_in_every_view(page) + looked(page, "/officer/news/digest/")
        page.get_by_role("button", name="Send it").click()
        page.wait_for_url(re.compile(r"/officer/news/digests/\d+/"))
        digests.sweep()
        page.reload()
        troubles += faults_in_every_view(page) + looked(page, "/officer/news/")
        assert troubles == []
        assert alice.pk
