"""A file is sent from a phone on a line that breaks in the middle of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from grants import attachments
from grants.models import StoredFile
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage
from tests.journeys.conftest import Site
from tests.journeys.test_apply_browser import phone
from tests.looks import faults_in_every_view

pytestmark = pytest.mark.browser
LONG = b"Dogs, herders, and dogs again.\n" * 20_000


@pytest.fixture
def set_(site: Site) -> Stage:
    """An open round and its people."""
    return stage()


def test_a_file_goes_on_where_the_line_broke_and_what_is_not_taken_is_told(
    browser: Browser, site: Site, set_: Stage, tmp_path: Path
) -> None:
    draft = set_.saved(set_.started())
    (tmp_path / "dogs.csv").write_bytes(LONG)
    (tmp_path / "good.pdf").write_bytes(sheaf.EXE)
    asked: list[str] = []

    def piece(route: Route) -> None:
        asked.append(route.request.url.rpartition("=")[2])
        # The second piece is lost on its way, once.
        if len(asked) == 2:
            route.abort()
        else:
            route.continue_()

    with phone(browser, site, set_.asel) as context:
        page = context.new_page()
        page.route("**/files/*/?start=*", piece)
        page.goto(f"/apply/{draft.uuid}/")
        page.get_by_role("textbox", name="Title").fill("Typed before the file")
        page.get_by_label("Add a file").set_input_files(tmp_path / "dogs.csv")
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("#files")).to_contain_text("dogs.csv", timeout=30_000)
        expect(page.locator("#files")).to_contain_text("1 of 12 files")
        expect(page.get_by_role("textbox", name="Title")).to_have_value("Typed before the file")
        assert asked[:3] == ["0", str(2**17), str(2**17)]
        page.get_by_label("Add a file").set_input_files(tmp_path / "good.pdf")
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("#file-said")).to_contain_text("none of the kinds", timeout=15_000)
        with page.expect_download() as caught:
            page.get_by_role("link", name="dogs.csv").click()
        assert Path(caught.value.path()).read_bytes() == LONG
        assert faults_in_every_view(page) == []
    (made,) = attachments.of(draft)
    assert made.sha256 == sheaf.sha(LONG)
    assert StoredFile.objects.count() == 1
