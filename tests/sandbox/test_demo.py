"""Goal: the demonstration is made once, by the product's rules, and its books balance."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.db.models import Model
from pytest_django.fixtures import Settings

from donors import debits, gifts, receipts, verdicts
from donors.intake import lines
from donors.models import (
    Gift,
    GiftState,
    HeldGift,
    HeldState,
    HeldWhy,
    Invoice,
    MatchingPool,
    Means,
    Pledge,
    Refund,
    RefundState,
    Withdrawal,
    WithdrawalKind,
)
from funding import clock
from funding.alerts.models import Alert
from funding.audit.models import Record
from funding.documents.models import Document, DocumentState
from funding.gateway import payouts
from funding.gateway.models import Movement, MovementState, Payout, PayoutStatus
from funding.ledger import balances
from funding.ledger.models import Fund, Hold, Transfer
from funding.mail.models import Mail, MailState
from funding.sandbox.console.mail_server import MailServer
from funding.sandbox.console.mailbox import Mailbox
from funding.sandbox.demo import giving, hand, scenes, story
from funding.sandbox.demo.catalogue.calls import PROJECTS, REQUESTS
from funding.sandbox.demo.catalogue.gifts import VISITS
from funding.sandbox.demo.catalogue.payments import STEPS
from funding.sandbox.demo.catalogue.pledges import HABITS
from funding.settings import mailer
from funding.site import reconcile
from funding.site.models import FollowedPaper, FundReport, ZooPaper
from grants import (
    figures,
    rounds,
)
from grants.models import (
    Application,
    ApplicationState,
    Award,
    AwardState,
    Cancellation,
    Disbursement,
    DisbursementState,
    Item,
    ItemState,
    Motion,
    MotionState,
    Return,
    Round,
    Screening,
)
from tests import make
from tests.books import assert_agreed
from tests.sandbox import demonstrated
from tests.sandbox.conftest import KEY, Sandbox


@pytest.fixture
def mailbox(tmp_path: Path, settings: Settings) -> Iterator[Mailbox]:
    """A mailbox that takes what the product mails."""
    server = MailServer(Mailbox(tmp_path / "mail.sqlite"))
    server.start()
    settings.MAILERS = {"default": mailer(f"smtp://127.0.0.1:{server.port}/")}
    yield server.mailbox
    server.stop()
    server.mailbox.close()


@pytest.fixture
def stage(committed: None, settings: Settings, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox whose clock the product follows."""
    running = Sandbox(clock_file=tmp_path / "clock")
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = running.url, KEY
    settings.CLOCK_FILE = str(tmp_path / "clock")
    yield running
    running.close()


def present() -> dt.datetime:
    return dt.datetime.fromtimestamp(hand.true_now(), dt.UTC)


def tell_until(days_ago: float) -> None:
    """Tell the story from its beginning to a day, and leave it there as a kill would."""
    days = story.begin(present())
    for scene in story.scenes_of(days):
        if scene.days_ago < days_ago:
            return
        scenes.wait_until(days.at(scene.days_ago))
        scene.play()


@pytest.mark.simulation
def test_a_story_broken_off_again_and_again_goes_on_and_is_told_once(
    stage: Sandbox, mailbox: Mailbox
) -> None:
    now = present()
    story.begin(now)
    first = gifts.start(giving.wish(VISITS[0], "0"))
    gifts.checkout(first.pk)
    first.refresh_from_db()
    hand.pay(first.checkout, VISITS[0].card)  # And here everything was killed.
    # In the middle of the applications, of the votes, of a payment, and with a debit on its way
    # and a payout that came back. Then with a certificate made that nobody was mailed yet, and
    # with all told but the end.
    for days_ago in (260, 244, 218, 87, 19.5, 0.03):
        tell_until(days_ago)
    assert story.tell(now)
    assert_agreed(stage)
    _everything_is_there_once()
    _every_state_is_seen()
    _awards_add_up()
    _debits_came_and_did_not()
    _payouts_arrived_and_one_came_back(stage)
    _one_gift_waits_for_a_word()
    demonstrated.desk_is_full()
    _a_certificate_was_made_and_mailed_once()
    _every_mail_came_once(mailbox)
    before = _counts()
    assert not story.tell(now)
    assert _counts() == before


