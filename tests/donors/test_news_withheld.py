"""News that waits in the outbox does not leave once its reader has had enough of it."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction

from donors import consents, donors, merges, news
from donors.models import Donor, Purpose
from funding import clock
from funding.alerts.models import Alert
from funding.audit.models import Record
from funding.mail import forgetting, guards, links, outbox, stuck
from funding.mail.models import Mail, MailState, Withheld
from tests.clocks import clock_at as clock_at
from tests.ledger.racing import together
from tests.mail.conftest import MailServer
from tests.mail.conftest import queue as receipt
from tests.mail.conftest import server as server

ITEM = news.Item("News of spring", "Three manuls were seen.", "https://fund.example.org/n/", "en")


def reader(name: str = "alice") -> Donor:
    """Somebody who has asked for news."""
    cache.clear()
    donor = donors.find_or_create(name=name, email=f"{name}@donor.example", language="en")
    consents.record_from_form(donor, Purpose.NEWS)
    return donor


def tell(donor: Donor, key: str = "spring") -> Mail:
    return news.mail(donor_id=donor.pk, key=key, cause="digest:1", items=[ITEM], entity={})


def stop(donor: Donor) -> bool:
    return news.stop(donor_id=donor.pk, actor=f"donor:{donor.pk}")


def state_of(mail: Mail) -> tuple[str, str]:
    mail.refresh_from_db()
    return mail.state, mail.withheld_for


WITHDRAWN = (MailState.WITHHELD, Withheld.CONSENT)


@pytest.mark.django_db
def test_a_consent_withdrawn_meanwhile_keeps_the_mail_here_and_says_so(server: MailServer) -> None:
    donor, other = reader(), reader("bob")
    mail, theirs = tell(donor), tell(other)
    stop(donor)
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    assert not outbox.deliver(mail.pk)
    assert server.ids == [theirs.message_id]
    assert state_of(mail) == WITHDRAWN
    assert (mail.sent_at, mail.claimed_at, mail.attempts, mail.error) == (None, None, 0, "")
    assert mail.outcome == "Not sent: consent withdrawn"
    assert theirs.outcome == "Waiting to be sent"
    record = Record.objects.get(action="mail.withheld")
    assert (record.subject, record.facts) == (f"mail:{mail.pk}", {"why": "consent"})
    assert not outbox.waiting().exists()


@pytest.mark.django_db
def test_whoever_agrees_again_in_time_has_it(server: MailServer) -> None:
    donor = reader()
    mail = tell(donor)
    stop(donor)
    consents.record_from_form(donor, Purpose.NEWS)
    assert outbox.send_due() == 1
    assert state_of(mail) == (MailState.SENT, "")


@pytest.mark.django_db
def test_whoever_is_removed_has_none_and_it_can_be_forgotten(server: MailServer) -> None:
    donor = reader()
    mail = tell(donor)
    donors.forget(donor.pk)
    assert outbox.send_due() == 0
    assert state_of(mail) == (MailState.WITHHELD, Withheld.REMOVED)
    left = forgetting.forget_those_to([mail.to_address], before=clock.now())
    assert left == 0
    mail.refresh_from_db()
    assert (mail.to_address, mail.text, mail.stop_url) == ("", "", "")
    assert server.received == []


@pytest.mark.django_db
def test_an_address_that_began_to_send_mail_back_has_none_until_that_is_let_go(
    server: MailServer,
) -> None:
    donor = reader()
    mail = tell(donor)
    gone = receipt(to_address=donor.email)
    server.rcpt = ["550 5.1.1 no such person"]
    assert not outbox.deliver(gone.pk)
    assert outbox.send_due() == 0
    assert state_of(mail) == (MailState.WITHHELD, Withheld.BOUNCES)
    # What is no news is sent to the address all the same: it may be owed.
    again = receipt("receipt:2:mail", to_address=donor.email)
    assert outbox.deliver(again.pk)
    stuck.leave(pk=gone.pk, actor="user:1", why="A new address is known.")
    assert outbox.deliver(tell(donor, "summer").pk)


@pytest.mark.django_db
def test_a_code_that_a_server_was_away_for_is_no_reason(server: MailServer) -> None:
    donor = reader()
    code = receipt("code:1", to_address=donor.email)
    Mail.objects.filter(pk=code.pk).update(state=MailState.FAILED, error="451")
    assert outbox.deliver(tell(donor).pk)


@pytest.mark.django_db
def test_one_brought_together_with_another_is_asked_as_that_one(server: MailServer) -> None:
    first, second, third = reader("a"), reader("b"), reader("c")
    mail, other = tell(first), tell(first, "summer")
    merges.merge(kept_id=second.pk, gone_id=first.pk, why="The same.", actor="user:1")
    merges.merge(kept_id=third.pk, gone_id=second.pk, why="The same.", actor="user:1")
    assert outbox.deliver(mail.pk)
    # A link in an old mail ends the news of whoever they are now.
    stop(first)
    assert not outbox.deliver(other.pk)
    assert state_of(other) == WITHDRAWN


@pytest.mark.django_db
def test_a_busy_server_gives_time_to_have_enough(
    server: MailServer, clock_at: Callable[[dt.datetime], None]
) -> None:
    donor = reader()
    mail = tell(donor)
    server.rcpt = ["451 busy"]
    assert outbox.send_due() == 0
    assert state_of(mail) == (MailState.QUEUED, "")
    stop(donor)
    clock_at(mail.due_at + dt.timedelta(seconds=1))
    assert outbox.send_due() == 0
    assert state_of(mail) == WITHDRAWN
    assert server.received == []


@pytest.mark.django_db
def test_one_that_a_lost_worker_had_taken_up_does_not_claim_that_it_never_left(
    server: MailServer, clock_at: Callable[[dt.datetime], None]
) -> None:
    donor = reader()
    mail = tell(donor)
    Mail.objects.update(state=MailState.SENDING, claimed_at=clock.now(), attempts=1)
    stop(donor)
    clock_at(clock.now() + dt.timedelta(minutes=6))
    assert outbox.send_due() == 0
    assert state_of(mail) == WITHDRAWN
    assert "may have sent it" in mail.error


@pytest.mark.django_db
def test_one_sent_once_more_by_hand_is_asked_about_too_and_its_alert_ends(
    server: MailServer,
) -> None:
    donor = reader()
    mail = tell(donor)
    server.data = ["550 5.7.1 not today"]
    assert not outbox.deliver(mail.pk)
    assert Alert.objects.get(subject="digest:1").closed_at is None
    stuck.retry(pk=mail.pk, actor="user:1")
    stop(donor)
    assert not outbox.deliver(mail.pk)
    assert state_of(mail) == WITHDRAWN
    assert Alert.objects.get(subject="digest:1").closed_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("mail_withheld_says_why", {"state": MailState.WITHHELD}),
        ("mail_withheld_says_why", {"withheld_for": Withheld.CONSENT}),
        ("mail_withheld_says_why", {"state": MailState.WITHHELD, "withheld_for": "mood"}),
        (
            "mail_sent_has_its_instant",
            {"state": "withheld", "withheld_for": "consent", "sent_at": "2026-01-01T00:00Z"},
        ),
        (
            "mail_withheld_could_be_ended",
            {"state": "withheld", "withheld_for": "consent", "stop_url": ""},
        ),
    ],
)
def test_the_database_refuses_what_cannot_be_withheld_so(name: str, spoilt: dict[str, Any]) -> None:
    mail = tell(reader())
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(**spoilt)


@pytest.mark.django_db
def test_no_mail_can_be_ended_by_a_click_that_nobody_would_ask_about() -> None:
    for url in (
        "https://fund.example/stop/",
        f"https://fund.example/{links.mark('gossip', '1')}/",
    ):
        with pytest.raises(ValueError, match=r"mark|gossip"):
            receipt(stop_url=url)
    assert not Mail.objects.exists()


# --- At the same moment.


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # What is seen of other sessions is otherwise kept until the transaction ends.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def until(there: Callable[[], bool], seconds: float) -> bool:
    """Wait for something, at most so long; whether it came."""
    pause = threading.Event()
    for _ in range(int(seconds * 50)):
        if there():
            return True
        pause.wait(0.02)
    return False


def raced(
    monkeypatch: pytest.MonkeyPatch, donor: Donor, mail: Mail, guard: guards.Guard
) -> tuple[object, object]:
    """A reader withdraws between a worker's question and its deed: what each had for an answer.

    The reader's is the state of the mail as it was when the withdrawal was done.
    """
    asked, withdrawn = threading.Event(), threading.Event()

    def slow(subject: str) -> Withheld | None:
        said = guard(subject)
        asked.set()
        # Until the withdrawal is done, or waits for us.
        until(lambda: withdrawn.is_set() or waits_for_a_lock(), 5)
        return said

    monkeypatch.setitem(guards.GUARDS, news.STOP, slow)

    def deed(number: int) -> object:
        if number == 0:
            return outbox.deliver(mail.pk)
        assert asked.wait(10)
        assert stop(donor)
        withdrawn.set()
        return Mail.objects.get(pk=mail.pk).state

    first, second = together(2, deed)
    return first, second


def test_who_withdraws_while_a_worker_takes_it_up_is_heard_or_the_mail_had_been_taken(
    committed: None, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> None:
    donor = reader()
    mail = tell(donor)
    left, seen = raced(monkeypatch, donor, mail, news.against)
    # It had been taken up before the withdrawal could be written down.
    assert left is True
    assert seen in {MailState.SENDING, MailState.SENT}


def test_control_without_the_lock_a_mail_leaves_that_waited_when_its_reader_withdrew(
    committed: None, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> None:
    def careless(subject: str) -> Withheld | None:
        return None if news.wants(Donor.objects.get(pk=int(subject))) else Withheld.CONSENT

    donor = reader()
    mail = tell(donor)
    left, seen = raced(monkeypatch, donor, mail, careless)
    assert seen == MailState.QUEUED
    assert left is True
    assert server.ids == [mail.message_id]


def test_a_worker_waits_for_a_withdrawal_that_is_being_written(
    committed: None, server: MailServer
) -> None:
    donor = reader()
    mail = tell(donor)
    begun = threading.Event()

    def deed(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                stop(donor)
                begun.set()
                assert until(waits_for_a_lock, 10)
            return True
        assert begun.wait(10)
        return outbox.deliver(mail.pk)

    assert together(2, deed) == [True, False]
    assert state_of(mail) == WITHDRAWN
    assert server.received == []


def test_many_workers_and_a_withdrawal_at_once_send_one_or_none(
    committed: None, server: MailServer
) -> None:
    for number in range(6):
        donor = reader(f"reader{number}")
        mail = tell(donor)

        def deed(part: int, mail: Mail = mail, donor: Donor = donor) -> object:
            return stop(donor) if part == 0 else outbox.deliver(mail.pk)

        told = together(4, deed)
        assert not [each for each in told if isinstance(each, Exception)]
        sent = server.ids.count(mail.message_id)
        assert told[1:].count(True) == sent <= 1
        assert state_of(mail) == ((MailState.SENT, "") if sent else WITHDRAWN)
