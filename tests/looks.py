"""What axe and a ruler find on a page, as it stands and in every look that it can have."""

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

VIEWS: Final = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
# What can differ between two looks of one page. All else is a matter of its HTML.
OF_THE_LOOK: Final = [
    "color-contrast",
    "link-in-text-block",
    "target-size",
    "scrollable-region-focusable",
]


def faults(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """What axe finds, and whether the page is wider than its window or has an id twice."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
    if rules is not None:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, options=options).response["violations"]
    said = [f"{each['id']} {[node['target'] for node in each['nodes']][:3]}" for each in found]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    said += [f"{wide} pixels too wide"] if wide > 0 else []
    ids = page.evaluate(
        "[...document.querySelectorAll('[id]')].map(each => each.id)"
        ".filter((id, at, all) => all.indexOf(id) !== at)"
    )
    said += [f"ids {ids} twice"] if ids else []
    where = f"{page.url} at {page.viewport_size and page.viewport_size['width']}"
    return [f"{where}: {each}" for each in said]


def faults_in_every_view(page: Page) -> list[str]:
    """The same on a phone and a desk, by day and by night."""
    said: list[str] = []
    for index, (width, scheme) in enumerate(VIEWS):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = faults(page, rules=OF_THE_LOOK if index else None)
        said += [f"{each} ({scheme})" for each in found]
    return said
