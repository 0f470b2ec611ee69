"""The embedded PostgreSQL and Valkey: real servers, on sockets only this user can open.

With DATABASE_URL or REDIS_URL in the environment that server is used and none is started.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from funding.sandbox.up import binaries, cluster
from funding.sandbox.up.processes import Child, end_leftovers, remember, wait_until
from funding.sandbox.up.reasons import CannotStart

OWNER = "manul_owner"
APPLICATION = "manul_app"
DATABASE = "manul"
MEMORY = Path("/dev/shm")  # noqa: S108 - throw-away databases only, in folders of mode 700.
MEMORY_NEEDED_BYTES = 2_000_000_000
# The path of a socket may be about 104 bytes long, so sockets do not stand in the checkout.
SHORT = Path("/tmp")  # noqa: S108 - owner and mode of the folder inside are checked.
THROW_AWAY = "manul-try-"
# Recovery after a crash may take a while, and is no reason to give up.
START_SECONDS = 120
# What PostgreSQL says until the last session of a killed server has noticed and ended.
LINGERING = "is still in use"
LINGERING_SECONDS = 15


def _nothing() -> None:
    """Do nothing between two looks at a server that is starting."""


class Services:
    """A PostgreSQL and a Valkey that start and stop together."""

    def __init__(
        self, folder: Path, *, logs: Path, sockets: Path, durable: bool, lasting: bool
    ) -> None:
        """Describe the pair; nothing runs yet.

        `folder` holds the data, `durable` keeps what was committed through a power cut, and
        `lasting` means that the data outlive this run.
        """
        self.folder = folder
        self.logs = logs
        self.sockets = sockets
        self.durable = durable
        self.lasting = lasting
        # Asked once: later on the environment may name the very servers started here.
        self._with_database = not _told("DATABASE_URL")
        self._with_queue = not _told("REDIS_URL")
        self.children: list[Child] = []
        self.on_change: Callable[[], None] = _nothing
        self._lock: IO[str] | None = None

    @classmethod
    def of_checkout(cls, root: Path) -> Self:
        """The services of `up`: their data are in ./var and outlive it."""
        var = root / "var"
        # Another user's checkout has another folder, so neither finds it taken.
        name = hashlib.sha256(f"{root}:{os.geteuid()}".encode()).hexdigest()[:10]
        sockets = SHORT / f"manul-{name}"
        return cls(var, logs=var / "log", sockets=sockets, durable=True, lasting=True)

    @classmethod
    def throw_away(cls, *, durable: bool) -> Self:
        """Services for one run of tests or benchmarks; their data go when they stop."""
        clear_abandoned()
        in_memory = not durable and _has_room(MEMORY)
        folder = Path(tempfile.mkdtemp(prefix=THROW_AWAY, dir=MEMORY if in_memory else SHORT))
        services = cls(folder, logs=folder, sockets=folder, durable=durable, lasting=False)
        # Locked under another name first: a run that clears up must never see it unlocked.
        services._lock = _claimed(folder / "lock.new")
        (folder / "lock.new").rename(folder / "lock")
        services.on_change = lambda: remember(folder / "pids.json", services.children)
        return services

    @property
    def environment(self) -> dict[str, str]:
        """The addresses under which the servers answer, by the names the product reads."""
        own = {}
        if self._with_database:
            own["DATABASE_URL"] = self._database(APPLICATION, DATABASE)
            own["DATABASE_OWNER_URL"] = self._database(OWNER, DATABASE)
            own["DATABASE_SUPERUSER_URL"] = self._database(cluster.SUPERUSER, DATABASE)
        if self._with_queue:
            own["REDIS_URL"] = f"unix://{self._queue_socket}?db=0"
        return own

    def _database(self, role: str, name: str) -> str:
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    @property
    def _queue_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def start(self, tick: Callable[[], None] = _nothing) -> None:
        """Start what the environment does not name, and wait until both answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        private_folder(self.sockets)
        queue = self._start_queue() if self._with_queue else None
        if self._with_database:
            self._start_database_patiently(tick)
            self._make_roles()
        if queue:
            wait_until(self._queue_answers, queue, seconds=START_SECONDS, tick=tick)

    def stop(self) -> None:
        """Stop both; throw-away data are removed."""
        for child in self.children:
            child.stop()
        self.children.clear()
        self.on_change()
        # Empty now, unless a server had to be killed; then the next start clears it up.
        with contextlib.suppress(OSError):
            self.sockets.rmdir()
        if not self.lasting:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock:
            self._lock.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _started(self, child: Child) -> Child:
        self.children.append(child)
        self.on_change()
        return child

    # -- PostgreSQL

    def _start_database_patiently(self, tick: Callable[[], None]) -> None:
        """Start it; while sessions of a killed server are still ending, try again."""
        deadline = time.monotonic() + LINGERING_SECONDS
        while True:
            child = self._start_database()
            try:
                wait_until(self._database_answers, child, seconds=START_SECONDS, tick=tick)
            except CannotStart:
                if LINGERING not in child.last_lines() or time.monotonic() > deadline:
                    raise
                child.stop()
                self.children.remove(child)
                time.sleep(0.2)
            else:
                return

    def _start_database(self) -> Child:
        folder = self.folder / "pg"
        if not (folder / "PG_VERSION").exists():
            cluster.make(folder, durable=self.durable)
        cluster.check(folder)
        for path in (folder / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            cluster.forget_stale_pid(path)
        return self._started(
            Child(
                "PostgreSQL",
                cluster.command(folder, sockets=self.sockets, durable=self.durable),
                log=self.logs / "postgres.log",
                mark="postgres",
                env=cluster.plain_environment(),
                # The fast stop: sessions are ended and everything is written out.
                stop_signal=signal.SIGINT,
                patience_seconds=60,
            )
        )

    def _database_answers(self) -> bool:
        try:
            psycopg.connect(
                self._database(cluster.SUPERUSER, "postgres"), connect_timeout=2
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        """Make the two roles and the database where they are not there yet."""
        address = self._database(cluster.SUPERUSER, "postgres")
        with psycopg.connect(address, autocommit=True) as connection:
            rows = connection.execute("SELECT rolname FROM pg_roles").fetchall()
            roles = {row[0] for row in rows}
            if OWNER not in roles:
                connection.execute("CREATE ROLE manul_owner LOGIN CREATEDB")
            if APPLICATION not in roles:
                connection.execute("CREATE ROLE manul_app LOGIN")
            there = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(there, [DATABASE]).fetchone() is None:
                connection.execute("CREATE DATABASE manul OWNER manul_owner")

    # -- Valkey

    def _start_queue(self) -> Child:
        data = self.folder / "valkey"
        data.mkdir(exist_ok=True)
        self._queue_socket.unlink(missing_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self._queue_socket),
            "--unixsocketperm": "700",
            "--dir": str(data),
            "--save": "",
            "--appendonly": "yes" if self.durable else "no",
            "--appendfsync": "everysec",
            "--maxmemory-policy": "noeviction",
            "--daemonize": "no",
        }
        return self._started(
            Child(
                "Valkey",
                [binaries.valkey(), *(part for pair in options.items() for part in pair)],
                log=self.logs / "valkey.log",
                mark="valkey-server",
                env=cluster.plain_environment(),
                patience_seconds=30,
            )
        )

    def _queue_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2)
                probe.connect(str(self._queue_socket))
                probe.sendall(b"PING\r\n")
                # While it reads its file back it answers -LOADING.
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _told(name: str) -> bool:
    return name in os.environ or f"{name}_FILE" in os.environ


def private_folder(folder: Path) -> None:
    """Make a folder that only this user can enter, or refuse one that is not so."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise CannotStart(
            f"{folder} is there already and is not a private folder of this user. Remove it."
        )


def _has_room(folder: Path) -> bool:
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MEMORY_NEEDED_BYTES
    except OSError:
        return False


def _claimed(path: Path) -> IO[str] | None:
    """The lock file, held; or nothing if a living run holds it."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def clear_abandoned() -> None:
    """End and remove throw-away services whose run was killed."""
    for place in (MEMORY, SHORT):
        for folder in place.glob(f"{THROW_AWAY}*"):
            if folder.lstat().st_uid != os.geteuid() or not (folder / "lock").exists():
                continue
            lock = _claimed(folder / "lock")
            if lock:
                with lock:
                    end_leftovers(folder / "pids.json", folder)
                    shutil.rmtree(folder, ignore_errors=True)
