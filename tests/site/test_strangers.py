"""Goal: a stranger who opens every public page and file finds no donor's name and no address."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from donors import receipts
from funding.documents.models import Document
from funding.ledger import trace
from tests import make
from tests.donors.stating import at, given, given_back
from tests.grants import showing

pytestmark = pytest.mark.django_db

LINK = re.compile(r"""(?:href|action)=["']([^"'#]+)""")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# What a stranger can do beside reading is asked for by forms, which are not sent here.
BEGINNINGS = ["/", "/give/", "/verify/", "/transparency/", "/projects/", "/rounds/", "/robots.txt"]
SECRETS = {
    "Zbigniew Unheard", "Unheard", "Åsa Openly", "Openly", "zbigniew@secret.example",
    "asa@secret.example", "secret.example", "In memory of my cat Dziadek", "Dziadek",
}  # fmt: skip


def everything(client: Client, beginnings: list[str]) -> dict[str, str]:
    """Every page and file that a stranger reaches by links, with its text."""
    found: dict[str, str] = {}
    waiting = list(beginnings)
    while waiting and len(found) < 300:
        address = waiting.pop()
        if address in found:
            continue
        answer = client.get(address)
        kind = answer.headers.get("Content-Type", "")
        if answer.streaming:
            text = b"".join(answer).decode()
        else:
            text = answer.content.decode() if "pdf" not in kind else ""
        found[address] = unescape(text)
        if "html" not in kind:
            continue
        for link in LINK.findall(text):
            whole = urlsplit(urljoin(f"http://testserver{address}", unescape(link)))
            is_ours = whole.netloc == "testserver" and not whole.path.startswith("/static/")
            if is_ours and whole.scheme == "http":
                waiting.append(whole.path + (f"?{whole.query}" if whole.query else ""))
    return found


def test_no_public_page_names_a_donor_or_an_address(client: Client) -> None:
    entity = make.entity(contact_email="fund@manulfund.example")
    general = make.fund(entity, slug="general")
    hidden = given(
        general, 2550, at("2025-03-01"), name="Zbigniew Unheard", email="zbigniew@secret.example",
        message="In memory of my cat Dziadek",
    )  # fmt: skip
    # She kept nothing back, and has not said either that her name may stand in a list.
    given(general, 1500, at("2025-03-02"), name="Åsa Openly", email="asa@secret.example")
    given_back(hidden, 1000)
    receipts.sweep()
    showing.shown()
    while trace.sweep():
        pass
    papers = [f"/verify/{paper.verify_code}/" for paper in Document.objects.all()]
    pages = everything(client, [*BEGINNINGS, *papers])
    assert len(pages) > 20
    assert {"/funds/general/", "/give/", "/about/", "/privacy/", "/contact/"} <= set(pages)
    for address, text in pages.items():
        assert not [secret for secret in SECRETS if secret in text], address
        assert set(EMAIL.findall(text)) <= {"fund@manulfund.example", "name@example.org"}, address


def test_a_name_on_a_page_would_be_noticed() -> None:
    assert EMAIL.findall("write to zbigniew@secret.example.") == ["zbigniew@secret.example."]
    assert LINK.findall('<a href="/a/"><form action="/b/">') == ["/a/", "/b/"]
