"""Goal: a payout ties to its payments to the penny, wherever it goes and whatever is heard."""

import itertools
from typing import Any

import pytest
from django.db import IntegrityError

from funding.alerts.models import Alert
from funding.gateway import entries, payouts, transactions
from funding.gateway.models import Movement, MovementState, Payout
from funding.ledger.models import Account, Entry, Fund, Posting
from funding.site import webhooks
from tests import make
from tests.books import assert_agreed
from tests.conftest import as_root
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox

AT_ONCE = "4000000000000077"
NET = 2550 - 63


def lies() -> dict[str, int]:
    """What lies at Stripe, on the way and at the bank by our books, nought left out."""
    found: dict[str, int] = {}
    kinds = ("clearing", "in_transit", "bank")
    rows = Posting.objects.filter(account__kind__in=kinds)
    for kind, minor in rows.values_list("account__kind", "amount_minor"):
        found[kind] = found.get(kind, 0) + minor
    return {kind: minor for kind, minor in found.items() if minor}


def assert_bank_agrees(stripe: Sandbox) -> None:
    """Bank and transit are the sandbox's to the penny, and so is all the rest."""
    books = stripe.control("books")["currencies"]["eur"]
    ours = lies()
    assert (ours.get("bank", 0), ours.get("in_transit", 0)) == (books["bank"], books["in_transit"])
    assert_agreed(stripe)


def given(visitor: Visitor, fund: Fund) -> None:
    """A gift whose money can be paid out at once."""
    visitor.pays(make.gift(fund), card=AT_ONCE)
    visitor.waits()
    webhooks.walk_movements()


@pytest.fixture
def sent(general: Fund, visitor: Visitor, stripe: Sandbox) -> dict[str, Any]:
    """A payout that is on its way."""
    given(visitor, general)
    return stripe.control("payouts", automatic=True)


def test_a_payout_is_on_its_way_and_then_at_the_bank(sent: dict[str, Any], stripe: Sandbox) -> None:
    webhooks.walk_movements()
    assert lies() == {"in_transit": NET}
    assert_bank_agrees(stripe)
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    assert lies() == {"bank": NET}
    assert_bank_agrees(stripe)


def test_it_ties_to_its_payments_to_the_penny(sent: dict[str, Any], stripe: Sandbox) -> None:
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    payout = Payout.objects.get()
    assert payout.is_reconciled
    assert payout.listed_at is not None
    assert payouts.sum_of(payout) == payout.amount
    assert [each.category for each in payouts.members(payout)] == ["charge"]


def test_news_told_again_books_nothing_more(sent: dict[str, Any], stripe: Sandbox) -> None:
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    before = Entry.objects.count()
    for _ in range(3):
        assert payouts.follow(sent["id"])
        webhooks.walk_movements()
    assert Entry.objects.count() == before
    assert_bank_agrees(stripe)


def test_one_that_fails_before_it_arrives_comes_back_with_an_alarm(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    webhooks.walk_movements()
    stripe.control(f"payouts/{sent['id']}", status="failed")
    for _ in range(2):
        payouts.follow(sent["id"])
        webhooks.walk_movements()
    assert lies() == {"clearing": NET}
    assert Alert.objects.get(kind="payout_failed").closed_at is None
    assert_bank_agrees(stripe)


def test_one_that_fails_after_it_arrived_leaves_the_bank_again(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    stripe.control(f"payouts/{sent['id']}", status="failed")
    for _ in range(2):
        payouts.follow(sent["id"])
        webhooks.walk_movements()
    assert lies() == {"clearing": NET}
    assert Payout.objects.get().returned_at is not None
    assert_bank_agrees(stripe)


def test_the_next_payout_takes_what_came_back_and_ends_the_alarm(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    webhooks.walk_movements()
    stripe.control(f"payouts/{sent['id']}", status="failed")
    webhooks.walk_movements()
    stripe.control("clock", advance_seconds=5)
    again = stripe.control("payouts", automatic=True)
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    payout = Payout.objects.get(stripe_id=again["id"])
    assert payouts.sum_of(payout) == payout.amount
    assert [each.category for each in payouts.members(payout)] == ["payout_reversal"]
    assert Alert.objects.get(kind="payout_failed").closed_at is not None
    assert lies() == {"bank": NET}
    assert_bank_agrees(stripe)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_it_is_heard_of_the_books_end_the_same(
    sent: dict[str, Any], stripe: Sandbox, order: tuple[int, ...]
) -> None:
    stripe.control("clock", advance_days=1)
    steps = (
        lambda: payouts.follow(sent["id"]),
        transactions.walk,
        webhooks.follow_movements,
    )
    for number in order:
        steps[number]()
    stripe.control(f"payouts/{sent['id']}", status="failed")
    for number in order:
        steps[number]()
    webhooks.walk_movements()
    assert lies() == {"clearing": NET}
    assert_bank_agrees(stripe)


def test_old_news_never_takes_a_payout_back(sent: dict[str, Any], stripe: Sandbox) -> None:
    stripe.control("clock", advance_days=1)
    old = stripe.client().payouts.list().data[0]
    stripe.control(f"payouts/{sent['id']}", status="failed")
    webhooks.walk_movements()
    before = Entry.objects.count()
    payouts.take_down(old)
    assert Payout.objects.get().status == "failed"
    assert Entry.objects.count() == before


def test_one_by_hand_is_booked_by_its_sum(general: Fund, visitor: Visitor, stripe: Sandbox) -> None:
    given(visitor, general)
    stripe.control("payouts", amount=400)
    webhooks.walk_movements()
    assert lies() == {"clearing": NET - 400, "in_transit": 400}
    assert not Payout.objects.get().is_automatic
    assert_bank_agrees(stripe)


def test_the_database_refuses_a_return_of_what_never_arrived(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    webhooks.walk_movements()
    with pytest.raises(IntegrityError, match="payout_returns_only_after_it_arrived"):
        Payout.objects.update(returned_at=Payout.objects.get().told_at)


def test_two_bodies_and_one_key_book_nothing_and_say_so(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    make.entity()
    before = Entry.objects.count()
    webhooks.walk_movements()
    left = Movement.objects.get(category="payout")
    assert left.state == MovementState.WAITING
    assert "NoOwner" in left.error
    assert Entry.objects.count() == before


def test_a_payout_without_a_bank_account_says_so_and_holds_up_nothing(
    sent: dict[str, Any], stripe: Sandbox
) -> None:
    kept = list(Account.objects.filter(kind="bank"))
    as_root("DELETE FROM ledger_account WHERE kind = 'bank'")
    stripe.control(f"payouts/{sent['id']}", status="paid")
    webhooks.walk_movements()
    assert not Payout.objects.exists()
    with pytest.raises(entries.NoBank, match="has no bank account here"):
        payouts.follow(sent["id"])
    assert lies() == {"in_transit": NET}
    Account.objects.bulk_create(kept)
    webhooks.walk_movements()
    assert_bank_agrees(stripe)
