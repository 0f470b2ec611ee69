"""No word that a giver sees stands in a template or module unmarked.

Every marked text comes back in brackets; whatever else is a word must be data.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from donors import cards
from donors.models import Association
from funding.documents import rendering
from funding.documents.models import Document
from funding.mail import writing
from funding.site import languages, mail_samples
from tests.access.pages_account import statement
from tests.access.pages_followed import certificate
from tests.access.pages_site import receipt
from tests.access.pages_tributes import waiting as tribute
from tests.access.pages_zoos import announced, billed
from tests.access.table import Page
from tests.access.test_table import rows
from tests.access.world import World, general
from tests.tidy import tree
from tests.words import givers, pseudo

SIGN_IN = [
    "/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/2fa/",
    "/accounts/logout/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/recovery-codes/generate/", "/nowhere/", "/give/?fund=general&rhythm=monthly",
]  # fmt: skip
# What people and bodies are called, what was written by somebody, and signs of currencies.
DATA = """
    General fund|Wherever the committee finds the need greatest.|Manul Fund Example Foundation
    Stenbacken 4|Norrvik|fund@manulfund.example|Tara Lindqvist, Treasurer|EX 000000-0
    Small grants 2027|Work.|Call|Alice Example|alice@cast.example|PICA
    Nordens Ark|Royal Zoological Society of Scotland|Snow Leopard Trust|Fondation Segré
    Hellabrunn Zoo|Tierpark Berlin|La Torbiera|Tallinn Zoo|Dakota Zoo|Emma Nygren
    David Barclay|Helen Senn|Gustaf Samelius|Katarzyna Ruta|Manul Fund|Svenska|English
    Example Fund|Example Street 1|Exampleville|Example purpose|fund@example.org|Åsa Öhrn
    Treasurer,|EXAMPLE-1|EXAMPLE|Example Honoree|Łukasz Żółw|Example words of the giver.
    Example news, in the words of the fund.|Example news|Beancount|Kuusiranta Zoo
    Kuusirannan Eläintarha Oy|Rantatie 1|Kuusiranta|Accounts payable|Example Bank|EXAMSESS
    Example Zoo|Bob Example|Asel Example|For dens.|A manul between stones|Dens in the steppe
    A herder, June 2026|Three dens were found.|Two of them are lived in.|Steppe Team
    We vaccinate the dogs of 61 herder families.|Naming|Threat mitigation|Raising awareness
    Two visits to every family; doses and dogs are counted.
    With less we reach only half of the families.
    Dornod|We look for dens.|Then we count.|JSON|CSV|360Giving Data Standard|CC BY 4.0
    Forty traps stood for two winters.|Nine manuls came by.|A manul by a trap|A ranger|Steppe
