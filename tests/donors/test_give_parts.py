"""One gift over several funds, as it is written on the form."""

import re
from itertools import pairwise
from typing import cast

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from donors.forms import parts
from donors.models import Gift, Pledge
from funding.ledger.models import Entry, Fund
from funding.money import Money
from funding.parties.models import Entity
from tests import books, make
from tests.donors.conftest import Visitor
from tests.donors.test_give_pages import filled, send, unfold
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def dogs(entity: Entity, general: Fund) -> Fund:
    return make.fund(entity, "Dogs and herders", slug="dogs", position=200)


@pytest.fixture
def dens(entity: Entity, general: Fund) -> Fund:
    return make.fund(entity, "Dens", slug="dens", position=300)


def beside(written: dict[Fund, str]) -> dict[str, str]:
    return {f"part-{fund.slug}": text for fund, text in written.items()}


def lines() -> list[tuple[str, int]]:
    gift = Gift.objects.get()
    return [(line.fund.name, line.amount_minor) for line in gift.lines.order_by("position")]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("10", "14.99", "The parts add up to €24.99, and the gift is €25.00."),
        ("10", "15.01", "The parts add up to €25.01, and the gift is €25.00."),
        ("25.01", "-0.01", "A part cannot be below zero."),
        ("10", "", "The parts add up to €10.00, and the gift is €25.00."),
        ("60 %", "15", "Write all parts as amounts, or all in percent."),
        ("60 %", "39.99 %", "The parts are 99.99 percent. They must be 100."),
        ("60 %", "50%", "The parts are 110 percent. They must be 100."),
        ("-10 %", "110 %", "Write percent as 60 % or 33.3 %."),
        ("half %", "50 %", "Write percent as 60 % or 33.3 %."),
        ("99.99 %", "0.01 %", "One of these parts is less than can be given."),
        ("ten", "15", "Write the amount in digits"),
        ("0", "0", "The parts add up to €0.00"),
    ],
)
def test_parts_that_do_not_make_the_gift_are_refused_and_stay_as_they_were_typed(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund, first: str, second: str, says: str
) -> None:
    answer = send(client, filled(general, **beside({general: first, dogs: second})))
    assert answer.status_code == 422
    assert says in unfold(answer)
    assert f'name="part-{general.slug}"' in answer.text
    assert re.search(rf'name="part-dogs"[^>]* value="{re.escape(second)}"', answer.text)
    assert re.search(r'<details class="field more" open>\s*<summary>Split', answer.text)
    assert Gift.objects.count() == Entry.objects.count() == 0


def test_parts_of_a_regular_gift_that_do_not_make_it_are_refused(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund
) -> None:
    answer = send(client, filled(general, rhythm="monthly", **beside({general: "10", dogs: "16"})))
    assert answer.status_code == 422
    assert "The parts add up to €26.00, and the gift is €25.00." in unfold(answer)
    assert Gift.objects.count() == Pledge.objects.count() == 0


def test_funds_of_different_bodies_take_no_gift_together(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    other = make.fund(make.entity(), "Elsewhere")
    answer = send(client, filled(general, **beside({general: "10", other: "15"})))
    assert answer.status_code == 422
    assert "These funds belong to different bodies." in answer.text
    assert Gift.objects.count() == 0


def test_the_parts_of_a_closed_fund_are_not_read(
    client: Client, stripe: Sandbox, entity: Entity, general: Fund, dogs: Fund
) -> None:
    closed = make.fund(entity, "Closed", is_open_to_gifts=False)
    answer = send(client, filled(general, **beside({general: "10", closed: "15"})))
    assert answer.status_code == 422
    assert Gift.objects.count() == 0


def test_a_form_with_one_fund_offers_no_parts(client: Client, general: Fund) -> None:
    assert "Split it" not in cast(HttpResponse, client.get("/give/")).text


def test_amounts_go_to_their_funds_whatever_is_chosen_above(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund, dens: Fund
) -> None:
    form = filled(dens, cover="on", **beside({general: "9,99", dogs: "15.01", dens: "0"}))
    answer = send(client, form)
    assert answer.status_code == 303
    assert lines() == [("General fund", 999), ("Dogs and herders", 1501)]
    gift = Gift.objects.get()
    assert sum(line.cover_minor for line in gift.lines.all()) == gift.cover_minor > 0


def test_percent_are_exact_to_the_penny_and_the_books_agree(
    client: Client, stripe: Sandbox, visitor: Visitor, general: Fund, dogs: Fund, dens: Fund
) -> None:
    written = beside({general: "33.33 %", dogs: "33,33%", dens: "33.34 %"})
    form = filled(general, choice="", amount="10.01", **written)
    del form["fund"]
    assert send(client, form).status_code == 303
    assert send(client, form).status_code == 303
    assert lines() == [("General fund", 334), ("Dogs and herders", 333), ("Dens", 334)]
    gift = Gift.objects.get()
    visitor.pays(gift)
    visitor.waits()
    page = unfold(cast(HttpResponse, client.get(f"/give/thanks/?gift={gift.uuid}")))
    assert "Dogs and herders" in page
    gift.refresh_from_db()
    assert gift.settled_at
    books.assert_agreed(stripe)


def test_whoever_comes_back_finds_the_parts_again_and_the_same_gift(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund
) -> None:
    form = filled(general, **beside({general: "40%", dogs: "60 %"}))
    assert send(client, form).status_code == 303
    gift = Gift.objects.get()
    page = client.get(f"/give/?again={gift.uuid}").text
    assert re.search(r'name="part-dogs"[^>]* value="15.00"', page)
    again = filled(general, again=str(gift.uuid), **beside({general: "10.00", dogs: "15.00"}))
    assert send(client, again)["Location"] == gift.checkout_url
    assert Gift.objects.count() == 1


def test_the_same_split_gift_within_minutes_is_asked_about(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund
) -> None:
    first, second = (filled(general, **beside({general: "10", dogs: "15"})) for _ in range(2))
    assert send(client, first).status_code == 303
    assert send(client, second).status_code == 409
    assert Gift.objects.count() == 1


@given(minor=st.integers(100_00, 10**9), cuts=st.lists(st.integers(0, 100_00), max_size=7))
def test_percent_that_make_a_hundred_make_the_gift(minor: int, cuts: list[int]) -> None:
    weights = [after - before for before, after in pairwise([0, *sorted(cuts), 100_00])]
    written = {str(at): f"{each // 100}.{each % 100:02d} %" for at, each in enumerate(weights)}
    made = parts.read(written, Money(minor, "EUR"))
    assert sum(made.values()) == minor
    assert len(made) == sum(each > 0 for each in weights)
