"""Goal: whoever is killed at whatever beat of a call to Stripe, each deed is done exactly once.

A call has four moments at which its process can die: before the request leaves, while Stripe
works on it, with the answer on the line, and with the answer heard and not yet written down.
A process dies once at each of them, with every kind of call that it makes in flight. Each
moment is a state that is waited for: a call that is held is let go by whoever holds it.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pytest
from django.db import connections

from donors import disputes, evidence, gifts, refunds
from donors.evidence import Paper
from donors.models import Dispute, EvidenceFile, Gift, GiftState, Intent, Refund, RefundState
from funding import jobs
from funding.audit.models import Record
from tests.conftest import superuser_connection
from tests.sandbox.conftest import DELAY_SECONDS
from tests.simulation import ending, rules
from tests.simulation.machines import Machine
from tests.simulation.stage import Stage
from tests.simulation.visitors import Visit, Visitors

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]

CARD: Final = "4242424242424242"
PDF: Final = b"%PDF-1.7 a paper"
# Each beat and the fault that holds a call there.
BEATS: Final[dict[str, dict[str, Any]]] = {
    "before it leaves": {"kind": "reset_before", "next": 50},
    "while Stripe works": {"kind": "slow", "next": 1, "seconds": 60.0},
    "with the answer on the line": {"kind": "timeout_after", "next": 1, "seconds": 60.0},
    "heard and not written down": {"kind": "slow", "next": 1, "seconds": 60.0},
}


@dataclass(frozen=True)
class Call:
    """One call that a process makes, and how to know what became of it.

    `row` is what its answer is written to, `done` says whether Stripe has done it.
    """

    row: tuple[str, int]
    done: Callable[[], object]


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for something that comes in a moment, be the machine as busy as it may."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"it never came: {what}"
        time.sleep(0.01)


def hold(stage: Stage, beat: str, *calls: tuple[str, str]) -> Callable[[], bool]:
    """Hold the next of these calls at a beat, each named as often as it comes.

    The answer says whether all of them are held.
    """
    wanted = Counter(calls)
    fault = BEATS[beat]
    faults = [
        fault | {"method": method, "path": path, "next": max(fault["next"], count)}
        for (method, path), count in wanted.items()
    ]
    stage.stripe.control("faults", api=faults)

    def all_held() -> bool:
        met = [fault["struck"] for fault in stage.stripe.control("faults")["api"]]
        return all(struck >= count for struck, count in zip(met, wanted.values(), strict=True))

    return all_held


@contextmanager
def held(stage: Stage, machine: Machine, calls: list[Call]) -> Iterator[None]:
    """Let the answers go only when the rows are held, and wait until the machine wants each.

    An answer that came before its row is held would be written down.
    """
    with superuser_connection() as root, superuser_connection() as watcher, root.transaction():
        for table, pk in [call.row for call in calls]:
            root.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [pk])
        stage.stripe.control("faults", api=[])
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE %s = ANY(pg_blocking_pids(pid)) AND application_name = %s"
        )
        whom = [root.info.backend_pid, f"simulation {machine.name}"]
        until(
            lambda: watcher.execute(waiting, whom).fetchall() == [(len(calls),)],
            "each write",
        )
        yield


def kill_at(stage: Stage, beat: str, machine: Machine, calls: list[Call]) -> None:
    """Kill the machine with all of these calls held at this beat, then faults off."""
    if beat == "heard and not written down":
        with held(stage, machine, calls):
            stage.kill(machine, cut=True)
    else:
        if beat == "with the answer on the line":
            until(lambda: all(call.done() for call in calls), "Stripe's deeds")
        stage.kill(machine)
    stage.stripe.control("faults", api=[])
    machine.start()


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


def at_rest(stage: Stage) -> None:
    """Nothing is open, and everything agrees with Stripe's books."""
    ending.come_to_rest(stage, keep_lost=True, goes_on=True)
    assert [*stage.problems, *rules.broken(stage), *ending.reckon(stage)] == []


def paid(visitors: Visitors, number: int) -> Visit:
    """A visitor who has paid and not come back yet; nobody else tells of it."""
    visit = visitors.wishes(wish(number))
    visitors.pays(visit, CARD)
    return visit


