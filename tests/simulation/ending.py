"""The end of a simulation: faults off, everything delivered and swept, and the reckoning."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from django.db.models import Q

from donors import debits, disputes
from donors.models import (
    Gift,
    GiftState,
    Pledge,
    PledgeChange,
    PledgeState,
    Receipt,
    ReceiptState,
    Refund,
    RefundState,
)
from funding import jobs
from funding.documents.models import Document, DocumentState
from funding.gateway.models import Event, EventState, Movement, MovementState
from funding.ledger.models import Posting
from funding.mail.models import Mail, MailState
from funding.site import reconcile
from grants.models import Award, Motion, MotionState
from tests.books import at_stripe, clearing
from tests.simulation import promises
from tests.simulation.own_database import RECOVERED
from tests.simulation.post_office import MailFaults
from tests.simulation.stage import Stage

ROUNDS: Final = 60

# What only a fault of our own code raises; a lost connection is none of these.
_FAULTS: Final = re.compile(
    r"(IntegrityError|AssertionError|TypeError|KeyError|AttributeError|NameError|ValueError"
    r"|IndexError|ProgrammingError|DataError|EntryConflict|DocumentConflict|MailConflict"
    r"|DocumentEnded|PaymentMismatch|Unbalanced|LedgerRefusal|TransactionManagementError"
    r"|DoesNotExist|MultipleObjectsReturned): "
)
# How a traceback goes on when the exception above was only on the way to another one.
_GOES_ON: Final = ("During handling of", "The above exception was")
# What ends a worker that loses Valkey while it reconnects; a fault of its library.
_NOT_OURS: Final = "'NoneType' object has no attribute 'hostname'"


def come_to_rest(stage: Stage, *, keep_lost: bool, goes_on: bool = False) -> None:
    """Faults off, everybody up, and rounds until nothing is open. Tells what stays open.

    With `keep_lost` the webhooks that were lost stay lost. Worker and web server have ended
    afterwards, unless it `goes_on`.
    """
    _all_well(stage, keep_lost=keep_lost)
    with stage.queue() as queue:
        # What killed workers had in hand comes back after ten minutes; nobody waits for that.
        stale = set(queue.hkeys("unacked"))
    for number in range(ROUNDS):
        stage.stripe.control("clock", advance_seconds=_pause(number))
        jobs.sweep_once()
        _let_the_worker_finish(stage, stale)
        if number >= 3 and not list(unfinished(stage)):
            break
    if not goes_on:
        stage.kill(stage.worker)
        stage.kill(stage.web)


def settle_down(stage: Stage, *, keep_lost: bool) -> None:
    """Faults off, everybody up, and three days in which everything is looked at."""
    _all_well(stage, keep_lost=keep_lost)
    for _day in range(3):
        stage.stripe.control("clock", advance_days=1)
        for _round in range(3):
            jobs.sweep_once()
            _let_the_worker_finish(stage, set())


def _all_well(stage: Stage, *, keep_lost: bool) -> None:
    stage.stripe.control("faults", clear=True, keep_lost=keep_lost)
    stage.post.faults = MailFaults()
    stage.watch()
    for machine in stage.machines:
        machine.start()
    for machine in stage.machines:
        machine.wait()


def _pause(number: int) -> int:
    """How many seconds of the clock before a round: with all else done, banks take days."""
    if number > 3 and debits.on_their_way().exists():
        return 3 * 86_400
    return 900 if number < 12 else 7200


def _let_the_worker_finish(stage: Stage, stale: set[bytes]) -> None:
    with stage.queue() as queue:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if not queue.llen("celery") and set(queue.hkeys("unacked")) <= stale:
                return
            time.sleep(0.02)


def unfinished(stage: Stage) -> Iterator[str]:
    """Every row that still says that something must happen."""
    gifts = Gift.objects.filter(
        Q(state=GiftState.PENDING) | Q(settled_at__isnull=False, final_at__isnull=True)
    )
    for gift in gifts:
        yield f"{gift} is {gift.state}, attempts {gift.attempts}: {gift.error}"
    for refund in Refund.objects.filter(state__in=[RefundState.REQUESTED, RefundState.PENDING]):
        yield f"{refund} is {refund.state}, attempts {refund.attempts}: {refund.error}"
    # A receipt whose document ended before anybody was told of it is told to nobody.
    stands = Q(document__state=DocumentState.VALID)
    receipts = Receipt.objects.filter(
        Q(state=ReceiptState.DUE)
        | stands & Q(state=ReceiptState.ISSUED, mailed_at__isnull=True)
        | stands & Q(owes_document=True)
    )
    yield from _unfinished_pledges()
    for receipt in receipts:
        yield f"{receipt} is {receipt.state}, attempts {receipt.attempts}: {receipt.error}"
    yield from _unfinished_grants()
    for document in Document.objects.filter(rendered_at__isnull=True):
        yield f"{document} has no bytes, attempts {document.attempts}: {document.error}"
    for mail in Mail.objects.exclude(state=MailState.SENT):
        yield f"mail {mail} is {mail.state}, attempts {mail.attempts}: {mail.error}"
    for event in Event.objects.filter(state__in=[EventState.WAITING, EventState.GIVEN_UP]):
        yield f"event {event} is {event.state}, attempts {event.attempts}: {event.error}"
    for movement in Movement.objects.filter(state__in=[MovementState.WAITING, MovementState.STUCK]):
        yield f"{movement} is {movement.state}, attempts {movement.attempts}: {movement.error}"
    for dispute in disputes.undone():
        yield f"{dispute} has something to do, attempts {dispute.attempts}: {dispute.error}"
    owed = stage.stripe.control("deliveries?limit=10000")["data"]
    for delivery in owed:
        if delivery["state"] == "due":
            yield f"delivery {delivery['id']} of {delivery['type']}: {delivery['error']}"


def _unfinished_pledges() -> Iterator[str]:
    """Pages that are open, and changes that are not done."""
    for pledge in Pledge.objects.filter(state=PledgeState.STARTED):
        yield f"{pledge} is {pledge.state}, failures {pledge.failures}: {pledge.error}"
    for change in PledgeChange.objects.filter(ended_at__isnull=True):
        yield f"{change} is {change.state}, attempts {change.attempts}: {change.error}"


def _unfinished_grants() -> Iterator[str]:
    """Votes that are over and not counted, minutes and letters that are not made or mailed.

    A vote whose money has gone meanwhile waits for people, and says so.
    """
    for motion in Motion.objects.filter(state=MotionState.OPEN):
        if not motion.error:
            yield f"{motion} is open until {motion.closes_at}"
    for motion in Motion.objects.filter(state=MotionState.DECIDED, minute__isnull=True):
        yield f"{motion} has no minute, attempts {motion.attempts}: {motion.error}"
    for award in Award.objects.filter(letter_mailed_at__isnull=True):
        yield f"{award} has no letter mailed, attempts {award.attempts}: {award.error}"


def reckon(stage: Stage) -> list[str]:
    """Everything that is not as it must be at the end."""
    return [
        *(f"open at the end: {each}" for each in unfinished(stage)),
        *_books(stage),
        *_charges(stage),
        *promises.told(stage),
        *_refunds(),
        *_mails(stage),
        *_logs(stage),
        *_crashes(stage),
        # Last, because it walks once more and would mend what the others are to find.
        *_reconciled(stage),
    ]


def _books(stage: Stage) -> Iterator[str]:
    ours, theirs = clearing(), at_stripe(stage.stripe)
    if ours != theirs:
        yield f"our clearing is {ours}, Stripe's books say {theirs}"


def _reconciled(stage: Stage) -> Iterator[str]:
    """Reconciling finds nothing, and what is at the bank is what Stripe has paid out."""
    told = reconcile.run()
    for each in reconcile.differences_of(told):
        yield f"reconciling found {each.kind}: {each.subject}: {each.cause}"
    paid = {
        currency.upper(): of["bank"]
        for currency, of in stage.stripe.control("books")["currencies"].items()
        if of["bank"]
    }
    arrived = Counter[str]()
    rows = Posting.objects.filter(account__kind="bank", entry__cause__startswith="payout:")
    for currency, minor in rows.values_list("currency", "amount_minor"):
        arrived[currency] += minor
    if {currency: minor for currency, minor in arrived.items() if minor} != paid:
        yield f"payouts at our bank are {dict(arrived)}, Stripe has paid {paid}"


def _charges(stage: Stage) -> Iterator[str]:
    """Each payment in Stripe's books is a gift with the receipt it has earned."""
    told = stage.detail()
    known = {gift.charge: gift for gift in Gift.objects.filter(settled_at__isnull=False)}
    for lost in known.keys() - told.keys():
        yield f"{known[lost]} was received, and Stripe has no charge {lost}"
    for id, charge in told.items():
        gift = known.get(id)
        if gift is None:
            yield f"charge {id} was paid and is no gift of ours"
            continue
        yield from _earned(stage, gift, charge)
    for gift in Gift.objects.filter(settled_at__isnull=True):
        if gift.receipts.exists():
            yield f"{gift} was not received and has a receipt"


