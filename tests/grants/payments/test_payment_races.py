"""Goal: of two people at once, one wins, and the other is told."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from funding.audit.models import Record
from funding.errors import Refused
from funding.ledger.models import Entry
from funding.users.models import Role
from grants import bank_details, country_rules, disbursements, sanctions, searches
from grants.models import (
    Disbursement,
    DisbursementState,
    ListedName,
    Policy,
    SanctionsList,
    Screening,
)
from tests.grants.payments.cast import OTHER_IBAN, Stage, stage
from tests.grants.payments.figures import assert_identity, figures
from tests.people import make_person


@pytest.fixture
def set_(committed: None) -> Stage:
    """The award and its people."""
    return stage()


def together(*deeds: Callable[[], object]) -> list[str]:
    """Run all at once; the names of what each raised, or 'done'."""
    barrier, said = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            barrier.wait()
            deed()
            said.append("done")
        except Refused as refusal:
            said.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def ready(set_: Stage) -> Disbursement:
    """A payment that may be released."""
    row = set_.checked(set_.requested())
    set_.screened()
    return row


def test_two_treasurers_release_one_payment_once(set_: Stage) -> None:
    row = ready(set_)
    other = make_person("tom@example.org", "Tom", Role.TREASURER)
    said = together(lambda: set_.released(row), lambda: set_.released(row, by=other))
    assert said == ["WrongState", "done"]
    assert Entry.objects.filter(reason="award_paid").count() == 1
    assert figures(set_.award)["paid"] == 30_000


def test_without_the_lock_both_treasurers_would_find_it_waiting(set_: Stage) -> None:
    row = ready(set_)
    barrier, found = threading.Barrier(2), []

    def look_then_write() -> None:
        try:
            state = Disbursement.objects.values_list("state", flat=True).get(pk=row.pk)
            barrier.wait()
            found.append(state)
        finally:
            connection.close()

    threads = [threading.Thread(target=look_then_write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DisbursementState.CHECKED] * 2


def test_an_account_changed_during_a_release_is_never_paid_unseen(set_: Stage) -> None:
    row = ready(set_)
    said = together(lambda: set_.released(row), lambda: set_.banked(iban=OTHER_IBAN))
    row.refresh_from_db()
    assert_identity(set_.award)
    if row.state == DisbursementState.RELEASED:
        assert said == ["done", "done"]
        assert row.bank_details.iban.startswith("SE")
    else:
        assert said == ["WrongState", "done"]
        assert row.bank_details.iban.startswith("DE")


def test_without_the_lock_the_release_would_pay_an_account_that_is_gone(set_: Stage) -> None:
    row = ready(set_)
    looked, changed = threading.Event(), threading.Event()
    agreed: list[bool] = []

    def is_the_account() -> bool:
        now = bank_details.current(set_.award.pk)
        return now is not None and now.sha256 == row.bank_sha256

    def look_then_pay() -> None:
        try:
            agreed.append(is_the_account())
            looked.set()
            changed.wait()
            agreed.append(is_the_account())
        finally:
            connection.close()

    payer = threading.Thread(target=look_then_pay)
    payer.start()
    looked.wait()
    set_.banked(iban=OTHER_IBAN)
    changed.set()
    payer.join()
    assert agreed == [True, False]


def test_two_requests_do_not_share_the_last_of_the_award(set_: Stage) -> None:
    set_.requested(40_000)
    said = together(lambda: set_.requested(60_000), lambda: set_.requested(60_000))
    assert said == ["OverTheAward", "done"]
    assert sorted(Disbursement.objects.values_list("number", flat=True)) == [1, 2]


def test_a_request_and_the_end_of_an_award_do_not_share_the_rest(set_: Stage) -> None:
    set_.banked()
    said = together(lambda: set_.requested(60_000), set_.cancelled)
    assert_identity(set_.award)
    if said == ["done", "done"]:
        assert figures(set_.award)["committed"] == 60_000
    else:
        assert said == ["AwardNotActive", "done"]
        assert figures(set_.award)["committed"] == 0


def test_without_the_lock_both_would_find_the_rest_free(set_: Stage) -> None:
    barrier, found = threading.Barrier(2), []

    def look_then_write() -> None:
        try:
            left = disbursements.left_to_request(set_.award)
            barrier.wait()
            found.append(left.minor)
        finally:
            connection.close()

    threads = [threading.Thread(target=look_then_write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [100_000, 100_000]


def test_one_payment_back_is_recorded_once(set_: Stage) -> None:
    set_.paid(30_000)
    said = together(
        lambda: set_.returned(20_000, reference="SEB 9"),
        lambda: set_.returned(20_000, reference="SEB 9"),
    )
    assert said in (["NotAnEnding", "done"], ["RecordedBefore", "done"])
    assert figures(set_.award)["paid"] == 10_000


def test_two_payments_back_are_not_more_than_was_paid(set_: Stage) -> None:
    set_.paid(30_000)
    said = together(
        lambda: set_.returned(20_000, reference="SEB 9"),
        lambda: set_.returned(20_000, reference="SEB 10"),
    )
    assert said == ["NotAnEnding", "done"]
    assert_identity(set_.award)


def test_two_who_cancel_free_the_rest_once(set_: Stage) -> None:
    set_.checked(set_.requested(30_000))
    said = together(set_.cancelled, lambda: set_.cancelled(by=set_.dan))
    assert said == ["NothingLeft", "done"]
    assert figures(set_.award) == {"payable": 30_000, "paid": 0, "committed": 0}


def test_a_change_between_check_and_release_leaves_nothing_double(set_: Stage) -> None:
    row = ready(set_)
    sha256 = row.bank_sha256
    said = together(
        lambda: set_.released(row, bank_sha256=sha256), lambda: set_.banked(iban=OTHER_IBAN)
    )
    row.refresh_from_db()
    assert Entry.objects.filter(reason="award_paid").count() == said.count("done") - 1
    if row.state == DisbursementState.RELEASED:
        assert (said, row.bank_sha256) == (["done", "done"], sha256)
    else:
        assert said == ["WrongState", "done"]
        assert (row.state, row.bank_sha256 == sha256) == (DisbursementState.REQUESTED, False)


def test_two_confirm_a_rule_at_once_and_it_is_confirmed_once(set_: Stage) -> None:
    people = [make_person(f"a{at}@example.org", "Ada", Role.ADMINISTRATOR) for at in range(2)]
    rule = country_rules.propose(
        country="MN", policy=Policy.CAREFUL, reason="Counsel’s letter.", by=set_.tara
    )
    said = together(
        *[lambda who=who: country_rules.confirm(rule_id=rule.pk, by=who) for who in people]
    )
    assert said == ["done", "done"]
    assert Record.objects.filter(action="country_rule.confirmed").count() == 1
    assert country_rules.of("MN").policy == Policy.CAREFUL


def test_one_list_taken_in_twice_at_once_is_one(set_: Stage) -> None:
    def take() -> None:
        sanctions.take_in(
            name="Example list",
            published_on=dt.date(2026, 1, 1),
            content=b"reference,name\nEX-1,Nemo Nobody\n",
            columns=sanctions.PUBLISHED["plain"],
            actor="test",
        )

    assert together(take, take) == ["done", "done"]
    assert (SanctionsList.objects.count(), ListedName.objects.count()) == (1, 1)
    set_.banked()
    list_ = SanctionsList.objects.get()
    together(lambda: searches.search_payees(list_), lambda: searches.search_payees(list_))
    assert Screening.objects.count() == 1
