"""The sandbox as the process that `up` starts: one command, everything kept through a kill."""

import json
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funding.sandbox.up.environment import Keys
from funding.sandbox.up.ports import any_free
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.webhooks import register
from tests.sandbox.rehearsal import receipt

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A running `python -m funding.sandbox.console`."""

    def __init__(self, folder: Path) -> None:
        self.port, self.smtp_port = any_free(), any_free()
        arguments = ["--port", str(self.port), "--smtp-port", str(self.smtp_port)]
        arguments += ["--state-dir", str(folder), "--clock-file", str(folder / "clock")]
        arguments += ["--product-url", "http://localhost:8000"]
        self.running = subprocess.Popen(
            [sys.executable, "-m", "funding.sandbox.console", *arguments], cwd=ROOT
        )
        self.url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it listens yet."""
        try:
            self.ask("/mail.json")
        except OSError:
            return False
        return True

    def ask(self, path: str, wanted: dict[str, Any] | None = None) -> Any:
        """One JSON request."""
        data = None if wanted is None else json.dumps(wanted).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=20) as answer:
            return json.load(answer)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.running.send_signal(number)
        return self.running.wait(20)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path)
    yield started
    if started.running.poll() is None:
        started.stop()


def test_mails_and_payments_outlive_a_kill(process: Process, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", process.smtp_port, timeout=10) as connection:
        connection.send_message(receipt())
    keys = Keys(tmp_path)
    register(process.url, keys, "http://127.0.0.1:9/stripe/webhook/")
    secret = keys["webhook_secret"]
    assert secret.startswith("whsec_")
    process.stop(signal.SIGKILL)

    again = Process(tmp_path)
    assert [mail["to"] for mail in again.ask("/mail.json")] == [["alice@example.org"]]
    register(again.url, keys, "http://127.0.0.1:9/stripe/webhook/")
    assert keys["webhook_secret"] == secret
    assert again.stop() == 0


def test_a_webhook_endpoint_follows_the_port_and_is_made_anew_when_forgotten(
    process: Process, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    register(process.url, keys, "http://127.0.0.1:9/stripe/webhook/")
    first = keys["webhook_endpoint"]
    register(process.url, keys, "http://127.0.0.1:10/stripe/webhook/")
    assert keys["webhook_endpoint"] == first
    process.ask("/_control/reset", {"endpoints": True})
    register(process.url, keys, "http://127.0.0.1:10/stripe/webhook/")
    assert keys["webhook_endpoint"] != first


def test_a_refusal_of_the_sandbox_is_told(process: Process, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="The sandbox answered 400"):
        register(process.url, Keys(tmp_path), "not an address")
