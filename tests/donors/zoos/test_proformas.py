"""Goal: finance reads what was promised, and never takes it for an invoice."""

import datetime as dt
import io
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from donors.models import Contribution, Invoice, Pace, Proforma, Zoo
from donors.zoos import contributions, pauses, proformas, zoos
from donors.zoos.contributions import HasEnded
from donors.zoos.proformas import NothingAhead
from funding import clock
from funding.audit.models import Record
from funding.documents import register
from funding.documents.models import Document, DocumentState, Sequence
from funding.mail.models import Mail
from funding.parties.models import Part
from funding.users.models import Role
from tests.clocks import clock_at as clock_at
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import days, promised
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.donors.zoos.test_pauses import fresh, paid
from tests.donors.zoos.zoo_world import joins, person
from tests.ledger.racing import together
from tests.people import make_person, sign_in

Clock = Callable[[dt.datetime], None]


def ahead(desk: Desk, zoo: Zoo | None = None, **facts: object) -> Contribution:
    """EUR 500 a year, from forty days from now on, with an order number."""
    told = {"pace": Pace.YEARLY, "starts_on": desk.today + days(40), "order_number": "PO-7731"}
    return promised(desk, zoo, **told | facts)


def made(row: Contribution) -> Proforma:
    return proformas.ask(contribution_id=row.pk, actor="user:2")


