"""Goal: whoever is killed at whatever beat of a call to Stripe, each deed is done exactly once.

A call has four moments at which its process can die: before the request leaves, while Stripe
works on it, with the answer on the line, and with the answer heard and not yet written down.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import pytest
from pytest_django.fixtures import Settings

from donors import refunds
from donors.models import Gift, GiftState, Refund, RefundState
from funding import jobs
from tests.conftest import superuser_connection
from tests.simulation import ending, rules
from tests.simulation.machines import Machine
from tests.simulation.stage import Stage
from tests.simulation.visitors import Visit, Visitors

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]

CARD: Final = "4242424242424242"
# Each beat and the fault that holds a call there.
BEATS: Final[dict[str, dict[str, Any]]] = {
    "before it leaves": {"kind": "reset_before", "next": 50},
    "while Stripe works": {"kind": "slow", "next": 1, "seconds": 1.0},
    "with the answer on the line": {"kind": "timeout_after", "next": 1, "seconds": 25.0},
    "heard and not written down": {"kind": "slow", "next": 1, "seconds": 0.7},
}


@pytest.fixture
def stage(committed: None, settings: Settings) -> Iterator[Stage]:
    with Stage(0, settings) as running:
        yield running


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for something that comes in a moment."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"it never came: {what}"
        time.sleep(0.01)


def struck(stage: Stage) -> bool:
    """Whether the fault has met its call."""
    return any(fault["struck"] for fault in stage.stripe.control("faults")["api"])


@contextmanager
def held(stage: Stage, machine: Machine, table: str, pk: int) -> Iterator[None]:
    """Hold a row until the machine waits for it, with what it wants to write in hand."""
    with superuser_connection() as root, superuser_connection() as watcher, root.transaction():
        root.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [pk])
        pid = root.info.backend_pid
        yield
        until(
            lambda: watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
                " AND application_name = %s",
                [pid, f"simulation {machine.name}"],
            ).fetchone(),
            "the write",
        )
        stage.kill(machine)
        # Its session dies with it, so that letting the row go writes nothing.
        watcher.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [f"simulation {machine.name}"],
        )


def kill_at(
    stage: Stage,
    beat: str,
    machine: Machine,
    *,
    row: Callable[[], tuple[str, int]],
    done: Callable[[], object],
) -> None:
    """Kill the machine at this beat of its next call; then faults off and the machine up again.

    `row` is what the answer is written to, `done` says whether Stripe has done it.
    """
    until(lambda: struck(stage), "the call")
    if beat == "heard and not written down":
        with held(stage, machine, *row()):
            pass
    else:
        if beat == "with the answer on the line":
            until(done, "Stripe's deed")
        stage.kill(machine)
    stage.stripe.control("faults", api=[])
    if beat == "while Stripe works":
        until(done, "Stripe's deed")
    machine.start()
    machine.wait()


def fault(stage: Stage, beat: str, path: str, method: str = "POST") -> None:
    """Hold the next such call at a beat."""
    stage.stripe.control("faults", api=[BEATS[beat] | {"path": path, "method": method}])


def wish(number: int) -> dict[str, Any]:
    """What a visitor puts on the form."""
    return {
        "gift": number,
        "donor": number,
        "currency": "EUR",
        "minor": 2550 + number,
        "funds": [0],
        "cover": False,
        "sent": "once",
    }


def at_once(deed: Callable[[], object]) -> threading.Thread:
    """Begin something that will be cut off."""
    from django.db import connections

    def run() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def pages(stage: Stage, gift: Gift) -> int:
    """How many payment pages Stripe has for a gift."""
    found = stage.stripe.client().checkout.sessions.list({"limit": 100})
    return sum(each.client_reference_id == str(gift.uuid) for each in found.data)


def charges(stage: Stage, gift: Gift) -> list[dict[str, Any]]:
    """The paid charges of a gift at Stripe."""
    return [
        each for each in stage.detail().values() if each["metadata"].get("gift") == str(gift.uuid)
    ]


def refunded(stage: Stage, gift: Gift) -> int:
    """How many refunds Stripe has of a gift."""
    return len(charges(stage, gift)[0]["refunds"])


def _row(table: str, pk: int) -> tuple[str, int]:
    return table, pk


def at_rest(stage: Stage) -> None:
    """Nothing is open, and everything agrees with Stripe's books."""
    ending.come_to_rest(stage, keep_lost=True)
    assert [*stage.problems, *rules.broken(stage), *ending.reckon(stage)] == []


