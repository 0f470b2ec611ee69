"""The whole site on a port, a Stripe to pay at, and a browser to look with."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.fixtures import Settings

from tests.sandbox.checkouts import Checkout
from tests.sandbox.conftest import Sandbox

# Playwright keeps an event loop in this thread, and Django would refuse the database beside
# it; nothing here is asynchronous on our side.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="package")
def demonstration() -> Iterator[Checkout]:
    """Everything, started as the README says, with the demonstration in it.

    It takes a minute, so all journeys through it share one: they run in the group "up". It is
    ended after them, because its web, workers and clock would slow all tests that follow.
    """
    with (
        tempfile.TemporaryDirectory(prefix="manul-demo-") as name,
        contextlib.closing(Checkout(Path(name))) as running,
    ):
        running.up()
        yield running


@dataclass(frozen=True)
class Site:
    """Where the site answers, and the Stripe that it speaks to."""

    url: str
    stripe: Sandbox


@pytest.fixture
def site(committed: None, stripe: Sandbox, settings: Settings) -> Iterator[Site]:
    """The site as production serves it, on real commits, with static files and their policy."""
    cache.clear()
    policy = settings.SECURE_CSP
    settings.SECURE_CSP = policy | {"form-action": [*policy["form-action"][:1], stripe.url]}
    server = LiveServerThread("localhost", lambda handler: handler)  # type: ignore[arg-type]
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    url = f"http://localhost:{server.port}"
    settings.SITE_URL = url
    settings.CSRF_TRUSTED_ORIGINS = [url]
    yield Site(url, stripe)
    server.terminate()
    connections.close_all()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh window on a desk. Whatever its scripts or the policy complain of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    opened = context.new_page()
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # A form that comes back with a question or mistakes is an answer of 4xx, and said so.
        if (
            said.type == "error"
            and "status of 4" not in said.text
            and opened.url.startswith(site.url)
        ):
            complaints.append(said.text)

    opened.on("console", hear)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []
