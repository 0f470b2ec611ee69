"""Databases of the benchmarks' own, on the server that was named; all dropped in the end."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.benchmarks.answering import ROOT, Worker
from tests.benchmarks.rounds import Slice

OWNER, APPLICATION = "manul_owner", "manul_app"
TEMPLATE = "bench_template"


class NotDurable(Exception):
    """The database would lose what was committed, so its speed says nothing."""


class Ground:
    """The database server; makes a fresh database for each benchmark."""

    def __init__(self, template: str = "") -> None:
        self._superuser = os.environ["DATABASE_SUPERUSER_URL"]
        self._made: list[str] = []
        # A database with the product's tables that stands already, and stays.
        self._template = template
        self.peers_python = os.environ.get("BENCH_PYTHON", "")

    def address(self, role: str, name: str) -> str:
        """The address of one of our databases, for a role."""
        parts = urlsplit(self._superuser)
        host = parts.netloc.rpartition("@")[2]
        if role == "superuser":
            return urlunsplit(parts._replace(path=f"/{name}"))
        password = urlsplit(os.environ["DATABASE_URL"]).password
        login = f"{role}:{password}" if password else role
        return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{name}"))

    def superuser(self, name: str = "postgres") -> "psycopg.Connection[Any]":
        """A connection that may do anything, outside a transaction."""
        return psycopg.connect(self.address("superuser", name), autocommit=True)

    def empty(self, name: str) -> str:
        """A new database without tables, the owner's."""
        return self._make(name, sql.SQL("OWNER {}").format(sql.Identifier(OWNER)))

    def migrated(self, name: str) -> str:
        """A new database with the product's tables."""
        if self._template:
            return self.copied(name, self._template)
        if TEMPLATE not in self._made:
            self.empty(TEMPLATE)
            env = self.environment(OWNER, TEMPLATE)
            command = [sys.executable, "-m", "django", "migrate", "-v", "0"]
            subprocess.run(command, cwd=ROOT, env=env, check=True)
        return self.copied(name, TEMPLATE)

    def copied(self, name: str, of: str) -> str:
        """A copy of one of our databases, to which nobody is connected."""
        template = sql.SQL("OWNER {} TEMPLATE {}")
        return self._make(name, template.format(*map(sql.Identifier, (OWNER, of))))

    def environment(self, role: str, name: str) -> dict[str, str]:
        """What a process is told that works on one of our databases."""
        return {**os.environ, "DATABASE_URL": self.address(role, name)}

    def own(self, module: str, name: str, **more: str) -> Worker:
        """A process of the product on a database, in the application's role."""
        env = self.environment(APPLICATION, name) | more
        return Worker(f"tests.benchmarks.own.{module}", env)

    def peer(self, module: str, name: str = "postgres", **more: str) -> Worker:
        """A process of a peer on a database, in its own environment."""
        env = {
            key: value
            for key, value in self.environment(OWNER, name).items()
            if key not in {"DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "PYTHONPATH"}
        }
        return Worker(f"tests.benchmarks.peers.{module}", env | more, self.peers_python)

    def settings(self) -> Mapping[str, str]:
        """How the server keeps its promises; raises NotDurable if it does not."""
        with self.superuser() as root:
            names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
            told = {
                name: root.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
                for name in names
            }
        if {told["fsync"], told["synchronous_commit"], told["full_page_writes"]} != {"on"}:
            raise NotDurable(f"These benchmarks want a durable server, not {told}.")
        return told

    def _make(self, name: str, how: sql.Composed) -> str:
        with self.superuser() as root:
            root.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            root.execute(sql.SQL("CREATE DATABASE {} ").format(sql.Identifier(name)) + how)
        self._made.append(name)
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self.superuser() as root:
            for name in self._made:
                gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                root.execute(gone.format(sql.Identifier(name)))


def with_server(pid: int, deed: Callable[[], Mapping[str, float]]) -> Slice:
    """A slice whose CPU time has that of the server's process in it, where that can be read."""
    before = _server_cpu(pid)
    found = Slice.of(deed())
    return replace(found, cpu=found.cpu + _server_cpu(pid) - before)


def _server_cpu(pid: int) -> float:
    """Seconds of CPU that a process of this machine has had; 0 where that cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
