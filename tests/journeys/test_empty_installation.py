"""From nothing: `up --no-demo`, one command, and then pages only, to the first gift received."""

import contextlib
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.looks import faults
from tests.sandbox.checkouts import Checkout
from tests.users.conftest import app_code

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("up")]
ADA, TARA = "ada@fund.example", "tara@fund.example"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    """Everything, started as the README says, with nothing in it."""
    with (
        tempfile.TemporaryDirectory(prefix="manul-empty-") as name,
        contextlib.closing(Checkout(Path(name))) as running,
    ):
        running.up("--no-demo")
        yield running


class Person:
    """Somebody at a browser of their own, with a mailbox and an authenticator app."""

    def __init__(self, page: Page, checkout: Checkout, email: str) -> None:
        self.page, self.checkout, self.email = page, checkout, email
        self.troubles: list[str] = []

    def mails(self) -> list[dict[str, Any]]:
        """What came to this person, the newest first."""
        rows: list[dict[str, Any]] = json.loads(
            self.checkout.get(self.checkout.sandbox_port, "/mail.json")
        )
        return [row for row in rows if self.email in row["to"]]

    def sees(self, heading: str) -> None:
        """The page is the one with this heading, and axe finds nothing on it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.troubles += faults(self.page)

    def goes(self, address: str, heading: str) -> None:
        """Open an address."""
        self.page.goto(address)
        self.sees(heading)

    def writes(self, **labels: str) -> None:
        """Fill in the last form by what stands beside its fields, with _ for a space."""
        for label, text in labels.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).last.fill(text)

    def chooses(self, **labels: str) -> None:
        """Choose from lists by what stands beside them."""
        for label, value in labels.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).last.select_option(value)

    def presses(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follows(self, name: str) -> None:
        """Follow a link of the page's middle."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()

    def signs_in(self) -> None:
        """By a mailed code."""
        self.goes("/accounts/login/", "Sign in")
        self.writes(**{"E-mail": self.email})
        self.presses("Mail me a code")
        self.sees("Type the code from your mail")
        told = "\n".join(mail["text"] for mail in self.mails())
        code = re.search(r"Your code: (\S+)", told)
        assert code
        self.writes(Code=code[1])
        self.presses("Go on")

    def enrols(self) -> None:
        """An authenticator app, as whoever holds a role must."""
        self.sees("Add a second step")
        self.follows("Add an app")
        self.sees("Add an authenticator app")
        secret = self.page.locator("code.secret").inner_text().replace(" ", "")
        self.writes(Code=app_code(secret))
        self.presses("Add the app")
        self.sees("Recovery codes")


@pytest.fixture
def people(browser: Browser, checkout: Checkout) -> Iterator[dict[str, Person]]:
    """Ada at a desk, Tara and a visitor on their phones."""
    contexts, found = [], {}
    for email, width in ((ADA, 1280), (TARA, 390), ("first@donor.example", 390)):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            base_url=f"http://localhost:{checkout.port}",
        )
        contexts.append(context)
        found[email.partition("@")[0]] = Person(context.new_page(), checkout, email)
    yield found
    for context in contexts:
        context.close()


