"""A guest's gifts are found by whoever reads the mailbox, and by nobody else."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from donors.models import Gift
from funding.users import guests
from funding.users.models import User
from tests.access.pages_site import gift
from tests.access.world import World
from tests.ledger.racing import together
from tests.mail.conftest import MailServer
from tests.people import make_person, sign_in
from tests.users.conftest import code_in

ADDRESS = "alice@cast.example"


class Guest(World):
    """A world whose Alice has no account: she only ever gave."""

    def __getitem__(self, name: str) -> User:
        assert name == "alice"
        return User(email=ADDRESS)


@pytest.fixture
def given(db: None) -> Gift:
    """A gift by somebody who never signed in, settled."""
    return Guest().of(gift)


def test_the_first_settled_gift_keeps_a_person_whose_address_is_not_proved(given: Gift) -> None:
    user = User.objects.get(email=ADDRESS)
    assert (user.name, user.has_usable_password()) == ("Alice Example", False)
    assert guests.verified(user) == []


def test_a_mailed_code_proves_it_and_shows_the_gift(
    given: Gift, client: Client, server: MailServer
) -> None:
    client.post("/accounts/login/", {"login": ADDRESS.upper()})
    answer = client.post("/accounts/login/code/confirm/", {"code": code_in(server)})
    assert answer["Location"] == "/account/"
    page = client.get("/account/").content.decode()
    assert "€25.50" in page
    assert EmailAddress.objects.get(email=ADDRESS).verified


def test_before_that_not_even_a_session_of_theirs_sees_it(given: Gift, client: Client) -> None:
    sign_in(client, User.objects.get(email=ADDRESS), factor=False)
    page = client.get("/account/").content.decode()
    assert "€25.50" not in page
    assert "not confirmed yet" in page


def test_a_stranger_who_types_the_address_sees_nothing_and_learns_nothing(
    given: Gift, client: Client, server: MailServer
) -> None:
    client.post("/accounts/login/", {"login": ADDRESS})
    assert client.post("/accounts/login/code/confirm/", {"code": "BCDF-GHJK"}).status_code == 200
    assert client.get("/account/").status_code == 302
    assert [mail["To"] for mail in server.received] == [ADDRESS]

    assert client.post("/accounts/signup/", {"email": ADDRESS}).status_code == 302
    assert "account here" in server.received[-1]["Subject"]
    assert client.get("/account/").status_code == 302
    assert not EmailAddress.objects.get(email=ADDRESS).verified


def test_a_stranger_cannot_rename_a_person_by_giving_in_their_name(db: None) -> None:
    alice = make_person(ADDRESS, "Alice")
    assert guests.ensure(f" {ADDRESS.title()} ", "Mallory") == alice
    alice.refresh_from_db()
    assert (alice.name, alice.email) == ("Alice", ADDRESS)
    bob = guests.ensure("bob@zoo.example", "Bob")
    guests.ensure("bob@zoo.example", "Mallory")
    assert User.objects.get(pk=bob.pk).name == "Bob"


def test_a_second_gift_makes_no_second_person(db: None) -> None:
    world = Guest()
    world.of(gift)
    guests.ensure(ADDRESS, "Alice")
    assert User.objects.count() == EmailAddress.objects.count() == 1


def test_gifts_of_another_address_stay_where_they_are(given: Gift, client: Client) -> None:
    eve = make_person("eve@else.example", "Alice Example")
    sign_in(client, eve, factor=False)
    assert "€25.50" not in client.get("/account/").content.decode()


def test_two_gifts_at_once_make_one_person(committed: None) -> None:
    got = together(4, lambda n: guests.ensure(ADDRESS, f"Alice {n}").pk)
    assert len(set(got)) == User.objects.count() == EmailAddress.objects.count() == 1
