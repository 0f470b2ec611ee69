"""The policy as a browser keeps it: every page of everybody, and nothing that it forbids."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.access.test_table import rows
from tests.access.world import World
from tests.journeys.conftest import Site

pytestmark = pytest.mark.browser

LISTEN = """
window.forbidden = [];
document.addEventListener("securitypolicyviolation", (event) => window.forbidden.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
FORBIDDEN = "window.forbidden"


def window(browser: Browser, site: Site, world: World, who: str) -> Iterator[BrowserContext]:
    """A browser in somebody's name that hears what the policy forbids."""
    context = browser.new_context(base_url=site.url)
    context.add_init_script(LISTEN)
    name = settings.SESSION_COOKIE_NAME
    cookies = world.client(who).cookies
    if name in cookies:
        context.add_cookies([{"name": name, "value": cookies[name].value, "url": site.url}])
    yield context
    context.close()


def pages(world: World) -> dict[str, list[str]]:
    """Who looks at which addresses: each page of the table in the name of one who may."""
    found: dict[str, list[str]] = {}
    for page in rows():
        if page.method == "GET":
            place = reverse(page.name, kwargs=page.where(world))
            found.setdefault(min(page.may, default="visitor"), []).append(place)
    return found


def visit(page: Page, place: str) -> list[str]:
    """Look at a page, and say what its policy forbade there."""
    try:
        answer = page.goto(place)
    except Error as error:
        # A file is kept and not shown.
        if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
            return []
        raise
    assert answer is not None
    assert answer.status < 500, place
    if "html" not in answer.headers.get("content-type", ""):
        # A picture by itself is shown on a page of the browser's own.
        return []
    return [f"{place}: {each}" for each in page.evaluate(FORBIDDEN) or []]


def test_no_page_wants_what_the_policy_forbids(browser: Browser, site: Site) -> None:
    world, found, seen = World(), [], 0
    for who, places in pages(world).items():
        for context in window(browser, site, world, who):
            page = context.new_page()
            for place in places:
                cache.clear()
                found += visit(page, place)
                seen += 1
    assert found == []
    assert seen > 60


def test_what_the_policy_forbids_is_heard(browser: Browser, site: Site) -> None:
    for context in window(browser, site, World(), "visitor"):
        page = context.new_page()
        assert visit(page, "/") == []
        page.evaluate(
            """async () => {
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
                document.body.insertAdjacentHTML("beforeend", "<i style='color:red'>x</i>");
                await new Promise((done) => setTimeout(done, 100));
            }"""
        )
        heard = page.evaluate(FORBIDDEN)
        assert [each.split(" ")[0] for each in heard] == ["script-src-elem", "style-src-attr"]
        assert page.evaluate("window.ran") is None
