"""The product's receipts: the real template, rendered as the worker does it."""

import datetime as dt
import itertools
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import django

from tests.benchmarks.answering import answer, timed

if TYPE_CHECKING:
    from funding.parties.models import Entity

_numbers = itertools.count(1)


def facts(count: int) -> list[dict[str, Any]]:
    """The facts of so many receipts; no two are alike."""
    return [_facts(next(_numbers)) for _ in range(count)]


def _facts(number: int) -> dict[str, Any]:
    from funding.documents.models import Document
    from tests.documents.conftest import make_snapshot

    snapshot = make_snapshot(donor={"name": f"Zoë O’Brien-Smith {number}"})
    return Document(
        series="MF",
        year=2026,
        number=number,
        key=f"receipt:{number}:document",
        verify_code=f"K7QM4XTR9C{number:06d}",
        snapshot=snapshot,
        issued_at=dt.datetime(2026, 3, 14, 18, 43, tzinfo=dt.UTC),
        issued_on=dt.date(2026, 3, 14),
    ).facts()


def render(seconds: float, given: list[dict[str, Any]]) -> dict[str, float]:
    """Render for so long. The facts come from elsewhere: no tests are loaded in this process."""
    from funding.documents.rendering import pdf

    each = itertools.cycle(given)
    return timed(seconds, lambda: pdf("receipt", next(each), "en"))


def sources(count: int) -> list[str]:
    """The pages of so many receipts as HTML, each complete with its style sheet."""
    from django.template.loader import render_to_string

    from funding.documents import receipt
    from funding.documents.rendering import FOLDER

    head = f'<base href="{FOLDER.as_uri()}/"><link rel="stylesheet" href="document.css"></head>'
    pages = []
    for _ in range(count):
        page = render_to_string("documents/receipt.html", receipt.context(_facts(next(_numbers))))
        pages.append(page.replace("</head>", head))
    return pages


@lru_cache(maxsize=1)
def _owner() -> "Entity":
    from tests.documents.conftest import make_entity

    return make_entity()


def render_due(count: int) -> dict[str, float]:
    """Render and store what waits, in one go."""
    from funding.documents import register
    from tests.documents.conftest import issue

    for _ in range(count):
        issue(_owner(), f"receipt:{next(_numbers)}:document")
    done = []
    told = timed(0.001, lambda: done.append(register.render_due()))
    assert sum(done) == count, done
    return told | {"count": count}


if __name__ == "__main__":
    django.setup()
    answer({"facts": facts, "render": render, "sources": sources, "render_due": render_due})
