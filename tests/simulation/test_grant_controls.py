"""Goal: every check of granting can fail. Each is shown something that it must refuse."""

from collections.abc import Callable, Sequence

import pytest

from grants.models import Award, Disbursement, DisbursementState, Motion, MotionState
from tests.conftest import superuser_connection
from tests.simulation import ending, rules
from tests.simulation.grant_rules import QUESTIONS
from tests.simulation.granting import Granting
from tests.simulation.plan import Facts
from tests.simulation.stage import Stage
from tests.simulation.test_controls import stage as stage

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]

PROPOSED: Facts = {
    "chairs": 1, "skip": 0, "applications": 1, "percent": 100, "funds": [0, 1], "hours": 25,
}  # fmt: skip
PAID: Facts = {
    "skip": 0, "percent": 100, "times": 1, "new_account": False, "fee": 150, "abroad": False,
}  # fmt: skip


def one_by_one(deeds: Sequence[Callable[[], object]]) -> None:
    """Here nobody hurries."""
    for deed in deeds:
        deed()


@pytest.fixture
def granting(stage: Stage) -> Granting:
    """An award of EUR 40 from two funds, paid in full, and a second motion open for votes."""
    people = Granting(stage, one_by_one)
    for number in range(2):
        people.apply({"application": number, "ask": 4_000, "least": 100, "times": 2})
    people.propose(PROPOSED)
    everybody = ["for"] * len(people.members)
    people.vote({"choices": everybody, "steps_out": None, "at_the_end": False, "closers": 2})
    for _step in range(3):
        people.pay_out(PAID)
    people.propose(PROPOSED)
    assert Disbursement.objects.get().state == DisbursementState.RELEASED
    assert Motion.objects.filter(state=MotionState.OPEN).count() == 1
    assert rules.broken(stage) == []
    return people


SPOILT = {
    "an adopted item is one award": "UPDATE grants_item SET state = 'adopted'",
    "an award is booked in one entry and in full": (
        "UPDATE grants_award SET amount_minor = amount_minor + 1"
    ),
    "a share is what its fund promised": (
        "UPDATE grants_awardshare SET amount_minor = amount_minor + 1"
    ),
    "an open motion holds its money, a decided one none": (
        "UPDATE ledger_hold SET released_at = placed_at"
    ),
    "a payment is booked as its state says": (
        "UPDATE ledger_entry SET key = replace(key, ':paid-1', ':paid-2')"
    ),
    "three people pay": "UPDATE grants_disbursement SET checked_by_id = NULL",
    "payments stay within the award": (
        "UPDATE grants_disbursement SET amount_minor = amount_minor + 1"
    ),
    "a vote is cast in time by somebody who is in": (
        "UPDATE grants_vote SET cast_at = cast_at + interval '9 days'"
    ),
}


# What the database refuses by itself; the question must not lean on it.
HELD_BY_THE_TABLE = (
    "ALTER TABLE grants_disbursement DROP CONSTRAINT disbursement_state_fits_its_facts"
)


@pytest.mark.parametrize("rule", QUESTIONS)
def test_each_rule_of_granting_notices_what_is_spoilt(granting: Granting, rule: str) -> None:
    del granting
    with superuser_connection() as root, root.transaction(force_rollback=True):
        root.execute("SET LOCAL session_replication_role = replica")
        root.execute(HELD_BY_THE_TABLE)
        assert root.execute(QUESTIONS[rule].encode()).fetchall() == []
        root.execute(SPOILT[rule].encode())
        assert root.execute(QUESTIONS[rule].encode()).fetchall()


STEPS_OUT = """
INSERT INTO grants_recusal (application_id, member_id, reason, declared_at)
SELECT i.application_id, v.member_id, 'Knows them.', v.cast_at + %s * interval '1 second'
FROM grants_vote v JOIN grants_item i ON i.id = v.item_id LIMIT 1
"""


def test_only_who_is_out_while_a_vote_is_open_must_not_have_voted(granting: Granting) -> None:
    del granting
    question = QUESTIONS["a vote is cast in time by somebody who is in"].encode()
    for after, state, is_told in ((9, "adopted", False), (9, "open", True), (-9, "adopted", True)):
        with superuser_connection() as root, root.transaction(force_rollback=True):
            root.execute("SET LOCAL session_replication_role = replica")
            root.execute(STEPS_OUT, [after])
            root.execute("UPDATE grants_item SET state = %s", [state])
            assert bool(root.execute(question).fetchall()) == is_told


def test_what_a_committee_leaves_open_is_told(stage: Stage, granting: Granting) -> None:
    del granting
    told = list(ending.unfinished(stage))
    assert [each for each in told if "is open until" in each]
    assert [each for each in told if "has no minute" in each]
    assert [each for each in told if "has no letter mailed" in each]
    assert Award.objects.count() == 1
