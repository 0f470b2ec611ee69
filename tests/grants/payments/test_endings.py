"""Goal: an award ends early without a penny lost, and money that comes back is booked once."""

import datetime as dt
from typing import Any

import pytest

from funding import clock
from funding.audit.models import Record
from funding.ledger import balances, periods
from funding.ledger.models import Entry, Posting
from funding.ledger.refusals import PeriodClosed
from funding.ledger.verify import verify
from funding.mail.models import Mail
from grants import disbursements
from grants.disbursements import AwardNotActive, OverTheAward, WrongPerson
from grants.endings import NotAnEnding, NothingLeft, RecordedBefore
from grants.models import AwardState, Cancellation, Recusal, Return
from tests.grants.payments.cast import GIVEN, Stage, stage
from tests.grants.payments.figures import assert_funds_agree, assert_identity, figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def sound(set_: Stage) -> bool:
    """The figures agree everywhere."""
    assert_identity(set_.award)
    assert_funds_agree(set_.award)
    return [each for each in verify() if not each.is_notice] == []


@pytest.mark.parametrize("who", ["asel", "eve", "tara"])
def test_only_an_officer_or_a_chair_cancels_the_rest(set_: Stage, who: str) -> None:
    before = Entry.objects.count()
    with pytest.raises(WrongPerson):
        set_.cancelled(by=getattr(set_, who))
    assert (Entry.objects.count(), Cancellation.objects.count()) == (before, 0)


def test_a_rest_is_cancelled_with_a_reason(set_: Stage) -> None:
    with pytest.raises(NotAnEnding):
        set_.cancelled(reason=" ")
    assert figures(set_.award)["committed"] == 100_000


def test_whoever_stepped_out_cancels_and_checks_nothing(set_: Stage) -> None:
    row = set_.requested()
    Recusal.objects.create(
        application=set_.award.application,
        member=set_.dan,
        reason="My brother.",
        declared_at=clock.now(),
    )
    with pytest.raises(WrongPerson):
        set_.cancelled(by=set_.dan)
    with pytest.raises(WrongPerson):
        set_.checked(row, by=set_.dan)


def test_an_award_of_which_nothing_was_paid_is_cancelled(set_: Stage) -> None:
    row = set_.cancelled(by=set_.dan)
    set_.award.refresh_from_db()
    assert (row.amount_minor, set_.award.state) == (100_000, AwardState.CANCELLED)
    assert [balances.available(fund.pk).minor for fund in set_.funds] == [GIVEN, GIVEN]
    assert sound(set_)
    with pytest.raises(AwardNotActive):
        set_.requested()
    with pytest.raises(AwardNotActive):
        set_.cancelled()


def test_what_was_asked_for_stays_and_is_paid(set_: Stage) -> None:
    asked = set_.requested(30_000)
    set_.checked(set_.requested(20_000))
    assert set_.cancelled().amount_minor == 50_000
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.ACTIVE
    assert figures(set_.award) == {"payable": 20_000, "paid": 0, "committed": 30_000}
    with pytest.raises(OverTheAward):
        set_.requested(1)
    with pytest.raises(NothingLeft):
        set_.cancelled()
    set_.checked(asked)
    set_.screened()
    for row in set_.award.disbursements.all():
        set_.released(row)
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED
    assert sound(set_)


def test_what_is_declined_after_a_cancelled_rest_can_be_cancelled_as_well(set_: Stage) -> None:
    row = set_.requested(30_000)
    set_.cancelled()
    disbursements.decline(disbursement_id=row.pk, why="Not needed.", by=set_.dan)
    assert set_.cancelled().amount_minor == 30_000
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CANCELLED
    assert sound(set_)


def test_the_last_payment_closes_an_award(set_: Stage) -> None:
    set_.paid(100_000)
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED
    assert sound(set_)


