"""The processes of `up`: which there are, in which order they start and stop."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from funding.sandbox.up.processes import Child, remember, wait_until
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.services import Services

WEB_WORKERS = "2"
WEB_THREADS = "4"
JOB_PROCESSES = "2"
# Parts named by the health page; the age of the ledger's fold is no matter of starting.
LIVING = ("database", "queue", "worker", "scheduler")


class Crew:
    """All children of one run."""

    def __init__(self, root: Path, services: Services, tick: Callable[[], None]) -> None:
        self.root = root
        self.logs = root / "var" / "log"
        self.services = services
        self.services.on_change = self.note
        self.tick = tick
        self.stopping = False
        self.sandbox: list[Child] = []
        self.product: list[Child] = []

    def all(self) -> list[Child]:
        """Every running child, in the order of dependence."""
        return [*self.services.children, *self.sandbox, *self.product]

    def note(self) -> None:
        """Write down who runs, for a start after a crash."""
        remember(self.root / "var" / "pids.json", self.all())

    def launch(
        self,
        name: str,
        arguments: list[str],
        env: Mapping[str, str],
        *,
        log: str,
        patience_seconds: float = 10.0,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start `python -m ...` as a child with a log of its own."""
        return Child(
            name,
            [sys.executable, "-m", *arguments],
            log=self.logs / f"{log}.log",
            mark=arguments[0],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
            cwd=self.root,
            patience_seconds=patience_seconds,
            stop_signal=stop_signal,
        )

    def start_sandbox(self, *, port: int, sandbox_port: int, smtp_port: int) -> None:
        """Start the process of Stripe, mailbox and console."""
        arguments = [
            "funding.sandbox.console",
            "--port", str(sandbox_port),
            "--smtp-port", str(smtp_port),
            "--state-dir", str(self.root / "var" / "sandbox"),
            "--clock-file", str(self.root / "var" / "clock"),
            "--people-file", str(self.root / "var" / "people.json"),
            "--product-url", f"http://localhost:{port}",
        ]  # fmt: skip
        # What runs after each day of its clock is a command of the checkout like any other:
        # it finds the services by itself.
        self.sandbox.append(self.launch("Sandbox", arguments, {}, log="sandbox"))
        self.note()

    def wait_for_sandbox(self, port: int) -> None:
        """Wait until the sandbox answers."""
        # One mail is asked for: a year of them takes longer than an answer may.
        url = f"http://127.0.0.1:{port}/mail.json?limit=1"
        wait_until(lambda: answers(url), self.sandbox[0], seconds=60, tick=self.tick)

    def run_once(self, name: str, module: str, env: Mapping[str, str]) -> None:
        """Run a module to its end; its log is shown when it fails."""
        child = self.launch(name, [module], env, log=name)
        # While it runs it is remembered like the others, so that a crash leaves nothing behind.
        self.product.append(child)
        self.note()
        try:
            while child.is_running():
                self.tick()
                self.check()
                _pause(child)
        finally:
            child.stop()
            self.product.remove(child)
            self.note()
        if child.process.returncode:
            raise CannotStart(f"{module} failed. {child.log} ends:\n{child.last_lines(40)}")

    def start_product(self, env: Mapping[str, str], port: int) -> None:
        """Start web, worker and scheduler, and wait until the health page is content."""
        web = [
            "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", WEB_WORKERS, "--blocking-threads", WEB_THREADS, "--backpressure", "64",
            "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "4",
            "funding.wsgi:application",
        ]  # fmt: skip
        celery = ["celery", "--quiet", "-A", "funding.celery:app"]
        worker = [
            "worker", "--loglevel", "info", "--concurrency", JOB_PROCESSES,
            "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        as_root = {"C_FORCE_ROOT": "1"} if os.geteuid() == 0 else {}
        env = {**env, **as_root}
        jobs = self.launch("Worker", [*celery, *worker], env, log="worker", patience_seconds=30)
        self.product.append(jobs)
        beat = ["beat", "--loglevel", "info", "--pidfile="]
        self.product.append(self.launch("Scheduler", [*celery, *beat], env, log="scheduler"))
        self.product.append(self.launch("Web", web, env, log="web"))
        self.note()
        url, since = f"http://127.0.0.1:{port}/healthz", time.monotonic()
        wait_until(
            lambda: all_live(url, since),
            self.product[-1],
            seconds=120,
            pause_seconds=0.2,
            tick=self.check,
        )

    def check(self) -> None:
        """Say at once when a child dies while others are still starting."""
        self.tick()
        for child in self.all():
            if not child.is_running() and child.process.returncode:
                raise CannotStart(
                    f"{child.name} has ended while starting. {child.log} ends:\n"
                    f"{child.last_lines()}"
                )

    def stop(self) -> None:
        """Stop the product, then the sandbox, the queue and last the database."""
        self.stopping = True
        for child in self.product:
            # All at once: each has work of its own to finish.
            child.ask_to_stop()
        for group in (self.product, self.sandbox):
            for child in group:
                child.stop()
            group.clear()
        self.services.stop()


def all_live(url: str, since: float) -> bool:
    """Whether the health page has seen a sign of life of every part since that instant.

    Signs are kept for a while, so those of the last run must not be taken for new ones.
    """
    elapsed = time.monotonic() - since
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            signs = json.load(answer)
    except (OSError, ValueError):
        return False
    found = [signs.get(name, {}) for name in LIVING]
    return all(sign.get("ok") and sign.get("age_seconds", 0) <= elapsed for sign in found)


def answers(url: str) -> bool:
    """Whether the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _pause(child: Child) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(0.05)
