"""A treasurer brings a long list of gifts through the pages, twice; the second adds nothing.

Two thousand rows here; `--rows 100000` plays what the product is made for.
"""

import pytest
from playwright.sync_api import Page, expect

from donors.models import Donor, Gift
from funding.imports import running
from funding.imports.models import Import, State
from funding.ledger.models import Entry
from tests.conftest import rows_of
from tests.donors.intake import desk as making
from tests.donors.intake.desk import Desk
from tests.donors.intake.test_many_gifts import PEOPLE, generated
from tests.journeys.test_intake_browser import tara

__all__ = ["tara"]
pytestmark = [pytest.mark.browser, pytest.mark.simulation]

MANY = 2_000


def bring(window: Page, desk: Desk, content: bytes) -> Import:
    """Bring the file and say that its columns are as they were guessed."""
    window.goto("/treasurer/intake/files/")
    window.get_by_label("What is in it").select_option("Gifts and their donors")
    window.get_by_label("Fund", exact=True).select_option(label=str(desk.general))
    upload = {"name": "old-gifts.csv", "mimeType": "text/csv", "buffer": content}
    window.get_by_label("The file").set_input_files(upload)  # type: ignore[arg-type]
    window.get_by_role("button", name="Look at it").click()
    window.get_by_role("button", name="Read it so").click()
    expect(window.get_by_text("being read")).to_be_visible()
    return Import.objects.latest("pk")


def finished(batch: Import) -> Import:
    """What the worker does when it is rung for, to its end."""
    while running.work(batch.pk):
        pass
    return Import.objects.get(pk=batch.pk)


def test_a_long_list_is_taken_in_with_progress_and_only_once(
    tara: Page,
    pytestconfig: pytest.Config,
) -> None:
    desk, many = making.desk(), rows_of(pytestconfig, MANY)
    content = generated(desk, many)
    batch = bring(tara, desk, content)
    running.read(batch.pk)
    running.check_some(batch.pk)
    progress = tara.get_by_role("progressbar", name="How far it is checked")
    expect(progress).to_have_attribute("value", str(running.BATCH), timeout=20_000)
    expect(progress).to_have_attribute("max", str(many))
    assert finished(batch).state == State.CHECKED
    taking = tara.get_by_role("button", name=f"Take all {many:,} new rows in")
    taking.click(timeout=20_000)
    expect(tara.get_by_role("progressbar")).to_have_attribute("max", str(many))
    assert Gift.objects.count() == 0, "nobody sees a part of it"
    assert finished(batch).state == State.DONE
    expect(tara.get_by_text("taken in", exact=True)).to_be_visible(timeout=20_000)
    stands = (Gift.objects.count(), Donor.objects.count(), Entry.objects.count(), desk.free())
    assert stands[:2] == (many, many // PEOPLE)

    again = bring(tara, desk, content)
    assert (finished(again).known_count, finished(again).new_count) == (many, 0)
    expect(tara.get_by_role("row", name=f"Taken in before {many:,}")).to_be_visible(timeout=20_000)
    tara.get_by_role("button", name="new rows in").click()
    assert finished(again).state == State.DONE
    now = (Gift.objects.count(), Donor.objects.count(), Entry.objects.count(), desk.free())
    assert now == stands
    desk.assert_sound()
