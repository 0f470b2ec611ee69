"""A fund that has lived, its backup, and an empty database to bring it back into."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import ManagementUtility
from django.db import connection

from donors import gifts, receipts
from donors.models import Gift, Receipt
from funding.ledger import balances
from funding.recovery import keys
from tests import make
from tests.conftest import superuser_connection
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who can open backups."""

    file: Path
    public: str


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    """The holder of a secret key, somewhere else."""
    file = tmp_path / "keeper.key"
    return Keeper(file, keys.make(file))


class Database:
    """A database as its owner sees it, and commands of manage.py that run on it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def url(self, role: str) -> str:
        """Its address for a role."""
        parts = urlsplit(os.environ["DATABASE_URL"])
        place = f"{role}@" + (parts.netloc.rpartition("@")[2])
        return urlunsplit((parts.scheme, place, f"/{self.name}", parts.query, ""))

    def environment(self, role: str = "manul_owner", **changed: str) -> dict[str, str]:
        """The environment of such a process."""
        told = {"MANUL_ENV": "system", "DATABASE_URL": self.url(role), "BACKUP_RECIPIENTS": ""}
        return dict(os.environ) | told | changed

    def process(
        self, *words: str | Path, role: str = "manul_owner", **changed: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py on it as a person would, with its own environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=self.environment(role, **changed),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def command(
        self, *words: str | Path, role: str = "manul_owner", typed: str = "", **changed: str
    ) -> "subprocess.CompletedProcess[str]":
        """The same from inside this process, which spares a start of three seconds.

        It goes through the command line's own door, so parsing, refusals and exit codes are
        those of `process`.
        """
        argv = ["manage.py", *map(str, words)]
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            self._served(role),
            pytest.MonkeyPatch.context() as shell,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            shell.setattr(sys, "stdin", io.StringIO(typed))
            for name, value in changed.items():
                shell.setenv(name, value)
            try:
                ManagementUtility(argv).fetch_command(argv[1]).run_from_argv(argv)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _served(self, role: str) -> Iterator[None]:
        """This process on this database in that role, and afterwards where it was."""
        told = connection.settings_dict
        before = told["NAME"], told["USER"]
        connection.close()
        told["NAME"], told["USER"] = self.name, role
        try:
            yield
        finally:
            connection.close()
            told["NAME"], told["USER"] = before
            # Numbered otherwise in the other database.
            ContentType.objects.clear_cache()

    def ask(self, question: str, role: str = "manul_owner") -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        with psycopg.connect(self.url(role), autocommit=True) as asked:
            done = asked.execute(question.encode())
            return done.fetchall() if done.description else []


@pytest.fixture
def here(committed: None) -> Database:
    """The database under test."""
    return Database(str(connection.settings_dict["NAME"]))


@pytest.fixture
def empty(here: Database) -> Iterator[Database]:
    """An empty database beside it, as a deployment makes one."""
    name = f"{here.name}_again"
    with superuser_connection() as root:
        root.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        root.execute(f'CREATE DATABASE "{name}" OWNER manul_owner'.encode())
        yield Database(name)
        root.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def receipt(here: Database, stripe: Sandbox) -> Receipt:
    """A gift that was paid, valued and receipted, with its document made."""
    visitor = Visitor(stripe)
    gift = make.gift(make.fund(make.entity()))
    visitor.pays(gift)
    gifts.follow(gift.pk)
    visitor.waits()
    gifts.follow(gift.pk)
    made = Receipt.objects.get(gift=gift)
    receipts.make(made.pk)
    balances.fold()
    made.refresh_from_db()
    assert made.document is not None
    assert made.document.content
    assert Gift.objects.get(pk=gift.pk).final_at is not None
    # The commands that follow are to find nobody else at work here.
    connection.close()
    return made


@pytest.fixture
def backup(here: Database, keeper: Keeper, receipt: Receipt, tmp_path: Path) -> Path:
    """A backup of that fund."""
    folder = tmp_path / "backups"
    done = here.command("backup", "--to", folder, "--recipient", keeper.public)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.age")
    return path