def wishing(stage: Stage, visitors: Visitors, number: int) -> tuple[threading.Thread, Call]:
    """A visitor who sends the form, and the call for a payment page that it makes."""
    thread = at_once(partial(visitors.wishes, wish(number)))
    until(partial(visitors.gift, number), "the gift")
    gift = visitors.gift(number)
    assert gift is not None
    return thread, Call(("donors_gift", gift.pk), partial(pages, stage, gift))


def test_a_web_server_killed_at_any_beat_takes_each_gift_once(long_stage: Stage) -> None:
    """One visitor wishes and comes again, one wishes and never does, one asks after a payment."""
    stage, visitors = long_stage, Visitors(long_stage)
    stage.stripe.control("faults", webhooks={"drop": 1.0})
    begun: list[Gift] = []
    for number, beat in enumerate(BEATS):
        back, gone, asks = range(3 * number, 3 * number + 3)
        asking = paid(visitors, asks).gift
        assert asking is not None
        page, look = ("POST", "/v1/checkout/sessions"), ("GET", "/v1/payment_intents")
        all_held = hold(stage, beat, page, page, look)
        wishes = [wishing(stage, visitors, each) for each in (back, gone)]
        threads = [thread for thread, _ in wishes]
        threads.append(at_once(partial(visitors.looks, visitors.visits[asks])))
        call = Call(("donors_gift", asking.pk), lambda: True)
        until(all_held, "each call")
        kill_at(stage, beat, stage.web, [*(call for _, call in wishes), call])
        for thread in threads:
            thread.join()
        stage.web.wait()
        visitors.sends(visitors.visits[back])
        visitors.pays(visitors.visits[back], CARD)
        begun += [gift for each in (back, gone, asks) if (gift := visitors.gift(each))]
    assert [pages(stage, gift) for gift in begun[::3]] == [1] * len(BEATS)
    at_rest(stage)
    found = [(len(charges(stage, gift)), Gift.objects.get(pk=gift.pk).state) for gift in begun]
    once, never = (1, GiftState.SETTLED), (0, GiftState.FAILED)
    assert found == [once, never, once] * len(BEATS)


def disputed(stage: Stage, gift: Gift) -> Dispute:
    """The gift is disputed, and the product knows."""
    made = stage.stripe.control("disputes", charge=gift.charge)
    assert disputes.follow(made["id"])
    return Dispute.objects.get(stripe_id=made["id"])


def received(stage: Stage, visitors: Visitors, first: int, count: int) -> list[Gift]:
    """So many gifts, all here and valued."""
    made = [paid(visitors, number).gift for number in range(first, first + count)]
    stage.stripe.control("clock", advance_seconds=DELAY_SECONDS)
    return [gifts.follow(gift.pk) for gift in made if gift is not None]


