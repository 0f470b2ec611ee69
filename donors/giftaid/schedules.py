"""The tax office's schedule of gifts: rows, limits and the spreadsheet. Pure but for reading.

Layout and limits are those of the office's own check of the file: the sheet's name, the cells
that it reads, names of at most 35 letters, 1,000 rows a file. Nothing else stands in it.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from donors.models import Claim, ClaimLine
from funding.money import Money

SHEET: Final = "R68GAD_V1_00_0_EN"
MOST_ROWS: Final = 1000
# Zero-based row and column of the cells that are read.
EARLIEST: Final = (12, 3)
OVERCLAIMED: Final = (16, 3)
FIRST_ROW: Final = 24
# Small gifts of several givers may stand on one line: each below 30 pounds, 1,000 together.
SMALL: Final = 30_00
MOST_TOGETHER: Final = 1_000_00
_TITLE: Final = re.compile(r"[A-Za-z][A-Za-z'-]{1,3}")
TOGETHER: Final = "Small gifts"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a schedule. Of gifts together only what, when and how much is said."""

    given_on: dt.date
    donated_minor: int
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    house: str = ""
    postcode: str = ""
    together: str = ""


def rows_of(lines: Iterable[ClaimLine], *, small_together: bool = False) -> list[Row]:
    """A claim's lines as rows: what one giver gave on one line, under the latest day."""
    small: list[ClaimLine] = []
    by_giver: dict[tuple[str, ...], list[ClaimLine]] = {}
    for line in lines:
        said = line.declaration
        who = (said.title, said.first_name, said.last_name, said.house, said.postcode)
        if small_together and line.donated_minor < SMALL:
            small.append(line)
        else:
            by_giver.setdefault(who, []).append(line)
    return [_one(who, each) for who, each in by_giver.items()] + _together(small)


def _one(who: tuple[str, ...], lines: Sequence[ClaimLine]) -> Row:
    title, first, last, house, postcode = who
    return Row(
        max(line.given_on for line in lines),
        sum(line.donated_minor for line in lines),
        title if _TITLE.fullmatch(title) else "",
        _name(first),
        _name(last),
        house[:40],
        postcode,
    )


def _name(text: str) -> str:
    """A name as the office wants it: a space for each hyphen, at most 35 letters."""
    return " ".join(re.sub(r"[-‐‑–]", " ", text).split())[:35]


def _together(lines: Sequence[ClaimLine]) -> list[Row]:
    rows: list[Row] = []
    batch: list[ClaimLine] = []
    for line in [*lines, None]:
        total = sum(each.donated_minor for each in batch)
        if batch and (line is None or total + line.donated_minor > MOST_TOGETHER):
            rows.append(Row(max(each.given_on for each in batch), total, together=TOGETHER))
            batch = []
        if line is not None:
            batch.append(line)
    return rows


def files_of(
    claim: Claim, *, small_together: bool = False, most_rows: int = MOST_ROWS
) -> list[bytes]:
    """The spreadsheets of a claim, at most 1,000 rows each; what is netted is in the first."""
    lines = claim.lines.select_related("declaration").order_by("given_on", "pk")
    rows = rows_of(lines, small_together=small_together)
    earliest = min(line.given_on for line in lines)
    parts = [rows[at : at + most_rows] for at in range(0, len(rows), most_rows)]
    return [
        spreadsheet(part, earliest, 0 if number else claim.overclaimed_minor)
        for number, part in enumerate(parts)
    ]


def spreadsheet(rows: Sequence[Row], earliest: dt.date, overclaimed_minor: int) -> bytes:
    """One schedule as an OpenDocument file."""
    cells: dict[int, dict[int, str]] = {EARLIEST[0]: {EARLIEST[1]: _day(earliest)}}
    if overclaimed_minor:
        cells[OVERCLAIMED[0]] = {OVERCLAIMED[1]: _sum(overclaimed_minor)}
    for number, row in enumerate(rows, start=1):
        who = [row.title, row.first_name, row.last_name, row.house, row.postcode, row.together]
        told = [str(number), *who, "", _day(row.given_on), _sum(row.donated_minor)]
        cells[FIRST_ROW + number - 1] = {at: text for at, text in enumerate(told, 1) if text}
    return _packed(_content(cells))


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%y}"


def _sum(minor: int) -> str:
    return Money(minor, "GBP").plain()


def _content(cells: dict[int, dict[int, str]]) -> str:
    rows = "".join(_row(cells.get(at, {})) for at in range(max(cells) + 1))
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        f'office:version="1.2"><office:body><office:spreadsheet><table:table '
        f'table:name="{SHEET}">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )


def _row(cells: dict[int, str]) -> str:
    last = max(cells, default=0)
    told = "".join(_cell(cells.get(at)) for at in range(last + 1)) if cells else ""
    return f"<table:table-row>{told}</table:table-row>"


def _cell(text: str | None) -> str:
    if text is None:
        return "<table:table-cell/>"
    said = f"<text:p>{escape(text)}</text:p>"
    return f'<table:table-cell office:value-type="string">{said}</table:table-cell>'


_LIST: Final = "META-INF/" + "manifest.xml"
KIND: Final = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _packed(content: str) -> bytes:
    made = BytesIO()
    # The same rows give the same bytes, so each file carries the same instant.
    with zipfile.ZipFile(made, "w") as pack:
        for name, text, how in (
            ("mimetype", KIND, zipfile.ZIP_STORED),
            ("content.xml", content, zipfile.ZIP_DEFLATED),
            (_LIST, _MANIFEST, zipfile.ZIP_DEFLATED),
        ):
            head = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            pack.writestr(head, text, how)
    return made.getvalue()
