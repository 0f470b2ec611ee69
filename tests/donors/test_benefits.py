"""Goal: what a giver got in return stands on the receipt, by the tax rules of the receiver."""

import io

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pypdf import PdfReader

from donors import benefits, receipts
from donors.benefits import NoBenefit
from donors.models import Gift, Receipt
from funding.audit.models import Record
from funding.documents.models import Document, DocumentState
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users.models import Role
from tests import books, make
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import give_back, received
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

WORDS = "A plush manul"


def say(gift: Gift, minor: int = 1000, words: str = WORDS) -> Gift:
    return benefits.value(gift_id=gift.pk, benefit_minor=minor, words=words, actor="user:1")


def printed(gift: Gift) -> str:
    """The words of the paper that stands for a gift."""
    for receipt in gift.receipts.order_by("version"):
        receipts.make(receipt.pk)
    paper = Document.objects.get(state=DocumentState.VALID)
    pages = PdfReader(io.BytesIO(bytes(paper.content or b""))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("minor", "words"), [(2551, WORDS), (-1, WORDS), (1000, ""), (1000, "  "), (0, WORDS)]
)
def test_what_cannot_be_a_benefit_is_refused(
    general: Fund, visitor: Visitor, stripe: Sandbox, minor: int, words: str
) -> None:
    gift = received(visitor, general)
    with pytest.raises(NoBenefit):
        say(gift, minor, words)
    assert (Receipt.objects.count(), Gift.objects.get().benefit_minor) == (1, 0)
    assert not Record.objects.filter(action="gift.benefit_valued").exists()


def test_a_gift_that_is_not_here_or_went_back_has_none(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    with pytest.raises(NoBenefit):
        say(make.gift(general, email="b@donor.example"))
    gift = received(visitor, general)
    give_back(gift, gift.gross_minor)
    with pytest.raises(NoBenefit):
        say(gift)


@pytest.mark.parametrize(("minor", "words"), [(2551, WORDS), (-1, WORDS), (1, ""), (0, WORDS)])
def test_the_database_holds_it_as_well(general: Fund, minor: int, words: str) -> None:
    gift = make.gift(general)
    told = "gift_benefit_is_named_and_of_the_gift"
    with pytest.raises(IntegrityError, match=told), transaction.atomic():
        Gift.objects.filter(pk=gift.pk).update(benefit_minor=minor, benefit_words=words)


def test_said_by_two_at_once_it_is_one_further_receipt(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    together(3, lambda _number: say(gift).pk)
    assert Receipt.objects.count() == 2
    assert Record.objects.filter(action="gift.benefit_valued").count() == 1


@pytest.mark.parametrize(
    ("regime", "says"),
    [
        ("none", "This receipt is not a tax certificate in your country. Of the gift, €15.50"),
        ("uk_gift_aid", "Above certain limits a gift with something in return is not eligible."),
        ("us_501c3", "its value at €10.00. What you may deduct for federal income tax is limited"),
    ],
)
def test_the_receipt_is_replaced_by_one_that_tells_it_by_the_receivers_rules(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox, regime: str, says: str
) -> None:
    Entity.objects.filter(pk=entity.pk).update(tax_regime=regime)
    gift = received(visitor, general)
    assert WORDS not in printed(gift)
    say(gift)
    told = printed(gift)
    assert "A plush manul, worth €10.00" in told
    assert says in told
    assert f"Replaces no. {Document.objects.get(state='replaced').name}" in told
    if regime == "us_501c3":
        assert "what you gave above that value: €15.50." in told
    say(gift, 0, "")
    assert WORDS not in printed(gift)
    books.assert_agreed(stripe)


def test_of_a_gift_given_back_in_part_less_may_be_deducted(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    Entity.objects.filter(pk=entity.pk).update(tax_regime="us_501c3")
    gift = received(visitor, general)
    say(gift)
    give_back(gift, 1600)
    assert "what you gave above that value: €0.00." in printed(gift)


def test_the_treasurer_says_it_on_a_page(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    sign_in(client, make_person("tara@x.example", "Tara", Role.TREASURER))
    here = f"/treasurer/gifts/{gift.uuid}/benefit/"
    assert here in client.get(f"/treasurer/gifts/{gift.uuid}/").content.decode()
    refused = client.post(here, {"worth": "ten", "words": WORDS})
    assert refused.status_code == 422
    refused = client.post(here, {"worth": "99", "words": WORDS})
    assert refused.status_code == 409
    assert WORDS in refused.content.decode()
    assert client.post(here, {"worth": "10", "words": WORDS}).status_code == 302
    assert "A plush manul, €10.00" in client.get(f"/treasurer/gifts/{gift.uuid}/").content.decode()
