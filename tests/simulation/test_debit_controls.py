"""Goal: every check of debits can fail. Each is shown something that it must refuse."""

import pytest

from donors import gifts, late_failures
from donors.models import Gift, GiftState
from tests import make
from tests.conftest import as_root
from tests.donors.by_debit import SEPA_FAILS, SEPA_LATE, later
from tests.simulation import ending, promises, rules
from tests.simulation.stage import Stage
from tests.simulation.test_controls import finish
from tests.simulation.test_controls import stage as stage

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]


def promised(stage: Stage, account: str) -> Gift:
    """A gift whose giver has let an account be debited, and knows that it is on its way."""
    gift = make.gift(stage.funds[1], email="alice@donor.example")
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    stage.stripe.control("pay", session=gift.checkout, account=account)
    gift = gifts.follow(gift.pk)
    assert [each for each in ending.unfinished(stage) if str(gift) in each]
    return gift


def at_rest(stage: Stage) -> None:
    finish()
    assert rules.broken(stage) == []
    assert ending.reckon(stage) == []


def noticed(stage: Stage, spoilt: dict[str, str]) -> list[str]:
    """Which of these were told once they were done, each beside those before it."""
    found = []
    for told, how in spoilt.items():
        as_root(how)
        found += [told] if any(told in each for each in promises.told(stage)) else []
    return found


def test_what_is_wrong_with_a_refused_debit_is_noticed(stage: Stage) -> None:
    gift = promised(stage, SEPA_FAILS)
    later(stage.stripe, 4)
    assert gifts.follow(gift.pk).state == GiftState.FAILED
    at_rest(stage)
    spoilt = {
        "knows the charge 'py_other' and was": "UPDATE donors_gift SET charge = 'py_other'",
        "is settled, its debit": (
            "UPDATE donors_gift SET state = 'settled', settled_at = ended_at, ended_at = NULL"
        ),
        "is settled after a refused debit, and its giver was told ['debit_pending']": (
            "DELETE FROM mail_mail WHERE key LIKE '%%:debit_failed'"
        ),
        "is no gift of ours": "UPDATE donors_gift SET uuid = gen_random_uuid()",
        "was never debited and its giver was told ['debit_pending']": "SELECT 1",
    }
    assert noticed(stage, spoilt) == list(spoilt)


def test_silence_about_a_debit_that_came_and_went_is_noticed(stage: Stage) -> None:
    gift = promised(stage, SEPA_LATE)
    later(stage.stripe, 9)
    gift = gifts.follow(gift.pk)
    assert late_failures.follow(gift.charge)
    at_rest(stage)
    spoilt = {
        "is disputed after a debit that came, and its giver was told ['debit_pending']": (
            "DELETE FROM mail_mail WHERE key LIKE '%%:debit_failed'"
        )
    }
    assert noticed(stage, spoilt) == list(spoilt)
