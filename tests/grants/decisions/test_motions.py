"""Goal: only what can be paid is put, by the chair, and from then on it stands as it was put."""

import datetime as dt
from typing import Any

import pytest

from funding import clock
from funding.errors import Refused
from funding.ledger.models import Hold
from funding.ledger.refusals import FundOverdrawn
from funding.users import roles
from funding.users.models import Role
from grants import ballots, decisions, declarations, motions, recusals
from grants.envelopes import OverTheEnvelope
from grants.models import ItemState, Motion, MotionState, Round
from grants.motions import ChairOnly, NotADraft, NotProposable, Proposal, TooSoon
from grants.recusals import Recused
from tests.grants.decisions.cast import Table, table

pytestmark = pytest.mark.django_db


def refused(set_: Table, kind: type[Refused], step: Any) -> str:
    """The sentence of a refusal that moved nothing."""
    before = set_.moved()
    with pytest.raises(kind) as caught:
        step()
    assert set_.moved() == before
    return caught.value.sentence


def frozen_of(motion: Motion) -> dict[str, Any]:
    """What was frozen when it was put."""
    assert motion.frozen is not None
    return motion.frozen


def test_only_a_chair_proposes_puts_and_withdraws() -> None:
    set_ = table()
    set_.apply()
    for person in (set_.carol, set_.pat, set_.asel, set_.eve):
        refused(set_, ChairOnly, lambda person=person: set_.propose({0: 100_000}, by=person))
    motion = set_.propose({0: 100_000})
    refused(set_, ChairOnly, lambda: motions.put(motion_id=motion.pk, by=set_.carol))
    refused(set_, ChairOnly, lambda: motions.withdraw(motion_id=motion.pk, by=set_.carol))


def test_a_sum_lies_between_the_minimum_and_what_is_asked() -> None:
    set_ = table()
    set_.apply("Steppe", 100_000)
    for minor in (1, 49_999, 100_001):
        sentence = refused(set_, NotProposable, lambda minor=minor: set_.propose({0: minor}))
        assert "needs at least €500.00 and asks for €1,000.00" in sentence
    set_.propose({0: 20_000, 1: 30_000})


def test_parts_are_above_nothing_and_there_is_one() -> None:
    set_ = table()
    set_.apply()
    refused(set_, NotProposable, lambda: set_.propose({}))
    refused(set_, NotProposable, lambda: set_.propose({0: 100_000, 1: 0}))
    refused(set_, NotProposable, lambda: set_.propose({0: 110_000, 1: -10_000}))


def test_only_funds_of_the_round_pay() -> None:
    set_ = table()
    wanted = set_.apply()
    set_.round.funds.filter(fund=set_.funds[1]).delete()
    refused(set_, OverTheEnvelope, lambda: set_.propose({1: 60_000}))
    assert wanted.items.count() == 0


def test_only_applications_that_were_sent_in_to_this_round_are_proposed() -> None:
    set_ = table()
    other = Round.objects.get(pk=set_.round.pk)
    other.pk, other.slug = None, "other"
    other.save()
    for state in ("draft", "withdrawn"):
        facts: dict[str, Any] = {"submitted_at": None, "submitted": None, "sha256": ""}
        wanted = set_.apply(f"It is {state}", state=state, **(facts if state == "draft" else {}))
        refused(
            set_,
            NotProposable,
            lambda wanted=wanted: set_.propose({0: 100_000}, applications=[wanted]),
        )
    elsewhere = set_.apply("Elsewhere", round=other)
    refused(set_, NotProposable, lambda: set_.propose({0: 100_000}, applications=[elsewhere]))


def test_an_application_stands_in_one_motion_at_a_time() -> None:
    set_ = table()
    wanted = set_.apply()
    first = set_.propose({0: 50_000})
    said = refused(set_, NotProposable, lambda: set_.propose({0: 50_000}))
    assert said == "“Steppe” stands in motion 1 already."
    refused(
        set_,
        NotProposable,
        lambda: set_.propose({0: 50_000}, {0: 50_000}, applications=[wanted, wanted]),
    )
    motions.withdraw(motion_id=first.pk, by=set_.dan)
    assert set_.propose({0: 50_000}).number == 2


def test_the_envelope_counts_what_is_held_and_what_is_awarded() -> None:
    set_ = table(500_000, envelopes=(150_000,))
    for title in ("One", "Two", "Three"):
        set_.apply(title, 100_000)
    one, two, three = set_.applications
    said = refused(set_, OverTheEnvelope, lambda: set_.propose({0: 100_000}, {0: 60_000}))
    assert said == "This round may still draw €1,500.00 on Fund 0, and €1,600.00 is asked."
    set_.put({0: 60_000}, applications=[two])
    refused(set_, OverTheEnvelope, lambda: set_.propose({0: 95_000}, applications=[one]))
    motion = set_.put({0: 50_000}, applications=[one])
    set_.vote(motion, *["for"] * 5)
    decisions.close(motion_id=motion.pk)
    refused(set_, OverTheEnvelope, lambda: set_.propose({0: 50_000}, applications=[three]))


