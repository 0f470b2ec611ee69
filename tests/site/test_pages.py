"""What every page keeps to: weight, policy, nothing from strangers, and the truth."""

import datetime as dt
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import cast

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from funding.ledger.models import Fund
from funding.parties.models import Entity
from tests import make

BUDGET_BYTES = 100_000
PAGES = ["/", "/funds/", "/funds/general/", "/give/", "/about/", "/privacy/", "/terms/"]
PAGES += ["/projects/", "/rounds/", "/transparency/"]
PAGES += ["/contact/", "/verify/", "/verify/WRONG/", "/nowhere/"]
# The three base files, which every page with Latin text loads.
FONTS = re.compile(r"fonts/[\w-]+?-(?:400|600|700)\.[0-9a-f]{12}\.woff2")


@pytest.fixture
def entity(db: None) -> Entity:
    return make.entity()


@pytest.fixture
def general(entity: Entity) -> Fund:
    return make.fund(entity, slug="general", position=1)


@pytest.fixture(autouse=True)
def fresh_counters(general: Fund) -> None:
    cache.clear()


class Parts(HTMLParser):
    """What a page is made of: elements with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def fetched(self) -> Iterator[str]:
        """Addresses that a browser loads by itself."""
        for tag, attributes in self.elements:
            if tag in {"img", "script", "iframe", "source"} and attributes.get("src"):
                yield str(attributes["src"])
            if tag == "link" and attributes.get("href"):
                yield str(attributes["href"])


def fetch(
    client: Client, address: str, encoding: str = "gzip", *, follow: bool = False
) -> tuple[HttpResponse, bytes]:
    """An answer of any kind, read to its end, which closes it, with what went over the line."""
    answer = client.get(address, HTTP_ACCEPT_ENCODING=encoding, follow=follow)
    body = answer.getvalue() if answer.streaming else answer.content
    return cast(HttpResponse, answer), body


def sent_bytes(client: Client, address: str) -> tuple[int, bytes]:
    """How many bytes go over the line, and the file itself."""
    answer, sent = fetch(client, address)
    assert answer.status_code == 200, address
    return len(sent), fetch(client, address, "identity")[1]


@pytest.mark.parametrize("address", PAGES)
def test_a_first_visit_stays_within_the_budget(client: Client, address: str) -> None:
    page = client.get(address)
    total = len(page.content)
    for file in set(Parts(page.text).fetched()):
        size, whole = sent_bytes(client, file)
        total += size
        if file.endswith(".css"):
            fonts = sorted(set(FONTS.findall(whole.decode())))
            assert len(fonts) == (3 if "/look." in file else 0)
            total += sum(sent_bytes(client, f"/static/{font}")[0] for font in fonts)
    assert 20_000 < total <= BUDGET_BYTES


@pytest.mark.parametrize("address", PAGES)
def test_nothing_comes_from_strangers_and_no_style_or_script_stands_in_attributes(
    client: Client, address: str
) -> None:
    parts = Parts(client.get(address).text)
    assert all(file.startswith("/static/") for file in parts.fetched())
    for tag, attributes in parts.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert tag != "style"
        if tag == "script":
            assert attributes.get("src")


@pytest.mark.parametrize("address", PAGES)
def test_the_policy_names_a_fresh_nonce_that_the_page_uses(client: Client, address: str) -> None:
    first, second = client.get(address), client.get(address)
    policy = first["Content-Security-Policy"]
    nonces = set(re.findall(r"'nonce-([^']+)'", policy))
    assert len(nonces) == 1
    (nonce,) = nonces
    assert f'nonce="{nonce}"' in first.text
    assert nonce not in second["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", PAGES)
def test_every_link_of_ours_leads_somewhere(client: Client, address: str) -> None:
    parts = Parts(client.get(address).text)
    links = {str(a["href"]) for tag, a in parts.elements if tag == "a" and a.get("href")}
    for link in links:
        if link.startswith("/"):
            assert fetch(client, link, follow=True)[0].status_code == 200, link
        else:
            assert link.startswith(("#", "?", "mailto:", "https://")), link
    marks = {a.get("id") for _tag, a in parts.elements}
    assert {link[1:] for link in links if link.startswith("#")} <= marks


def test_static_files_are_kept_for_ever_and_pages_are_not(client: Client) -> None:
    page = client.get("/")
    for file in Parts(page.text).fetched():
        assert re.search(r"\.[0-9a-f]{12}\.", file), file
        assert "immutable" in fetch(client, file)[0]["Cache-Control"]
    assert "immutable" not in page.get("Cache-Control", "")


def test_drawings_carry_no_policy_that_would_take_their_colours(client: Client) -> None:
    drawings = [f for f in Parts(client.get("/").text).fetched() if f.endswith(".svg")]
    assert drawings
    assert all("Content-Security-Policy" not in fetch(client, file)[0] for file in drawings)


def test_example_data_is_called_so_on_every_page(client: Client, entity: Entity) -> None:
    notice = "Illustrative example data."
    assert notice not in client.get("/").text
    Entity.objects.filter(pk=entity.pk).update(is_illustrative=True)
    assert all(notice in client.get(address).text for address in PAGES)


def test_an_empty_installation_has_its_pages(client: Client) -> None:
    Fund.objects.all().delete()
    for address in ("/", "/funds/", "/give/", "/about/", "/contact/", "/transparency/"):
        assert client.get(address).status_code == 200
    assert "There is no fund yet." in client.get("/funds/").text


@pytest.mark.parametrize(("address", "most"), [("/", 10), ("/funds/", 7), ("/funds/general/", 13)])
def test_pages_need_as_many_queries_for_ten_funds_as_for_one(
    client: Client, entity: Entity, count_queries: type, address: str, most: int
) -> None:
    with count_queries(connection) as one:
        client.get(address)
    for number in range(9):
        make.fund(entity, f"Fund {number}")
    with count_queries(connection) as ten:
        assert client.get(address).status_code == 200
    assert len(one) == len(ten) <= most


def test_a_fund_tells_its_rules_in_words(client: Client, entity: Entity, general: Fund) -> None:
    make.fund(
        entity,
        "Dogs",
        slug="dogs",
        purpose="Vaccination of herding dogs.",
        restriction="restricted",
        surplus="What is left over goes to the general fund.",
        fees_from=general,
    )
    page = client.get("/funds/dogs/").text
    for sentence in (
        "Vaccination of herding dogs.",
        "Its money may be used for this purpose only.",
        "What is left over goes to the general fund.",
        "Payment fees are a cost of General fund, not of this fund.",
        "Manul Fund Example Foundation",
    ):
        assert sentence in page
    assert 'href="/give/?fund=dogs"' in page


def test_a_closed_fund_keeps_its_page_and_takes_no_gifts(client: Client, entity: Entity) -> None:
    make.fund(entity, "Old", slug="old", is_open_to_gifts=False, closed_on=dt.date(2026, 3, 1))
    page = client.get("/funds/old/").text
    assert "This fund was closed on" in page
    assert "/give/?fund=old" not in page
    assert "Old" in client.get("/funds/").text


def test_the_technical_fund_has_no_page(client: Client, entity: Entity) -> None:
    treasury = Fund.objects.get(is_treasury=True)
    assert client.get(f"/funds/{treasury.slug}/").status_code == 404
    assert treasury.slug not in client.get("/funds/").text


def test_markup_in_a_fund_is_shown_as_text(client: Client, entity: Entity) -> None:
    evil = "<script>alert(1)</script>"
    make.fund(entity, f"Evil {evil}", slug="evil", purpose=f"Purpose {evil}")
    for address in ("/", "/funds/", "/funds/evil/", "/give/"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_pages_can_only_be_read(client: Client) -> None:
    for address in ("/", "/funds/", "/funds/general/", "/projects/", "/transparency/", "/healthz"):
        assert client.post(address).status_code == 405


def test_a_missing_page_does_not_say_which_it_is(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Nothing to see here." in answer.text
    assert "nowhere" not in answer.text


def test_a_fault_shows_a_page_that_stands_alone(client: Client, settings: Settings) -> None:
    from django.views.defaults import server_error

    page = server_error(client.get("/").wsgi_request)
    assert page.status_code == 500
    assert b"no gift is lost" in page.content
    for file in Parts(page.content.decode()).fetched():
        assert fetch(client, file)[0].status_code == 200, file


def test_a_foreign_host_is_refused_in_words(client: Client) -> None:
    answer = client.get("/", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert "We did not understand that" in answer.text
