"""`manage.py up`: start everything in order, say when it answers, stop everything in order."""

import argparse
import importlib.util
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from funding.sandbox.up import environment, ports, system, webhooks
from funding.sandbox.up.children import Crew
from funding.sandbox.up.environment import Keys, Lock
from funding.sandbox.up.processes import end_leftovers
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.services import Services

DEMO = "funding.sandbox.demo"
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


def main(root: Path, given: list[str]) -> int:
    """Run everything until Ctrl-C; 0 then, 1 when something failed."""
    parser = argparse.ArgumentParser(
        prog="manage.py up",
        description="Everything on one machine. PORT and SANDBOX_PORT move the ports.",
    )
    parser.add_argument("--fresh", action="store_true", help="forget ./var first")
    parser.add_argument("--no-demo", action="store_true", help="start with an empty database")
    options = parser.parse_args(given)
    return Up(root).run(fresh=options.fresh, demo=not options.no_demo)


class Up:
    """One run of everything in one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.var = root / "var"
        self.began = time.monotonic()
        self.asked = 0
        self.services = Services.of_checkout(root)
        self.crew = Crew(root, self.services, self.tick)

    def run(self, *, fresh: bool, demo: bool) -> int:
        """Start, watch, stop."""
        lock = Lock(self.var)
        if not lock.take():
            raise CannotStart("Already running from this folder. Stop it there with Ctrl-C first.")
        for number in ENDS:
            signal.signal(number, self.ask)
        try:
            self.start(fresh=fresh, demo=demo)
            return self.watch()
        except Stopped:
            return 0
        finally:
            self.crew.stop()
            (self.var / environment.WRITTEN).unlink(missing_ok=True)
            lock.release()
            if self.asked:
                tell("Stopped.")

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Note the wish to stop; it is carried out between two steps, never inside one."""
        self.asked = number
        if not self.crew.stopping:
            tell("\nStopping …")

    def tick(self) -> None:
        """Give up starting when somebody asked to."""
        if self.asked:
            raise Stopped

    def say(self, text: str) -> None:
        """A line about a finished step, with the seconds since the beginning."""
        tell(f"  {time.monotonic() - self.began:5.1f} s  {text}")

    def start(self, *, fresh: bool, demo: bool) -> None:
        """Bring everything up; returns when all of it answers."""
        (self.var / environment.WRITTEN).unlink(missing_ok=True)
        ended = end_leftovers(self.var / "pids.json", self.root)
        if ended:
            self.say(f"Ended what the last run had left: {', '.join(ended)}")
        port, sandbox_port = ports.chosen()
        if fresh:
            forget(self.var)
        system.provide(self.var / "apt-failed")
        keys = Keys(self.var)
        smtp_port = ports.any_free()
        self.crew.start_sandbox(port=port, sandbox_port=sandbox_port, smtp_port=smtp_port)
        self.services.start(self.tick)
        self.say("Database and queue run")

        def told() -> dict[str, str]:
            return self.services.environment | environment.product(
                self.var, keys, port=port, sandbox_port=sandbox_port, smtp_port=smtp_port
            )

        self.crew.run_once("prepare", "funding.sandbox.up.prepare", as_owner(told()))
        self.say("Tables and static files are up to date")
        self.crew.wait_for_sandbox(sandbox_port)
        self.say("Stripe sandbox and mailbox run")
        if demo and importlib.util.find_spec(DEMO):
            # Before the sandbox knows where to deliver: the story books its own gifts, and
            # nobody is listening yet.
            self.crew.run_once("demo", DEMO, told())
            self.say("Demo data are there")
        address = f"http://127.0.0.1:{sandbox_port}"
        webhooks.register(address, keys, f"http://127.0.0.1:{port}/stripe/webhook/")
        environment.write(self.var, told())
        self.crew.start_product(told(), port)
        self.say("Web, worker and scheduler run")
        self.announce(port, sandbox_port)

    def announce(self, port: int, sandbox_port: int) -> None:
        """Say what is where; the last line is the one that scripts wait for."""
        tell(
            f"\n  The fund      http://localhost:{port}"
            f"\n  Give          http://localhost:{port}/give/"
            f"\n  Sandbox       http://localhost:{sandbox_port}   test cards, clock, faults"
            f"\n  Mailbox       http://localhost:{sandbox_port}/mail"
            f"\n  Data and logs {self.var}"
            "\n  Ctrl-C stops it all; the next start goes on where this one ended.\n"
            f"\nReady: http://localhost:{port}"
        )

    def watch(self) -> int:
        """Wait for the wish to stop; 1 when a child ends by itself."""
        while not self.asked:
            dead = next((child for child in self.crew.all() if not child.is_running()), None)
            if dead is not None and not self.asked:
                tell(
                    f"{dead.name} has ended by itself, so everything stops. "
                    f"{dead.log} ends:\n{dead.last_lines()}"
                )
                return 1
            time.sleep(0.2)
        return 0


def tell(text: str) -> None:
    """Say something to whoever still listens; a closed terminal is no reason to fail."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_owner(told: dict[str, str]) -> dict[str, str]:
    """The same environment for work on the tables, which only their owner may change."""
    owner = told.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL")
    return told | ({"DATABASE_URL": owner} if owner else {})


def forget(var: Path) -> None:
    """Empty ./var; the locks stay, since somebody may be waiting at one."""
    for path in var.iterdir():
        if path.suffix == ".lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