def _counts() -> dict[str, int]:
    models: tuple[type[Model], ...] = (Gift, Record, Mail, Document, Motion, Award, Disbursement)
    return {model.__name__: model._default_manager.count() for model in models}


def _everything_is_there_once() -> None:
    assert Gift.objects.filter(instalment=None, means=Means.STRIPE).count() == len(VISITS)
    by_bank = Gift.objects.filter(means=Means.BANK)
    assert by_bank.get(invoice_payment=None).amount_minor == 18_000
    assert by_bank.exclude(invoice_payment=None).count() == 3
    assert Invoice.objects.filter(state="open").count() == 2
    assert [line.amount_minor for line in lines.waiting()] == [7_500]
    pool = MatchingPool.objects.get()
    assert pool.state == "open"
    assert 0 < pool.matched_minor < pool.cap_minor
    assert Pledge.objects.count() == len(HABITS)
    assert set(Pledge.objects.values_list("state", flat=True)) == {
        "active", "behind", "paused", "ended",
    }  # fmt: skip
    assert Application.objects.count() == len(REQUESTS) == len(PROJECTS)
    assert Round.objects.count() == 5
    acts = Counter(step.act for step in STEPS)
    assert Disbursement.objects.count() == acts["ask"]
    assert Screening.objects.count() == acts["look"]
    assert Cancellation.objects.count() == acts["cancel"]
    assert Return.objects.count() == acts["return"]
    for fund in Fund.objects.filter(is_treasury=False):
        assert balances.available(fund.pk).minor > 0
    assert receipts.sweep() == 0
    for gift in Gift.objects.filter(settled_at__isnull=False):
        assert Mail.objects.filter(cause=f"gift:{gift.pk}").exists()


def _states(model: type[Model]) -> set[str]:
    return set(model._default_manager.values_list("state", flat=True))


def _every_state_is_seen() -> None:
    seen: Iterable[tuple[type[Model], list[str]]] = (
        (Gift, GiftState.values),
        (Application, ApplicationState.values),
        (Motion, MotionState.values),
        # No call of it gives a trustee the last word.
        (Item, [each for each in ItemState.values if each != ItemState.UNRATIFIED]),
        (Award, AwardState.values),
        (Disbursement, DisbursementState.values),
    )
    for model, states in seen:
        assert _states(model) == set(states), model
    phases = {rounds.phase(each) for each in Round.objects.all()}
    assert phases == {rounds.Phase.HIDDEN, rounds.Phase.OPEN, rounds.Phase.CLOSED}
    assert {RefundState.PROPOSED, RefundState.SUCCEEDED} <= _states(Refund)
    assert _states(Transfer) == {"proposed"}
    assert set(Screening.objects.values_list("result", flat=True)) == {"no_match", "possible"}
    assert Hold.objects.filter(released_at__isnull=True, cause__startswith="motion:").exists()
    paid = Disbursement.objects.filter(state=DisbursementState.RELEASED)
    assert {"EUR", "KGS", "KZT", "USD"} == set(paid.values_list("sent_currency", flat=True))
    assert FundReport.objects.get().document is not None


def _awards_add_up() -> None:
    for pk, each in figures.of(Award.objects.values_list("pk", flat=True)).items():
        assert each.is_whole
        assert each.adopted.minor == Award.objects.get(pk=pk).amount_minor
    total = figures.totals()["EUR"]
    for part in (total.paid, total.payable, total.committed, total.cancelled, total.returned):
        assert part.minor > 0


