"""Goal: what was agreed on moves by an accepted amendment and in no other way; its sum never."""

import datetime as dt
from typing import Any

import pytest

from funding import clock
from funding.documents.models import Document, DocumentState
from funding.ledger import book
from funding.mail.models import Mail
from grants import change_facts, changes, report_texts, reports, tranches
from grants.agreements import TextChanged
from grants.change_facts import NotAChange
from grants.disbursements import AwardNotActive, WrongPerson, WrongState
from grants.models import (
    Award,
    AwardBudget,
    AwardChange,
    AwardLine,
    ReportKind,
    Schedule,
    Tranche,
)
from tests.grants.payments.cast import HASH, Stage, stage
from tests.grants.payments.changed import (
    LATER,
    accepted,
    approved,
    budget,
    money,
    reported,
    requested,
    under_way,
    wish,
)
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """An award that was agreed on, and its people."""
    made = stage()
    under_way(made)
    return made


def paper(change: AwardChange) -> str:
    """The state of the amendment as it was offered."""
    assert change.document_id is not None
    return Document.objects.get(pk=change.document_id).state


def row(set_: Stage, **facts: Any) -> AwardChange:
    """A change past the rule, like the one that waits."""
    last = AwardChange.objects.latest("pk")
    values = {
        field.attname: getattr(last, field.attname)
        for field in AwardChange._meta.concrete_fields
        if field.name not in {"id", "document", "signed"}
    }
    return AwardChange.objects.create(**values | {"number": last.number + 1} | facts)


def set_out(set_: Stage, *sums: int, change: AwardChange | None = None) -> None:
    """A schedule past the rule, with the days and conditions of the one that stands."""
    last = tranches.current(set_.award.pk)
    assert last is not None
    made = Schedule.objects.create(
        award=set_.award,
        version=last.version + 1,
        amount_minor=sum(sums),
        interim_due_on=last.interim_due_on,
        final_due_on=last.final_due_on,
        change=change,
        made_by=set_.pat,
        made_at=clock.now(),
    )
    for old, minor in zip(last.tranches.order_by("number"), sums, strict=True):
        Tranche.objects.create(
            schedule=made,
            number=old.number,
            amount_minor=minor,
            due_on=old.due_on,
            condition=old.condition,
            is_retention=old.is_retention,
        )
    book.settle_constraints()


def test_the_database_moves_nothing_that_was_agreed_on_without_a_change(set_: Stage) -> None:
    with refused("schedule_is_fixed"):
        set_out(set_, 60_000, 20_000, 20_000)
    with refused("awardbudget_is_fixed"):
        AwardBudget.objects.create(
            award=set_.award, version=2, made_by=set_.asel, made_at=clock.now()
        )
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    with refused("schedule_follows_its_change"):
        set_out(set_, 60_000, 20_000, 20_000, change=asked)
    with refused("awardbudget_follows_its_change"):
        AwardBudget.objects.create(
            award=set_.award, version=2, change=asked, made_by=set_.asel, made_at=clock.now()
        )
    assert Schedule.objects.count() == 1


def test_the_database_keeps_what_has_come_and_what_was_accepted(set_: Stage) -> None:
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    approved(set_, asked)
    approved(set_, asked, by=set_.dan)
    mine = AwardChange.objects.filter(pk=asked.pk)
    other = Document.objects.order_by("pk").first()
    assert other is not None
    mine.update(
        state="accepted",
        accepted_at=clock.now(),
        accepted_as="Asel",
        accepted_sha256=asked.sha256,
        signed=other,
    )
    asked = mine.get()
    with refused("schedule_follows_its_change"):
        set_out(set_, 60_000, 25_000, 15_000, change=asked)
    with refused("schedule_covers_the_award"):
        set_out(set_, 60_000, 20_000, 20_001, change=asked)
    with refused("schedule_adds_up"):
        made = Schedule.objects.create(
            award=set_.award,
            version=2,
            amount_minor=100_000,
            final_due_on=clock.today("UTC"),
            change=asked,
            made_by=set_.pat,
            made_at=clock.now(),
        )
        made.refresh_from_db()
        book.settle_constraints()
    set_out(set_, 60_000, 20_000, 20_000, change=asked)


def test_the_database_lets_no_one_person_move_money_of_a_part(set_: Stage) -> None:
    asked = requested(set_)
    facts = asked.facts
    facts["after"]["parts"][0]["minor"] = 50_000
    facts["after"]["parts"][1]["minor"] = 40_000
    changes.withdraw(change_id=asked.pk, by=set_.asel)
    with refused("awardchange_of_much_money_needs_two"):
        row(set_, facts=facts, state="asked", ended_by_id=None, ended_at=None)
    forged = row(
        set_, facts=facts, state="asked", ended_by_id=None, ended_at=None, needs_second=True
    )
    with refused("awardchange_offered_is_approved"):
        AwardChange.objects.filter(pk=forged.pk).update(
            state="offered",
            approved_by=set_.pat,
            approved_at=clock.now(),
            document=Document.objects.first(),
        )


