"""Goal: a zoo promises from its desk, and the treasurer sees to promises and invoices."""

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from donors.models import Contribution, Invoice, InvoiceState, PayInto, Zoo
from donors.zoos import invoices
from funding import clock
from funding.users.models import Role
from tests import make
from tests.donors.intake.desk import Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice, promised
from tests.donors.zoos.test_payments import pays
from tests.donors.zoos.zoo_world import person
from tests.people import make_person, sign_in


@pytest.fixture
def zoo(client: Client, desk: Desk) -> Zoo:
    """Bob's zoo; Bob has signed in."""
    cache.clear()
    bob = person("bob")
    made = zoo_world.zoo(bob)
    sign_in(client, bob, factor=False)
    return made


def treasurer(client: Client) -> None:
    """Tara, signed in with both steps."""
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))


def form(desk: Desk, **facts: object) -> dict[str, object]:
    """EUR 500 once, from today on."""
    return {
        "token": str(uuid.uuid4()),
        "amount": "500",
        "currency": "EUR",
        "pace": "once",
        "starts_on": str(clock.today("UTC")),
        "fund": desk.general.pk,
    } | facts


def test_a_promise_of_today_has_its_invoice_at_once(client: Client, desk: Desk, zoo: Zoo) -> None:
    place, asked = f"/zoo/{zoo.uuid}/promise/", form(desk, order_number="PO-9")
    wrong = client.post(place, asked | {"amount": "a lot", "order_number": "PO-9"})
    assert wrong.status_code == 422
    assert "PO-9" in wrong.content.decode()
    assert client.post(place, form(desk, fund="", wish="")).status_code == 409
    for _ in range(2):
        assert client.post(place, asked).status_code == 302
    made = Invoice.objects.get()
    invoices.make(made.pk)
    shown = client.get(f"/zoo/{zoo.uuid}/").content.decode()
    assert f"/zoo/{zoo.uuid}/invoices/{made.pk}/" in shown
    assert "€500.00" in shown
    page = client.get(f"/zoo/{zoo.uuid}/invoices/{made.pk}/").content.decode()
    assert f"/zoo/{zoo.uuid}/invoices/{made.pk}.pdf" in page
    paper = client.get(f"/zoo/{zoo.uuid}/invoices/{made.pk}.pdf")
    assert paper.content[:5] == b"%PDF-"


def test_words_wait_for_the_treasurer_who_finds_a_fund(
    client: Client, desk: Desk, zoo: Zoo
) -> None:
    client.post(f"/zoo/{zoo.uuid}/promise/", form(desk, fund="", wish="For <b>dens</b>."))
    row = Contribution.objects.get()
    assert "For &lt;b&gt;dens&lt;/b&gt;." in client.get(f"/zoo/{zoo.uuid}/").content.decode()
    treasurer(client)
    place = f"/treasurer/zoos/{zoo.uuid}/"
    assert "This fund keeps to them" in client.get(place).content.decode()
    other = make.fund(make.entity(), "Elsewhere")
    client.post(f"{place}promises/{row.pk}/fund/", {"fund": other.pk})
    assert not Invoice.objects.exists()
    client.post(f"{place}promises/{row.pk}/fund/", {"fund": desk.general.pk})
    assert Invoice.objects.get().fund == desk.general


def test_a_promise_is_ended_from_the_desk(client: Client, desk: Desk, zoo: Zoo) -> None:
    row = promised(desk, zoo, pace="yearly")
    client.post(f"/zoo/{zoo.uuid}/promises/{row.pk}/end/")
    assert "Nothing more is asked for." in client.get(f"/zoo/{zoo.uuid}/").content.decode()


def test_the_treasurer_lets_the_rest_go_and_shows_what_banks_kept(
    client: Client, desk: Desk, zoo: Zoo
) -> None:
    made = invoice(desk, zoo)
    treasurer(client)
    place = f"/treasurer/zoos/{zoo.uuid}/invoices/{made.pk}/"
    assert client.post(f"{place}forgive/", {"why": "Banks."}).status_code == 409
    assert client.post(f"{place}eat/", {"why": "x"}).status_code == 404
    pays(desk.line(48_000), made, 48_000)
    assert client.post(f"{place}forgive/", {"why": ""}).status_code == 422
    assert "Let the rest go" in client.get(place).content.decode()
    assert client.post(f"{place}forgive/", {"why": "Banks."}).status_code == 302
    assert "What banks kept" in client.get(place).content.decode()
    assert client.post(f"{place}fee/", {"why": "Proof seen."}).status_code == 302
    made.refresh_from_db()
    assert made.state == InvoiceState.PAID


def test_the_treasurer_replaces_and_cancels(client: Client, desk: Desk, zoo: Zoo) -> None:
    made = invoice(desk, zoo)
    treasurer(client)
    place = f"/treasurer/zoos/{zoo.uuid}/invoices/"
    asked = {"why": "Sum.", "amount": "400", "order_number": "PO-1"}
    assert client.post(f"{place}{made.pk}/replace/", asked).status_code == 302
    second = Invoice.objects.latest("pk")
    assert second.amount_minor == 40_000
    assert client.post(f"{place}{second.pk}/cancel/", {"why": "Not wanted."}).status_code == 302
    assert {each.state for each in Invoice.objects.all()} == {InvoiceState.CANCELLED}
    assert "replaced" in client.get(f"/treasurer/zoos/{zoo.uuid}/").content.decode()


def test_the_account_on_invoices_is_written_down(client: Client, desk: Desk, zoo: Zoo) -> None:
    treasurer(client)
    asked = {"entity": desk.entity.pk, "holder": "Fund", "iban": "SE00", "bank": "", "bic": ""}
    assert client.post("/treasurer/zoos/account/", asked).status_code == 422
    good = asked | {"iban": "DE89 3704 0044 0532 0130 00"}
    assert client.post("/treasurer/zoos/account/", good).status_code == 302
    assert PayInto.objects.latest("pk").iban == "DE89370400440532013000"
    assert "DE89370400440532013000" in client.get("/treasurer/zoos/").content.decode()
