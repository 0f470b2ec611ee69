"""Goal: the pages print every figure that was frozen, and a screen reader finds its way."""

import datetime as dt
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from funding.documents import rendering
from funding.money import Money
from funding.site import report_figures
from tests.site import report_world
from tests.site.random_life import random_life
from tests.site.report_world import Life

DOCUMENT = {
    "name": "MF-2026-000184",
    "issued_on": "2026-01-30",
    "issued_at": "2026-01-30T06:00:00+00:00",
    "verify_text": "7KQ4-MATT-39CW-PD4H",
    "identifier": "0f" * 16,
}
YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@pytest.fixture(autouse=True)
def weasyprint_does_not_complain(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A figure without its text, or CSS that is not understood, is only ever logged."""
    caplog.set_level(logging.WARNING, "weasyprint")
    yield
    names = [record.name for record in caplog.get_records("call")]
    assert "weasyprint" not in names, caplog.text


def snapshot(at: Life, *, is_all: bool = False, **facts: Any) -> dict[str, Any]:
    """What a document of 2025 would freeze."""
    told = report_figures.facts(at.report(None if is_all else at.funds[0], *YEAR))
    drawn: dict[str, Any] = {
        "drawings": report_figures.drawings(told),
        "replaces": None,
        "changes": [],
    }
    return told | drawn | {"site_url": "https://manulfund.example", "document": DOCUMENT} | facts


def page(frozen: dict[str, Any]) -> PdfReader:
    return PdfReader(io.BytesIO(rendering.pdf("fund_report", frozen, "en")))


def words(reader: PdfReader) -> str:
    """Every word of the PDF, with single spaces."""
    text = " ".join(each.extract_text() for each in reader.pages)
    return " ".join(text.replace("\u00a0", " ").split())


def minors(told: Any) -> Iterator[int]:
    """Every sum that a snapshot holds of what is printed."""
    if isinstance(told, dict):
        for name, value in told.items():
            if name in {"drawn", "count", "gift_count", "from", "below"}:
                continue
            yield from minors(value)
    elif isinstance(told, list):
        for value in told:
            yield from minors(value)
    elif isinstance(told, int) and not isinstance(told, bool):
        yield told


def walk(node: Any) -> Iterator[DictionaryObject]:
    """Every element of the structure tree."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for kid in node:
            yield from walk(kid)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from walk(node["/K"])


@pytest.fixture
def lived(db: None) -> Life:
    return random_life(3)


@pytest.mark.parametrize("is_all", [False, True])
def test_every_frozen_figure_is_printed(lived: Life, is_all: bool) -> None:
    frozen = snapshot(lived, is_all=is_all)
    shown = words(page(frozen))
    printed = ("moved", "fees", "others", "transfers", "behind", "months", "sizes", "currencies")
    for part in printed:
        for minor in minors(frozen[part]):
            if minor:
                assert Money(abs(minor), "EUR").figure() in shown, (part, minor)
    names = ("awarded", "paid", "payable", "committed")
    rows = [*frozen["awards"], frozen["awards_sum"], *frozen["payments"]]
    for row in rows:
        for name in ("minor", *names):
            if name in row:
                assert Money(row[name], "EUR").figure() in shown
    for row in frozen["funds"]:
        for name in ("opening", "gifts", "awards", "closing"):
            assert Money(row[name], "EUR").figure() in shown
    for row in (*frozen["awards"], *frozen["earlier"], *frozen["payments"]):
        assert row["title"] in shown


def test_the_paper_says_what_it_is_and_where_it_can_be_checked(lived: Life) -> None:
    shown = words(page(snapshot(lived)))
    for fact in (
        "General fund",
        "Report for 2025",
        "Wherever the committee finds the need greatest.",
        "Manul Fund Example Foundation, reg. no. EX 000000-0, Stenbacken 4, 000 00 Norrvik.",
        "No. MF-2026-000184, issued 30 January 2026.",
        "1 January 2025 to 31 December 2025",
        "In the fund on 1 January",
        "In the fund on 31 December",
        "Free to award",
        "Tara Lindqvist Treasurer, Manul Fund Example Foundation",
        "manulfund.example/verify/7KQ4-MATT-39CW-PD4H",
        "Page 1 of",
    ):
        assert fact in shown, (fact, shown)
    for absent in ("Replaces", "Illustrative", "Asel", "asel@", "Steppe Team"):
        assert absent not in shown


def test_no_giver_and_no_number_of_a_gift_is_in_the_snapshot(lived: Life) -> None:
    text = repr(snapshot(lived, is_all=True))
    for absent in ("gift:", "Asel", "example.org", "award:"):
        assert absent not in text


def test_a_replacement_says_what_changed(lived: Life) -> None:
    changes = [
        {"line": "gifts", "was": 123_456, "is": 234_567},
        {"line": "closing", "was": 11, "is": -22},
    ]
    shown = words(page(snapshot(lived, replaces="MF-2026-000183", changes=changes)))
    for fact in ("replaces no. MF-2026-000183", "1,234.56", "2,345.67", "0.11", "−0.22"):
        assert fact in shown
    shown = words(page(snapshot(lived, replaces="MF-2026-000183")))
    assert "Only details have changed" in shown


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        ("2025-01-01", "2025-12-31", "Report for 2025"),
        ("2025-10-01", "2025-12-31", "Report for the fourth quarter of 2025"),
        ("2025-02-01", "2025-04-30", "Report for 1 February to 30 April 2025"),
        ("2024-02-29", "2025-02-28", "Report for 29 February 2024 to 28 February 2025"),
    ],
)
def test_a_period_is_called_by_its_name(lived: Life, start: str, end: str, period: str) -> None:
    shown = words(page(snapshot(lived) | {"from": start, "to": end}))
    assert period in shown


