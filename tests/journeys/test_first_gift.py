"""The stranger: one command, a gift of EUR 25.50 by card, and the receipt in the mailbox."""

import io
import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.looks import faults
from tests.sandbox.checkouts import Checkout

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("up")]
FIVE_MINUTES = 300


@pytest.fixture
def checkout(demonstration: Checkout) -> Checkout:
    return demonstration


@pytest.fixture
def window(browser: Browser, checkout: Checkout) -> Iterator[Page]:
    """A window on a phone, at the product's address."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=f"http://localhost:{checkout.port}"
    )
    yield context.new_page()
    context.close()


def mails(checkout: Checkout, to: str) -> list[dict[str, Any]]:
    """What was mailed to an address."""
    rows: list[dict[str, Any]] = json.loads(checkout.get(checkout.sandbox_port, "/mail.json"))
    return [row for row in rows if to in row["to"]]


def test_a_stranger_gives_and_reads_the_receipt(window: Page, checkout: Checkout) -> None:
    began = time.monotonic()
    window.goto("/")
    assert "Illustrative" in window.content()
    window.get_by_role("link", name="Give to the fund").click()
    window.get_by_label("Other amount").fill("25.50")
    window.get_by_role("radio", name=re.compile("Dogs and herders")).check(force=True)
    window.get_by_label("Name", exact=True).fill("Bat-Erdene")
    window.get_by_label("E-mail", exact=True).fill("stranger@donor.example")
    expect(window.get_by_role("button", name="Give €25.50")).to_be_visible()
    assert faults(window) == []
    window.get_by_role("button", name="Give €25.50").click()
    expect(window.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    assert faults(window) == []
    window.get_by_role("button", name="Donate").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Thank you. It is here.")
    assert faults(window) == []
    while not (found := mails(checkout, "stranger@donor.example")):
        assert time.monotonic() - began < FIVE_MINUTES
        window.wait_for_timeout(200)
    _read_receipt(found, checkout)
    done = checkout.command("ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def _read_receipt(found: list[dict[str, Any]], checkout: Checkout) -> None:
    (mail,) = found
    assert "€25.50" in mail["subject"]
    (paper,) = [each for each in mail["attachments"] if each["name"].endswith(".pdf")]
    assert paper["content_type"] == "application/pdf"
    with urllib.request.urlopen(paper["url"], timeout=20) as answer:
        text = PdfReader(io.BytesIO(answer.read())).pages[0].extract_text()
    assert "€25.50" in text
    assert "Bat-Erdene" in text
    assert "Dogs and herders" in text
    code = re.search(r"/verify/([A-Z0-9-]+)", text)
    assert code
    assert "valid" in checkout.get(checkout.port, f"/verify/{code[1]}/").lower()


def test_a_second_start_finds_the_demonstration_made(checkout: Checkout) -> None:
    made = checkout.sql("SELECT count(*), sum(amount_minor) FROM donors_gift")
    checkout.close()
    checkout.up()
    assert checkout.sql("SELECT count(*), sum(amount_minor) FROM donors_gift") == made
