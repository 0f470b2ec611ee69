"""Goal: of two who change and accept one agreement at once, nobody signs what they did not read."""

from grants import agreements
from grants.models import Agreement, Fulfilment
from tests.grants.payments.cast import stage
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_payment_races import together


def test_two_acceptances_at_once_are_one(committed: None) -> None:
    set_ = stage()
    scheduled(set_)
    agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    assert together(lambda: agreed(set_), lambda: agreed(set_, name="Twice")) == ["done", "done"]
    assert Agreement.objects.filter(accepted_at__isnull=False).count() == 1
    assert Fulfilment.objects.count() == 1


def test_a_schedule_made_while_the_applicant_accepts_wins_or_loses_whole(committed: None) -> None:
    set_ = stage()
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    said = together(
        lambda: agreements.accept(
            award_id=set_.award.pk, sha256=drawn.sha256, name="Asel", by=set_.asel
        ),
        lambda: scheduled(set_, (100_000, "signed", ""), after=1),
    )
    assert said in (["ScheduleFixed", "done"], ["TextChanged", "done"])
    accepted = Agreement.objects.filter(accepted_at__isnull=False).exists()
    assert accepted is (said[0] == "ScheduleFixed")


def test_without_the_lock_both_would_find_it_unaccepted(committed: None) -> None:
    set_ = stage()
    scheduled(set_)
    agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    open_: list[bool] = []

    def look() -> None:
        last = agreements.current(set_.award.pk)
        open_.append(last is not None and last.accepted_at is None)

    together(look, look)
    assert open_ == [True, True]
