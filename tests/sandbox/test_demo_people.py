"""Goal: whoever reads the console's list can sign in as anybody on it, and is who it says."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from funding import clock
from funding.sandbox.demo import people
from funding.sandbox.demo.catalogue.cast import CAST
from funding.settings import mailer
from funding.users import roles
from funding.users.models import Role, Term, User
from tests.sandbox.rehearsal import Site

pytestmark = pytest.mark.django_db

LISTED = [person for person in CAST if person.is_listed]


@pytest.fixture
def site(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    running = Site(tmp_path)
    settings.MAILERS = {"default": mailer(f"smtp://127.0.0.1:{running.mail_server.port}/")}
    monkeypatch.setenv("PEOPLE_FILE", str(running.people))
    yield running
    running.close()


def mailed_code(site: Site, email: str) -> str:
    """The code in the newest mail to an address: the mailbox shows it in its list."""
    found = re.search(r"Your code: ([\w-]+)", site.page(f"/mail?to={quote(email)}"))
    assert found is not None
    return found[1]


def app_code(site: Site, name: str) -> str:
    """The code that the console shows beside a name."""
    row = next(row for row in site.page("/").split("<li>") if f"<b>{name}</b>" in row)
    found = re.search(r'<b class="code">(\d{3}) (\d{3})</b>', row)
    assert found is not None
    return found[1] + found[2]


def sign_in(site: Site, person_email: str) -> tuple[Client, str]:
    """A browser in which the mailed code was typed, and where that led."""
    client = Client()
    asked = client.post("/accounts/login/", {"login": person_email})
    assert asked.status_code == 302, asked.content
    code = mailed_code(site, person_email)
    done = client.post("/accounts/login/code/confirm/", {"code": code})
    assert done.status_code == 302, done.content.decode()
    return client, done["Location"]


def test_the_codes_of_the_list_open_the_pages_of_a_role(site: Site) -> None:
    people.arrive(clock.today("UTC"))
    ada = people.one("ada")
    client, way = sign_in(site, ada.email)
    assert client.get("/people/").status_code == 302  # The mailed code alone opens nothing.
    for _ in range(2):  # The half minute may end between the page and the answer.
        answer = client.post(way, {"code": app_code(site, ada.name)})
        if answer.status_code == 302:
            break
    assert answer.status_code == 302, answer.content.decode()
    assert client.get("/people/").status_code == 200


def test_everybody_on_the_list_is_who_it_says(site: Site) -> None:
    people.arrive(clock.today("UTC"))
    people.arrive(clock.today("UTC"))
    page = site.page("/")
    for person in CAST:
        assert (f"<b>{person.name}</b>" in page) == person.is_listed
        held = roles.current(User.objects.get(email=person.email))
        now = {
            office.role
            for office in person.offices
            if office.until_days_ahead is None or office.until_days_ahead >= 0
        }
        assert held == now
    assert page.count('<b class="code">') == sum(bool(each.offices) for each in LISTED)
    assert Term.objects.count() == sum(len(person.offices) for person in CAST)
    assert User.objects.count() == len(CAST)
    assert roles.holders(Role.COMMITTEE).count() == 7


def test_who_has_no_role_signs_in_with_the_mailed_code_alone(site: Site) -> None:
    people.arrive(clock.today("UTC"))
    client, _ = sign_in(site, people.one("asel").email)
    assert client.get("/account/").status_code == 200
    assert client.get("/people/").status_code == 404


def test_a_lost_list_is_written_again_with_the_same_secrets(site: Site) -> None:
    people.arrive(clock.today("UTC"))
    before = site.people.read_bytes()
    site.people.unlink()
    people.write_down()
    assert site.people.read_bytes() == before
