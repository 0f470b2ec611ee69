"""Goal: a worker that dies inside a piece of an erasure leaves nothing half, and it goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from donors import receipts
from donors.models import ERASED, Declaration, Donor, Gift, Tribute
from funding import clock
from funding.audit.models import Record
from funding.ledger.verify import verify
from funding.site.privacy import erasures, persons
from funding.site.privacy.models import Erasure, ErasureState
from funding.users.models import User
from tests import make
from tests.conftest import superuser_connection
from tests.recovery.conftest import Database
from tests.site.privacy import lives
from tests.site.privacy.test_erasures import books, found, left

NAME = "erasing worker"
WORKER = """
import sys, django
django.setup()
from funding.site.privacy import erasures
erasures.carry_out(int(sys.argv[1]))
print("not killed")
"""
# A table that a piece writes to, and what of its piece is there only when it was done whole.
HELD = {
    "gifts": "donors_tribute",
    "papers": "site_kept",
    "account": "donors_merge",
    "sessions": "django_admin_log",
    "the end": "audit_record",
}


@pytest.fixture
def erasure(committed: None) -> Erasure:
    """Somebody whose removal may begin at once."""
    fund = make.fund(make.entity(), slug="general")
    lives.brought_in(fund, lives.lived(fund).donor)
    lives.somebody_else(fund)
    receipts.sweep()
    left()
    user = User.objects.get(email=lives.EMAIL)
    return erasures.ask(
        person=persons.of_user(user), ends_pledges=False, actor=f"user:{user.pk}", language="en"
    )


def worker(erasure: Erasure) -> "subprocess.Popen[bytes]":
    """A process that carries it out."""
    url = Database(str(connection.settings_dict["NAME"])).url(settings.APP_ROLE)
    environment = os.environ | {
        "DATABASE_URL": url,
        "PGAPPNAME": NAME,
        "ERASED_LIST": settings.ERASED_LIST,
        "DJANGO_SETTINGS_MODULE": "funding.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(erasure.pk)],
        env=environment,
        stdout=subprocess.PIPE,
        cwd=Path(settings.ROOT),
    )


def killed_inside(erasure: Erasure, table: str) -> None:
    """Carry it out in a process that is killed while it waits to write to a table."""
    # Of this database: in another one the same test may have a worker of the same name.
    ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    waits = f"SELECT count(*) {ours} AND %s = ANY(pg_blocking_pids(pid))".encode()
    there = f"SELECT count(*) {ours}".encode()
    with superuser_connection() as root, superuser_connection() as watcher, root.transaction():
        root.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        running = worker(erasure)
        deadline = time.monotonic() + 60
        while watcher.execute(waits, [NAME, root.info.backend_pid]).fetchone() != (1,):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        said, _ = running.communicate(timeout=30)
        assert (running.returncode, said) == (-signal.SIGKILL, b"")
        watcher.execute(f"SELECT pg_terminate_backend(pid) {ours}".encode(), [NAME])
        while watcher.execute(there, [NAME]).fetchone() != (0,):
            time.sleep(0.02)


@pytest.mark.parametrize("piece", HELD)
def test_it_goes_on_and_ends(erasure: Erasure, piece: str) -> None:
    before = books()
    begun = piece == "the end"
    if begun:
        # The beginning writes to the log as well, so it is behind us.
        assert erasures._begin(erasure.pk)
        left()
    killed_inside(erasure, HELD[piece])
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.REMOVING
    assert Donor.objects.filter(pk__in=erasure.donors, erased_at__isnull=True).count() == 0
    # As long as the dead one might be at it, nobody else is.
    assert not erasures.carry_out(erasure.pk)

    left()
    Erasure.objects.update(due_at=clock.now())
    assert erasures.sweep() == 1
    assert found() == {"documents_document"}
    assert books() == before
    assert set(Gift.objects.filter(donor__in=erasure.donors).values_list("donor_name")) == {
        (ERASED,)
    }
    assert Gift.objects.filter(donor_name=lives.OTHER).count() == 1
    assert Record.objects.filter(action="erasure.done").count() == 1
    assert Record.objects.filter(action="erasure.begun").count() == 1
    assert verify() == []


def test_killed_at_the_beginning_nothing_has_happened(erasure: Erasure) -> None:
    killed_inside(erasure, "users_user")
    erasure.refresh_from_db()
    assert (erasure.state, erasure.attempts) == (ErasureState.ASKED, 1)
    assert Donor.objects.filter(email=lives.EMAIL, erased_at__isnull=True).exists()
    assert Tribute.objects.exclude(honoree="erased").exists()
    assert not Declaration.objects.exists()
    Erasure.objects.update(due_at=clock.now())
    erasures.sweep()
    left()
    Erasure.objects.update(due_at=clock.now())
    assert erasures.sweep() == 1
    assert found() == {"documents_document"}
