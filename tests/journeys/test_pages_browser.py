"""Every page as a browser shows it: to everybody, on a phone and a desk, by day and by night."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from donors import gifts, receipts, settlements
from donors.models import Gift
from funding.documents.models import Document
from funding.ledger.models import Fund
from tests import make
from tests.grants import publishing, showing
from tests.journeys.conftest import Site
from tests.looks import VIEWS, faults, faults_in_every_view

pytestmark = pytest.mark.browser

SUCCESS = re.compile(r"/give/thanks/")


@dataclass(frozen=True)
class World:
    """Some funds, and a gift in each state."""

    site: Site
    general: Fund
    addresses: list[str]


@pytest.fixture
def world(site: Site) -> World:
    """A site with something on every page."""
    entity = make.entity(is_illustrative=True)
    general = make.fund(entity, slug="general", position=1)
    dogs = make.fund(
        entity,
        "Dogs and herders",
        slug="dogs",
        restriction="restricted",
        surplus="If this work is fully paid for, the rest goes to the general fund.",
        fees_from=general,
    )
    paid, pounds = _paid(site, general, dogs), _paid(site, dogs, currency="GBP")
    receipts.sweep()
    promised = make.gift(general, email="bob@donor.example")
    gifts.checkout(promised.pk)
    failed = make.gift(general, email="eve@donor.example")
    settlements.fail(gift_id=failed.pk, why="The payment page was left.")
    papers = [f"/verify/{paper.verify_code}/" for paper in Document.objects.all()]
    thanks = [f"/give/thanks/?gift={each.uuid}" for each in (paid, pounds, promised, failed)]
    plain = ["/", "/funds/", "/give/?fund=dogs", "/about/", "/privacy/", "/terms/", "/contact/"]
    fund_pages = ["/funds/general/", "/funds/dogs/", "/transparency/", "/projects/", "/rounds/"]
    publishing.published(showing.shown().award, shows_counts=True, shows_spending=True)
    fund_pages += [
        "/projects/steppe/reports/interim/",
        "/projects/steppe/",
        "/rounds/call-steppe/",
        "/projects/?country=MN&theme=T5",
    ]
    fund_pages += ["/grants/", "/grants/?q=nothing"]
    return World(
        site, general, [*plain, *fund_pages, "/verify/", "/verify/NO/", "/no/", *papers, *thanks]
    )


def _paid(site: Site, *funds: Fund, **facts: object) -> Gift:
    gift = make.gift(*funds, **facts)
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    site.stripe.control("pay", session=gift.checkout)
    site.stripe.control("clock", advance_seconds=5)
    return gifts.follow(gift.pk)


def _window(
    browser: Browser, site: Site, width: int, scheme: str = "light", **more: object
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=site.url,
        **more,  # type: ignore[arg-type]
    )
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(browser: Browser, world: World) -> None:
    troubles = []
    for page in _window(browser, world.site, 390):
        for address in world.addresses:
            page.goto(address)
            troubles += faults_in_every_view(page)
    assert troubles == []


def test_a_form_with_mistakes_is_as_good_for_everybody(browser: Browser, world: World) -> None:
    troubles = []
    for width, scheme in VIEWS:
        for page in _window(browser, world.site, width, scheme):
            page.goto("/give/")
            page.get_by_label("Other amount").fill("1,000")
            page.get_by_label("E-mail", exact=True).fill("alice")
            page.get_by_role("button", name="Go on to the payment").click()
            expect(page.get_by_role("alert")).to_contain_text("3 things are missing or unclear")
            expect(page.get_by_label("Other amount")).to_have_value("1,000")
            assert page.evaluate("document.activeElement.id") == "said"
            troubles += faults(page)
            page.get_by_role("link", name="Write your name").click()
            assert page.evaluate("document.activeElement.name") == "name"
    assert troubles == []


def test_a_name_in_any_script_is_shown_whole(page: Page, world: World) -> None:
    page.goto("/give/")
    for name in ("Бат-Эрдэнэ Дорж", "山田花子", "محمد رضایی", "Łukasz Żółw"):
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Give €25.00").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value(name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_sums_follow_what_is_chosen(page: Page, world: World) -> None:
    page.goto("/give/?amount=10")
    expect(page.locator("#give-button")).to_have_text("Give €10.00")
    added = "Add €0.41 so that the payment fee is paid too"
    expect(page.locator("#cover-words")).to_have_text(added)
    page.get_by_label("Add €0.41").check()
    expect(page.locator("#give-button")).to_have_text("Give €10.41")
    page.get_by_label("Other amount").fill("25,50")
    expect(page.locator("#give-button")).to_have_text("Give €26.15")
    expect(page.get_by_role("radio", name="€10", exact=True)).not_to_be_checked()
    page.get_by_label("Currency").select_option("JPY")
    expect(page.locator("#give-button")).to_have_text("Go on to the payment")
    page.get_by_role("radio", name="¥3,000").check()
    expect(page.get_by_label("Other amount")).to_have_value("")
    expect(page.locator("#give-button")).to_have_text("Give ¥3,156")
    expect(page.get_by_role("radio", name="€10", exact=True)).to_have_count(0)


def test_a_gift_can_be_given_with_the_keyboard_alone(page: Page, world: World) -> None:
    page.goto("/give/?fund=dogs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    before = ("Once", "€25", "Other amount", "Currency", "Dogs and herders", "Split it over")
    for label in (*before, "Name"):
        page.keyboard.press("Tab")
        reached = "(document.activeElement.labels?.[0] ?? document.activeElement).textContent"
        assert label in page.evaluate(reached), f"{label} comes next"
    page.keyboard.type("Alice Example")
    page.keyboard.press("Tab")
    page.keyboard.type("alice@new.example")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{world.site.stripe.url}/**")
    assert Gift.objects.filter(donor__email="alice@new.example").exists()


def test_without_scripts_everything_can_be_done(browser: Browser, world: World) -> None:
    for page in _window(browser, world.site, 390, java_script_enabled=False):
        page.goto("/")
        page.get_by_role("main").get_by_role("link", name="Give to the fund").click()
        page.get_by_label("Currency").select_option("SEK")
        page.get_by_label("Name", exact=True).fill("Alice Example")
        page.get_by_label("E-mail", exact=True).fill("alice@new.example")
        page.get_by_role("button", name="Go on to the payment").click()
        expect(page.get_by_role("alert")).to_contain_text("The amounts on show were in another")
        page.get_by_role("radio", name="SEK 250").check()
        page.get_by_role("button", name="Go on to the payment").click()
        page.wait_for_url(f"{world.site.stripe.url}/**")
        gift = Gift.objects.get(donor__email="alice@new.example")
        assert (gift.currency, gift.amount_minor) == ("SEK", 25000)


def test_the_same_gift_again_is_asked_about(page: Page, world: World) -> None:
    for _ in range(2):
        page.goto("/give/?amount=31")
        page.get_by_label("Name", exact=True).fill("Alice Example")
        page.get_by_label("E-mail", exact=True).fill("alice@new.example")
        page.get_by_role("button", name="Give €31.00").click()
        page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_contain_text("Give it again?")
    assert faults(page) == []
    page.get_by_role("button", name="Yes, give it again").last.click()
    page.wait_for_url(f"{world.site.stripe.url}/**")
    assert Gift.objects.filter(donor__email="alice@new.example").count() == 2


def test_the_page_of_a_promise_notices_by_itself_that_the_money_came(
    page: Page, world: World
) -> None:
    gift = make.gift(world.general, email="zoe@donor.example")
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    page.clock.install()
    page.goto(f"/give/thanks/?gift={gift.uuid}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Promised. Not here yet.")
    with page.expect_response(SUCCESS):
        page.clock.run_for(10_500)
    expect(page.get_by_role("heading", level=1)).to_have_text("Promised. Not here yet.")
    world.site.stripe.control("pay", session=gift.checkout)
    # The next question is set only when the answer to the last has been read, so time has to
    # be turned a little further than ten seconds.
    for _second in range(30):
        page.clock.run_for(1_000)
        time.sleep(0.05)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is here.")
    expect(page).to_have_title("Thank you · Manul Fund")
