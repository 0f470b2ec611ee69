"""Balances against a plain count of the same postings, folded at any moment and in any portion."""

from collections import defaultdict

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funding.ledger import balances, book, holds
from funding.ledger.book import Leg
from funding.ledger.models import Balance, BalanceDelta, Fund, Posting
from funding.ledger.verify import verify
from funding.money import Money
from tests.ledger import making
from tests.ledger.making import World

pytestmark = pytest.mark.django_db

ACCOUNTS = ("gifts", "fee_cover", "refunds", "payment_fees", "fx", "suspense", "in_transit")
SPENDABLE = {"suspense", "in_transit"}

legs = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS),
        st.integers(0, 1),
        st.sampled_from(["EUR", "GBP", "JPY"]),
        st.integers(-(10**9), 10**9),
    ),
    max_size=6,
)
folds = st.integers(1, 7)


@pytest.fixture
def world() -> World:
    return making.world()


def balanced(world: World, drawn: list[tuple[str, int, str, int]]) -> list[Leg]:
    """The legs drawn, and in each fund and currency one more that balances them."""
    funds = [world.snow.pk, world.general.pk]
    found = [Leg(code, funds[at], Money(minor, money)) for code, at, money, minor in drawn]
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    for leg in found:
        sums[leg.fund_id, leg.amount.currency] += leg.amount.minor
    return found + [
        Leg("other_income", fund, Money(-minor, money)) for (fund, money), minor in sums.items()
    ]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.one_of(legs, folds), max_size=12))
def test_any_entries_folded_at_any_time_give_the_plain_sum(
    world: World, steps: list[list[tuple[str, int, str, int]] | int]
) -> None:
    with transaction.atomic():
        plain: defaultdict[tuple[int, str, str], int] = defaultdict(int)
        for number, step in enumerate(steps):
            if isinstance(step, int):
                waiting = balances.tail()
                assert balances.fold(step) == min(step, waiting)
                continue
            written = balanced(world, step)
            if len({leg.account for leg in written if leg.amount}) < 2:
                continue
            book.post(
                entity_id=world.entity.pk,
                key=f"gift:{number}:settle",
                reason="gift",
                cause=f"gift:{number}",
                actor="system",
                happened_on=making.DAY,
                legs=written,
            )
            for leg in written:
                plain[leg.fund_id, leg.account, leg.amount.currency] += leg.amount.minor
        for (fund, account, currency), minor in plain.items():
            assert balances.balance(fund, account, currency) == minor
        figures = balances.figures([world.snow.pk, world.general.pk])
        for fund_id, figure in figures.items():
            own = [
                minor
                for (fund, account, currency), minor in plain.items()
                if fund == fund_id and account in SPENDABLE and currency == "EUR"
            ]
            assert figure.available == figure.balance == Money(sum(own), "EUR")
            abroad: defaultdict[str, int] = defaultdict(int)
            for (fund, account, currency), minor in plain.items():
                if fund == fund_id and account in SPENDABLE and currency != "EUR":
                    abroad[currency] += minor
            expected = [Money(minor, code) for code, minor in sorted(abroad.items()) if minor]
            assert list(figure.on_its_way) == expected
        # Legs drawn at random may leave a fund below zero; nothing else may be amiss.
        assert {each.invariant for each in verify()} <= {"fund_is_not_overdrawn"}
        transaction.set_rollback(True)


def test_a_fold_takes_as_much_as_it_is_told(world: World) -> None:
    for _ in range(3):
        making.give(world, world.snow, 100)
    assert [balances.fold(4), balances.tail()] == [4, 2]
    assert balances.fold() == 2
    assert [BalanceDelta.objects.count(), Balance.objects.count()] == [0, 2]
    assert Posting.objects.count() == 6
    assert balances.fold() == 0


def test_figures_of_many_funds_are_one_query(world: World) -> None:
    ids = [making.fund(world.entity).pk for _ in range(5)]
    with CaptureQueriesContext(connection) as captured:
        figures = balances.figures(ids)
    assert len(captured) == 1
    assert set(figures) == set(ids)
    assert all(figure.available == Money(0, "EUR") for figure in figures.values())
    assert balances.figures([]) == {}


def test_a_fund_that_is_not_there_is_said() -> None:
    with pytest.raises(Fund.DoesNotExist):
        balances.available(987_654)


def test_what_stands_behind_a_fund_is_told_by_kind_folded_or_not(world: World) -> None:
    making.give(world, world.snow, 700)
    making.give(world, world.snow, 900, currency="GBP")
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=Money(200, "EUR"), actor="user:1")
    told = {world.snow.pk: {"clearing": 700, "held": -200}}
    assert balances.by_kind([world.snow.pk, world.general.pk]) == told
    balances.fold()
    assert balances.by_kind([world.snow.pk, world.general.pk]) == told
