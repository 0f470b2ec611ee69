"""The clock, the control interface, and a life beyond kill -9."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.wire import Request, Response, html_response
from tests.sandbox.conftest import DELAY_SECONDS, KEY, Caller, Receiver, Sandbox, checkout

ROOT = Path(__file__).parents[2]


def test_the_clock_moves_by_days_seconds_or_to_an_instant(sandbox: Sandbox) -> None:
    before = int(time.time())
    assert sandbox.control("clock", advance_seconds=90)["offset_seconds"] == 90
    told = sandbox.control("clock", advance_days=2)
    assert (told["offset_seconds"], len(told["steps"])) == (90 + 2 * 86_400, 2)
    told = sandbox.control("clock", set=before + 10 * 86_400)
    assert abs(told["now"] - before - 10 * 86_400) <= 1
    assert sandbox.control("clock")["offset_seconds"] == told["offset_seconds"]
    customer = sandbox.client().customers.create({})
    assert abs(customer.created - before - 10 * 86_400) <= 2


@pytest.mark.parametrize(
    "wanted",
    [{"advance_days": -1}, {"set": 5}, {"advance_days": "x"}, {"advance_days": 1, "set": 1},
     {"leap": 1}, {"advance_days": 10**9}],
)  # fmt: skip
def test_a_clock_that_would_go_back_or_astray_is_refused(
    sandbox: Sandbox, wanted: dict[str, object]
) -> None:
    assert sandbox.call("POST", "/_control/clock", json.dumps(wanted))[0] == 400
    assert sandbox.emulator.world.offset == 0


def test_each_step_writes_the_file_delivers_and_runs_the_command(tmp_path: Path) -> None:
    clock_file, log = tmp_path / "clock", tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write(open({str(clock_file)!r}).read())"
    command = [sys.executable, "-c", code]
    with closing(Sandbox(clock_file=clock_file, after_step=command)) as sandbox:
        assert clock_file.read_text() == "0\n"
        told = sandbox.control("clock", advance_seconds=2 * 86_400 + 5)
    assert log.read_text().split() == ["86400", "172800", "172805"]
    assert [step["command"]["ok"] for step in told["steps"]] == [True] * 3
    assert told["ok"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("clock")] == ["clock"]


def test_a_failing_command_is_told_and_the_clock_goes_on(tmp_path: Path) -> None:
    for command in ([sys.executable, "-c", "print('oh'); exit(3)"], [str(tmp_path / "missing")]):
        with closing(Sandbox(after_step=command)) as sandbox:
            told = sandbox.control("clock", advance_days=2)
        assert told["ok"] is False
        assert [step["command"]["ok"] for step in told["steps"]] == [False, False]
        assert told["offset_seconds"] == 2 * 86_400


def test_what_was_due_happens_at_the_instant_it_was_due(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    session = sandbox.session()
    sandbox.control("pay", session=session.id)
    sandbox.control("clock", advance_days=1)
    transaction = sandbox.client().balance_transactions.list().data[0]
    charge = sandbox.client().charges.list().data[0]
    assert transaction.created == charge.created + DELAY_SECONDS
    assert receiver.types[-1] == "charge.updated"
    assert receiver.events[-1]["created"] == transaction.created


def test_time_stands_still_within_a_change(sandbox: Sandbox) -> None:
    world = sandbox.emulator.world
    with world.lock, world.change():
        began = world.now()
        world.offset += 7
        assert world.now() == began
        world.later(60, "session_expiry", "cs_test_none")
    assert world.now() >= began + 7
    assert world.store.rows("SELECT due FROM timers") == [(began + 60,)]


def test_reset_forgets_payments_and_keeps_endpoints_and_the_clock(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client = sandbox.client()
    sandbox.paid()
    sandbox.control("faults", api=[{"kind": "error_before", "probability": 1}])
    assert sandbox.call("POST", "/_control/reset")[0] == 200
    assert client.charges.list().data == []
    assert client.events.list().data == []
    assert sandbox.control("books")["currencies"] == {}
    assert sandbox.control("clock")["offset_seconds"] == DELAY_SECONDS
    receiver.events.clear()
    client.customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created"]
    sandbox.control("reset", endpoints=True, clock=True)
    assert client.webhook_endpoints.list().data == []
    assert sandbox.control("clock")["offset_seconds"] == 0


def test_an_unknown_control_is_404_and_bad_json_is_400(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/_control/weather")[0] == 404
    assert sandbox.call("POST", "/_control/weather", "{}")[0] == 404
    assert sandbox.call("POST", "/_control/clock", "{")[0] == 400
    assert sandbox.call("POST", "/_control/clock", "[]")[0] == 400
    assert sandbox.control("health")["ok"] is True


def test_other_routes_share_the_port_and_never_see_the_emulators_paths() -> None:
    asked: list[str] = []

    def console(request: Request) -> Response | None:
        asked.append(request.path)
        return html_response(200, "console") if request.path == "/" else None

    with closing(Sandbox(extra_routes=console)) as sandbox:
        assert sandbox.call("GET", "/")[2] == b"console"
        assert sandbox.call("GET", "/mail")[0] == 404
        assert sandbox.call("GET", "/_control/health")[0] == 200
        assert sandbox.call("GET", "/v1/balance")[0] == 401
    assert asked == ["/", "/mail"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(state: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The emulator as a process of its own, killed at the end if it still lives."""
    command = [sys.executable, "-m", "funding.sandbox.stripe"]
    command += ["--port", str(port), "--state", str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert "Stripe sandbox at" in running.stdout.readline()
            yield running
        finally:
            running.kill()


@contextmanager
def connected(port: int) -> Iterator[tuple[Any, Caller]]:
    """The library and the control interface of a process."""
    http_client = stripe.RequestsClient(timeout=10)
    url = f"http://127.0.0.1:{port}"
    client = stripe.StripeClient(KEY, base_addresses={"api": url}, http_client=http_client)
    yield client.v1, Caller(url)
    http_client.close()


def test_everything_answered_survives_kill_9(tmp_path: Path) -> None:
    state, port = tmp_path / "stripe.sqlite", free_port()
    with process(state, port) as running, connected(port) as (client, caller):
        caller.control("clock", advance_seconds=1000)
        sessions = [client.checkout.sessions.create(checkout(1000 + i)) for i in range(5)]
        caller.control("pay", session=sessions[0].id)
        caller.control("clock", advance_seconds=2)
        made = client.customers.create({"name": "Ada"}, options={"idempotency_key": "k"})
        before = (caller.control("books"), [event.id for event in client.events.list().data])
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    with process(state, port), connected(port) as (client, caller):
        assert (
            caller.control("books"),
            [event.id for event in client.events.list().data],
        ) == before
        assert caller.control("clock")["offset_seconds"] == 1002
        again = client.customers.create({"name": "Ada"}, options={"idempotency_key": "k"})
        assert again.id == made.id
        done = caller.control("pay", session=sessions[1].id)
        assert done["state"] == "succeeded"
        assert len(client.checkout.sessions.list({"status": "open"}).data) == 3
