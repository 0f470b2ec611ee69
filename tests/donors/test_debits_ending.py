"""Debits that do not come: refused by the bank, come too late, or never to be given back."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client

from donors import debits, gifts, receipts, refunds, returning
from donors.models import Gift, GiftState, Receipt
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail
from funding.money import Money
from funding.site import webhooks
from tests import make
from tests.books import assert_agreed
from tests.donors.by_debit import (
    BACS,
    BACS_UNAUTHORISED,
    SEPA_FAILS,
    SEPA_LATE,
    SEPA_POOR,
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


# Refused by the bank.


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (SEPA_FAILS, "The bank gave no reason."),
        (SEPA_POOR, "There was not enough in the account."),
        (BACS_UNAUTHORISED, "The bank says that the debit was not agreed to."),
    ],
)
def test_a_debit_that_fails_is_a_gift_not_made_and_its_giver_is_told_once(
    general: Fund, visitor: Visitor, stripe: Sandbox, account: str, why: str
) -> None:
    gift = on_its_way(visitor, general, account)
    later(stripe, 3)
    for name, of in (
        ("charge.failed", gift.charge),
        ("payment_intent.payment_failed", gift.payment_intent),
        ("checkout.session.async_payment_failed", gift.checkout),
        ("payment_intent.processing", gift.payment_intent),
    ):
        assert webhooks.TABLE[name](of)
    gift.refresh_from_db()
    assert (gift.state, gift.ended_why, gift.is_processing) == (GiftState.FAILED, why, False)
    assert mails(gift) == ["debit_pending", "debit_failed"]
    mail = Mail.objects.order_by("pk").last()
    assert mail is not None
    told = " ".join(mail.text.split())
    assert why in told
    assert f"/give/?fund={general.slug}&amount=25.50&currency={gift.currency}" in mail.text
    assert Entry.objects.count() == 0
    assert Receipt.objects.count() == 0
    assert gifts.sweep() == 0
    assert_agreed(stripe)


def test_a_debit_whose_failure_is_all_that_was_ever_heard_is_not_called_a_page_left(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = promised(visitor, general, SEPA_FAILS)
    later(stripe, 4)
    gift = gifts.follow(gift.pk)
    assert gift.state == GiftState.FAILED
    assert gift.method == "SEPA Direct Debit ending 3202"
    assert mails(gift) == ["debit_failed"]


def test_money_that_came_and_went_again_before_we_looked_is_in_the_books(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = promised(visitor, general, SEPA_LATE)
    later(stripe, 9)
    gift = gifts.follow(gift.pk)
    # What came is booked with its fee; what went is a movement of its own.
    assert gift.final_at is not None
    assert gift.method == "SEPA Direct Debit ending 3299"
    for _twice in range(2):
        assert webhooks.TABLE["charge.failed"](gift.charge)
    receipts.sweep()
    gift.refresh_from_db()
    assert gift.state == GiftState.DISPUTED
    # No receipt was mailed, so nothing is void; but the giver hears what became of it.
    assert mails(gift) == ["debit_failed"]
    assert "There was not enough in the account." in " ".join(Mail.objects.get().text.split())
    assert_agreed(stripe)


def test_a_debit_that_is_called_back_after_its_receipt_is_told_in_words_that_fit(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    gift = on_its_way(visitor, general, SEPA_LATE)
    later(stripe, 3)
    gifts.follow(gift.pk)
    receipts.sweep()
    later(stripe, 5)
    for name, of in (
        ("charge.failed", gift.charge),
        ("payment_intent.payment_failed", gift.payment_intent),
        ("charge.failed", gift.charge),
    ):
        assert webhooks.TABLE[name](of)
    gift.refresh_from_db()
    assert gift.state == GiftState.DISPUTED
    assert "debit_failed" not in mails(gift)
    mail = Mail.objects.get(key__endswith=":void")
    told = " ".join(mail.text.split())
    assert "Your bank called the debit back." in told
    assert "Nothing is owed." in told
    page = client.get(f"/give/thanks/?gift={gift.uuid}").text
    assert "Your bank called the debit back." in page
    assert_agreed(stripe)


# A mandate that ends.


def test_a_mandate_that_ends_is_noted_and_the_debit_fails_in_the_end(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = on_its_way(visitor, general)
    stripe.control(f"mandates/{gift.mandate}", status="inactive")
    assert not webhooks.TABLE["mandate.updated"]("mandate_of_somebody_else")
    for _twice in range(2):
        assert webhooks.TABLE["mandate.updated"](gift.mandate)
    gift.refresh_from_db()
    assert gift.mandate_lost_at is not None
    assert gift.is_processing
    assert Record.objects.filter(action="gift.mandate_lost").count() == 1
    later(stripe, 3)
    assert gifts.follow(gift.pk).state == GiftState.FAILED
    assert_agreed(stripe)


def test_a_mandate_that_ends_is_found_without_any_webhook(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = on_its_way(visitor, general, BACS)
    stripe.control(f"mandates/{gift.mandate}", status="inactive")
    Gift.objects.update(due_at=clock.now())
    gifts.sweep()
    gift.refresh_from_db()
    assert gift.mandate_lost_at is not None


# What cannot be done with it.


def test_what_is_on_its_way_cannot_be_given_back(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = on_its_way(visitor, general)
    with pytest.raises(refunds.NothingToRefund, match="still on its way by direct debit"):
        refunds.request(gift_id=gift.pk, amount_minor=2550, reason="Asked", actor="user:1")
    assert gift.refunds.count() == 0
    later(stripe, 3)
    gifts.follow(gift.pk)
    refunds.request(gift_id=gift.pk, amount_minor=2550, reason="Asked", actor="user:1")
    refunds.sweep()
    gift.refresh_from_db()
    assert gift.state == GiftState.REFUNDED
    assert_agreed(stripe)


def test_the_same_gift_again_is_asked_about_for_as_long_as_the_first_is_on_its_way(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = on_its_way(visitor, general)
    Gift.objects.update(created_at=clock.now() - dt.timedelta(days=2))

    def twin() -> Gift | None:
        return gifts.similar(
            email="Alice@donor.example", currency="EUR", amount_minor=2550, fund_id=general.pk
        )

    assert twin() == gift
    later(stripe, 3)
    gifts.follow(gift.pk)
    assert twin() is None


def test_the_form_sent_again_leads_to_the_thanks_and_not_to_a_second_payment(
    general: Fund, visitor: Visitor
) -> None:
    gift = on_its_way(visitor, general)
    assert gifts.checkout(gift.pk) == returning.thanks_url(gift)


def test_what_is_on_its_way_is_counted_for_the_treasurer_by_body_and_currency(
    general: Fund, visitor: Visitor
) -> None:
    on_its_way(visitor, general, email="b@donor.example")
    on_its_way(visitor, general, cover_minor=50)
    on_its_way(visitor, general, BACS)
    make.gift(general)
    assert debits.promised_to() == {
        general.entity_id: (3, [Money(5150, "EUR"), Money(2550, "GBP")])
    }
