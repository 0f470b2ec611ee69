"""In which language a page comes: the browser's choice, the person's, what the browser asks for."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import reverse

from donors import donors, pledges
from donors.models import Donor, Pledge, PledgeState
from funding import clock, waits
from funding.ledger.models import Fund
from funding.users.models import Role
from tests import make
from tests.donors import regular
from tests.people import make_person, sign_in
from tests.words import givers

SWEDISH = {"Accept-Language": "sv-FI, sv;q=0.9, en;q=0.5"}


@pytest.fixture(autouse=True)
def fund(db: None) -> None:
    cache.clear()
    make.fund(make.entity(), slug="general", position=1)


def language_of(answer: HttpResponseBase) -> str:
    """What the page says it is in, after asking that it says so everywhere."""
    assert isinstance(answer, HttpResponse)
    language = answer.headers["Content-Language"]
    assert f'<html lang="{language}">' in answer.content.decode()
    assert language in dict(settings.LANGUAGES)
    return language


def choose(client: Client, language: str, where: str = "/funds/?page=2") -> HttpResponse:
    answer = client.post(reverse("language"), {"language": language, "next": where})
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_page_comes_as_the_browser_asks_for_it_and_caches_know(client: Client) -> None:
    answer = client.get("/about/", headers=SWEDISH)
    assert language_of(answer) == "sv"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    # Looking at a page gives nobody a cookie.
    assert not answer.cookies
    assert language_of(client.get("/about/")) == "en"
    assert language_of(client.get("/about/", headers={"Accept-Language": "mn, zh"})) == "en"


def test_the_switch_in_the_foot_is_kept_and_leads_back(client: Client) -> None:
    page = client.get("/funds/?page=2").content.decode()
    assert '<input type="hidden" name="next" value="/funds/?page=2">' in page
    assert 'value="sv" lang="sv">Svenska</button>' in page
    assert 'value="en" lang="en" aria-current="true">English</button>' in page
    answer = choose(client, "sv")
    assert answer.headers["Location"] == "/funds/?page=2"
    assert language_of(client.get("/funds/")) == "sv"
    assert language_of(client.get("/nowhere/")) == "sv"
    choose(client, "en")
    assert language_of(client.get("/funds/", headers=SWEDISH)) == "en"


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_the_switch_leads_nowhere_else(client: Client, where: str) -> None:
    assert choose(client, "sv", where).headers["Location"] == "/"


@pytest.mark.parametrize("language", ["xx", "", "sv\r\nSet-Cookie: a=b", "../en"])
def test_a_language_that_is_not_there_changes_nothing(client: Client, language: str) -> None:
    assert not choose(client, language).cookies
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert language_of(client.get("/about/")) == "en"


def test_the_person_has_a_language_wherever_they_sign_in(client: Client) -> None:
    alice = make_person("alice@example.org", "Alice")
    donors.find_or_create(name="Alice", email="alice@example.org", language="sv")
    sign_in(client, alice, factor=False)
    answer = client.get("/account/")
    assert language_of(answer) == "sv"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "sv"
    # The browser's own choice goes before it, and changes nothing of the person's.
    choose(client, "en")
    assert language_of(client.get("/account/")) == "en"
    assert Donor.objects.get().language == "sv"


def test_an_address_that_is_not_confirmed_gives_no_language(client: Client) -> None:
    eve = make_person("alice@example.org", "Eve", verified=False)
    donors.find_or_create(name="Alice", email="alice@example.org", language="sv")
    sign_in(client, eve, factor=False)
    assert language_of(client.get("/account/")) == "en"


def running(fund: Fund) -> Pledge:
    """One that has begun, in English."""
    pledge = pledges.start(regular.promise(fund))
    pledge.state, pledge.began_at = PledgeState.ACTIVE, clock.now()
    pledge.subscription, pledge.method = "sub_words", "Card ending 4242"
    pledge.next_at = clock.now() + dt.timedelta(days=20)
    pledge.save()
    return pledge


def test_a_person_chooses_the_language_of_their_mails(client: Client) -> None:
    pledge = running(Fund.objects.get(slug="general"))
    gift = make.gift(pledge.fund, email=pledge.donor.email)
    other = make.gift(pledge.fund, email="other@example.org")
    sign_in(client, make_person(pledge.donor.email), factor=False)
    client.post(reverse("account_language"), {"language": "xx"})
    pledge.refresh_from_db()
    assert pledge.language == "en"
    client.post(reverse("account_language"), {"language": "sv"})
    assert language_of(client.get("/account/")) == "sv"
    pledge.refresh_from_db()
    assert pledge.language == "sv"
    assert Donor.objects.get(pk=pledge.donor_id).language == "sv"
    assert Donor.objects.get(pk=other.donor_id).language == "en"
    # What was given in English keeps its receipt in English.
    gift.refresh_from_db()
    assert gift.language == "en"


def test_the_inbox_speaks_the_language_of_whoever_holds_no_role(client: Client) -> None:
    bob = make_person("bob@example.org", "Bob")
    sign_in(client, bob, factor=False)
    choose(client, "sv")
    answer = client.get("/inbox/")
    assert language_of(answer) == "sv"
    said = answer.content.decode()
    assert "Vad som väntar på dig" in said
    assert 'value="en" lang="en"' in said
    assert "What waits" not in said


def test_every_wait_that_is_asked_for_everybody_is_translated_or_for_staff() -> None:
    """So that no English stands in the inbox of a giver, an applicant or a zoo's people."""
    everybodys = {source.__module__ for source, wanted in waits.SOURCES.values() if not wanted}
    # Reports are asked for by those who work for the fund; their inbox is in English.
    everybodys.discard("funding.site.report_pages")
    files = {f"{name.replace('.', '/')}.py" for name in everybodys}
    assert files == {name for name in files if givers.is_givers(name)}


def test_the_desks_are_in_english_and_offer_nothing_else(client: Client) -> None:
    sign_in(client, make_person("tara@example.org", "Tara", Role.TREASURER))
    choose(client, "sv")
    for address in ("/treasurer/", "/treasurer/gifts/", "/inbox/", "/awards/"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert language_of(answer) == "en"
        assert "Svenska" not in answer.content.decode()
    assert language_of(client.get("/account/")) == "sv"
