"""Goal: the treasurer finds any gift, and money goes back by two where it is much."""

import csv
import io
import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from donors import receipts, refunds
from donors.models import Gift, GiftState, Receipt, Refund, RefundState
from donors.views.refunds import waiting
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail, MailState
from funding.users.models import Role, User
from tests import make
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import received
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox


@pytest.fixture
def tara(committed: None, client: Client) -> User:
    """A treasurer who has signed in."""
    cache.clear()
    person = make_person("tara@example.org", "Tara Lindqvist", Role.TREASURER)
    sign_in(client, person)
    return person


@pytest.fixture
def ada(committed: None) -> Client:
    """An administrator, in a browser of her own."""
    other = Client()
    sign_in(other, make_person("ada@example.org", "Ada", Role.ADMINISTRATOR))
    return other


def form(amount: str = "5", reason: str = "Given twice.") -> dict[str, Any]:
    return {"token": str(uuid.uuid4()), "amount": amount, "reason": reason}


def counts() -> list[int]:
    return [table.objects.count() for table in (Refund, Entry, Record, Mail)]


def found(client: Client, **asked: str) -> set[str]:
    """References of the gifts that the list shows."""
    page = client.get("/treasurer/gifts/", asked)
    assert page.status_code == 200
    return set(re.findall(r"/treasurer/gifts/([0-9a-f-]{36})/", page.text))


