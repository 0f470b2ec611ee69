"""Making a backup: one sealed file that is whole, or none."""

import contextlib
import datetime as dt
import fcntl
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.db import connection, transaction

from funding import VERSION, clock
from funding.audit import log
from funding.recovery import archive, erased, figures, programs
from funding.recovery.keys import Recipient
from funding.recovery.refusals import CannotBackUp

PATTERN: Final = re.compile(r"manul-\d{8}T\d{6}Z\.backup\.age")
_UNFINISHED: Final = ".part"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that stands, and the older ones that went for it."""

    path: Path
    manifest: dict[str, Any]
    seconds: float
    removed: list[Path]


def make(*, to: Path, recipients: list[Recipient], keep: int | None = None) -> Made:
    """Write one backup into a folder and keep the `keep` newest there; None keeps all.

    The file appears under its name when every byte of it is on the disk. Refuses:
    CannotBackUp.
    """
    started = time.monotonic()
    try:
        to.mkdir(parents=True, exist_ok=True)
        with _alone(to):
            path, manifest = _make(to, recipients)
            removed = _remove_old(to, keep) if keep is not None else []
            erased.copy(to)
    except OSError as error:
        raise CannotBackUp(f"The backup cannot be written to {to}: {error.strerror}.") from error
    log.record(actor="system", action="backup.made", subject=f"backup:{path.name}")
    return Made(path, manifest, time.monotonic() - started, removed)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, and clear it of what a killed backup left half written."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotBackUp(f"Another backup is being written to {folder}.") from error
        for left in folder.glob(f".manul-*{_UNFINISHED}"):
            left.unlink()
        yield


def _make(to: Path, recipients: list[Recipient]) -> tuple[Path, dict[str, Any]]:
    path = _name(to)
    unfinished = to / f".{path.name}{_UNFINISHED}"
    try:
        with _private(unfinished) as file:
            manifest = _write(file, recipients)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _settle(to)
    return path, manifest


def _name(to: Path) -> Path:
    """A name by the second; two in one second wait for the next."""
    while True:
        path = to / f"manul-{clock.now():%Y%m%dT%H%M%SZ}.backup.age"
        if not path.exists():
            return path
        time.sleep(0.1)


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _settle(folder: Path) -> None:
    """Have the folder's entry itself on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _write(file: IO[bytes], recipients: list[Recipient]) -> dict[str, Any]:
    """Dump and figures of one and the same instant, sealed into the file."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _refuse_stranger(cursor)
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version_num')")
            snapshot, version = cursor.fetchone()
        major = int(version) // 10_000
        manifest = _manifest(clock.now(), major)
        with _dump(programs.dumper(major), snapshot) as dump:
            sums = archive.write(file, manifest, dump, recipients)
    return manifest | {"sha256": sums[archive.DUMP]}


def _refuse_stranger(cursor: Any) -> None:  # noqa: ANN401 -- Django's own is untyped
    cursor.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND NOT pg_has_role(current_user, relowner, 'USAGE')"
    )
    if cursor.fetchone()[0]:
        raise CannotBackUp(
            "Only the owner of the tables can back them up. Set DATABASE_URL to the owner's "
            "address, as for `manage.py migrate`."
        )


def _manifest(taken_at: dt.datetime, major: int) -> dict[str, Any]:
    return {
        "form": 1,
        "product": "manul-fund",
        "version": VERSION,
        "site": settings.SITE_URL,
        "taken_at": taken_at.isoformat(),
        "postgresql": major,
    } | figures.take()


@contextlib.contextmanager
def _dump(program: Path, snapshot: str) -> Iterator[archive.Source]:
    """The dump as pg_dump writes it; whatever stops it short is raised at the end."""
    command = [
        str(program), *programs.address(), "--format=custom", "--compress=gzip:6", "--no-owner",
        "--no-privileges", f"--snapshot={snapshot}",
    ]  # fmt: skip
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, env=programs.environment()
        ) as running,
    ):
        assert running.stdout is not None
        try:
            yield _Watched(running, said)
        finally:
            running.kill()


class _Watched:
    """What pg_dump says, which ends well only if pg_dump does."""

    def __init__(self, running: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
        self._running, self._said = running, said

    def read(self, size: int, /) -> bytes:
        """The next bytes. Refuses: CannotBackUp, where pg_dump fails."""
        assert self._running.stdout is not None
        part = self._running.stdout.read(size)
        if not part and self._running.wait() != 0:
            self._said.seek(0)
            why = self._said.read(2000).decode(errors="replace").strip()
            raise CannotBackUp(f"pg_dump stopped: {why}")
        return part


def _remove_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups; files of other names are left alone."""
    ours = sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name))
    old = ours[:-keep]
    for path in old:
        path.unlink()
    return old
