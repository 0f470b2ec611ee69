"""Goal: where money goes is written down right, and a change takes approvals back loudly."""

import datetime as dt
from collections.abc import Callable

import pytest

from funding import clock
from funding.audit.models import Record
from funding.ledger.verify import verify
from funding.mail.models import Mail
from grants import payees
from grants.bank_details import NotAnAccount, current, shown
from grants.disbursements import AwardNotActive
from grants.models import Award, BankDetails, DisbursementState
from tests.clocks import clock_at as clock_at
from tests.grants.payments.cast import IBAN, OTHER_IBAN, Stage, give, stage
from tests.grants.payments.figures import assert_identity, figures

pytestmark = pytest.mark.django_db

ABROAD = {
    "iban": "",
    "account_number": "5000-123456",
    "bic": "TDBMMNUB",
    "bank_name": "Steppe Bank",
    "country": "MN",
}


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def test_an_iban_is_kept_in_one_way_of_writing(set_: Stage) -> None:
    first = set_.banked()
    again = set_.banked(iban=IBAN.replace(" ", "").lower(), holder="  Steppe   Team ")
    assert first == again
    row = BankDetails.objects.get()
    assert (row.iban, row.country) == ("SE4550000000058398257466", "SE")
    assert shown(row) == IBAN


def test_an_account_without_an_iban_has_its_bank(set_: Stage) -> None:
    set_.banked(**ABROAD)
    assert BankDetails.objects.get().account_number == "5000123456"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"iban": IBAN.replace("45", "46", 1)}, "iban"),
        ({"iban": "SE45"}, "iban"),
        ({"holder": " "}, "holder"),
        ({"bic": "DEUTDEFF"}, "bic"),
        (ABROAD | {"bic": ""}, "bic"),
        (ABROAD | {"bank_name": ""}, "bank_name"),
        (ABROAD | {"country": ""}, "country"),
        (ABROAD | {"country": "SE"}, "bic"),
        (ABROAD | {"account_number": "12"}, "account_number"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    set_: Stage, facts: dict[str, str], field: str
) -> None:
    with pytest.raises(NotAnAccount) as refusal:
        set_.banked(**facts)
    assert refusal.value.field == field
    assert not BankDetails.objects.exists()


def test_only_the_applicant_or_an_officer_enters_an_account(set_: Stage) -> None:
    for who in (set_.eve, set_.tara, set_.dan):
        with pytest.raises(payees.NotYours):
            set_.banked(by=who)
    set_.banked(by=set_.pat)


def test_an_award_that_is_over_takes_no_account(set_: Stage) -> None:
    Award.objects.update(state="closed")
    with pytest.raises(AwardNotActive):
        set_.banked()


def test_going_back_to_an_earlier_account_is_a_change_too(set_: Stage) -> None:
    first = set_.banked()
    set_.banked(iban=OTHER_IBAN)
    assert set_.banked() == first
    assert BankDetails.objects.count() == 3


def test_a_change_takes_approvals_back_and_tells_the_applicant(set_: Stage) -> None:
    checked, asked = set_.checked(set_.requested(30_000)), set_.requested(20_000)
    paid = set_.checked(set_.requested(10_000))
    set_.screened()
    set_.released(paid)
    new = set_.banked(iban=OTHER_IBAN, by=set_.paul)
    for row in (checked, asked, paid):
        row.refresh_from_db()
    assert {checked.state, asked.state} == {DisbursementState.REQUESTED}
    assert checked.bank_sha256 == asked.bank_sha256 == new
    assert (checked.checked_by, paid.state) == (None, DisbursementState.RELEASED)
    assert figures(set_.award) == {"payable": 0, "paid": 10_000, "committed": 90_000}
    assert_identity(set_.award)
    details = current(set_.award.pk)
    assert details is not None
    mail = Mail.objects.get(key=f"bankdetails:{details.pk}:entered")
    assert mail.to_address == set_.asel.email
    assert "3000" in mail.text
    assert "The 2 payments that wait" in mail.text
    assert "DE89" not in mail.text
    assert Record.objects.filter(action="bank_details.changed", facts__reopened=2).exists()
    assert [each for each in verify() if not each.is_notice] == []


def test_the_same_account_again_takes_nothing_back(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    set_.banked()
    row.refresh_from_db()
    assert row.state == DisbursementState.CHECKED
    assert Mail.objects.count() == 1


def test_a_payment_is_checked_again_after_a_change(
    set_: Stage, clock_at: Callable[[dt.datetime], None]
) -> None:
    row = set_.checked(set_.requested())
    set_.banked(iban=OTHER_IBAN)
    row.refresh_from_db()
    set_.checked(row)
    set_.screened()
    row.refresh_from_db()
    clock_at(clock.now() + dt.timedelta(hours=73))
    set_.released(row)
    assert_identity(set_.award)
    assert figures(set_.award)["paid"] == 30_000


def test_a_change_is_taken_even_when_the_fund_is_under_zero(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    give(set_.funds[0], -60_000)
    set_.banked(iban=OTHER_IBAN)
    row.refresh_from_db()
    assert row.state == DisbursementState.REQUESTED
    assert_identity(set_.award)
