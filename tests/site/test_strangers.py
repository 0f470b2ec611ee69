"""Goal: a stranger who opens every public page and file finds no donor's name and no address."""

import re
from html import unescape
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client

from donors import public_names, receipts
from donors.public_names import Shown
from funding.documents.models import Document
from funding.ledger import trace
from funding.site.privacy import fields
from grants.models import Project
from tests import make
from tests.access.test_table import rows
from tests.access.world import World
from tests.donors.stating import at, given, given_back
from tests.grants import showing

pytestmark = pytest.mark.django_db

LINK = re.compile(r"""(?:href|action)=["']([^"'#]+)""")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# What a stranger can do beside reading is asked for by forms, which are not sent here.
BEGINNINGS = ["/", "/give/", "/verify/", "/transparency/", "/projects/", "/rounds/", "/robots.txt"]
BEGINNINGS += ["/grants/", "/grants/?csv=1"]
SECRETS = {
    "Zbigniew Unheard", "Unheard", "Åsa Openly", "Openly", "zbigniew@secret.example",
    "asa@secret.example", "secret.example", "In memory of my cat Dziadek", "Dziadek",
}  # fmt: skip

# Columns whose words are a machine's, or are long and never stand on a page as a whole.
MACHINES: Final = frozenset(
    """
    actor after before change_message checkout_url content data error for_machines for_readers
    html key method object_repr password payload pay_url reference reply_to session_data
    session_key snapshot stop_url subject text to_hash trouble values wording
    """.split()
)
# A shorter word stands on some page by chance.
SHORTEST: Final = 6


def everything(client: Client, beginnings: list[str]) -> dict[str, str]:
    """Every page and file that a stranger reaches by links, with its text."""
    found: dict[str, str] = {}
    waiting = list(beginnings)
    while waiting and len(found) < 300:
        address = waiting.pop()
        if address in found:
            continue
        # A page that is put off as one call too many would be no page that was read.
        cache.clear()
        answer = client.get(address)
        assert answer.status_code != 429, address
        kind = answer.headers.get("Content-Type", "")
        if answer.streaming:
            text = b"".join(answer).decode()
        else:
            # A picture is read too, as far as it holds letters: a camera may write names into it.
            text = answer.content.decode(errors="replace") if "pdf" not in kind else ""
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


def said_of_people() -> set[str]:
    """Whatever the database holds on people, by the list that names every such column."""
    said: set[str] = set()
    for label, columns in fields.SPEAKING.items():
        model = apps.get_model(label)
        for name in set(columns.split()) - MACHINES:
            if not model._meta.get_field(name).is_relation:
                said |= {
                    str(value) for value in model._default_manager.values_list(name, flat=True)
                }
    return {word for word in said if len(word) >= SHORTEST and not word.isdecimal()}


def test_nothing_that_is_held_on_a_person_is_public_unless_they_asked(client: Client) -> None:
    """Everything that any page of the product shows is made, and then a stranger looks around."""
    world = World()
    for page in rows():
        page.where(world)
    openly = given(make.fund(make.entity(), slug="seen"), 900, at("2025-03-03"))
    public_names.choose(thing=openly, shown=Shown("The Openly family"), actor="system")
    receipts.sweep()
    while trace.sweep():
        pass
    shown = set(public_names.public().values_list("name", flat=True))
    # Who does a project's work is said on its page, and accounts are held in that name.
    shown |= set(Project.objects.values_list("organisation__name", flat=True))
    secrets = said_of_people() - shown
    papers = [f"/verify/{paper.verify_code}/" for paper in Document.objects.all()]
    pages = everything(client, [*BEGINNINGS, "/supporters/", "/news/", *papers])
    assert len(secrets) > 50
    assert len(pages) > 40
    # The same eyes find what may be seen.
    assert "The Openly family" in pages["/supporters/"]
    told = {
        address: found
        for address, text in pages.items()
        if (found := [secret for secret in secrets if secret in text])
    }
    assert told == {}


def test_a_name_on_a_page_would_be_noticed(client: Client) -> None:
    assert EMAIL.findall("write to zbigniew@secret.example.") == ["zbigniew@secret.example."]
    make.fund(make.entity(), "Zbigniew's fund", slug="general", purpose="zbigniew@secret.example")
    pages = everything(client, BEGINNINGS)
    assert any("zbigniew@secret.example" in text for text in pages.values())
    assert LINK.findall('<a href="/a/"><form action="/b/">') == ["/a/", "/b/"]
