"""Whoever follows money to an award reads the reports on it, on a page and on paper."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from donors.models import Zoo
from funding import clock
from funding.ledger import trace
from funding.ledger.models import Fund
from funding.site.models import FollowedKind
from funding.users.models import User
from grants import publications
from grants.models import Award, Project
from tests.clocks import clock_at as clock_at
from tests.documents.test_receipt import walk
from tests.grants import publishing
from tests.ledger.tracing import Books
from tests.people import sign_in
from tests.site import test_followed
from tests.site.test_followed import ClockAt, gave, made, snapshot
from tests.site.test_followed import general as general
from tests.site.test_followed import zoo as zoo
from tests.site.test_following import alice as alice
from tests.site.test_following import awarded, given, trail
from tests.site.test_following import books as books
from tests.site.test_following import snow as snow

pytestmark = pytest.mark.django_db


def test_an_award_shows_its_own_reports_that_are_published(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    shown = awarded(books, "Dogs with herders", 1000, snow)
    secret = awarded(books, "Ranger course", 1000, snow, public=False)
    publishing.published(shown)
    hidden = publishing.published(shown, "final")
    publications.hide(sending_id=hidden.pk, words="A den.", by=publishing.officer())
    publishing.published(secret)
    dogs, rangers = (line for line in trail(gift).lines if line.paid is not None)
    assert [told.url for told in dogs.reports] == [
        f"/projects/{shown.application.project.slug}/reports/interim/"
    ]
    assert rangers.reports == ()


def test_reports_cost_the_page_the_same_questions_and_speak_swedish_around_their_words(
    client: Client, alice: User, books: Books, snow: Fund
) -> None:
    given(snow, 4000, 85)
    sign_in(client, alice)

    def asked() -> tuple[int, str]:
        while trace.sweep():
            pass
        with CaptureQueriesContext(connection) as questions:
            answer = client.get("/account/money/")
        return len(questions), answer.content.decode()

    publishing.published(awarded(books, "First", 100, snow))
    asked()
    few, text = asked()
    for words in ("Interim report", "A manul by a trap", "/reports/interim/small/", "A ranger"):
        assert words in text
    for number in range(3):
        award = awarded(books, f"Further {number}", 100, snow)
        publishing.published(award)
        publishing.published(award, "final", photos=[])
    many, text = asked()
    assert (many, text.count("Nine manuls came by.")) == (few, 7)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "sv"
    swedish = asked()[1]
    assert swedish.count("Nine manuls came by.") == 7
    for words in ("Delrapport", "Slutrapport", "Projektets egna ord", "Bild: <bdi>A ranger"):
        assert words in swedish
    for words in ("Interim report", "Final report", "own words", "Picture"):
        assert words not in swedish


def alternatives(content: bytes) -> list[str]:
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    nodes = walk(root["/StructTreeRoot"])
    said = [str(node.get("/Alt", "")) for node in nodes if node.get("/S") == "/Figure"]
    return [each for each in said if "manul by" in each]


def test_the_paper_keeps_what_it_printed_and_a_certificate_prints_none(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 90_000)
    test_followed.awarded(general, "Dens before winter", 60_000)
    Project.objects.update(published_at=clock.now())
    before, certificate = made(gift, FollowedKind.TRAIL).sha256, made(gift).sha256
    sending = publishing.published(Award.objects.get())
    row = made(gift, FollowedKind.TRAIL)
    assert (row.version, made(gift).sha256) == (2, certificate)
    (line,) = (each for each in snapshot(row)["trails"][0]["lines"] if each["is_award"])
    (told,) = line["reports"]
    assert told["title"] == "Interim report"
    assert told["beginning"] == "Forty traps stood for two winters. Nine manuls came by."
    document = row.document
    assert document is not None
    document.refresh_from_db()
    content = bytes(document.content or b"")
    assert alternatives(content) == ["A manul by a trap"]
    # Taken off the pages, it stays on the paper that printed it; the next one has it no more.
    publications.withdraw(sending_id=sending.pk, by=sending.sent_by)
    document.refresh_from_db()
    assert bytes(document.content or b"") == content
    again = made(gift, FollowedKind.TRAIL)
    assert (again.version, again.sha256) == (3, before)
