"""A name on the giving form, on its giver's own page, at the desk, and where strangers see it."""

from typing import cast

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from donors import pledges, public_names
from donors.models import Gift, PublicName
from donors.public_names import Shown
from funding.ledger.models import Fund
from funding.users.models import Role, User
from tests.donors import regular
from tests.donors.stating import at, given
from tests.donors.test_give_pages import filled, send, unfold
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

ALICE = "alice@donor.example"
ASKED = {"shows_name": "on", "shown_name": "Alice of Oslo"}


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    user = User.objects.filter(email=ALICE).first() or make_person(ALICE, "Alice")
    EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def seen(client: Client) -> tuple[bool, bool]:
    """Whether strangers see her on the page of the fund, and among the supporters."""
    fund = Fund.objects.get(is_treasury=False)
    pages = (client.get(f"/funds/{fund.slug}/").text, client.get("/supporters/").text)
    return ("Alice of Oslo" in pages[0], "Alice of Oslo" in pages[1])


@pytest.mark.parametrize("rhythm", ["once", "monthly"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Write the name as it is to be shown."),
        ("x" * 61, "Write a name of at most 60 letters."),
        ("www.casino.example", "A web or e-mail address cannot stand here."),
        ("٣", "Write the name as it is to be shown."),
        ("\x00", "Null characters are not allowed."),
    ],
)
def test_the_form_says_what_is_no_name_and_keeps_what_was_typed(
    client: Client, stripe: Sandbox, general: Fund, name: str, says: str, rhythm: str
) -> None:
    answer = send(client, filled(general, rhythm=rhythm, shows_name="on", shown_name=name))
    assert answer.status_code == 422
    assert says in unfold(answer)
    assert 'id="id_shows_name" checked' in answer.text
    assert name.replace("\x00", "") in answer.text
    assert not Gift.objects.exists()


def test_nothing_is_ticked_and_a_name_without_the_tick_counts_for_nothing(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    page = client.get("/give/").text
    assert 'id="id_shows_name">' in page
    assert 'id="id_shows_sum">' in page
    form = filled(general, shown_name="www.casino.example", shows_sum="on")
    assert send(client, form).status_code == 303
    assert not PublicName.objects.exists()
    # With another mistake it comes back as it was typed.
    wrong = filled(general, email="", shown_name="Al", shows_name="on", shows_sum="on")
    again = send(client, wrong)
    assert again.status_code == 422
    assert 'value="Al"' in again.text
    assert 'id="id_shows_sum" checked' in again.text


def test_a_giver_shows_changes_and_takes_away_and_strangers_see_it_at_once(
    client: Client, general: Fund, alice: User
) -> None:
    gift = given(general, 2500, at("2026-03-14"))
    address, stranger = f"/account/gifts/{gift.uuid}/name/", Client()
    sign_in(client, alice, factor=False)
    assert "No name is shown." in client.get(address).text
    assert seen(stranger) == (False, False)
    answer = cast(HttpResponse, client.post(address, ASKED | {"shown_name": ""}))
    assert answer.status_code == 422
    assert seen(stranger) == (False, False)
    assert client.post(address, ASKED).status_code == 302
    assert seen(stranger) == (True, True)
    assert "March 2026" in stranger.get("/supporters/").text
    assert "25" not in stranger.get("/supporters/").text.split("Alice of Oslo")[1][:80]
    client.post(address, ASKED | {"shows_sum": "on"})
    assert "€25.00" in stranger.get("/supporters/").text
    assert client.post(address, {}).status_code == 302
    assert seen(stranger) == (False, False)
    page = client.get(address).text
    assert "before: <bdi>Alice of Oslo</bdi>" in page
    assert client.get(f"/account/money/{gift.uuid}/").status_code == 200


def test_a_regular_giver_chooses_for_each_gift(client: Client, general: Fund, alice: User) -> None:
    pledge = pledges.start(regular.promise(general))
    pledge.state, pledge.began_at, pledge.subscription = "active", at("2026-03-01"), "sub_name"
    pledge.method, pledge.next_at = "Card ending 4242", at("2026-12-20")
    pledge.save()
    sign_in(client, alice, factor=False)
    address = f"/account/pledges/{pledge.uuid}/name/"
    assert "Show my name with each gift" in client.get(address).text
    assert client.post(address, ASKED).status_code == 302
    assert public_names.shown_of(pledge) == Shown("Alice of Oslo")
    assert "Alice of Oslo" in client.get(f"/account/pledges/{pledge.uuid}/").text


def test_the_treasurer_takes_an_abusive_name_away_and_says_why(
    client: Client, general: Fund, alice: User
) -> None:
    gift = given(general, 2500, at("2026-03-14"), shown=Shown("Alice of Oslo"))
    tara, desk = make_person("tara@cast.example", "Tara", Role.TREASURER), Client()
    sign_in(desk, tara)
    assert "Shown as" in desk.get(f"/treasurer/gifts/{gift.uuid}/").text
    address = f"/treasurer/gifts/{gift.uuid}/name/"
    assert desk.post(address, {"why": ""}).status_code == 409
    assert seen(Client()) == (True, True)
    assert desk.post(address, {"why": "A joke about cats."}).status_code == 302
    assert seen(Client()) == (False, False)
    assert "A joke about cats." in desk.get(f"/treasurer/gifts/{gift.uuid}/").text
    sign_in(client, alice, factor=False)
    own = f"/account/gifts/{gift.uuid}/name/"
    assert "A joke about cats." in client.get(own).text
    assert client.post(own, ASKED).status_code == 409
    assert desk.post(f"{address}allow/").status_code == 302
    assert client.post(own, ASKED).status_code == 302
    assert seen(Client()) == (True, True)


def test_names_cost_the_same_questions_for_one_and_for_many(client: Client, general: Fund) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        return len(caught)

    given(general, 2500, at("2026-03-14"), shown=Shown("Alice of Oslo", with_sum=True))
    few = [asked(address) for address in (f"/funds/{general.slug}/", "/supporters/")]
    for number in range(7):
        facts = {"name": "Bo", "email": f"bo{number}@x.example"}
        given(general, 700, at("2026-03-15"), shown=Shown(f"Bo {number}", with_sum=True), **facts)
    assert [asked(address) for address in (f"/funds/{general.slug}/", "/supporters/")] == few
    assert len(public_names.latest(limit=9)) == 8
