"""Bytes are made once, from our own files only, and wait where they cannot be made."""

import ctypes.util
import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core import checks
from django.db import connection
from pypdf import PdfReader
from pytest_django import Settings

from funding import clock
from funding.documents import receipt, register, rendering
from funding.documents.checks import CannotRender
from funding.documents.models import Document
from tests.documents.conftest import issue, make_entity, make_snapshot
from tests.ledger.racing import together

Clock = Callable[[dt.datetime], None]

LEAK = '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}" width="9" height="9"/></svg>'


@pytest.fixture
def no_pango(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which the system knows of no Pango, and a process that is not warm yet."""
    rendering._workshop.cache_clear()
    known = ctypes.util.find_library

    def find(name: str) -> str | None:
        return None if "pango" in name else known(name)

    with monkeypatch.context() as patch:
        patch.setattr(ctypes.util, "find_library", find)
        yield


@pytest.mark.django_db
def test_bytes_are_stored_once_with_their_hash() -> None:
    document = register.render(issue(make_entity()).pk)
    content = bytes(document.content or b"")
    assert content.startswith(b"%PDF-1.7")
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    again = register.render(document.pk)
    assert (bytes(again.content or b""), again.rendered_at) == (content, document.rendered_at)
    assert (again.attempts, again.error) == (1, "")


@pytest.mark.django_db
def test_the_same_facts_give_the_same_bytes() -> None:
    facts = issue(make_entity()).facts()
    assert rendering.pdf("receipt", facts, "en") == rendering.pdf("receipt", facts, "en")
    other = facts | {"donor": {"name": "Åsa Öhrn"}}
    assert rendering.pdf("receipt", other, "en") != rendering.pdf("receipt", facts, "en")


def test_four_renderers_store_one_set_of_bytes(committed: None) -> None:
    document = issue(make_entity())

    def render(_: int) -> tuple[str, dt.datetime | None]:
        rendered = register.render(document.pk)
        return rendered.sha256, rendered.rendered_at

    stored = together(4, render)
    assert len(set(stored)) == 1
    assert isinstance(stored[0], tuple)


def test_no_transaction_is_open_during_layout(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = issue(make_entity())
    seen = []

    def context(facts: dict[str, object]) -> dict[str, object]:
        seen.append(connection.in_atomic_block)
        return receipt.context(facts)

    monkeypatch.setitem(rendering.SHEETS, "receipt", context)
    register.render(document.pk)
    assert seen == [False]


@pytest.mark.django_db
def test_void_and_replaced_documents_keep_their_bytes() -> None:
    entity = make_entity()
    first, second = (register.render(issue(entity, key).pk) for key in "ab")
    register.replace(document_id=first.pk, by_id=second.pk, actor="system")
    register.void(document_id=second.pk, actor="system")
    for document in (first, second):
        kept = register.render(document.pk)
        assert bytes(kept.content or b"") == bytes(document.content or b"")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://elsewhere.example/stamp.svg",
        "http://127.0.0.1:9/x.svg",
        "https://elsewhere.example/x.svg",
        "ftp://elsewhere.example/x.svg",
    ],
)
def test_a_document_fetches_nothing_but_its_own_files(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = issue(make_entity(), entity={"logo": LEAK.format(url=url)})
    with pytest.raises(CannotRender):
        register.render(document.pk)
    document.refresh_from_db()
    assert document.rendered_at is None
    assert "Failed to render SVG image" in document.error
    caplog.clear()


@pytest.mark.django_db
def test_a_path_out_of_the_folder_is_not_followed() -> None:
    fetcher = rendering._workshop().fetcher
    inside = rendering.FOLDER.as_uri()
    assert fetcher(f"{inside}/stamp.svg").read()
    for url in (f"{inside}/../../manage.py", f"{inside}/%2e%2e/%2e%2e/manage.py", f"{inside}-x/y"):
        with pytest.raises(ValueError, match="files of its own"):
            fetcher(url)


@pytest.mark.django_db
def test_a_logo_is_drawn_and_cannot_add_to_the_page(caplog: pytest.LogCaptureFixture) -> None:
    logo = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/>'
        "</svg><h1>Forged</h1>"
    )
    with pytest.raises(CannotRender):
        register.render(issue(make_entity(), entity={"logo": logo}).pk)
    caplog.clear()
    drawn = logo.removesuffix("<h1>Forged</h1>")
    document = register.render(issue(make_entity("XX"), "b", entity={"logo": drawn}).pk)
    assert "Forged" not in text_of(document)


@pytest.mark.django_db
def test_what_a_donor_writes_is_text() -> None:
    name = "<img src=x onerror=alert(1)> & <b>Bold</b> {{ entity }} {% now %}"
    document = register.render(issue(make_entity(), donor={"name": name}).pk)
    assert "<b>Bold</b>" in text_of(document)


@pytest.mark.django_db
def test_a_machine_without_pango_keeps_the_document_waiting(no_pango: None) -> None:
    document = issue(make_entity())
    with pytest.raises(CannotRender):
        register.render(document.pk)
    assert register.render_due() == 0
    document.refresh_from_db()
    assert (document.rendered_at, document.attempts) == (None, 1)
    assert "pango" in document.error
    warning = [each for each in checks.run_checks() if each.id == "documents.W001"]
    assert len(warning) == 1
    assert "install" in str(warning[0].hint).lower()


@pytest.mark.django_db
def test_a_machine_with_pango_has_nothing_to_say() -> None:
    assert [each for each in checks.run_checks() if each.id == "documents.W001"] == []


@pytest.mark.django_db
def test_a_failed_layout_waits_longer_each_time(clock_at: Clock) -> None:
    broken = issue(make_entity(), lines=[{"fund": "A", "minor": "not a number"}])
    sound = issue(make_entity("XX"), "b")
    waits = []
    for _ in range(10):
        before = clock.now()
        register.render_due()
        broken.refresh_from_db()
        waits.append(round((broken.due_at - before).total_seconds()))
        clock_at(broken.due_at + dt.timedelta(seconds=1))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (broken.rendered_at, broken.attempts) == (None, 10)
    assert "TypeError" in broken.error
    sound.refresh_from_db()
    assert sound.rendered_at is not None


@pytest.mark.django_db
def test_what_is_not_due_is_left_alone(clock_at: Clock) -> None:
    document = issue(make_entity())
    Document.objects.update(due_at=clock.now() + dt.timedelta(minutes=1))
    assert register.render_due() == 0
    clock_at(clock.now() + dt.timedelta(minutes=2))
    assert register.render_due() == 1
    assert register.render_due() == 0
    document.refresh_from_db()
    assert document.rendered_at is not None


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółw",
        "Åsa Öhrn",
        "Бат-Эрдэнэ Дорж",
        "Өнөржаргал Үүрийнтуяа",
        "山田　花子",
        "محمد رضایی",
        "می‌خواهم",
        "पासाङ शेर्पा",
        "Gʻaniyeva Oʻgʻiloy",
        "Zoe\u0308 O’Brien-Smith",
    ],
)
def test_our_fonts_have_the_letters_of_our_donors(name: str) -> None:
    assert rendering.missing_letters(name) == set()


@pytest.mark.django_db
def test_letters_that_no_font_has_are_reported_and_not_fatal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert rendering.missing_letters("กa한") == {"ก", "한"}
    document = register.render(issue(make_entity(), donor={"name": "สมชาย"}).pk)
    assert document.rendered_at is not None
    assert "ม (U+0E21)" in document.error
    caplog.clear()


def text_of(document: Document) -> str:
    """Every word of the PDF, with single spaces."""
    pages = PdfReader(io.BytesIO(bytes(document.content or b""))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_facts_used_here_are_whole() -> None:
    facts = make_snapshot()
    total = sum(line["minor"] for line in facts["lines"]) + facts["cover_minor"]
    assert total == facts["given_minor"] == facts["gives_minor"] + facts["refunded_minor"]


ONE_PAGE = """
import json, sys, django
django.setup()
from funding.documents import rendering
assert rendering.pdf("receipt", json.load(sys.stdin), "en").startswith(b"%PDF")
"""


@pytest.mark.django_db
def test_a_process_leaves_no_fonts_behind(tmp_path: Path, settings: Settings) -> None:
    # WeasyPrint copies the fonts, and at the interpreter's end forgets to take them away.
    subprocess.run(
        [sys.executable, "-c", ONE_PAGE],
        input=json.dumps(issue(make_entity()).facts()),
        text=True,
        check=True,
        cwd=settings.ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "funding.settings"},
    )
    assert list(tmp_path.iterdir()) == []
