"""Files that people send: taken in pieces over any line, looked at, kept, and read again.

Whoever keeps a file for something calls `begin`, `append` and `finish` for one that comes in
pieces, or `put` for one that comes at once; then has a whole file, which nothing changes. What
belongs to it, and who may read it, is said by a table of their own, such as Attachment.
"""

import datetime as dt
import hashlib
import io
from collections.abc import Buffer, Iterable, Iterator
from typing import BinaryIO, Final, cast

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _

from funding import clock, pictures
from funding.errors import Refused
from funding.users.models import User
from grants import file_kinds, texts
from grants.file_kinds import PICTURES, NotAFile
from grants.models import FilePiece, FileState, StoredFile
from grants.models.files import PIECE_BYTES

MOST_BYTES: Final = 10_000_000
# Smaller ones would make many rows of one file. The last may be as small as it is.
LEAST_PIECE: Final = 16 * 1024
# How long a file that stopped on its way is waited for.
WAITS: Final = dt.timedelta(days=3)
_HEX: Final = frozenset("0123456789abcdef")


class WrongPlace(Refused):
    """The bytes do not follow on those that are here. `received` says how many these are."""

    def __init__(self, received: int) -> None:
        super().__init__(_("The file goes on from another place."))
        self.received = received


class NotTheSame(Refused):
    """What arrived is not what was sent."""


