"""Goal: money that went back leaves no invoice paid, and nobody is dunned for what they took."""

import itertools
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction

from donors import followers, refunds
from donors.intake import returns
from donors.intake.matching import NotThisOne
from donors.models import Gift, Invoice, InvoicePayment, InvoiceState
from donors.zoos import invoices, overdue, payments
from donors.zoos.invoices import NoReason, NotOpen
from funding import clock
from funding.mail.models import Mail
from tests.donors.intake.desk import TARA, Desk
from tests.donors.stating import could_not, disputed, given, given_back
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.donors.zoos.test_payments import is_clean, pays
from tests.ledger.racing import together

_numbers = itertools.count(1)


def paid(desk: Desk, minor: int = 50_000) -> Invoice:
    """One over EUR 500 on which so much came by bank."""
    made = invoice(desk)
    pays(desk.line(minor), made, minor)
    return fresh(made)


def fresh(made: Invoice) -> Invoice:
    made.refresh_from_db()
    return made


def back(desk: Desk, minor: int, gift: Gift | None = None) -> None:
    """So much of the payment is given back by bank."""
    gift = gift or Gift.objects.get()
    refund = refunds.request(gift_id=gift.pk, amount_minor=minor, reason="Asked.", actor=TARA)
    returns.paid(refund_id=refund.pk, **desk.payment() | {"reference": f"R{next(_numbers)}"})


def sums(made: Invoice) -> tuple[str, int, int, int]:
    """State, what is paid, what went back, what is open."""
    fresh(made)
    return made.state, made.paid_minor, made.returned_minor, made.open_minor


def by_card(desk: Desk) -> tuple[Invoice, Gift]:
    """One that a gift through Stripe paid in full."""
    made, gift = invoice(desk), given(desk.general, 50_000, clock.now())
    InvoicePayment.objects.create(
        invoice=made, gift=gift, minor=50_000, paid_on=desk.today, created_at=clock.now()
    )
    made.paid_minor = 50_000
    invoices.restate(made)
    return made, gift


