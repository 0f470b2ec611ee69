"""The pages of a statement: every fact on them, in every script, on as many pages as it takes."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from funding.documents import rendering, statement
from tests.documents.conftest import make_snapshot
from tests.documents.test_receipt import DOCUMENT, SURNAME, words

NAMES = [
    "Łukasz Żółw",
    "Бат-Эрдэнэ Дорж",
    "山田花子",
    "李小龍",
    "李小龙",
    "龚骏喆",
    "محمد رضایی",
    "पासाङ शेर्पा",
    f"Hubert {SURNAME}",
    SURNAME,
    "Madonna",
]


def line(minor: int, what: str = "gift", day: str = "2025-03-14", **more: Any) -> dict[str, Any]:
    of_gift = {"funds": [{"name": "General fund", "minor": minor}], "cover_minor": 0, "rhythm": ""}
    return {
        "day": day,
        "what": what,
        "received_on": "2025-03-14",
        "currency": "EUR",
        "minor": minor,
        "is_later": False,
        "receipt": "MF-2025-000184",
        "is_void": False,
        **(of_gift if what == "gift" else {}),
        **more,
    }


def sums(*rows: dict[str, Any], later: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    total = sum(row["minor"] for row in rows)
    gifts = [row["minor"] for row in rows if row["what"] == "gift"]
    return {
        "currency": rows[0]["currency"],
        "rows": list(rows),
        "gift_count": len(gifts),
        "given_minor": sum(gifts),
        "total_minor": total,
        "later": list(later),
        "remains_minor": total + sum(row["minor"] for row in later),
    }


def facts(*told: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = make_snapshot(**more.pop("receipt", {}))
    return {
        "entity": base["entity"],
        "donor": {"name": "Łukasz Żółw"},
        "from": "2025-01-01",
        "to": "2025-12-31",
        "sums": list(told) or [sums(line(1000))],
        "replaces": None,
        "site_url": base["site_url"],
        "document": DOCUMENT,
        **more,
    }


def page(told: dict[str, Any], language: str = "en") -> PdfReader:
    return PdfReader(io.BytesIO(rendering.pdf("statement", told, language)))


def test_every_fact_is_printed() -> None:
    dogs = [{"name": "Dogs and herders", "minor": 2000}, {"name": "General fund", "minor": 500}]
    shown = words(
        page(
            facts(
                sums(
                    line(1000, rhythm="monthly"),
                    line(2545, funds=dogs, cover_minor=45, day="2025-06-01"),
                    line(-500, "refund", "2025-07-02", is_void=True),
                    later=(line(-1000, "dispute_taken", "2026-01-05"),),
                ),
                sums(line(2000, currency="GBP")),
                replaces="MF-2026-000100",
            )
        )
    )
    for fact in (
        "What you gave in 2025",
        "Statement no. MF-2026-000184",
        "Replaces no. MF-2026-000100",
        "€30.45 £20.00",
        "from 1 January 2025 to 31 December 2025",
        "14 Mar 2025 General fund every month MF-2025-000184 10.00",
        "Dogs and herders 20.00, General fund 5.00 with €0.45 added to cover the payment fee",
        "2 Jul 2025 Given back to you, of the gift of 14 Mar 2025",
        "no longer counts −5.00",
        "2 gifts over €35.45, less what went back 30.45",
        "After these days",
        "5 Jan 2026 Taken back by your bank, of the gift of 14 Mar 2025",
        "What is left of the sum above 20.45",
        "Your gifts in GBP",
        "This statement is not a tax certificate in your country.",
        "Illustrative example data. Not real gifts, people or organisations.",
    ):
        assert fact in shown, (fact, shown)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_drawn_with_boxes(name: str) -> None:
    # The fixture fails on WeasyPrint's warning about a glyph that no font has.
    reader = page(facts(donor={"name": name}))
    assert len(reader.pages) == 1
    if name.isascii() or name[0] in "ŁБ":
        assert name in words(reader)


def test_a_giver_of_every_week_has_every_gift_and_a_head_on_each_page() -> None:
    rows = [line(1000 + number, day=f"2025-{1 + number // 28:02d}-{1 + number % 28:02d}")
            for number in range(150)]  # fmt: skip
    reader = page(facts(sums(*rows)))
    assert len(reader.pages) > 2
    texts = [each.extract_text() for each in reader.pages]
    assert sum(text.count("General fund") for text in texts) == 150
    for text in texts[:-1]:
        assert "Receipt" in text


@pytest.mark.parametrize(
    ("begins", "ends", "title"),
    [
        ("2025-04-06", "2026-04-05", "What you gave in the tax year 2025/26"),
        ("2025-04-06", "2025-12-31", "What you gave, 6 April to 31 December 2025"),
        ("2025-01-01", "2025-03-31", "What you gave, the first quarter of 2025"),
    ],
)
def test_the_title_names_the_days(begins: str, ends: str, title: str) -> None:
    told = statement.context(facts(**{"from": begins, "to": ends}))
    assert told["title"] == title


@pytest.mark.parametrize(
    ("regime", "sentence"),
    [
        ("us_501c3", "gave you no goods or services in return for these gifts."),
        ("uk_gift_aid", "This statement is not a declaration."),
    ],
)
def test_each_tax_regime_has_its_own_paragraph(regime: str, sentence: str) -> None:
    told = facts(receipt={"entity": {"tax_regime": regime}})
    assert sentence in words(page(told))
