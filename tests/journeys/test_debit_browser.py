"""A gift by direct debit on a phone, from the form to the day on which the money is here."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from donors import gifts, receipts
from donors.models import Gift
from funding.mail.models import Mail
from tests import make
from tests.journeys.conftest import Site
from tests.looks import faults

pytestmark = pytest.mark.browser

SEPA, SEPA_FAILS = "AT611904300234573201", "AT861904300235473202"


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a phone, by day and by night."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=request.param, base_url=site.url
    )
    yield context.new_page()
    context.close()


def give(phone: Page, account: str) -> Gift:
    """Fill the form, and let an account be debited on the payment page."""
    phone.goto("/give/?amount=31")
    phone.get_by_label("Name", exact=True).fill("Alice Example")
    phone.get_by_label("E-mail", exact=True).fill("alice@donor.example")
    assert faults(phone) == []
    phone.get_by_role("button", name="Give €31.00").click()
    form = phone.locator("form", has=phone.get_by_role("button", name=re.compile("^Debit")))
    form.get_by_label("Account holder").fill("Alice Example")
    form.get_by_label("IBAN").fill(account)
    form.get_by_role("combobox").select_option("")
    form.get_by_role("button").click()
    phone.wait_for_url(re.compile("/give/thanks/"))
    return Gift.objects.get()


def test_a_debit_is_promised_then_here(phone: Page, site: Site) -> None:
    make.fund(make.entity(is_illustrative=True), slug="general")
    gift = give(phone, SEPA)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Promised. Not here yet.")
    expect(phone.get_by_role("main")).to_contain_text("SEPA Direct Debit ending 3201")
    assert faults(phone) == []
    assert gift.is_processing
    assert Mail.objects.get().key == f"gift:{gift.pk}:debit_pending"
    site.stripe.control("clock", advance_days=3)
    site.stripe.control("clock", advance_seconds=100)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. It is here.")
    receipts.sweep()
    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("is in your mail at a…@donor.example")
    assert faults(phone) == []


def test_a_debit_that_the_bank_refuses_leads_to_the_filled_form(phone: Page, site: Site) -> None:
    make.fund(make.entity(is_illustrative=True), slug="general")
    gift = give(phone, SEPA_FAILS)
    site.stripe.control("clock", advance_days=3)
    gifts.follow(gift.pk)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("This gift was not made")
    assert faults(phone) == []
    told = Mail.objects.get(key=f"gift:{gift.pk}:debit_failed").text
    link = re.search(r"\S+/give/\?\S+", told)
    assert link
    phone.goto(link.group())
    expect(phone.get_by_role("button", name="Give €31.00")).to_be_visible()
