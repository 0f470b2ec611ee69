"""Goal: every check of the simulation can fail. Each is shown something that it must refuse.

The stage is the simulation's own, without its processes: this thread does the work.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from donors import gifts, receipts, refunds
from donors.models import Gift, Receipt, Refund, RefundState
from funding.documents.models import Document
from funding.gateway.models import Event
from funding.mail import outbox
from funding.mail.models import Mail, MailState
from tests import make
from tests.conftest import as_root
from tests.sandbox.conftest import DELAY_SECONDS
from tests.simulation import ending, rules
from tests.simulation.machines import Machine
from tests.simulation.plan import Step
from tests.simulation.post_office import Letter
from tests.simulation.run import Broken, demand, play
from tests.simulation.stage import Stage

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]


class Quiet(Stage):
    """A stage on which nobody but this thread works."""

    def _launch(self) -> None:
        """Start nothing; webhooks would find nobody, so each is lost on its way."""
        self.stripe.control("faults", webhooks={"drop": 1.0})


@pytest.fixture
def stage(committed: None) -> Iterator[Stage]:
    with Quiet(0) as quiet:
        yield quiet


@pytest.fixture
def gift(stage: Stage) -> Gift:
    """A gift of EUR 25.50 of which EUR 10 were given back; every paper is mailed."""
    given = make.gift(stage.funds[1], email="alice@donor.example")
    gifts.checkout(given.pk)
    given.refresh_from_db()
    stage.stripe.control("pay", session=given.checkout)
    stage.stripe.control("clock", advance_seconds=DELAY_SECONDS)
    given = gifts.follow(given.pk)
    finish()
    asked = refunds.request(
        gift_id=given.pk, amount_minor=1000, reason="The donor asked.", actor="user:1"
    )
    refunds.send(asked.pk)
    finish()
    given.refresh_from_db()
    assert rules.broken(stage) == []
    assert ending.reckon(stage) == []
    return given


def finish() -> None:
    """Make every paper and send every mail that is due."""
    for pk in Receipt.objects.values_list("pk", flat=True):
        receipts.make(pk)
    outbox.send_due()


CORRUPTIONS = {
    "entry_balances": "UPDATE ledger_posting SET amount_minor = amount_minor + 1",
    "balances_agree_with_postings": "DELETE FROM ledger_balancedelta",
    "a gift is received in one entry": "UPDATE ledger_entry SET cause = 'gift:0'",
    "a gift is received in full": "UPDATE ledger_posting SET amount_minor = amount_minor * 2",
    "a gift is valued in one entry": "UPDATE ledger_entry SET reason = 'gift' WHERE reason = 'fee'",
    "a refund is booked once": "UPDATE donors_refund SET booked_at = NULL",
    "what was given back is the sum of the refunds": "UPDATE donors_gift SET refunded_minor = 999",
    "what was given back is in the books": "UPDATE donors_gift SET refunded_minor = 1001",
    "what was taken back is the sum of the withdrawals": (
        "UPDATE donors_gift SET withdrawn_minor = 1"
    ),
    "what was taken back is in the books": "UPDATE donors_gift SET withdrawn_minor = 1",
    "a gift received is owed a receipt": "DELETE FROM donors_receipt",
    "at most one receipt of a gift is valid": (
        "UPDATE documents_document SET state = 'valid', ended_at = NULL, replaced_by_id = NULL"
    ),
    "a debit that is on its way is told once": (
        "UPDATE audit_record SET action = 'gift.promised' WHERE action = 'gift.started'"
    ),
    "a debit that its bank refused is told once": (
        "UPDATE donors_gift SET state = 'failed', settled_at = NULL, ended_at = created_at,"
        " processing_since = created_at"
    ),
    "the numbers of receipts have no gap": (
        "UPDATE documents_document SET number = 9 WHERE state = 'valid'"
    ),
    "a gift received was paid": "UPDATE donors_gift SET charge = 'ch_nobody'",
    "what we gave back, Stripe gave back": "UPDATE donors_gift SET refunded_minor = 2000",
}


@pytest.mark.parametrize("rule", CORRUPTIONS)
def test_a_rule_notices_what_breaks_it(stage: Stage, gift: Gift, rule: str) -> None:
    as_root(CORRUPTIONS[rule])
    assert [told for told in rules.broken(stage) if told.startswith(rule)]


def lose_letters(stage: Stage, _: Gift) -> None:
    stage.post.letters.clear()


def double_a_letter(stage: Stage, _: Gift) -> None:
    stage.post.letters.append(stage.post.letters[0])


def receive_a_strange_letter(stage: Stage, _: Gift) -> None:
    stage.post.letters.append(Letter("<strange@x>", ("a@b.example",), EmailMessage()))


def expect_a_copy_after_a_kill(stage: Stage, _: Gift) -> None:
    stage.certain[stage.post.letters[0].message_id] += 1


def change_a_paper(stage: Stage, _: Gift) -> None:
    as_root("UPDATE documents_document SET content = 'other' WHERE state = 'valid'")


def print_another_sum(stage: Stage, _: Gift) -> None:
    as_root(
        "UPDATE documents_document SET snapshot = jsonb_set(snapshot, '{gives_minor}', '1')"
        " WHERE state = 'valid'"
    )


def void_the_paper(stage: Stage, _: Gift) -> None:
    as_root(
        "UPDATE documents_document SET state = 'void', ended_at = issued_at WHERE state = 'valid'"
    )


def refund_unheard(stage: Stage, gift: Gift) -> None:
    stage.stripe.control("refund", charge=gift.charge, amount=100)


def forget_the_gift(stage: Stage, gift: Gift) -> None:
    as_root("UPDATE donors_gift SET charge = 'ch_nobody'")


def give_back_without_a_word(stage: Stage, gift: Gift) -> None:
    asked = refunds.request(gift_id=gift.pk, amount_minor=1550, reason="All.", actor="user:1")
    refunds.send(asked.pk)
    as_root("DELETE FROM mail_attachment")
    as_root("DELETE FROM mail_mail WHERE key LIKE '%%:void'")


def drop_a_refund(stage: Stage, gift: Gift) -> None:
    asked = refunds.request(gift_id=gift.pk, amount_minor=5, reason="Five.", actor="user:1")
    Refund.objects.filter(pk=asked.pk).update(state=RefundState.FAILED)


def leave_a_refund(stage: Stage, gift: Gift) -> None:
    refunds.request(gift_id=gift.pk, amount_minor=5, reason="Five.", actor="user:1")


def leave_a_gift(stage: Stage, _: Gift) -> None:
    make.gift(stage.funds[0])


def leave_a_mail(stage: Stage, _: Gift) -> None:
    Mail.objects.update(state=MailState.QUEUED, sent_at=None)


def leave_a_receipt(stage: Stage, _: Gift) -> None:
    Receipt.objects.update(mailed_at=None)


def leave_a_document(stage: Stage, _: Gift) -> None:
    as_root("UPDATE documents_document SET content = NULL, sha256 = '', rendered_at = NULL")


def give_up_an_event(stage: Stage, gift: Gift) -> None:
    now = gift.created_at
    Event.objects.create(
        stripe_id="evt_1",
        kind="refund.updated",
        object_id="re_1",
        payload={},
        received_at=now,
        due_at=now,
        state="given_up",
        handled_at=now,
    )


def complain(stage: Stage, _: Gift) -> None:
    stage.complaints.said.append("funding.jobs: sweep failed KeyError: 'x'")


SPOILT: dict[str, Callable[[Stage, Gift], None]] = {
    "nobody mailed": lose_letters,
    "came 0 times": lose_letters,
    "came 2 times, 0 more": double_a_letter,
    "the outbox does not know": receive_a_strange_letter,
    "though its worker was killed": expect_a_copy_after_a_kill,
    "has other bytes than ours": change_a_paper,
    "has a receipt over 1 with": print_another_sum,
    "has 0 valid receipts with 1550 left": void_the_paper,
    "our clearing is": refund_unheard,
    "keeps 1550 of which 0 taken, Stripe says 1450": refund_unheard,
    "was paid and is no gift of ours": forget_the_gift,
    "Stripe has no charge": forget_the_gift,
    "never told that the receipt is void": give_back_without_a_word,
    "was never made": drop_a_refund,
    "is requested": leave_a_refund,
    "is pending": leave_a_gift,
    "is queued": leave_a_mail,
    "is issued": leave_a_receipt,
    "has no bytes": leave_a_document,
    "is given_up": give_up_an_event,
    "the log of here tells of": complain,
}


@pytest.mark.parametrize("told", SPOILT)
def test_the_reckoning_notices_what_is_spoilt(stage: Stage, gift: Gift, told: str) -> None:
    SPOILT[told](stage, gift)
    assert [each for each in ending.reckon(stage) if told in each]


def test_a_copy_that_a_kill_or_a_cut_line_explains_is_no_fault(stage: Stage, gift: Gift) -> None:
    first, second = stage.post.letters[:2]
    stage.post.letters += [first, second]
    stage.excused[first.message_id] = 1
    stage.post.cut[second.message_id] = 1
    assert ending.reckon(stage) == []


def test_an_owed_delivery_is_open(stage: Stage, gift: Gift) -> None:
    stage.stripe.control("faults", webhooks={"delay": 1.0, "delay_seconds": 9000})
    stage.stripe.control("refund", charge=gift.charge, amount=100)
    assert [each for each in ending.unfinished(stage) if each.startswith("delivery")]


def test_a_log_is_read_for_faults_of_ours_and_only_for_those() -> None:
    lost = "Traceback:\n  x\nKeyError: 'document'\n\nDuring handling of the above exception, "
    lost += "another exception occurred:\n\ndjango.db.utils.OperationalError: closed\n"
    assert list(ending.faults_told(lost)) == []
    ours = "  x\npsycopg.errors.CheckViolation: no\nDETAIL:  row\n\nThe above exception was the "
    ours += "direct cause:\n\ndjango.db.utils.IntegrityError: no\nDETAIL:  row\nnext line\n"
    assert list(ending.faults_told(ours)) == ["django.db.utils.IntegrityError: no"]


def test_a_failure_names_the_seed_and_every_step_so_far(stage: Stage, gift: Gift) -> None:
    as_root("DELETE FROM ledger_balancedelta")
    steps = [Step(1, "webhooks_well", {}), Step(2, "clock", {"seconds": 5})]
    with pytest.raises(Broken, match=r"seed 0, after step 1(?s:.*)balances_agree") as raised:
        play(stage, steps)
    assert "1 webhooks_well" in str(raised.value)
    assert "2 clock" not in str(raised.value)


def test_what_an_act_tells_ends_the_run(stage: Stage) -> None:
    stage.tell("the form was answered 500")
    with pytest.raises(Broken, match="the form was answered 500"):
        demand(stage, [], [])


def test_a_mail_is_told_once_however_often_its_worker_is_asked(stage: Stage, gift: Gift) -> None:
    before = stage.post.copies()
    finish()
    assert stage.post.copies() == before
    assert Document.objects.count() == 2


def test_a_machine_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "print('bye')"]
    short = Machine("short", argv, folder=tmp_path, env={}, answers=lambda _: False)
    short.start()
    with pytest.raises(RuntimeError, match=r"short does not answer:\nbye"):
        short.wait()
    assert short.has_ended
    short.kill()
    assert not short.is_up


def test_a_killed_machine_leaves_no_children(tmp_path: Path) -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    argv = [sys.executable, "-c", f"import time; {child}; time.sleep(60)"]
    log = tmp_path / "parent-1.log"
    parent = Machine("parent", argv, folder=tmp_path, env={}, answers=lambda _: log.exists())
    parent.start()
    parent.wait()
    parent.kill()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert not re.search(re.escape(child), listed.stdout)
    assert django_settings.configured
