"""Goal: a card pays just what is open of an invoice, once, and what comes twice is held."""

import itertools
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from donors import gifts, refunds, settlements
from donors.intake.matching import NotThisOne
from donors.models import Contribution, Gift, GiftState, Invoice, InvoiceCard, InvoiceState, Zoo
from donors.views.zoo_file import paid_twice
from donors.zoos import by_card, contributions, invoices, zoos
from donors.zoos.by_card import NotByCard
from donors.zoos.invoices import NotOpen
from funding import clock
from funding.gateway.payments import Payment, Value
from funding.ledger.models import Hold
from funding.money import Money
from funding.users.models import Role
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.intake.desk import TARA, Desk
from tests.donors.stating import given_back
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.donors.zoos.test_money_back import fresh, sums
from tests.donors.zoos.test_payments import is_clean, pays
from tests.donors.zoos.zoo_world import person
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

BOB = "user:2"
_numbers = itertools.count(1)


def paying(made: Invoice) -> Gift:
    return by_card.pay(invoice_id=made.pk, actor=BOB)


def came(gift: Gift, fee: int | None = 0) -> Gift:
    """Stripe says that it is paid, and what it cost."""
    number = next(_numbers)
    payment = Payment(
        id=f"pi_card_{gift.pk}",
        status="succeeded",
        reference=str(gift.uuid),
        amount=gift.gross,
        is_paid=True,
        charge=f"ch_card_{gift.pk}",
        paid_at=clock.now(),
        method="Card ending 4242",
        trouble="",
        value=None,
    )
    if fee is not None:
        value = Value(f"txn_card_{number}", gift.gross, Money(fee, gift.currency))
        payment = replace(payment, value=value)
    return settlements.settle(gift_id=gift.pk, payment=payment)


def twice(desk: Desk, zoo: Zoo | None = None) -> tuple[Invoice, InvoiceCard]:
    """A transfer pays while the card's page is open, and then the card pays too."""
    made = invoice(desk, zoo)
    gift = paying(made)
    pays(desk.line(50_000), made, 50_000)
    came(gift)
    return fresh(made), InvoiceCard.objects.get(gift=gift)


def test_the_database_refuses_what_is_over_before_it_came(desk: Desk) -> None:
    paying(invoice(desk))
    with pytest.raises(IntegrityError, match="invoicecard_is_over"), transaction.atomic():
        InvoiceCard.objects.update(over_minor=1)
    with pytest.raises(IntegrityError, match="invoicecard_keeps"), transaction.atomic():
        InvoiceCard.objects.update(kept_at=clock.now(), kept_by="user:1")


def test_what_is_not_open_or_not_for_cards_is_refused(desk: Desk) -> None:
    made = invoice(desk)
    pays(desk.line(50_000), made, 50_000)
    thousandths = invoice(desk, made.zoo, currency="KWD", amount_minor=75_125)
    for each, why in ((made, NotOpen), (thousandths, NotByCard)):
        with pytest.raises(why):
            paying(each)
    assert not InvoiceCard.objects.exists()
    assert (
        paying(invoice(desk, made.zoo, currency="KWD", amount_minor=75_120)).gross_minor == 75_120
    )


def test_the_page_is_one_however_often_it_is_asked_for(desk: Desk) -> None:
    made = invoice(desk)
    assert paying(made) == paying(made)
    pays(desk.line(20_000), made, 20_000)
    second = paying(made)
    assert second.gross_minor == 30_000
    assert InvoiceCard.objects.count() == 2


def test_many_who_ask_at_once_get_one_page(open_desk: Desk) -> None:
    made = invoice(open_desk)
    found = together(4, lambda _: paying(made).pk)
    assert len(set(found)) == 1


def test_a_card_pays_it_whoever_brings_the_news_and_however_often(desk: Desk) -> None:
    made = invoice(desk)
    gift = paying(made)
    came(gift, None)
    for _ in range(3):
        came(gift)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert made.payments.count() == 1
    assert gift.message == made.contribution.wish
    assert not Hold.objects.exists()
    assert is_clean()


def test_words_that_would_hold_another_gift_hold_no_invoice(desk: Desk) -> None:
    made = invoice(desk, wish="Only for dens, and restricted to Mongolia.")
    gift = came(paying(made))
    assert (gift.state, "restricted to" in gift.message) == (GiftState.SETTLED, True)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)


def test_a_page_that_was_left_pays_nothing(desk: Desk) -> None:
    made = invoice(desk)
    settlements.fail(gift_id=paying(made).pk, why="The payment page was left.")
    assert sums(made) == (InvoiceState.OPEN, 0, 0, 50_000)


