"""A PostgreSQL of one simulation's own: it may crash while other tests have theirs beside it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from django.db import connection, connections

from funding.sandbox.up import binaries, cluster
from funding.sandbox.up.services import OWNER
from tests.simulation.machines import Machine

RECOVERED: Final = "automatic recovery in progress"
_STOP_SECONDS: Final = 10


class Database(Machine):
    """The server that `up` starts, with all that it does so that nothing committed is lost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cluster.make(folder / "pg", durable=False)
        super().__init__(
            "postgres",
            cluster.command(folder / "pg", sockets=folder, durable=True),
            folder=folder,
            env=cluster.plain_environment(),
            answers=lambda _: self._answers_us(),
        )

    def start(self) -> None:
        """Start it, unless it runs; what a crash has left is no reason not to."""
        if not self.is_up:
            for path in (self.folder / "pg/postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
                cluster.forget_stale_pid(path)
        super().start()

    def kill(self) -> None:
        """The immediate stop: every session ends where it is and nothing is written out."""
        if self._child is not None and self._child.is_running():
            self._child.process.send_signal(signal.SIGQUIT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.process.wait(_STOP_SECONDS)
        super().kill()

    def address(self, name: str) -> str:
        """One of its databases, for the one who may do all."""
        return f"postgresql://{cluster.SUPERUSER}@/{name}?host={quote(str(self.folder), safe='')}"

    def _answers_us(self) -> bool:
        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def copy(self, source: str, application: str) -> None:
        """Make the roles, and the database at an address as it is there now."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as root:
            for role in (OWNER, application):
                root.execute(f'CREATE ROLE "{role}" LOGIN'.encode())
        dump = [str(binaries.postgres("pg_dump")), "--create", f"--dbname={source}"]
        told = subprocess.run(dump, check=True, capture_output=True)
        play = [str(binaries.postgres("psql")), "-qX", "-v", "ON_ERROR_STOP=1"]
        play += ["-d", self.address("postgres")]
        subprocess.run(play, input=told.stdout, check=True, capture_output=True)


@contextlib.contextmanager
def own_database(folder: Path) -> Iterator[Database]:
    """One that holds what the database under test holds; until the end it takes its place."""
    shared, name = os.environ["DATABASE_SUPERUSER_URL"], connection.settings_dict["NAME"]
    database = Database(folder)
    try:
        database.start()
        database.wait()
        database.copy(_at(shared, name), connection.settings_dict["USER"])
        with _in_its_place(database):
            yield database
    finally:
        database.kill()


def _at(address: str, name: str) -> str:
    """The same server's database of another name."""
    before, _, query = address.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"


@contextlib.contextmanager
def _in_its_place(database: Database) -> Iterator[None]:
    """Whoever connects to the database under test from here on connects to this one."""
    # Every thread's connection is made from this one dictionary.
    parts = connections.settings["default"]
    ours = {"HOST": str(database.folder), "PORT": "", "PASSWORD": ""}
    before = {part: parts[part] for part in ours}
    shared = os.environ["DATABASE_SUPERUSER_URL"]
    connections.close_all()
    parts.update(ours)
    os.environ["DATABASE_SUPERUSER_URL"] = database.address(parts["NAME"])
    try:
        yield
    finally:
        connections.close_all()
        parts.update(before)
        os.environ["DATABASE_SUPERUSER_URL"] = shared
