"""A matching campaign to its last euro: opened, used up, freed by a refund, then invoiced."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from donors.models import Gift, MatchingPool
from donors.pools import bills, matches
from funding.ledger.verify import verify
from funding.users.models import Role
from tests.donors.intake import desk as making
from tests.donors.test_refunds import give_back
from tests.donors.zoos import invoicing, zoo_world
from tests.donors.zoos.zoo_world import person
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import make_person, sign_in
from tests.sandbox.conftest import DELAY_SECONDS

pytestmark = pytest.mark.browser


def window(browser: Browser, site: Site, client: Client | None = None) -> Page:
    """A window on a desk, signed in as this client is."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    if client is not None:
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.url}])
    return context.new_page()


@pytest.fixture
def treasurer(browser: Browser, site: Site) -> Iterator[Page]:
    client = Client()
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    page = window(browser, site, client)
    yield page
    page.context.close()


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Page]:
    page = window(browser, site)
    yield page
    page.context.close()


def test_a_campaign_to_its_last_euro(
    browser: Browser, treasurer: Page, visitor: Page, site: Site
) -> None:
    invoicing.account(making.desk())
    zoo = zoo_world.zoo(person("bob"))
    opens(treasurer)
    pool = MatchingPool.objects.get()
    reads(visitor, "Every euro to General fund is matched by Kuusiranta Zoo until")
    reads(visitor, "€100.00 of €100.00 left.")
    assert faults_in_every_view(visitor) == []
    first = gives(visitor, site, "60", "€60.00 is added by Kuusiranta Zoo")
    assert faults_in_every_view(visitor) == []
    gives(visitor, site, "60", "€40.00 is added by Kuusiranta Zoo")
    reads(visitor, "All €100.00 that Kuusiranta Zoo promised")
    assert faults_in_every_view(visitor) == []
    gives(visitor, site, "10", "")
    give_back(first, 6_000)
    assert matches.sweep() == 1
    reads(visitor, "€60.00 of €100.00 left.")
    visitor.goto("/funds/" + pool.fund.slug + "/")
    expect(visitor.get_by_role("main")).to_contain_text("€60.00 of €100.00 left.")
    assert faults_in_every_view(visitor) == []
    gives(visitor, site, "15", "€15.00 is added by Kuusiranta Zoo")
    ends(treasurer, pool)
    zoos_view(browser, site, f"/zoo/{zoo.uuid}/matching/")
    assert [each for each in verify() if not each.is_notice] == []


def opens(window: Page) -> None:
    """The treasurer writes the pool down, looks at it, and opens it."""
    window.goto("/treasurer/")
    window.get_by_role("link", name="Matching pools").click()
    heading(window, "Matching pools")
    window.get_by_label("Up to how much in all").fill("100")
    first = window.get_by_label("First day").input_value()
    window.get_by_label("Last day").fill(f"{int(first[:4]) + 1}-01-31")
    window.get_by_text("Givers may read the name of the zoo").click()
    window.get_by_role("button", name="Look at it first").click()
    heading(window, "Matching of gifts to General fund")
    expect(window.get_by_role("main")).to_contain_text("Varje euro till General fund matchas")
    window.get_by_role("button", name="Open it").click()
    expect(window.get_by_role("status")).to_contain_text("matched from now on")
    heading(window, "Matching of gifts to General fund")


def heading(window: Page, words: str) -> None:
    """This page is on show, and good for everybody in every look."""
    expect(window.get_by_role("heading", level=1)).to_have_text(words)
    assert faults_in_every_view(window) == []


def reads(window: Page, words: str) -> None:
    """The giving form says so."""
    window.goto("/give/")
    expect(window.get_by_role("main")).to_contain_text(words)


def gives(window: Page, site: Site, sum_: str, words: str) -> Gift:
    """A gift by card, and what the thank-you page says of it once its value is known."""
    window.goto("/give/")
    count = Gift.objects.count()
    window.get_by_label("Other amount").fill(sum_)
    window.get_by_label("Name", exact=True).fill("Bat-Erdene")
    window.get_by_label("E-mail", exact=True).fill(f"giver-{count}@donor.example")
    window.get_by_role("button", name=re.compile("Give €|Go on")).click()
    window.get_by_role("button", name="Donate").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Thank you. It is here.")
    site.stripe.control("clock", advance_seconds=DELAY_SECONDS)
    window.reload()
    told = expect(window.get_by_role("main"))
    if words:
        told.to_contain_text(words)
    else:
        told.not_to_contain_text("is added by")
    return Gift.objects.latest("pk")


def ends(window: Page, pool: MatchingPool) -> None:
    """The treasurer ends it, and the invoice is there."""
    window.goto(f"/treasurer/matching/{pool.uuid}/")
    expect(window.get_by_role("main")).to_contain_text("€55.00")
    window.get_by_role("button", name="End it").click()
    expect(window.get_by_role("main")).to_contain_text("Ended by hand")
    pool.refresh_from_db()
    asked = bills.invoice_of(pool)
    assert asked is not None
    assert asked.amount_minor == 5_500
    expect(window.get_by_role("link", name=str(asked.document))).to_be_visible()
    heading(window, "Matching of gifts to General fund")


def zoos_view(browser: Browser, site: Site, place: str) -> None:
    """What the zoo sees of it: sums, and nobody's name."""
    client = Client()
    sign_in(client, person("bob"), factor=False)
    page = window(browser, site, client)
    page.goto(place)
    expect(page.get_by_role("main")).to_contain_text("€55.00")
    expect(page.get_by_role("main")).not_to_contain_text("Bat-Erdene")
    heading(page, "Matching of gifts")
    page.context.close()
