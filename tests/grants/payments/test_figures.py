"""Goal: awarded, payable, paid and still committed are one reading of the journal, and agree.

The books are broken as only a superuser can, with the triggers asleep.
"""

from collections.abc import Iterator

import pytest

from funding.ledger.verify import register, verify
from funding.money import Money
from grants import figures
from grants.figures import Figures
from grants.invariants import QUESTIONS
from tests.conftest import superuser_connection
from tests.grants.payments.cast import Stage, stage


def eur(minor: int) -> Money:
    """An amount in euro."""
    return Money(minor, "EUR")


def told(**sums: int) -> Figures:
    """Figures in euro; what is not named is nought."""
    names = ("awarded", "cancelled", "returned", "payable", "paid", "committed")
    return Figures(**{name: eur(sums.get(name, 0)) for name in names})


@pytest.mark.django_db
def test_each_step_moves_a_sum_from_one_figure_to_the_next() -> None:
    set_ = stage()
    pk = set_.award.pk
    assert figures.of([pk]) == {pk: told(awarded=100_000, committed=100_000)}
    row = set_.checked(set_.requested(30_000))
    assert figures.of([pk])[pk] == told(awarded=100_000, payable=30_000, committed=70_000)
    set_.screened()
    set_.released(row)
    assert figures.of([pk])[pk] == told(awarded=100_000, paid=30_000, committed=70_000)
    assert figures.of([pk])[pk].is_whole


@pytest.mark.django_db
def test_the_funds_the_round_and_everything_add_up_to_the_award() -> None:
    set_ = stage()
    set_.checked(set_.requested(33_333))
    pk, (first, second) = set_.award.pk, set_.funds
    whole = told(awarded=100_000, payable=33_333, committed=66_667)
    parts = {
        first.pk: told(awarded=70_000, payable=23_333, committed=46_667),
        second.pk: told(awarded=30_000, payable=10_000, committed=20_000),
    }
    assert figures.by_fund(pk) == parts
    assert figures.of_funds([first.pk, second.pk]) == parts
    round_id = set_.award.application.round_id
    assert figures.of_rounds([round_id]) == {round_id: whole}
    assert figures.totals() == figures.totals([pk]) == {"EUR": whole}


@pytest.mark.django_db
def test_an_approval_taken_back_counts_as_if_it_had_not_been() -> None:
    set_ = stage()
    set_.checked(set_.requested(30_000))
    set_.banked(iban="DE89 3704 0044 0532 0130 00")
    assert figures.of([set_.award.pk])[set_.award.pk] == told(awarded=100_000, committed=100_000)


@pytest.mark.django_db
def test_what_has_no_entries_has_figures_of_nought() -> None:
    set_ = stage()
    treasury = set_.entity.funds.get(is_treasury=True)
    assert figures.of_funds([treasury.pk]) == {treasury.pk: figures.nothing("EUR")}
    assert figures.of([]) == {}
    assert figures.totals([]) == {}


# What is broken, and the invariant that must say so. {a}: the award, {f}: its first fund.
BREAKS = {
    "award_is_paid_payable_and_committed": "UPDATE ledger_posting SET account_id = 'committed'"
    " WHERE account_id = 'grants' AND fund_id = {f}",
    "award_figures_are_not_below_zero": "UPDATE ledger_posting SET amount_minor = -amount_minor"
    " WHERE fund_id = {f} AND account_id IN ('committed', 'committed_contra')",
    "award_is_adopted_as_its_shares": "UPDATE grants_awardshare SET fund_id = fund_id + 1"
    " WHERE fund_id = (SELECT max(fund_id) FROM grants_awardshare)",
    "award_shares_add_up": "UPDATE grants_award SET amount_minor = amount_minor + 1",
    "award_is_paid_as_released": "UPDATE grants_disbursement SET amount_minor = amount_minor - 1",
    "award_that_is_over_owes_nothing": "UPDATE grants_award SET state = 'closed'",
}


@pytest.fixture
def broken(committed: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """Sound books of an award with a payable payment, then one thing wrong."""
    set_: Stage = stage()
    set_.checked(set_.requested(30_000))
    assert [each for each in verify() if not each.is_notice] == []
    with superuser_connection() as root:
        root.execute("SET session_replication_role = replica")
        root.execute(BREAKS[request.param].format(a=set_.award.pk, f=set_.funds[0].pk))
    return request.param


def test_every_invariant_has_a_way_to_be_broken_here() -> None:
    assert set(BREAKS) == set(QUESTIONS)


@pytest.mark.parametrize("broken", BREAKS, indirect=True)
def test_a_broken_invariant_is_found(broken: str) -> None:
    assert broken in {difference.invariant for difference in verify() if not difference.is_notice}


def test_two_invariants_do_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="award_shares_add_up"):
        register("award_shares_add_up", "SELECT 1, 2")
    with pytest.raises(ValueError, match="entry_balances"):
        register("entry_balances", "SELECT 1, 2")
    register("award_shares_add_up", QUESTIONS["award_shares_add_up"])
