"""Bringing a dump into the database within a transaction of our own.

pg_restore turns the dump into a script; its statements and its rows go in over the product's
own connection. So what follows (the privileges, the comparison with the manifest, the ledger's
own verification) belongs to the same transaction, and either all of it happens or nothing.
"""

import contextlib
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Self

import psycopg
from django.db import connection

from funding.recovery import archive, programs
from funding.recovery.archive import Manifest
from funding.recovery.keys import Identity
from funding.recovery.refusals import CannotRestore, Damaged

_ROWS: Final = re.compile(rb"COPY (\S+) \(.*\) FROM stdin;\n")
_END: Final = b"\\.\n"
# The lines between which psql takes no commands of its own; we are not psql.
_FOR_PSQL: Final = (b"\\restrict ", b"\\unrestrict ")
_BATCH_BYTES: Final = 1024 * 1024
# What the script sets for the session and nobody else wants to find set.
_SET: Final = (
    "check_function_bodies", "client_min_messages", "default_table_access_method",
    "default_tablespace", "idle_in_transaction_session_timeout", "lock_timeout", "row_security",
    "search_path", "statement_timeout", "transaction_timeout", "xmloption",
)  # fmt: skip


def check(path: Path, identities: list[Identity]) -> Manifest:
    """Read a backup through: seal, sums and the dump itself. Nothing is touched.

    Refuses: WrongKey, Damaged, CannotRestore.
    """
    with _Script(path, identities, to="/dev/null") as script:
        script.finish()
    return script.manifest


def load(path: Path, identities: list[Identity]) -> None:
    """Carry a backup's statements and rows into the open transaction.

    Refuses: WrongKey, Damaged, CannotRestore; the transaction is then to be rolled back.
    """
    assert connection.in_atomic_block
    raw: psycopg.Cursor[Any] = connection.connection.cursor()
    try:
        with _Script(path, identities, to="-") as script, raw:
            _carry(script.lines, raw)
            script.finish()
            raw.execute("".join(f"RESET {name};" for name in _SET).encode())
    except psycopg.Error as error:
        raise CannotRestore(f"The database refused the backup: {error}") from error


def _carry(lines: IO[bytes], raw: "psycopg.Cursor[Any]") -> None:
    statements: list[bytes] = []
    for line in lines:
        if _ROWS.fullmatch(line):
            _run(raw, statements)
            with raw.copy(line.rstrip(b";\n")) as sink:
                for batch in _rows(lines):
                    sink.write(batch)
        elif not line.startswith(_FOR_PSQL):
            statements.append(line)
    _run(raw, statements)


def _run(raw: "psycopg.Cursor[Any]", statements: list[bytes]) -> None:
    script = b"".join(statements)
    statements.clear()
    if script.strip():
        raw.execute(script)


def _rows(lines: IO[bytes]) -> Iterator[bytes]:
    """The rows of one table in batches, up to the line that ends them."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if line == _END:
            yield b"".join(batch)
            return
        batch.append(line)
        size += len(line)
        if size > _BATCH_BYTES:
            yield b"".join(batch)
            batch, size = [], 0
    raise Damaged("The dump ends in the middle of a table.")


class _Script:
    """A backup's dump as pg_restore writes it out, fed by a thread that opens the file."""

    manifest: Manifest

    def __init__(self, path: Path, identities: list[Identity], *, to: str) -> None:
        self._path, self._identities, self._to = path, identities, to
        self._failures: list[BaseException] = []
        self._is_ready = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._said = tempfile.TemporaryFile()
        self._feeder = threading.Thread(target=self._feed)
        self._feeder.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()
        self._feeder.join()
        for pipe in (self._running.stdin, self._running.stdout) if self._running else ():
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        self._said.close()

    @property
    def lines(self) -> IO[bytes]:
        """The script, line by line; nothing where the file could not be opened."""
        found = self._running.stdout if self._running is not None else None
        return found if found is not None else tempfile.TemporaryFile()

    def finish(self) -> None:
        """Make sure that the file was whole and pg_restore understood all of it."""
        self._feeder.join()
        code = self._running.wait() if self._running is not None else 0
        own = [error for error in self._failures if not isinstance(error, BrokenPipeError)]
        if own:
            raise own[0]
        if code or self._failures:
            self._said.seek(0)
            why = self._said.read(2000).decode(errors="replace").strip()
            raise Damaged(f"The dump in the backup cannot be read: {why}")

    def _feed(self) -> None:
        try:
            self.manifest = archive.read(self._path, self._identities, self._start)
            assert self._running is not None
            assert self._running.stdin is not None
            self._running.stdin.close()
        except BaseException as error:  # noqa: BLE001 -- raised by `finish` in the other thread
            self._failures.append(error)
            if self._running is not None:
                self._running.kill()
        finally:
            self._is_ready.set()

    def _start(self, manifest: Manifest) -> IO[bytes]:
        if (manifest.get("product"), manifest.get("form")) != ("manul-fund", 1):
            raise Damaged("The backup is of another product, or of a form that is not known here.")
        program = programs.reader(int(manifest["postgresql"]))
        self._running = subprocess.Popen(
            [program, "--no-owner", "--no-privileges", "--file", self._to],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=programs.environment(),
        )
        self._is_ready.set()
        assert self._running.stdin is not None
        return self._running.stdin
