"""The treasurer's pages: a gift by hand, a statement from file to gift, a list with mistakes."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from donors.models import BankLine, BankPart, Gift, GiftState, RefundState
from funding.imports import running
from funding.imports.models import Import, State
from funding.users.models import Role
from tests.donors.intake import files
from tests.donors.intake.desk import Desk
from tests.donors.intake.test_statements import BO, two
from tests.people import make_person, sign_in


@pytest.fixture
def tara(desk: Desk) -> Client:
    client = Client()
    sign_in(client, make_person("tara@x.example", "Tara", Role.TREASURER))
    return client


def sent(desk: Desk, **facts: Any) -> dict[str, Any]:
    return {
        "name": "Bo Ek",
        "email": "bo@donor.example",
        "fund": desk.general.pk,
        "amount": "120.00",
        "currency": "EUR",
        "means": "cheque",
        "place": desk.bank,
        "received_on": desk.today.isoformat(),
        "reference": "CH-1",
        "token": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    } | facts


def upload(client: Client, desk: Desk, kind: str, content: bytes) -> Import:
    told = {"kind": kind, "place": desk.bank, "fund": desk.general.pk, "dates": "dmy"}
    file = SimpleUploadedFile("file.csv", content)
    answer = client.post(reverse("donors:intake_import_new"), told | {"file": file})
    assert answer.status_code == 302, answer.content
    return Import.objects.latest("pk")


def test_a_gift_is_entered_refused_twice_given_back_and_taken_back(
    tara: Client, desk: Desk
) -> None:
    url = reverse("donors:intake_gift")
    assert tara.get(url).status_code == 200
    assert tara.post(url, sent(desk, amount="")).status_code == 422
    assert tara.post(url, sent(desk, amount="-1")).status_code == 422
    for _again in range(2):
        assert tara.post(url, sent(desk)).status_code == 302
    other = sent(desk, token="7d444840-9dc0-11d1-b245-5ffdce74fad3")
    answer = tara.post(url, other)
    assert answer.status_code == 409
    assert "CH-1" in answer.content.decode()
    gift = Gift.objects.get()
    page = reverse("donors:gift", kwargs={"uuid": gift.uuid})
    assert "Entered by mistake?" in tara.get(page).content.decode()
    asked = {"amount": "20", "reason": "Asked.", "token": other["token"]}
    tara.post(reverse("donors:gift_refund", kwargs={"uuid": gift.uuid}), asked)
    text = tara.get(page).content.decode()
    assert "€20.00 was paid back by bank" in text
    assert "Entered by mistake?" not in text
    refund = gift.refunds.get()
    paid = reverse("donors:refund_paid", kwargs={"pk": refund.pk})
    assert tara.post(paid, {}).status_code == 409
    told = {"place": desk.bank, "paid_on": desk.today.isoformat(), "reference": "R-1"}
    assert tara.post(paid, told).status_code == 302
    refund.refresh_from_db()
    assert (refund.state, desk.free()) == (RefundState.SUCCEEDED, 10000)
    tara.post(url, sent(desk, reference="CH-2", token="7d444840-9dc0-11d1-b245-5ffdce74fad4"))
    second = Gift.objects.latest("pk")
    mistake = reverse("donors:gift_mistake", kwargs={"uuid": second.uuid})
    assert tara.post(mistake, {"why": ""}).status_code == 409
    assert tara.post(mistake, {"why": "Twice."}).status_code == 302
    second.refresh_from_db()
    assert second.state == GiftState.FAILED
    text = tara.get(reverse("donors:gift", kwargs={"uuid": second.uuid})).content.decode()
    assert "entered by mistake" in text
    desk.assert_sound()


def test_a_statement_becomes_gifts(tara: Client, desk: Desk) -> None:
    batch = files.worked(upload(tara, desk, "statement", two(desk)))
    page = reverse("donors:intake_import", kwargs={"uuid": batch.uuid})
    text = tara.get(page).content.decode()
    assert "Take all 2 new rows in" in text
    assert BO in text
    tara.post(reverse("donors:intake_import_accept", kwargs={"uuid": batch.uuid}))
    assert "being taken in" in tara.get(page).content.decode()
    files.worked(batch)
    hub = tara.get(reverse("donors:intake")).content.decode()
    assert "For the manul" in hub
    line = BankLine.objects.get(reference="R-1")
    page = reverse("donors:intake_line", kwargs={"pk": line.pk})
    token = re.search(r'name="token" value="([^"]+)"', tara.get(page).content.decode())
    assert token is not None
    told = {"name": "Bo", "fund": desk.general.pk, "amount": "120", "token": token[1]}
    give = reverse("donors:intake_line_gift", kwargs={"pk": line.pk})
    assert tara.post(give, told | {"amount": "500"}).status_code == 409
    assert tara.post(give, told | {"fund": ""}).status_code == 422
    assert tara.post(give, told).status_code == 302
    assert desk.free() == 12000
    part = BankPart.objects.get()
    undo = reverse("donors:intake_part_undo", kwargs={"pk": part.pk})
    assert tara.post(undo, {"why": "Another's."}).status_code == 302
    assert "undone" in tara.get(page).content.decode()
    assert desk.free() == 0
    tara.post(give, told | {"token": "7d444840-9dc0-11d1-b245-5ffdce74fad5"})
    next_one = desk.line(12000, payer_iban=BO)
    assert "certain" in tara.get(reverse("donors:intake")).content.decode()
    text = tara.get(reverse("donors:intake_line", kwargs={"pk": next_one.pk})).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', text)
    assert key is not None
    tara.post(reverse("donors:intake_certain"))
    assert desk.free() == 24000
    again = reverse("donors:intake_line_accept", kwargs={"pk": next_one.pk})
    assert tara.post(again, {"kind": "gift", "key": key[1]}).status_code == 409
    desk.assert_sound()


def test_a_list_is_mapped_its_mistakes_told_and_put_aside(tara: Client, desk: Desk) -> None:
    content = b"When,Who,How much\n2026-03-14,Bo,5\nsoon,=1+1,6\n"
    batch = upload(tara, desk, "gifts", content)
    assert batch.state == State.MAPPING
    page = reverse("donors:intake_import", kwargs={"uuid": batch.uuid})
    columns = reverse("donors:intake_import_columns", kwargs={"uuid": batch.uuid})
    assert "Which column is which" in tara.get(page).content.decode()
    assert tara.post(columns, {"name": "Who"}).status_code == 409
    assert tara.post(columns, {"name": "Nobody"}).status_code == 422
    named = {"name": "Who", "day": "When", "amount": "How much"}
    assert tara.post(columns, named).status_code == 302
    running.work(batch.pk)
    text = tara.get(page).content.decode()
    assert "soon is no day" in text
    accept = reverse("donors:intake_import_accept", kwargs={"uuid": batch.uuid})
    assert tara.post(accept).status_code == 409
    answer = tara.get(reverse("donors:intake_import_mistakes", kwargs={"uuid": batch.uuid}))
    told = b"".join(answer).decode()
    assert "3,soon is no day. Write 2027-03-14.," in told
    assert tara.post(reverse("donors:intake_import_drop", kwargs={"uuid": batch.uuid}))
    assert "put aside" in tara.get(page).content.decode()
    assert Gift.objects.count() == 0


def test_what_is_no_file_is_said_beside_the_form(tara: Client, desk: Desk) -> None:
    told = {"kind": "statement", "place": desk.bank, "dates": "dmy"}
    url = reverse("donors:intake_import_new")
    assert tara.get(url).status_code == 200
    assert tara.post(url, told).status_code == 422
    file = SimpleUploadedFile("x.xml", b"<Document/>")
    answer = tara.post(url, told | {"file": file})
    assert answer.status_code == 409
    assert "There is no statement" in answer.content.decode()


def test_the_banks_cost_falls_on_a_fund(tara: Client, desk: Desk) -> None:
    line = desk.line(-250, payer_name="The bank")
    page = reverse("donors:intake_line", kwargs={"pk": line.pk})
    assert "It is the bank’s own cost" in tara.get(page).content.decode()
    assert "Explained of late" not in tara.get(reverse("donors:intake")).content.decode()
    cost = reverse("donors:intake_line_cost", kwargs={"pk": line.pk})
    assert tara.post(cost, {}).status_code == 409
    told = {"fund": desk.general.pk, "token": "7d444840-9dc0-11d1-b245-5ffdce74fad6"}
    assert tara.post(cost, told).status_code == 302
    assert (desk.free(), desk.in_suspense()) == (-250, 0)
    assert "Explained of late" in tara.get(reverse("donors:intake")).content.decode()
    desk.assert_sound()


def test_unexplained_money_waits_for_the_treasurer(tara: Client, desk: Desk) -> None:
    assert "not explained" not in tara.get(reverse("inbox")).content.decode()
    desk.line()
    assert "One line of a bank statement is not explained" in (
        tara.get(reverse("inbox")).content.decode()
    )