def test_a_web_server_killed_at_any_beat_of_a_checkout_takes_a_gift_once(stage: Stage) -> None:
    visitors = Visitors(stage)
    for number, beat in enumerate(BEATS):
        fault(stage, beat, "/v1/checkout/sessions")
        thread = at_once(partial(visitors.wishes, wish(number)))
        until(partial(visitors.gift, number), "the gift")
        gift = visitors.gift(number)
        assert gift is not None
        kill_at(
            stage,
            beat,
            stage.web,
            row=partial(_row, "donors_gift", gift.pk),
            done=partial(pages, stage, gift),
        )
        thread.join()
        visit: Visit = visitors.visits[number]
        visitors.sends(visit)
        visitors.pays(visit, CARD)
        assert pages(stage, gift) == 1, beat
        assert len(charges(stage, gift)) == 1, beat
    at_rest(stage)
    assert Gift.objects.filter(state=GiftState.SETTLED).count() == len(BEATS)


def test_a_visitor_who_never_comes_back_after_a_kill_has_paid_nothing(stage: Stage) -> None:
    visitors = Visitors(stage)
    for number, beat in enumerate(list(BEATS)[2:]):
        fault(stage, beat, "/v1/checkout/sessions")
        thread = at_once(partial(visitors.wishes, wish(number)))
        until(partial(visitors.gift, number), "the gift")
        gift = visitors.gift(number)
        assert gift is not None
        kill_at(
            stage,
            beat,
            stage.web,
            row=partial(_row, "donors_gift", gift.pk),
            done=partial(pages, stage, gift),
        )
        thread.join()
    at_rest(stage)
    assert set(Gift.objects.values_list("state", flat=True)) == {GiftState.FAILED}


def test_whoever_is_killed_while_asking_after_a_payment_books_it_once(stage: Stage) -> None:
    visitors = Visitors(stage)
    for number, beat in enumerate(BEATS):
        visit = visitors.wishes(wish(number))
        stage.stripe.control("faults", webhooks={"drop": 1.0})
        visitors.pays(visit, CARD)
        gift = visit.gift
        assert gift is not None
        fault(stage, beat, "/v1/payment_intents", "GET")
        thread = at_once(partial(visitors.looks, visit))
        kill_at(
            stage,
            beat,
            stage.web,
            row=partial(_row, "donors_gift", gift.pk),
            done=lambda: True,
        )
        thread.join()
        assert len(charges(stage, gift)) == 1
    at_rest(stage)
    assert Gift.objects.filter(state=GiftState.SETTLED).count() == len(BEATS)


def test_a_worker_killed_at_any_beat_of_a_refund_gives_back_once(stage: Stage) -> None:
    visitors = Visitors(stage)
    # Nobody tells of what was done: the key alone keeps the second try from doing it again.
    stage.stripe.control("faults", webhooks={"drop": 1.0})
    for number, beat in enumerate(BEATS):
        visit = visitors.wishes(wish(number))
        visitors.pays(visit, CARD)
        visitors.looks(visit)
        gift = visit.gift
        assert gift is not None
        assert gift.state == GiftState.SETTLED
        fault(stage, beat, "/v1/refunds")
        asked = refunds.request(
            gift_id=gift.pk, amount_minor=1000, reason="The donor asked.", actor="user:1"
        )
        kill_at(
            stage,
            beat,
            stage.worker,
            row=partial(_row, "donors_refund", asked.pk),
            done=partial(refunded, stage, gift),
        )
        # The sweep asks again before anything else could tell that it was done.
        jobs.SWEEPS["refunds"]()
    at_rest(stage)
    assert Refund.objects.filter(state=RefundState.SUCCEEDED).count() == len(BEATS)
    for gift in Gift.objects.all():
        (charge,) = charges(stage, gift)
        assert charge["refunded"] == 1000
        assert len(charge["refunds"]) == 1
        assert gift.refunded_minor == 1000
