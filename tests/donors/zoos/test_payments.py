"""Goal: what comes by bank pays an invoice to the penny, never more, and can be undone."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from donors import receipts
from donors.intake import matching, offline
from donors.intake.matching import NotThisOne
from donors.intake.offline import NotByHand, WrongFund
from donors.models import BankLine, BankPart, Gift, Invoice, InvoicePayment, InvoiceState, Receipt
from donors.zoos import invoices, payments
from donors.zoos.invoices import NotOpen
from donors.zoos.payments import Paying
from funding.ledger import funds
from funding.ledger.models import Entry, Posting
from funding.ledger.verify import verify
from funding.mail.models import Mail
from funding.money import Money
from tests import make
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.ledger.racing import together


def pays(line: BankLine, made: Invoice, minor: int, settles: int | None = None) -> BankPart:
    """Say that so much of a line pays an invoice."""
    return matching.match(
        line_id=line.pk,
        kind="invoice",
        amount_minor=minor,
        what=Paying(made.pk, minor if settles is None else settles),
        actor=TARA,
        token=uuid.uuid4(),
    )


def books() -> dict[tuple[str, str, str], int]:
    """Every balance that is not nought, by fund, account and currency."""
    rows = Posting.objects.values_list("fund__name", "account__kind", "currency")
    sums = rows.annotate(sum=Sum("amount_minor"))
    return {(fund, kind, currency): total for fund, kind, currency, total in sums if total}


def is_clean() -> bool:
    """Whether every invariant of the books holds."""
    return [each for each in verify() if not each.is_notice] == []


def test_a_line_with_the_reference_pays_it_by_itself(desk: Desk) -> None:
    made = invoice(desk)
    line = desk.line(50_000, text=f"Ref {made.reference.lower()} thank you")
    sure = matching.certain(line)
    assert sure is not None
    matching.accept(line_id=line.pk, kind=sure.kind, key=sure.key, actor=TARA)
    made.refresh_from_db()
    assert (made.state, made.open_minor) == (InvoiceState.PAID, 0)
    gift = Gift.objects.get()
    assert gift.donor.organisation == made.zoo.organisation
    assert gift.donor_name == "Kuusirannan Eläintarha Oy"
    assert books() == {
        ("General fund", "bank", "EUR"): 50_000,
        ("General fund", "gifts", "EUR"): -50_000,
    }
    assert is_clean()


def test_the_receipt_goes_to_who_sees_to_invoices(desk: Desk) -> None:
    made = invoice(desk)
    pays(desk.line(50_000), made, 50_000)
    receipts.make(Receipt.objects.get().pk)
    mail = Mail.objects.get(key__startswith="receipt:")
    assert mail.to_address == "invoices@kuusiranta.example"


def test_480_of_500_leaves_20_open_and_the_rest_can_be_let_go(desk: Desk) -> None:
    made = invoice(desk)
    line = desk.line(48_000, text=made.reference)
    assert matching.certain(line) is None
    [fits] = matching.suggestions(line)
    assert (fits.amount, fits.is_certain) == (Money(48_000, "EUR"), False)
    matching.accept(line_id=line.pk, kind="invoice", key=str(made.pk), actor=TARA)
    made.refresh_from_db()
    assert (made.state, made.open_minor) == (InvoiceState.OPEN, 2_000)
    with pytest.raises(NotOpen):
        payments.show_bank_fee(invoice_id=made.pk, actor=TARA)
    with pytest.raises(NotOpen):
        invoices.cancel(invoice_id=made.pk, why="x", actor=TARA)
    before = Entry.objects.count()
    invoices.forgive(invoice_id=made.pk, why="Banks on the way kept it.", actor=TARA)
    made.refresh_from_db()
    assert (made.state, made.open_minor) == (InvoiceState.PAID, 0)
    assert Entry.objects.count() == before
    assert books() == {
        ("General fund", "bank", "EUR"): 48_000,
        ("General fund", "gifts", "EUR"): -48_000,
    }


def test_with_the_zoos_proof_what_banks_kept_is_gift_and_cost(desk: Desk) -> None:
    made = invoice(desk)
    pays(desk.line(48_000), made, 48_000)
    invoices.forgive(invoice_id=made.pk, why="Proof of 500.00 sent.", actor=TARA)
    first, second = (payments.show_bank_fee(invoice_id=made.pk, actor=TARA) for _ in range(2))
    assert first == second
    assert books() == {
        ("General fund", "bank", "EUR"): 48_000,
        ("General fund", "gifts", "EUR"): -50_000,
        ("General fund", "bank_fees", "EUR"): 2_000,
    }
    assert is_clean()


def test_the_rest_comes_later_as_a_second_payment(desk: Desk) -> None:
    made = invoice(desk)
    pays(desk.line(48_000), made, 48_000)
    pays(desk.line(2_000), made, 2_000)
    made.refresh_from_db()
    assert made.state == InvoiceState.PAID
    assert Gift.objects.count() == InvoicePayment.objects.count() == 2
    assert is_clean()


def test_more_than_it_asks_is_never_taken_and_waits_in_the_line(desk: Desk) -> None:
    made = invoice(desk)
    line = desk.line(52_000, text=made.reference)
    with pytest.raises(NotThisOne):
        pays(line, made, 52_000)
    line.refresh_from_db()
    assert (line.left_minor, Gift.objects.exists()) == (52_000, False)
    matching.accept(line_id=line.pk, kind="invoice", key=str(made.pk), actor=TARA)
    line.refresh_from_db()
    assert line.left_minor == 2_000
    assert books()[("Treasury", "suspense", "EUR")] == -2_000
    with pytest.raises(IntegrityError, match=r"(takes_no|fits_its)"), transaction.atomic():
        Invoice.objects.update(paid_minor=50_001)
    assert is_clean()


def test_paid_twice_the_second_stays_money_not_understood(desk: Desk) -> None:
    made = invoice(desk)
    pays(desk.line(50_000), made, 50_000)
    again = desk.line(50_000, text=made.reference)
    assert [each for each in matching.suggestions(again) if each.kind == "invoice"] == []
    with pytest.raises(NotThisOne):
        pays(again, made, 50_000)
    again.refresh_from_db()
    assert again.left_minor == 50_000
    assert is_clean()


def test_two_lines_at_once_pay_an_invoice_once(open_desk: Desk) -> None:
    made = invoice(open_desk)
    both = [open_desk.line(50_000), open_desk.line(50_000)]
    outcomes = together(2, lambda number: pays(both[number], made, 50_000))
    assert [type(each) for each in outcomes].count(NotThisOne) == 1
    made.refresh_from_db()
    assert (made.paid_minor, Gift.objects.count()) == (50_000, 1)
    assert is_clean()


def test_one_transfer_pays_two_invoices(desk: Desk) -> None:
    zoo = zoo_world.zoo()
    first, second = invoice(desk, zoo), invoice(desk, zoo, amount_minor=12_345)
    line = desk.line(62_345, text=f"{first.reference} {second.reference}")
    assert {each.key for each in matching.suggestions(line)} == {str(first.pk), str(second.pk)}
    matching.accept(line_id=line.pk, kind="invoice", key=str(first.pk), actor=TARA)
    line.refresh_from_db()
    sure = matching.certain(line)
    assert sure is not None
    matching.accept(line_id=line.pk, kind="invoice", key=sure.key, actor=TARA)
    line.refresh_from_db()
    assert line.left_minor == 0
    assert set(Invoice.objects.values_list("state", flat=True)) == {InvoiceState.PAID}
    assert books() == {
        ("General fund", "bank", "EUR"): 62_345,
        ("General fund", "gifts", "EUR"): -62_345,
    }
    assert is_clean()


def test_foreign_money_is_worth_what_the_bank_made_of_it(desk: Desk) -> None:
    made = invoice(desk, currency="KWD", amount_minor=75_120)
    line = desk.line(22_517, text=made.reference)
    [fits] = matching.suggestions(line)
    assert not fits.is_certain
    with pytest.raises(NotThisOne):
        pays(line, made, 22_517, settles=75_130)
    matching.accept(line_id=line.pk, kind="invoice", key=str(made.pk), actor=TARA)
    made.refresh_from_db()
    assert made.state == InvoiceState.PAID
    assert books() == {
        ("General fund", "bank", "EUR"): 22_517,
        ("General fund", "fx", "EUR"): -22_517,
        ("General fund", "fx", "KWD"): 75_120,
        ("General fund", "gifts", "KWD"): -75_120,
    }
    assert is_clean()


def test_what_comes_for_a_fund_that_closed_meanwhile_waits_and_is_given_to_another(
    desk: Desk,
) -> None:
    made = invoice(desk)
    other = make.fund(desk.entity, "Steppe")
    funds.close(fund_id=desk.general.pk, actor=TARA)
    line = desk.line(50_000, text=made.reference)
    assert books() == {
        ("Treasury", "bank", "EUR"): 50_000,
        ("Treasury", "suspense", "EUR"): -50_000,
    }
    with pytest.raises(WrongFund):
        pays(line, made, 50_000)
    line.refresh_from_db()
    assert (line.left_minor, Gift.objects.exists()) == (50_000, False)
    matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=50_000,
        what=desk.giver(50_000, other),
        actor=TARA,
        token=uuid.uuid4(),
    )
    invoices.cancel(invoice_id=made.pk, why="Given to another fund.", actor=TARA)
    assert books() == {
        ("Steppe", "bank", "EUR"): 50_000,
        ("Steppe", "gifts", "EUR"): -50_000,
    }
    assert is_clean()


def test_undone_it_is_open_again_and_the_books_are_as_before(desk: Desk) -> None:
    made = invoice(desk)
    line = desk.line(48_000)
    part = pays(line, made, 48_000)
    invoices.forgive(invoice_id=made.pk, why="Small.", actor=TARA)
    with pytest.raises(NotByHand):
        offline.take_back(gift_id=Gift.objects.get().pk, why="x", actor=TARA)
    matching.undo(part_id=part.pk, why="Another zoo's.", actor=TARA)
    made.refresh_from_db()
    assert (made.state, made.open_minor) == (InvoiceState.OPEN, 50_000)
    assert books() == {
        ("Treasury", "bank", "EUR"): 48_000,
        ("Treasury", "suspense", "EUR"): -48_000,
    }
    pays(line, made, 48_000)
    assert is_clean()


def test_the_payers_name_and_the_same_sum_are_a_hint_and_no_more(desk: Desk) -> None:
    made = invoice(desk)
    line = desk.line(50_000, payer_name="KUUSIRANNAN ELÄINTARHA OY", text="")
    [fits] = matching.suggestions(line)
    assert (fits.key, fits.is_certain) == (str(made.pk), False)
    other = desk.line(49_999, payer_name="KUUSIRANNAN ELÄINTARHA OY", text="")
    assert matching.suggestions(other) == []