def test_paid_twice_the_second_is_held_and_the_treasurer_is_told(desk: Desk) -> None:
    made, card = twice(desk)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert by_card.over(card) == Money(50_000, "EUR")
    hold = Hold.objects.get(released_at=None)
    assert (hold.amount_minor, hold.fund) == (50_000, desk.general)
    assert desk.free() == 50_000
    (wait,) = paid_twice(make_person("tara@fund.example", "Tara", Role.TREASURER))
    assert "€500.00" in wait.title
    assert is_clean()


def test_paid_in_part_meanwhile_it_takes_the_rest_and_holds_what_is_over(desk: Desk) -> None:
    made = invoice(desk)
    gift = paying(made)
    pays(desk.line(20_000), made, 20_000)
    came(gift)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    card = InvoiceCard.objects.get()
    assert card.over_minor == 20_000
    gift.refresh_from_db()
    given_back(gift, 20_000)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert by_card.over(card).minor == 0
    assert not Hold.objects.filter(released_at=None).exists()
    given_back(gift, 10_000)
    assert sums(made) == (InvoiceState.RETURNED, 40_000, 10_000, 0)
    assert is_clean()


def test_it_is_kept_as_a_gift_or_given_back_and_then_it_is_free_or_gone(desk: Desk) -> None:
    made, card = twice(desk)
    for _ in range(2):
        by_card.keep(card_id=card.pk, actor=TARA)
    assert (desk.free(), by_card.undecided()) == (100_000, [])
    _second, other = twice(desk, made.zoo)
    assert by_card.undecided() == [other]
    given_back(other.gift, 50_000)
    assert by_card.undecided() == []
    with pytest.raises(NotOpen):
        by_card.keep(card_id=other.pk, actor=TARA)
    assert not Hold.objects.filter(released_at=None).exists()
    assert is_clean()


def test_a_cancelled_invoice_takes_no_card_that_still_came(desk: Desk) -> None:
    made = invoice(desk)
    gift = paying(made)
    invoices.cancel(invoice_id=made.pk, why="Not wanted.", actor=TARA)
    came(gift)
    assert sums(made) == (InvoiceState.CANCELLED, 0, 0, 0)
    assert InvoiceCard.objects.get().over_minor == 50_000
    assert is_clean()


@pytest.mark.parametrize("_round", range(3))
def test_a_transfer_and_a_card_at_once_pay_it_once(open_desk: Desk, _round: int) -> None:
    made = invoice(open_desk)
    gift, line = paying(made), open_desk.line(50_000)

    def act(number: int) -> None:
        if number:
            came(gift)
        else:
            pays(line, made, 50_000)

    together(2, act)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    line.refresh_from_db()
    card = InvoiceCard.objects.get()
    # Whichever was second is not lost: it waits in the line, or is held in the fund.
    assert line.left_minor + card.over_minor == 50_000
    assert is_clean()


def test_news_from_three_sides_at_once_counts_once(open_desk: Desk) -> None:
    made = invoice(open_desk)
    gift = paying(made)
    together(4, lambda _: came(gift))
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert made.payments.count() == 1
    assert is_clean()


def test_on_stripes_own_page_it_is_paid_and_the_page_of_a_paid_one_is_closed(
    open_desk: Desk, visitor: Visitor, stripe: Sandbox
) -> None:
    made = invoice(open_desk)
    gift = paying(made)
    visitor.pays(gift)
    gifts.follow(gift.pk)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert_agreed(stripe)
    other = invoice(open_desk, made.zoo)
    left = paying(other)
    gifts.checkout(left.pk)
    assert by_card.sweep() == 0
    pays(open_desk.line(50_000), other, 50_000)
    assert by_card.sweep() == 1
    left.refresh_from_db()
    assert left.state == GiftState.FAILED
    assert by_card.sweep() == 0


def test_bob_pays_from_the_page_of_the_invoice(
    client: Client, open_desk: Desk, stripe: Sandbox
) -> None:
    cache.clear()
    bob = person("bob")
    made = invoice(open_desk, zoo_world.zoo(bob))
    sign_in(client, bob, factor=False)
    place = f"/zoo/{made.zoo.uuid}/invoices/{made.pk}/"
    assert "Pay €500.00 by card" in client.get(place).content.decode()
    answer = client.post(f"{place}pay/")
    assert answer.status_code == 303
    gift = Gift.objects.get()
    assert answer["Location"] == gift.checkout_url
    stripe.control("pay", session=gift.checkout)
    cache.clear()
    shown = client.get(f"{place}?paid={gift.uuid}").content.decode()
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert "Card ending 4242" in shown
    assert "Pay €" not in shown
    assert client.post(f"{place}pay/").status_code == 409


