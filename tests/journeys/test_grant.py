"""The other half: an applicant asks, a committee votes, three people pay, a report shows it.

Everybody signs in from the console's list of people, as a stranger would who tries it out.
"""

import datetime as dt
import io
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from funding import clock
from tests.looks import faults
from tests.sandbox.checkouts import Checkout

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("up")]

TITLE = "Snow tracks above the timber line"
IBAN = "SE45 5000 0000 0583 9825 7466"


class Cast:
    """The people of the console's list, each in a window of their own."""

    def __init__(self, browser: Browser, checkout: Checkout) -> None:
        self.browser, self.checkout = browser, checkout

    @contextmanager
    def window(self, name: str, width: int = 1280) -> Iterator[Page]:
        """A window in which this person has signed in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            base_url=f"http://localhost:{self.checkout.port}",
        )
        page = context.new_page()
        try:
            self._sign_in(page, name)
            yield page
        finally:
            context.close()

    def _row(self, name: str) -> str:
        rows = self.checkout.get(self.checkout.sandbox_port, "/").split("<li>")
        return next(row for row in rows if f"<b>{name}" in row)

    def _sign_in(self, page: Page, name: str) -> None:
        found = re.search(r'class="address">([^<]+)<', self._row(name))
        assert found
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(found[1])
        page.get_by_role("button", name="Mail me a code").click()
        box = self.checkout.get(self.checkout.sandbox_port, f"/mail?to={quote(found[1])}")
        code = re.search(r"Your code: ([\w-]+)", box)
        assert code
        page.get_by_label("Code").fill(code[1])
        page.get_by_role("button", name="Go on").click()
        for _ in range(3):
            page.wait_for_load_state()
            if "2fa" not in page.url:
                return
            # The half minute of a code may end between the list and the answer.
            shown = re.search(r'<b class="code">(\d{3}) (\d{3})</b>', self._row(name))
            assert shown
            page.get_by_label("Code").fill(shown[1] + shown[2])
            page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def cast(browser: Browser, demonstration: Checkout) -> Cast:
    return Cast(browser, demonstration)


def good(page: Page) -> None:
    """Nothing that axe complains of, and nothing to scroll sideways."""
    assert faults(page) == []


def apply(page: Page) -> None:
    """The form, on a phone, from the open round to the sending."""
    page.goto("/apply/")
    good(page)
    page.locator("a[href*='/apply/rounds/']").first.click()
    good(page)
    questions = page.locator("fieldset:has(input[value=yes])").all()
    for question, said in zip(questions, ("Yes", "Yes", "No"), strict=True):
        question.get_by_role("radio", name=said, exact=True).check(force=True)
    page.get_by_label("Title of the work").fill(TITLE)
    page.get_by_label("Theme of the strategy").select_option(index=1)
    page.get_by_label("Area of focus").select_option(index=1)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_role("alert")).to_contain_text("to put right")
    good(page)
    page.get_by_label("Country", exact=True).select_option("KG")
    page.get_by_role("textbox", name="Summary").fill(
        "We follow tracks on forty transects through one winter."
    )
    page.locator("[name=methods]").fill("Forty transects, three times; tracks are counted.")
    today = clock.today("UTC")
    page.locator("[name=starts_on]").fill((today + dt.timedelta(days=200)).isoformat())
    page.locator("[name=ends_on]").fill((today + dt.timedelta(days=350)).isoformat())
    for name, text in (("what", "Two trackers"), ("quantity", "60"), ("unit", "45.00")):
        page.locator(f"[name=line-0-{name}]").fill(text)
    page.locator("[name=minimum]").fill("2000.00")
    page.locator("[name=minimum_reason]").fill("With less there is no third walk.")
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_text("with the committee").first).to_be_visible()
    good(page)


def to_the_round(page: Page) -> None:
    """A member opens the round that is being decided."""
    page.goto("/committee/")
    good(page)
    page.locator("main a[href*='/committee/rounds/']", has_text="open").or_(
        page.locator("main a[href*='/committee/rounds/']")
    ).first.click()
    good(page)


def declare(page: Page) -> None:
    """A member says that they have no interest in the application, and it opens to them."""
    to_the_round(page)
    page.get_by_role("link", name="Declare", exact=True).click()
    good(page)
    asked = page.locator("section", has=page.get_by_role("heading", name=TITLE))
    asked.get_by_role("radio", name="None").check(force=True)
    page.get_by_role("button", name="Declare").click()
    good(page)


def propose(page: Page) -> None:
    """The chair writes a motion and puts it to the vote."""
    good(page)
    to_the_round(page)
    page.get_by_role("link", name=TITLE).click()
    good(page)
    page.go_back()
    page.get_by_role("link", name="Write a motion").click()
    page.get_by_label("Words of the motion").fill("That the tracks be followed.")
    page.get_by_label(f"{TITLE}, General fund").fill("2500.00")
    page.get_by_role("button", name="Save the draft").click()
    good(page)
    page.get_by_role("button", name="Put to the vote").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Motion")
    good(page)


def vote(page: Page) -> None:
    """A member finds the vote in the inbox and casts it."""
    page.goto("/inbox/")
    page.get_by_role("link", name=re.compile("otion")).last.click()
    good(page)
    if page.get_by_role("link", name=TITLE).count():
        page.get_by_role("link", name=TITLE).first.click()
    good(page)
    page.get_by_role("radio", name="For", exact=True).check(force=True)
    page.get_by_role("button", name="Cast my vote").click()


def ask_for_money(page: Page) -> None:
    """The applicant says where the money goes and asks for all of it."""
    page.goto("/inbox/")
    good(page)
    page.goto("/apply/")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="To the award").click()
    good(page)
    page.get_by_role("link", name="Enter the bank details").click()
    page.get_by_label("Account holder").fill("Ala-Too Highland Cats")
    page.get_by_label("IBAN", exact=True).fill(IBAN)
    good(page)
    page.get_by_role("button", name="Keep these details").click()
    page.get_by_role("link", name="Ask for a payment").first.click()
    page.locator("[name=amount]").fill("2500.00")
    page.locator("[name=purpose]").fill("Both trackers, the whole winter.")
    good(page)
    page.get_by_role("button", name="Ask for this payment").click()
    expect(page.get_by_text("Requested").first).to_be_visible()
    good(page)


def check(page: Page) -> None:
    """The officer checks the payment."""
    to_award(page)
    good(page)
    page.get_by_role("link", name=re.compile("^Check the payment")).click()
    good(page)
    page.get_by_role("button", name=re.compile("^Checked")).click()


def look_up(page: Page) -> None:
    """And looks the payee up in a list."""
    to_award(page)
    page.get_by_role("link", name="Write down a look into a list").first.click()
    page.locator("[name=names]").fill("Ala-Too Highland Cats")
    page.locator("[name=list_name]").fill("Example list")
    page.locator("[name=list_date]").fill(clock.today("UTC").isoformat())
    page.locator("[name=result]").select_option("no_match")
    page.locator("[name=note]").fill("Looked up the holder and the organisation.")
    good(page)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Example list").first).to_be_visible()


def release(page: Page) -> None:
    """The treasurer has paid it at the bank, and writes down what the bank did."""
    page.goto("/treasurer/")
    good(page)
    page.goto("/treasurer/payments/")
    good(page)
    to_award(page)
    page.get_by_role("link", name=re.compile("^Release the payment")).click()
    page.locator("[name=reference]").fill("NS 2027 0041")
    page.locator("[name=fee]").fill("1.50")
    good(page)
    page.get_by_role("button", name=re.compile("^Released")).click()
    expect(page.get_by_text("Paid").first).to_be_visible()
    good(page)


def to_award(page: Page) -> None:
    """From the list of awards, as staff find one."""
    page.goto("/awards/?q=tracks+above")
    page.get_by_role("link", name=TITLE).click()


def report(page: Page, get: Callable[[str], bytes]) -> None:
    """The treasurer asks for a fund report, watches it being made, and reads the payment."""
    page.goto("/reports/")
    good(page)
    page.locator("[name=subject]").select_option(label="General fund")
    page.get_by_role("button", name="Make the report").click()
    link = page.locator("main a[href$='.pdf']").first
    expect(link).to_be_visible(timeout=60_000)
    good(page)
    pages = PdfReader(io.BytesIO(get(link.get_attribute("href") or ""))).pages
    text = " ".join(each.extract_text() for each in pages)
    assert TITLE in " ".join(text.split())


def turn(checkout: Checkout, *, days: int) -> None:
    """Let both clocks go on, a day at a time, as the console's button does."""
    wanted = urllib.request.Request(
        f"http://localhost:{checkout.sandbox_port}/_control/clock",
        data=json.dumps({"advance_days": days}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(wanted, timeout=300) as answer:
        assert answer.status == 200


def test_an_award_goes_from_the_form_to_the_bank_and_into_a_report(
    cast: Cast, demonstration: Checkout
) -> None:
    with cast.window("Asel", 390) as page:
        apply(page)
    with cast.window("Dan") as page:
        declare(page)
        propose(page)
        vote(page)
    for name, width in (("Carol", 390), ("Pema", 1280), ("Nadia", 1280)):
        with cast.window(name, width) as page:
            declare(page)
            vote(page)
    turn(demonstration, days=8)
    with cast.window("Asel", 390) as page:
        ask_for_money(page)
    with cast.window("Pat") as page:
        check(page)
        look_up(page)
    with cast.window("Tara") as page:
        release(page)
        report(page, lambda place: page.request.get(place).body())
    done = demonstration.command("ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
