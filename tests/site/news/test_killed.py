"""A worker is killed in the middle of a digest, as a machine that loses power would kill it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from django.db import connection, transaction
from pytest_django import Settings

from donors.models import Donor
from funding import clock
from funding.mail import outbox
from funding.mail.models import Mail, MailState
from funding.site.models import Digest, DigestShare, DigestState, ShareState
from funding.site.news import digests
from tests.clocks import clock_at as clock_at
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.site.news.test_races import readers

READERS: Final = 9
WORKER: Final = """
import os, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_NAME"]
connection.settings_dict["USER"] = os.environ["TEST_USER"]
from funding.mail import outbox
from funding.site.news import digests
deed = os.environ["TEST_DEED"]
print("begun", flush=True)
while digests.go_on(int(deed), piece=4) if deed != "post" else outbox.send_due():
    pass
print("not killed")
"""


def worker(deed: str, settings: Settings) -> subprocess.Popen[bytes]:
    """A process that goes on with a digest, or sends what waits, until nothing is left."""
    database = connection.settings_dict
    port = settings.MAILERS["default"]["OPTIONS"]["port"]
    environment = os.environ | {
        "TEST_NAME": str(database["NAME"]),
        "TEST_USER": str(database["USER"]),
        "TEST_DEED": deed,
        "MAIL_URL": f"smtp://127.0.0.1:{port}/",
        "DJANGO_SETTINGS_MODULE": "funding.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, cwd=settings.ROOT
    )


def until(there: Callable[[], bool]) -> None:
    """Wait for something, at most half a minute."""
    for _ in range(600):
        if there():
            return
        time.sleep(0.05)
    raise TimeoutError


def count(condition: str) -> int:
    with connection.cursor() as cursor:
        # What is seen of other sessions is otherwise kept until the transaction ends.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND pid <> pg_backend_pid() AND {condition}"
        )
        return int(cursor.fetchone()[0])


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    said, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert b"not killed" not in said


def addresses() -> list[str]:
    return [f"reader{number}@donor.example" for number in range(READERS)]


def mailed() -> list[str]:
    return list(Mail.objects.order_by("to_address").values_list("to_address", flat=True))


def test_killed_between_two_people_of_a_piece_it_goes_on_and_nobody_has_two_or_none(
    committed: None, settings: Settings, server: MailServer
) -> None:
    people = readers(READERS)
    row = digests.plan(starts_at=None, actor="user:1")
    with transaction.atomic():
        # The sixth is held here, so the worker stands still in its second piece, with the
        # fifth written in a transaction that is open.
        Donor.objects.select_for_update(no_key=True).get(pk=people[5].pk)
        process = worker(str(row.pk), settings)
        until(lambda: count("wait_event_type = 'Lock'") == 1)
        assert Mail.objects.count() == 4
        killed(process)
    until(lambda: count("xact_start IS NOT NULL AND backend_type = 'client backend'") == 0)
    assert mailed() == addresses()[:4]
    assert row.shares.filter(state=ShareState.WAITING).count() == READERS - 4

    # Whoever comes next begins with the piece that was lost; then it is killed once more.
    with transaction.atomic():
        Donor.objects.select_for_update(no_key=True).get(pk=people[8].pk)
        process = worker(str(row.pk), settings)
        until(lambda: count("wait_event_type = 'Lock'") == 1)
        killed(process)
    until(lambda: count("xact_start IS NOT NULL AND backend_type = 'client backend'") == 0)
    assert mailed() == addresses()[:8]

    last = worker(str(row.pk), settings)
    said, _ = last.communicate(timeout=60)
    assert b"not killed" in said
    row.refresh_from_db()
    assert row.state == DigestState.DONE
    assert mailed() == addresses()
    assert set(DigestShare.objects.values_list("state", flat=True)) == {ShareState.MAILED}


def test_control_without_the_shared_transaction_somebody_has_two(
    committed: None, settings: Settings, server: MailServer
) -> None:
    # The mails of a piece are kept and its end is not, as if they were two transactions and the
    # worker was killed between them, and as if a mail were not known by its reader's key.
    readers(2)
    row = digests.plan(starts_at=None, actor="user:1")
    while row.state != DigestState.DONE:
        digests.go_on(row.pk)
        row.refresh_from_db()
    DigestShare.objects.update(state=ShareState.WAITING, ended_at=None)
    Digest.objects.update(state=DigestState.SENDING, done_at=None)
    for mail in Mail.objects.all():
        Mail.objects.filter(pk=mail.pk).update(key=f"lost:{mail.pk}")
    while digests.go_on(row.pk):
        pass
    assert mailed() == sorted(addresses()[:2] * 2)


def test_killed_while_it_speaks_to_the_mail_server_everybody_has_it_once(
    committed: None, settings: Settings, server: MailServer, clock_at: Callable[..., None]
) -> None:
    readers(READERS)
    row = digests.plan(starts_at=None, actor="user:1")
    while digests.go_on(row.pk):
        pass
    process = worker("post", settings)

    def kill_at_the_fourth() -> None:
        # It has handed over the whole mail, which the server does not keep, and hears no answer.
        if not server.data and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)

    server.data = ["250 OK", "250 OK", "250 OK", "451 the power is gone"]
    server.on_data = kill_at_the_fourth
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, b"not killed" in said) == (-signal.SIGKILL, False)
    server.on_data, server.data = lambda: None, []
    assert (len(server.ids), Mail.objects.filter(state=MailState.SENDING).count()) == (3, 1)
    assert outbox.send_due() == READERS - 4
    clock_at(clock.now() + outbox.CLAIM_HOLDS * 2)
    outbox.send_due()
    assert not outbox.waiting().exists()
    assert sorted(message["To"] for message in server.received) == sorted(
        f"Reader <{each}>" for each in addresses()
    )
    assert len(set(server.ids)) == READERS
