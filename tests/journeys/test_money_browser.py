"""Goal: a giver follows the money in a browser, on a phone and a desk, by day and by night."""

import pytest
from playwright.sync_api import Browser

from funding.ledger import trace
from funding.users.models import User
from tests.journeys.conftest import Site
from tests.journeys.test_reports_browser import window
from tests.ledger import making
from tests.ledger.tracing import Books
from tests.looks import faults_in_every_view
from tests.people import make_person
from tests.site.test_following import ALICE, awarded, given

pytestmark = pytest.mark.browser

BUDGET = 100_000
# Of what a page loads, the bytes as they came over the line.
LOADED = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
.map(each => each.encodedBodySize).reduce((sum, bytes) => sum + bytes)
"""


@pytest.fixture
def alice(site: Site) -> User:
    """A giver whose gift was awarded, moved, partly given back, and waits for the rest."""
    del site
    books = Books(making.world())
    snow, general = books.world.snow, books.world.general
    alice = make_person(ALICE, "Alice Example")
    gift = given(snow, 4000, 85)
    awarded(books, "Guard-dog vaccination and neutering with herders", 2240, snow)
    ranger = awarded(books, "Ranger course, telling small cats apart", 775, snow)
    books.pay(f"award:{ranger.pk}", snow, 775)
    books.come_back(f"award:{ranger.pk}", snow, 100)
    books.transfer("transfer:1", snow, general, 300)
    books.refund(f"gift:{gift.pk}", snow, 250)
    books.cost("payout:1", snow, 15)
    given(general, 1000, None)
    while trace.sweep():
        pass
    return alice


def test_axe_finds_nothing_and_the_pages_are_light(
    browser: Browser, site: Site, alice: User
) -> None:
    troubles = []
    for context in window(browser, site, alice):
        page = context.new_page()
        page.goto("/account/")
        page.get_by_role("link", name="Where it went").click()
        page.wait_for_url("**/account/money/")
        troubles += faults_in_every_view(page)
        page.locator("td a[href*='/account/money/']").last.click()
        page.wait_for_url("**/account/money/*-*/")
        troubles += faults_in_every_view(page)
        assert 0 < page.evaluate(LOADED) < BUDGET
    assert troubles == []