def rows(client: Client, address: str, **asked: str) -> list[dict[str, str]]:
    answer = client.get(address, {**asked, "csv": "1"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_gift_is_found_by_whatever_somebody_quotes(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    snow = make.fund(general.entity, "Snow", slug="snow")
    gift = received(visitor, snow, name="Zoë O’Brien", email="zoe@donor.example", cover_minor=117)
    other = received(
        visitor, general, lines=((general.pk, 1000),), name="Bob", email="bob@zoo.example"
    )
    back = refunds.request(gift_id=gift.pk, amount_minor=300, reason="Asked.", actor="user:1")
    refunds.send(back.pk)
    back.refresh_from_db()
    paper = Receipt.objects.filter(gift=gift).order_by("version")[0].document
    assert paper is not None
    ours = {str(gift.uuid)}
    for words in (
        "zoe@donor.example",
        "ZOE@",
        "o’brien",
        str(gift.uuid),
        str(gift.uuid)[:13],
        "25.50",
        "25,50",
        "26.67",
        gift.payment_intent,
        gift.checkout,
        gift.charge,
        gift.balance_transaction,
        back.stripe_id,
        back.balance_transaction,
        paper.name,
        paper.name.lower(),
        f"  {gift.charge} ",
    ):
        assert found(client, q=words) == ours, words
    assert found(client, fund="snow") == ours
    assert found(client, q="example", currency="EUR") == ours | {str(other.uuid)}
    day = gift.created_at.date().isoformat()
    assert found(client, start=day, end=day, q="zoe") == ours
    for nothing in (
        {"q": "nobody@donor.example"},
        {"q": "pi_unknown"},
        {"q": "25.51"},
        {"q": "XX-2020-000001"},
        {"currency": "GBP"},
        {"state": GiftState.PENDING},
        {"end": "2001-01-01"},
    ):
        assert found(client, **nothing) == set(), nothing


def test_a_filter_that_makes_no_sense_is_left_out(
    client: Client, tara: User, general: Fund
) -> None:
    gift = make.gift(general)
    assert found(client, state="burnt", fund="no", start="soon", page="x") == {str(gift.uuid)}


def test_the_file_holds_what_the_list_shows_and_runs_no_formula(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift = received(visitor, general, name='=HYPERLINK("http://evil.example")', email="a@x.example")
    make.gift(general, name="Other", email="b@x.example")
    every = rows(client, "/treasurer/gifts/")
    assert {row["reference"] for row in every} == found(client)
    (row,) = rows(client, "/treasurer/gifts/", state="settled")
    assert row["reference"] == str(gift.uuid)
    assert row["name"] == '\'=HYPERLINK("http://evil.example")'
    assert (row["gift"], row["currency"], row["fee"]) == ("25.50", "EUR", "0.63")
    refunds.request(gift_id=gift.pk, amount_minor=100, reason="@SUM(A1)", actor=f"user:{tara.pk}")
    (row,) = rows(client, "/treasurer/refunds/", q="a@x.example")
    assert (row["sum"], row["reason"]) == ("1.00", "'@SUM(A1)")


def test_the_lists_ask_as_much_for_forty_as_for_one(
    client: Client, tara: User, general: Fund, count_queries: type
) -> None:
    def asked(address: str) -> int:
        with count_queries(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def give(number: int) -> None:
        gift = make.gift(general, email=f"donor{number}@x.example")
        Refund.objects.create(
            gift=gift,
            amount_minor=1,
            reason="Asked.",
            requested_by=f"user:{tara.pk}",
            created_at=gift.created_at,
            due_at=gift.created_at,
        )

    give(0)
    addresses = ["/treasurer/gifts/", "/treasurer/refunds/"]
    one = [asked(address) for address in addresses]
    for number in range(1, 40):
        give(number)
    assert [asked(address) for address in addresses] == one
    assert max(one) <= 14


def test_one_gift_tells_everything_that_is_known_of_it(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    evil = "<script>alert(1)</script>"
    gift = received(visitor, general, name=f"Alice {evil}", message=evil)
    back = refunds.request(gift_id=gift.pk, amount_minor=1000, reason=evil, actor=f"user:{tara.pk}")
    refunds.send(back.pk)
    page = client.get(f"/treasurer/gifts/{gift.uuid}/").text
    assert evil not in page
    for words in (
        gift.charge,
        gift.balance_transaction,
        f"gift:{gift.pk}:settle",
        f"gift:{gift.pk}:value",
        f"refund:{back.pk}:book",
        "Tara Lindqvist",
        "Fee kept by Stripe",
        "Payment fees",
        "€25.50",
    ):
        assert words in page, words


def test_a_refund_is_refused_in_words_and_nothing_moves(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift, promised = received(visitor, general), make.gift(general, email="p@x.example")
    before = counts()
    address = f"/treasurer/gifts/{gift.uuid}/refund/"
    for status, sent, words in (
        (422, form("soon"), "Write the amount in digits"),
        (422, form("0"), "Write a sum above nought."),
        (422, form("-1"), "Write a sum above nought."),
        (422, form("5", ""), "Write why the money is given back."),
        (422, form() | {"token": "x"}, "Give money back"),
        (409, form("25.51"), "€25.50 of this gift can still be given back."),
    ):
        answer = client.post(address, sent)
        assert answer.status_code == status, sent
        assert words in answer.text
        assert sent["reason"] in answer.text
        assert counts() == before
    answer = client.post(f"/treasurer/gifts/{promised.uuid}/refund/", form())
    assert answer.status_code == 409
    assert counts() == before


def test_the_same_form_sent_twice_is_one_refund(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift, sent = received(visitor, general), form()
    for _time in range(2):
        answer = client.post(f"/treasurer/gifts/{gift.uuid}/refund/", sent)
        assert answer.status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.requested_by) == (500, f"user:{tara.pk}")
    assert refund.state != RefundState.PROPOSED
    other = client.post(f"/treasurer/gifts/{gift.uuid}/refund/", sent | {"amount": "6"})
    assert other.status_code == 409
    assert Refund.objects.count() == 1


def test_money_asks_again_who_is_there(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift = received(visitor, general)
    sign_in(client, tara, minutes_ago=6)
    before = counts()
    answer = client.post(f"/treasurer/gifts/{gift.uuid}/refund/", form())
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert counts() == before


def test_over_the_limit_another_person_decides(
    client: Client, tara: User, ada: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general, lines=((general.pk, 80_000),))
    page = f"/treasurer/gifts/{gift.uuid}/"
    answer = client.post(f"{page}refund/", form("600"), follow=True)
    assert "Nothing is sent before another treasurer" in answer.text
    refund = Refund.objects.get()
    assert refund.state == RefundState.PROPOSED
    assert waiting(tara) == []
    (wait,) = waiting(User.objects.get(email="ada@example.org"))
    assert wait.title == "Give €600.00 back?"
    assert f"/treasurer/refunds/{refund.pk}/approve/" not in client.get(page).text
    before = counts()
    for verb in ("approve", "decline"):
        answer = client.post(f"/treasurer/refunds/{refund.pk}/{verb}/")
        assert answer.status_code == 409
        assert "You proposed this refund" in answer.text
        assert counts() == before
    assert wait.title in ada.get("/inbox/").text
    assert "Agree: give €600.00 back" in ada.get(wait.url).text
    answer = ada.post(f"/treasurer/refunds/{refund.pk}/approve/", follow=True)
    assert answer.redirect_chain[-1][0] == page
    refund.refresh_from_db()
    assert refund.state != RefundState.PROPOSED
    assert waiting(User.objects.get(email="ada@example.org")) == []
    assert ada.post(f"/treasurer/refunds/{refund.pk}/decline/").status_code == 409


def test_a_refund_that_was_turned_down_can_be_asked_for_anew(
    client: Client, tara: User, ada: Client, general: Fund, visitor: Visitor
) -> None:
    gift = received(visitor, general, lines=((general.pk, 80_000),))
    client.post(f"/treasurer/gifts/{gift.uuid}/refund/", form("800"))
    assert "Nothing is left of it" not in client.get(f"/treasurer/gifts/{gift.uuid}/").text
    ada.post(f"/treasurer/refunds/{Refund.objects.get().pk}/decline/")
    assert "Up to €800.00." in client.get(f"/treasurer/gifts/{gift.uuid}/").text
    assert "turned down" in client.get("/treasurer/refunds/", {"state": "declined"}).text


def test_a_receipt_is_read_and_mailed_again_as_it_was(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift = received(visitor, general)
    receipt = gift.receipts.get()
    assert receipt.document is not None
    answer = client.get(f"/treasurer/receipts/{receipt.pk}.pdf")
    assert answer.content == bytes(receipt.document.content or b"")
    assert answer["Content-Type"] == "application/pdf"
    client.post(f"/treasurer/receipts/{receipt.pk}/copy/")
    assert Mail.objects.filter(key=f"receipt:{receipt.pk}:copy-1").exists()
    refunds.send(
        refunds.request(gift_id=gift.pk, amount_minor=2550, reason="All.", actor="user:1").pk
    )
    for row in gift.receipts.all():
        receipts.make(row.pk)
    page = client.get(f"/treasurer/gifts/{gift.uuid}/").text
    assert "Void" in page
    assert f"/treasurer/receipts/{receipt.pk}/copy/" not in page


def test_a_fund_whose_money_is_promised_is_named_before_the_refund(
    client: Client, tara: User, general: Fund, visitor: Visitor
) -> None:
    gift = received(visitor, general)
    page = f"/treasurer/gifts/{gift.uuid}/"
    Gift.objects.filter(pk=gift.pk).update(message="")
    assert "may push it below zero" in client.get(page).text  # The fee is gone from it.
    received(visitor, general, email="more@x.example")
    assert "may push it below zero" not in client.get(page).text


def test_the_page_of_a_gift_tells_of_mails_that_did_not_arrive(
    client: Client, tara: User, general: Fund
) -> None:
    gift = make.gift(general)
    now = clock.now()
    mail = Mail.objects.create(
        key="receipt:1:mail",
        cause=f"gift:{gift.pk}",
        to_address="alice@donor.example",
        subject="Receipt MF-2026-000184: €25.50",
        message_id="<1@fund.example>",
        queued_at=now,
        due_at=now,
        sent_at=now,
        state=MailState.SENT,
    )
    page = client.get(f"/treasurer/gifts/{gift.uuid}/").text
    assert "Receipt MF-2026-000184" in page
    assert 'class="state ok">Sent' in page
    mail.state, mail.error = MailState.BOUNCED, "5.1.1 User unknown"
    mail.save()
    page = client.get(f"/treasurer/gifts/{gift.uuid}/").text
    assert "Came back" in page
    assert "5.1.1 User unknown" in page
    assert "/treasurer/stuck/#mails" in page
