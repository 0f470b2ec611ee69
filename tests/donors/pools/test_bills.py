"""Goal: the zoo is asked for what was matched, for less when gifts went back, and owed the rest."""

import pytest
from django.db.models import Max

from donors.models import Invoice, InvoiceState, MatchingPool, PayInto
from donors.pools import bills, pools
from donors.pools.bills import NoCredit
from donors.zoos import contributions
from tests.donors.intake.desk import TARA, Desk
from tests.donors.pools.pooling import desk as desk
from tests.donors.pools.pooling import figures, gift, give_back, pool
from tests.donors.zoos.invoicing import account
from tests.donors.zoos.test_payments import pays


def standing(made: MatchingPool) -> Invoice:
    found = bills.invoice_of(made)
    assert found is not None
    return found


def test_the_zoo_is_asked_once_for_the_total_in_words_of_the_pool(desk: Desk) -> None:
    made = pool(desk, order_number="PO-9")
    for minor in (10_000, 2_345):
        gift(desk, minor)
    for _ in range(2):
        pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    asked = standing(made)
    assert (asked.amount_minor, asked.order_number) == (12_345, "PO-9")
    assert asked.document is not None
    assert "Matching of 2 gifts" in asked.document.snapshot["wish"]
    assert Invoice.objects.count() == 1


def test_before_it_is_paid_a_release_lowers_it_once_a_night(desk: Desk) -> None:
    made, given = pool(desk), [gift(desk) for _ in range(2)]
    pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    give_back(desk, given[0], 3_000)
    assert (bills.adjust_all(), bills.adjust_all()) == (1, 0)
    assert standing(made).amount_minor == 21_000
    assert Invoice.objects.filter(state=InvoiceState.CANCELLED).count() == 1
    for each in given:
        give_back(desk, each, each.left_minor if each.refunded_minor else 12_000)
    assert (bills.adjust_all(), bills.adjust_all()) == (1, 0)
    assert bills.invoice_of(made) is None


def test_without_an_account_what_is_promised_follows(desk: Desk) -> None:
    PayInto.objects.all().delete()
    made, given = pool(desk), gift(desk)
    pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    assert bills.invoice_of(made) is None
    give_back(desk, given, 2_000)
    assert bills.adjust_all() == 1
    account(desk)
    assert contributions.sweep() == 1
    assert standing(made).amount_minor == 10_000


def test_after_it_is_paid_it_stands_and_the_zoo_has_a_credit(desk: Desk) -> None:
    made, given = pool(desk), gift(desk)
    pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    asked = standing(made)
    pays(desk.line(12_000), asked, 12_000)
    with pytest.raises(NoCredit):
        bills.settle_credit(pool_id=made.pk, words_said="x", actor=TARA)
    give_back(desk, given, 3_000)
    made.refresh_from_db()
    assert bills.adjust_all() == 0
    assert standing(made).amount_minor == 12_000
    assert bills.credit(made).minor == 3_000
    assert list(bills.with_credit()) == [made]
    with pytest.raises(NoCredit):
        bills.settle_credit(pool_id=made.pk, words_said=" ", actor=TARA)
    bills.settle_credit(pool_id=made.pk, words_said="Ms Laine leaves it.", actor=TARA)
    assert not bills.credit(made)
    with pytest.raises(NoCredit):
        bills.settle_credit(pool_id=made.pk, words_said="Again.", actor=TARA)


def test_what_is_given_back_to_the_zoo_is_no_credit_any_more(desk: Desk) -> None:
    made, given = pool(desk), gift(desk)
    pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    asked = standing(made)
    pays(desk.line(12_000), asked, 12_000)
    give_back(desk, given, 12_000)
    made.refresh_from_db()
    assert bills.credit(made).minor == 12_000
    payment = asked.payments.get().gift
    give_back(desk, payment, 5_000)
    assert bills.credit(made).minor == 7_000
    assert figures(made) == (0, 500_000)
    assert Invoice.objects.aggregate(most=Max("paid_minor"))["most"] == 7_000