def _debits_came_and_did_not() -> None:
    given = Gift.objects.filter(instalment=None).exclude(mandate="")
    assert given.count() == sum(bool(each.account) for each in VISITS)
    waiting = debits.on_their_way().values_list("currency", flat=True)
    assert set(waiting) == {"EUR", "GBP"}
    assert given.filter(settled_at__isnull=False, currency="GBP").exists()
    assert given.get(state=GiftState.FAILED).ended_why
    came_back = Withdrawal.objects.get(kind=WithdrawalKind.LATE_FAILURE).gift
    assert came_back.left_minor == 0
    states = came_back.receipts.values_list("document__state", flat=True)
    assert list(states) == [DocumentState.VOID]


def _one_gift_waits_for_a_word() -> None:
    held = HeldGift.objects.get()
    assert [each.pk for each in verdicts.waiting()] == [held.pk]
    assert (held.state, held.reasons) == (HeldState.WAITING, [HeldWhy.WORDS])
    assert held.valued_at is not None
    assert not held.gift.receipts.exists()
    assert Mail.objects.filter(key=f"gift:{held.gift_id}:held").count() == 1


def _a_certificate_was_made_and_mailed_once() -> None:
    row = FollowedPaper.objects.get()
    assert (row.kind, row.state, row.version) == ("certificate", "done", 1)
    assert row.document is not None
    assert row.document.state == DocumentState.VALID
    assert row.document.entity.is_illustrative
    assert ZooPaper.objects.get().document == row.document
    rows = Mail.objects.filter(key__startswith="paperround:")
    readers = {"invoices@kuusiranta.example", "bob@kuusiranta.example"}
    assert sorted(rows.values_list("to_address", flat=True)) == sorted(readers)
    for mail in rows:
        assert [each.name for each in mail.attachments.all()] == [f"{row.document.name}.pdf"]


def _payouts_arrived_and_one_came_back(stage: Sandbox) -> None:
    assert reconcile.run().differences == []
    made = stage.control("payouts")
    assert Payout.objects.count() == len(made["data"]) > 10
    assert Payout.objects.filter(status=PayoutStatus.PAID).count() > 8
    last = Payout.objects.latest("created_at")
    # It was made half an hour ago and arrives at midnight, which may lie in between.
    has_arrived = last.created_at.date() < clock.now().date()
    assert last.status == (PayoutStatus.PAID if has_arrived else PayoutStatus.IN_TRANSIT)
    failed = Payout.objects.get(status=PayoutStatus.FAILED)
    assert failed.returned_at is not None
    again = Payout.objects.filter(created_at__gt=failed.created_at).earliest("created_at")
    assert again.movements.filter(category="payout_reversal", source=failed.stripe_id).exists()
    assert Alert.objects.get(kind="payout_failed").closed_at is not None
    for payout in Payout.objects.filter(listed_at__isnull=False):
        assert payouts.sum_of(payout) == payout.amount
    assert not Movement.objects.exclude(state=MovementState.BOOKED).exists()


def _every_mail_came_once(mailbox: Mailbox) -> None:
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.SENT}
    came = [mail.header("Message-ID") for mail in mailbox.newest(10_000)]
    assert sorted(came) == sorted(Mail.objects.values_list("message_id", flat=True))
    letters = Mail.objects.filter(key__regex=r"^award:\d+:letter$")
    assert letters.count() == Award.objects.count()
    declined = Application.objects.filter(state=ApplicationState.DECLINED)
    told = Mail.objects.filter(key__regex=r"^(application:\d+:declined|deskcheck:\d+:refused)$")
    assert told.count() == declined.count()


def test_no_story_is_told_where_real_money_may_be(stage: Sandbox, settings: Settings) -> None:
    make.entity(is_illustrative=False)
    before = Gift.objects.count()
    with pytest.raises(scenes.NotHere, match="real entity"):
        story.tell(present())
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(scenes.NotHere, match="sandbox"):
        story.tell(present())
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = KEY, "https://api.stripe.com"
    with pytest.raises(scenes.NotHere, match="sandbox"):
        story.tell(present())
    assert Gift.objects.count() == before
    assert not Record.objects.filter(action="demo.finished").exists()
