"""Goal: a person takes a copy along and is forgotten; staff do it for one; on phone and desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from donors import receipts
from donors.models import ERASED, Donor
from funding import clock
from funding.ledger.models import Fund
from funding.site.privacy import copies, erasures
from funding.site.privacy.models import DataCopy, Erasure, ErasureState
from funding.users.models import Role, User
from tests import make
from tests.journeys.conftest import Site
from tests.journeys.test_reports_browser import window
from tests.looks import VIEWS, faults_in_every_view
from tests.people import make_person
from tests.site.privacy import lives
from tests.site.privacy.test_erasures import left

pytestmark = pytest.mark.browser


@pytest.fixture
def fund(site: Site) -> Fund:
    del site
    return make.fund(make.entity(is_illustrative=True), slug="general")


@pytest.fixture
def owner(fund: Fund) -> User:
    """Somebody who gave, was brought together with themselves, and may go at once."""
    lives.brought_in(fund, lives.lived(fund).donor)
    lives.somebody_else(fund)
    receipts.sweep()
    left()
    return User.objects.get(email=lives.EMAIL)


@pytest.fixture
def tara(fund: Fund) -> User:
    return make_person("tara@cast.example", "Tara", Role.TREASURER)


def seen(page: Page, folder: Path, name: str) -> list[str]:
    """What is wrong with the page as it stands, with a picture of each of its looks."""
    found = faults_in_every_view(page)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    return found


def carried_out() -> None:
    """The worker does what is due, and the mails leave."""
    for _round in range(2):
        left()
        Erasure.objects.exclude(state=ErasureState.WITHDRAWN).update(due_at=clock.now())
        erasures.sweep()


def test_a_person_takes_a_copy_and_is_forgotten(
    browser: Browser, site: Site, owner: User, tmp_path: Path
) -> None:
    troubles = []
    for context in window(browser, site, owner):
        page = context.new_page()
        page.goto("/account/data/")
        troubles += seen(page, tmp_path, "data")
        page.get_by_role("button", name="Make a copy").click()
        expect(page.get_by_text("Being made.")).to_be_visible()
        assert copies.make(DataCopy.objects.get().pk)
        link = page.get_by_role("link", name="To read (PDF)")
        expect(link).to_be_visible()
        troubles += seen(page, tmp_path, "data-made")
        for name, end in (("To read (PDF)", ".pdf"), ("For machines (JSON)", ".json")):
            with page.expect_download() as told:
                page.get_by_role("link", name=name).click()
            assert told.value.suggested_filename.endswith(end)
            content = told.value.path().read_bytes()
            assert content[:4] == b"%PDF" if end == ".pdf" else lives.EMAIL.encode() in content

        page.get_by_role("link", name="See what would go and what would stay").click()
        expect(page.get_by_role("heading", name="Being forgotten")).to_be_visible()
        troubles += seen(page, tmp_path, "erase")
        page.get_by_role("button", name="Forget me").click()
        expect(page.get_by_text("You asked to be forgotten.")).to_be_visible()
        troubles += seen(page, tmp_path, "asked")
        page.get_by_role("button", name="Stay after all").click()
        expect(page.get_by_text("Nothing is removed.")).to_be_visible()
        page.get_by_role("link", name="See what would go and what would stay").click()
        page.get_by_role("button", name="Forget me").click()
        expect(page.get_by_text("You asked to be forgotten.")).to_be_visible()
        carried_out()
        # The session went with the person.
        page.goto("/account/data/")
        expect(page.get_by_role("heading", name="What we hold about you")).to_have_count(0)
    assert Erasure.objects.filter(state=ErasureState.DONE).count() == 1
    assert troubles == []


def test_staff_remove_somebody_who_wrote_and_see_what_is_kept(
    browser: Browser, site: Site, owner: User, tara: User, tmp_path: Path
) -> None:
    troubles = []
    for context in window(browser, site, tara):
        page = context.new_page()
        page.goto("/treasurer/privacy/")
        page.get_by_label("Name, e-mail address or number").fill("Unheard")
        page.get_by_role("button", name="Look").click()
        troubles += seen(page, tmp_path, "desk")
        page.get_by_role("link", name=lives.NAME).click()
        troubles += seen(page, tmp_path, "person")
        page.get_by_role("button", name="Make a copy").click()
        assert copies.make(DataCopy.objects.get().pk)
        page.reload()
        expect(page.get_by_role("link", name="To read (PDF)")).to_be_visible()
        page.get_by_role("button", name="Remove this person").click()
        expect(page.get_by_text("It was asked for and is under way.")).to_be_visible()
        troubles += seen(page, tmp_path, "person-going")
        page.goto("/treasurer/privacy/kept/")
        expect(page.get_by_text("Asked for; waits for what is under way")).to_be_visible()
        carried_out()
        Erasure.objects.update(restored="restore:1")
        page.reload()
        expect(page.get_by_text("Removed again after the last restore")).to_be_visible()
        troubles += seen(page, tmp_path, "kept")
        page.get_by_label("Receipts and vouchers").fill("99")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Receipts and vouchers")).to_have_value("99")
        troubles += seen(page, tmp_path, "kept-refused")
        page.get_by_label("Receipts and vouchers").fill("10")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("vouchers of the books: 10 years").first).to_be_visible()
    assert set(Donor.objects.filter(erased_at__isnull=False).values_list("name")) == {(ERASED,)}
    assert troubles == []
