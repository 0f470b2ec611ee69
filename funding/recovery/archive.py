"""The form of a backup file: a tar inside age, written and read as one stream.

The tar holds `manifest.json`, then the dump in parts of a known length, then `SHA256SUMS` over
all of it. So nothing is ever written down in clear, the file may be larger than memory, and
without this product it opens with `age --decrypt | tar -x`, `cat database/* > database.dump` and
`sha256sum -c SHA256SUMS`.
"""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Protocol

import pyrage

from funding.recovery.keys import Identity, Recipient
from funding.recovery.refusals import Damaged, WrongKey

Manifest = dict[str, Any]


class Source(Protocol):
    """Where a dump comes from, read to its end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""


MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
DUMP: Final = "database.dump"
PART_BYTES: Final = 16 * 1024 * 1024
_LARGEST_NOTE_BYTES: Final = 64 * 1024 * 1024


def write(
    to: IO[bytes], manifest: Manifest, dump: Source, recipients: list[Recipient]
) -> dict[str, str]:
    """Seal a manifest and a dump into an open file. Returns the sums that were written.

    An error of the dump's side is raised here, and the file is then worth nothing.
    """
    sums: dict[str, str] = {}
    failures: list[BaseException] = []
    outlet, inlet = os.pipe()

    def fill() -> None:
        try:
            with os.fdopen(inlet, "wb") as sink, tarfile.open(fileobj=sink, mode="w|") as tar:
                _fill(tar, manifest, dump, sums)
        except BaseException as error:  # noqa: BLE001 -- raised again by the thread that waits
            failures.append(error)

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        with os.fdopen(outlet, "rb") as source:
            pyrage.encrypt_io(source, to, recipients)
    finally:
        filler.join()
    if failures:
        raise failures[0]
    return sums


def _fill(tar: tarfile.TarFile, manifest: Manifest, dump: Source, sums: dict[str, str]) -> None:
    note = json.dumps(manifest, indent=1, sort_keys=True).encode()
    sums[MANIFEST] = hashlib.sha256(note).hexdigest()
    _add(tar, MANIFEST, note)
    whole = hashlib.sha256()
    number = 0
    while part := dump.read(PART_BYTES):
        number += 1
        whole.update(part)
        _add(tar, f"database/{number:06d}", part)
    sums[DUMP] = whole.hexdigest()
    lines = "".join(f"{value}  {name}\n" for name, value in sums.items())
    _add(tar, SUMS, lines.encode())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o600
    tar.addfile(member, io.BytesIO(content))


def read(path: Path, identities: list[Identity], use: Callable[[Manifest], IO[bytes]]) -> Manifest:
    """Read a backup from its first byte to its last, and check every byte of it.

    `use` is called with the manifest and returns where the dump is to be written. The caller
    acts on what was written only after this has returned. Refuses: WrongKey, Damaged.
    """
    with _opened(path, identities) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                manifest = _read(tar, use)
            # What follows the tar is drawn too: only at the end is the seal known to be whole.
            while stream.read(PART_BYTES):
                pass
        except tarfile.TarError as error:
            raise Damaged(f"{path.name} is damaged: {error}.") from error
    return manifest


def _read(tar: tarfile.TarFile, use: Callable[[Manifest], IO[bytes]]) -> Manifest:
    members = _members(tar)
    name, first = next(members, ("", io.BytesIO()))
    if name != MANIFEST:
        raise Damaged("The file is no backup of this product.")
    note = first.read(_LARGEST_NOTE_BYTES)
    manifest: Manifest = json.loads(note)
    sums = {MANIFEST: hashlib.sha256(note).hexdigest()}
    sink = use(manifest)
    whole = hashlib.sha256()
    for name, content in members:
        if name == SUMS:
            sums[DUMP] = whole.hexdigest()
            _compare(content.read(_LARGEST_NOTE_BYTES).decode(), sums)
            return manifest | {"sha256": sums[DUMP]}
        while part := content.read(1024 * 1024):
            whole.update(part)
            sink.write(part)
    raise Damaged("The backup ends too early.")


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        content = tar.extractfile(member)
        if content is not None:
            yield member.name, content


def _compare(told: str, sums: dict[str, str]) -> None:
    if told != "".join(f"{value}  {name}\n" for name, value in sums.items()):
        raise Damaged("The sums in the backup are not those of what it holds.")


@contextmanager
def _opened(path: Path, identities: list[Identity]) -> Iterator[IO[bytes]]:
    """A file's clear bytes as a stream, opened by another thread as they are drawn."""
    failures: list[BaseException] = []
    outlet, inlet = os.pipe()

    def unseal() -> None:
        try:
            with os.fdopen(inlet, "wb") as sink, path.open("rb") as sealed:
                pyrage.decrypt_io(sealed, sink, identities)
        except BaseException as error:  # noqa: BLE001 -- judged by the thread that waits
            failures.append(error)

    opener = threading.Thread(target=unseal)
    opener.start()
    has_stopped = False
    try:
        with os.fdopen(outlet, "rb") as stream:
            yield stream
    except Exception:
        has_stopped = True
        raise
    finally:
        opener.join()
        # A reader that stopped first says itself why; the broken pipe is only its echo.
        if failures and not (has_stopped and isinstance(failures[0], BrokenPipeError)):
            raise _told(path.name, failures[0]) from failures[0]


def _told(name: str, found: BaseException) -> BaseException:
    if isinstance(found, pyrage.DecryptError):
        if "No matching keys" in str(found):
            return WrongKey(f"This key does not open {name}; it was sealed for others.")
        return Damaged(f"{name} is not a backup, or its beginning is damaged.")
    if isinstance(found, OSError) and found.filename is not None:
        return Damaged(f"{name} cannot be read: {found.strerror}.")
    if isinstance(found, OSError):
        return Damaged(f"{name} is damaged or not whole: its seal is broken.")
    return found