def words(paper: Proforma) -> str:
    """What its pages say."""
    content = register.render(paper.document_id).content
    assert content is not None
    pages = PdfReader(io.BytesIO(bytes(content))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def invoices_of(series: str) -> int:
    return sum(Sequence.objects.filter(series=series).values_list("last", flat=True))


def billed(row: Contribution, clock_at: Clock) -> Invoice:
    """Its day comes, and the invoice with it."""
    fresh(row)
    assert row.next_on is not None
    clock_at(dt.datetime.combine(row.next_on, dt.time(12), dt.UTC))
    assert contributions.bill(row.pk)
    return row.invoices.latest("pk")


# What is refused.


def test_the_database_keeps_each_version_once_and_as_it_was(desk: Desk) -> None:
    paper = made(ahead(desk))
    document = made(ahead(desk)).document
    facts = {
        "contribution": paper.contribution,
        "document": document,
        "sha256": "a" * 64,
        "asked_by": "user:2",
        "asked_at": clock.now(),
    }
    other = ahead(desk)
    lone = register.issue(
        entity_id=desk.entity.pk, template="proforma", key="x", snapshot={}, language="en"
    )
    with pytest.raises(IntegrityError, match="version_is_made_once"), transaction.atomic():
        Proforma.objects.create(**facts | {"version": 1, "document": lone})
    with pytest.raises(IntegrityError, match="versions_count_from_one"), transaction.atomic():
        Proforma.objects.create(**facts | {"version": 0, "document": lone, "contribution": other})
    with pytest.raises(IntegrityError, match="has_its_fingerprint"), transaction.atomic():
        Proforma.objects.create(**facts | {"version": 2, "document": lone, "sha256": "x"})
    for deed in (
        lambda: Proforma.objects.filter(pk=paper.pk).update(version=9),
        lambda: Proforma.objects.filter(pk=paper.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="proforma_stays"), transaction.atomic():
            deed()
    assert Proforma.objects.count() == 2


def test_there_is_none_when_no_invoice_is_to_come(desk: Desk, clock_at: Clock) -> None:
    ended = ahead(desk)
    contributions.end(contribution_id=ended.pk, actor=TARA)
    today = ahead(desk, starts_on=desk.today)
    for row in (ended, today):
        with pytest.raises(NothingAhead):
            made(row)
    with pytest.raises(HasEnded):
        contributions.set_order(contribution_id=ended.pk, order_number="PO-1", actor=TARA)
    assert not Proforma.objects.exists()
    assert not Document.objects.exists()
    assert fresh(ended).order_number == "PO-7731"


# Twice, and at once.


def test_the_same_promise_gives_the_same_paper(desk: Desk, clock_at: Clock) -> None:
    row = ahead(desk)
    first = made(row)
    clock_at(clock.now() + days(7))
    assert made(row) == first
    assert [each.name for each in Document.objects.all()] == [first.document.name]
    assert Record.objects.filter(action="proforma.issued").count() == 1


def test_asked_for_at_once_it_is_one_paper(open_desk: Desk) -> None:
    row = ahead(open_desk)
    found = together(4, lambda _number: made(row).pk)
    assert len(set(found)) == 1, found
    assert Document.objects.count() == 1


def test_without_the_lock_the_database_keeps_the_second_one_out(open_desk: Desk) -> None:
    row = ahead(open_desk)
    lone = [
        register.issue(
            entity_id=open_desk.entity.pk, template="proforma", key=key, snapshot={}, language="en"
        )
        for key in "ab"
    ]

    def ask(number: int) -> object:
        with transaction.atomic():
            last = proformas.latest(row)
            time.sleep(0.3)
            return Proforma.objects.create(
                contribution=row,
                version=last.version + 1 if last else 1,
                document=lone[number],
                sha256="a" * 64,
                asked_by="user:2",
                asked_at=clock.now(),
            )

    assert [type(each) for each in together(2, ask)].count(IntegrityError) == 1


def test_pro_forma_and_invoice_at_once_leave_no_pro_forma_that_counts(open_desk: Desk) -> None:
    row = ahead(open_desk, pace=Pace.ONCE)
    made(row)
    Contribution.objects.update(next_on=open_desk.today, order_number="PO-8")

    def act(number: int) -> object:
        return contributions.bill(row.pk) if number % 2 else made(row)

    for each in together(4, act):
        assert not isinstance(each, Exception) or isinstance(each, NothingAhead), each
    assert Invoice.objects.count() == 1
    assert not Document.objects.filter(template="proforma", state=DocumentState.VALID).exists()


# How it goes.


def test_it_takes_no_number_of_the_invoices(desk: Desk, clock_at: Clock) -> None:
    row = ahead(desk)
    paper = made(row)
    series = desk.entity.series
    assert paper.document.name == f"{series}-P-{desk.today.year}-000001"
    assert invoices_of(series) == 0
    invoice = billed(row, clock_at)
    assert invoice.document is not None
    assert (invoice.document.series, invoice.document.number) == (series, 1)
    assert not Mail.objects.filter(cause__startswith="proforma").exists()


def test_the_invoice_takes_its_place_and_names_it(
    client: Client, desk: Desk, clock_at: Clock
) -> None:
    row = ahead(desk)
    paper = made(row)
    invoice = billed(row, clock_at)
    paper.document.refresh_from_db()
    assert (paper.document.state, paper.document.replaced_by) == (
        DocumentState.REPLACED,
        invoice.document,
    )
    assert invoice.document is not None
    assert invoice.document.snapshot["proforma"] == paper.document.name
    page = client.get(f"/verify/{paper.document.verify_text}/").text
    assert "not an invoice" in page
    assert invoice.document.name in page
    # The next one is announced by a paper of its own.
    again = made(row)
    assert (again.version, again.document.snapshot["replaces"]) == (2, None)
    other = billed(ahead(desk), clock_at).document
    assert other is not None
    assert "proforma" not in other.snapshot


def test_changed_it_is_a_new_paper_that_names_the_old(desk: Desk) -> None:
    row = ahead(desk, fund_id=None, wish="For dens.")
    papers = [made(row)]
    contributions.give_fund(contribution_id=row.pk, fund_id=desk.general.pk, actor=TARA)
    papers.append(made(row))
    for _ in range(2):
        contributions.set_order(contribution_id=row.pk, order_number=" PO-9 ", actor="user:2")
    papers.append(made(row))
    profile = zoo_world.profile(legal_name="Kuusiranta ry", language="sv")
    zoos.change(zoo_id=row.zoo_id, profile=profile, actor="user:2")
    papers.append(made(row))
    assert [each.version for each in papers] == [1, 2, 3, 4]
    for before, after in pairwise(papers):
        before.document.refresh_from_db()
        assert before.document.replaced_by == after.document
        assert after.document.snapshot["replaces"] == before.document.name
    assert papers[-1].document.language == "sv"
    assert Record.objects.filter(action="contribution.order_set").count() == 1


def test_the_order_number_stands_on_the_invoice(desk: Desk, clock_at: Clock) -> None:
    row = ahead(desk, order_number="")
    contributions.set_order(contribution_id=row.pk, order_number="PO-9", actor="user:2")
    assert billed(row, clock_at).order_number == "PO-9"


def test_ended_or_paused_it_counts_no_more(desk: Desk) -> None:
    row = ahead(desk)
    paper = made(row)
    for _ in range(2):
        contributions.end(contribution_id=row.pk, actor=TARA)
    paper.document.refresh_from_db()
    assert paper.document.state == DocumentState.VOID


def test_money_that_goes_back_voids_it_until_the_promise_goes_on(desk: Desk) -> None:
    from tests.donors.zoos.test_money_back import back

    row = paid(desk)
    paper = made(row)
    back(desk, 20_000)
    paper.document.refresh_from_db()
    assert paper.document.state == DocumentState.VOID
    with pytest.raises(NothingAhead):
        made(row)
    pauses.go_on(contribution_id=row.pk, actor=TARA)
    assert made(row).version == 2


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [
        ("EUR", 50_000, "€500.00"),
        ("KWD", 1_234_567, "KWD 1,234.567"),
        ("JPY", 80_000, "¥80,000"),
        ("KRW", 1_500_000, "₩1,500,000"),
        ("CZK", 1_250_050, "CZK 12,500.50"),
    ],
)
def test_it_says_all_that_finance_asks_for(
    desk: Desk, currency: str, minor: int, shown: str
) -> None:
    paper = made(ahead(desk, currency=currency, amount_minor=minor, wish="For dens 雪."))
    said = words(paper)
    for each in (
        "Pro-forma",
        "This is not an invoice. It asks for no payment",
        shown.replace("\N{NO-BREAK SPACE}", " "),
        "Kuusirannan Eläintarha Oy",
        "Rantatie 1",
        "FI00000000",
        "PO-7731",
        f"{desk.entity.series}-Z{paper.contribution_id}",
        desk.general.name,
        desk.entity.legal_name,
        "Valid until",
        "no value added tax",
    ):
        assert each in said, (each, said)
    # No account and no reference by which somebody might pay it.
    assert "IBAN" not in said
    assert "SE45" not in said


def test_in_swedish_it_is_swedish(desk: Desk) -> None:
    zoo = zoo_world.zoo(language="sv")
    said = words(made(ahead(desk, zoo, currency="KWD", amount_minor=1_234_567)))
    assert "Detta är ingen faktura" in said
    assert "1 234,567" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "invoice" not in said


# Its pages.


@pytest.fixture
def zoo(client: Client, desk: Desk) -> Zoo:
    """Bob's zoo; Bob has signed in."""
    cache.clear()
    bob = person("bob")
    found = zoo_world.zoo(bob)
    sign_in(client, bob, factor=False)
    return found


def test_the_desk_leads_to_it_makes_it_and_hands_it_out(
    client: Client, desk: Desk, zoo: Zoo
) -> None:
    row = ahead(desk, zoo)
    here = f"/zoo/{zoo.uuid}/promises/{row.pk}/pro-forma/"
    assert here in client.get(f"/zoo/{zoo.uuid}/").text
    assert "Make the pro-forma" in client.get(here).text
    assert client.get(f"{here}1.pdf").status_code == 404
    for _ in range(2):
        assert client.post(f"{here}make/").status_code == 302
    assert "Being made" in client.get(here).text
    register.render(Document.objects.get().pk)
    assert f"{here}1.pdf" in client.get(here).text
    assert client.get(f"{here}1.pdf").content[:5] == b"%PDF-"
    order = f"/zoo/{zoo.uuid}/promises/{row.pk}/order/"
    assert client.post(order, {"order_number": "PO-9"}).status_code == 302
    assert fresh(row).order_number == "PO-9"
    for rubbish in ("x" * 61, "a\x00b"):
        answer = client.post(order, {"order_number": rubbish})
        assert answer.status_code == 422
    assert "x" * 61 in client.post(order, {"order_number": "x" * 61}).text
    contributions.end(contribution_id=row.pk, actor=TARA)
    assert client.post(order, {"order_number": "PO-10"}).status_code == 409
    refused = client.post(f"{here}make/")
    assert refused.status_code == 409
    assert "so there is no pro-forma of it" in refused.text
    assert Document.objects.count() == 1


def test_its_page_asks_no_more_for_many_versions_than_for_one(
    client: Client, desk: Desk, zoo: Zoo
) -> None:
    row = ahead(desk, zoo)
    counts = []
    for number in range(4):
        contributions.set_order(contribution_id=row.pk, order_number=str(number), actor="user:2")
        made(row)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/zoo/{zoo.uuid}/promises/{row.pk}/pro-forma/")
        counts.append(len(queries))
    # The first page of a session is asked once more in which language it is.
    assert len(set(counts[1:])) == 1, counts
    assert counts[-1] <= counts[0] <= 25, counts


def test_a_viewer_reads_it_and_makes_none(client: Client, desk: Desk, zoo: Zoo) -> None:
    row = ahead(desk, zoo)
    here = f"/zoo/{zoo.uuid}/promises/{row.pk}/pro-forma/"
    look = person("look")
    joins(zoo, look, Part.VIEWER)
    sign_in(client, look, factor=False)
    page = client.get(here).text
    assert "Make the pro-forma" not in page
    assert "Write it down" not in page
    assert client.post(f"{here}make/").status_code == 404
    # A promise of somebody else's is not found under this zoo.
    other = ahead(desk)
    assert client.get(f"/zoo/{zoo.uuid}/promises/{other.pk}/pro-forma/").status_code == 404


def test_the_treasurer_makes_it_and_reads_it(client: Client, desk: Desk, zoo: Zoo) -> None:
    row = ahead(desk, zoo)
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    here = f"/treasurer/zoos/{zoo.uuid}/promises/{row.pk}/pro-forma/"
    assert here in client.get(f"/treasurer/zoos/{zoo.uuid}/").text
    assert client.post(f"{here}make/").status_code == 302
    register.render(Document.objects.get().pk)
    assert f"{here}1.pdf" in client.get(here).text
    assert client.get(f"{here}1.pdf").content[:5] == b"%PDF-"
    contributions.end(contribution_id=row.pk, actor=TARA)
    assert client.post(f"{here}make/").status_code == 409
