"""Thousands of gifts from one file: all of them, once, in little memory.

Five thousand here; `--rows 100000` plays what the product is made for.
"""

import csv
import datetime as dt
import io
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from django.db import connection

from donors.models import Donor, Gift
from funding import clock
from funding.imports import running
from funding.imports.models import Import, State
from funding.ledger import trace
from funding.ledger.models import Entry, Lot
from tests.conftest import rows_of
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.simulation.stage import database_url

pytestmark = pytest.mark.simulation

MANY = 5_000
PEOPLE = 5
ROOT = Path(__file__).resolve().parent.parent.parent.parent
# A worker's process of its own, on the very database of this test.
WORKER = (
    "import django, sys; django.setup(); from funding.imports import running; running.work({pk})"
)
# Databases that are copies of one have their tables under the same numbers.
BOOKS = """
SELECT count(*) FROM pg_locks WHERE relation = 'ledger_posting'::regclass
AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def generated(desk: Desk, many: int, word: str = "OLD") -> bytes:
    """Gifts of many people, five of each, over three years."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "name", "email", "amount", "currency", "reference"])
    for number in range(many):
        day = desk.today - dt.timedelta(days=number % 1000)
        person, cents = number % (many // PEOPLE), 500 + number % 9_500
        sum_ = f"{cents // 100}.{cents % 100:02d}"
        row = (day, f"Person {person}", f"p{person}@old.example", sum_, "EUR", f"{word}-{number}")
        writer.writerow(row)
    return out.getvalue().encode()


def test_thousands_of_gifts_are_taken_in_once(open_desk: Desk, pytestconfig: pytest.Config) -> None:
    many = rows_of(pytestconfig, MANY)
    content = generated(open_desk, many)
    batch = files.bring(open_desk, "gifts", content)
    assert (batch.state, batch.new_count) == (State.CHECKED, many)
    running.accept(import_id=batch.pk, actor=TARA)
    batch = files.worked(batch)
    assert (batch.state, batch.error) == (State.DONE, "")
    assert (Gift.objects.count(), Entry.objects.count()) == (many, many)
    assert Donor.objects.count() == many // PEOPLE
    given = sum(500 + number % 9_500 for number in range(many))
    assert open_desk.free() == given
    while trace.sweep():
        pass
    assert Lot.objects.count() == many
    open_desk.assert_sound()
    again = files.bring(open_desk, "gifts", content)
    assert (again.state, again.known_count, again.new_count) == (State.CHECKED, many, 0)
    running.accept(import_id=again.pk, actor=TARA)
    files.worked(again)
    assert (Gift.objects.count(), open_desk.free()) == (many, given)


def most_memory(desk: Desk, many: int) -> int:
    """The most bytes in use at once while so many gifts were staged, checked and taken in."""
    content = generated(desk, many, f"OF-{many}")
    tracemalloc.start()
    try:
        batch = files.taken(desk, "gifts", content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert batch.state == State.DONE
    return peak


def test_a_file_three_times_as_long_takes_no_more_memory(open_desk: Desk) -> None:
    """A batch of a thousand rows is in memory, and never the whole file."""
    most_memory(open_desk, 100)  # What is loaded once is loaded.
    short, long = most_memory(open_desk, 1_000), most_memory(open_desk, 3_000)
    assert long < short * 1.5, (short, long)


def books_under_way() -> bool:
    """Whether somebody else has written postings that nobody sees yet."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        return bool(cursor.fetchone()[0])


def test_a_worker_that_is_killed_leaves_nothing_and_another_one_finishes(
    open_desk: Desk, pytestconfig: pytest.Config
) -> None:
    many = rows_of(pytestconfig, MANY)
    batch = files.bring(open_desk, "gifts", generated(open_desk, many))
    running.accept(import_id=batch.pk, actor=TARA)
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "funding.settings",
    }
    child = subprocess.Popen([sys.executable, "-c", WORKER.format(pk=batch.pk)], cwd=ROOT, env=env)
    try:
        deadline = time.monotonic() + 120
        while not books_under_way():
            assert child.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        child.kill()
        child.wait()
    assert (Gift.objects.count(), Entry.objects.count()) == (0, 0)
    batch.refresh_from_db()
    assert batch.state == State.BOOKING
    assert running.work(batch.pk) == 0, "whoever was killed might still be at it"
    Import.objects.update(due_at=clock.now())
    batch = files.worked(batch)
    assert (batch.state, Gift.objects.count(), Entry.objects.count()) == (State.DONE, many, many)
    open_desk.assert_sound()