@dataclass
class Deeds:
    """What a treasurer decides about four gifts at one moment."""

    stage: Stage
    given_back: Gift
    with_papers: Dispute
    in_words: Dispute
    lost: Dispute

    def prepare(self) -> None:
        """Write what the banks are to read, and keep the papers that they are to see."""
        papers = [
            Paper("customer_communication", "letters.pdf", PDF + b" of letters"),
            Paper("refund_policy", "rules.pdf", PDF + b" of rules"),
        ]
        for dispute, kept in ((self.with_papers, papers), (self.in_words, [])):
            evidence.write(
                dispute_id=dispute.pk,
                texts={"uncategorized_text": "It was given."},
                papers=kept,
                actor="user:1",
            )

    @property
    def paths(self) -> list[tuple[str, str]]:
        """The four calls that come of it."""
        words, lost = self.in_words.stripe_id, self.lost.stripe_id
        ends = ["refunds", "files", f"disputes/{words}", f"disputes/{lost}/close"]
        return [("POST", f"/v1/{end}") for end in ends]

    def calls(self) -> list[Call]:
        """The same, with what becomes of each; of the papers, the first."""
        paper = self.with_papers.files.order_by("pk")[0]
        words, lost = self.in_words, self.lost
        return [
            Call(
                ("donors_refund", self.given_back.refunds.get().pk),
                lambda: charges(self.stage, self.given_back)[0]["refunds"],
            ),
            Call(("donors_evidencefile", paper.pk), self._has_papers),
            Call(
                ("donors_dispute", words.pk),
                lambda: self.at_stripe(words).evidence_details.submission_count,
            ),
            Call(("donors_dispute", lost.pk), lambda: self.at_stripe(lost).status == "lost"),
        ]

    def at_stripe(self, dispute: Dispute) -> Any:
        """A dispute as Stripe has it."""
        return self.stage.stripe.client().disputes.retrieve(dispute.stripe_id)

    def _has_papers(self) -> bool:
        """Whether Stripe has a paper more than our rows know of."""
        known = EvidenceFile.objects.exclude(stripe_id="").count()
        return len(self.stage.stripe.client().files.list({"limit": 100}).data) > known

    def decide(self) -> None:
        """All at once, as far as one thread can."""
        disputes.submit(dispute_id=self.with_papers.pk, why="Ours.", actor="user:1")
        disputes.submit(dispute_id=self.in_words.pk, why="Ours.", actor="user:1")
        disputes.accept(dispute_id=self.lost.pk, why="True.", actor="user:1")
        refunds.request(
            gift_id=self.given_back.pk, amount_minor=1000, reason="Asked.", actor="user:1"
        )

    def done_once(self) -> list[object]:
        """What is not as it must be once everything is at rest."""
        (charge,) = charges(self.stage, self.given_back)
        gift = Gift.objects.get(pk=self.given_back.pk)
        found: list[object] = []
        if (charge["refunded"], len(charge["refunds"]), gift.refunded_minor) != (1000, 1, 1000):
            found.append((charge, gift.refunded_minor))
        for dispute in (self.with_papers, self.in_words, self.lost):
            dispute.refresh_from_db()
            told = self.at_stripe(dispute)
            sent = int(dispute != self.lost)
            says = dispute.status, dispute.submissions, dispute.intent, dispute.refused_why
            if says != (told.status, sent, Intent.NOTHING, ""):
                found.append((dispute, says, told.status))
            if told.evidence_details.submission_count != sent:
                found.append((dispute, told.evidence_details.submission_count))
            if (dispute.submitted_at is None, dispute.accepted_at is None) != (not sent, sent):
                found.append((dispute, dispute.submitted_at, dispute.accepted_at))
            action = "dispute.submit_done" if sent else "dispute.accept_done"
            told_of = Record.objects.filter(action=action, facts__dispute=dispute.pk).count()
            if told_of != 1:
                found.append((dispute, action, told_of))
            kept = {file.field: file.stripe_id for file in dispute.files.all()}
            if kept != {field: told.evidence[field] for field in kept}:
                found.append((dispute, kept, told.evidence))
        if self.lost.status != "lost":
            found.append(self.lost.status)
        return found


def test_a_worker_killed_at_any_beat_does_each_deed_once(long_stage: Stage) -> None:
    """A refund, a paper handed over, evidence sent and a loss accepted, all in flight."""
    stage, visitors = long_stage, Visitors(long_stage)
    # Nobody tells of what was done: keys alone keep the second try from doing it again.
    stage.stripe.control("faults", webhooks={"drop": 1.0})
    given = received(stage, visitors, 100, 4 * len(BEATS))
    acts = [
        Deeds(stage, each, *(disputed(stage, other) for other in others))
        for each, *others in zip(given[::4], given[1::4], given[2::4], given[3::4], strict=True)
    ]
    for deeds, beat in zip(acts, BEATS, strict=True):
        stage.worker.wait()
        deeds.prepare()
        all_held = hold(stage, beat, *deeds.paths)
        deeds.decide()
        until(all_held, "each call")
        kill_at(stage, beat, stage.worker, deeds.calls())
        # The sweeps ask again before anything else could tell that it was done.
        for sweep in ("refunds", "disputes"):
            jobs.SWEEPS[sweep]()
    at_rest(stage)
    assert [each for deeds in acts for each in deeds.done_once()] == []
    assert Refund.objects.filter(state=RefundState.SUCCEEDED).count() == len(BEATS)
    assert len(stage.stripe.client().files.list({"limit": 100}).data) == 2 * len(BEATS)
