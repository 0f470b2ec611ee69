"""A regular gift on a phone: begun, unpaid, put right by a mailed link, changed and ended."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings

from donors import subscriptions
from donors.models import Pledge, PledgeState
from funding.mail import links
from funding.mail.models import Mail
from tests import make
from tests.donors.regular import Giver
from tests.journeys.conftest import Site
from tests.looks import faults, faults_in_every_view
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.users.conftest import code_in

pytestmark = pytest.mark.browser

ALICE = "alice@donor.example"


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site.url)
    yield context.new_page()
    context.close()


def heading(phone: Page, words: str) -> None:
    """This page is on show, and good for everybody in every look."""
    expect(phone.get_by_role("heading", level=1)).to_have_text(words)
    assert faults_in_every_view(phone) == []
    phone.set_viewport_size({"width": 390, "height": 844})


def test_a_regular_gift_from_its_beginning_to_its_end(
    phone: Page, site: Site, settings: Settings, tmp_path: Path, server: MailServer
) -> None:
    giver = Giver(site.stripe, settings, tmp_path)
    make.fund(make.entity(is_illustrative=True), slug="general")
    begin(phone)
    pledge = Pledge.objects.get()
    giver.plays(pledge, next=["insufficient_funds"])
    giver.passes(pledge)
    assert subscriptions.follow(pledge.pk).state == PledgeState.BEHIND
    put_right(phone, pledge)
    sign_in(phone, server)
    change(phone, pledge)


def begin(phone: Page) -> None:
    """Fill the form with a rhythm, and pay on the payment page."""
    phone.goto("/give/?amount=10")
    expect(phone.get_by_role("group", name="How much, once")).to_be_visible()
    phone.get_by_role("radio", name="Every month").check(force=True)
    expect(phone.get_by_role("group", name="How much, every month")).to_be_visible()
    expect(phone.locator("#give-button")).to_have_text("Give €10.00 every month")
    phone.get_by_label("Name", exact=True).fill("Alice Example")
    phone.get_by_label("E-mail", exact=True).fill(ALICE)
    assert faults_in_every_view(phone) == []
    phone.locator("#give-button").click()
    phone.get_by_label("Card number").wait_for()
    phone.locator("form", has=phone.get_by_label("Card number")).get_by_role("button").last.click()
    phone.wait_for_url(re.compile("/give/thanks/"))
    heading(phone, "Thank you for giving regularly.")


def put_right(phone: Page, pledge: Pledge) -> None:
    """Follow the mailed link, and give another card."""
    mail = Mail.objects.get(key__startswith=f"pledge:{pledge.pk}:failed-")
    link = re.search(r"\S+/pledge/\S+", links.fill(mail.text))
    assert link
    phone.goto(link.group())
    heading(phone, "This gift did not go through.")
    phone.get_by_role("button", name="Use another card or account").click()
    phone.get_by_label("Card number").fill("5555 5555 5555 4444")
    phone.locator("form", has=phone.get_by_label("Card number")).get_by_role("button").last.click()
    phone.wait_for_url(re.compile("/pledge/"))
    expect(phone.get_by_role("status")).to_contain_text("Card ending 4444 from now on.")
    heading(phone, "Nothing is open.")


def sign_in(phone: Page, server: MailServer) -> None:
    """By a mailed code, from the same page."""
    phone.get_by_role("main").get_by_role("link", name="Sign in").click()
    phone.get_by_label("E-mail", exact=True).fill(ALICE)
    phone.get_by_role("button", name="Mail me a code").click()
    phone.get_by_label("Code").fill(code_in(server))
    phone.get_by_role("button", name="Go on").click()
    heading(phone, "Your account")
    phone.get_by_role("link", name="€10.00 every month").click()
    heading(phone, "€10.00 every month")


def change(phone: Page, pledge: Pledge) -> None:
    """Pause, go on, give more, end."""
    phone.get_by_role("link", name="Pause").click()
    heading(phone, "Pause")
    phone.get_by_role("radio", name=re.compile("Leave 3 gifts out")).check(force=True)
    phone.get_by_role("button", name="Pause").click()
    expect(phone.get_by_role("status")).to_have_text("Your gifts are paused.")
    heading(phone, "€10.00 every month")
    phone.get_by_role("link", name="Go on now").click()
    phone.get_by_role("button", name="Go on now").click()
    expect(phone.get_by_role("status")).to_have_text("The pause is over.")
    for what, title in (
        ("rhythm", "Another rhythm"),
        ("day", "Another day"),
        ("fund", "Another fund"),
    ):
        phone.goto(f"/account/pledges/{pledge.uuid}/{what}/")
        heading(phone, title)
    phone.goto(f"/account/pledges/{pledge.uuid}/")
    phone.get_by_role("link", name="Change the sum").click()
    phone.get_by_label("How much each time").fill("1,500")
    phone.get_by_role("button", name="Change it").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    assert faults(phone) == []
    phone.get_by_label("How much each time").fill("15")
    phone.get_by_role("button", name="Change it").click()
    heading(phone, "€15.00 every month")
    phone.get_by_role("link", name="End", exact=True).click()
    heading(phone, "Stop giving €15.00 a month?")
    phone.get_by_role("button", name="Stop giving").click()
    expect(phone.get_by_role("status")).to_contain_text("Ended. Nothing more is taken.")
    heading(phone, "€15.00 every month")
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ENDED
    phone.get_by_role("link", name="Begin it again").click()
    expect(phone.get_by_role("button", name="Begin it again")).to_be_visible()
    phone.get_by_role("link", name="With another sum or card").click()
    expect(phone.locator("#give-button")).to_have_text("Give €15.00 every month")
