"""Children are ended whole, left-overs of a killed run are found, strangers are left alone."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from funding.sandbox.up.processes import (
    Child,
    Record,
    end_leftovers,
    remember,
    remembered,
    survivors,
    wait_until,
)
from funding.sandbox.up.reasons import CannotStart

# A program with a worker of its own; both ignore a polite request when told to.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
worker = subprocess.Popen([sys.executable, "-c", code])
print(worker.pid, flush=True)
time.sleep(60)
"""
MARK = "time.sleep(60)"


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Child]:
    """A running child with a worker, in a folder of its own; surely gone afterwards."""
    child = Child(
        "Stubborn",
        [sys.executable, "-c", STUBBORN],
        log=tmp_path / "log" / "stubborn.log",
        mark=MARK,
        cwd=tmp_path,
        patience_seconds=0.2,
    )
    wait_until(lambda: child.log.read_text() != "", child, seconds=20)
    yield child
    child.stop()


def worker_of(child: Child) -> psutil.Process:
    """The worker that the child has started."""
    return psutil.Process(int(child.log.read_text()))


def lives(process: psutil.Process) -> bool:
    """Whether it runs; an ended one may stay listed for a while."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def gone(process: psutil.Process) -> bool:
    """Whether it ends within some seconds."""
    deadline = time.monotonic() + 5
    while lives(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not lives(process)


def test_stopping_ends_the_child_and_its_workers_though_they_ignore_it(stubborn: Child) -> None:
    worker = worker_of(stubborn)
    assert lives(worker)
    stubborn.stop()
    assert not stubborn.is_running()
    assert gone(worker)


def test_a_child_lives_in_a_session_of_its_own(stubborn: Child) -> None:
    assert os.getpgid(stubborn.process.pid) == stubborn.process.pid != os.getpgid(0)


def test_a_child_that_dies_while_it_starts_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = Child(
        "Faulty",
        [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"],
        log=tmp_path / "faulty.log",
        mark="faulty",
    )
    with pytest.raises(CannotStart, match=r"Faulty did not start.*\n    no such table"):
        wait_until(lambda: False, child, seconds=20)
    child.stop()


def test_a_silent_child_is_not_waited_for_for_ever(stubborn: Child) -> None:
    with pytest.raises(CannotStart, match="did not answer within 0 seconds"):
        wait_until(lambda: False, stubborn, seconds=0.1)


def test_leftovers_of_a_killed_run_are_ended(stubborn: Child, tmp_path: Path) -> None:
    worker = worker_of(stubborn)
    notes = tmp_path / "pids.json"
    remember(notes, [stubborn])
    # They ignore the polite signal; the one remembered for PostgreSQL they obey.
    rows = [dataclasses.replace(row, stop_signal=signal.SIGKILL) for row in remembered(notes)]
    notes.write_text(json.dumps([dataclasses.asdict(row) for row in rows]))
    assert end_leftovers(notes, tmp_path) == ["Stubborn"]
    assert gone(psutil.Process(stubborn.process.pid))
    assert gone(worker)
    assert not notes.exists()


def test_workers_are_found_though_their_leader_was_killed(stubborn: Child, tmp_path: Path) -> None:
    worker, record = worker_of(stubborn), stubborn.record
    stubborn.process.kill()
    stubborn.process.wait()
    assert [found.pid for found in survivors(record, tmp_path)] == [worker.pid]


def test_orphans_that_work_in_another_folder_are_strangers(stubborn: Child, tmp_path: Path) -> None:
    record = stubborn.record
    stubborn.process.kill()
    stubborn.process.wait()
    assert survivors(record, tmp_path / "elsewhere") == []


@pytest.mark.parametrize("change", [{"started": 1_000_000.0}, {"mark": "postgres -D"}])
def test_a_number_that_was_given_anew_belongs_to_a_stranger(
    stubborn: Child, tmp_path: Path, change: dict[str, object]
) -> None:
    record = dataclasses.replace(stubborn.record, **change)  # type: ignore[arg-type]
    notes = tmp_path / "pids.json"
    notes.write_text(json.dumps([dataclasses.asdict(record)]))
    assert end_leftovers(notes, tmp_path) == []
    assert stubborn.is_running()


def test_notes_that_cannot_be_read_name_nobody(tmp_path: Path) -> None:
    notes = tmp_path / "pids.json"
    assert remembered(notes) == []
    for text in ("", "{", '[{"name": "web"}]'):
        notes.write_text(text)
        assert remembered(notes) == []


def test_a_number_of_nobody_is_nothing_to_end(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    record = Record("Web", ended.pid, time.time(), "python", signal.SIGTERM)
    assert survivors(record, tmp_path) == []
