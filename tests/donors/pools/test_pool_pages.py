"""Goal: pools are looked at before they are opened, are shown as they stand, and name no giver."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from donors import receipts
from donors.models import MatchingPool, PoolEnd, PoolState, Zoo
from donors.pools import bills, pools
from donors.views.pools import waiting
from funding import clock
from funding.mail.models import Mail
from funding.users.models import Role
from tests.donors.intake.desk import TARA, Desk
from tests.donors.pools.pooling import desk as desk
from tests.donors.pools.pooling import figures, gift, give_back, pool, terms
from tests.donors.zoos import zoo_world
from tests.donors.zoos.test_payments import pays
from tests.donors.zoos.zoo_world import person
from tests.people import make_person, sign_in

LIST = "/treasurer/matching/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def zoo(desk: Desk) -> Zoo:
    return zoo_world.zoo(person("bob"))


@pytest.fixture
def tara(client: Client, zoo: Zoo) -> Client:
    """The treasurer, signed in with both steps."""
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    return client


@pytest.fixture
def bob(zoo: Zoo) -> Client:
    """The zoo's owner, signed in."""
    client = Client()
    sign_in(client, person("bob"), factor=False)
    return client


def form(desk: Desk, **facts: Any) -> dict[str, Any]:
    """Up to EUR 5,000, one to one, for this month."""
    return {
        "token": str(uuid.uuid4()),
        "fund": desk.general.pk,
        "cap": "5000",
        "pays": "1",
        "per": "1",
        "from_on": str(desk.today),
        "until_on": str(desk.today.replace(year=desk.today.year + 1, day=1)),
        "is_named": "on",
    } | facts


def words(page: Any) -> str:
    bare = re.sub(r"<[^>]+>", "", page.content.decode())
    return re.sub(r"\s+", " ", unescape(bare))


# The treasurer's desk.


def test_it_is_looked_at_in_both_languages_and_then_opened(
    tara: Client, desk: Desk, zoo: Zoo
) -> None:
    sent = tara.post(f"{LIST}new/", form(desk, zoo=zoo.pk))
    made = MatchingPool.objects.get()
    assert sent["Location"] == f"{LIST}{made.uuid}/"
    assert made.state == PoolState.DRAFT
    seen = words(tara.get(sent["Location"]))
    assert "Every euro to General fund is matched by Kuusiranta Zoo until" in seen
    assert "€5,000.00 of €5,000.00 left." in seen
    assert "Varje euro" in seen
    assert "Every euro" not in words(tara.get("/give/"))
    for _ in range(2):
        tara.post(f"{LIST}{made.uuid}/open/")
    made.refresh_from_db()
    assert made.state == PoolState.OPEN
    assert "Kuusiranta Zoo" in words(tara.get(LIST))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"cap": ""}, 422),
        ({"cap": "٥٠٠٠ x"}, 422),
        ({"cap": "-5"}, 409),
        ({"cap": "9" * 17}, 409),
        ({"cap": "a\x00b"}, 422),
        ({"pays": "0"}, 422),
        ({"per": "10000000000000"}, 422),
        ({"fund": "2000000000000000000000"}, 422),
        ({"until_on": "2020-01-01"}, 409),
        ({"from_on": "0000-99-99"}, 422),
        ({"token": "x"}, 422),
        ({"zoo": "999999"}, 422),
    ],
)
def test_what_is_no_pool_comes_back_with_a_sentence(
    tara: Client, desk: Desk, zoo: Zoo, wrong: dict[str, str], status: int
) -> None:
    sent = tara.post(f"{LIST}new/", form(desk, zoo=zoo.pk, order_number="PO-7") | wrong)
    assert sent.status_code == status
    assert "nothing you wrote is lost" in words(sent)
    assert 'value="PO-7"' in sent.text
    assert not MatchingPool.objects.exists()


def test_a_preview_names_an_unnamed_zoo_in_its_own_language(tara: Client, desk: Desk) -> None:
    asked = terms(desk, is_named=False)
    made = pools.draft(zoo_id=Zoo.objects.get().pk, terms=asked, actor=TARA)
    seen = words(tara.get(f"{LIST}{made.uuid}/"))
    assert "matchas av en djurpark till och med" in seen
    assert "is matched by a zoo until" in seen


def test_a_draft_is_put_away_and_an_open_one_ended(tara: Client, desk: Desk) -> None:
    made = pools.draft(zoo_id=Zoo.objects.get().pk, terms=terms(desk), actor=TARA)
    assert tara.post(f"{LIST}{made.uuid}/stop/").status_code == 409
    tara.post(f"{LIST}{made.uuid}/drop/")
    assert tara.post(f"{LIST}{made.uuid}/open/").status_code == 409
    assert tara.post(f"{LIST}{made.uuid}/eat/").status_code == 404
    other = pool(desk)
    given = gift(desk)
    tara.post(f"{LIST}{other.uuid}/stop/")
    assert figures(other) == (12_000, 488_000)
    assert other.ended_why == PoolEnd.BY_HAND
    seen = words(tara.get(f"{LIST}{other.uuid}/"))
    invoice = bills.invoice_of(other)
    assert invoice is not None
    assert str(invoice.document) in seen
    assert f"/treasurer/gifts/{given.uuid}/" in tara.get(f"{LIST}{other.uuid}/").text


