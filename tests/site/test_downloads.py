"""The journal as a file: whole, streamed, and without a person in it."""

import csv

import pytest
from django.core.cache import cache
from django.test import Client

from donors import gifts
from funding.ledger.models import Fund, Posting
from tests import make
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def given(committed: None, stripe: Sandbox) -> Fund:
    """A fund with one gift, beside one that got nothing of it."""
    fund = make.fund(make.entity())
    gift = make.gift(fund, message="Secret words")
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    stripe.control("pay", session=gift.checkout)
    gifts.follow(gift.pk)
    return fund


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.streaming
    return str(answer.getvalue().decode())


def test_the_journal_of_a_fund_adds_up_to_nought(client: Client, given: Fund) -> None:
    rows = list(csv.DictReader(read(client, f"/journal/{given.slug}.csv").splitlines()))
    assert len(rows) == Posting.objects.filter(fund=given).count() > 0
    assert sum(int(row["amount_minor"]) for row in rows) == 0
    assert {row["fund"] for row in rows} == {given.slug}


@pytest.mark.parametrize("form", ["csv", "beancount"])
def test_the_journal_names_nobody(client: Client, given: Fund, form: str) -> None:
    for fund in (given.slug, "all"):
        text = read(client, f"/journal/{fund}.{form}")
        for personal in ("Alice", "alice", "donor.example", "Secret words"):
            assert personal not in text


@pytest.mark.parametrize("address", ["nowhere.csv", "all.xlsx", "all.csv.csv", "..%2fall.csv"])
def test_an_unknown_journal_is_not_here(client: Client, db: None, address: str) -> None:
    assert client.get(f"/journal/{address}").status_code == 404
