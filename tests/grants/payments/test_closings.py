"""Goal: an award ends once its reports are accepted and nothing that was paid is left unspent."""

from typing import Any

import pytest

from funding import clock
from funding.ledger import balances
from funding.ledger.verify import verify
from grants import closings, disbursements
from grants.closings import NotAtItsEnd
from grants.disbursements import WrongPerson, WrongState
from grants.models import Award, AwardState, Closing, WriteOff
from tests.grants.payments.cast import GIVEN, Stage, stage
from tests.grants.payments.figures import assert_identity
from tests.grants.payments.reported import reported
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_payment_races import together
from tests.refusing import refused

PARTS = ((90_000, "signed", ""), (10_000, "final", ""))


def ready(set_: Stage, spent: str = "1000", **facts: str) -> None:
    """The award is set out, paid in its first part, and its final report accepted."""
    scheduled(set_, *PARTS)
    agreed(set_)
    paid(set_, 90_000, 1)
    reported(set_)
    reported(set_, "final", spent, **facts)


def paid(set_: Stage, minor: int, tranche: int) -> None:
    """A part that goes through all its steps."""
    row = set_.checked(set_.requested(minor, tranche=tranche))
    set_.screened()
    set_.released(row)


def closed(set_: Stage, **facts: Any) -> Closing:
    """Pat closes the award."""
    wanted: dict[str, Any] = {"note": "Forty traps, two winters.", "by": set_.pat}
    return closings.close(award_id=set_.award.pk, **wanted | facts)


@pytest.mark.django_db
def test_the_database_closes_no_award_before_its_end() -> None:
    set_ = stage()
    scheduled(set_, *PARTS)
    with refused("award_closed_is_told_to_its_end"):
        Award.objects.update(state="closed")
    facts: dict[str, Any] = {
        "award": set_.award, "paid_minor": 0, "spent_minor": 0, "note": "x",
        "closed_by": set_.pat, "closed_at": clock.now(),
    }  # fmt: skip
    with refused("closing_follows_the_final_report"):
        Closing.objects.create(**facts)
    agreed(set_)
    paid(set_, 90_000, 1)
    reported(set_)
    reported(set_, "final", "500", **{"why-0": "Snow."})
    with refused("closing_leaves_nothing_unspent"):
        Closing.objects.create(**facts | {"paid_minor": 90_000, "spent_minor": 50_000})
    with refused("closing_follows_the_final_report"):
        Closing.objects.create(**facts | {"paid_minor": 90_000, "spent_minor": 90_000})
    gone = closings.propose_write_off(award_id=set_.award.pk, reason="Small.", by=set_.pat)
    with refused("writeoff_is_agreed_by_another"):
        WriteOff.objects.update(agreed_by=set_.pat, agreed_at=clock.now())
    with refused("writeoff_stays_as_it_was"):
        WriteOff.objects.filter(pk=gone.pk).update(amount_minor=1)


@pytest.mark.django_db
def test_an_award_that_was_set_out_stays_open_after_its_last_payment() -> None:
    set_ = stage()
    ready(set_)
    with pytest.raises(NotAtItsEnd, match="promised and not paid"):
        closed(set_)
    paid(set_, 10_000, 2)
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.ACTIVE
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            closed(set_, by=who)
    with pytest.raises(WrongState, match="last word"):
        closed(set_, note=" \x00 ")
    first = closed(set_)
    assert closed(set_, note="Again").pk == first.pk
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED
    assert (first.paid_minor, first.spent_minor) == (100_000, 100_000)
    with refused("closing_is_written_once"):
        Closing.objects.update(note="x")


@pytest.mark.django_db
def test_what_was_not_spent_cuts_what_is_held_back_and_comes_back_to_its_funds() -> None:
    set_ = stage()
    ready(set_, "850", **{"why-0": "Fuel was cheaper."})
    assert closings.unspent(set_.award).minor == 5_000
    set_.cancelled(reason="Not needed, by the final report.")
    assert closings.lacks(set_.award) == [
        "€50.00 was paid and not spent. It comes back, or two people write it off."
    ]
    with pytest.raises(NotAtItsEnd):
        closed(set_)
    set_.returned(5_000)
    assert closings.lacks(set_.award) == []
    closed(set_)
    back = [balances.available(fund.pk).minor for fund in set_.funds]
    assert sum(back) == 2 * GIVEN - 85_000 - 1_500
    assert_identity(set_.award)
    assert [each for each in verify() if not each.is_notice] == []


@pytest.mark.django_db
def test_two_people_write_off_what_is_not_asked_back() -> None:
    set_ = stage()
    scheduled(set_, *PARTS)
    with pytest.raises(NotAtItsEnd):
        closings.propose_write_off(award_id=set_.award.pk, reason="x", by=set_.pat)
    with pytest.raises(WrongState):
        closings.agree_write_off(award_id=set_.award.pk, by=set_.dan)
    agreed(set_)
    paid(set_, 90_000, 1)
    reported(set_)
    reported(set_, "final", "899", **{"why-0": "A rest."})
    with pytest.raises(WrongState):
        closings.propose_write_off(award_id=set_.award.pk, reason=" ", by=set_.pat)
    with pytest.raises(WrongPerson):
        closings.propose_write_off(award_id=set_.award.pk, reason="x", by=set_.asel)
    first = closings.propose_write_off(award_id=set_.award.pk, reason="Costs more.", by=set_.pat)
    again = closings.propose_write_off(award_id=set_.award.pk, reason="Other.", by=set_.dan)
    assert (again.pk, first.amount_minor) == (first.pk, 100)
    assert closings.unspent(set_.award).minor == 100
    with pytest.raises(WrongPerson, match="Another person agrees"):
        closings.agree_write_off(award_id=set_.award.pk, by=set_.pat)
    closings.agree_write_off(award_id=set_.award.pk, by=set_.tara)
    set_.cancelled()
    assert closed(set_).written_off_minor == 100


@pytest.mark.django_db
def test_an_award_without_a_schedule_ends_as_before() -> None:
    set_ = stage()
    with pytest.raises(WrongState, match="ends by itself"):
        closed(set_)
    set_.paid(100_000)
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED


def test_two_who_close_one_award_close_it_once(committed: None) -> None:
    set_ = stage()
    ready(set_)
    paid(set_, 10_000, 2)
    assert together(lambda: closed(set_), lambda: closed(set_, by=set_.dan)) == ["done", "done"]
    assert Closing.objects.count() == 1


def test_without_the_lock_both_would_find_it_open(committed: None) -> None:
    set_ = stage()
    ready(set_)
    open_: list[bool] = []

    def look() -> None:
        disbursements.must_be_active(Award.objects.get(pk=set_.award.pk))
        open_.append(not Closing.objects.exists())

    together(look, look)
    assert open_ == [True, True]
