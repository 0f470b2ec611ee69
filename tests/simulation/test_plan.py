"""Goal: a plan is its seed and nothing else, and all that can happen does."""

from donors.fees import LIMITS
from funding.sandbox.stripe.accounts import ACCOUNTS
from tests.simulation.plan import draw


def test_the_same_seed_draws_the_same_steps() -> None:
    assert draw(7, 100) == draw(7, 100)
    assert [str(step) for step in draw(7, 100)] != [str(step) for step in draw(8, 100)]


def test_a_longer_plan_begins_like_a_shorter_one() -> None:
    assert draw(3, 200)[:50] == draw(3, 50)


def test_a_step_tells_what_it_does() -> None:
    first = str(draw(1, 1)[0])
    assert "give gift=0" in first
    assert "currency=" in first


def test_everything_that_can_happen_happens_sooner_or_later() -> None:
    steps = [step for seed in range(25) for step in draw(seed, 60)]
    acts = {step.act for step in steps}
    assert {"give", "pay", "refund", "dashboard", "kill_at_250", "stop_valkey", "fold"} <= acts
    assert {"apply", "propose", "vote", "decide", "pay_out", "refuse_payment"} <= acts
    assert {"end_award", "return_money", "debit_moves", "mandate_ends"} <= acts
    assert {"cut_database", "restart_database"} <= acts
    gifts = [step.facts for step in steps if step.act == "give"]
    assert {facts["currency"] for facts in gifts} == set(LIMITS)
    assert {len(facts["funds"]) for facts in gifts} == {1, 2, 3}
    debited = [ACCOUNTS[facts["means"]] for facts in gifts if facts["means"] in ACCOUNTS]
    assert {each.scheme for each in debited} == {"sepa_debit", "bacs_debit"}
    for kind in ("failure", "refused", "late_failure", "dispute"):
        assert {bool(getattr(each, kind)) for each in debited} == {True, False}
    kinds = {step.facts["kind"] for step in steps if step.act == "api"}
    assert {"rate_limit", "error_before", "error_after", "reset_before", "reset_after"} <= kinds


def test_a_step_speaks_only_of_gifts_drawn_before() -> None:
    given = 0
    for step in draw(11, 500):
        if step.act == "give":
            assert step.facts["gift"] == given
            given += 1
        elif "gift" in step.facts:
            assert step.facts["gift"] < given