def test_a_cancelled_rest_is_told_and_logged(set_: Stage) -> None:
    row = set_.cancelled()
    mail = Mail.objects.get(key=f"cancellation:{row.pk}:told")
    assert "€1,000.00 of your award for Steppe" in mail.text
    assert "The work is done." in mail.text
    assert "Nothing more is paid under this award." in mail.text
    assert Record.objects.filter(action="award.rest_cancelled", facts__minor=100_000).exists()


def test_money_that_comes_back_goes_to_the_funds_that_paid_it(set_: Stage) -> None:
    set_.paid(33_333)
    row = set_.returned(10_001)
    back = Posting.objects.filter(entry__reason="award_returned", account_id=set_.bank)
    first, second = set_.funds
    assert dict(back.values_list("fund_id", "amount_minor")) == {first.pk: 7_001, second.pk: 3_000}
    assert figures(set_.award) == {"payable": 0, "paid": 23_332, "committed": 66_667}
    assert sound(set_)
    mail = Mail.objects.get(key=f"return:{row.pk}:told")
    assert "€100.01" in mail.text
    assert Record.objects.filter(action="award.money_returned", facts__minor=10_001).exists()


def test_many_returns_give_each_fund_what_it_paid_and_no_more() -> None:
    set_ = stage((33_333, 33_333, 33_334))
    set_.paid(100_000)
    for minor in (1, 1, 1, 49_998, 49_999):
        set_.returned(minor)
        assert_funds_agree(set_.award)
    assert figures(set_.award) == {"payable": 0, "paid": 0, "committed": 0}
    assert [balances.balance(fund.pk, "grants") for fund in set_.funds] == [0, 0, 0]
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED


def test_what_came_back_cannot_be_asked_for_again(set_: Stage) -> None:
    set_.paid(30_000)
    set_.returned(30_000)
    assert disbursements.left_to_request(set_.award).minor == 70_000


@pytest.mark.parametrize("who", ["asel", "eve", "pat", "dan"])
def test_only_a_treasurer_records_a_return(set_: Stage, who: str) -> None:
    set_.paid()
    before = Entry.objects.count()
    with pytest.raises(WrongPerson):
        set_.returned(by=getattr(set_, who))
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    "facts",
    [
        {"amount_minor": 30_001},
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"returned_on": dt.date(2999, 1, 1)},
        {"returned_on": dt.date(2020, 1, 1)},
        {"place": "clearing:stripe"},
        {"reference": " "},
    ],
)
def test_a_return_is_told_whole_and_is_no_more_than_was_paid(
    set_: Stage, facts: dict[str, Any]
) -> None:
    set_.paid(30_000)
    before = Entry.objects.count()
    with pytest.raises(NotAnEnding):
        set_.returned(**{"minor": facts.pop("amount_minor", 10_000)} | facts)
    assert (Entry.objects.count(), Return.objects.count()) == (before, 0)


def test_nothing_comes_back_before_something_was_paid(set_: Stage) -> None:
    set_.checked(set_.requested())
    with pytest.raises(NotAnEnding):
        set_.returned()


def test_the_same_return_is_not_recorded_twice(set_: Stage) -> None:
    set_.paid(30_000)
    set_.returned(10_000, reference="SEB 9")
    before = Entry.objects.count()
    for minor in (10_000, 5_000):
        with pytest.raises(RecordedBefore, match=r"€100\.00"):
            set_.returned(minor, reference=" SEB 9 ")
    assert (Entry.objects.count(), Return.objects.count()) == (before, 1)


def test_a_closed_period_takes_no_return(set_: Stage) -> None:
    set_.paid()
    today = clock.today(set_.entity.zone)
    period = periods.open_period(
        entity_id=set_.entity.pk, name="x", starts_on=today, ends_on=today, actor="user:1"
    )
    periods.close(period_id=period.pk, actor="user:1")
    with pytest.raises(PeriodClosed):
        set_.returned()
    assert not Return.objects.exists()
