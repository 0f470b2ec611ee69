"""Goal: an empty installation is set up from its pages, and nothing is assumed."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from funding.audit.models import Record
from funding.ledger import checks
from funding.ledger.models import Account, Fund
from funding.parties.models import Entity
from funding.site import setup
from funding.users.models import Role, User
from tests import make
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db
PUBLIC = ["/", "/funds/", "/give/", "/about/", "/privacy/", "/terms/", "/contact/", "/verify/"]
PUBLIC += ["/projects/", "/grants/", "/rounds/", "/transparency/"]
PUBLIC += ["/journal/all.csv", "/journal/all.beancount", "/robots.txt", "/accounts/login/"]

BODY = {
    "legal_name": "Stiftelsen Manul",
    "registration_number": "802000-0000",
    "address": "Stenbacken 4\r\n000 00 Norrvik",
    "contact_email": "fund@example.org",
    "tax_regime": "none",
    "signatory_name": "Tara Lindqvist",
    "signatory_role": "Treasurer",
    "country": "SE",
    "zone": "Europe/Stockholm",
    "currency": "SEK",
    "series": "SM",
    "bank": "Norrviks Sparbank",
}


@pytest.fixture
def ada(client: Client) -> User:
    """An administrator who has signed in."""
    cache.clear()
    person = make_person("ada@example.org", "Ada", Role.ADMINISTRATOR)
    sign_in(client, person)
    return person


def counts() -> list[int]:
    return [table.objects.count() for table in (Entity, Fund, Account, Record)]


def states() -> dict[str, str]:
    return {part.title: part.state for part in setup.parts()}


@pytest.mark.parametrize("address", PUBLIC)
def test_every_public_page_answers_on_an_empty_installation(client: Client, address: str) -> None:
    cache.clear()
    answer = client.get(address)
    assert answer.status_code == 200
    assert "/setup/" not in (answer.getvalue().decode() if answer.streaming else answer.text)


@pytest.mark.parametrize("address", ["/", "/funds/", "/give/"])
def test_an_administrator_is_led_to_the_setting_up(client: Client, ada: User, address: str) -> None:
    assert 'href="/setup/"' in client.get(address).text


def test_without_a_fund_there_is_a_sentence_and_no_form(client: Client, db: None) -> None:
    cache.clear()
    page = client.get("/give/").text
    assert "No fund is open to gifts yet." in page
    assert "Go on to the payment" not in page


def test_the_list_says_what_is_done_and_what_comes_next(
    client: Client, ada: User, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert states()["A receiving body"] == "next"
    assert states()["A second person"] == "open"
    (wait,) = setup.unfinished(ada)
    assert wait.sentence == "Next: A receiving body."
    client.post("/setup/organisation/", BODY)
    assert states()["A fund that is open to gifts"] == "next"
    make.fund(Entity.objects.get())
    assert states()["Card payments"] == "next"
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    assert states()["A second person"] == "next"
    tara = make_person("tara@example.org", "Tara", Role.TREASURER)
    assert states()["A second person"] == "done"
    assert setup.unfinished(ada) == setup.unfinished(tara) == []
    assert client.get("/setup/").status_code == 200


def test_a_body_is_not_set_up_by_half(client: Client, ada: User) -> None:
    before = counts()
    for name in BODY:
        if name != "registration_number":
            answer = client.post("/setup/organisation/", BODY | {name: ""})
            assert answer.status_code == 422, name
    for facts in ({"series": "sm"}, {"country": "XX"}, {"zone": "Mars/Base"}, {"currency": "XAU"}):
        assert client.post("/setup/organisation/", BODY | facts).status_code == 422, facts
    assert client.post("/setup/organisation/", BODY | {"bank": "銀行"}).status_code == 409
    assert counts() == before


def test_a_body_is_set_up_with_all_that_its_first_gift_needs(client: Client, ada: User) -> None:
    page = client.get("/setup/organisation/").text
    assert set(re.findall(r'value="([^"]*)" selected', page)) == {""}
    answer = client.post("/setup/organisation/", BODY, follow=True)
    assert "Stiftelsen Manul" in answer.text
    entity = Entity.objects.get()
    assert (entity.address, entity.currency) == ("Stenbacken 4\n000 00 Norrvik", "SEK")
    assert not entity.is_illustrative
    assert Fund.objects.get().is_treasury
    assert checks.set_up(databases=["default"]) == []
    before = counts()
    again: Any = client.post("/setup/organisation/", BODY)
    assert (again.status_code, counts()) == (409, before)
    assert "with this series is here already" in again.text


def test_a_body_is_put_right_and_gets_a_further_bank_account(client: Client, ada: User) -> None:
    client.post("/setup/organisation/", BODY)
    page = "/setup/organisation/stiftelsen-manul/"
    assert client.post(page, BODY | {"contact_email": "no"}).status_code == 422
    client.post(page, BODY | {"contact_email": "new@example.org", "currency": "EUR"})
    entity = Entity.objects.get()
    assert (entity.contact_email, entity.currency) == ("new@example.org", "SEK")
    office = BODY | {"cosignatory_role": "Chair"}
    assert "Write who holds this office." in client.post(page, office).text
    client.post(page, office | {"cosignatory_name": "Chinua Okoro"})
    assert "Chinua Okoro, Chair" in client.get("/setup/").text
    for _time in range(2):
        client.post(f"{page}bank/", {"name": "Steppe Bank"})
    assert "bank:stiftelsen-manul-steppe-bank" in client.get("/setup/").text
    assert Account.objects.filter(entity=entity, kind="bank").count() == 2
    before = counts()
    assert client.post(f"{page}bank/", {"name": ""}).status_code == 422
    assert client.post(f"{page}bank/", {"name": "銀行"}).status_code == 409
    assert counts() == before


def test_setting_up_asks_again_who_is_there(client: Client, ada: User) -> None:
    sign_in(client, ada, minutes_ago=6)
    answer = client.post("/setup/organisation/", BODY)
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not Entity.objects.exists()
