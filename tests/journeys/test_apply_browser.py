"""An application is written on a phone, on a line that comes and goes, in two windows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from funding.users.models import User
from grants.models import Application, Project
from tests.grants.applications.cast import Stage, stage
from tests.journeys.conftest import Site
from tests.looks import faults
from tests.people import sign_in

pytestmark = pytest.mark.browser

SUMMARY = "We vaccinate the dogs of 61 herder families."


@pytest.fixture
def set_(site: Site) -> Stage:
    """An open round and its people."""
    return stage()


@contextmanager
def phone(browser: Browser, site: Site, person: User) -> Iterator[BrowserContext]:
    """A phone on which this person has signed in."""
    client = Client()
    sign_in(client, person, factor=False)
    context = browser.new_context(viewport={"width": 390, "height": 800}, base_url=site.url)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    try:
        yield context
    finally:
        context.close()


def said(page: Page, words: str) -> None:
    """What the line beside the buttons says within a few rounds of saving."""
    expect(page.locator("#saved")).to_contain_text(words, timeout=15_000)


def kept(draft: Application) -> str:
    return Project.objects.get(application=draft).summary


def test_what_is_typed_is_saved_by_itself_and_outlives_a_broken_line(
    browser: Browser, site: Site, set_: Stage
) -> None:
    draft = set_.started()
    with phone(browser, site, set_.asel) as context:
        page = context.new_page()
        page.goto(f"/apply/{draft.uuid}/")
        page.get_by_role("textbox", name="Summary").fill(SUMMARY)
        page.get_by_label("Line 1: what").fill("Vaccine")
        page.get_by_label("Line 1: how many").fill("180")
        page.get_by_label("Line 1: each in EUR").fill("10.50")
        expect(page.locator("[data-count=summary]")).to_have_text("8 of 150 words", timeout=15_000)
        expect(page.locator("[data-sum=us]")).to_have_text("1,890.00")
        said(page, "Saved")
        assert kept(draft) == SUMMARY
        context.set_offline(True)
        page.get_by_role("textbox", name="Summary").fill("Typed on the pass")
        page.get_by_label("If the money is short").check()
        said(page, "Not saved: the line is down.")
        assert kept(draft) == SUMMARY
        page.close()
        context.set_offline(False)
        again = context.new_page()
        again.goto(f"/apply/{draft.uuid}/")
        expect(again.get_by_role("textbox", name="Summary")).to_have_value("Typed on the pass")
        expect(again.get_by_label("If the money is short")).to_be_checked()
        expect(again.locator("[data-count=summary]")).to_have_text("4 of 150 words", timeout=15_000)
        assert kept(draft) == "Typed on the pass"
        draft.refresh_from_db()
        assert draft.may_be_shown_unfunded
        assert again.evaluate("localStorage.length") == 0


def test_a_second_window_stops_saving_and_asks(browser: Browser, site: Site, set_: Stage) -> None:
    draft = set_.started()
    with phone(browser, site, set_.asel) as context:
        first, second = context.new_page(), context.new_page()
        for page in (first, second):
            page.goto(f"/apply/{draft.uuid}/")
        first.get_by_role("textbox", name="Summary").fill("First window")
        expect(first.locator("[data-count=summary]")).to_have_text("2 of 150 words", timeout=15_000)
        second.get_by_role("textbox", name="Summary").fill("Typed in the second window")
        said(second, "Another window saved this application since.")
        assert kept(draft) == "First window"
        second.get_by_role("button", name="Save", exact=True).last.click()
        expect(second.get_by_role("alert")).to_contain_text("Not saved")
        expect(second.get_by_role("textbox", name="Summary")).to_have_value(
            "Typed in the second window"
        )
        assert faults(second) == []
        second.get_by_role("button", name="Save", exact=True).last.click()
        second.wait_for_url(f"**/apply/{draft.uuid}/")
        expect(second.get_by_role("textbox", name="Summary")).to_have_value(
            "Typed in the second window"
        )
        assert kept(draft) == "Typed in the second window"