def test_a_credit_waits_for_the_treasurer_until_it_is_settled(tara: Client, desk: Desk) -> None:
    made = pool(desk)
    given = gift(desk)
    pools.stop(pool_id=made.pk, actor=TARA)
    made.refresh_from_db()
    invoice = bills.invoice_of(made)
    assert invoice is not None
    pays(desk.line(12_000), invoice, 12_000)
    give_back(desk, given, 3_000)
    user = make_person("tom@fund.example", "Tom", Role.TREASURER)
    assert [wait.url for wait in waiting(user)] == [f"{LIST}{made.uuid}/"]
    seen = words(tara.get(f"{LIST}{made.uuid}/"))
    assert "€30.00 was matched to gifts that went back after the zoo had paid." in seen
    assert tara.post(f"{LIST}{made.uuid}/credit/", {"words": ""}).status_code == 422
    tara.post(f"{LIST}{made.uuid}/credit/", {"words": "Ms Laine leaves it in the fund."})
    assert waiting(user) == []
    assert "Ms Laine leaves it in the fund." in words(tara.get(f"{LIST}{made.uuid}/"))
    again = tara.post(f"{LIST}{made.uuid}/credit/", {"words": "Again."})
    assert again.status_code == 409


def test_the_list_and_the_page_ask_few_questions(
    tara: Client, desk: Desk, count_queries: type
) -> None:
    for _ in range(4):
        made = pool(desk)
        gift(desk)
    counts = []
    for place in (LIST, f"{LIST}{made.uuid}/"):
        tara.get(place)
        with count_queries(connection) as captured:
            assert tara.get(place).status_code == 200
        counts.append(len(captured))
    assert max(counts) <= 22


# The zoo's own page.


def test_a_zoo_opens_its_own_and_sees_it_live_without_names(
    bob: Client, desk: Desk, zoo: Zoo
) -> None:
    place = f"/zoo/{zoo.uuid}/matching/"
    assert bob.post(f"{place}new/", form(desk, cap="x")).status_code == 422
    bob.post(f"{place}new/", form(desk))
    made = MatchingPool.objects.get()
    assert "Every euro to General fund is matched by Kuusiranta Zoo" in words(bob.get(place))
    assert bob.post(f"{place}{made.pk}/eat/").status_code == 404
    bob.post(f"{place}{made.pk}/open/")
    gift(desk)
    seen = words(bob.get(place))
    assert "Matched€120.00of €5,000.00 at most" in seen.replace(" of", "of").replace("d €", "d€")
    assert "Bo Ek" not in seen
    bob.post(f"{place}{made.pk}/stop/")
    seen = words(bob.get(place))
    invoice = bills.invoice_of(MatchingPool.objects.get())
    assert invoice is not None
    assert f"Invoice {invoice.document} over €120.00" in seen


def test_another_zoos_pool_is_not_there(bob: Client, desk: Desk, zoo: Zoo) -> None:
    other = zoo_world.zoo(name="Norrvik Djurpark", finance_email="x@norrvik.example")
    made = pools.draft(zoo_id=other.pk, terms=terms(desk), actor=TARA)
    assert bob.post(f"/zoo/{zoo.uuid}/matching/{made.pk}/open/").status_code == 404
    assert bob.get(f"/zoo/{other.uuid}/matching/").status_code == 404


# What givers read.


def test_the_form_and_the_fund_say_what_is_left(
    client: Client, desk: Desk, count_queries: type
) -> None:
    with count_queries(connection) as captured:
        client.get("/give/")
    before = len(captured)
    pool(desk, cap_minor=20_000)
    gift(desk)
    with count_queries(connection) as captured:
        seen = words(client.get("/give/"))
    assert len(captured) <= before
    assert "Every euro to General fund is matched by Kuusiranta Zoo until" in seen
    assert "€80.00 of €200.00 left." in seen
    assert "It is in the fund once the zoo has paid it." in seen
    assert "€80.00 of €200.00 left." in words(client.get(f"/funds/{desk.general.slug}/"))
    gift(desk)
    used = words(client.get("/give/matching/"))
    assert "All €200.00 that Kuusiranta Zoo promised for gifts to General fund" in used


def test_an_unnamed_zoo_stays_unnamed_and_other_ratios_are_said(client: Client, desk: Desk) -> None:
    pool(desk, is_named=False, pays=1, per=2)
    gift(desk)
    for place in ("/give/", f"/funds/{desk.general.slug}/", "/give/matching/"):
        page = client.get(place)
        assert "Kuusiranta" not in page.text
        assert "For every €2 given to General fund, €1 is added by a zoo until" in words(page)


def test_a_pool_that_has_not_begun_or_is_over_is_not_offered(client: Client, desk: Desk) -> None:
    made = pool(desk)
    pools.stop(pool_id=made.pk, actor=TARA)
    desk.general.refresh_from_db()
    assert "matched by" not in words(client.get("/give/"))
    MatchingPool.objects.exclude(pk=made.pk).delete()
    assert clock.now() >= made.created_at


def test_in_swedish(client: Client, desk: Desk) -> None:
    pool(desk)
    seen = words(client.get("/give/", headers={"accept-language": "sv"}))
    assert "Varje euro till General fund matchas av Kuusiranta Zoo till och med" in seen


def test_thanks_and_mail_say_what_was_added_and_the_receipt_does_not(
    client: Client, desk: Desk
) -> None:
    pool(desk)
    given = desk.gift()
    for receipt in given.receipts.all():
        receipts.make(receipt.pk)
    said = "To General fund, €120.00 is added by Kuusiranta Zoo as it has promised."
    assert said in words(client.get(f"/give/thanks/?gift={given.uuid}"))
    mail = Mail.objects.get(cause=f"gift:{given.pk}")
    assert said in re.sub(r"\s+", " ", mail.text)
    assert said in re.sub(r"\s+", " ", mail.html)
    document = given.receipts.get().document
    assert document is not None
    assert document.snapshot["gives_minor"] == 12_000
    assert "Kuusiranta" not in str(document.snapshot)
    give_back(desk, given, 12_000)
    assert "is added by" not in words(client.get(f"/give/thanks/?gift={given.uuid}"))
