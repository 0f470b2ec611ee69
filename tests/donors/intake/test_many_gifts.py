"""A hundred thousand gifts from one file: all of them, once, in little memory."""

import csv
import datetime as dt
import io
import resource

import pytest

from donors.models import Donor, Gift
from funding.imports import running
from funding.imports.models import State
from funding.ledger import trace
from funding.ledger.models import Entry, Lot
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk

pytestmark = pytest.mark.simulation

MANY = 100_000


def generated(desk: Desk) -> bytes:
    """Gifts of twenty thousand people over three years."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "name", "email", "amount", "currency", "reference"])
    for number in range(MANY):
        day = desk.today - dt.timedelta(days=number % 1000)
        person, cents = number % 20_000, 500 + number % 9_500
        sum_ = f"{cents // 100}.{cents % 100:02d}"
        row = (day, f"Person {person}", f"p{person}@old.example", sum_, "EUR", f"OLD-{number}")
        writer.writerow(row)
    return out.getvalue().encode()


def most_memory() -> int:
    """The most that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_a_hundred_thousand_gifts_are_taken_in_once(open_desk: Desk) -> None:
    content = generated(open_desk)
    batch = files.bring(open_desk, "gifts", content)
    assert (batch.state, batch.new_count) == (State.CHECKED, MANY)
    before = most_memory()
    running.accept(import_id=batch.pk, actor=TARA)
    batch = files.worked(batch)
    assert (batch.state, batch.error) == (State.DONE, "")
    assert (Gift.objects.count(), Entry.objects.count()) == (MANY, MANY)
    assert Donor.objects.count() == 20_000
    assert most_memory() - before < 100, "a batch is in memory, not the file"
    given = sum(500 + number % 9_500 for number in range(MANY))
    assert open_desk.free() == given
    while trace.sweep():
        pass
    assert Lot.objects.count() == MANY
    open_desk.assert_sound()
    again = files.bring(open_desk, "gifts", content)
    assert (again.state, again.known_count, again.new_count) == (State.CHECKED, MANY, 0)
    running.accept(import_id=again.pk, actor=TARA)
    files.worked(again)
    assert (Gift.objects.count(), open_desk.free()) == (MANY, given)
