"""The console and the mailbox in a browser: axe finds nothing, nothing scrolls sideways."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page

from tests.sandbox.rehearsal import Site, receipt
from tests.sandbox.test_console_banks import paid
from tests.sandbox.test_console_page import SECRET, pay, press
from tests.sandbox.test_console_regular import giving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    running.send(receipt())
    people = [
        {"group": "Who applies", "name": "Asel Toktogulova", "email": "asel@ala-too-cats.example"},
        {"group": "Who runs it", "name": "Tara Lindqvist-Oyelaran", "email": "tara@x.example"},
    ]
    people[1]["secret"] = SECRET
    running.people.write_text(json.dumps(people))
    pay(running)
    for word in ("inquire", "dispute", "warn"):
        charge = paid(running, card="4000000000000077")
        press(running, "/console/banks", do=word, id=charge["id"])
    paid(running, account="AT611904300234573201")
    for word in ("pay_out", "daily", "fee"):
        press(running, "/console/banks", do=word)
    running.emulator.deliver_due()
    press(running, "/console/faults", **{"webhooks.delay": "on"})
    yield running
    running.close()


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_for_everyone(site: Site, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    paths = ["/", "/banks", "/mail", "/mail?to=eve@x.example", "/mail/1", "/nothing"]
    for path in [*paths, *giving(site), "/regular"]:
        page.goto(site.url + path)
        found = Axe().run(page, options={"iframes": False})
        assert found.violations_count == 0, found.generate_report()
        assert sideways(page) <= 0
        if folder := os.environ.get("SCREENSHOTS"):
            name = path.strip("/").replace("/", "-").partition("?")[0] or "console"
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    # A page that is missing is the one thing the browser's console may tell of.
    assert [text for text in errors if "404" not in text and "script" not in text.lower()] == []
    context.close()


def test_a_script_in_a_mail_does_nothing(site: Site, browser: Browser) -> None:
    page = browser.new_page()
    spoken: list[str] = []

    def listen(dialog: Dialog) -> None:
        spoken.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", listen)
    page.goto(f"{site.url}/mail/1")
    inside = page.frame_locator("iframe")
    assert "We received" in inside.locator("body").inner_text()
    assert spoken == []
    page.close()


def test_a_link_in_a_mail_opens_beside_it(site: Site, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/mail/1")
    with page.expect_popup() as opened:
        page.frame_locator("iframe").get_by_role("link").click()
    opened.value.close()
    assert page.url == f"{site.url}/mail/1"
    page.close()
