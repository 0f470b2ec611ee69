"""A mail is never lost, and goes once unless a worker dies at the worst moment."""

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from funding import clock
from funding.mail import outbox
from funding.mail.models import Attachment, Mail, MailState
from funding.mail.posting import LineBreak, Postbox
from tests.ledger.racing import together
from tests.mail.conftest import MailServer, point_at, queue

Clock = Callable[[dt.datetime], None]


def state_of(mail: Mail) -> str:
    mail.refresh_from_db()
    return mail.state


def later(minutes: float) -> dt.datetime:
    return clock.now() + dt.timedelta(minutes=minutes)


@pytest.mark.django_db
def test_a_mail_is_sent_once(server: MailServer) -> None:
    mail = queue()
    assert outbox.deliver(mail.pk)
    assert not outbox.deliver(mail.pk)
    assert outbox.send_due() == 0
    assert server.ids == [mail.message_id]
    assert state_of(mail) == MailState.SENT
    assert (mail.attempts, mail.claimed_at, mail.error) == (1, None, "")
    assert mail.sent_at is not None


@pytest.mark.django_db
def test_a_mail_goes_with_its_deed_or_not_at_all() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert Mail.objects.count() == 0


@pytest.mark.django_db
def test_the_same_key_adds_no_second_mail() -> None:
    file = outbox.File("a.pdf", "application/pdf", b"%PDF")
    first = queue(attachments=[file])
    assert queue(attachments=[file]) == first
    assert Attachment.objects.count() == 1
    for other in ({"to_address": "eve@else.example"}, {"cause": "gift:2"}):
        with pytest.raises(outbox.MailConflict):
            queue(**other)
    assert outbox.sent_with_prefix("receipt:1:") == 1


def test_eight_writers_of_one_key_queue_one_mail(committed: None) -> None:
    assert len(set(together(8, lambda _: queue().pk))) == 1
    assert Mail.objects.count() == 1


@pytest.mark.django_db
def test_the_message_id_names_the_site_and_tells_nothing(settings: Settings) -> None:
    settings.SITE_URL = "https://fund.example:8443"
    first, second = queue("a"), queue("b")
    assert first.message_id.endswith("@fund.example>")
    assert first.message_id != second.message_id
    assert "gift" not in first.message_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field",
    [
        {"to_name": "Eve\r\nBcc: all@else.example"},
        {"to_name": "Eve\u2028Bcc: all@else.example"},
        {"to_address": "eve@else.example\nBcc: all@else.example"},
        {"reply_to": "eve@else.example\rX: y"},
        {"attachments": [outbox.File("a\n.pdf", "application/pdf", b"")]},
        {"context": {"document_name": "MF\nBcc: all@else.example"}},
    ],
)
def test_a_line_break_cannot_begin_another_header(field: dict[str, Any]) -> None:
    with pytest.raises((LineBreak, ValueError)):
        queue(**field)
    assert Mail.objects.count() == 0


@pytest.mark.django_db
def test_a_busy_server_is_asked_again_later_each_time(server: MailServer, clock_at: Clock) -> None:
    mail = queue()
    server.rcpt = ["451 busy"] * 11
    waits = []
    for _ in range(11):
        assert outbox.send_due() == 0
        assert state_of(mail) == MailState.QUEUED
        waits.append(round((mail.due_at - clock.now()).total_seconds() / 60))
        assert "451" in mail.error
        assert outbox.send_due() == 0
        clock_at(mail.due_at + dt.timedelta(seconds=1))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    assert outbox.send_due() == 1
    assert (state_of(mail), mail.attempts, mail.error) == (MailState.SENT, 12, "")
    assert server.ids == [mail.message_id]


@pytest.mark.django_db
def test_after_twelve_attempts_a_mail_is_given_up_and_kept(
    server: MailServer, clock_at: Clock
) -> None:
    mail = queue()
    server.data = ["452 full"] * 12
    for _ in range(12):
        outbox.send_due()
        mail.refresh_from_db()
        clock_at(mail.due_at + dt.timedelta(seconds=1))
    assert (state_of(mail), mail.attempts) == (MailState.FAILED, 12)
    assert "452" in mail.error
    assert outbox.send_due() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_an_address_refused_for_good_ends_at_once(server: MailServer, stage: str) -> None:
    refused, sound = queue("a"), queue("b", to_address="asa@donor.example")
    setattr(server, stage, ["550 no such person"])
    assert outbox.send_due() == 1
    assert (state_of(refused), refused.attempts) == (MailState.FAILED, 1)
    assert "no such person" in refused.error
    assert state_of(sound) == MailState.SENT


@pytest.mark.django_db
def test_an_address_that_cannot_be_written_ends_at_once(server: MailServer) -> None:
    for number, address in enumerate(
        ("żółw@donor.example", "no-at-sign", "a@b@c", "a b@c.example")
    ):
        mail = queue(f"mail:{number}", to_address=address)
        assert not outbox.deliver(mail.pk)
        assert state_of(mail) == MailState.FAILED
    assert server.received == []


