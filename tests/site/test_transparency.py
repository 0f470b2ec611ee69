"""The open books add up, in themselves and with every other page."""

import datetime as dt
import re
from collections import Counter
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from funding import clock
from funding.ledger import balances, statements
from funding.ledger.models import Fund, Posting
from funding.money import Money
from funding.site import open_books
from grants import figures
from tests import make
from tests.grants import showing
from tests.grants.payments import cast
from tests.grants.payments.cast import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def at() -> Stage:
    """An award from two funds, a part of it paid and a part payable; money given back."""
    made = showing.shown(reserve_minor=5_000)
    first = made.requested(30_000)
    made.screened()
    made.released(made.checked(first))
    made.checked(made.requested(10_000))
    cast.give(made.funds[0], -2_500)
    return made


def by_hand(kind: str, *funds: Fund, currency: str = "EUR") -> int:
    """The postings of a kind of account, added up one by one."""
    rows = Posting.objects.filter(fund__in=funds, account__kind=kind, currency=currency)
    return sum(row.amount_minor for row in rows)


def test_every_row_leads_from_its_opening_to_its_closing(at: Stage) -> None:
    (books,) = open_books.books(None)
    for lines in [books.total, *(row.lines for row in books.rows)]:
        parts = (lines.gifts, lines.refunds, lines.fees, lines.transfers, lines.awards)
        assert sum(parts, lines.opening) + lines.other == lines.closing
    assert [row.fund for row in books.rows] == at.funds


def test_each_column_is_the_postings_added_up(at: Stage) -> None:
    (books,) = open_books.books(None)
    for row in books.rows:
        assert row.lines.gifts.minor == -by_hand("gifts", row.fund)
        assert row.lines.refunds.minor == -by_hand("refunds", row.fund)
        assert row.lines.awards.minor == -by_hand("grants", row.fund)
        assert row.lines.fees.minor == -by_hand("bank_fees", row.fund)
    assert books.total.gifts.minor == 200_000
    assert books.total.awards.minor == -40_000


def test_a_fund_says_the_same_here_and_on_its_own_page(client: Client, at: Stage) -> None:
    (books,) = open_books.books(None)
    page = client.get("/transparency/").text
    for row in books.rows:
        own = balances.figures([row.fund.pk])[row.fund.pk]
        assert row.lines.closing == own.balance
        span = {"start": dt.date(books.year, 1, 1), "end": clock.today(books.zone)}
        moved = statements.movements(fund_ids=[row.fund.pk], **span)
        names = ("opening", "gifts", "refunds", "fees", "transfers", "awards", "other", "closing")
        assert all(getattr(moved, name) == getattr(row.lines, name) for name in names)
        its_page = client.get(f"/funds/{row.fund.slug}/").text
        for money in (row.lines.closing, row.lines.awards):
            assert f">{money.figure()}</td>" in page
            assert f">{money.figure()}</td>" in its_page
    home = client.get("/").text
    assert f"<dd>{books.behind.balance.text()}<small>" in home
    assert f"<dd>{books.behind.free.text()}<small>" in home


def test_what_stands_behind_the_funds_adds_up_twice(at: Stage) -> None:
    (books,) = open_books.books(None)
    behind = books.behind
    places, kept = dict(behind.places), dict(behind.kept)
    none = Money(0, "EUR")
    assert sum(places.values(), none) == behind.balance == books.total.closing
    assert sum(kept.values(), behind.balance) == behind.free
    every = Fund.objects.all()
    assert places["At the bank"].minor == by_hand("bank", *every) == -31_500
    assert places["At Stripe"].minor == by_hand("clearing", *every)
    assert places["Payable to projects"].minor == by_hand("payable", *every) == -10_000
    assert kept["Promised to projects"].minor == -60_000
    assert kept["Reserves"].minor == -10_000
    free = sum(balances.available(fund.pk).minor for fund in at.funds)
    assert behind.free.minor == free


def test_awards_and_years_tell_of_the_same_money(at: Stage) -> None:
    (books,) = open_books.books(None)
    assert books.awarded == figures.totals()["EUR"]
    assert books.awarded.awarded == sum(
        (row.figures.awarded for row in books.awards), Money(0, "EUR")
    )
    due = books.awarded.paid + books.awarded.payable
    assert sum((lines.awards for _year, lines in books.years), due) == Money(0, "EUR")
    assert books.behind.kept[1][1] == -books.awarded.committed


def test_the_page_itself_adds_up_as_a_reader_would_do_it(client: Client, at: Stage) -> None:
    page = client.get("/transparency/").text
    sums: Counter[int] = Counter()
    table = page[page.index("By fund,") : page.index("Where it is today")]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]
    read = [
        [
            Decimal(cell.replace(",", "").replace("−", "-"))
            for cell in re.findall(r'<td class="n[^>]*>(.*?)</td>', row)
        ]
        for row in rows
    ]
    for *parts, closing in read:
        assert sum(parts) == closing
    for row in read[:-1]:
        sums.update({at: int(cell * 100) for at, cell in enumerate(row)})
    assert [sums[at] for at in range(len(read[-1]))] == [int(cell * 100) for cell in read[-1]]
    assert 'class="c-fur"' in page
    assert "/journal/all.csv" in page
    assert "/journal/all.beancount" in page
    assert "/verify/" in page


def test_an_earlier_year_can_be_asked_for_and_hands_on_what_it_left(client: Client) -> None:
    entity = make.entity()
    fund = make.fund(entity, slug="old")
    cast.give(fund, 7_000)
    (books,) = open_books.books(clock.today("UTC").year - 1)
    assert books.year == clock.today(books.zone).year
    for word in ("", "9999", "-1", "1e9", "٢٠٢٥", "2025' OR 1=1"):
        assert client.get("/transparency/", {"year": word}).status_code == 200
    assert "70.00" in client.get("/transparency/").text


def test_it_needs_as_many_queries_for_many_funds_as_for_one(
    client: Client, at: Stage, count_queries: type
) -> None:
    with count_queries(connection) as few:
        client.get("/transparency/")
    for number in range(9):
        cast.give(make.fund(at.entity, f"More {number}"), 100)
    with count_queries(connection) as many:
        assert client.get("/transparency/").status_code == 200
    assert len(few) == len(many) <= 9


def test_without_a_fund_there_is_nothing_to_add_up(client: Client) -> None:
    assert "There is no fund yet" in client.get("/transparency/").text
    make.fund(make.entity())
    page = client.get("/transparency/").text
    assert "Nothing has been booked in this year yet." in page
    assert "No award has been made yet." in page
