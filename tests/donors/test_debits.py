"""Goal: a debit is a promise until its money is here, and whoever asks is told just that."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from donors import debits, gifts, receipts, settlements
from donors.models import Gift, GiftState, Receipt
from funding import clock
from funding.audit.models import Record
from funding.gateway import payments
from funding.gateway.client import Rejected
from funding.ledger import balances
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail
from funding.money import Money
from funding.site import webhooks
from funding.users.models import User
from tests import make
from tests.books import assert_agreed
from tests.donors.by_debit import (
    BACS,
    SEPA,
    later,
    mails,
    on_its_way,
    promised,
)
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


# What the payment page offers.


@pytest.mark.parametrize(
    ("currency", "offered"),
    [
        ("EUR", ["card", "sepa_debit"]),
        ("GBP", ["card", "bacs_debit"]),
        ("SEK", ["card"]),
        ("NOK", ["card"]),
    ],
)
def test_each_currency_offers_what_it_can_be_paid_by(
    general: Fund, stripe: Sandbox, currency: str, offered: list[str]
) -> None:
    gift = make.gift(general, currency=currency, lines=((general.pk, 25000),))
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    session = stripe.client().checkout.sessions.retrieve(gift.checkout)
    assert list(session.allowed_payment_method_types) == offered


def test_an_account_that_cannot_be_debited_is_told_at_once_and_another_way_stays_open(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    assert visitor.pays(gift, account="AT271904300000055555")["state"] == "declined"
    gift = gifts.follow(gift.pk)
    assert (gift.state, gift.is_processing) == (GiftState.PENDING, False)
    visitor.pays(gift)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert (gift.state, gift.method) == (GiftState.SETTLED, "Card ending 4242")
    assert mails(gift) == []
    assert_agreed(stripe)


# Promised.


@pytest.mark.parametrize(
    ("account", "method"),
    [(SEPA, "SEPA Direct Debit ending 3201"), (BACS, "Bacs Direct Debit ending 2345")],
)
def test_a_debit_is_promised_and_nothing_is_booked(
    general: Fund, visitor: Visitor, stripe: Sandbox, account: str, method: str
) -> None:
    gift = on_its_way(visitor, general, account)
    assert (gift.state, gift.is_processing, gift.method) == (GiftState.PENDING, True, method)
    assert gift.expected_on is not None
    assert gift.expected_on > clock.today("UTC")
    assert gift.mandate.startswith("mandate_")
    assert gift.mandate_reference
    assert Entry.objects.count() == 0
    assert Receipt.objects.count() == 0
    assert balances.available(general.pk) == Money(0, "EUR")
    assert balances.figures([general.pk])[general.pk].on_its_way == ()
    assert_agreed(stripe)


def test_the_donor_is_told_once_however_often_it_is_looked_at(
    general: Fund, visitor: Visitor, client: Client
) -> None:
    gift = promised(visitor, general)
    for _round in range(3):
        client.get(f"/give/thanks/?gift={gift.uuid}")
        gifts.follow(gift.pk)
        Gift.objects.update(due_at=clock.now())
        gifts.sweep()
    assert mails(gift) == ["debit_pending"]
    gift.refresh_from_db()
    mail = Mail.objects.get()
    assert "on its way" in mail.subject
    assert "SEPA Direct Debit ending 3201" in " ".join(mail.text.split())
    assert gift.mandate_reference in mail.text
    assert Record.objects.filter(action="gift.promised").count() == 1
    assert User.objects.filter(email="alice@donor.example").exists()


def test_a_debit_is_not_given_up_because_its_page_was_left(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = on_its_way(visitor, general)
    settlements.fail(gift_id=gift.pk, why="The payment page was left.")
    stripe.control("clock", advance_days=1)
    gift = gifts.follow(gift.pk)
    assert gift.is_processing
    assert gift.ended_at is None


def test_the_sweep_asks_after_it_four_times_a_day(general: Fund, visitor: Visitor) -> None:
    gift = promised(visitor, general)
    Gift.objects.update(due_at=clock.now())
    gifts.sweep()
    gift.refresh_from_db()
    assert gift.is_processing
    assert dt.timedelta(hours=5) < gift.due_at - clock.now() <= debits.LOOK_AGAIN
    assert gifts.sweep() == 0


def test_a_no_from_stripe_does_not_end_what_is_on_its_way(general: Fund, visitor: Visitor) -> None:
    gift = on_its_way(visitor, general)

    def refused() -> None:
        raise Rejected("No such thing.")

    gifts._attempt(gift.pk, refused)
    gift.refresh_from_db()
    assert gift.is_processing
    assert (gift.failures, gift.error) == (1, "No such thing.")
    assert gift.due_at - clock.now() < dt.timedelta(hours=3)


def test_the_database_refuses_a_debit_without_its_charge(general: Fund) -> None:
    gift = make.gift(general)
    for facts in (
        {"processing_since": clock.now()},
        {"expected_on": clock.today("UTC")},
        {"mandate": "mandate_1"},
        {"mandate_lost_at": clock.now()},
    ):
        with (
            pytest.raises(IntegrityError, match="gift_debit_has_its_charge"),
            transaction.atomic(),
        ):
            Gift.objects.filter(pk=gift.pk).update(**facts)


def test_a_debit_of_another_sum_is_not_taken_for_the_gift(general: Fund, visitor: Visitor) -> None:
    gift = promised(visitor, general)
    Gift.objects.filter(pk=gift.pk).update(amount_minor=2551)
    with pytest.raises(settlements.PaymentMismatch):
        gifts.follow(gift.pk)
    gift.refresh_from_db()
    assert not gift.is_processing
    assert mails(gift) == []


# Received.


@pytest.mark.parametrize(("account", "fee"), [(SEPA, 35), (BACS, 88)])
def test_after_some_days_the_money_is_booked_and_the_receipt_names_the_method(
    general: Fund, visitor: Visitor, stripe: Sandbox, account: str, fee: int
) -> None:
    gift = on_its_way(visitor, general, account)
    later(stripe, 3)
    gift = gifts.follow(gift.pk)
    assert (gift.state, gift.is_processing, gift.fee_minor) == (GiftState.SETTLED, False, fee)
    assert gift.settled_at is not None
    assert gift.processing_since is not None
    # The receipt bears the day of the money and not that of the promise.
    assert gift.settled_at - gift.processing_since > dt.timedelta(days=2)
    receipts.sweep()
    document = gift.receipts.get().document
    assert document is not None
    assert document.snapshot["gift"]["method"] == gift.method
    assert mails(gift)[0] == "debit_pending"
    mail = Mail.objects.order_by("pk").last()
    assert mail is not None
    assert f"({gift.method})" in " ".join(mail.text.split())
    assert_agreed(stripe)


def test_a_debit_found_only_when_it_is_paid_is_a_gift_like_any_other(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = promised(visitor, general)
    later(stripe, 4)
    webhooks.walk_movements()
    gift.refresh_from_db()
    assert gift.state == GiftState.SETTLED
    assert "debit_pending" not in mails(gift)
    assert_agreed(stripe)


@pytest.mark.parametrize("event", ["payment_intent", "session", "charge"])
def test_news_that_comes_too_late_changes_nothing(
    general: Fund, visitor: Visitor, stripe: Sandbox, event: str
) -> None:
    gift = on_its_way(visitor, general)
    old = payments.fetch_payment(gift.payment_intent)
    later(stripe, 3)
    gift = gifts.follow(gift.pk)
    before = (Entry.objects.count(), Mail.objects.count(), Record.objects.count())
    if event == "payment_intent":
        webhooks.TABLE["payment_intent.processing"](gift.payment_intent)
    elif event == "session":
        webhooks.TABLE["checkout.session.completed"](gift.checkout)
    else:
        webhooks.TABLE["charge.failed"](gift.charge)
    debits.follow(gift_id=gift.pk, payment=old)
    gift.refresh_from_db()
    assert gift.state == GiftState.SETTLED
    assert (Entry.objects.count(), Mail.objects.count(), Record.objects.count()) == before
    assert_agreed(stripe)