def _earned(stage: Stage, gift: Gift, charge: dict[str, Any]) -> Iterator[str]:
    withdrawn = charge["withdrawn"]
    left = max(0, charge["amount"] - charge["refunded"] - withdrawn)
    if (gift.left_minor, gift.withdrawn_minor) != (left, withdrawn):
        told = f"{gift.left_minor} of which {gift.withdrawn_minor} taken"
        yield f"{gift} keeps {told}, Stripe says {left} and {withdrawn}"
    over = GiftState.DISPUTED if withdrawn else GiftState.REFUNDED
    if gift.state != (GiftState.SETTLED if left else over) and gift.state != GiftState.REFUNDED:
        yield f"{gift} is {gift.state} with {left} left"
    papers = Document.objects.filter(
        key__in=[f"receipt:{r.pk}:document" for r in gift.receipts.all()]
    )
    valid = [paper for paper in papers if paper.state == DocumentState.VALID]
    if len(valid) != (1 if left else 0):
        yield f"{gift} has {len(valid)} valid receipts with {left} left"
    for paper in valid:
        if paper.snapshot["gives_minor"] != left:
            yield f"{gift} has a receipt over {paper.snapshot['gives_minor']} with {left} left"
    yield from _last_word(stage, gift, papers, valid)


def _last_word(stage: Stage, gift: Gift, papers: Any, valid: list[Document]) -> Iterator[str]:
    """What the donor was told last is what is true."""
    letters = [
        letter.message
        for letter in stage.post.letters
        if letter.recipients == (gift.donor.email,)
        and any(paper.name in _text(letter.message) for paper in papers)
    ]
    for paper in valid:
        with_paper = [each for each in letters if f"{paper.name}.pdf" in _files(each)]
        if not with_paper:
            yield f"{gift}: nobody mailed {paper.name}"
        for letter in with_paper:
            if _files(letter)[f"{paper.name}.pdf"] != bytes(paper.content or b""):
                yield f"{gift}: the mailed {paper.name} has other bytes than ours"
    sent = {name for each in letters for name in _files(each)}
    mailed = [paper for paper in papers if f"{paper.name}.pdf" in sent]
    if not valid and mailed:
        void = " ".join(_text(each) for each in letters if not _files(each))
        if not any(paper.name in void for paper in mailed):
            yield f"{gift} was given back, and its donor was never told that the receipt is void"


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return f"{message['Subject']} {part.get_content() if part else ''}"