def test_the_database_lets_a_change_go_forward_only(set_: Stage) -> None:
    asked = requested(set_)
    mine = AwardChange.objects.filter(pk=asked.pk)
    for facts, name in (
        ({"reason": "Another."}, "awardchange_stays_as_it_was"),
        ({"facts": {}}, "awardchange_stays_as_it_was"),
        ({"needs_second": True}, "awardchange_stays_as_it_was"),
        ({"state": "accepted"}, "awardchange_goes_forward"),
        ({"approved_by": set_.asel}, "awardchange_is_approved_by_others"),
        ({"state": "withdrawn"}, "awardchange_ends_by_somebody"),
        (
            {"state": "declined", "ended_by": set_.pat, "ended_at": clock.now()},
            "awardchange_declined_says_why",
        ),
        (
            {"state": "withdrawn", "ended_by": set_.pat, "ended_at": clock.now()},
            "awardchange_is_withdrawn_by_its_asker",
        ),
    ):
        with refused(name):
            mine.update(**facts)
    with refused("awardchange_waits_once"):
        row(set_)
    changes.withdraw(change_id=asked.pk, by=set_.asel)
    fresh = {"state": "asked", "ended_by_id": None, "ended_at": None}
    with refused("awardchange_is_asked_by_the_applicant"):
        row(set_, **fresh, asked_by_id=set_.pat.pk)
    with refused("awardchange_numbers_follow_each_other"):
        row(set_, **fresh, number=9)
    with refused("awardchange_is_not_removed"):
        mine._raw_delete("default")


def test_more_time_is_asked_for_approved_and_accepted(set_: Stage) -> None:
    before = change_facts.standing(set_.award)
    asked = requested(set_, reason=" The pass\x00 was closed. ")
    assert asked.reason == "The pass was closed."
    assert not asked.needs_second
    again = requested(set_, wish(set_), reason="The pass was closed.")
    assert again.pk == asked.pk
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            approved(set_, asked, by=who)
    offered = approved(set_, asked, words="Granted.")
    assert approved(set_, asked).pk == offered.pk
    with pytest.raises(WrongState, match="answered by now"):
        approved(set_, asked, by=set_.dan)
    assert change_facts.standing(set_.award) == before
    with pytest.raises(TextChanged):
        accepted(set_, offered, sha256=HASH)
    with pytest.raises(WrongState, match="your name"):
        accepted(set_, offered, name=" \x00 ")
    with pytest.raises(WrongPerson):
        accepted(set_, offered, by=set_.pat)
    done = accepted(set_, offered, name="Асель Пример")
    assert accepted(set_, offered, name="Another").accepted_as == "Асель Пример"
    now = tranches.current(set_.award.pk)
    assert now is not None
    assert (now.version, now.change) == (2, done)
    assert now.final_due_on == before.final_due_on + LATER
    assert paper(done) == DocumentState.REPLACED
    assert done.signed is not None
    assert done.signed.snapshot["accepted_as"] == "Асель Пример"
    keys = Mail.objects.filter(key__startswith="change:").values_list("key", flat=True)
    assert sorted(key.split(":", 2)[2].split(":")[0] for key in keys) == [
        "accepted", "asked", "asked", "offered",
    ]  # fmt: skip


def test_reports_are_late_and_compared_by_what_was_amended(set_: Stage) -> None:
    clock_day = clock.today("UTC")
    now = change_facts.standing(set_.award)
    assert now.interim_due_on is not None
    new = clock_day + dt.timedelta(days=200)
    wanted = wish(set_, interim_due_on=new, lines=(50_000, 50_000))
    accepted(set_, approved(set_, requested(set_, wanted)))
    assert [due.due_on for due in reports.dues(set_.award)] == [new, now.final_due_on]
    assert [each[2] for each in report_texts.lines(set_.award)] == [50_000, 50_000]
    lines = AwardLine.objects.filter(budget__version=2).order_by("position")
    assert [line.asked_minor for line in lines] == [60_000, 40_000]
    assert [line.reason for line in lines] == ["", "The pass was closed by snow."]
    assert budget(set_) == [50_000, 50_000]


def test_money_of_a_part_is_looked_at_by_two(set_: Stage) -> None:
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    assert asked.needs_second
    once = approved(set_, asked)
    assert (once.state, once.document) == ("checked", None)
    assert approved(set_, asked).state == "checked"
    with pytest.raises(WrongState, match="no amendment"):
        accepted(set_, asked)
    twice = approved(set_, asked, by=set_.tara)
    assert twice.state == "offered"
    accepted(set_, twice)
    sums = [part.amount.minor for part in tranches.of(set_.award)]
    assert sums == [60_000, 20_000, 20_000]
    # Twelve hundredths of the award between lines are for two as well; a twentieth is not.
    large = requested(set_, wish(set_, lines=(48_000, 52_000)), after=1)
    assert large.needs_second
    changes.withdraw(change_id=large.pk, by=set_.asel)
    small = requested(set_, wish(set_, lines=(55_000, 45_000)), after=2)
    assert not small.needs_second


