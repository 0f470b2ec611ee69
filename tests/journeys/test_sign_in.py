"""A treasurer's first day: code, second step, out and in again, and at last a passkey."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from funding.users.models import Role, User
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.people import enrol, make_person
from tests.users.conftest import app_code, code_in

pytestmark = pytest.mark.browser

Look = Callable[[str], None]


@pytest.fixture
def tara(site: Site) -> User:
    """She has just been given her role."""
    return make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER, verified=False)


@pytest.fixture
def look(page: Page) -> Look:
    """`look(heading)`: this page is on show, and it is good for everybody."""

    def on_show(heading: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert faults_in_every_view(page) == []

    return on_show


def ask_for_code(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_label("Code")).to_be_focused()


def type_code(page: Page, code: str, button: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name=button).click()


def sign_out(page: Page) -> None:
    page.get_by_role("link", name="Tara Lindqvist").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You have signed out.")


def test_from_the_first_code_to_both_steps(
    page: Page, server: MailServer, tara: User, look: Look
) -> None:
    page.goto("/accounts/login/")
    look("Sign in")
    ask_for_code(page, tara.email)
    look("Type the code from your mail")
    type_code(page, "BCDF-GHJK", "Go on")
    expect(page.locator(".err")).to_contain_text("not the code")
    look("Type the code from your mail")
    type_code(page, code_in(server), "Go on")

    look("Add a second step")
    page.get_by_role("link", name="Add an app").click()
    look("Add an authenticator app")
    picture = page.get_by_role("img", name="The secret for the app")
    assert (
        picture.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(255, 255, 255)"
    )
    assert picture.evaluate("each => each.naturalWidth") > 0
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    link = page.get_by_role("link", name="open it in the app").get_attribute("href") or ""
    assert link.startswith("otpauth://totp/tara%40fund.example?secret=" + secret)
    type_code(page, app_code(secret), "Add the app")
    look("Recovery codes")
    expect(page.get_by_role("status")).to_have_text("The app is added.")
    recovery = page.locator(".codes code").all_inner_texts()
    assert len(set(recovery)) == 10
    page.get_by_role("link", name="I have them. To my inbox").click()
    look("What waits for you")

    sign_out(page)
    ask_for_code(page, tara.email)
    type_code(page, code_in(server), "Go on")
    look("The second step")
    type_code(page, app_code(secret), "Sign in")
    expect(page).to_have_url(re.compile("/inbox/$"))

    sign_out(page)
    ask_for_code(page, tara.email)
    type_code(page, code_in(server), "Go on")
    type_code(page, recovery[3], "Sign in")
    expect(page).to_have_url(re.compile("/inbox/$"))


def test_a_passkey_is_added_and_signs_in_alone_and_as_second_step(
    page: Page, server: MailServer, tara: User, look: Look
) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    ask_for_code(page, tara.email)
    type_code(page, code_in(server), "Go on")
    page.get_by_role("link", name="Add a passkey").click()
    look("Add a passkey")
    page.get_by_label("What you call it").fill("Tara’s laptop")
    page.get_by_label("Let it sign me in by itself").check()
    page.get_by_role("button", name="Add the passkey").click()
    look("Recovery codes")
    page.get_by_role("link", name="I have them. To my inbox").click()
    expect(page).to_have_url(re.compile("/inbox/$"))
    page.goto("/accounts/2fa/")
    look("Your second step")
    page.get_by_role("link", name="See, rename or take off").click()
    look("Your passkeys")
    expect(page.get_by_role("main")).to_contain_text("Tara’s laptop")

    sign_out(page)
    mails = len(server.received)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/inbox/$"))
    assert len(server.received) == mails

    sign_out(page)
    ask_for_code(page, tara.email)
    type_code(page, code_in(server), "Go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("The second step")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/inbox/$"))


def test_an_administrator_names_a_treasurer_on_the_page_of_people(
    page: Page, server: MailServer, site: Site, look: Look
) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    ada = make_person("ada@fund.example", "Ada Example", Role.ADMINISTRATOR)
    enrol(ada, secret)
    ask_for_code(page, ada.email)
    type_code(page, code_in(server), "Go on")
    type_code(page, app_code(secret), "Sign in")
    page.get_by_role("link", name="People").click()
    look("People")
    page.get_by_label("E-mail").fill("tara@fund.example")
    page.get_by_label("Name", exact=True).fill("Tara Lindqvist")
    page.locator("#id_role").select_option("treasurer")
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_role("status")).to_contain_text("Tara Lindqvist was told by mail")
    look("People")
    row = page.get_by_role("row", name="Tara Lindqvist")
    expect(row).to_contain_text("none yet")
    row.get_by_role("button", name="End now").click()
    expect(page.get_by_role("status")).to_contain_text("The role has ended")
    expect(page.get_by_role("row", name="Tara Lindqvist")).to_have_count(0)
