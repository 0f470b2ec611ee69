"""Goal: of two people who take one part of an award at once, one gets it."""

from grants import tranches
from grants.models import Disbursement, Schedule
from tests.grants.payments.cast import stage
from tests.grants.payments.scheduled import met, scheduled
from tests.grants.payments.test_payment_races import together


def test_two_requests_for_one_part_at_once_are_one(committed: None) -> None:
    set_ = stage()
    set_.banked()
    scheduled(set_)
    met(set_)
    said = together(
        lambda: set_.requested(40_000, tranche=1), lambda: set_.requested(30_000, tranche=1)
    )
    assert said == ["NotAPart", "done"]
    assert Disbursement.objects.count() == 1


def test_without_the_lock_both_requests_would_find_the_part_free(committed: None) -> None:
    set_ = stage()
    set_.banked()
    scheduled(set_)
    met(set_)
    free: list[bool] = []
    together(*[lambda: free.append(tranches.of(set_.award)[0].is_ready)] * 2)
    assert free == [True, True]


def test_two_officers_make_one_schedule(committed: None) -> None:
    set_ = stage()
    said = together(
        lambda: scheduled(set_),
        lambda: scheduled(set_, (100_000, "signed", ""), by=set_.paul),
    )
    assert said == ["WrongState", "done"]
    assert Schedule.objects.count() == 1