"""
NAMES = [name.strip() for name in re.split(r"[|\n]", DATA) if name.strip()]
NAMES += [label for value, label in Association.choices if value]
NUMBERS = re.compile(
    r"[A-Z]{4}-(?:[CP]-)?\d{4}-\d{6}|[A-Z]{4}-Z\d+|RF\d\d(?: ?[A-Z0-9]{1,4})+|\S+/\S+"
    r"|(?:[A-Z0-9]{4} ?){6,}|\S+@\S+|\b[0-9a-f]{64}\b"
    r"|\b(?:[A-Z]{3}|US(?=\$)|Nkr|Dkr|kr)\b"
    # The number of a round, team or fund made for a test is whatever was made before it.
    r"|\b(?:Open|Team|Fund) \d+"
    r"|(?:\d+ )?\b(?:jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)(?:\.|[a-z]*)(?: \d{4})?\b"
)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all pages, in one transaction that never ends well."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        yield World()
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def bracketed() -> Iterator[None]:
    """Everything marked is seen."""
    with pseudo.spoken():
        yield


def read(world: World, session: str, where: str) -> list[str]:
    """What one person reads on one page that is not marked."""
    cache.clear()
    client = world.client(session)
    client.cookies["language"] = pseudo.LANGUAGE
    with transaction.atomic():
        answer = client.get(where, follow=True)
        transaction.set_rollback(True)
    if "html" not in answer.headers.get("Content-Type", ""):
        return []
    assert answer.status_code in {200, 404}, where
    page = pseudo.unmarked(answer.content.decode(), NAMES)
    return [f"{where}: {said}" for said in map(cleared, page) if said]


def cleared(said: str) -> str:
    """A stretch of text without numbers, amounts and dates; empty if no word is left."""
    return " ".join(pseudo.bare(NUMBERS.sub("", said), NAMES))


def of_givers(page: Page, session: str) -> bool:
    """Whether a giver reads this page."""
    return page.method == "GET" and session in page.may


# Bob acts for a zoo, and Eve is asked to.
@pytest.mark.parametrize("session", ["visitor", "alice", "bob", "eve"])
def test_every_word_on_a_page_is_marked(world: World, session: str) -> None:
    asked = [
        reverse(page.name, kwargs=page.where(world)) for page in rows() if of_givers(page, session)
    ]
    shown = [where for where in [*asked, *SIGN_IN] if languages.is_translated(where)]
    assert len(shown) > 25
    assert [said for where in shown for said in read(world, session, where)] == []


def test_every_word_of_a_mail_is_marked() -> None:
    found = []
    for sample in mail_samples.SAMPLES:
        for name, facts in sample.each():
            letter = writing.write(sample.template, facts, pseudo.LANGUAGE)
            said = [*pseudo.bare(letter.subject, NAMES), *pseudo.bare(letter.text, NAMES)]
            said += pseudo.unmarked(letter.html, NAMES)
            found += [f"{name}: {left}" for each in said if (left := cleared(each))]
    assert not found, "\n".join(found)


def test_no_subject_tells_what_only_the_reader_may_know() -> None:
    """Subjects are shown on locked phones and kept in logs: no code, link, address or account."""
    seen = 0
    for sample in mail_samples.SAMPLES:
        for name, facts in sample.each():
            subject = writing.write(sample.template, facts, "en").subject
            kept = [
                str(value)
                for key, value in facts.items()
                if key.endswith(("_url", "code", "_email", "email", "iban", "account", "reference"))
                and value
            ]
            seen += len(kept)
            assert not re.search(r"https?:|@|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3}", subject), name
            assert [value for value in kept if value in subject] == [], name
    assert seen > 60


def test_every_mail_to_a_giver_has_its_sample() -> None:
    """So that what it says is looked at here, and by those who answer it."""
    sent = {
        Path(name).stem
        for name in givers.sources()
        if name.startswith("templates/emails/")
        and "block subject" in tree.read(name)
        and Path(name).stem != "base"
    }
    assert sent == {sample.template for sample in mail_samples.SAMPLES}, (
        "add it to SAMPLES in funding/site/mail_samples.py, or its file to tests/words/givers.py"
    )


def test_every_word_of_a_paper_is_marked(world: World) -> None:
    # They are made with what the pages show.
    world.of(receipt)
    world.of(statement)
    world.of(billed)
    world.of(certificate)
    world.of(announced)
    papers = {paper.template: paper.facts() for paper in Document.objects.order_by("-pk")}
    papers["card"] = cards.facts(world.of(tribute))
    found = []
    for template, facts in papers.items():
        page = render_to_string(f"documents/{template}.html", rendering.SHEETS[template](facts))
        said = [left for each in pseudo.unmarked(page, NAMES) if (left := cleared(each))]
        found += [f"{template}: {each}" for each in said]
    assert {"receipt", "statement", "card", "invoice", "certificate", "proforma"} <= set(papers)
    assert not found, "\n".join(found)


def test_a_word_that_is_not_marked_is_found() -> None:
    page = "<h1>Give</h1><p>⟦Give to ⟧General fund</p><bdi>Zoe</bdi><img alt='A cat'>"
    assert pseudo.unmarked(page, NAMES) == ["Give", "A cat"]
    assert pseudo.bare("⟦You ⟦gave⟧ €4⟧ now", []) == ["now"]
    assert cleared("EXAM-2027-000001 4 EUR 14 mars 2027") == ""
    assert cleared("paid 4 EUR") == "paid 4"


def test_no_amount_is_written_as_english_readers_write_it(world: World) -> None:
    """Where a module makes the sentence, it has to name the reader's locale itself."""
    client = world.client("visitor")
    client.cookies["language"] = pseudo.LANGUAGE
    world.of(general)
    told = client.get("/give/sum/", {"amount": "1000.50", "currency": "EUR"}).json()
    said = [str(words) for words in told.values()]
    assert any("1 000,50 €" in words.replace("\N{NO-BREAK SPACE}", " ") for words in said), said
    assert [words for words in said if "€1" in words or "€0" in words] == []
