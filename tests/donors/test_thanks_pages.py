"""The page that tells what came of a gift, and nothing that is not so."""

import re
from typing import cast

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from donors import gifts, receipts, refunds, settlements
from donors.models import Gift, GiftState
from funding.ledger.models import Entry, Fund
from funding.parties.models import Entity
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def dogs(entity: Entity) -> Fund:
    return make.fund(entity, "Dogs and herders", slug="dogs", position=200)


def unfold(page: HttpResponse) -> str:
    return re.sub(r"\s+", " ", page.text)


def thanked(client: Client, gift: Gift) -> HttpResponse:
    return cast(HttpResponse, client.get(f"/give/thanks/?gift={gift.uuid}"))


def test_a_paid_gift_is_thanked_for_though_no_webhook_came(
    client: Client, visitor: Visitor, general: Fund, dogs: Fund
) -> None:
    gift = make.gift(general, dogs, cover_minor=90)
    visitor.pays(gift)
    answer = thanked(client, gift)
    page = unfold(answer)
    assert "Thank you. It is here." in page
    assert "We received €51.90 on" in page
    for figure in ("25.50", "0.90", "51.90", "Dogs and herders"):
        assert figure in page
    assert "a…@donor.example" in page
    assert "alice@donor.example" not in page
    assert "Alice" not in page
    assert "no-store" in answer["Cache-Control"]
    assert 'src="/static/thanks' not in page


def test_the_number_of_the_receipt_is_told_when_it_is_made(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    assert "The receipt is being written" in unfold(thanked(client, gift))
    receipts.sweep()
    number = gift.receipts.get().document
    assert number is not None
    assert f"The receipt, {number.name}, is in your mail" in unfold(thanked(client, gift))


def test_a_promise_is_not_called_a_gift(client: Client, stripe: Sandbox, general: Fund) -> None:
    gift = make.gift(general)
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    page = unfold(thanked(client, gift))
    assert "Promised. Not here yet." in page
    assert "We have your promise of €25.50 but not yet the money." in page
    assert "Thank you" not in page
    assert gift.checkout_url.split("?")[0] in page
    assert 'src="/static/thanks' in page
    assert Entry.objects.count() == 0


def test_a_promise_stays_told_when_stripe_does_not_answer(
    client: Client, stripe: Sandbox, settings: Settings, general: Fund
) -> None:
    gift = make.gift(general)
    gifts.checkout(gift.pk)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    page = unfold(thanked(client, gift))
    assert "Promised. Not here yet." in page
    assert "The payment service could not be asked just now." in page


def test_a_gift_that_failed_says_that_nothing_was_taken(client: Client, general: Fund) -> None:
    gift = make.gift(general)
    settlements.fail(gift_id=gift.pk, why="The payment page was left.")
    page = unfold(thanked(client, gift))
    assert "This gift was not made" in page
    assert "Nothing was taken. The €25.50 are still yours." in page
    assert "The payment page was left." in page
    assert f"/give/?fund={general.slug}" in page


def test_what_was_given_back_is_told(client: Client, visitor: Visitor, general: Fund) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    gifts.follow(gift.pk)
    refunds.request(gift_id=gift.pk, amount_minor=1000, reason="Asked for", actor="user:1")
    refunds.sweep()
    page = unfold(thanked(client, gift))
    assert "Of this, €10.00 has been given back. €15.50 stays in the fund." in page
    refunds.request(gift_id=gift.pk, amount_minor=1550, reason="Asked for", actor="user:1")
    refunds.sweep()
    gift.refresh_from_db()
    assert gift.state == GiftState.REFUNDED
    assert "We gave €25.50 back to you on" in unfold(thanked(client, gift))


@pytest.mark.parametrize(
    "asked", ["", "?gift=", "?gift=1", "?gift=0b9dcd0e-3f3b-4f61-9a38-3a8f8e8f7f00"]
)
def test_an_unknown_gift_is_not_here(client: Client, general: Fund, asked: str) -> None:
    answer = client.get(f"/give/thanks/{asked}")
    assert answer.status_code == 404
    assert "Nothing to see here." in answer.text


def test_the_thanks_need_few_queries(
    client: Client, visitor: Visitor, general: Fund, dogs: Fund, count_queries: type
) -> None:
    gift = make.gift(general, dogs)
    visitor.pays(gift)
    visitor.waits()
    gifts.follow(gift.pk)
    with count_queries(connection) as captured:
        assert thanked(client, gift).status_code == 200
    # One of them asks whether a pool has to do with it.
    assert len(captured) <= 7
