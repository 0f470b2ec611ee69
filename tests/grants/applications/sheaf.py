"""Small files of every kind that is taken, and of some that are not."""

import hashlib
import io
import zipfile
from typing import Final

from PIL import Image

PDF: Final = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
CSV: Final = "название,число\nсобаки,61\n".encode()
EXE: Final = b"MZ\x90\x00\x03" + bytes(200)
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"


def sha(content: bytes) -> str:
    """The fingerprint of some bytes."""
    return hashlib.sha256(content).hexdigest()


def zipped(parts: dict[str, bytes], *, comment: bytes = b"") -> bytes:
    """An archive of these parts, the first of them not packed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, (name, content) in enumerate(parts.items()):
            how = zipfile.ZIP_DEFLATED if at else zipfile.ZIP_STORED
            archive.writestr(name, content, how)
        archive.comment = comment
    return written.getvalue()


def open_document(kind: str = ODT, more: dict[str, bytes] | None = None) -> bytes:
    """What LibreOffice writes, as far as it tells what it is."""
    return zipped({"mimetype": kind.encode(), "content.xml": b"<x/>", **(more or {})})


def office(kind: str = _WORD, more: dict[str, bytes] | None = None) -> bytes:
    """What Word writes, as far as it tells what it is."""
    told = f'<Types><Override ContentType="{kind}"/></Types>'.encode()
    return zipped({"[Content_Types].xml": told, "word/document.xml": b"<x/>", **(more or {})})


def workbook() -> bytes:
    """What Excel writes."""
    return office(_SHEET)


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 40), place: bool = True) -> bytes:
    """A photograph that says where it was taken, in its own words and in hidden ones."""
    image, written = Image.new("RGB", size, (90, 80, 70)), io.BytesIO()
    image.putpixel((1, 1), (200, 10, 10))
    exif = Image.Exif()
    if place:
        exif[0x010E] = "DEN AT 44.1234"
        exif[0x0112] = 6
        exif.get_ifd(0x8825)[2] = (44.0, 12.0, 34.0)
    image.save(written, kind, exif=exif.tobytes())
    return written.getvalue()
