"""A dedication on the giving form, and its card on the giver's own page."""

import datetime as dt
from typing import cast

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from donors import cards
from donors.models import Gift, Pledge, Tribute
from funding import clock
from funding.ledger.models import Fund
from funding.users import guests
from tests.donors.conftest import Visitor
from tests.donors.test_give_pages import filled, send, unfold
from tests.donors.test_tributes import REX, card, cards_mailed, received
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tribute": "memory"}, "Write whom the gift is for."),
        ({"honoree": "Ulla"}, "Choose whether it is in honour or in memory."),
        ({"tribute": "memory", "honoree": "U", "card_email": REX}, "Write the name of whoever"),
        ({"tribute": "memory", "honoree": "U", "card_name": "R"}, "Write the address to which"),
        ({"tribute": "memory", "honoree": "U", "card_email": "rex", "card_name": "R"}, "such as"),
        ({"tribute": "memory", "honoree": "www.x"}, "carries no web or e-mail addresses"),
        ({"tribute": "loud", "honoree": "U"}, "Choose one of these."),
        (
            {"tribute": "honour", "honoree": "U", "card_email": REX, "card_name": "R"}
            | {"card_on": "2001-02-03"},
            "Choose a day from today on",
        ),
        ({"tribute": "honour", "honoree": "U", "tribute_words": "x" * 301}, "at most 300"),
        ({"tribute": "honour", "honoree": "", "rhythm": "monthly"}, "Write whom the gift is for."),
    ],
)
def test_the_form_says_what_is_missing_and_keeps_what_was_typed(
    client: Client, stripe: Sandbox, general: Fund, fields: dict[str, str], says: str
) -> None:
    answer = send(client, filled(general, **fields))
    assert answer.status_code == 422
    assert says in unfold(answer)
    if "honoree" in fields:
        assert f'value="{fields["honoree"]}"' in answer.text
    assert Gift.objects.count() == Pledge.objects.count() == Tribute.objects.count() == 0


def test_a_form_makes_a_gift_with_its_tribute_once(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    form = filled(
        general,
        tribute="memory",
        honoree="Ulla  Ås",
        tribute_words="She counted\r\ncats.",
        card_name="Rex Reader",
        card_email="Rex@Reader.example",
    )
    assert send(client, form).status_code == 303
    gift = Gift.objects.get()
    assert send(client, form)["Location"] == gift.checkout_url
    made = card(gift)
    assert (made.kind, made.honoree, made.words) == ("memory", "Ulla Ås", "She counted\ncats.")
    assert (made.card, made.to_name, made.to_email) == ("waiting", "Rex Reader", REX)
    # Other words under the same token are another wish.
    assert send(client, form | {"honoree": "Nobody"}).status_code == 409
    # Whoever comes back finds it, and goes on with the same gift.
    page = client.get(f"/give/?again={gift.uuid}").text
    assert 'value="Ulla Ås"' in page
    again = form | {"again": str(gift.uuid), "token": filled(general)["token"]}
    assert send(client, again)["Location"] == gift.checkout_url
    assert Gift.objects.count() == 1


def test_the_giver_changes_and_stops_the_card_on_a_page_of_their_own(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, send_on=clock.today("UTC") + dt.timedelta(days=30))
    here = f"/account/tributes/{card(gift).uuid}/"
    sign_in(client, make_person("eve@x.example"))
    assert client.get(here).status_code == 404
    assert client.post(f"{here}stop/").status_code == 404

    alice = guests.ensure("alice@donor.example", "Alice")
    EmailAddress.objects.filter(user=alice).update(verified=True)
    sign_in(client, alice)
    assert here in client.get("/account/").text
    assert 'value="Rex Reader"' in client.get(here).text
    form = {
        "tribute": "honour",
        "honoree": "Ulla",
        "tribute_words": "Other words.",
        "card_name": "Rosa",
        "card_email": "rosa@reader.example",
        "card_on": "",
    }
    refused = client.post(here, form | {"card_email": ""})
    assert refused.status_code == 422
    assert "Other words." in refused.text
    assert card(gift).honoree == "Ulla Ås"
    assert client.post(here, form).status_code == 302
    changed = card(gift)
    assert (changed.kind, changed.to_email) == ("honour", "rosa@reader.example")
    assert changed.send_on == clock.today(gift.entity.zone)
    for _twice in range(2):
        assert client.post(f"{here}stop/").status_code == 302
    assert (card(gift).card, card(gift).to_email) == ("stopped", "")
    assert client.post(here, form).status_code == 409
    assert "You stopped the card" in unfold(cast(HttpResponse, client.get(here)))
    assert cards.sweep() == 0
    assert cards_mailed() == []
