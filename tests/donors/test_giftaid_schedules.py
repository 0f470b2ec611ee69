"""Goal: the tax office's check of the file finds every cell where it looks, and none wrong."""

import datetime as dt
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from donors.giftaid import claims, schedules
from donors.giftaid.declarations import Taxpayer
from donors.giftaid.schedules import MOST_ROWS, Row, rows_of, spreadsheet
from donors.models import ClaimLine, Declaration
from tests.donors import taxpayers
from tests.donors.taxpayers import TARA, Society

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DAY = dt.date(2026, 4, 5)
# What the office's own check asks of each cell, by column.
RULES = {
    1: r"[1-9]\d{0,3}",
    2: r"([A-Za-z][A-Za-z'-]{1,3})?",
    3: r".{1,35}",
    4: r"[^-]{1,35}",
    5: r".{1,40}",
    6: r"X|[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}",
    9: r"\d\d/\d\d/\d\d",
    10: r"\d+\.\d\d",
}


@pytest.fixture
def society(db: None) -> Society:
    return taxpayers.society()


def read(content: bytes) -> tuple[str, list[list[str]]]:
    """The sheet's name and its cells, as any reader of such files sees them."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        first = pack.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert pack.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        assert b"content.xml" in pack.read("META-INF/manifest.xml")
        told = ElementTree.fromstring(pack.read("content.xml"))  # noqa: S314 -- our own
    sheet = told.find(f".//{TABLE}table")
    assert sheet is not None
    rows = [
        ["".join(cell.itertext()) for cell in row.findall(f"{TABLE}table-cell")]
        for row in sheet.findall(f"{TABLE}table-row")
    ]
    return str(sheet.get(f"{TABLE}name")), rows


def line(minor: int, day: dt.date = DAY, **facts: str) -> ClaimLine:
    said = {"title": "Ms", "first_name": "Zoë", "last_name": "O'Brien-Smith"}
    said |= {"house": "12", "postcode": "EH12 6TS"} | facts
    return ClaimLine(declaration=Declaration(**said), donated_minor=minor, given_on=day)


def test_the_cells_stand_where_the_office_looks() -> None:
    row = Row(DAY, 123_45, "Ms", "Zoë", "O'Brien Smith", "12", "EH12 6TS")
    name, cells = read(spreadsheet([row, row], dt.date(2025, 12, 31), 10_00))
    assert name == "R68GAD_V1_00_0_EN"
    assert cells[12][3] == "31/12/25"
    assert cells[16][3] == "10.00"
    who = ["Ms", "Zoë", "O'Brien Smith", "12", "EH12 6TS"]
    assert cells[24] == ["", "1", *who, "", "", "05/04/26", "123.45"]
    assert cells[25][1] == "2"
    assert len(cells) == 26
    _name, cells = read(spreadsheet([row], DAY, 0))
    assert cells[16] == [] or not any(cells[16])
    assert spreadsheet([row], DAY, 0) == spreadsheet([row], DAY, 0)


def test_names_become_what_the_office_takes() -> None:
    (row,) = rows_of([line(100, title="Prof", first_name="Anna-Lena", last_name="W" * 35)])
    assert (row.title, row.first_name, row.last_name) == ("Prof", "Anna Lena", "W" * 35)
    (row,) = rows_of([line(100, title="Dr.", house="A & <B>")])
    assert row.title == ""
    _name, cells = read(spreadsheet([row], DAY, 0))
    assert cells[24][5] == "A & <B>"


def test_what_one_giver_gave_stands_on_one_line_under_the_latest_day() -> None:
    later = DAY + dt.timedelta(days=30)
    rows = rows_of([line(1000), line(1000, later), line(1000, house="13")])
    assert [(row.given_on, row.donated_minor) for row in rows] == [(later, 2000), (DAY, 1000)]


def test_small_gifts_together_stay_below_a_thousand_pounds_a_line_and_name_nobody() -> None:
    small = [line(29_99, house=str(number)) for number in range(70)]
    rows = rows_of([*small, line(30_00)], small_together=True)
    assert [row.donated_minor for row in rows] == [30_00, 33 * 29_99, 33 * 29_99, 4 * 29_99]
    assert max(row.donated_minor for row in rows[1:]) <= 1_000_00
    _name, cells = read(spreadsheet(rows, DAY, 0))
    together = cells[25]
    assert together[2:7] == [""] * 5
    assert together[7] == "Small gifts"
    assert together[8:] == ["", "05/04/26", "989.67"]


def test_a_claim_of_many_givers_is_several_files_and_nets_what_is_owed_once(
    society: Society,
) -> None:
    for number in range(5):
        email = f"d{number}@donor.example"
        who = Taxpayer("", "Zoë", f"Donor{number}", "The Mill", "x")
        society.declare(email=email, taxpayer=who)
        society.gift(50_00 + number, email=email)
    claim = claims.gather(entity_id=society.entity.pk, actor=TARA)
    claim.overclaimed_minor = 12_34
    files = [read(content) for content in schedules.files_of(claim, most_rows=2)]
    assert [len(cells) - 24 for _name, cells in files] == [2, 2, 1]
    assert [cells[16][3:] for _name, cells in files] == [["12.34"], [], []]
    assert MOST_ROWS == 1000
    total = 0
    for _name, cells in files:
        for number, row in enumerate(cells[24:], start=1):
            assert row[1] == str(number)
            for column, rule in RULES.items():
                assert re.fullmatch(rule, row[column]), (column, row)
            total += round(float(row[10]) * 100)
    assert total == claim.donated_minor
