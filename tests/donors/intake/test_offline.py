"""Gifts by bank, cheque and cash: refused, entered once, final at once, taken back, given back."""

import datetime as dt
import time
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors import approvals, donors, receipts, refunds, stuck
from donors.intake import offline, returns
from donors.intake.offline import (
    KnownReference,
    NotByHand,
    NotYet,
    TokenReused,
    WrongFund,
    WrongPlace,
    WrongValue,
)
from donors.intake.returns import NotToPay, WrongPayment
from donors.models import Gift, GiftState, Means, Receipt, ReceiptState, RefundState
from funding.documents.models import DocumentState
from funding.errors import Refused
from funding.ledger import arrivals, lineage, periods, trace
from funding.ledger.lineage import Way
from funding.ledger.models import Entry
from funding.ledger.refusals import PeriodClosed
from funding.mail.models import Mail
from funding.money import Money
from funding.users.models import Role
from funding.users.second import SecondPersonNeeded
from tests import make
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together
from tests.people import make_person


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"place": "bank:nowhere"}, WrongPlace),
        ({"means": Means.STRIPE}, WrongPlace),
        ({"lines": ()}, WrongFund),
        ({"lines": ((0, 100),)}, WrongFund),
        ({"reference": "  "}, KnownReference),
        ({"currency": "GBP"}, WrongValue),
        ({"currency": "GBP", "value": Money(1, "USD")}, WrongValue),
        ({"currency": "GBP", "value": Money(0, "EUR")}, WrongValue),
        ({"value": Money(1, "EUR")}, WrongValue),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_moves(
    desk: Desk, facts: dict[str, object], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        desk.gift(**facts)
    assert (Gift.objects.count(), Entry.objects.count()) == (0, 0)


def test_another_body_s_account_or_fund_and_a_day_to_come_are_refused(desk: Desk) -> None:
    other = make.entity()
    theirs = make.fund(other)
    treasury = other.funds.get(is_treasury=True)
    cases: tuple[tuple[dict[str, Any], type[Refused]], ...] = (
        ({"place": other.accounts.get(kind="bank").code}, WrongPlace),
        ({"place": desk.entity.accounts.get(kind="clearing").code}, WrongPlace),
        ({"lines": ((theirs.pk, 100),)}, WrongFund),
        ({"lines": ((treasury.pk, 100),)}, WrongFund),
        ({"lines": ((desk.general.pk, 100), (desk.general.pk, 100))}, WrongFund),
        ({"lines": ((desk.general.pk, 0),)}, WrongFund),
        ({"received_on": desk.today + dt.timedelta(days=1)}, NotYet),
    )
    for facts, refusal in cases:
        with pytest.raises(refusal):
            desk.gift(**facts)
    assert (Gift.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_closed_period_takes_no_gift(desk: Desk) -> None:
    day = desk.today - dt.timedelta(days=40)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Past", starts_on=day, ends_on=day, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    with pytest.raises(PeriodClosed):
        desk.gift(received_on=day)
    assert (Gift.objects.count(), Entry.objects.count()) == (0, 0)


def test_the_same_reference_is_refused_until_the_first_was_taken_back(desk: Desk) -> None:
    first = desk.gift(reference="A-1")
    with pytest.raises(KnownReference, match="A-1"):
        desk.gift(reference="A-1 ")
    assert Entry.objects.count() == 1
    offline.take_back(gift_id=first.pk, why="The wrong fund.", actor=TARA)
    desk.gift(reference="A-1")
    assert desk.free() == 12000
    desk.assert_sound()


def test_the_same_form_twice_is_one_gift_and_another_sum_is_refused(desk: Desk) -> None:
    slip = desk.slip()
    first = offline.record(slip=slip, actor=TARA)
    assert offline.record(slip=slip, actor=TARA) == first
    with pytest.raises(TokenReused):
        desk.gift(token=slip.token, lines=((desk.general.pk, 1),))
    assert Receipt.objects.count() == 1
    desk.assert_sound()


def test_a_gift_is_settled_final_traced_and_has_its_receipt(desk: Desk) -> None:
    snow = make.fund(desk.entity, "Snow")
    gift = desk.gift(desk.general, snow)
    assert (gift.state, gift.fee_minor, gift.value_minor) == (GiftState.SETTLED, 0, 24000)
    assert (desk.free(), desk.free(snow), desk.at_bank()) == (12000, 12000, 24000)
    trace.sweep()
    steps = lineage.of_gifts([f"gift:{gift.pk}"])
    assert lineage.amounts(steps, Way.WAITING) == 24000
    assert sum(each.left_minor for each in arrivals.of_gifts([f"gift:{gift.pk}"])) == 24000
    receipts.make(gift.receipts.get().pk)
    document = gift.receipts.get().document
    assert document is not None
    assert document.snapshot["gift"]["received_on"] == desk.today.isoformat()
    assert document.snapshot["gift"]["method"] == "Bank transfer"
    assert Mail.objects.get(cause=f"gift:{gift.pk}").to_address == "bo@donor.example"
    desk.assert_sound()


def test_a_foreign_gift_counts_by_what_the_bank_credited(desk: Desk) -> None:
    gift = desk.gift(currency="GBP", lines=((desk.general.pk, 10000),), value=Money(11500, "EUR"))
    assert (desk.free(), desk.at_bank()) == (11500, 11500)
    trace.sweep()
    assert lineage.amounts(lineage.of_gifts([f"gift:{gift.pk}"]), Way.WAITING) == 11500
    refund = refunds.request(gift_id=gift.pk, amount_minor=4000, reason="Asked.", actor=TARA)
    paid: dict[str, Any] = {
        "place": desk.bank,
        "paid_on": desk.today,
        "reference": "R1",
        "actor": TARA,
    }
    with pytest.raises(WrongPayment):
        returns.paid(refund_id=refund.pk, **paid)
    returns.paid(refund_id=refund.pk, value=Money(4610, "EUR"), **paid)
    assert desk.free() == 11500 - 4610
    desk.assert_sound()


def test_a_fund_in_another_currency_takes_gifts_in_its_own(desk: Desk) -> None:
    pounds = make.fund(desk.entity, "Pounds", currency="GBP")
    gift = desk.gift(pounds, currency="GBP")
    assert (gift.value_minor, gift.value_currency) == (12000, "GBP")
    assert desk.free(pounds) == 12000
    with pytest.raises(WrongFund):
        desk.gift(pounds, desk.general)
    desk.assert_sound()


def test_somebody_without_an_address_is_a_donor_of_their_own(desk: Desk) -> None:
    first, second = (
        donors.find_or_create(name="At the door", email="", language="en") for _ in range(2)
    )
    assert first != second
    gift = desk.gift(donor_id=first.pk, donor_name="At the door", means=Means.CASH, reference="")
    receipts.make(gift.receipts.get().pk)
    receipt = gift.receipts.get()
    assert (receipt.state, receipt.owes_document) == (ReceiptState.ISSUED, False)
    assert receipts.waiting().count() == 0
    assert Mail.objects.count() == 0
    offline.take_back(gift_id=gift.pk, why="Counted twice.", actor=TARA)
    assert Mail.objects.count() == 0


def test_one_entered_by_mistake_was_never_made(desk: Desk) -> None:
    gift = desk.gift()
    receipts.make(gift.receipts.get().pk)
    trace.sweep()
    with pytest.raises(Refused):
        offline.take_back(gift_id=gift.pk, why=" ", actor=TARA)
    offline.take_back(gift_id=gift.pk, why="Another fund's.", actor=TARA)
    gift.refresh_from_db()
    assert (gift.state, gift.settled_at, gift.ended_why) == (
        GiftState.FAILED,
        None,
        "Another fund's.",
    )
    document = gift.receipts.get().document
    assert document is not None
    assert document.state == DocumentState.VOID
    subjects = list(Mail.objects.order_by("pk").values_list("subject", flat=True))
    assert subjects[1:] == [f"Receipt {document.name} is void: it was our mistake"]
    assert (desk.free(), desk.at_bank()) == (0, 0)
    trace.sweep()
    assert lineage.amounts(lineage.of_gifts([f"gift:{gift.pk}"]), Way.WAITING) == 0
    with pytest.raises(NotByHand):
        offline.take_back(gift_id=gift.pk, why="Again.", actor=TARA)
    desk.assert_sound()


def test_what_is_being_given_back_and_what_came_by_stripe_is_not_taken_back(desk: Desk) -> None:
    gift = desk.gift()
    refunds.request(gift_id=gift.pk, amount_minor=100, reason="Asked.", actor=TARA)
    with pytest.raises(NotByHand):
        offline.take_back(gift_id=gift.pk, why="Wrong.", actor=TARA)
    online = make.gift(desk.general)
    with pytest.raises(NotByHand):
        offline.take_back(gift_id=online.pk, why="Wrong.", actor=TARA)
    assert Entry.objects.count() == 1


def test_a_refund_is_paid_by_bank_and_noted_once(desk: Desk) -> None:
    gift = desk.gift()
    receipts.make(gift.receipts.get().pk)
    refund = refunds.request(gift_id=gift.pk, amount_minor=5000, reason="Asked.", actor=TARA)
    refunds.send(refund.pk)
    assert (refunds.waiting().count(), stuck.stuck_refunds().count()) == (0, 0)
    paid: dict[str, Any] = {
        "place": desk.bank,
        "paid_on": desk.today,
        "reference": "R1",
        "actor": TARA,
    }
    wrong: tuple[dict[str, Any], ...] = (
        {"place": "bank:nowhere"},
        {"reference": " "},
        {"paid_on": desk.today + dt.timedelta(days=1)},
        {"paid_on": desk.today - dt.timedelta(days=1)},
        {"value": Money(1, "EUR")},
    )
    for facts in wrong:
        with pytest.raises(WrongPayment):
            returns.paid(refund_id=refund.pk, **paid | facts)
    assert Entry.objects.count() == 1
    for _again in range(2):
        returns.paid(refund_id=refund.pk, **paid)
    with pytest.raises(NotToPay):
        returns.paid(refund_id=refund.pk, **paid | {"reference": "R2"})
    gift.refresh_from_db()
    assert (gift.refunded_minor, gift.left_minor) == (5000, 7000)
    assert (desk.free(), desk.at_bank()) == (7000, 7000)
    assert gift.receipts.count() == 2
    desk.assert_sound()


def test_over_the_limit_a_second_person_agrees_before_it_is_paid(desk: Desk) -> None:
    gift = desk.gift(lines=((desk.general.pk, 500_000),))
    tara = make_person("tara@x.example", "", Role.TREASURER)
    tom = make_person("tom@x.example", "", Role.TREASURER)
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=500_000, reason="Asked.", actor=f"user:{tara.pk}"
    )
    paid: dict[str, Any] = {
        "place": desk.bank,
        "paid_on": desk.today,
        "reference": "R1",
        "actor": TARA,
    }
    assert refund.state == RefundState.PROPOSED
    with pytest.raises(NotToPay):
        returns.paid(refund_id=refund.pk, **paid)
    with pytest.raises(SecondPersonNeeded):
        approvals.approve(refund_id=refund.pk, by=tara)
    approvals.approve(refund_id=refund.pk, by=tom)
    returns.paid(refund_id=refund.pk, **paid)
    gift.refresh_from_db()
    assert (gift.state, desk.free()) == (GiftState.REFUNDED, 0)
    desk.assert_sound()


def test_the_database_refuses_a_gift_by_hand_that_is_not_whole(desk: Desk) -> None:
    gift = desk.gift()
    broken: tuple[tuple[dict[str, Any], str], ...] = (
        ({"place": None}, "gift_by_hand_says_how_it_came"),
        ({"entered_by": ""}, "gift_by_hand_says_how_it_came"),
        ({"charge": "ch_1"}, "gift_by_hand_says_how_it_came"),
        ({"reference": ""}, "gift_by_hand_has_its_reference"),
        ({"fee_minor": 1}, "gift_value_is_known_whole"),
        ({"means": Means.STRIPE}, "gift_"),
        ({"state": GiftState.PENDING, "settled_at": None}, "gift_by_hand_is_final"),
    )
    for facts, rule in broken:
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Gift.objects.filter(pk=gift.pk).update(**facts)


def test_two_treasurers_enter_one_payment_once(open_desk: Desk) -> None:
    def enter(number: int) -> Gift:
        return open_desk.gift(reference="SAME", token=uuid.UUID(int=number))

    outcomes = together(4, enter)
    assert [type(each) for each in outcomes].count(KnownReference) == 3
    assert (Gift.objects.count(), open_desk.free()) == (1, 12000)
    open_desk.assert_sound()


def test_without_the_constraint_looking_first_would_enter_it_twice(open_desk: Desk) -> None:
    def look(_number: int) -> bool:
        known = Gift.objects.filter(reference="SAME").exists()
        time.sleep(0.2)
        if not known:
            open_desk.gift(reference=f"SAME-{uuid.uuid4()}")
        return known

    assert together(2, look) == [False, False]
    assert Gift.objects.count() == 2
