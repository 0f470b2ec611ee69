"""What a file is, told by its bytes and never by its name: pure, and with little in memory."""

import codecs
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from funding.errors import Refused
from grants import texts
from grants.models import FileKind

# By kind: what the browser is told it is, and how its name may end, the usual ending first.
TYPES: Final = {
    FileKind.PDF: ("application/pdf", (".pdf",)),
    FileKind.JPEG: ("image/jpeg", (".jpg", ".jpeg")),
    FileKind.PNG: ("image/png", (".png",)),
    FileKind.WEBP: ("image/webp", (".webp",)),
    FileKind.ODT: ("application/vnd.oasis.opendocument.text", (".odt",)),
    FileKind.ODS: ("application/vnd.oasis.opendocument.spreadsheet", (".ods",)),
    FileKind.DOCX: (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
    ),
    FileKind.XLSX: (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx",),
    ),
    FileKind.TEXT: ("text/plain; charset=utf-8", (".txt", ".csv")),
}
PICTURES: Final = frozenset({FileKind.JPEG, FileKind.PNG, FileKind.WEBP})
# All endings, for a page to name before somebody chooses a file.
ENDINGS: Final = tuple(ending for _type, endings in TYPES.values() for ending in endings)

_STEM: Final = 100
_FORBIDDEN: Final = frozenset('<>:"|?*')
_BLOCK: Final = 64 * 1024
# A document of so many parts, or that unpacks to so much, is none that a person wrote.
_MOST_PARTS: Final = 5_000
_MOST_UNPACKED: Final = 200_000_000
_MOST_TOLD: Final = 1_000_000
_END_OF_ZIP: Final = b"PK\x05\x06"
_SPEAKS: Final = frozenset("\t\n\r\f")
_OPEN_DOCUMENTS: Final = {TYPES[kind][0].encode(): kind for kind in (FileKind.ODT, FileKind.ODS)}
_OFFICE: Final = {
    b"wordprocessingml.document.main+xml": FileKind.DOCX,
    b"spreadsheetml.sheet.main+xml": FileKind.XLSX,
}


class NotAFile(Refused):
    """What was sent is no file that is taken here."""


def kind_of(stream: BinaryIO) -> FileKind:
    """What a file is, from a stream that can go back. Raises NotAFile."""
    stream.seek(0)
    head = stream.read(16)
    for begins, look in _LOOKS.items():
        if head.startswith(begins):
            return look(stream)
    return _text(stream)


def clean_name(told: str, kind: FileKind) -> str:
    """The name without folders and signs that a disk or a page could misread, and with an ending
    that is true."""
    line = texts.one_line(told.replace("\\", "/").rpartition("/")[2])
    seen = "".join(
        char for char in line if char not in _FORBIDDEN and unicodedata.category(char) != "Cf"
    )
    dotted = seen.strip(". ")
    stem, dot, ending = dotted.rpartition(".")
    endings = TYPES[kind][1]
    true = f".{ending.lower()}" if dot else ""
    if true not in endings:
        stem, true = (stem if dot and true in ENDINGS else dotted), endings[0]
    return (stem.strip(". ")[:_STEM].strip() or _("file")) + true


def _refuse() -> NotAFile:
    return NotAFile(
        _(
            "This is none of the kinds that are taken, whatever its name says, or it is damaged. "
            "Save it as PDF and send that."
        )
    )


def _pdf(stream: BinaryIO) -> FileKind:
    end = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, end - 2 * _BLOCK))
    tail = stream.read()
    # What comes after its end, or an archive's end in it, makes of one file a second one.
    whole, found, after = tail.rpartition(b"%%EOF")
    if not found or after.strip(b"\r\n\t \0") or _END_OF_ZIP in whole:
        raise _refuse()
    return FileKind.PDF


def _zip(stream: BinaryIO) -> FileKind:
    end = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, end - 22))
    # Nothing before the archive and nothing after it.
    if not stream.read().startswith(_END_OF_ZIP):
        raise _refuse()
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            _must_be_modest(parts, end)
            kind = _open_document(archive, parts) or _office(archive, parts)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError,
            RuntimeError, KeyError) as error:  # fmt: skip
        raise _refuse() from error
    if kind is None:
        raise _refuse()
    return kind


def _must_be_modest(parts: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    # Parts that overlap, or that are locked, are never those of a document.
    packed = sum(part.compress_size for part in parts)
    if not parts or min(part.header_offset for part in parts) or packed > size:
        raise _refuse()
    if any(part.flag_bits & 1 for part in parts):
        raise NotAFile(_("This document asks for a password. Save it without one."))
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED:
        raise NotAFile(_("This document unpacks to far more than it seems. Save it as PDF."))
    names = [part.filename.lower() for part in parts]
    if any("vbaproject" in name or name.startswith(("basic/", "scripts/")) for name in names):
        raise NotAFile(_("This document has macros in it. Save it without them, or as PDF."))


def _open_document(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> FileKind | None:
    first = parts[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        return None
    return _OPEN_DOCUMENTS.get(_read(archive, "mimetype"))


def _office(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> FileKind | None:
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        return None
    told = _read(archive, "[Content_Types].xml")
    return next((kind for name, kind in _OFFICE.items() if name in told), None)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_MOST_TOLD)


def _jpeg(_stream: BinaryIO) -> FileKind:
    return FileKind.JPEG


def _png(_stream: BinaryIO) -> FileKind:
    return FileKind.PNG


def _webp(stream: BinaryIO) -> FileKind:
    stream.seek(8)
    if stream.read(4) != b"WEBP":
        raise _refuse()
    return FileKind.WEBP


def _text(stream: BinaryIO) -> FileKind:
    """UTF-8 without signs that no person types."""
    decoder, seen = codecs.getincrementaldecoder("utf-8-sig")(), False
    stream.seek(0)
    try:
        for block in _blocks(stream):
            for char in decoder.decode(block):
                if (char < " " and char not in _SPEAKS) or "\x7f" <= char < "\xa0":
                    raise _refuse()
                seen = seen or not char.isspace()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _refuse() from error
    if not seen:
        raise NotAFile(_("There is nothing in this file."))
    return FileKind.TEXT


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


_LOOKS: Final[dict[bytes, Callable[[BinaryIO], FileKind]]] = {
    b"%PDF-": _pdf,
    b"PK\x03\x04": _zip,
    b"\xff\xd8\xff": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"RIFF": _webp,
}