def must_fit(size: int) -> None:
    """Raises NotAFile."""
    if size <= 0:
        raise NotAFile(_("There is nothing in this file."))
    if size > MOST_BYTES:
        sentence = _("This file is larger than %(most)s MB. Make it smaller, or send it in parts.")
        raise NotAFile(sentence % {"most": MOST_BYTES // 1_000_000})


def begin(*, place: str, name: str, size: int, sha256: str, by: User) -> StoredFile:
    """A file that is about to come. Told again it is the same one, as far as it has come.

    Raises NotAFile.
    """
    must_fit(size)
    if len(sha256) != 64 or not set(sha256) <= _HEX:
        raise NotAFile(_("The file came without its fingerprint. Try again."))
    now = clock.now()
    file, _is_new = StoredFile.objects.get_or_create(
        place=place,
        added_by=by,
        sent_sha256=sha256,
        state=FileState.OPEN,
        defaults={
            "name": texts.one_line(name)[:160] or _("file"),
            "size": size,
            "began_at": now,
            "moved_at": now,
        },
    )
    if file.size != size:
        raise NotAFile(_("The file came without its fingerprint. Try again."))
    return file


@transaction.atomic
def append(*, file_id: int, start: int, content: bytes) -> StoredFile:
    """Take the bytes from `start` on. The same ones again: nothing.

    Raises WrongPlace, NotAFile.
    """
    file = _lock(file_id)
    if file.state != FileState.OPEN:
        return file
    if start < file.received and _is_here(file, start, content):
        return file
    if start != file.received:
        raise WrongPlace(file.received)
    end = start + len(content)
    is_small = len(content) < LEAST_PIECE and end != file.size
    if not content or len(content) > PIECE_BYTES or end > file.size or is_small:
        raise NotAFile(_("A piece of the file has a wrong size. Try again."))
    _write(file, start, content)
    file.received, file.moved_at = end, clock.now()
    file.save(update_fields=["received", "moved_at"])
    return file


def finish(*, file_id: int) -> StoredFile:
    """Look at a file that has arrived, and keep it, in the open transaction.

    A picture is kept as its dots alone: not where it was taken, by what or whom.
    Raises NotTheSame, NotAFile.
    """
    file = _lock(file_id)
    if file.state != FileState.OPEN:
        return file
    if file.received != file.size:
        raise WrongPlace(file.received)
    if _fingerprint(content(file)) != file.sent_sha256:
        raise NotTheSame(_("The file was damaged on its way. Send it again."))
    kind = file_kinds.kind_of(stream(file))
    file.sha256 = file.sent_sha256
    if kind in PICTURES:
        _plain(file)
    file.kind, file.name = kind, file_kinds.clean_name(file.name, kind)
    file.state, file.moved_at = FileState.WHOLE, clock.now()
    file.save()
    return file


def put(*, place: str, name: str, size: int, blocks: Iterable[bytes], by: User) -> StoredFile:
    """Keep a file that came at once, in the open transaction. `blocks` can be gone through
    again. Raises NotAFile."""
    must_fit(size)
    told = _fingerprint(blocks)
    file = begin(place=place, name=name, size=size, sha256=told, by=by)
    # One that had come half by pieces is taken anew.
    file = _lock(file.pk)
    file.pieces.all().delete()
    _fill(file, blocks)
    file.received = file.size
    file.save(update_fields=["received"])
    return finish(file_id=file.pk)


@transaction.atomic
def discard(*, file_id: int) -> None:
    """Take a file away with its row. Of one that something still needs: django's ProtectedError.

    Harmless when repeated.
    """
    StoredFile.objects.filter(pk=file_id, state=FileState.WHOLE).update(state=FileState.GONE)
    StoredFile.objects.filter(pk=file_id).delete()


@transaction.atomic
def forget(*, file_id: int) -> None:
    """Take the bytes and the name of a file away. What it was, and its fingerprint, stay.

    Harmless when repeated.
    """
    rows = StoredFile.objects.filter(pk=file_id, state=FileState.WHOLE)
    if rows.update(state=FileState.GONE, name="erased"):
        FilePiece.objects.filter(file=file_id).delete()


def sweep() -> int:
    """Take away what stopped on its way days ago. Returns how many files."""
    old = StoredFile.objects.filter(state=FileState.OPEN, moved_at__lt=clock.now() - WAITS)
    found = list(old.values_list("pk", flat=True)[:100])
    for pk in found:
        with transaction.atomic():
            if old.select_for_update(skip_locked=True).filter(pk=pk).exists():
                discard(file_id=pk)
    return len(found)


def content(file: StoredFile) -> Iterator[bytes]:
    """The bytes of a file, piece by piece; never more than one of them in memory."""
    rows = FilePiece.objects.filter(file=file).order_by("start")
    for start in rows.values_list("start", flat=True):
        yield bytes(rows.get(start=start).content)


def stream(file: StoredFile) -> BinaryIO:
    """The same as a stream that can go back."""
    return cast(BinaryIO, io.BufferedReader(_Pieces(file)))


class _Pieces(io.RawIOBase):
    """Reads a file anywhere, with one piece of it in memory."""

    def __init__(self, file: StoredFile) -> None:
        rows = FilePiece.objects.filter(file=file).order_by("start")
        self._rows, self._starts = rows, list(rows.values_list("start", flat=True))
        self._size, self._at = file.received, 0
        self._held: tuple[int, bytes] = (0, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        start, held = self._held
        if not start <= self._at < start + len(held):
            start = max((each for each in self._starts if each <= self._at), default=0)
            row = self._rows.filter(start=start).first()
            held = bytes(row.content) if row else b""
            self._held = (start, held)
        view = memoryview(buffer)
        some = held[self._at - start : self._at - start + len(view)]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)


def _lock(file_id: int) -> StoredFile:
    found = StoredFile.objects.select_for_update(no_key=True).filter(pk=file_id).first()
    if found is None:
        # Another window has finished it, or it was refused meanwhile.
        raise NotTheSame(_("This file is no longer on its way. Send it again."))
    return found


def _is_here(file: StoredFile, start: int, told: bytes) -> bool:
    row = file.pieces.filter(start=start).first()
    return row is not None and bytes(row.content) == told


def _fill(file: StoredFile, blocks: Iterable[bytes]) -> None:
    start, held = 0, b""
    for block in blocks:
        held += block
        while len(held) >= PIECE_BYTES:
            _write(file, start, held[:PIECE_BYTES])
            start, held = start + PIECE_BYTES, held[PIECE_BYTES:]
    if held:
        _write(file, start, held)


def _write(file: StoredFile, start: int, content: bytes) -> None:
    # Django writes values into the words of a query, and the connection remembers the last
    # hundred of these: a file of ten megabytes would stay in memory with it.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "INSERT INTO grants_filepiece (file_id, start, content) VALUES (%s, %s, %s)",
            [file.pk, start, content],
            prepare=False,
        )


def _plain(file: StoredFile) -> None:
    try:
        kept = pictures.plain(b"".join(content(file)), most_bytes=MOST_BYTES)
    except pictures.NotAPicture as refusal:
        raise NotAFile(refusal.sentence) from refusal
    must_fit(len(kept))
    file.pieces.all().delete()
    _fill(file, [kept])
    file.size = file.received = len(kept)
    file.sha256 = hashlib.sha256(kept).hexdigest()


def _fingerprint(blocks: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()
