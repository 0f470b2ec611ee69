"""Goal: what a bank takes is booked once, from its transactions, in full and in proportion."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from donors import gifts, journals, receipts, refunds, withdrawals
from donors.journals import Share
from donors.models import (
    Dispute,
    DisputeStatus,
    Gift,
    GiftState,
    ReceiptState,
    Withdrawal,
    WithdrawalKind,
)
from funding import clock
from funding.documents.models import DocumentState
from funding.gateway.disputes import Move
from funding.ledger import balances
from funding.ledger.models import Entry, Fund, Posting
from funding.ledger.verify import verify
from funding.mail.models import Mail
from funding.money import Money
from funding.parties.models import Entity
from tests import make
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import give_back, received
from tests.ledger.racing import together
from tests.sandbox.conftest import Sandbox

WHEN = clock.now().replace(microsecond=0)
KIND = WithdrawalKind.DISPUTE


def disputed(gift: Gift, minor: int) -> Dispute:
    """A dispute of so much of a gift, as a row of ours."""
    now = clock.now()
    return Dispute.objects.create(
        stripe_id=f"du_{gift.pk}_{minor}",
        gift=gift,
        status=DisputeStatus.NEEDS_RESPONSE,
        currency=gift.currency,
        amount_minor=minor,
        opened_at=now,
        told_at=now,
        due_at=now,
    )


def move(name: str, minor: int, fee: int = 0, currency: str = "EUR") -> Move:
    return Move(name, Money(minor, currency), Money(fee, currency), WHEN)


def take(dispute: Dispute, *moves: Move) -> int:
    return withdrawals.take_down(
        gift_id=dispute.gift_id,
        kind=KIND,
        source=dispute.stripe_id,
        taken_minor=dispute.amount_minor,
        moves=moves,
        dispute=dispute,
    )


def on(account: str, currency: str = "EUR") -> int:
    rows = Posting.objects.filter(account_id=account, currency=currency)
    return sum(rows.values_list("amount_minor", flat=True))


def assert_whole() -> None:
    assert [each for each in verify() if not each.is_notice] == []


def share(fund_id: int, minor: int) -> Share:
    return Share(fund_id, "EUR", fund_id, minor, 0)


def test_a_foreign_dispute_of_the_books_takes_sixty_pounds_and_twenty_euro() -> None:
    legs = journals.taken_back(
        [share(1, 6000)],
        parts=[6000],
        currency="GBP",
        value=Money(6930, "EUR"),
        fee=Money(2000, "EUR"),
        clearing="clearing:x",
    )
    assert [(leg.account, leg.amount.currency, leg.amount.minor) for leg in legs] == [
        ("disputes", "GBP", 6000),
        ("fx", "GBP", -6000),
        ("fx", "EUR", 6930),
        ("clearing:x", "EUR", -6930),
        ("dispute_fees", "EUR", 2000),
        ("clearing:x", "EUR", -2000),
    ]


def test_what_comes_again_is_the_mirror_and_a_fee_given_back_comes_too() -> None:
    legs = journals.came_again(
        [share(1, 100)],
        parts=[100],
        currency="EUR",
        value=Money(100, "EUR"),
        fee=Money(-2000, "EUR"),
        clearing="clearing:x",
    )
    sums = {"disputes": -100, "clearing:x": 2100, "dispute_fees": -2000}
    for account, minor in sums.items():
        assert sum(leg.amount.minor for leg in legs if leg.account == account) == minor


def test_a_withdrawal_is_booked_once_with_its_fee_and_says_so(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute, taken = disputed(gift, 2550), move("txn_a", -2550, 2000)
    assert [take(dispute, taken), take(dispute, taken)] == [1, 0]
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor, gift.left_minor) == (GiftState.DISPUTED, 2550, 0)
    assert (on("disputes"), on("dispute_fees")) == (2550, 2000)
    assert balances.available(general.pk).minor == -2000 - (gift.fee_minor or 0)
    first = gift.receipts.get()
    assert first.document is not None
    assert first.document.state == DocumentState.VOID
    mail = Mail.objects.get(key__endswith=":void")
    assert "your bank took €25.50 back" in mail.subject
    assert_whole()


def test_what_comes_again_gets_a_receipt_with_a_new_number(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = disputed(gift, 2550)
    lost, won = move("txn_a", -2550, 2000), move("txn_b", 2550)
    take(dispute, lost)
    assert take(dispute, won, lost) == 1
    gift.refresh_from_db()
    assert (gift.state, gift.withdrawn_minor, gift.ended_at) == (GiftState.SETTLED, 0, None)
    receipts.sweep()
    first, second = gift.receipts.order_by("version")
    assert first.document is not None
    assert second.document is not None
    assert first.document.state == DocumentState.VOID
    assert second.document.state == DocumentState.VALID
    assert second.document.name != first.document.name
    assert second.gives_minor == 2550
    last = Mail.objects.order_by("-pk").first()
    assert last is not None
    assert second.document.name in last.subject
    assert on("disputes") == 0
    assert_whole()


def test_both_moves_at_once_come_right_in_any_order(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = disputed(gift, 2550)
    assert take(dispute, move("txn_b", 2550), move("txn_a", -2550, 2000)) == 2
    gift.refresh_from_db()
    assert (gift.state, on("disputes"), on("dispute_fees")) == (GiftState.SETTLED, 0, 2000)
    assert_whole()


def test_what_comes_again_without_having_been_taken_is_refused(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    before = Entry.objects.count()
    with pytest.raises(withdrawals.WithdrawalMismatch):
        take(disputed(gift, 2550), move("txn_b", 2550))
    assert Entry.objects.count() == before
    assert not Withdrawal.objects.exists()


def test_a_gift_without_its_value_waits_and_nothing_moved(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    gift = gifts.follow(gift.pk)
    before = Entry.objects.count()
    with pytest.raises(withdrawals.NotValuedYet):
        take(disputed(gift, 2550), move("txn_a", -2550, 2000))
    gift.refresh_from_db()
    assert (Entry.objects.count(), gift.withdrawn_minor) == (before, 0)


def test_a_part_that_is_taken_leaves_a_receipt_over_the_rest(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    take(disputed(gift, 1000), move("txn_a", -1000, 2000))
    gift.refresh_from_db()
    assert (gift.state, gift.left_minor) == (GiftState.SETTLED, 1550)
    receipts.sweep()
    second = gift.receipts.get(version=2)
    assert (second.state, second.gives_minor) == (ReceiptState.ISSUED, 1550)
    assert_whole()


def test_refunds_and_withdrawals_of_a_split_gift_fall_in_proportion_together(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dogs, steppe = make.fund(entity, "Dogs"), make.fund(entity, "Steppe")
    lines = ((general.pk, 3333), (dogs.pk, 3333), (steppe.pk, 3334))
    gift = received(visitor, general, lines=lines, cover_minor=100)
    give_back(gift, 1)
    give_back(gift, 5)
    gift.refresh_from_db()
    dispute = disputed(gift, 10094)
    take(dispute, move("txn_a", -10094, 2000))
    gift.refresh_from_db()
    assert gift.state == GiftState.DISPUTED
    for line in gift.lines.all():
        rows = Posting.objects.filter(account_id__in=["refunds", "disputes"], fund=line.fund_id)
        given = line.amount_minor + line.cover_minor
        assert sum(rows.values_list("amount_minor", flat=True)) == given
    take(dispute, move("txn_b", 10094))
    gift.refresh_from_db()
    assert (gift.state, on("disputes"), on("refunds")) == (GiftState.SETTLED, 0, 6)
    assert_whole()


def test_a_foreign_dispute_is_booked_at_what_stripe_took(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, currency="GBP", lines=((general.pk, 6000),))
    dispute = disputed(gift, 6000)
    take(dispute, move("txn_a", -6930, 2000))
    assert (on("disputes", "GBP"), on("fx", "GBP")) == (6000, 0)
    take(dispute, move("txn_b", 6950))
    gift.refresh_from_db()
    assert (on("disputes", "GBP"), on("fx", "GBP")) == (0, 6000)
    assert gift.withdrawn_minor == 0
    assert_whole()


def test_a_bank_that_has_not_seen_the_refund_takes_the_whole_again(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    give_back(gift, 2550)
    take(disputed(gift, 2550), move("txn_a", -2550, 2000))
    gift.refresh_from_db()
    assert (gift.state, gift.left_minor) == (GiftState.REFUNDED, 0)
    assert on("disputes") + on("refunds") == 5100
    assert Mail.objects.filter(key__endswith=":void").count() == 1
    assert_whole()


def test_nothing_is_given_back_while_the_bank_has_money_of_it(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    take(disputed(gift, 1000), move("txn_a", -1000, 2000))
    before = Entry.objects.count()
    with pytest.raises(refunds.MoneyWithBank, match=r"bank has taken €10\.00"):
        refunds.request(gift_id=gift.pk, amount_minor=100, reason="x", actor="user:1")
    assert not gift.refunds.exists()
    assert Entry.objects.count() == before


def test_eight_who_bring_the_same_news_book_it_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    dispute = disputed(gift, 2550)
    booked = together(8, lambda _number: take(dispute, move("txn_a", -2550, 2000)))
    assert sorted(booked, key=str) == [0] * 7 + [1]
    assert (Withdrawal.objects.count(), on("disputes")) == (1, 2550)
    assert_whole()


def test_the_second_row_for_one_transaction_is_refused(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    take(disputed(gift, 2550), move("txn_a", -2550, 2000))
    row = Withdrawal.objects.get()
    row.pk, row.entry_key = None, "another"
    with pytest.raises(IntegrityError, match="balance_transaction"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"withdrawn_minor": -1}, "gift_taken_back_was_received"),
        ({"withdrawn_minor": 2550}, "gift_disputed_when_nothing_is_left"),
        (
            {"state": GiftState.DISPUTED, "ended_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
            "gift_disputed_when_nothing_is_left",
        ),
    ],
)
def test_the_database_refuses_a_gift_whose_state_denies_its_money(
    general: Fund, visitor: Visitor, stripe: Sandbox, facts: dict[str, object], name: str
) -> None:
    gift = received(visitor, general)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Gift.objects.filter(pk=gift.pk).update(**facts)
