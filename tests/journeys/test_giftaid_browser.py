"""A British taxpayer declares Gift Aid on the giving form, with scripts and without."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from donors import gifts
from donors.giftaid.declarations import UNDERSTOOD
from donors.models import Channel, Declaration, Gift, Pledge, Scope
from tests.donors import taxpayers
from tests.donors.taxpayers import Society
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view

pytestmark = pytest.mark.browser

# The width of the window, and whether scripts run in it.
WINDOWS = [(390, True), (390, False), (1280, True), (1280, False)]
TOLD = {
    "First name": "Zoë",
    "Last name": "O'Brien-Smith",
    "House name or number": "12",
    "Postcode": "eh12 6t",
    "Title, if any": "Ms",
}


@pytest.fixture
def society(committed: None) -> Society:
    made = taxpayers.society()
    made.entity.is_illustrative = True
    made.entity.save()
    return made


@pytest.fixture(params=WINDOWS, ids=lambda each: f"{each[0]}-{'js' if each[1] else 'no-js'}")
def window(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a phone or a desk."""
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, base_url=site.url
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a phone, with scripts."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site.url)
    yield context.new_page()
    context.close()


def write(page: Page, query: str) -> None:
    """The form with a declaration in it whose postcode lacks a letter."""
    page.goto(f"/give/?amount=20&currency=GBP{query}")
    page.get_by_label("Name", exact=True).fill("Zoë O'Brien-Smith")
    page.get_by_label("E-mail", exact=True).fill("zoe@donor.example")
    page.locator("summary", has_text="Gift Aid, for UK taxpayers").click()
    for label, words in TOLD.items():
        page.get_by_label(label, exact=True).fill(words)


def choose(page: Page, scope: str) -> None:
    page.get_by_role("radio", name=scope, exact=True).check()


def keeps_what_was_typed(page: Page, scope: str) -> None:
    """Open at the mistake, with everything in it."""
    part = page.locator("details", has=page.locator("#id_gift_aid"))
    expect(part).to_have_attribute("open", "")
    expect(page.get_by_role("radio", name=scope, exact=True)).to_be_checked()
    for label, words in TOLD.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(words)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoë O'Brien-Smith")


def pay(page: Page) -> None:
    page.locator("#give-button").click()
    page.get_by_label("Card number").wait_for()
    page.locator("form", has=page.get_by_label("Card number")).get_by_role("button").last.click()
    page.wait_for_url(re.compile("/give/thanks/"))


def test_a_taxpayer_declares_on_the_form_mends_a_mistake_and_the_words_are_kept(
    window: Page, society: Society
) -> None:
    write(window, "")
    shown = window.locator("#aid-words")
    expect(shown).to_contain_text("my donation to Royal Manul Society. " + UNDERSTOOD)
    told = shown.inner_text()
    choose(window, "For all my gifts")
    window.locator("#give-button").click()
    expect(window.locator("#id_gift_aid_error")).to_contain_text("Write a UK postcode")
    keeps_what_was_typed(window, "For all my gifts")
    assert Gift.objects.count() == Declaration.objects.count() == 0
    window.get_by_label("Postcode", exact=True).fill("eh12 6ts")
    pay(window)
    gift, made = gifts.follow(Gift.objects.get().pk), Declaration.objects.get()
    assert gift.settled_at is not None
    assert (made.gift, made.scope, made.channel) == (gift, Scope.ALL, Channel.FORM)
    assert made.wording in told
    assert made.wording.startswith("I want to Gift Aid this donation and any donations")
    assert "Royal Manul Society" in made.wording
    assert made.wording.endswith(UNDERSTOOD)
    assert (made.title, made.first_name, made.last_name) == ("Ms", "Zoë", "O'Brien-Smith")
    assert (made.house, made.postcode) == ("12", "EH12 6TS")


def test_one_gift_alone_is_declared_in_words_that_name_its_sum(
    phone: Page, society: Society
) -> None:
    write(phone, "")
    choose(phone, "For this gift")
    assert faults_in_every_view(phone) == []
    phone.get_by_label("Postcode", exact=True).fill("x")
    pay(phone)
    made = Declaration.objects.get()
    assert (made.scope, made.gift, made.postcode) == (Scope.ONE, Gift.objects.get(), "X")
    assert "my donation of £20.00 to Royal Manul Society." in made.wording


def test_a_regular_gift_is_declared_for_all_its_instalments_and_for_no_single_one(
    phone: Page, society: Society
) -> None:
    write(phone, "&rhythm=monthly")
    phone.get_by_label("Postcode", exact=True).fill("EH12 6TS")
    choose(phone, "For this gift")
    phone.locator("#give-button").click()
    expect(phone.locator("#id_gift_aid_error")).to_contain_text("A regular gift is many gifts.")
    assert faults_in_every_view(phone) == []
    assert Pledge.objects.count() == Declaration.objects.count() == 0
    choose(phone, "For all my gifts")
    pay(phone)
    made = Declaration.objects.get()
    assert (made.scope, made.pledge, made.gift) == (Scope.ALL, Pledge.objects.get(), None)
