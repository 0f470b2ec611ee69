"""The committee's way: a motion is written, put, voted on and decided, and nothing stands in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from funding.mail.models import Mail
from funding.users.models import User
from grants import declarations, papers
from grants.models import Award, Motion, MotionState
from tests.grants.decisions.cast import Table, table
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import sign_in

pytestmark = pytest.mark.browser


@contextmanager
def window(
    browser: Browser, site: Site, who: User, width: int = 1280, scheme: str = "light"
) -> Iterator[Page]:
    """A window in which the person has signed in with both steps."""
    client = Client()
    sign_in(client, who)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=site.url,
    )
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    yield context.new_page()
    context.close()


def vote(browser: Browser, site: Site, who: User, motion: Motion, words: tuple[str, ...]) -> None:
    """Vote on one application after the other, as the page leads."""
    with window(browser, site, who, width=390) as page:
        page.goto("/inbox/")
        page.get_by_role("link", name=f"Vote on motion {motion.number}").click()
        page.get_by_role("link", name="Steppe").click()
        for word in words:
            expect(page.get_by_role("radio", name=word)).not_to_be_checked()
            page.get_by_role("radio", name=word).check()
            page.get_by_role("button", name="Cast my vote").click()
            expect(page.get_by_role("status")).to_contain_text("Your vote is cast.")


def test_a_motion_from_the_first_word_to_the_letters(browser: Browser, site: Site) -> None:
    set_ = table(200_000, 100_000, seats=4)
    set_.apply("Steppe", 100_000)
    set_.apply("Forest", 60_000)
    with window(browser, site, set_.dan) as page:
        page.goto("/committee/")
        page.get_by_role("link", name="Round 2027").click()
        page.get_by_role("link", name="Write a motion").click()
        page.get_by_label("Words of the motion").fill("That the steppe come first.")
        page.get_by_label("Steppe, Fund 0").fill("900")
        page.get_by_label("Why this sum for Steppe").fill("Without the second drone.")
        page.get_by_label("Forest, Fund 1").fill("1")
        page.get_by_role("button", name="Put to the vote").click()
        expect(page.get_by_role("alert")).to_contain_text("needs at least €300.00")
        page.get_by_label("Forest, Fund 1").fill("350,50")
        page.get_by_role("button", name="Put to the vote").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Motion 1")
    motion = Motion.objects.get()
    assert set_.figures(0).held.minor == 90_000
    with window(browser, site, set_.members[3]) as page:
        forest = motion.items.get(application=set_.applications[1])
        page.goto(reverse("grants:committee_item", kwargs={"pk": forest.pk}))
        page.get_by_label("Or step out").fill("My sister works there.")
        page.get_by_role("button", name="Step out of this").click()
        expect(page.get_by_role("status")).to_contain_text("You stepped out.")
    vote(browser, site, set_.members[3], motion, ("For",))
    for person in set_.members[:3]:
        vote(browser, site, person, motion, ("For", "Against"))
    with window(browser, site, set_.dan) as page:
        page.goto(reverse("grants:committee_motion", kwargs={"pk": motion.pk}))
        expect(page.get_by_role("main")).to_contain_text("Carol against")
        page.get_by_role("link", name="Tell the applicant why").click()
        page.locator("#id_reason").select_option("permits")
        page.locator("#id_feedback").fill("No permits yet.")
        page.get_by_role("button", name="Write it, and look at it").click()
        page.get_by_role("button", name="Decline and send this letter").click()
        expect(page.get_by_role("status")).to_contain_text("Declined.")
    assert papers.sweep() == 2
    award = Award.objects.get()
    assert set_.figures(0).committed.minor == award.amount_minor == 90_000
    sent = set(Mail.objects.filter(to_address="asel@example.org").values_list("subject", flat=True))
    assert sent == {
        "Your application was funded: €900.00",
        "Your application “Forest” was not funded",
    }


def every_state() -> tuple[Table, list[tuple[User, str]]]:
    """A round with something on every page, and who looks at which."""
    set_ = table(500_000, 300_000)
    for title in ("Steppe", "Forest", "Valley", "Uplands", "Left"):
        set_.apply(title, 100_000)
    steppe, forest, valley, uplands, left = set_.applications
    declarations.step_out(application_id=left.pk, reason="Kin.", by=set_.carol)
    decided = set_.put({0: 90_000}, {1: 60_000}, applications=[steppe, forest])
    set_.vote(decided, "for", "against", "abstain", "for", "against")
    open_ = set_.put({0: 70_000}, {0: 60_000, 1: 20_000}, applications=[valley, left])
    draft = set_.propose({1: 50_000}, applications=[uplands])
    item = open_.items.get(application=valley)
    return set_, [
        (set_.carol, "/committee/"),
        (set_.carol, "/committee/rounds/call/"),
        (set_.dan, "/committee/rounds/call/?q=e&state=submitted"),
        (set_.carol, f"/committee/items/{item.pk}/"),
        (set_.carol, f"/committee/motions/{open_.pk}/"),
        (set_.dan, f"/committee/motions/{decided.pk}/"),
        (set_.dan, f"/committee/motions/{draft.pk}/change/"),
        (set_.dan, f"/committee/applications/{left.uuid}/"),
        (set_.carol, f"/committee/applications/{left.uuid}/"),
    ]


def test_axe_finds_nothing_and_no_page_scrolls_sideways(browser: Browser, site: Site) -> None:
    _set, looked_at = every_state()
    troubles = []
    for who, address in looked_at:
        with window(browser, site, who) as page:
            page.goto(address)
            troubles += faults_in_every_view(page)
    assert troubles == []
    assert Motion.objects.filter(state=MotionState.DECIDED).count() == 1
