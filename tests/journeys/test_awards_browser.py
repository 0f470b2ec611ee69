"""The pages of an award as a browser shows them to its people, on a phone and a desk."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from funding import clock
from funding.users.models import User
from grants import disbursements
from tests.clocks import clock_at as clock_at
from tests.grants.payments.cast import IBAN, OTHER_IBAN, Stage, stage
from tests.grants.payments.figures import assert_identity, figures
from tests.journeys.conftest import Site
from tests.looks import VIEWS, faults, faults_in_every_view
from tests.people import sign_in

pytestmark = pytest.mark.browser


def window(
    browser: Browser, site: Site, person: User, width: int = 390, scheme: str = "light"
) -> Iterator[Page]:
    """A window in which the person has signed in, staff with both steps."""
    client = Client()
    sign_in(client, person, factor=person.terms.exists())
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=site.url,
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    yield context.new_page()
    context.close()


def lived() -> Stage:
    """An award with a payment in every state."""
    set_ = stage()
    set_.paid(20_000)
    set_.returned(5_000)
    set_.checked(set_.requested(30_000))
    set_.requested(10_000)
    row = set_.requested(40_000)
    disbursements.decline(disbursement_id=row.pk, why="Drones disturb dens.", by=set_.dan)
    return set_


def test_axe_finds_nothing_on_the_pages_of_an_award(browser: Browser, site: Site) -> None:
    set_ = lived()
    award = f"/awards/{set_.award.pk}/"
    shown = {
        set_.asel: ["", "bank/", "ask/"],
        set_.pat: ["", "2/", "3/", "screening/", "cancel/", "/awards/"],
        set_.tara: ["2/", "return/", "/treasurer/payments/"],
    }
    troubles = []
    for person, addresses in shown.items():
        for page in window(browser, site, person):
            for address in addresses:
                page.goto(address if address.startswith("/") else award + address)
                troubles += faults_in_every_view(page)
    assert troubles == []


def test_a_form_with_mistakes_says_so_above_and_at_the_field(browser: Browser, site: Site) -> None:
    set_ = stage()
    for width, scheme in VIEWS:
        for page in window(browser, site, set_.asel, width, scheme):
            page.goto(f"/awards/{set_.award.pk}/bank/")
            page.get_by_label("Account holder").fill("Steppe Team")
            page.get_by_label("IBAN", exact=True).fill("SE46 5000")
            page.get_by_role("button", name="Keep these details").click()
            expect(page.get_by_role("alert")).to_contain_text("This is no IBAN")
            expect(page.get_by_label("IBAN", exact=True)).to_have_value("SE46 5000")
            assert faults(page) == []
            page.get_by_role("alert").get_by_role("link").click()
            assert page.evaluate("document.activeElement.name") == "iban"


def test_three_people_pay_in_three_browsers(
    browser: Browser, site: Site, clock_at: Callable[[dt.datetime], None]
) -> None:
    set_ = stage()
    award = f"/awards/{set_.award.pk}/"
    for page in window(browser, site, set_.asel):
        page.goto("/inbox/")
        page.get_by_role("link", name="Say where your award is paid to: Steppe").click()
        page.get_by_label("Account holder").fill("Steppe Team")
        page.get_by_label("IBAN", exact=True).fill(OTHER_IBAN)
        page.get_by_role("button", name="Keep these details").click()
        page.get_by_role("link", name="Ask for a payment").first.click()
        page.get_by_label("How much, EUR").fill("250,50")
        page.get_by_label("What it is for").fill("Camera traps")
        page.get_by_role("button", name="Ask for this payment").click()
        expect(page.get_by_role("status")).to_contain_text("Asked.")
    for page in window(browser, site, set_.pat):
        page.goto("/inbox/")
        page.get_by_role("link", name="Check a payment of €250.50 for Steppe").click()
        set_.banked(iban=IBAN)
        page.get_by_role("button", name="Checked: €250.50").click()
        expect(page.get_by_role("alert")).to_contain_text("The bank details were changed")
        expect(page.get_by_role("main")).to_contain_text(IBAN)
        page.get_by_role("button", name="Checked: €250.50").click()
        expect(page.get_by_role("main")).to_contain_text("Waits for a treasurer")
        page.get_by_role("link", name="Write down a look into a list").click()
        page.get_by_label("List", exact=True).fill("Example list")
        page.get_by_label("The list’s own date").fill("2026-01-02")
        page.get_by_label("Result").select_option("No match found")
        page.get_by_label("What you looked at").fill("Looked up both names.")
        page.get_by_role("button", name="Write it down").click()
    for page in window(browser, site, set_.tara):
        page.goto("/inbox/")
        page.get_by_role("link", name="Release a payment of €250.50 for Steppe").click()
        # The account was changed on the way, and its owner gets time to read of it.
        expect(page.get_by_role("main")).to_contain_text("It is paid to from")
        expect(page.get_by_label("The bank’s reference")).to_have_count(0)
    clock_at(clock.now() + dt.timedelta(hours=73))
    for page in window(browser, site, set_.tara):
        page.goto("/inbox/")
        page.get_by_role("link", name="Release a payment of €250.50 for Steppe").click()
        page.get_by_label("The bank’s reference").fill("SEB 4711")
        page.get_by_role("button", name="Released: €250.50").click()
        expect(page.get_by_role("main")).to_contain_text("reference SEB 4711")
        page.goto(award)
        expect(page.locator("tr.total")).to_contain_text("749.50")
    assert figures(set_.award)["paid"] == 25_050
    assert_identity(set_.award)