def _files(message: EmailMessage) -> dict[str, bytes]:
    return {
        str(part.get_filename()): bytes(part.get_payload(decode=True))
        for part in message.iter_attachments()
    }


def _refunds() -> Iterator[str]:
    """A refund that we asked for failed only where Stripe had a reason."""
    for refund in Refund.objects.filter(state=RefundState.FAILED, stripe_id=""):
        if not re.search(
            "already been refunded|greater than unrefunded|charged back|disputed", refund.error
        ):
            yield f"{refund} was never made: {refund.error}"


def _mails(stage: Stage) -> Iterator[str]:
    """Each mail of the outbox came once; more often only where nobody could know."""
    copies = stage.post.copies()
    rows = dict(Mail.objects.values_list("message_id", "key"))
    for message_id in copies.keys() - rows.keys():
        yield f"a mail came that the outbox does not know: {message_id}"
    for message_id, key in rows.items():
        extra = stage.excused[message_id] + stage.post.cut[message_id]
        if not 1 <= copies[message_id] <= 1 + extra:
            yield f"mail {key} came {copies[message_id]} times, {extra} more than once excused"
        if copies[message_id] < 1 + stage.certain[message_id]:
            yield f"mail {key} came {copies[message_id]} times, though its worker was killed"


def _logs(stage: Stage) -> Iterator[str]:
    texts = {machine.name: machine.logs() for machine in (stage.worker, stage.web)}
    texts["here"] = "\n".join(stage.complaints.said)
    for name, text in texts.items():
        for fault in sorted(set(faults_told(text))):
            yield f"the log of {name} tells of {fault}"


def _crashes(stage: Stage) -> Iterator[str]:
    """Each crash of the database was one, and it has found its way back by itself."""
    log = stage.database.logs() if stage.database else ""
    if log.count(RECOVERED) != stage.crashes:
        yield f"the database recovered {log.count(RECOVERED)} times after {stage.crashes} crashes"
    for line in log.splitlines():
        if "PANIC:" in line or "invalid page" in line:
            yield f"the log of the database tells of {line}"


def faults_told(text: str) -> Iterator[str]:
    """The exceptions in a log that ended a traceback and are faults of our own code."""
    details = ("DETAIL:", "HINT:", "CONTEXT:")
    lines = [line for line in text.splitlines() if line and not line.startswith(details)]
    for line, following in pairwise([*lines, ""]):
        is_fault = not line.startswith(" ") and _FAULTS.search(line) and _NOT_OURS not in line
        if is_fault and not following.startswith(_GOES_ON):
            yield line[:300]


def keep_logs(stage: Stage, place: Path) -> None:
    """Save what the processes wrote, for whoever looks into a failure."""
    place.mkdir(parents=True, exist_ok=True)
    for file in stage.folder.glob("*.log"):
        (place / file.name).write_bytes(file.read_bytes())
    (place / "here.log").write_text("\n".join(stage.complaints.said))