def test_the_database_refuses_sums_that_do_not_fit_the_state(desk: Desk) -> None:
    made = paid(desk)
    for state, facts, name in (
        (InvoiceState.RETURNED, {}, "fits_its_sums"),
        (InvoiceState.PAID, {"returned_minor": 1}, "(takes_no|fits_its)"),
        (InvoiceState.PAID, {"returned_minor": -1}, "(takes_no|fits_its)"),
        (InvoiceState.RETURNED, {"paid_minor": 0, "returned_minor": 49_999}, "fits_its_sums"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Invoice.objects.filter(pk=made.pk).update(state=state, **facts)
    with pytest.raises(IntegrityError, match="loses_no_more"), transaction.atomic():
        InvoicePayment.objects.update(gone_minor=50_001)


def test_nothing_went_back_so_nothing_is_asked_for_again(desk: Desk) -> None:
    made = paid(desk)
    with pytest.raises(NotOpen):
        invoices.reopen(invoice_id=made.pk, why="x", actor=TARA)
    back(desk, 50_000)
    with pytest.raises(NoReason):
        invoices.reopen(invoice_id=made.pk, why=" ", actor=TARA)
    assert sums(made) == (InvoiceState.RETURNED, 0, 50_000, 0)


def test_given_back_in_full_it_says_so_and_nobody_is_reminded(desk: Desk) -> None:
    made = paid(desk)
    back(desk, 50_000)
    assert sums(made) == (InvoiceState.RETURNED, 0, 50_000, 0)
    Invoice.objects.update(due_on=made.due_on.replace(year=made.due_on.year - 1))
    assert overdue.remind() == 0
    assert not Mail.objects.filter(key__contains="reminder").exists()
    with pytest.raises(NotThisOne):
        pays(desk.line(50_000), made, 50_000)
    assert is_clean()


def test_given_back_in_part_the_rest_stays_paid(desk: Desk) -> None:
    made = paid(desk)
    back(desk, 20_000)
    assert sums(made) == (InvoiceState.RETURNED, 30_000, 20_000, 0)
    back(desk, 10_000)
    assert sums(made) == (InvoiceState.RETURNED, 20_000, 30_000, 0)
    assert is_clean()


def test_of_an_open_one_only_what_never_came_is_reminded_of(desk: Desk) -> None:
    made = paid(desk, 48_000)
    back(desk, 48_000)
    assert sums(made) == (InvoiceState.OPEN, 0, 48_000, 2_000)
    pays(desk.line(2_000), made, 2_000)
    assert sums(made) == (InvoiceState.RETURNED, 2_000, 48_000, 0)
    assert is_clean()


def test_the_treasurer_asks_again_and_it_is_due_in_thirty_days(desk: Desk) -> None:
    made = paid(desk)
    back(desk, 50_000)
    for number in range(2):
        if number:
            with pytest.raises(NotOpen):
                invoices.reopen(invoice_id=made.pk, why="Again.", actor=TARA)
        else:
            invoices.reopen(invoice_id=made.pk, why="By mistake.", actor=TARA)
    assert sums(made) == (InvoiceState.OPEN, 0, 0, 50_000)
    assert (made.due_on, made.reminded) == (desk.today + invoices.DAYS, 0)
    pays(desk.line(50_000), made, 50_000)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert is_clean()


def test_what_had_been_let_go_is_asked_for_too_when_nothing_is_left(desk: Desk) -> None:
    made = paid(desk, 48_000)
    invoices.forgive(invoice_id=made.pk, why="Banks.", actor=TARA)
    back(desk, 48_000)
    assert sums(made) == (InvoiceState.RETURNED, 0, 48_000, 0)
    invoices.reopen(invoice_id=made.pk, why="By mistake.", actor=TARA)
    assert sums(made) == (InvoiceState.OPEN, 0, 0, 50_000)
    invoices.cancel(invoice_id=made.pk, why="Not wanted.", actor=TARA)
    assert sums(made) == (InvoiceState.CANCELLED, 0, 0, 0)
    assert is_clean()


def test_a_dispute_takes_it_and_a_dispute_that_is_won_pays_it_again(desk: Desk) -> None:
    made, gift = by_card(desk)
    disputed(gift, -50_000, clock.now())
    assert sums(made) == (InvoiceState.RETURNED, 0, 50_000, 0)
    disputed(gift, 50_000, clock.now())
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert is_clean()


def test_money_that_comes_again_after_other_money_paid_is_no_second_payment(desk: Desk) -> None:
    made, gift = by_card(desk)
    refund = given_back(gift, 20_000)
    assert sums(made) == (InvoiceState.RETURNED, 30_000, 20_000, 0)
    invoices.reopen(invoice_id=made.pk, why="By mistake.", actor=TARA)
    pays(desk.line(15_000), made, 15_000)
    could_not(refund)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    assert InvoicePayment.objects.get(gift=gift).gone_minor == 15_000
    assert is_clean()


def test_money_that_comes_again_to_a_cancelled_one_stays_a_gift(desk: Desk) -> None:
    made, gift = by_card(desk)
    refund = given_back(gift, 50_000)
    invoices.reopen(invoice_id=made.pk, why="By mistake.", actor=TARA)
    invoices.cancel(invoice_id=made.pk, why="Not wanted.", actor=TARA)
    could_not(refund)
    assert sums(made) == (InvoiceState.CANCELLED, 0, 0, 0)
    assert is_clean()


def test_told_twice_it_counts_once(desk: Desk) -> None:
    made = paid(desk)
    back(desk, 20_000)
    gift = Gift.objects.get()
    for _ in range(3):
        followers.tell(gift)
    assert sums(made) == (InvoiceState.RETURNED, 30_000, 20_000, 0)


def test_two_refunds_and_the_rest_of_the_money_at_once_add_up(open_desk: Desk) -> None:
    made = paid(open_desk, 40_000)
    gift, line = Gift.objects.get(), open_desk.line(10_000)

    def act(number: int) -> None:
        if number:
            back(open_desk, 10_000, gift)
        else:
            pays(line, made, 10_000)

    together(3, act)
    assert sums(made) == (InvoiceState.RETURNED, 30_000, 20_000, 0)
    assert is_clean()


@pytest.fixture
def without_invoices() -> Iterator[None]:
    """The control: nobody tells invoices."""
    follower = followers.FOLLOWERS.pop("invoices")
    yield
    followers.register("invoices", follower)


def test_without_the_follower_it_would_say_paid(desk: Desk, without_invoices: None) -> None:
    made = paid(desk)
    back(desk, 50_000)
    assert sums(made) == (InvoiceState.PAID, 50_000, 0, 0)
    payments.follow(Gift.objects.get())
    assert sums(made) == (InvoiceState.RETURNED, 0, 50_000, 0)