def test_from_nothing_to_the_first_gift(people: dict[str, Person], checkout: Checkout) -> None:
    ada, tara, visitor = people["ada"], people["tara"], people["first"]
    visitor.goes("/", "Not rare enough to be funded.")
    visitor.goes("/give/", "Give to the fund")
    expect(visitor.page.get_by_role("main")).to_contain_text("No fund is open to gifts yet.")
    done = checkout.command("first_administrator", ADA, "--name", "Ada Example")
    assert done.returncode == 0, done.stderr
    ada.signs_in()
    ada.page.goto("/setup/")
    ada.enrols()
    _sets_up_a_body(ada)
    _opens_a_fund(ada)
    _names_a_treasurer(ada)
    _proposes_a_balance(ada)
    _books_it(tara)
    _calls_for_applications(tara, visitor)
    _gives(visitor, checkout)
    _reads_what_came(tara)
    ada.goes("/setup/", "Setting up")
    expect(ada.page.get_by_text("next", exact=True)).to_have_count(0)
    done = checkout.command("ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [said for person in people.values() for said in person.troubles] == []


def _sets_up_a_body(ada: Person) -> None:
    ada.goes("/setup/", "Setting up")
    ada.follows("Set it up")
    ada.sees("A receiving body")
    ada.presses("Set it up")
    ada.sees("A receiving body")
    ada.writes(
        Legal_name="Stiftelsen Manul",
        Address="Stenbacken 4\n000 00 Norrvik",
        Who_signs_receipts="Tara Lindqvist",
        In_which_office="Treasurer",
        Series_of_its_papers="SM",
        Its_bank_account="Norrviks Sparbank",
    )
    ada.writes(**{"Contact e-mail": "fund@manul.example"})
    ada.chooses(
        Tax_paragraph_on_receipts="none", Country="SE", Time_zone="Europe/Stockholm", Currency="EUR"
    )
    ada.presses("Set it up")
    ada.sees("Setting up")


def _opens_a_fund(ada: Person) -> None:
    ada.follows("Open a fund")
    ada.sees("Open a fund")
    ada.writes(Name="Снежный фонд", Purpose="For manul projects in the mountains.")
    ada.chooses(Who_has_tied_the_money="unrestricted")
    ada.presses("Open the fund")
    ada.sees("Open a fund")
    ada.writes(Word_in_its_address="snow", Reserve="0")
    ada.presses("Open the fund")
    ada.sees("Снежный фонд")


def _names_a_treasurer(ada: Person) -> None:
    ada.goes("/people/", "People")
    ada.writes(**{"E-mail": TARA, "Name": "Tara Lindqvist"})
    ada.chooses(Role="treasurer")
    ada.presses("Give the role")
    ada.sees("People")
    # A small fund: the treasurer also keeps the rounds.
    ada.writes(**{"E-mail": TARA})
    ada.chooses(Role="officer")
    ada.presses("Give the role")
    ada.sees("People")
    ada.goes("/setup/", "Setting up")
    expect(ada.page.get_by_text("next", exact=True)).to_have_count(0)


def _proposes_a_balance(ada: Person) -> None:
    ada.goes("/treasurer/openings/", "Opening balances")
    ada.chooses(
        Fund="Снежный фонд, unrestricted",
        Where_the_money_lay="Norrviks Sparbank (Stiftelsen Manul)",
    )
    ada.writes(Sum="1200", From_which_books="The old books, page 7.", On_which_day="2026-01-01")
    ada.presses("Propose it")
    ada.sees("€1,200.00 brought forward in Снежный фонд")
    expect(ada.page.get_by_role("button", name="Book €1,200.00")).to_have_count(0)


def _books_it(tara: Person) -> None:
    tara.signs_in()
    tara.page.goto("/inbox/")
    tara.enrols()
    tara.goes("/inbox/", "What waits for you")
    tara.follows("Bring €1,200.00 forward in Снежный фонд?")
    tara.sees("€1,200.00 brought forward in Снежный фонд")
    tara.presses("Book €1,200.00")
    expect(tara.page.get_by_role("status")).to_contain_text("Booked.")
    tara.goes("/treasurer/", "Treasurer’s desk")
    expect(tara.page.get_by_role("main")).to_contain_text("€1,200.00")


def _calls_for_applications(tara: Person, visitor: Person) -> None:
    tara.goes("/officer/", "Officer’s desk")
    tara.follows("Write a round")
    tara.sees("A new round")
    tara.writes(
        Name="First round",
        The_call="Whoever works for the manul may ask.",
        By_what_the_committee_decides="What it changes for the cats.",
        The_most_that_one_may_ask_for="500",
        Opens="2026-01-01T00:00",
        Closes="2099-12-31T12:00",
        Applicants_hear_by="2100-01-31",
        **{"Снежный фонд": "800"},
    )
    tara.presses("Save the round")
    tara.sees("First round")
    tara.presses("Publish this round")
    tara.sees("First round")
    visitor.goes("/rounds/", "Rounds")
    expect(visitor.page.get_by_role("main")).to_contain_text("First round")


def _gives(visitor: Person, checkout: Checkout) -> None:
    visitor.goes("/give/", "Give to the fund")
    visitor.writes(Other_amount="25.50", Name="First Donor", **{"E-mail": visitor.email})
    visitor.presses("Give €25.50")
    visitor.page.get_by_role("button", name="Donate").click()
    visitor.sees("Thank you. It is here.")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any("€25.50" in mail["subject"] for mail in visitor.mails()):
        assert time.monotonic() < deadline, visitor.mails()
        visitor.page.wait_for_timeout(200)


def _reads_what_came(tara: Person) -> None:
    tara.goes("/treasurer/gifts/?q=first@donor.example", "Gifts")
    tara.page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    tara.sees("€25.50 from First Donor")
    expect(tara.page.get_by_role("main")).to_contain_text("SM-")
