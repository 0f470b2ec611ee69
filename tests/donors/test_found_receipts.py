"""Found by the simulation: what becomes of papers when refunds overtake them."""

from donors import gifts, receipts, refunds
from donors.models import Gift, GiftState, ReceiptState
from funding.documents.models import Document, DocumentState
from funding.ledger.models import Fund
from funding.mail.models import Mail
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


def received(visitor: Visitor, fund: Fund) -> Gift:
    """A gift of EUR 25.50 whose receipt is issued and mailed."""
    gift = make.gift(fund)
    visitor.pays(gift)
    visitor.waits()
    gift = gifts.follow(gift.pk)
    receipts.make(gift.receipts.get().pk)
    return gift


def give_back(gift: Gift, minor: int) -> None:
    """Ask for a refund and let it reach Stripe; no worker makes papers meanwhile."""
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor="user:1"
    )
    refunds.send(refund.pk)


def test_the_rest_given_back_before_the_replacement_is_issued_ends_the_first_receipt(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    give_back(gift, 1000)
    give_back(gift, 1550)
    gift.refresh_from_db()
    assert gift.state == GiftState.REFUNDED
    assert gift.receipts.get(version=2).state == ReceiptState.NOT_NEEDED
    assert Document.objects.get().state == DocumentState.VOID
    assert Mail.objects.filter(key__endswith=":void").count() == 1


def test_a_donor_with_an_older_receipt_is_told_that_the_last_one_is_void(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    give_back(gift, 1000)
    second = gift.receipts.get(version=2)
    receipts.issue(second.pk)  # The worker was killed before it mailed the replacement.
    give_back(gift, 1550)
    receipts.make(second.pk)
    assert not Document.objects.filter(state=DocumentState.VALID).exists()
    first = gift.receipts.get(version=1)
    told = Mail.objects.get(key__endswith=":void")
    assert first.document is not None
    assert first.document.name in told.text


def test_a_refund_that_comes_back_and_is_made_again_tells_of_each_end_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift, card="4000000000005126")
    visitor.waits()
    gift = gifts.follow(gift.pk)
    receipts.make(gift.receipts.get().pk)
    give_back(gift, 2550)
    visitor.waits()
    refunds.follow(gift.refunds.get().stripe_id)
    second = gift.receipts.get(version=2)
    assert second.state == ReceiptState.DUE
    give_back(gift, 2550)
    assert Mail.objects.filter(key__endswith=":void").count() == 1
    second.refresh_from_db()
    assert second.state == ReceiptState.NOT_NEEDED


def test_a_copy_asked_for_before_the_first_mail_is_the_first_mail(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    Mail.objects.filter(key__contains="receipt:").delete()
    gift.receipts.update(mailed_at=None)  # The worker was killed after it made the paper.
    receipts.resend(receipt_id=gift.receipts.get().pk, actor="user:1")
    receipts.make(gift.receipts.get().pk)
    assert [mail.key.rpartition(":")[2] for mail in Mail.objects.all()] == ["mail"]
    give_back(gift, 2550)
    assert Mail.objects.filter(key__endswith=":void").count() == 1


def test_no_copy_is_sent_of_a_paper_that_ended_before_anybody_had_it(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    Mail.objects.filter(key__contains="receipt:").delete()
    gift.receipts.update(mailed_at=None)
    give_back(gift, 2550)
    receipts.resend(receipt_id=gift.receipts.get(version=1).pk, actor="user:1")
    assert Document.objects.get().state == DocumentState.VOID
    assert not Mail.objects.exists()
