"""Goal: a file is what its bytes say; whatever else it claims to be is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from funding import pictures
from grants import file_kinds
from grants.file_kinds import NotAFile
from grants.models import FileKind
from tests.grants.applications import sheaf


def kind(content: bytes) -> FileKind:
    return file_kinds.kind_of(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (sheaf.PDF, "pdf"),
        (sheaf.picture("JPEG"), "jpeg"),
        (sheaf.picture("PNG"), "png"),
        (sheaf.picture("WEBP"), "webp"),
        (sheaf.open_document(), "odt"),
        (sheaf.open_document(sheaf.ODS), "ods"),
        (sheaf.office(), "docx"),
        (sheaf.workbook(), "xlsx"),
        (sheaf.CSV, "text"),
        (b"\xef\xbb\xbfplain", "text"),
    ],
)
def test_what_is_taken(content: bytes, wanted: str) -> None:
    assert kind(content) == wanted


BOMB = sheaf.zipped({"mimetype": sheaf.ODT.encode(), "content.xml": bytes(201_000_000)})
REFUSED = {
    "a program": sheaf.EXE,
    "an old document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "an archive of anything": sheaf.zipped({"a.txt": b"a"}),
    "a bomb": BOMB,
    "a document with macros": sheaf.office(more={"word/vbaProject.bin": b"x"}),
    "an open document with macros": sheaf.open_document(more={"Basic/Module1.xml": b"x"}),
    "a document with something behind it": sheaf.office() + sheaf.EXE,
    "a document with a note behind it": sheaf.zipped({"mimetype": b""}, comment=b"%%EOF"),
    "a PDF with an archive behind it": sheaf.PDF + sheaf.office(),
    "a PDF whose archive ends as a PDF": sheaf.PDF
    + sheaf.zipped({"mimetype": b"x"}, comment=b"\n%%EOF\n"),
    "half a PDF": sheaf.PDF[:30],
    "half a document": sheaf.office()[:-30],
    "Latin text": "café".encode("latin-1"),
    "text with a NUL": b"name,\0",
    "only blanks": b" \n\n ",
    "nothing": b"",
    "a sound": b"RIFF\x24\0\0\0WAVEfmt ",
    "text cut in a letter": "Өм".encode()[:-1],
    "text with an escape": b"\x1b[2Jhello",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(NotAFile):
        kind(content)


@pytest.mark.parametrize(
    ("told", "of", "wanted"),
    [
        ("../../etc/passwd", FileKind.TEXT, "passwd.txt"),
        ("C:\\photos\\Кошка.JPG", FileKind.JPEG, "Кошка.jpg"),
        ("budget.csv", FileKind.TEXT, "budget.csv"),
        ("setup.exe", FileKind.PDF, "setup.exe.pdf"),
        ("photo.png", FileKind.JPEG, "photo.jpg"),
        ("gpj.\u202eexe", FileKind.PDF, "gpj.exe.pdf"),
        ("a\0b\r\nSet-Cookie: x.pdf", FileKind.PDF, "a b Set-Cookie x.pdf"),
        ("", FileKind.PDF, "file.pdf"),
        (".htaccess", FileKind.TEXT, "htaccess.txt"),
        ("x" * 500 + ".pdf", FileKind.PDF, "x" * 100 + ".pdf"),
    ],
)
def test_names_are_cleaned_and_end_as_what_the_file_is(
    told: str, of: FileKind, wanted: str
) -> None:
    assert file_kinds.clean_name(told, of) == wanted


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_of_a_picture_only_its_dots_are_left(form: str) -> None:
    sent = sheaf.picture(form) + b"hung on: <script>"
    assert b"DEN AT" in sent
    kept = pictures.plain(sent, most_bytes=10**6)
    assert b"DEN AT" not in kept
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == (form, (40, 64))
        assert not image.getexif()
    assert pictures.plain(sent, most_bytes=10**6) == kept


def test_a_picture_of_far_too_many_dots_is_refused_before_it_is_drawn() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + bytes(12) + b"IEND"
    with pytest.raises(pictures.NotAPicture):
        pictures.plain(bomb, most_bytes=10**6)


def test_a_picture_that_was_cut_off_is_refused() -> None:
    with pytest.raises(pictures.NotAPicture):
        pictures.plain(sheaf.picture("WEBP", size=(400, 400))[:-20], most_bytes=10**6)