def test_a_report_of_noughts_can_be_laid_out(db: None) -> None:
    quiet = report_world.life()
    for is_all in (False, True):
        shown = words(page(snapshot(quiet, is_all=is_all)))
        assert "No award was made in these days." in shown
        assert "No fee was booked in these days." in shown


def test_a_fund_below_nought_says_so(db: None) -> None:
    poor = report_world.life()
    poor.gets_back(dt.date(2025, 5, 5), 4_000, poor.funds[0])
    shown = words(page(snapshot(poor)))
    assert "nothing of it is free to award" in shown
    assert "−40.00" in shown


@pytest.mark.parametrize("is_all", [False, True])
def test_figures_have_texts_and_tables_have_heads(lived: Life, is_all: bool) -> None:
    reader = page(snapshot(lived, is_all=is_all))
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert (reader.metadata.title or "").endswith("report for 2025")
    assert reader.metadata.author == "Manul Fund Example Foundation"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    elements = list(walk(root["/StructTreeRoot"]["/K"]))
    tags = [str(element["/S"]) for element in elements]
    figures = [str(each.get("/Alt", "")) for each in elements if str(each["/S"]) == "/Figure"]
    assert len(figures) == 4
    assert all(figures)
    assert figures[0].startswith("Stamp")
    assert figures[1].startswith("The money of 2025 as one bar, in EUR")
    assert figures[2].startswith("Gifts in 2025, in EUR")
    assert figures[3] == "Code that opens manulfund.example/verify/7KQ4-MATT-39CW-PD4H"
    assert tags.count("/H1") == 1
    assert tags.count("/H2") >= 6
    assert tags.count("/Table") >= 7
    assert tags.count("/TH") > 40


def test_a_long_list_runs_over_pages_that_repeat_its_head(db: None) -> None:
    lived = report_world.life()
    general = lived.funds[0]
    lived.gives(dt.date(2025, 1, 2), 10_000_000, general)
    for number in range(45):
        title = f"A rather long name of a piece of work in a far valley, number {number}"
        award = lived.awards_to(dt.date(2025, 2, 2), title, {general: 1_000 + number})
        lived.falls_due(dt.date(2025, 2, 3), award, 1, {general: 500})
        lived.is_paid(dt.date(2025, 2, 4), award, 1, {general: 500})
    reader = page(snapshot(lived))
    shown = [" ".join(each.extract_text().split()) for each in reader.pages]
    heads = [text for text in shown if "Awarded, 2025 Awarded EUR Paid EUR" in text]
    assert len(heads) >= 3
    assert sum("Day For EUR" in text for text in shown) >= 2
    assert f"Page {len(shown)} of {len(shown)}" in shown[-1]
