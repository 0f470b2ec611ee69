"""What the pages say of a gift by direct debit: nothing that is not so."""

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils.formats import date_format

from donors import gifts, receipts
from donors.models import Gift
from funding import clock
from funding.ledger.models import Entry, Fund
from funding.users.models import Role, User
from tests import make
from tests.donors.by_debit import BACS, SEPA_FAILS, SEPA_POOR, later, on_its_way, promised
from tests.donors.conftest import Visitor
from tests.donors.test_give_pages import filled
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def tara(committed: None, client: Client) -> User:
    """A treasurer who has signed in."""
    person = make_person("tara@example.org", "Tara Lindqvist", Role.TREASURER)
    sign_in(client, person)
    return person


def read(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"</?time[^>]*>", "", page.text))


def thanked(client: Client, gift: Gift) -> str:
    return read(client, f"/give/thanks/?gift={gift.uuid}")


def test_the_form_says_how_money_can_come(client: Client, general: Fund) -> None:
    page = read(client, "/give/")
    assert "in euro also by SEPA Direct Debit, in pounds by Bacs Direct Debit" in page


def test_a_promise_by_debit_is_not_called_a_gift_and_says_when(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    gift = promised(visitor, general)
    page = thanked(client, gift)
    gift.refresh_from_db()
    assert gift.expected_on is not None
    day = date_format(gift.expected_on, "l, j F Y")
    assert "Promised. Not here yet." in page
    assert f"Your bank is expected to send it on {day}." in page
    assert "If the bank refuses, we tell you and nothing is taken." in page
    assert gift.mandate_reference in page
    assert "SEPA Direct Debit ending 3201" in page
    assert "Thank you" not in page
    assert "To the payment page" not in page
    # Nothing will change in two minutes, so nothing asks.
    assert 'src="/static/thanks' not in page
    assert Entry.objects.count() == 0


def test_a_debit_that_is_late_is_said_to_be_late(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    gift = on_its_way(visitor, general)
    Gift.objects.filter(pk=gift.pk).update(expected_on=clock.today("UTC").replace(year=2020))
    gift.refresh_from_db()
    # Stripe's day is written once; what the page says of it goes with the calendar.
    page = thanked(client, gift)
    assert "a bank may take some days longer, and we go on asking" in page


def test_a_debit_that_the_bank_refused_is_told_with_its_reason(
    client: Client, visitor: Visitor, stripe: Sandbox, general: Fund
) -> None:
    gift = on_its_way(visitor, general, SEPA_POOR)
    later(stripe, 3)
    page = thanked(client, gift)
    assert "Your bank did not make the direct debit. The €25.50 are still yours." in page
    assert "Why: There was not enough in the account." in page
    assert "The payment page was left" not in page


def test_a_debit_that_came_is_thanked_for_and_dated_by_its_money(
    client: Client, visitor: Visitor, stripe: Sandbox, general: Fund
) -> None:
    gift = on_its_way(visitor, general)
    later(stripe, 3)
    page = thanked(client, gift)
    gift.refresh_from_db()
    assert gift.settled_at is not None
    day = gift.settled_at.astimezone(ZoneInfo(gift.entity.zone))
    assert f"We received €25.50 on {date_format(day, 'j F Y')}." in page


def test_the_same_gift_again_is_asked_about_in_words_that_fit(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    on_its_way(visitor, general, lines=((general.pk, 2500),))
    answer = client.post("/give/", filled(general))
    page = re.sub(r"\s+", " ", answer.text)
    assert answer.status_code == 409
    assert "It is on its way and takes some days. Give it again?" in page
    assert Gift.objects.count() == 1


def test_the_form_is_not_filled_from_what_is_on_its_way(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    gift = on_its_way(visitor, general)
    page = read(client, f"/give/?again={gift.uuid}")
    assert "alice@donor.example" not in page


def test_the_account_shows_a_debit_from_its_promise_to_its_end(
    client: Client, visitor: Visitor, stripe: Sandbox, general: Fund
) -> None:
    on_its_way(visitor, general)
    on_its_way(visitor, general, SEPA_FAILS, lines=((general.pk, 3100),))
    EmailAddress.objects.update(verified=True)
    sign_in(client, User.objects.get(email="alice@donor.example"))
    page = read(client, "/account/")
    assert page.count("on its way by direct debit") == 2
    assert "The receipt follows when the money is here." in page
    later(stripe, 3)
    for gift in Gift.objects.all():
        gifts.follow(gift.pk)
    receipts.sweep()
    page = read(client, "/account/")
    assert "on its way" not in page
    assert "not made by the bank" in page
    assert "None: nothing was taken." in page
    assert page.count(">Mail a copy<") == 1


def test_the_treasurer_sees_what_is_on_its_way_and_finds_it(
    client: Client, visitor: Visitor, general: Fund, tara: User
) -> None:
    gift = on_its_way(visitor, general)
    on_its_way(visitor, general, BACS)
    make.gift(general, email="card@donor.example")
    desk = read(client, "/treasurer/")
    assert "2 direct debits are on their way</a>: €25.50, £25.50." in desk
    assert "counted nowhere before the money is here" in desk
    for asked in ("state=processing", f"q={gift.mandate}", f"q={gift.mandate_reference}"):
        assert str(gift.uuid) in read(client, f"/treasurer/gifts/?{asked}")
    listed = read(client, "/treasurer/gifts/?state=processing")
    assert listed.count("on its way by direct debit") == 2
    assert "2 gifts." in listed
    assert "Received of them" not in listed
    page = client.get("/treasurer/gifts/?state=processing&csv=1")
    body = b"".join(page.streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert {row["method"] for row in rows} == {
        "SEPA Direct Debit ending 3201",
        "Bacs Direct Debit ending 2345",
    }
    assert all(row["expected_on"] and row["mandate"] for row in rows)


def test_the_treasurer_reads_of_one_when_it_is_expected_and_that_its_mandate_ended(
    client: Client, visitor: Visitor, stripe: Sandbox, general: Fund, tara: User
) -> None:
    gift = on_its_way(visitor, general)
    address = f"/treasurer/gifts/{gift.uuid}/"
    page = read(client, address)
    assert gift.expected_on is not None
    assert date_format(gift.expected_on, "l, j F Y") in page
    assert gift.mandate_reference in page
    assert "Once the money is here it can be given back." in page
    assert "said that its direct debit is on its way: €25.50" in page
    assert "most likely refuse" not in page
    stripe.control(f"mandates/{gift.mandate}", status="inactive")
    gifts.follow(gift.pk)
    page = read(client, address)
    assert "The money had not come by then, and the bank will most likely refuse." in page


def test_the_refund_of_a_debit_on_its_way_is_refused_with_a_sentence(
    client: Client, visitor: Visitor, general: Fund, tara: User
) -> None:
    gift = on_its_way(visitor, general)
    form = {
        "token": "0b9dcd0e-3f3b-4f61-9a38-3a8f8e8f7f00",
        "amount": "5",
        "reason": "Asked for.",
    }
    answer = client.post(f"/treasurer/gifts/{gift.uuid}/refund/", form)
    assert answer.status_code == 409
    assert gift.refunds.count() == 0


def test_no_public_page_counts_a_promise(client: Client, visitor: Visitor, general: Fund) -> None:
    before = [read(client, page) for page in ("/transparency/", f"/funds/{general.slug}/")]
    on_its_way(visitor, general)
    cache.clear()
    after = [read(client, page) for page in ("/transparency/", f"/funds/{general.slug}/")]
    assert not any("25.50" in page for page in (*before, *after))
