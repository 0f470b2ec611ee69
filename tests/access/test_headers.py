"""Every address, asked for by everybody, tells the browser what it must not do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import override_settings
from django.urls import reverse

from tests.access.table import Page, sessions
from tests.access.test_table import rows
from tests.access.world import World

# As production sets them, where the address begins with https.
PRODUCTION = {
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}
ALWAYS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NONCE = re.compile(r"'nonce-([A-Za-z0-9_+/=-]{16,})'")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all rows, in one transaction that never ends well."""
    with django_db_blocker.unblock(), override_settings(**PRODUCTION):
        whole = transaction.atomic()
        whole.__enter__()
        yield World()
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


def policy(answer: HttpResponseBase) -> dict[str, str]:
    """The directives of the answer's policy."""
    told = answer.headers.get("Content-Security-Policy", "")
    pairs = (part.strip().partition(" ") for part in told.split(";") if part.strip())
    return {name: value for name, _space, value in pairs}


def lacking(answer: HttpResponseBase) -> list[str]:
    """What an answer does not say, or says too freely."""
    found = [
        f"{name} is {answer.headers.get(name)}"
        for name, value in ALWAYS.items()
        if answer.headers.get(name) != value
    ]
    told = policy(answer)
    closed = ("default-src", "frame-ancestors", "base-uri")
    found += [f"{name} is {told.get(name)}" for name in closed if told.get(name) != "'none'"]
    form = f"'self' {settings.CHECKOUT_ORIGIN}"
    found += [f"form-action {told.get('form-action')}"] if told.get("form-action") != form else []
    free = [word for word in ("unsafe", "*", "http:", "blob:") if word in str(told)]
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        found.append("no Permissions-Policy")
    return found + [f"policy says {word}" for word in free if word != "http:"]


def cached(page: Page, session: str, answer: HttpResponseBase) -> list[str]:
    """A page that is not for everybody stays in nobody's cache."""
    kept = answer.headers.get("Cache-Control", "")
    is_private = "visitor" not in page.may and answer.status_code == 200
    if not is_private or "no-store" in kept or "private" in kept:
        return []
    return [f"{page.label}: for {session}, but Cache-Control is '{kept}'"]


def flags(answer: HttpResponseBase) -> list[str]:
    """Cookies that a script or a stranger's page could use."""
    return [
        f"cookie {name}"
        for name, cookie in getattr(answer, "cookies", {}).items()
        if name != "messages"
        and not (cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax")
        and cookie.value
    ]


def ask(client: Client, page: Page, world: World) -> HttpResponseBase:
    """Ask over HTTPS, and undo it."""
    cache.clear()
    where, form = page.where(world), page.sends(world)
    with transaction.atomic():
        call = client.post if page.method == "POST" else client.get
        answer = call(reverse(page.name, kwargs=where), form, secure=True)
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("session", [one for one in sessions() if "without" not in one])
def test_every_answer_to_everybody_guards_the_browser(world: World, session: str) -> None:
    client = world.client(session)
    # The middleware reads its settings when it is made.
    client.handler = ClientHandler(enforce_csrf_checks=False)
    found = []
    for page in rows():
        answer = ask(client, page, world)
        said = [*lacking(answer), *cached(page, session, answer), *flags(answer)]
        found += [f"{page.label}: {each}" for each in said]
    assert found == []


def test_a_nonce_is_for_one_answer(world: World) -> None:
    client = world.client("visitor")
    client.handler = ClientHandler(enforce_csrf_checks=False)
    pages = [client.get("/accounts/login/", secure=True) for _ in range(2)]
    nonces = [set(NONCE.findall(str(policy(answer)))) for answer in pages]
    assert nonces[0].isdisjoint(nonces[1])
    for answer, (nonce,) in zip(pages, nonces, strict=True):
        assert f'nonce="{nonce}"' in answer.content.decode()


def test_plain_http_is_sent_on_and_says_nothing_else(world: World) -> None:
    client = world.client("visitor")
    client.handler = ClientHandler(enforce_csrf_checks=False)
    answer = client.get("/give/")
    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")
    assert not answer.content


def test_a_request_that_is_too_large_is_not_read(world: World) -> None:
    client = world.client("visitor")
    client.handler = ClientHandler(enforce_csrf_checks=False)
    for place in ("/give/", "/stripe/webhook/"):
        answer = client.generic(
            "POST", place, b"x", secure=True, CONTENT_LENGTH=str(settings.REQUEST_BYTES + 1)
        )
        assert answer.status_code == 413
        assert lacking(answer) == []


def test_an_answer_that_guards_nothing_is_noticed() -> None:
    assert len(lacking(HttpResponse())) == len(ALWAYS) + 5
    bare = HttpResponse()
    bare.set_cookie("x", "y")
    assert flags(bare) == ["cookie x"]
