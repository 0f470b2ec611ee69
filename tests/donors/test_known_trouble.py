"""Goal: what went wrong with gifts elsewhere, in public, does not go wrong here."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.http import QueryDict
from django.test import Client

from donors import finding, gifts, receipts, refunds, settlements
from donors.forms.treasury import GiftFilters
from donors.models import Gift, GiftState, Receipt
from funding import limits
from funding.documents.models import Document
from funding.gateway.models import Event
from funding.ledger import balances
from funding.ledger.models import Entry, Fund, Posting
from funding.mail.models import Mail
from funding.money import Money, parse
from funding.parties.models import Entity
from funding.site import tasks
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.test_give_pages import filled
from tests.donors.test_webhooks import event, paid_event, send
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def received(general: Fund, visitor: Visitor, **facts: object) -> Gift:
    """A gift that is here, with its value and its fee."""
    gift = make.gift(general, **facts)
    visitor.pays(gift)
    visitor.waits()
    return gifts.follow(gift.pk)


def booked() -> tuple[int, int]:
    """How many entries and legs there are."""
    return Entry.objects.count(), Posting.objects.count()


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("form_token", "form_token"),
        ("checkout", "gift_checkout_is_its_own"),
        ("payment_intent", "gift_payment_is_its_own"),
        ("charge", "gift_charge_is_its_own"),
    ],
)
def test_the_database_itself_holds_two_gifts_of_one_payment_apart(
    general: Fund, visitor: Visitor, field: str, name: str
) -> None:
    first, second = received(general, visitor), make.gift(general, email="bo@donor.example")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Gift.objects.filter(pk=second.pk).update(**{field: getattr(first, field)})
    second.refresh_from_db()
    assert second.state == GiftState.PENDING


def test_an_event_that_is_sent_again_under_another_number_books_no_second_gift(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    told = paid_event(stripe, gift)
    for number in range(3):
        assert send(client, told | {"id": f"evt_again_{number}"}) == 200
        tasks.drain()
    assert Event.objects.count() == 3
    assert Entry.objects.filter(reason="gift").count() == 1
    assert Receipt.objects.count() == 1
    assert_agreed(stripe)


@pytest.mark.parametrize(
    "kind",
    [
        "payment_intent.processing",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "checkout.session.expired",
        "checkout.session.async_payment_failed",
    ],
)
def test_old_news_of_a_gift_that_is_here_takes_nothing_from_it(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox, kind: str
) -> None:
    gift = received(general, visitor)
    before = booked()
    is_page = kind.startswith("checkout")
    stale = {
        "id": gift.checkout if is_page else gift.payment_intent,
        "object": "checkout.session" if is_page else "payment_intent",
        "status": kind.rpartition(".")[2],
    }
    assert send(client, event(kind, stale)) == 200
    tasks.drain()
    again = Gift.objects.get()
    assert (again.state, again.settled_at, again.ended_at) == ("settled", gift.settled_at, None)
    assert booked() == before
    assert_agreed(stripe)


def test_four_sweeps_at_once_take_up_a_gift_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    Gift.objects.update(due_at=gift.created_at)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(gifts.sweep())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 1
    assert Gift.objects.get().attempts <= 1
    assert Entry.objects.filter(reason="gift").count() == 1
    assert_agreed(stripe)


def _fails(gift: Gift) -> None:
    settlements.fail(gift_id=gift.pk, why="The payment page was left.")


def _goes_back(gift: Gift) -> None:
    refund = refunds.request(gift_id=gift.pk, amount_minor=2550, reason="Asked", actor="user:1")
    refunds.send(refund.pk)


@pytest.mark.parametrize(("is_paid", "ends"), [(False, _fails), (True, _goes_back)])
def test_what_stripe_calls_a_gift_is_kept_whatever_becomes_of_it(
    general: Fund, visitor: Visitor, is_paid: bool, ends: Callable[[Gift], None]
) -> None:
    gift = make.gift(general)
    if is_paid:
        gift = received(general, visitor)
    else:
        gifts.checkout(gift.pk)
    gift.refresh_from_db()
    names = ("checkout", "payment_intent", "charge", "balance_transaction")
    before = [getattr(gift, name) for name in names]
    ends(gift)
    gift.refresh_from_db()
    assert gift.ended_at is not None
    assert [getattr(gift, name) for name in names] == before
    assert gift.checkout


def test_stripe_is_never_asked_to_write_to_the_donor_beside_us(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(general, visitor)
    payment = stripe.client().payment_intents.retrieve(gift.payment_intent)
    assert payment.receipt_email is None


def test_the_fee_is_on_no_paper_of_the_donor(general: Fund, visitor: Visitor) -> None:
    gift = received(general, visitor, cover_minor=100)
    assert gift.fee_minor
    receipts.make(gift.receipts.get().pk)
    snapshot, mail = Document.objects.get().snapshot, Mail.objects.get()
    assert snapshot["gives_minor"] == snapshot["given_minor"] == 2650
    fee, net = Money(gift.fee_minor, "EUR"), Money(2650 - gift.fee_minor, "EUR")
    for text in (mail.text, str(snapshot)):
        assert fee.figure() not in text
        assert net.figure() not in text
        assert str(net.minor) not in text


def test_a_gift_has_one_first_receipt_and_no_second(general: Fund, visitor: Visitor) -> None:
    gift = received(general, visitor)
    with pytest.raises(IntegrityError, match="receipt_version_once"), transaction.atomic():
        receipts.fall_due(gift)
    assert Receipt.objects.count() == 1


def test_nobody_who_gave_can_be_deleted_with_their_gifts_and_receipts(
    general: Fund, visitor: Visitor
) -> None:
    gift = received(general, visitor)
    receipts.make(gift.receipts.get().pk)
    for owner in (gift.donor, gift, gift.entity, general):
        with pytest.raises(ProtectedError):
            owner.delete()
    assert (Gift.objects.count(), Receipt.objects.count()) == (1, 1)


@pytest.fixture
def wide(entity: Entity, general: Fund, visitor: Visitor) -> list[Gift]:
    """A gift to three funds with a receipt and two refunds, and one in yen."""
    funds = [general, make.fund(entity, "Steppe"), make.fund(entity, "Dogs")]
    three = make.gift(*funds, cover_minor=300)
    yen = make.gift(general, currency="JPY", lines=((general.pk, 3000),))
    for gift in (three, yen):
        visitor.pays(gift)
    visitor.waits()
    for gift in (three, yen):
        gifts.follow(gift.pk)
    for _ in range(2):
        refund = refunds.request(
            gift_id=three.pk, amount_minor=100, reason="Asked", actor="user:1", token=uuid.uuid4()
        )
        refunds.send(refund.pk)
    return [three, yen]


@pytest.mark.parametrize("query", ["", "q=alice", "q=alice%40donor.example"])
def test_a_sum_counts_a_gift_once_however_many_funds_and_refunds_it_has(
    wide: list[Gift], query: str
) -> None:
    sums = finding.sums_of_gifts(GiftFilters(QueryDict(query)).rows())
    assert sums.count == 2
    assert set(sums.moneys) == {Money(7950, "EUR"), Money(3000, "JPY")}


def test_a_sum_over_one_fund_counts_a_gift_once(wide: list[Gift], general: Fund) -> None:
    sums = finding.sums_of_gifts(GiftFilters(QueryDict(f"fund={general.slug}")).rows())
    assert sums.count == 2
    assert set(sums.moneys) == {Money(7950, "EUR"), Money(3000, "JPY")}


def test_three_thousand_yen_are_three_thousand_at_stripe(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(general, visitor, currency="JPY", lines=((general.pk, 3000),))
    payment = stripe.client().payment_intents.retrieve(gift.payment_intent)
    assert (payment.amount, payment.currency) == (3000, "jpy")
    assert gift.gross == parse("3000", "JPY")
    assert gift.gross.text() == "¥3,000"


def test_sums_that_do_not_add_up_as_fractions_add_up_here(
    entity: Entity, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    assert 0.1 + 0.2 != 0.3
    parts = [parse(text, "EUR") for text in ("611.23", "261.95")]
    other = make.fund(entity, "Steppe")
    lines = ((general.pk, parts[0].minor), (other.pk, parts[1].minor))
    gift = received(general, visitor, lines=lines)
    assert gift.gross == parse("873.18", "EUR")
    left = [balances.available(each.pk).minor for each in (general, other)]
    assert sum(left) == 87_318 - (gift.fee_minor or 0)
    assert_agreed(stripe)


def test_a_gift_given_back_before_its_value_was_known_leaves_nothing_open(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    _goes_back(gifts.follow(gift.pk))
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert (gift.state, gift.final_at is not None) == (GiftState.REFUNDED, True)
    for refund in gift.refunds.all():
        refunds.follow(refund.stripe_id)
    assert balances.available(general.pk) == Money(-(gift.fee_minor or 0), "EUR")
    assert_agreed(stripe)


def test_many_addresses_together_are_put_off_before_stripe_hears_of_it(
    client: Client, general: Fund, stripe: Sandbox
) -> None:
    for _ in range(limits.GIVE_BY_ALL.times):
        assert limits.hit(limits.GIVE_BY_ALL)
    answer = client.post("/give/", filled(general), REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 429
    assert "Nothing was done or taken" in answer.text.replace("\n", " ")
    assert not Gift.objects.exists()
    assert stripe.client().checkout.sessions.list().data == []


def test_a_small_sum_in_the_address_cannot_be_given(
    client: Client, general: Fund, stripe: Sandbox
) -> None:
    assert client.get("/give/?amount=0.50&currency=EUR").status_code == 200
    for sum_text in ("0.50", "0", "-25", "0.000001"):
        sent = filled(general, choice=sum_text)
        assert client.post("/give/?amount=0.50", sent).status_code == 422
    assert not Gift.objects.exists()
    assert stripe.client().checkout.sessions.list().data == []
