"""Goal: a mail that did not arrive is known, said once to those in charge, and sent again."""

import io
import os
import sys

import pytest
from django.core.management import call_command

from funding.alerts import alarms
from funding.alerts.models import Alert
from funding.audit.models import Record
from funding.mail import bounces, codes, outbox, stuck
from funding.mail.bounces import TryLater
from funding.mail.models import Mail, MailState
from tests.mail.conftest import MailServer, facts, queue

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.donor.example (Mail Delivery System)
To: fund@manulfund.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A1"

This is a MIME-encapsulated message.

--A1
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--A1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.donor.example
X-Postfix-Queue-ID: 4XyZ
Arrival-Date: Sat, 14 Mar 2026 18:42:11 +0100 (CET)

Final-Recipient: rfc822; zoe@donor.example
Original-Recipient: rfc822;zoe@donor.example
Action: {action}
Status: {status}
Remote-MTA: dns; in.donor.example
Diagnostic-Code: smtp; 550 5.1.1 <zoe@donor.example>: Recipient address
    rejected: User unknown

--A1
Content-Description: Undelivered Message
Content-Type: {quoted}

{original}

--A1--
"""


def report(
    mail: Mail,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    quoted: str = "text/rfc822-headers",
) -> bytes:
    """What a mail server sends back about a mail."""
    original = (
        f"From: fund@manulfund.example\nTo: zoe@donor.example\nMessage-ID: {mail.message_id}\n"
        f"Subject: {mail.subject}\n\nWe received €40.85."
    )
    return POSTFIX.format(action=action, status=status, quoted=quoted, original=original).encode()


@pytest.fixture
def sent(server: MailServer, db: None) -> Mail:
    """A mail that the server took."""
    mail = queue()
    assert outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def state_of(mail: Mail) -> str:
    mail.refresh_from_db()
    return mail.state


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_what_is_not_for_good_changes_nothing(sent: Mail, action: str) -> None:
    assert bounces.take(report(sent, action=action, status="4.4.1")) == []
    assert state_of(sent) == MailState.SENT
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nI am away until Monday.",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=A\n\n--A\n--A--\n",
        b"Content-Type: message/delivery-status\n\n",
        b"Content-Type: message/delivery-status\n\nAction: failed\n\nAction: failed\n\n",
    ],
)
def test_what_is_no_report_of_ours_changes_nothing(sent: Mail, raw: bytes) -> None:
    assert bounces.take(raw) == []
    assert state_of(sent) == MailState.SENT


def test_a_report_about_somebody_elses_mail_changes_nothing(sent: Mail) -> None:
    stranger = Mail(message_id="<1234567890@else.example>", subject="Lunch")
    assert bounces.take(report(stranger)) == []
    assert state_of(sent) == MailState.SENT


@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
def test_a_mail_that_came_back_is_known_and_said(sent: Mail, quoted: str) -> None:
    assert bounces.take(report(sent, quoted=quoted)) == [sent.pk]
    assert state_of(sent) == MailState.BOUNCED
    assert sent.sent_at is not None
    assert sent.error.startswith("5.1.1 550 5.1.1")
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("mail_bounced", "gift:1")
    assert "zoe" not in alert.sentence
    assert "5.1.1" in alert.sentence
    assert bounces.take(report(sent)) == [], "the same report again is nothing new"
    assert Alert.objects.get().times == 1


def test_a_report_in_utf8_is_read_as_well(sent: Mail) -> None:
    raw = report(sent).replace(b"message/delivery-status", b"message/global-delivery-status")
    raw = raw.replace(b"text/rfc822-headers", b"message/global-headers")
    assert bounces.take(raw) == [sent.pk]


def test_a_report_that_only_names_the_mail_in_its_headers_is_matched(sent: Mail) -> None:
    raw = report(sent, quoted="text/plain")
    assert bounces.take(raw) == []
    named = f"In-Reply-To: {sent.message_id}\n".encode() + raw
    assert bounces.take(named) == [sent.pk]


def test_a_report_that_comes_before_our_own_commit_is_to_come_again(sent: Mail) -> None:
    Mail.objects.update(state=MailState.SENDING, sent_at=None)
    with pytest.raises(TryLater):
        bounces.take(report(sent))


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refusal_at_the_door_is_said_without_its_words(
    server: MailServer, db: None, stage: str
) -> None:
    setattr(server, stage, ["550 5.1.1 <zoe@donor.example> no such person"])
    assert not outbox.deliver(queue().pk)
    alert = Alert.objects.get()
    assert alert.sentence == "A mail about gift:1 was refused by the mail server: 550 5.1.1."


def test_two_mails_of_one_cause_are_one_alert(server: MailServer, db: None) -> None:
    server.rcpt = ["550 no"] * 2
    queue("receipt:1:mail")
    queue("receipt:1:paper")
    outbox.send_due()
    assert Alert.objects.get().times == 2


def test_a_code_that_was_refused_is_nobody_elses_business(server: MailServer, db: None) -> None:
    server.rcpt = ["550 no"]
    with pytest.raises(codes.NotSent):
        codes.send(
            cause="user:1",
            to_address="zoe@donor.example",
            to_name="",
            template="code",
            context=facts(code="123456", purpose="login"),
        )
    assert not Alert.objects.exists()
    assert not bounces.lost().exists()


class TestPuttingRight:
    def test_sent_again_it_goes_and_the_alert_ends(self, server: MailServer, sent: Mail) -> None:
        bounces.take(report(sent))
        stuck.retry(pk=sent.pk, actor="user:7")
        assert state_of(sent) == MailState.QUEUED
        assert outbox.send_due() == 1
        assert state_of(sent) == MailState.SENT
        assert server.ids == [sent.message_id] * 2
        assert Alert.objects.get().closed_why == "It was sent again, and taken."
        assert Record.objects.get(action="mail.retried").actor == "user:7"

    def test_refused_again_it_comes_back_to_the_list(self, server: MailServer, sent: Mail) -> None:
        bounces.take(report(sent))
        stuck.retry(pk=sent.pk, actor="user:7")
        server.rcpt = ["550 still no"]
        outbox.send_due()
        assert state_of(sent) == MailState.FAILED
        assert Alert.objects.get().is_open

    def test_begun_again_twice_it_goes_once(self, sent: Mail) -> None:
        bounces.take(report(sent))
        for _ in range(2):
            stuck.retry(pk=sent.pk, actor="user:7")
        assert Record.objects.filter(action="mail.retried").count() == 1

    def test_let_go_it_is_off_the_list_and_says_why(self, sent: Mail) -> None:
        bounces.take(report(sent))
        stuck.leave(pk=sent.pk, actor="user:7", why="She asked by telephone.")
        assert state_of(sent) == MailState.LET_GO
        assert not bounces.lost().exists()
        assert Alert.objects.get().closed_why == "She asked by telephone."
        stuck.retry(pk=sent.pk, actor="user:7")
        assert state_of(sent) == MailState.LET_GO

    def test_the_alert_stays_while_another_mail_of_its_cause_is_lost(self, sent: Mail) -> None:
        other = queue("receipt:1:copy-1")
        outbox.deliver(other.pk)
        bounces.take(report(sent))
        other.refresh_from_db()
        bounces.take(report(other))
        stuck.leave(pk=sent.pk, actor="user:7", why="Enough.")
        assert alarms.opened().count() == 1


class TestTheCommand:
    def take(self, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        said = io.StringIO()
        call_command("take_bounce", stdout=said, stderr=io.StringIO())
        return said.getvalue()

    def test_a_mail_server_pipes_a_report(
        self, sent: Mail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.take(monkeypatch, report(sent)) == "1 came back\n"
        assert state_of(sent) == MailState.BOUNCED

    @pytest.mark.django_db
    def test_what_is_not_ours_is_taken_and_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.take(monkeypatch, b"Subject: hello\n\nhello") == "0 came back\n"

    def test_the_server_is_asked_to_come_again(
        self, sent: Mail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Mail.objects.update(state=MailState.SENDING, sent_at=None)
        with pytest.raises(SystemExit) as end:
            self.take(monkeypatch, report(sent))
        assert end.value.code == os.EX_TEMPFAIL
