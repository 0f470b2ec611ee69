"""Goal: every check of regular giving can fail. Each is shown something that it must refuse."""

import pytest

from donors import gifts, pledges, subscriptions, turns
from donors.changes import end
from donors.models import Instalment, InstalmentState, Pledge
from tests.conftest import as_root
from tests.donors.regular import promise
from tests.sandbox.conftest import DELAY_SECONDS
from tests.simulation import ending, pledge_rules, rules
from tests.simulation.pledge_plan import YEAR_DAYS, draw_year
from tests.simulation.stage import Stage
from tests.simulation.test_controls import finish
from tests.simulation.test_controls import stage as stage

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]


def begun(stage: Stage) -> Pledge:
    """A pledge by card with one paid instalment, of which all is known."""
    pledge = pledges.start(promise(stage.funds[1]))
    pledges.checkout(pledge.pk)
    pledge.refresh_from_db()
    stage.stripe.control("pay", session=pledge.checkout)
    stage.stripe.control("clock", advance_seconds=DELAY_SECONDS)
    pledge = subscriptions.follow(pledge.pk)
    instalment = Instalment.objects.get()
    assert instalment.state == InstalmentState.PAID
    assert instalment.gift is not None
    gifts.follow(instalment.gift.pk)
    finish()
    return pledge


SPOILT = {
    "do not know of each other": "UPDATE donors_pledge SET subscription = 'sub_other'",
    "takes Money(minor=1001": "UPDATE donors_pledge SET amount_minor = 1001",
    "is yearly, its subscription": "UPDATE donors_pledge SET rhythm = 'yearly'",
    "is paused, its subscription's pause None": "UPDATE donors_pledge SET state = 'paused'",
    "is ended, its subscription active": (
        "UPDATE donors_pledge SET state = 'ended', ended_at = began_at, ended_why = 'giver'"
    ),
    "is no instalment of ours": "UPDATE donors_instalment SET invoice = 'in_other'",
    "is open, its invoice paid": ("UPDATE donors_instalment SET state = 'open', ended_at = NULL"),
    "is over Money(minor=1001": "UPDATE donors_instalment SET amount_minor = 1001",
    "its gift has no charge at Stripe": "UPDATE donors_gift SET charge = 'ch_other'",
    "was taken for no instalment of ours": "UPDATE donors_instalment SET gift_id = NULL,"
    " state = 'unpaid'",
    "its giver was told {}": "DELETE FROM mail_mail WHERE key LIKE 'pledge:%%:begun'",
    "has no receipt": "DELETE FROM donors_receipt",
}


@pytest.mark.parametrize("told", SPOILT, ids=range(len(SPOILT)))
def test_what_is_wrong_with_a_pledge_is_noticed(stage: Stage, told: str) -> None:
    begun(stage)
    assert rules.broken(stage) == []
    assert list(pledge_rules.agreed(stage)) == []
    as_root(SPOILT[told])
    found = list(pledge_rules.agreed(stage))
    assert [each for each in found if told in each], found


def test_a_year_that_is_over_is_at_rest(stage: Stage) -> None:
    pledge = begun(stage)
    assert turns.make(end(pledge_id=pledge.pk, actor="user:1").pk).state == "done"
    finish()
    assert list(pledge_rules.agreed(stage)) == []
    assert ending.reckon(stage) == []


def test_a_year_is_the_same_for_the_same_seed_and_a_year_long() -> None:
    steps = draw_year(5)
    assert steps == draw_year(5)
    assert steps != draw_year(6)
    assert sum(step.facts["days"] for step in steps if step.act == "days") >= YEAR_DAYS
