"""Goal: both sides sign one text, which is the one that they read, and the money follows it."""

from typing import Any

import pytest

from funding import clock
from funding.documents.models import Document, DocumentState
from funding.mail.models import Mail
from grants import agreements, award_budgets, schedules, tranches
from grants.agreements import TextChanged
from grants.award_budgets import Cut, NotABudget
from grants.disbursements import AwardNotActive, WrongPerson, WrongState
from grants.models import Agreement, Award, AwardBudget, AwardLine, BudgetLine, Fulfilment
from tests.grants.payments.cast import HASH, Stage, stage
from tests.grants.payments.scheduled import agreed, scheduled
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def asked(set_: Stage, *sums: int) -> None:
    """The application asks for lines of these sums, and for one that others pay."""
    for at, minor in enumerate(sums):
        line(set_, at, minor)
    line(set_, 99, 5_000, source="other")


def line(set_: Stage, at: int, minor: int, **facts: Any) -> None:
    """A line of the application's budget."""
    BudgetLine.objects.create(
        application=set_.award.application,
        position=at,
        category="goods",
        what=f"Line {at}",
        quantity=1,
        unit_minor=minor,
        amount_minor=minor,
        **facts,
    )


def fitted(set_: Stage, *cuts: Cut, **facts: Any) -> AwardBudget:
    """Asel fits the budget."""
    wanted: dict[str, Any] = {"cuts": dict(enumerate(cuts)), "after": 0, "by": set_.asel}
    return award_budgets.fit(award_id=set_.award.pk, **wanted | facts)


def row(set_: Stage, **facts: Any) -> Agreement:
    """An agreement past the rule, with the facts of the one that stands."""
    last = agreements.current(set_.award.pk)
    assert last is not None
    values = {
        field.attname: getattr(last, field.attname)
        for field in Agreement._meta.concrete_fields
        if field.name not in {"id", "document", "signed"}
    }
    other = Document.objects.exclude(pk=last.document_id).first() or last.document
    return Agreement.objects.create(
        **values | {"version": last.version + 1, "document": other} | facts
    )


def test_the_database_refuses_a_budget_that_is_not_the_award(set_: Stage) -> None:
    def written(*sums: int, **facts: Any) -> None:
        budget = AwardBudget.objects.create(
            award=set_.award, version=1, made_by=set_.asel, made_at=clock.now()
        )
        for at, minor in enumerate(sums):
            wanted: dict[str, Any] = {"asked_minor": 200_000, "amount_minor": minor} | facts
            AwardLine.objects.create(
                budget=budget, position=at, category="goods", what="x", **wanted
            )

    with refused("awardbudget_adds_up"):
        written(99_999)
    with refused("awardbudget_adds_up"):
        written()
    with refused("awardline_above_the_asked_says_why"):
        written(100_000, asked_minor=99_999)
    with refused("awardline_is_not_below_nought"):
        written(100_001, -1)
    written(100_000)
    with refused("awardline_is_written_once"):
        AwardLine.objects.update(amount_minor=1)


def test_the_database_refuses_an_acceptance_of_another_text(set_: Stage) -> None:
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    mine = Agreement.objects.filter(pk=drawn.pk)
    now = clock.now()
    signed = {"accepted_by": set_.asel, "accepted_at": now, "accepted_as": "Asel"}
    with refused("agreement_is_accepted_as_it_stands"):
        mine.update(**signed, accepted_sha256=HASH)
    with refused("agreement_is_accepted_by_the_applicant"):
        mine.update(**signed | {"accepted_by": set_.eve}, accepted_sha256=drawn.sha256)
    with refused("agreement_stays_as_it_was"):
        mine.update(facts={})
    with refused("fulfilment_of_signing_is_signed"):
        Fulfilment.objects.create(
            award=set_.award, tranche_number=1, words="x", met_by=set_.pat, met_at=now
        )
    agreed(set_)
    with refused("agreement_stays_as_it_was"):
        mine.update(accepted_at=None, accepted_by=None, accepted_as="", accepted_sha256="")
    with refused("agreement_accepted_is_the_last"):
        row(set_)
    with refused("agreement_is_countersigned_by_another"):
        mine.update(countersigned_by=set_.pat, countersigned_at=now, signed=drawn.document)
    with refused("agreement_is_not_removed"):
        mine._raw_delete("default")


