"""The page of a receipt: every fact on it, tagged for those who cannot see it."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from funding.documents import rendering
from tests.documents.conftest import make_snapshot

DOCUMENT = {
    "name": "MF-2026-000184",
    "issued_on": "2026-03-15",
    "issued_at": "2026-03-15T06:00:00+00:00",
    "verify_text": "7KQ4-MATT-39CW-PD4H",
    "identifier": "0f" * 16,
}
SURNAME = "Wolfeschlegelsteinhausenbergerdorffx"


def page(**facts: Any) -> PdfReader:
    """A rendered receipt with these facts."""
    return PdfReader(io.BytesIO(raw(**facts)))


def raw(**facts: Any) -> bytes:
    snapshot = make_snapshot(**facts) | {"document": DOCUMENT}
    content = rendering.pdf("receipt", snapshot, "en")
    assert len(content) < 60_000
    return content


def words(reader: PdfReader) -> str:
    """Every word of the PDF, with single spaces."""
    return " ".join(" ".join(each.extract_text() for each in reader.pages).split())


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


def test_every_fact_is_printed() -> None:
    shown = words(page())
    for fact in (
        "Receipt No. MF-2026-000184",
        "Issued 15 March 2026",
        "Zoë O’Brien-Smith",
        "€40.85",
        "We received your gift on 14 March 2026.",
        "Manul Fund Example Foundation, reg. no. EX 000000-0",
        "Stenbacken 4, 000 00 Norrvik",
        "14 March 2026, 19:42 CET",
        "Card ending 4242",
        "Goods or services in return None",
        "General fund",
        "Pays for manul projects wherever the need is greatest. 25.00",
        "Dogs and herders",
        "Money left over goes to the general fund. 15.00",
        "Added by you to cover the payment fee 0.85",
        "Gift 40.85",
        "This receipt is not a tax certificate in your country.",
        "Tara Lindqvist Treasurer, Manul Fund Example Foundation",
        "manulfund.example/verify/7KQ4-MATT-39CW-PD4H",
        "write to receipts@manulfund.example",
        "Illustrative example data. Not a real gift, person or organisation.",
        "Page 1 of 1",
    ):
        assert fact in shown, (fact, shown)
    for fact in ("Replaces", "Given back", "6a4c7f0e", "fee_minor"):
        assert fact not in shown


def test_a_replacement_says_what_it_replaces_and_what_was_given_back() -> None:
    shown = words(page(refunded_minor=1000, gives_minor=3085, replaces="MF-2026-000183"))
    for fact in (
        "Replaces no. MF-2026-000183",
        "€30.85",
        "We received €40.85 on 14 March 2026 and gave €10.00 back; this receipt confirms the rest.",
        "It replaces no. MF-2026-000183, which no longer counts.",
        "Given back to you −10.00",
        "Gift that remains 30.85",
    ):
        assert fact in shown, (fact, shown)


@pytest.mark.parametrize(
    ("regime", "sentences"),
    [
        ("none", ["This receipt is not a tax certificate in your country."]),
        (
            "us_501c3",
            [
                "Manul Fund Example Foundation received your cash contribution",
                "of €40.85 on 14 March 2026.",
                "It gave you no goods or services in return.",
            ],
        ),
        ("uk_gift_aid", ["only if you have made a Gift Aid declaration that covers it."]),
    ],
)
def test_each_tax_regime_has_its_own_paragraph(regime: str, sentences: list[str]) -> None:
    shown = words(page(entity={"tax_regime": regime}))
    for sentence in sentences:
        assert sentence in shown, shown
    assert ("not a tax certificate" in shown) == (regime == "none")


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [("JPY", 4085, "¥4,085"), ("SEK", 408500, "SEK 4,085.00"), ("KWD", 4085, "KWD 4.085")],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, minor: int, shown: str) -> None:
    gift = make_snapshot()["gift"] | {"currency": currency}
    lines = [{"fund": "General fund", "purpose": "", "surplus": "", "minor": minor}]
    reader = page(gift=gift, lines=lines, cover_minor=0, given_minor=minor, gives_minor=minor)
    assert shown in words(reader).replace("\u00a0", " ")
    assert "cover the payment fee" not in words(reader)


def test_an_entity_that_is_real_has_no_illustrative_footer() -> None:
    shown = words(page(entity={"is_illustrative": False, "signatory_name": ""}))
    assert "Illustrative" not in shown
    assert "Page 1 of 1" in shown
    assert "Tara" not in shown


def test_a_zone_without_a_letter_name_shows_its_offset() -> None:
    gift = make_snapshot()["gift"] | {"zone": "Asia/Almaty"}
    assert "23:42 UTC+05" in words(page(gift=gift))


def test_two_funds_and_a_correction_fit_one_page() -> None:
    reader = page(
        refunded_minor=1000,
        gives_minor=3085,
        replaces="MF-2026-000183",
        entity={"tax_regime": "us_501c3"},
    )
    assert len(reader.pages) == 1


def test_what_does_not_fit_goes_to_a_counted_second_page() -> None:
    line = make_snapshot()["lines"][1]
    reader = page(lines=[line] * 12, cover_minor=0, given_minor=18000, gives_minor=18000)
    shown = [" ".join(each.extract_text().split()) for each in reader.pages]
    assert len(shown) == 2
    assert "Page 1 of 2" in shown[0]
    assert "manulfund.example/verify/" in shown[1]
    assert "Page 2 of 2" in shown[1]


def test_the_file_says_what_it_is() -> None:
    reader = page()
    root: Any = reader.root_object
    assert len(reader.pages) == 1
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Receipt MF-2026-000184"
    assert reader.metadata.author == "Manul Fund Example Foundation"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object().get_data()
    assert b"pdfuaid" in metadata
    first: Any = reader.pages[0]
    fonts = {
        font.get_object()["/BaseFont"].split("+")[1]
        for font in first["/Resources"]["/Font"].values()
    }
    assert all(name.startswith("Doc-") for name in fonts), fonts


def test_figures_have_texts_and_tables_have_heads() -> None:
    root: Any = page().root_object
    elements = list(walk(root["/StructTreeRoot"]["/K"]))
    tags = [str(element["/S"]) for element in elements]
    figures = [str(each.get("/Alt", "")) for each in elements if str(each["/S"]) == "/Figure"]
    assert figures == [
        "Stamp: the face of a manul in the ring of its tail",
        "Code that opens manulfund.example/verify/7KQ4-MATT-39CW-PD4H",
    ]
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 2
    assert tags.count("/Table") == 2
    assert tags.count("/TH") == 5 + 2 + 4
    assert tags.count("/TD") == 5 + 4


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółw",
        "Åsa Öhrn",
        "Бат-Эрдэнэ Дорж",
        "山田花子",
        "محمد رضایی",
        "पासाङ शेर्पा",
        f"Hubert {SURNAME}",
        "Madonna",
        SURNAME * 3,
    ],
)
def test_no_name_is_drawn_with_boxes(name: str) -> None:
    # The fixture fails on WeasyPrint's warning about a glyph that no font has.
    reader = page(donor={"name": name})
    assert len(reader.pages) == 1
    if name.isascii() or name[0] in "ŁÅБ":
        assert name[:36] in words(reader)


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs poppler-utils")
def test_the_page_has_ink_where_it_should(tmp_path: Path) -> None:
    file = tmp_path / "receipt.pdf"
    file.write_bytes(raw())
    subprocess.run(
        ["pdftoppm", "-r", "40", "-gray", "-singlefile", file, tmp_path / "receipt"], check=True
    )
    header, size, _, pixels = (tmp_path / "receipt.pgm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert (header, len(pixels)) == (b"P5", width * height)

    def darkness(left: float, top: int, right: int, bottom: int) -> float:
        """Share of ink in a box given in millimetres."""
        dots = [
            255 - pixels[y * width + x]
            for y in range(round(top * height / 297), round(bottom * height / 297))
            for x in range(round(left * width / 210), round(right * width / 210))
        ]
        return sum(dots) / 255 / len(dots)

    assert darkness(161, 22, 188, 49) > 0.05, "the stamp"
    assert darkness(25, 180, 49, 270) > 0.05, "the code"
    assert max(darkness(0, 0, 25, 297), darkness(188.5, 0, 210, 297)) == 0, "the margins"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {
            "refunded_minor": 1000,
            "gives_minor": 3085,
            "replaces": "MF-2026-000183",
            "entity": {"tax_regime": "us_501c3"},
        },
        {"donor": {"name": SURNAME * 3}, "entity": {"tax_regime": "uk_gift_aid"}},
        {"entity": {"legal_name": "Foundation for the Small Cats of the High Steppe " * 3}},
        {"entity": {"signatory_name": "", "address": ["A very long line of an address"] * 6}},
    ],
)
def test_no_word_stands_on_another(facts: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "receipt.pdf"
    file.write_bytes(raw(**facts))
    boxes = subprocess.run(
        ["pdftotext", "-l", "1", "-bbox", file, "-"], check=True, capture_output=True, text=True
    ).stdout
    found = re.findall(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', boxes
    )
    words = [(*map(float, box), word) for *box, word in found]
    assert len(words) > 80
    for number, (left, top, right, bottom, word) in enumerate(words):
        for x1, y1, x2, y2, other in words[:number]:
            # Boxes are as high as the line, so neighbours above may touch by a point or two.
            across = min(right, x2) - max(left, x1)
            down = min(bottom, y2) - max(top, y1)
            assert across <= 0.5 or down <= 3, (word, other)
