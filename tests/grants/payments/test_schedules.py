"""Goal: an award with a schedule is paid part by part, each once and not before its time."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from funding import clock
from funding.audit.models import Record
from funding.money import Money
from grants import disbursements, schedules, tranches
from grants.disbursements import AwardNotActive, WrongPerson, WrongState
from grants.models import Award, Disbursement, Fulfilment, Recusal, Schedule, Tranche
from grants.schedules import NotASchedule, ScheduleFixed
from grants.tranches import NotAPart, NotYetDue, OverThePart
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.figures import assert_identity
from tests.grants.payments.scheduled import USUAL, met, plan, scheduled
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def row(set_: Stage, **facts: Any) -> Disbursement:
    """A payment as it would be written past the rule."""
    details = set_.award.bank_details.get()
    wanted: dict[str, Any] = {
        "award": set_.award,
        "number": 9,
        "tranche_number": 1,
        "amount_minor": 1,
        "purpose": "x",
        "bank_details": details,
        "bank_sha256": details.sha256,
        "requested_by": set_.asel,
        "requested_at": clock.now(),
    }
    return Disbursement.objects.create(**wanted | facts)


def test_the_database_refuses_a_payment_before_its_condition(set_: Stage) -> None:
    set_.banked()
    scheduled(set_)
    with refused("disbursement_waits_for_its_condition"):
        row(set_)
    with refused("disbursement_names_its_tranche"):
        row(set_, tranche_number=None)
    with refused("disbursement_names_its_tranche"):
        row(set_, tranche_number=4)
    met(set_)
    with refused("disbursement_is_within_its_tranche"):
        row(set_, amount_minor=60_001)
    kept = row(set_)
    with refused("disbursement_once_for_each_tranche"):
        row(set_, number=10)
    with refused("disbursement_keeps_its_tranche"):
        Disbursement.objects.filter(pk=kept.pk).update(tranche_number=None)
    with refused("disbursement_is_within_its_tranche"):
        Disbursement.objects.filter(pk=kept.pk).update(amount_minor=60_001)


def test_without_a_schedule_no_payment_names_a_part(set_: Stage) -> None:
    set_.banked()
    with refused("disbursement_names_its_tranche"):
        row(set_)
    with pytest.raises(NotAPart):
        set_.requested(tranche=1)
    assert set_.requested().tranche_number is None


def written(set_: Stage, sums: tuple[int, ...], **facts: Any) -> None:
    """A schedule past the rule: parts of these sums, the first facts for the last part."""
    part = {key: facts.pop(key) for key in ("condition", "is_retention") if key in facts}
    number = facts.pop("number", 0)
    today = clock.today("UTC")
    wanted: dict[str, Any] = {
        "award": set_.award,
        "version": 1,
        "amount_minor": 100_000,
        "final_due_on": today,
        "made_by": set_.pat,
        "made_at": clock.now(),
    }
    schedule = Schedule.objects.create(**wanted | facts)
    for at, minor in enumerate(sums, 1):
        last: dict[str, Any] = {"condition": "signed"} | (part if at == len(sums) else {})
        Tranche.objects.create(
            schedule=schedule, number=number or at, amount_minor=minor, due_on=today, **last
        )


@pytest.mark.parametrize(
    ("constraint", "sums", "facts"),
    [
        ("schedule_adds_up", (60_000, 39_999), {}),
        ("schedule_adds_up", (60_000, 40_001), {}),
        ("schedule_adds_up", (), {}),
        ("schedule_covers_the_award", (99_999,), {"amount_minor": 99_999}),
        ("schedule_versions_follow_each_other", (100_000,), {"version": 2}),
        ("schedule_counts_its_parts", (100_000,), {"number": 2}),
        ("schedule_has_the_report_it_waits_for", (100_000,), {"condition": "interim"}),
        ("tranche_retained_waits_for_the_final_report", (100_000,), {"is_retention": True}),
        ("tranche_says_its_milestone", (100_000,), {"condition": "milestone"}),
        ("tranche_condition_is_known", (100_000,), {"condition": "soon"}),
        ("tranche_pays_money", (100_000, 0), {}),
    ],
)
def test_the_database_refuses_a_schedule_that_is_none(
    set_: Stage, constraint: str, sums: tuple[int, ...], facts: dict[str, Any]
) -> None:
    with refused(constraint):
        written(set_, sums, **facts)
    assert not Schedule.objects.exists()


def test_only_the_last_part_is_held_back(set_: Stage) -> None:
    kept = scheduled(set_)
    assert list(kept.tranches.values_list("is_retention", flat=True)) == [False, False, True]
    first = scheduled(set_, (40_000, "final", ""), (60_000, "signed", ""), after=1)
    assert not first.tranches.filter(is_retention=True).exists()
    with refused("schedule_retains_the_last_part"):
        Tranche.objects.create(
            schedule=first,
            number=3,
            amount_minor=1,
            due_on=first.final_due_on,
            condition="final",
            is_retention=True,
        )
        Schedule.objects.create(
            award=set_.award,
            version=3,
            amount_minor=100_000,
            final_due_on=first.final_due_on,
            made_by=set_.pat,
            made_at=clock.now(),
        )
        last = Schedule.objects.get(version=3)
        Tranche.objects.create(
            schedule=last,
            number=1,
            amount_minor=99_999,
            due_on=first.final_due_on,
            condition="final",
            is_retention=True,
        )
        Tranche.objects.create(
            schedule=last,
            number=2,
            amount_minor=1,
            due_on=first.final_due_on,
            condition="signed",
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS schedule_adds_up IMMEDIATE")


def test_what_was_set_out_stays(set_: Stage) -> None:
    scheduled(set_)
    met(set_)
    for model in (Schedule, Tranche, Fulfilment):
        with refused(f"{model._meta.model_name}_is_written_once"):
            model.objects.all()._raw_delete("default")
    with refused("fulfilment_once"):
        Fulfilment.objects.create(
            award=set_.award, tranche_number=1, words="x", met_by=set_.pat, met_at=clock.now()
        )
    with refused("fulfilment_is_of_a_tranche"):
        Fulfilment.objects.create(
            award=set_.award, tranche_number=4, words="x", met_by=set_.pat, met_at=clock.now()
        )
    with refused("schedule_is_fixed"):
        written(set_, (100_000,), version=2)


@pytest.mark.parametrize(
    ("parts", "days", "said"),
    [
        ([(60_000, "signed", "")], {}, "The parts come to €600.00. They have to come to €1,000.00"),
        ([(100_001, "signed", "")], {}, "They have to come to"),
        ([(100_000, "signed", ""), (0, "final", "")], {}, "above nought"),
        ([(100_000, "milestone", " \x00")], {}, "what the milestone is"),
        ([(100_000, "interim", "")], {"interim_due_on": None}, "when the interim report is due"),
        ([(100_000, "signed", "")], {"final_due_on": dt.date(2020, 1, 1)}, "after the award"),
        ([(100_000, "signed", "")], {"final_due_on": dt.date(9999, 1, 1)}, "ten years"),
        ([(1, "signed", "")] * 9, {}, "at most 8 parts"),
    ],
)
def test_a_schedule_that_is_none_is_refused_with_a_sentence(
    set_: Stage, parts: list[tuple[int, str, str]], days: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotASchedule, match=said):
        schedules.make(award_id=set_.award.pk, plan=plan(*parts, **days), after=0, by=set_.pat)
    empty = schedules.Plan((), None, clock.today("UTC"))
    with pytest.raises(NotASchedule):
        schedules.make(award_id=set_.award.pk, plan=empty, after=0, by=set_.pat)
    assert not Schedule.objects.exists()


def test_officers_make_it_for_others_than_themselves(set_: Stage) -> None:
    for who in (set_.asel, set_.dan, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            scheduled(set_, by=who)
    Recusal.objects.create(
        application=set_.award.application, member=set_.pat, reason="x", declared_at=clock.now()
    )
    with pytest.raises(WrongPerson):
        scheduled(set_)
    assert not Schedule.objects.exists()


def test_the_same_schedule_again_is_the_one_that_stands(set_: Stage) -> None:
    first = scheduled(set_)
    assert scheduled(set_).pk == first.pk
    with pytest.raises(WrongState):
        scheduled(set_, (100_000, "signed", ""))
    second = scheduled(set_, (100_000, "signed", ""), after=1)
    assert (second.version, Schedule.objects.count()) == (2, 2)
    assert tranches.current(set_.award.pk) == second


def test_a_schedule_on_which_something_hangs_stays(set_: Stage) -> None:
    scheduled(set_)
    met(set_)
    with pytest.raises(ScheduleFixed):
        scheduled(set_, (100_000, "signed", ""), after=1)


def test_an_award_that_began_without_one_is_set_out_for_its_rest(set_: Stage) -> None:
    first = set_.requested(25_000)
    with pytest.raises(WrongState):
        scheduled(set_, (75_000, "signed", ""))
    set_.checked(first)
    set_.screened()
    set_.released(first)
    with pytest.raises(NotASchedule):
        scheduled(set_)
    kept = scheduled(set_, (70_000, "signed", ""), (5_000, "final", ""))
    assert kept.amount_minor == 75_000
    met(set_)
    assert set_.requested(70_000, tranche=1).tranche_number == 1
    assert_identity(set_.award)


def test_each_part_is_asked_for_once_and_not_before_its_time(set_: Stage) -> None:
    scheduled(set_)
    with pytest.raises(NotAPart):
        set_.requested(60_000)
    with pytest.raises(NotYetDue, match="agreement"):
        set_.requested(60_000, tranche=1)
    met(set_)
    with pytest.raises(OverThePart):
        set_.requested(60_001, tranche=1)
    paid = set_.requested(59_000, tranche=1, number=1)
    assert set_.requested(59_000, tranche=1, number=1) == paid
    with pytest.raises(NotAPart, match="in payment 1"):
        set_.requested(1_000, tranche=1)
    with pytest.raises(NotYetDue, match="interim"):
        set_.requested(30_000, tranche=2)
    disbursements.decline(disbursement_id=paid.pk, why="Too early.", by=set_.dan)
    assert set_.requested(60_000, tranche=1).number == 2
    assert [part.is_ready for part in tranches.of(set_.award)] == [False, False, False]
    assert Record.objects.filter(action="tranche.met").count() == 1


def test_what_has_come_is_said_by_officer_or_chair_in_words(set_: Stage) -> None:
    with pytest.raises(NotAPart):
        met(set_)
    scheduled(set_, (50_000, "milestone", "Traps are out"), (50_000, "final", ""))
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            met(set_, by=who)
    with pytest.raises(WrongState):
        met(set_, words=" \x00 ")
    with pytest.raises(NotAPart):
        met(set_, 3)
    first = met(set_, by=set_.dan)
    assert met(set_, words="Again").pk == first.pk
    Award.objects.update(state="cancelled")
    with pytest.raises(AwardNotActive):
        met(set_, 2)


def test_the_proposal_is_six_three_and_one_tenth_and_fits(set_: Stage) -> None:
    usual = schedules.proposed(set_.award)
    assert [part.amount_minor for part in usual.parts] == [minor for minor, *_ in USUAL]
    kept = schedules.make(award_id=set_.award.pk, plan=usual, after=0, by=set_.pat)
    assert kept.interim_due_on
    assert kept.interim_due_on < kept.final_due_on


@pytest.mark.parametrize("minor", [1, 2, 9, 11, 99_999])
def test_the_proposal_fits_any_sum(minor: int) -> None:
    set_ = stage((minor,))
    usual = schedules.proposed(set_.award)
    assert sum(part.amount_minor for part in usual.parts) == minor
    scheduled(set_, plan=usual)


def test_a_cancelled_rest_leaves_what_was_asked_for(set_: Stage) -> None:
    scheduled(set_)
    met(set_)
    set_.requested(60_000, tranche=1)
    set_.cancelled()
    met(set_, 2)
    with pytest.raises(disbursements.OverTheAward):
        set_.requested(1, tranche=2)
    assert disbursements.left_to_request(set_.award) == Money(0, "EUR")