@pytest.mark.parametrize(
    ("facts", "said", "at"),
    [
        ({"lines": (60_000, 40_001)}, "have to come to the award", ""),
        ({"lines": (-1, 100_001)}, "below nought", "line-0"),
        ({"lines": (62_000, 38_000)}, "no more than a tenth|by more than a tenth", ""),
        ({"lines": (100_000,)}, "as many as they are", ""),
        ({"final_due_on": dt.date(2020, 1, 1)}, "today or later", "final_due_on"),
        ({"final_due_on": dt.date(9999, 12, 31)}, "within ten years", ""),
        ({"interim_due_on": None}, "interim report", "amount-1"),
        ({"ends_on": dt.date(2031, 1, 1)}, "after the end of the work", "final_due_on"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_typed(
    set_: Stage, facts: dict[str, Any], said: str, at: str
) -> None:
    with pytest.raises(NotAChange, match=said) as refusal:
        requested(set_, wish(set_, **facts))
    assert refusal.value.at == at
    assert not AwardChange.objects.exists()


def test_the_sum_never_grows_and_what_came_stays(set_: Stage) -> None:
    for sums, said in (
        ((60_000, 30_000, 10_001), "have to come to"),
        ((50_000, 40_000, 10_000), "Part 1 has come"),
        ((60_000, 40_000, 0), "above nought"),
        ((60_000, 10**15, 1), "have to come to"),
    ):
        with pytest.raises(NotAChange, match=said):
            requested(set_, money(set_, *sums))
    with pytest.raises(NotAChange, match="Nothing is different"):
        requested(set_, change_facts.standing(set_.award))
    with pytest.raises(NotAChange, match="why"):
        requested(set_, reason=" \x00 ")
    for who in (set_.pat, set_.eve):
        with pytest.raises(WrongPerson):
            requested(set_, by=who)
    with pytest.raises(WrongState, match="meanwhile"):
        requested(set_, after=7)
    reported(set_, ReportKind.INTERIM)
    later = clock.today("UTC") + dt.timedelta(days=150)
    with pytest.raises(NotAChange, match="here already"):
        requested(set_, wish(set_, interim_due_on=later))


def test_a_payment_that_was_asked_for_meanwhile_keeps_its_part(set_: Stage) -> None:
    asked = requested(set_, money(set_, 60_000, 20_000, 20_000))
    approved(set_, asked)
    offered = approved(set_, asked, by=set_.dan)
    reported(set_, ReportKind.INTERIM)
    set_.requested(30_000, tranche=2)
    with pytest.raises(NotAChange, match="Part 2 has come"):
        accepted(set_, offered)
    assert changes.decline(change_id=asked.pk, words="Part 2 is paid.", by=set_.pat)
    assert changes.decline(change_id=asked.pk, words="Again.", by=set_.pat).words == (
        "Part 2 is paid."
    )
    assert paper(offered) == DocumentState.VOID
    assert Schedule.objects.count() == 1


def test_it_is_declined_with_a_reason_or_withdrawn(set_: Stage) -> None:
    asked = requested(set_)
    with pytest.raises(WrongState, match="why"):
        changes.decline(change_id=asked.pk, words=" ", by=set_.pat)
    for who in (set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            changes.decline(change_id=asked.pk, words="No.", by=who)
    with pytest.raises(WrongPerson):
        changes.withdraw(change_id=asked.pk, by=set_.pat)
    changes.decline(change_id=asked.pk, words="The season is over.", by=set_.dan)
    with pytest.raises(WrongState):
        changes.withdraw(change_id=asked.pk, by=set_.asel)
    again = requested(set_, after=1)
    assert again.number == 2
    changes.withdraw(change_id=again.pk, by=set_.asel)
    changes.withdraw(change_id=again.pk, by=set_.asel)
    with pytest.raises(WrongState):
        approved(set_, again)


def test_nothing_changes_in_an_award_that_is_over_or_not_agreed_on(set_: Stage) -> None:
    asked = requested(set_)
    Award.objects.update(state="cancelled")
    with pytest.raises(AwardNotActive):
        approved(set_, asked)
    with pytest.raises(AwardNotActive):
        requested(set_, after=1)


def test_before_an_agreement_the_schedule_is_simply_made_anew() -> None:
    made = stage()
    assert "Nothing is agreed on" in changes.why_not_ask(made.award)
