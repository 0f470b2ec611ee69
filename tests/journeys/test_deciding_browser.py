"""Goal: discussion, urgent motion and ratification can be read and used on every screen."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from funding import clock
from funding.users.models import Role
from grants import decisions, discussions, objections
from grants.models import Motion, Round
from tests.grants.decisions.cast import Table, table
from tests.journeys.conftest import Site
from tests.journeys.test_committee_browser import window
from tests.looks import faults_in_every_view
from tests.people import make_person

pytestmark = pytest.mark.browser


def talked_about() -> Table:
    """An application that two members have written about."""
    set_ = table()
    found = set_.apply("Camera traps on the northern ridge")
    texts = (
        "The second drone is dear. Does the survey need it, or would the winter transects do?",
        "The transects alone cannot reach the ridge after November.\nI would fund one drone.",
    )
    for member, text in zip(set_.members[1:3], texts, strict=True):
        discussions.say(application_id=found.pk, uuid=uuid.uuid4(), text=text, by=member)
    return set_


def test_members_talk_object_and_a_trustee_has_the_last_word(browser: Browser, site: Site) -> None:
    set_ = talked_about()
    Round.objects.update(is_ratified=True)
    set_.round.refresh_from_db()
    trustee = make_person("tess@example.org", "Tess", Role.TRUSTEE)
    with window(browser, site, set_.dan) as page:
        page.goto("/inbox/")
        page.get_by_role("link", name="New in the discussion").click()
        page.get_by_label("Your message").fill("One drone it is.")
        page.get_by_role("button", name="Send the message").click()
        expect(page.get_by_role("status")).to_contain_text("Said.")
        assert faults_in_every_view(page) == []
    closes_at = clock.now() + dt.timedelta(hours=25)
    motion = set_.put({0: 100_000}, closes_at=closes_at, urgent_why="The vets leave on Monday.")
    with window(browser, site, set_.carol) as page:
        page.goto(reverse("grants:committee_motion", kwargs={"pk": motion.pk}))
        page.get_by_text("Object to the urgent procedure").click()
        assert faults_in_every_view(page) == []
        page.get_by_label("Why, as the others").fill("I am in the field until Tuesday.")
        page.get_by_role("button", name="Object", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("ordinary procedure")
    assert objections.of(motion) is not None
    set_.vote(motion, *["for"] * 5)
    decisions.close(motion_id=motion.pk)
    with window(browser, site, trustee) as page:
        page.goto("/inbox/")
        page.get_by_role("link", name="Ratify motion 1").click()
        page.get_by_role("button", name="Answer").click()
        assert faults_in_every_view(page) == []
        page.get_by_label("Ratify it").check()
        page.get_by_role("button", name="Answer").click()
        expect(page.get_by_role("status")).to_contain_text("Your answer is kept.")
    assert Motion.objects.get().state == "decided"
