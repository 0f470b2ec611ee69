"""The figures of a fund's page are the ledger's, and they add up."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from donors import gifts, refunds
from donors.models import Gift
from funding.ledger import balances, holds
from funding.ledger.models import Fund
from tests import make
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def lived(committed: None, stripe: Sandbox) -> Fund:
    """A fund that got two gifts with their fees, gave some back, and waits for pounds."""
    fund = make.fund(make.entity(), slug="lived", reserve_minor=500)
    first = make.gift(fund, cover_minor=70)
    _pay(stripe, first)
    _pay(stripe, make.gift(fund, email="bob@donor.example"))
    stripe.control("clock", advance_seconds=DELAY_SECONDS)
    gifts.sweep()
    for gift in Gift.objects.all():
        gifts.follow(gift.pk)
    refunds.request(gift_id=first.pk, amount_minor=1000, reason="Asked for", actor="user:1")
    refunds.sweep()
    _pay(stripe, make.gift(fund, currency="GBP", email="eve@donor.example"))
    return fund


def _pay(stripe: Sandbox, gift: Gift) -> None:
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    stripe.control("pay", session=gift.checkout)
    gifts.follow(gift.pk)


def figures(page: str) -> dict[str, Decimal]:
    """The rows of the year's money by their first words."""
    table = page[page.index("<h2>The year’s money</h2>") : page.index("Gifts by month")]
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="n">(.*?)</td>', table)
    return {
        re.sub("<[^>]+>", "", words): Decimal(sum_.replace(",", "").replace("−", "-"))
        for words, sum_ in rows
    }


def test_the_years_money_adds_up_to_the_balance(client: Client, lived: Fund) -> None:
    page = cast(HttpResponse, client.get("/funds/lived/")).text
    *parts, total = figures(page).values()
    assert sum(parts) == total == balances.figures([lived.pk])[lived.pk].balance.decimal
    assert figures(page)["Went back to donors"] == Decimal("-10.00")
    assert figures(page)["Gifts, 2"] == Decimal("51.70")
    assert figures(page)["Payment fees"] < 0


def test_the_sum_that_leads_to_what_is_free_is_shown(client: Client, lived: Fund) -> None:
    figure = balances.figures([lived.pk])[lived.pk]
    page = client.get("/funds/lived/").text
    assert figure.available == figure.balance - figure.reserve
    assert f"<dd>{figure.available.text()}<small>balance less reserve 5.00</small>" in page


def test_pounds_without_a_value_are_on_their_way(client: Client, lived: Fund) -> None:
    for address in ("/funds/lived/", "/"):
        page = client.get(address).text
        assert "On its way" in page
        assert "<dd>£25.50<small>" in page


def test_the_home_page_tells_the_same_as_the_funds(client: Client, lived: Fund) -> None:
    figure = balances.figures([lived.pk])[lived.pk]
    home = client.get("/").text
    assert "<dd>€51.70<small>in 2 gifts</small>" in home
    assert f"<dd>{figure.balance.text()}<small>" in home
    assert f"<b>{figure.balance.text()}</b>" in home
    assert f"{figure.balance.figure()}</td>" in client.get("/funds/").text


def test_a_fund_pushed_under_by_a_refund_says_so(client: Client, lived: Fund) -> None:
    assert "overdrawn" not in client.get("/funds/lived/").text
    free = balances.available(lived.pk)
    holds.place(fund_id=lived.pk, cause="motion:1", amount=free, actor="user:1")
    assert "overdrawn" not in client.get("/funds/lived/").text
    gift = Gift.objects.get(donor__email="bob@donor.example")
    refunds.request(gift_id=gift.pk, amount_minor=2550, reason="Asked for", actor="user:1")
    refunds.sweep()
    page = client.get("/funds/lived/").text
    assert "overdrawn" in page
    assert "<dd>−€25.50<small>" in page
