"""Goal: of two who change, pay and accept at once, what was paid stays and nothing is twice."""

import pytest

from grants import changes, tranches
from grants.models import AwardChange, Schedule
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.changed import (
    accepted,
    approved,
    money,
    reported,
    requested,
    under_way,
    wish,
)
from tests.grants.payments.test_payment_races import together


@pytest.fixture
def set_(committed: None) -> Stage:
    """An award that was agreed on, and its people."""
    made = stage()
    under_way(made)
    return made


def test_two_requests_at_once_are_one_that_waits(set_: Stage) -> None:
    one, other = wish(set_), money(set_, 60_000, 20_000, 20_000)
    said = together(lambda: requested(set_, one), lambda: requested(set_, other))
    assert said == ["WrongState", "done"]
    assert AwardChange.objects.count() == 1


def test_two_approvals_at_once_are_one_amendment(set_: Stage) -> None:
    asked = requested(set_)
    said = together(lambda: approved(set_, asked), lambda: approved(set_, asked, by=set_.dan))
    assert said == ["WrongState", "done"]
    assert AwardChange.objects.get().document is not None


def test_approved_and_declined_at_once_is_one_of_them(set_: Stage) -> None:
    asked = requested(set_)
    said = together(
        lambda: approved(set_, asked),
        lambda: changes.decline(change_id=asked.pk, words="No.", by=set_.dan),
    )
    state = AwardChange.objects.get().state
    # An offered amendment can be taken back, an ended change cannot be approved.
    assert (said, state) in (
        (["done", "done"], "declined"),
        (["WrongState", "done"], "declined"),
    )


def test_accepted_twice_at_once_is_one_schedule(set_: Stage) -> None:
    offered = approved(set_, requested(set_))
    said = together(lambda: accepted(set_, offered), lambda: accepted(set_, offered))
    assert said == ["done", "done"]
    assert Schedule.objects.count() == 2


def test_a_part_that_is_asked_for_while_it_moves_is_paid_or_moved_never_both(set_: Stage) -> None:
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    approved(set_, asked)
    offered = approved(set_, asked, by=set_.dan)
    set_.banked()
    reported(set_, "interim")
    said = together(lambda: accepted(set_, offered), lambda: set_.requested(30_000, tranche=2))
    # The report has come, so the part stays whoever is first.
    assert said == ["NotAChange", "done"]
    assert [part.amount.minor for part in tranches.of(set_.award)][1] == 30_000


def test_a_report_accepted_while_its_part_moves_finds_one_of_the_two_sums(set_: Stage) -> None:
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    approved(set_, asked)
    offered = approved(set_, asked, by=set_.dan)
    said = together(lambda: accepted(set_, offered), lambda: reported(set_, "interim"))
    moved = Schedule.objects.count() == 2
    assert said in (["done", "done"], ["NotAChange", "done"])
    assert moved is (said == ["done", "done"])
    assert tranches.ready(set_.award)[-1].amount.minor == (20_000 if moved else 30_000)


def test_without_the_lock_both_would_find_none_waiting(set_: Stage) -> None:
    seen: list[str] = []
    together(
        lambda: seen.append(changes.why_not_ask(set_.award)),
        lambda: seen.append(changes.why_not_ask(set_.award)),
    )
    assert seen == ["", ""]
