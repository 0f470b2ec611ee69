"""What stands behind "more" on the giving form, opened and used on a phone: once and regularly."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings

from donors import gifts, splits, subscriptions
from donors.models import Gift, Pledge, PledgeState, Tribute
from tests import make
from tests.donors.regular import Giver
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view

pytestmark = pytest.mark.browser

REX = "rex@reader.example"


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site.url)
    yield context.new_page()
    context.close()


def open_all(phone: Page) -> None:
    """Every part of the form that is folded up."""
    for words in ("Split it over several funds", "In honour or in memory of somebody"):
        phone.locator("summary", has_text=words).click()
    phone.locator("summary", has_text="A few words with it").click()
    expect(phone.locator("details.field:not([open])")).to_have_count(0)


def fill(phone: Page) -> None:
    """Two funds, a dedication with a card, and who gives."""
    phone.get_by_label("General fund", exact=True).fill("60 %")
    phone.get_by_label("Dogs and herders", exact=True).fill("40 %")
    phone.get_by_role("radio", name="In memory of").check(force=True)
    phone.get_by_label("Their name").fill("Ulla Ås")
    phone.get_by_label("Your words").fill("She counted cats.")
    phone.get_by_label("To", exact=True).fill("Rex Reader")
    phone.get_by_label("At this e-mail address").fill(REX)
    phone.get_by_label("Name", exact=True).fill("Alice Example")
    phone.get_by_label("E-mail", exact=True).fill("alice@donor.example")


def pay(phone: Page) -> None:
    phone.locator("#give-button").click()
    phone.get_by_label("Card number").wait_for()
    phone.locator("form", has=phone.get_by_label("Card number")).get_by_role("button").last.click()
    phone.wait_for_url(re.compile("/give/thanks/"))


def test_one_gift_and_a_regular_one_with_all_that_a_gift_may_carry(
    phone: Page, site: Site, settings: Settings, tmp_path: Path
) -> None:
    giver = Giver(site.stripe, settings, tmp_path)
    entity = make.entity(is_illustrative=True)
    general = make.fund(entity, slug="general")
    dogs = make.fund(entity, "Dogs and herders", slug="dogs", position=200)

    phone.goto("/give/?amount=25")
    open_all(phone)
    assert faults_in_every_view(phone) == []
    phone.set_viewport_size({"width": 390, "height": 844})
    fill(phone)
    pay(phone)
    gift = gifts.follow(Gift.objects.get().pk)
    assert list(gift.lines.order_by("position").values_list("fund_id", "amount_minor")) == [
        (general.pk, 1500),
        (dogs.pk, 1000),
    ]
    assert Tribute.objects.get().to_email == REX

    phone.goto("/give/?amount=25&rhythm=monthly")
    open_all(phone)
    fill(phone)
    phone.get_by_label("Dogs and herders", exact=True).fill("41 %")
    phone.locator("#give-button").click()
    expect(phone.locator("#said")).to_contain_text("The parts are 101 percent.")
    assert faults_in_every_view(phone) == []
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.get_by_label("Dogs and herders", exact=True).fill("40 %")
    pay(phone)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you for giving regularly.")
    assert faults_in_every_view(phone) == []
    giver.seconds(100)
    pledge = subscriptions.follow(Pledge.objects.get().pk)
    assert pledge.state == PledgeState.ACTIVE
    assert splits.of(pledge) == [(general.pk, 1500), (dogs.pk, 1000)]
    assert Tribute.objects.count() == 2
