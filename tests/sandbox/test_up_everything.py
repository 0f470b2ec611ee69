"""`manage.py up` as a whole, in a copy of the checkout: start, crash, start again, stop."""

import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from funding.sandbox.up.environment import Lock
from tests.sandbox.checkouts import Checkout

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("up")]


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory(prefix="manul-up-") as name:
        running = Checkout(Path(name))
        yield running
        running.close()


def ends(processes: list[psutil.Process], seconds: float = 10) -> bool:
    """Whether all of them are gone within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(_lives(process) for process in processes):
            return True
        time.sleep(0.05)
    return False


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_everything_starts_survives_a_crash_and_stops(checkout: Checkout) -> None:
    run = checkout.up("--no-demo")
    for host in ("localhost", "127.0.0.1"):
        assert '"database"' in checkout.get(checkout.port, "/healthz", host)
    assert "4242 4242 4242 4242" in checkout.get(checkout.sandbox_port, "/")
    checkout.sql("CREATE TABLE kept_by_test AS SELECT 2550 AS amount_minor")
    _refuses_a_second_one(checkout)
    _lends_its_services(checkout)

    killed = checkout.members()
    run.kill()
    for process in killed:
        process.kill()
    run.wait()
    run = checkout.up("--no-demo")
    assert checkout.sql("SELECT amount_minor FROM kept_by_test") == [(2550,)]

    # This time only the supervisor dies, and its children are left behind.
    orphans = checkout.members()
    run.kill()
    run.wait()
    assert all(_lives(process) for process in orphans)
    run = checkout.up("--no-demo")
    assert "Ended what the last run had left: Web, " in checkout.said()
    assert ends(orphans)
    assert checkout.sql("SELECT amount_minor FROM kept_by_test") == [(2550,)]

    members = checkout.members()
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 0
    assert checkout.said().endswith("Stopped.\n")
    assert ends(members, seconds=1)
    assert not (checkout.folder / "var" / "up.env").exists()
    _works_without_it(checkout)


def _refuses_a_second_one(checkout: Checkout) -> None:
    for arguments in (["up"], ["up", "--fresh"]):
        second = checkout.command(*arguments)
        assert second.returncode == 1
        assert second.stderr == (
            "Already running from this folder. Stop it there with Ctrl-C first.\n"
        )


def _lends_its_services(checkout: Checkout) -> None:
    """Any other command works beside it, as the application; migrations run as the owner."""
    ask = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user')"
    told = checkout.command("shell", "--verbosity", "0", "-c", f"{ask}; print(k.fetchone()[0])")
    assert (told.returncode, told.stdout.split()[-1]) == (0, "manul_app"), told.stderr
    told = checkout.command("migrate")
    assert "No migrations to apply" in told.stdout, told.stderr


def _works_without_it(checkout: Checkout) -> None:
    """A command that needs the database starts and stops the servers itself."""
    told = checkout.command("migrate", "--check")
    assert told.returncode == 0, told.stderr
    lock = Lock(checkout.folder / "var")
    assert lock.take()
    lock.release()
    assert json.loads((checkout.folder / "var" / "pids.json").read_text()) == []


def test_a_child_that_dies_stops_everything_and_is_named(checkout: Checkout) -> None:
    run = checkout.up("--no-demo")
    members = checkout.members()
    notes = json.loads((checkout.folder / "var" / "pids.json").read_text())
    worker = next(note["pid"] for note in notes if note["name"] == "Worker")
    os.kill(worker, signal.SIGKILL)
    assert run.wait(60) == 1
    assert "Worker has ended by itself, so everything stops." in checkout.said()
    assert ends(members, seconds=5)


def test_a_taken_port_is_told_before_anything_starts(checkout: Checkout) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", checkout.port))
        held.listen()
        told = checkout.command("up")
    assert told.returncode == 1
    assert told.stderr.startswith(f"Port {checkout.port} is taken. Try: PORT=")
    assert not (checkout.folder / "var" / "pg").exists()