@pytest.mark.django_db
def test_a_server_that_is_away_costs_one_mail_an_attempt(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point_at(settings, taken.getsockname()[1])
        for number in range(5):
            queue(f"mail:{number}")
        assert outbox.send_due() == 0
    assert sorted(Mail.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.QUEUED}


@pytest.mark.django_db
def test_a_batch_uses_one_connection(server: MailServer) -> None:
    for number in range(7):
        queue(f"mail:{number}")
    assert outbox.send_due() == 7
    assert server.connections == 1


@pytest.mark.django_db
def test_a_server_that_hangs_up_in_the_middle_loses_nothing(
    server: MailServer, clock_at: Clock
) -> None:
    for number in range(3):
        queue(f"mail:{number}")
    server.data = ["250 OK", "421 closing"]
    assert outbox.send_due() == 2
    clock_at(later(5))
    assert outbox.send_due() == 1
    assert len(set(server.ids)) == 3


def test_no_transaction_is_open_while_the_server_is_spoken_to(
    committed: None, server: MailServer
) -> None:
    mail = queue()
    states: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND usename = current_user"
            )
            states.extend(row[0] for row in cursor.fetchall())
        connection.close()

    server.on_data = look
    assert outbox.deliver(mail.pk)
    assert states
    assert set(states) == {"idle"}


def test_two_workers_deliver_one_mail_once(committed: None, server: MailServer) -> None:
    mail = queue()
    server.takes = 0.2
    sent = together(4, lambda _: outbox.deliver(mail.pk))
    assert sent.count(True) == 1
    assert sent.count(False) == 3
    assert server.ids == [mail.message_id]


def test_control_without_the_claim_two_workers_deliver_it_twice(
    committed: None, server: MailServer
) -> None:
    mail = queue()
    server.takes = 0.2

    def careless(_: int) -> None:
        with Postbox() as box:
            if Mail.objects.get(pk=mail.pk).state == MailState.QUEUED:
                box.post(mail)
                Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=clock.now())

    assert together(2, careless) == [None, None]
    assert server.ids == [mail.message_id] * 2


def test_two_sweeps_share_the_mails_between_them(committed: None, server: MailServer) -> None:
    for number in range(20):
        queue(f"mail:{number}")
    left = together(3, lambda _: outbox.send_due())
    assert sum(count for count in left if isinstance(count, int)) == 20
    assert len(set(server.ids)) == len(server.ids) == 20


@pytest.mark.django_db
def test_a_lost_claim_is_found_after_five_minutes(server: MailServer, clock_at: Clock) -> None:
    mail = queue()
    Mail.objects.update(state=MailState.SENDING, claimed_at=clock.now(), attempts=1)
    clock_at(later(4))
    assert outbox.send_due() == 0
    clock_at(later(2))
    assert outbox.send_due() == 1
    assert server.ids == [mail.message_id]
    assert (state_of(mail), mail.attempts) == (MailState.SENT, 2)


@pytest.mark.django_db
def test_a_mail_that_loses_every_worker_is_given_up(server: MailServer, clock_at: Clock) -> None:
    mail = queue()
    Mail.objects.update(state=MailState.SENDING, claimed_at=clock.now(), attempts=12)
    clock_at(later(6))
    assert outbox.send_due() == 0
    assert state_of(mail) == MailState.FAILED
    assert server.received == []


def test_the_clock_may_jump_while_a_worker_speaks(
    committed: None, server: MailServer, clock_at: Clock
) -> None:
    # A claim is a day old by the clock, yet its worker lives and is just being answered.
    mail = queue()
    swept: list[int] = []

    def jump() -> None:
        server.on_data = lambda: None
        clock_at(later(60 * 24))
        swept.append(outbox.send_due())
        connection.close()

    server.on_data = jump
    assert outbox.deliver(mail.pk)
    assert swept == [0]
    assert server.ids == [mail.message_id]


KILLED = """
import os, django
django.setup()
from django.db import connection
from funding.mail import outbox
from funding.mail.models import Mail
connection.settings_dict["NAME"] = os.environ["TEST_NAME"]
connection.settings_dict["USER"] = os.environ["TEST_USER"]
outbox.deliver(Mail.objects.get().pk)
print("not killed")
"""


def test_a_worker_killed_after_250_sends_the_same_message_again(
    committed: None, server: MailServer, settings: Settings, clock_at: Clock
) -> None:
    mail = queue()
    database = connection.settings_dict
    environment = os.environ | {
        "TEST_NAME": str(database["NAME"]),
        "TEST_USER": str(database["USER"]),
        "MAIL_URL": f"smtp://127.0.0.1:{settings.MAILERS['default']['OPTIONS']['port']}/",
        "DJANGO_SETTINGS_MODULE": "funding.settings",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED], env=environment, stdout=subprocess.PIPE, cwd=settings.ROOT
    )
    # The server has the mail and is about to say 250; the worker never hears it.
    server.on_data = lambda: os.kill(worker.pid, signal.SIGKILL)
    said, _ = worker.communicate(timeout=30)
    assert (worker.returncode, said) == (-signal.SIGKILL, b"")
    assert state_of(mail) == MailState.SENDING
    server.on_data = lambda: None
    assert outbox.send_due() == 0
    clock_at(later(6))
    assert outbox.send_due() == 1
    assert server.ids == [mail.message_id] * 2
    assert state_of(mail) == MailState.SENT
