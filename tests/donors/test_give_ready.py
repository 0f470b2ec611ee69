"""The giving form is made once for all strangers, is never an old one, and nobody else's."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from donors.models import Gift
from donors.views import ready
from funding.ledger.models import Fund
from funding.parties.models import Entity
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person, sign_in

ClockAt = Callable[[dt.datetime], None]

pytestmark = pytest.mark.django_db
_TIME = re.compile(r"</?time[^>]*>")
_FIELD = 'name="{}" value="([^"]+)"'
# What a statement reads from.
_TABLE = re.compile(r'(?:FROM|JOIN) "?([a-z_]+)"?')


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    cache.clear()
    ready.forget()
    yield
    ready.forget()


@pytest.fixture
def general() -> Fund:
    return make.fund(make.entity(), "General fund", slug="general")


def opened(client: Client | None = None, address: str = "/give/") -> str:
    """The page as it comes to a browser, by default to one that was never here."""
    return cast(HttpResponse, (client or Client()).get(address)).text


def field(page: str, name: str) -> str:
    (value,) = re.findall(_FIELD.format(name), page)
    return str(value)


def without_words(page: str) -> str:
    """The page without what is another word each time."""
    page = re.sub(_FIELD.format("(?:csrfmiddlewaretoken|token)"), "", page)
    return re.sub(r'nonce="[^"]+"', "", page)


def test_a_page_that_was_kept_is_the_page_that_would_be_made(general: Fund) -> None:
    for language in ("en", "sv"):
        client = Client(headers={"accept-language": language})
        made, kept = opened(client), opened(client)
        assert without_words(made) == without_words(kept)
        assert f'<html lang="{language}">' in kept
    assert general.name in kept


def test_one_statement_asks_whether_the_kept_page_is_true(general: Fund) -> None:
    opened()
    with CaptureQueriesContext(connection) as captured:
        assert general.name in opened()
    assert len(captured) == 1


def test_all_that_the_page_reads_is_watched(general: Fund) -> None:
    """Whoever shows more on this page lets `ready` ask whether that has changed."""
    make.fund(general.entity, fees_from=general)
    with CaptureQueriesContext(connection) as captured:
        opened()
    read = {table for each in captured for table in _TABLE.findall(each["sql"])}
    assert read
    assert read <= ready.TABLES


def test_each_visit_has_words_of_its_own(general: Fund) -> None:
    del general
    pages = [opened() for _visit in range(3)]
    for name in ("token", "csrfmiddlewaretoken"):
        assert len({field(page, name) for page in pages}) == 3
    response = cast(HttpResponse, Client().get("/give/"))
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', response.text))
    assert f"'nonce-{nonce}'" in response.headers["Content-Security-Policy"]
    assert all(nonce not in page for page in pages)


def test_a_kept_page_can_be_sent(general: Fund) -> None:
    """Its tokens are taken: what is missing is a name, and no form of another site is suspected."""
    opened()
    client = Client(enforce_csrf_checks=True)
    page = opened(client)
    sent = {"csrfmiddlewaretoken": field(page, "csrfmiddlewaretoken")}
    sent |= {"token": field(page, "token"), "shown": "EUR", "currency": "EUR", "choice": "25.00"}
    assert client.post("/give/", sent | {"fund": general.slug}).status_code == 422
    other = Client(enforce_csrf_checks=True)
    opened(other)
    assert other.post("/give/", sent | {"csrfmiddlewaretoken": "a" * 64}).status_code == 403
    assert not Gift.objects.exists()


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("name", "Snow and stone", "Snow and stone"),
        ("purpose", "Counting manuls in winter.", "Counting manuls in winter."),
        ("surplus", "It waits for the next winter.", "It waits for the next winter."),
        ("is_open_to_gifts", False, "No fund is open to gifts yet."),
    ],
)
def test_a_change_of_a_fund_shows_at_once(
    general: Fund, what: str, value: object, words: str
) -> None:
    assert words not in opened()
    Fund.objects.filter(pk=general.pk).update(**{what: value})
    assert words in opened()


def test_changes_beside_the_fund_show_at_once(general: Fund) -> None:
    bearer = make.fund(general.entity, "Bearer", is_open_to_gifts=False)
    opened()
    Fund.objects.filter(pk=general.pk).update(fees_from=bearer)
    assert "Payment fees are borne by Bearer" in opened()
    Fund.objects.filter(pk=bearer.pk).update(name="Strongbox")
    assert "Payment fees are borne by Strongbox" in opened()
    Entity.objects.update(legal_name="Steppe Trust")
    assert "Steppe Trust" in opened()
    Entity.objects.update(is_illustrative=True)
    assert "Illustrative example data." in opened()
    make.fund(general.entity, "A further one")
    assert "A further one" in opened()


def test_the_day_of_the_second_gift_is_that_of_the_receivers_calendar(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    make.fund(make.entity(zone="Europe/Stockholm"))
    clock_at(dt.datetime(2027, 3, 14, 22, 30, tzinfo=dt.UTC))
    assert "the next one on 14 April 2027" in re.sub(_TIME, "", opened())
    clock_at(dt.datetime(2027, 3, 14, 23, 10, tzinfo=dt.UTC))
    assert "the next one on 15 April 2027" in re.sub(_TIME, "", opened())


def test_the_next_day_makes_it_anew(general: Fund, clock_at: ClockAt) -> None:
    """It names the day on which a regular gift is taken again; the receiver's midnight counts."""
    clock_at(dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC))
    before = without_words(opened())
    clock_at(dt.datetime(2026, 3, 14, 23, 30, tzinfo=dt.UTC))
    ready_made = without_words(opened())
    ready.forget()
    assert before != ready_made == without_words(opened())
    assert general.entity.zone == "Europe/Stockholm"


def test_whoever_asks_for_something_gets_it(general: Fund) -> None:
    further = make.fund(general.entity, "A further one")
    kept = opened()
    asked = opened(address=f"/give/?fund={further.slug}&currency=SEK&rhythm=monthly")
    assert without_words(asked) != without_words(kept)
    assert without_words(opened()) == without_words(kept)


def test_whoever_has_signed_in_gets_a_page_of_their_own(general: Fund) -> None:
    del general
    kept = opened()
    client = Client()
    sign_in(client, make_person("alice@donor.example", "Alice Example"), factor=False)
    own = opened(client)
    assert "Sign in" in kept
    assert "Sign in" not in own
    assert without_words(opened()) == without_words(kept)


def test_what_is_to_be_told_is_told(general: Fund) -> None:
    """Whoever signs out and goes on to give reads that they have signed out."""
    del general
    opened()
    client = Client()
    sign_in(client, make_person("alice@donor.example", "Alice Example"), factor=False)
    client.post("/accounts/logout/")
    assert 'class="wrap top" role="status"' in opened(client)
    assert 'class="wrap top" role="status"' not in opened()
