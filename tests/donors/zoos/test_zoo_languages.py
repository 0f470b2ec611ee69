"""Goal: the people of a zoo read their desk, their mails and their papers in their language."""

import io
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from donors.models import Donor, Invoice, Zoo
from donors.zoos import invoices, overdue, zoos
from funding.documents.models import Document
from funding.mail.models import Mail
from tests.donors.intake.desk import Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import days, invoice
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.zoo_world import person
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoo(client: Client) -> Zoo:
    """Bob's zoo, which is written to in Swedish; Bob has signed in."""
    cache.clear()
    bob = person("bob")
    made = zoo_world.zoo(bob, language="sv")
    sign_in(client, bob, factor=False)
    return made


def test_the_desk_is_in_the_language_of_who_reads_it(client: Client, zoo: Zoo) -> None:
    client.cookies["language"] = "sv"
    for place in ("", "profile/", "people/", "papers/", "money/", "matching/", "give/"):
        page = client.get(f"/zoo/{zoo.uuid}/{place}")
        assert (page.status_code, page["Content-Language"]) == (200, "sv"), place
    assert "Lova ett bidrag" in client.get(f"/zoo/{zoo.uuid}/").content.decode()
    client.cookies["language"] = "en"
    assert "Promise a contribution" in client.get(f"/zoo/{zoo.uuid}/").content.decode()


def test_an_invoice_and_its_mails_are_in_the_language_of_the_zoo(desk: Desk, zoo: Zoo) -> None:
    made = invoice(desk, zoo)
    invoices.make(made.pk)
    assert made.document is not None
    mail = Mail.objects.get(key=f"invoice:{made.pk}:mail")
    assert (mail.language, mail.subject) == ("sv", f"Faktura {made.document.name}")
    assert "Betala" in mail.text
    paper = Document.objects.get(pk=made.document.pk)
    assert paper.content is not None
    said = PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    assert "Så betalar ni" in said
    Invoice.objects.filter(pk=made.pk).update(due_on=desk.today - days(8))
    overdue.remind_one(zoo.pk)
    assert Mail.objects.latest("pk").subject == "En faktura är ännu obetald"


def test_a_paper_that_is_out_keeps_its_language(desk: Desk, zoo: Zoo) -> None:
    made = invoice(desk, zoo)
    told = replace(zoos.told_of(zoo), language="en")
    zoos.change(zoo_id=zoo.pk, profile=told, actor="user:1")
    made.refresh_from_db()
    assert made.document is not None
    assert made.document.language == "sv"
    assert Donor.objects.get(organisation=zoo.organisation).language == "en"
    later = invoice(desk, Zoo.objects.get())
    assert later.document is not None
    assert later.document.language == "en"


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("", "Vill du företräda Kuusiranta Zoo?"),
        ("en", "Will you act for Kuusiranta Zoo?"),
        ("sv", "Vill du företräda Kuusiranta Zoo?"),
    ],
)
def test_who_invites_chooses_the_language_of_the_mail(
    client: Client, zoo: Zoo, asked: str, subject: str
) -> None:
    page = client.get(f"/zoo/{zoo.uuid}/people/").content.decode()
    assert '<option value="sv" selected>' in page
    form = {"email": "fia@kuusiranta.example", "part": "viewer", "language": asked}
    assert client.post(f"/zoo/{zoo.uuid}/people/invite/", form).status_code == 302
    assert Mail.objects.latest("pk").subject == subject


def test_a_language_that_is_not_ours_is_refused_and_nobody_is_asked(
    client: Client, zoo: Zoo
) -> None:
    before = Mail.objects.count()
    form = {"email": "fia@kuusiranta.example", "part": "viewer", "language": "xx\0"}
    assert client.post(f"/zoo/{zoo.uuid}/people/invite/", form).status_code == 422
    assert Mail.objects.count() == before
    with pytest.raises(zoos.NotAProfile) as refused:
        zoos.read(zoo_world.profile(language="xx"))
    assert refused.value.field == "language"
