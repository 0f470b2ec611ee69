"""Goal: a gift is claimed once, the books say what the tax office owes, and what we owe it."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors.giftaid import claims, declarations, limits, overclaims
from donors.giftaid.claims import NothingToClaim, NotThatPayment, NotThatState
from donors.models import Claim, ClaimLine, ClaimPayment, ClaimState, Gift
from funding import clock
from funding.audit.models import Record
from funding.ledger import balances
from funding.ledger.models import Entry
from funding.ledger.verify import verify
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors import taxpayers
from tests.donors.taxpayers import TARA, Society
from tests.ledger.racing import together

Move = Callable[[dt.datetime], None]


@pytest.fixture
def society(committed: None) -> Society:
    made = taxpayers.society()
    made.declare()
    return made


@pytest.fixture(autouse=True)
def books_stay_right(committed: None) -> object:
    yield
    assert [each for each in verify() if not each.is_notice] == []


def gathered(society: Society) -> Claim:
    return claims.gather(entity_id=society.entity.pk, actor=TARA)


def sent(society: Society) -> Claim:
    return claims.send(claim_id=gathered(society).pk, reference="HMRC 1", actor=TARA)


def paid(society: Society, claim: Claim, minor: int, reference: str = "HMRC PAY 1") -> None:
    claims.pay(
        claim_id=claim.pk,
        amount_minor=minor,
        paid_on=society.today,
        place=society.bank,
        reference=reference,
        actor=TARA,
    )


def again(claim: Claim) -> Claim:
    return Claim.objects.get(pk=claim.pk)


# What is refused, and that nothing moves.


def test_without_a_gift_that_may_be_claimed_there_is_no_claim(society: Society) -> None:
    society.gift(email="undeclared@donor.example")
    society.gift(1)
    before = Entry.objects.count()
    with pytest.raises(NothingToClaim, match="No gift"):
        gathered(society)
    with pytest.raises(NothingToClaim, match="does not claim"):
        claims.gather(entity_id=make.entity().pk, actor=TARA)
    assert (Claim.objects.count(), ClaimLine.objects.count()) == (0, 0)
    assert Entry.objects.count() == before


def test_one_claim_is_put_together_at_a_time(society: Society) -> None:
    society.gift()
    gathered(society)
    society.gift()
    with pytest.raises(NothingToClaim, match="being put together"):
        gathered(society)
    assert (Claim.objects.count(), ClaimLine.objects.count()) == (1, 1)


def test_a_claim_whose_gift_went_back_meanwhile_is_not_sent(society: Society) -> None:
    gift, _other = society.gift(), society.gift()
    claim = gathered(society)
    society.give_back(gift, 1)
    entries = Entry.objects.count()
    with pytest.raises(NotThatState, match="went back"):
        claims.send(claim_id=claim.pk, reference="", actor=TARA)
    assert again(claim).state == ClaimState.DRAFT
    assert Entry.objects.count() == entries
    claims.drop(claim_id=claim.pk, actor=TARA)
    assert sent(society).donated_minor == 199_99


@pytest.mark.parametrize("minor", [0, -1, 25_01])
def test_no_more_is_paid_than_was_claimed(society: Society, minor: int) -> None:
    society.gift()
    claim = sent(society)
    with pytest.raises(NotThatPayment):
        paid(society, claim, minor)
    assert (ClaimPayment.objects.count(), again(claim).state) == (0, ClaimState.SENT)


def test_a_payment_needs_our_bank_a_day_and_a_name_and_a_claim_that_was_sent(
    society: Society,
) -> None:
    society.gift()
    claim = gathered(society)
    with pytest.raises(NotThatState):
        paid(society, claim, 100)
    claims.send(claim_id=claim.pk, reference="", actor=TARA)
    told: dict[str, Any] = {"amount_minor": 100, "reference": "P", "actor": TARA}
    told |= {"claim_id": claim.pk, "paid_on": society.today, "place": society.bank}
    elsewhere = taxpayers.society().bank
    wrong: list[dict[str, object]] = [
        {"place": elsewhere},
        {"place": "clearing:x"},
        {"reference": "  "},
        {"paid_on": society.today + dt.timedelta(days=1)},
    ]
    for facts in wrong:
        with pytest.raises(NotThatPayment):
            claims.pay(**told | facts)
    assert ClaimPayment.objects.count() == 0


def test_what_was_sent_is_neither_sent_again_nor_dropped(society: Society) -> None:
    society.gift()
    claim = sent(society)
    for deed in (
        lambda: claims.send(claim_id=claim.pk, reference="", actor=TARA),
        lambda: claims.drop(claim_id=claim.pk, actor=TARA),
    ):
        with pytest.raises(NotThatState):
            deed()
    assert society.booked("gift_aid_due") == {"General fund": 25_00}


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"state": "paid"}, "claim_state_fits_what_was_paid"),
        ({"overclaimed_minor": 25_00}, "claim_asks_for_money"),
        ({"currency": "EUR"}, "claim_is_in_pounds"),
    ],
)
def test_the_database_holds_a_claim(society: Society, facts: dict[str, object], name: str) -> None:
    society.gift()
    claim = gathered(society)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(**facts)


# Races, each with what happens without the lock.


def test_gathered_by_several_at_once_each_gift_is_in_one_claim(society: Society) -> None:
    for _number in range(3):
        society.gift()
    done = together(4, lambda _number: gathered(society).pk)
    assert sorted(type(each).__name__ for each in done) == ["NothingToClaim"] * 3 + ["int"]
    assert ClaimLine.objects.count() == 3


def test_without_the_lock_the_database_keeps_a_gift_out_of_a_second_claim(
    society: Society,
) -> None:
    society.gift()
    line = sent(society).lines.get()

    def write(_number: int) -> object:
        time.sleep(0.1)
        return ClaimLine.objects.create(
            claim_id=line.claim_id,
            gift_id=line.gift_id,
            declaration_id=line.declaration_id,
            given_on=line.given_on,
            donated_minor=1,
            tax_minor=0,
        )

    done = together(2, write)
    assert all(isinstance(each, IntegrityError) for each in done)
    assert "claimline_gift_is_claimed_once" in str(done[0])


def test_sent_and_paid_by_several_at_once_it_is_booked_once(society: Society) -> None:
    society.gift()
    claim = gathered(society)
    together(3, lambda _n: claims.send(claim_id=claim.pk, reference="", actor=TARA))
    assert society.booked("gift_aid_due") == {"General fund": 25_00}
    together(3, lambda _n: paid(society, claim, 25_00))
    assert ClaimPayment.objects.count() == 1
    assert society.booked("gift_aid_due") == {}
    assert Record.objects.filter(action="claim.paid").count() == 1


def test_noticed_by_several_at_once_it_is_owed_once(society: Society) -> None:
    gift, _other = society.gift(), society.gift()
    sent(society)
    society.give_back(gift, 40_00)
    together(3, lambda _number: overclaims.sweep())
    assert society.booked("gift_aid_owed") == {"General fund": -10_00}


# What the books say.


def test_tax_follows_the_gift_to_its_funds_and_is_at_the_bank_once_paid(society: Society) -> None:
    society.gift(100_01, dogs=33_34)
    society.gift(10_01)
    free = balances.figures([society.general.pk])[society.general.pk].available.minor
    claim = gathered(society)
    assert society.booked("gift_aid") == {}
    assert (claim.donated_minor, claim.tax_minor) == (110_02, limits.tax_on(110_02))
    assert sum(line.tax_minor for line in claim.lines.all()) == claim.tax_minor
    claims.send(claim_id=claim.pk, reference="HMRC 1", actor=TARA)
    due = society.booked("gift_aid_due")
    assert sum(due.values()) == claim.tax_minor
    assert due["Dogs"] in (8_33, 8_34)
    assert {name: -minor for name, minor in society.booked("gift_aid").items()} == due
    figures = balances.figures([society.general.pk])[society.general.pk]
    assert figures.available.minor == free + due["General fund"]
    at_bank = society.booked(society.bank)
    paid(society, claim, 10_00, "FIRST")
    paid(society, claim, 10_00, "FIRST")
    assert (again(claim).state, again(claim).paid_minor) == (ClaimState.PART, 10_00)
    with pytest.raises(NotThatPayment, match="of this name"):
        paid(society, claim, 11_00, "FIRST")
    paid(society, claim, claim.due_minor - 10_00, "SECOND")
    assert again(claim).state == ClaimState.PAID
    assert society.booked("gift_aid_due") == {}
    now = society.booked(society.bank)
    assert {name: minor - at_bank[name] for name, minor in now.items()} == due


def test_a_dropped_claim_leaves_its_gifts_to_the_next(society: Society) -> None:
    society.gift()
    claims.drop(claim_id=gathered(society).pk, actor=TARA)
    assert (Claim.objects.count(), ClaimLine.objects.count()) == (0, 0)
    assert sent(society).tax_minor == 25_00


def test_a_gift_given_before_its_declaration_ended_stays_claimable(
    society: Society, clock_at: Move
) -> None:
    society.gift()
    made = society.declare()
    declarations.cancel(declaration_id=made.pk, actor=TARA)
    clock_at(clock.now() + dt.timedelta(days=5))
    society.gift()
    assert sent(society).donated_minor == 100_00


def test_what_went_back_after_a_claim_is_owed_and_netted_by_the_next(society: Society) -> None:
    gift = society.gift(100_00, dogs=50_00)
    claim = sent(society)
    paid(society, claim, 25_00)
    society.give_back(gift, 40_00)
    assert overclaims.sweep() == 1
    assert overclaims.sweep() == 0
    assert society.booked("gift_aid_owed") == {"General fund": -5_00, "Dogs": -5_00}
    assert society.booked("gift_aid") == {"General fund": -7_50, "Dogs": -7_50}
    # A claim must ask for more than is owed.
    society.gift(40_00)
    with pytest.raises(NothingToClaim, match="owed of earlier claims"):
        gathered(society)
    society.gift(60_00)
    second = gathered(society)
    assert (second.tax_minor, second.overclaimed_minor, second.due_minor) == (25_00, 10_00, 15_00)
    claims.drop(claim_id=second.pk, actor=TARA)
    second = sent(society)
    assert society.booked("gift_aid_owed") == {}
    assert society.booked("gift_aid_due") == {"General fund": 20_00, "Dogs": -5_00}
    paid(society, second, 7_00, "A")
    paid(society, second, 8_00, "B")
    assert society.booked("gift_aid_due") == {}
    assert again(second).state == ClaimState.PAID
    # The rest goes back: the rest is owed.
    society.give_back(Gift.objects.get(pk=gift.pk), 60_00)
    assert overclaims.sweep() == 1
    assert sum(society.booked("gift_aid_owed").values()) == -15_00
    assert overclaims.open_minor(society.entity.pk) == 15_00


def test_a_gift_whose_money_came_again_is_owed_no_more_unless_it_was_netted(
    society: Society,
) -> None:
    gift = society.gift()
    sent(society)
    rows = Gift.objects.filter(pk=gift.pk)
    rows.update(withdrawn_minor=40_00)
    assert overclaims.sweep() == 1
    rows.update(withdrawn_minor=0)
    assert overclaims.sweep() == 1
    assert society.booked("gift_aid_owed") == {}
    rows.update(withdrawn_minor=40_00)
    society.gift()
    assert sent(society).overclaimed_minor == 10_00
    rows.update(withdrawn_minor=0)
    assert overclaims.sweep() == 0
    assert society.booked("gift_aid_owed") == {}