def test_a_motion_is_put_only_while_its_funds_have_the_money() -> None:
    set_ = table(90_000)
    set_.apply()
    motion = set_.propose({0: 95_000})
    said = refused(set_, FundOverdrawn, lambda: motions.put(motion_id=motion.pk, by=set_.dan))
    assert said == "Fund 0 has €900.00 available, and €950.00 is needed."
    assert not Hold.objects.exists()


def test_a_vote_stays_open_for_some_hours() -> None:
    set_ = table()
    set_.apply()
    soon = clock.now() + dt.timedelta(hours=3)
    motion = set_.propose({0: 100_000}, closes_at=soon)
    refused(set_, TooSoon, lambda: motions.put(motion_id=motion.pk, by=set_.dan))


def test_a_vote_that_could_have_no_quorum_is_not_opened() -> None:
    set_ = table(seats=3)
    wanted = set_.apply()
    motion = set_.propose({0: 100_000})
    declarations.step_out(application_id=wanted.pk, reason="My brother.", by=set_.carol)
    said = refused(set_, NotProposable, lambda: motions.put(motion_id=motion.pk, by=set_.dan))
    assert said == "Only 2 may vote on “Steppe”, and it takes 3."


def test_an_empty_motion_is_not_put() -> None:
    set_ = table()
    motion = set_.propose()
    refused(set_, NotProposable, lambda: motions.put(motion_id=motion.pk, by=set_.dan))


def test_a_chair_who_stepped_out_proposes_and_puts_nothing_for_that_application() -> None:
    set_ = table()
    wanted = set_.apply()
    motion = set_.propose({0: 100_000})
    declarations.step_out(application_id=wanted.pk, reason="My brother.", by=set_.dan)
    refused(set_, Recused, lambda: motions.put(motion_id=motion.pk, by=set_.dan))
    refused(set_, Recused, lambda: motions.withdraw(motion_id=motion.pk, by=set_.dan))
    refused(
        set_,
        Recused,
        lambda: motions.change(
            motion_id=motion.pk, text="", closes_at=motion.closes_at, proposals=[], by=set_.dan
        ),
    )
    roles.grant(
        user_id=set_.carol.pk,
        role=Role.CHAIR,
        starts_on=clock.today("UTC"),
        ends_on=None,
        actor="test",
    )
    assert motions.put(motion_id=motion.pk, by=set_.carol).put_by == set_.carol


def test_what_is_put_is_frozen_and_held_once() -> None:
    set_ = table()
    set_.apply("Steppe", 100_000)
    set_.apply("Forest", 80_000)
    motion = set_.put({0: 60_000, 1: 40_000}, {0: 70_000})
    assert motion.state == MotionState.OPEN
    assert ballots.digest(frozen_of(motion)) == motion.sha256
    assert sorted(Hold.objects.values_list("cause", "fund_id", "amount_minor")) == [
        (f"motion:{motion.pk}", set_.funds[0].pk, 130_000),
        (f"motion:{motion.pk}", set_.funds[1].pk, 40_000),
    ]
    assert [each["application"]["title"] for each in frozen_of(motion)["items"]] == [
        "Steppe",
        "Forest",
    ]
    assert set_.figures(0).available.minor == 70_000
    refused(set_, NotADraft, lambda: motions.put(motion_id=motion.pk, by=set_.dan))
    refused(
        set_,
        NotADraft,
        lambda: motions.change(
            motion_id=motion.pk,
            text="Other",
            closes_at=motion.closes_at,
            proposals=[Proposal(set_.applications[0].pk, {set_.funds[0].pk: 50_000})],
            by=set_.dan,
        ),
    )


def test_a_draft_is_written_anew() -> None:
    set_ = table()
    first, second = set_.apply("One"), set_.apply("Two")
    motion = set_.propose({0: 100_000})
    motions.change(
        motion_id=motion.pk,
        text=" Other words ",
        closes_at=motion.closes_at,
        proposals=[Proposal(second.pk, {set_.funds[1].pk: 50_000}, "Less.")],
        by=set_.dan,
    )
    motion.refresh_from_db()
    assert motion.text == "Other words"
    assert [item.application_id for item in motion.items.all()] == [second.pk]
    assert first.items.count() == 0


def test_a_withdrawn_motion_lets_its_money_go_once() -> None:
    set_ = table()
    wanted = set_.apply()
    motion = set_.put({0: 100_000})
    for _ in range(2):
        motions.withdraw(motion_id=motion.pk, by=set_.dan)
    assert set_.figures(0).held.minor == 0
    assert set_.figures(0).available.minor == 200_000
    assert wanted.items.get().state == ItemState.WITHDRAWN


def test_an_applicant_on_the_committee_is_out_of_the_own_application() -> None:
    set_ = table()
    wanted = set_.apply(by=set_.carol)
    motion = set_.put({0: 100_000})
    assert set_.carol.pk not in frozen_of(motion)["items"][0]["voters"]
    assert recusals.of(wanted.pk, set_.carol) is not None
