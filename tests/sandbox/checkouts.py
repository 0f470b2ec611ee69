"""A copy of the checkout in which `manage.py up` runs as a person would run it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg

from funding.sandbox.up import environment
from funding.sandbox.up.ports import any_free

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*_cache", "tests")
# A start with its year takes two minutes on two idle cores; test runs leave none idle.
PATIENCE_SECONDS = 600


class Checkout:
    """A copy of the product and the commands that are run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "manul"
        shutil.copytree(ROOT, self.folder, ignore=LEFT_OUT)
        self.port, self.sandbox_port = any_free(), any_free()
        self.runs: list[subprocess.Popen[str]] = []

    @property
    def env(self) -> dict[str, str]:
        """The environment of a person's shell, without what this test run was told."""
        told = {"MANUL_ENV": "system", "PORT": str(self.port)}
        told["SANDBOX_PORT"] = str(self.sandbox_port)
        kept = ("PATH", "HOME", "LANG")
        return {name: os.environ[name] for name in kept if name in os.environ} | told

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def up(self, *switches: str) -> "subprocess.Popen[str]":
        """Start everything and wait for the line that says so."""
        output = self.folder / "up.out"
        with output.open("w") as sink:
            run = subprocess.Popen(
                [sys.executable, "manage.py", "up", *switches],
                cwd=self.folder,
                env=self.env,
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.runs.append(run)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while f"Ready: http://localhost:{self.port}\n" not in output.read_text():
            assert run.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        return run

    def said(self) -> str:
        """What the last `up` has said."""
        return (self.folder / "up.out").read_text()

    def members(self) -> list[psutil.Process]:
        """Every process of the last run besides the supervisor."""
        notes = json.loads((self.folder / "var" / "pids.json").read_text())
        groups = {note["pid"] for note in notes}
        found = []
        for process in psutil.process_iter():
            try:
                if os.getpgid(process.pid) in groups and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (OSError, psutil.Error):
                continue
        return found

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database of the running `up` as its owner."""
        told = environment.read(self.folder / "var")
        with psycopg.connect(told["DATABASE_OWNER_URL"], autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def get(self, port: int, path: str, host: str = "localhost") -> str:
        """A page that must be there."""
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=20) as answer:
            assert answer.status == 200
            text: str = answer.read().decode()
            return text

    def close(self) -> None:
        """End whatever still runs."""
        for run in self.runs:
            if run.poll() is None:
                run.send_signal(signal.SIGINT)
                try:
                    run.wait(60)
                except subprocess.TimeoutExpired:
                    run.kill()
                    run.wait()
