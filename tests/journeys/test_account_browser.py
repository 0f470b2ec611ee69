"""Goal: a donor's own pages, and those on which donors are brought together, in a browser."""

import pytest
from playwright.sync_api import Browser, expect

from donors import email_changes, merges, statements
from funding.mail import links
from funding.users.models import Role, User
from tests import make
from tests.donors.stating import at, given
from tests.journeys.conftest import Site
from tests.journeys.test_reports_browser import window
from tests.looks import faults_in_every_view
from tests.people import make_person

pytestmark = pytest.mark.browser

ALICE = "alice@donor.example"
SURNAME = "Wolfeschlegelsteinhausenbergerdorffx"


@pytest.fixture
def alice(site: Site) -> User:
    """A giver with a long name, two gifts, and a wish for another address."""
    del site
    alice = make_person(ALICE, SURNAME)
    fund = make.fund(make.entity(is_illustrative=True))
    gift = given(fund, 4000, at("2025-03-01"), name=SURNAME, news=True)
    given(fund, 1000, at("2025-04-01"), name=SURNAME)
    row = statements.order(
        donor=gift.donor,
        entity=fund.entity,
        begins_on=at("2025-01-01").date(),
        ends_on=at("2025-12-31").date(),
        actor="user:1",
    )
    assert statements.make(row.pk)
    other = given(fund, 700, at("2025-05-01"), name="محمد رضایی", email="m@donor.example")
    third = given(fund, 700, at("2025-05-01"), name="李小龍", email="l@donor.example")
    merges.merge(kept_id=other.donor_id, gone_id=third.donor_id, why="Same card.", actor="user:1")
    return alice


def test_axe_finds_nothing_on_a_donors_own_pages(browser: Browser, site: Site, alice: User) -> None:
    change = email_changes.ask(
        user=alice, old_email=ALICE, new_email="alice@later.example", language="en"
    )
    confirm = f"/account/email/{links.sign(email_changes.OLD, str(change.uuid))}/"
    pages = ["/account/statements/", "/account/choices/", "/account/email/", confirm]
    troubles = []
    for context in window(browser, site, alice):
        page = context.new_page()
        for address in [*pages, "/account/email/nothing/"]:
            page.goto(address)
            troubles += faults_in_every_view(page)
    assert troubles == []


def test_a_donor_makes_a_statement_of_other_days(browser: Browser, site: Site, alice: User) -> None:
    for context in window(browser, site, alice):
        page = context.new_page()
        page.goto("/account/")
        page.get_by_role("link", name="Statement of a year").click()
        page.get_by_label("Which days").select_option("Other days")
        page.locator("summary").click()
        page.get_by_label("First day").fill("2025-03-01")
        page.get_by_label("Last day").fill("2025-03-31")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("Being made.")).to_be_visible()
        statements.sweep()
        link = page.get_by_role("link", name="1 March to 31 March 2025")
        expect(link).to_be_visible()


def test_axe_finds_nothing_where_donors_are_brought_together(
    browser: Browser, site: Site, alice: User
) -> None:
    del alice
    tara = make_person("tara@cast.example", "Tara Lindqvist", Role.TREASURER)
    troubles = []
    for context in window(browser, site, tara):
        page = context.new_page()
        page.goto("/treasurer/merges/?q=donor.example")
        troubles += faults_in_every_view(page)
        page.get_by_label("Keep").first.check()
        page.get_by_label("Bring in").last.check()
        page.get_by_role("button", name="Look at both").click()
        expect(page.get_by_role("heading", name="Bring two donors together")).to_be_visible()
        troubles += faults_in_every_view(page)
    assert troubles == []