def test_the_treasurer_keeps_what_is_over_from_the_invoice(client: Client, desk: Desk) -> None:
    made, _card = twice(desk)
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    place = f"/treasurer/zoos/{made.zoo.uuid}/invoices/{made.pk}/"
    assert "It is held in the fund" in client.get(place).content.decode()
    assert client.post(f"{place}keep/", {"why": "They mean it."}).status_code == 302
    assert "kept as a gift of its own" in client.get(place).content.decode()


def test_the_treasurer_asks_again_from_the_invoice(client: Client, desk: Desk) -> None:
    made = invoice(desk)
    gift = came(paying(made))
    given_back(gift, 50_000)
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    place = f"/treasurer/zoos/{made.zoo.uuid}/invoices/{made.pk}/"
    assert "Ask for it again" in client.get(place).content.decode()
    assert client.post(f"{place}reopen/", {"why": ""}).status_code == 422
    assert client.post(f"{place}reopen/", {"why": "By mistake."}).status_code == 302
    assert sums(made) == (InvoiceState.OPEN, 0, 0, 50_000)


def irregular(desk: Desk, **facts: object) -> dict[str, object]:
    told: dict[str, object] = {
        "token": "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c11",
        "amount": "1480",
        "currency": "EUR",
        "fund": desk.general.pk,
        "how": "invoice",
    }
    return told | facts


def test_the_income_of_an_event_is_given_by_invoice_or_card(
    client: Client, open_desk: Desk, stripe: Sandbox
) -> None:
    cache.clear()
    bob = person("bob")
    zoo = zoo_world.zoo(bob)
    sign_in(client, bob, factor=False)
    place = f"/zoo/{zoo.uuid}/give/"
    assert "income of an event" in client.get(place).content.decode()
    for wrong in ({"amount": "\0"}, {"amount": "10" * 20}, {"how": "x"}, {"token": "x"}):
        answer = client.post(place, irregular(open_desk, order_number="PO-9", **wrong))
        assert answer.status_code == 422
        assert "PO-9" in answer.content.decode()
    assert client.post(place, irregular(open_desk, fund="", wish="")).status_code == 409
    for _ in range(2):
        answer = client.post(place, irregular(open_desk))
        assert answer.status_code == 302
    made = Invoice.objects.get()
    assert (made.amount_minor, answer["Location"]) == (
        148_000,
        f"/zoo/{zoo.uuid}/invoices/{made.pk}/",
    )
    token = "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c12"
    told = irregular(open_desk, token=token, how="card", wish="Manul weekend")
    answer = client.post(place, told)
    assert answer.status_code == 303
    gift = Gift.objects.get()
    assert (gift.gross_minor, gift.message) == (148_000, "Manul weekend")
    assert answer["Location"] == gift.checkout_url


def test_words_without_a_fund_are_kept_and_wait_for_one(client: Client, desk: Desk) -> None:
    cache.clear()
    bob = person("bob")
    zoo = zoo_world.zoo(bob)
    sign_in(client, bob, factor=False)
    told = irregular(desk, fund="", wish="For dens alone.", how="card")
    assert client.post(f"/zoo/{zoo.uuid}/give/", told).status_code == 302
    row = Contribution.objects.get()
    assert (row.wish, row.state) == ("For dens alone.", "proposed")
    contributions.give_fund(contribution_id=row.pk, fund_id=desk.general.pk, actor=TARA)
    contributions.bill(row.pk)
    gift = paying(row.invoices.get())
    assert gift.message == "For dens alone."


def test_a_transfer_after_the_card_finds_nothing_open(desk: Desk) -> None:
    made = invoice(desk)
    came(paying(made))
    with pytest.raises(NotThisOne):
        pays(desk.line(50_000), made, 50_000)
    assert is_clean()


def test_a_fund_in_other_money_than_cards_bring_takes_none(desk: Desk) -> None:
    fund = make.fund(desk.entity, "In crowns", currency="SEK")
    made = invoice(desk, fund_id=fund.pk)
    with pytest.raises(NotByCard):
        paying(made)
    assert not by_card.is_payable(made)
    assert zoos.supporters().count() == 0
    assert refunds.waiting().count() == 0