def test_an_agreement_is_accepted_and_signed_by_three_people(set_: Stage) -> None:
    with pytest.raises(WrongState, match="schedule first"):
        agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    assert agreements.draw_up(award_id=set_.award.pk, by=set_.pat).pk == drawn.pk
    with pytest.raises(WrongState, match="has not accepted"):
        agreements.countersign(award_id=set_.award.pk, by=set_.dan)
    assert not tranches.ready(set_.award)
    kept = agreed(set_, name=" Асель \x00Пример ")
    assert kept.accepted_as == "Асель Пример"
    assert [part.number for part in tranches.ready(set_.award)] == [1]
    assert agreed(set_, name="Another").accepted_as == "Асель Пример"
    for who in (set_.pat, set_.asel, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            agreements.countersign(award_id=set_.award.pk, by=who)
    signed = agreements.countersign(award_id=set_.award.pk, by=set_.dan)
    assert agreements.countersign(award_id=set_.award.pk, by=set_.paul).countersigned_by == set_.dan
    first = Document.objects.get(pk=drawn.document_id)
    assert first.state == DocumentState.REPLACED
    assert signed.signed is not None
    assert signed.signed.snapshot["signatures"]["accepted_as"] == "Асель Пример"
    assert signed.signed.snapshot["sha256"] == drawn.sha256
    assert Mail.objects.filter(cause=f"award:{set_.award.pk}").count() == 2


def test_only_its_own_people_take_each_step(set_: Stage) -> None:
    scheduled(set_)
    for who in (set_.asel, set_.dan, set_.tara, set_.eve):
        with pytest.raises(WrongPerson):
            agreements.draw_up(award_id=set_.award.pk, by=who)
    agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    for who in (set_.pat, set_.dan, set_.eve):
        with pytest.raises(WrongPerson):
            agreed(set_, by=who)
    with pytest.raises(WrongState, match="your name"):
        agreed(set_, name=" \x00 ")
    Award.objects.update(state="cancelled")
    with pytest.raises(AwardNotActive):
        agreements.accept(award_id=set_.award.pk, sha256=HASH, name="Asel", by=set_.asel)


def test_a_text_that_was_changed_meanwhile_is_read_again(set_: Stage) -> None:
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    scheduled(set_, (100_000, "signed", ""), after=1)
    seen: dict[str, Any] = {"name": "Asel", "by": set_.asel, "award_id": set_.award.pk}
    with pytest.raises(TextChanged):
        agreements.accept(sha256=drawn.sha256, **seen)
    again = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    assert (again.version, again.sha256 != drawn.sha256) == (2, True)
    with pytest.raises(TextChanged):
        agreements.accept(sha256=drawn.sha256, **seen)
    with pytest.raises(TextChanged):
        agreements.accept(sha256="", **seen)
    assert agreements.accept(sha256=again.sha256, **seen).accepted_at
    with pytest.raises(schedules.ScheduleFixed):
        scheduled(set_, after=2)


def test_a_smaller_award_waits_for_the_applicants_budget(set_: Stage) -> None:
    asked(set_, 90_000, 30_000)
    scheduled(set_)
    with pytest.raises(WrongState, match="fit the budget"):
        agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    for cuts, said in (
        ([Cut(70_000), Cut(29_999)], "The lines come to €999.99"),
        ([Cut(65_000), Cut(35_000)], "more than you asked for"),
        ([Cut(-1), Cut(100_001)], "below nought"),
    ):
        with pytest.raises(NotABudget, match=said):
            fitted(set_, *cuts)
    with pytest.raises(WrongPerson):
        fitted(set_, Cut(70_000), Cut(30_000), by=set_.pat)
    kept = fitted(set_, Cut(65_000), Cut(35_000, "Fuel costs more now."))
    assert fitted(set_, Cut(65_000), Cut(35_000, "Fuel costs more now.")).pk == kept.pk
    with pytest.raises(WrongState):
        fitted(set_, Cut(70_000), Cut(30_000))
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    assert [each["minor"] for each in drawn.facts["lines"]] == [65_000, 35_000]
    fitted(set_, Cut(70_000), Cut(30_000), after=1)
    with pytest.raises(TextChanged):
        agreements.accept(award_id=set_.award.pk, sha256=drawn.sha256, name="Asel", by=set_.asel)
    agreed(set_)
    with pytest.raises(WrongState, match="stays"):
        fitted(set_, Cut(80_000), Cut(20_000), after=2)


def test_an_award_of_all_that_was_asked_copies_its_lines(set_: Stage) -> None:
    asked(set_, 60_000, 40_000)
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    assert drawn.budget is not None
    sums = drawn.budget.lines.values_list("asked_minor", "amount_minor")
    assert list(sums) == [(60_000, 60_000), (40_000, 40_000)]
